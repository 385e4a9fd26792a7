"""Load a configuration: flags over environment over file over defaults, each value with its source."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from mmtui.config.document import check_document
from mmtui.config.envfile import Environment, load_environment
from mmtui.config.faults import Fault, Place
from mmtui.config.flags import build_from_flags, lay_flags, missing_flag
from mmtui.config.layers import Layered
from mmtui.config.reading import parse_json, read_text
from mmtui.config.schema import Config
from mmtui.config.secret import Secret, resolve_secret
from mmtui.ports.errors import SettingsError

COMMAND_LINE = "command line"
_NO_FLAGS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """A checked configuration and where everything in it came from.

    ``path`` is None where it was built from flags. ``sources`` names, per place, the file, variable or flag of a value;
    what is not in it is a default.
    """

    config: Config
    home: Path
    path: Path | None
    sources: Mapping[Place, str] = field(repr=False)
    environment: Environment = field(repr=False)

    def under_home(self, path: str) -> Path:
        """Give a path of the configuration as the file system knows it: relative ones start at home."""
        return under(self.home, path)

    def secret(self, reference: str) -> Secret:
        """Resolve a reference of an account. Raises SecretsError, which never carries the secret."""
        return resolve_secret(reference, self.environment, self.home)


def under(home: Path, path: str) -> Path:
    """Place a path a user wrote: relative ones start at home, ``~`` is the user's folder where there is one."""
    try:
        return home / Path(path).expanduser()
    except RuntimeError:  # no such user
        return home / path


def find_home(flag: str | None = None, environment: Mapping[str, str] | None = None) -> Path:
    """Find where relative paths start: ``--home``, else MMTUI_HOME, else the working directory.

    Raises:
        SettingsError: it is no directory.
    """
    environment = os.environ if environment is None else environment
    source, text = ("--home", flag) if flag else ("environment MMTUI_HOME", environment.get("MMTUI_HOME", ""))
    home = under(Path.cwd(), text)
    if not home.is_dir():
        raise SettingsError(f"{source}: {home}: no such directory; create it or name another")
    return home


def load(
    path: str | None,
    home: Path,
    *,
    process: Mapping[str, str] | None = None,
    env_file: str | None = None,
    flags: Mapping[str, str] = _NO_FLAGS,
    name: str | None = None,
) -> LoadedConfig:
    """Load a configuration file, or build one from flags where ``path`` is None.

    Args:
        path: the file; a relative path starts at home.
        home: where relative paths start (``find_home``).
        process: the process's environment; os.environ if None.
        env_file: the .env file to read instead of home's own.
        flags: flag -> text, as in ``flags.FLAGS``.
        name: the strategy that the flags mean, where there are several.

    Raises:
        SettingsError: everything that is wrong, one line each.
        SecretsError: the .env file holds secrets and others may read it.
    """
    environment = load_environment(
        os.environ if process is None else process, home, None if env_file is None else under(home, env_file)
    )
    file = None if path is None else under(home, path)
    label = path or COMMAND_LINE
    layered = build_from_flags(flags, environment) if file is None else Layered(parse_json(read_text(file), label))
    layered.put_environment(environment)
    lay_flags(layered, flags, name, built=file is None)
    config, faults = check_document(layered.raw)
    faults = [*layered.faults, *faults]
    if config is None or faults:
        raise SettingsError(*_lines(faults, label, layered.sources, built=file is None))
    sources = {} if file is None else dict.fromkeys(_leaves(layered.raw, ()), f"file {file.name}")
    sources |= layered.sources
    if config.stage != layered.raw.get("stage", "paper"):
        sources["stage",] = "implied: every account is simulated"
    return LoadedConfig(config=config, home=home, path=file, sources=sources, environment=environment)


def _leaves(raw: object, place: Place) -> Iterator[Place]:
    """Every place of a raw object that holds a value of its own."""
    if isinstance(raw, dict):
        for key, value in raw.items():
            yield from _leaves(value, (*place, key))
    elif isinstance(raw, list):
        yield place
        for index, value in enumerate(raw):
            yield from _leaves(value, (*place, index))
    else:
        yield place


def _lines(faults: list[Fault], label: str, sources: Mapping[Place, str], *, built: bool) -> list[str]:
    lines = []
    for fault in faults:
        line = fault.line(label, sources) if fault.place else fault.problem
        flag = missing_flag(fault.place) if built and fault.problem.startswith("is missing") else None
        lines.append(f"{line}; give {flag}" if flag else line)
    return list(dict.fromkeys(lines))
