"""The environment a run sees: the process's own, and below it the .env file of the user."""

import os
import stat
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path

from mmtui.config.legacy import holds_secret
from mmtui.config.reading import read_text
from mmtui.ports.errors import SecretsError, SettingsError

OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Environment(Mapping[str, str]):
    """Names and values; ``origin`` says where a name stands. Never prints its values."""

    def __init__(
        self, process: Mapping[str, str], file: Mapping[str, str] | None = None, path: Path | None = None
    ) -> None:
        self._process = dict(process)
        self._file = dict(file or {})
        self._path = path

    def __getitem__(self, name: str) -> str:
        return self._process[name] if name in self._process else self._file[name]

    def __iter__(self) -> Iterator[str]:
        yield from self._process
        yield from (name for name in self._file if name not in self._process)

    def __len__(self) -> int:
        return len(self._process.keys() | self._file.keys())

    def __repr__(self) -> str:
        return f"Environment({len(self)} names)"

    def origin(self, name: str) -> str:
        """Say where a name stands: ``env NAME``, with the file if it came from one."""
        return f"env {name}" if name in self._process or self._path is None else f"env {name} ({self._path.name})"


def load_environment(process: Mapping[str, str], home: Path, env_file: Path | None = None) -> Environment:
    """Join the process's environment with one .env file; the process's own names win.

    The file is ``env_file`` if given, else ``config/.env.<ENV>`` if ENV is set, else ``.env`` of home if there is one.

    Raises:
        SettingsError: the file is not there, unreadable or has a line that is no NAME=value.
        SecretsError: the file holds secrets and others may read it.
    """
    path = _env_path(process, home, env_file)
    if path is None:
        return Environment(process)
    names = read_env_file(path)
    return Environment(process, names, path)


def read_env_file(path: Path) -> dict[str, str]:
    """Read an .env file; raises what ``load_environment`` raises."""
    from dotenv.parser import parse_stream  # python-dotenv is read only where there is a file

    names: dict[str, str] = {}
    for binding in parse_stream(StringIO(read_text(path, "environment"))):
        if binding.error:
            raise SettingsError(f"{path}:{binding.original.line}: is not NAME=value; correct the line")
        if binding.key is not None and binding.value is not None:
            names[binding.key] = binding.value
    secret = next((name for name, value in names.items() if value and holds_secret(name)), None)
    if secret is not None and readable_by_others(path):
        raise SecretsError(f"{path}: holds {secret} and others may read it; chmod 600 {path}")
    return names


def readable_by_others(path: Path) -> bool:
    """Tell whether group or world may do anything with a file (never true on Windows, which has no such bits)."""
    return os.name != "nt" and bool(path.stat().st_mode & OTHERS)


def _env_path(process: Mapping[str, str], home: Path, env_file: Path | None) -> Path | None:
    if env_file is not None:
        return home / env_file
    which = process.get("ENV")
    if which and Path(which).name == which:  # some shells keep the path of a start-up file in ENV
        return home / "config" / f".env.{which}"
    path = home / ".env"
    return path if path.is_file() else None
