"""Secrets: named in the configuration, resolved only when wiring asks, never printed."""

from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from mmtui.config.envfile import readable_by_others
from mmtui.config.forms import REFERENCE
from mmtui.config.legacy import ALIASES
from mmtui.ports.errors import SecretsError

KEYRING_SERVICE = "mmtui"


class Secret:
    """A secret that cannot be printed, pickled or copied into a journal by accident."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Give the secret itself, to a signer and nothing else."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(hidden)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is never pickled")


def resolve_secret(reference: str, environment: Mapping[str, str], home: Path = Path()) -> Secret:
    """Fetch the secret that a reference names.

    Args:
        reference: ``env:NAME`` (names of the reference bots count where NAME is not set), ``file:PATH`` (relative to
            home) or ``keyring:NAME`` (service mmtui).
        environment: the names of the run.
        home: where relative paths start.

    Raises:
        SecretsError: it is not there, empty, or readable by others. The message names the reference, never a secret.
    """
    if not REFERENCE.fullmatch(reference):
        raise SecretsError("(hidden): is no reference; write env:NAME, file:PATH or keyring:NAME")
    scheme, _, name = reference.partition(":")
    if scheme == "env":
        value = _from_environment(name, environment)
    elif scheme == "file":
        value = _from_file(reference, home / Path(name).expanduser())
    else:
        value = _from_keyring(name)
    if not value.strip():
        raise SecretsError(f"{reference}: is empty; put the secret there")
    return Secret(value.strip())


def _from_environment(name: str, environment: Mapping[str, str]) -> str:
    if name in environment:
        return environment[name]
    found = {other: environment[other] for other in ALIASES.get(name, ()) if environment.get(other)}
    if len(set(found.values())) > 1:
        raise SecretsError(f"env:{name}: not set, and {' and '.join(found)} differ; set {name}")
    if not found:
        others = "".join(f" (or {other})" for other in ALIASES.get(name, ()))
        raise SecretsError(f"env:{name}: not set; set {name}{others} in the environment or in .env")
    return next(iter(found.values()))


def _from_file(reference: str, path: Path) -> str:
    try:
        if readable_by_others(path):
            raise SecretsError(f"{reference}: others may read it; chmod 600 {path}")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise SecretsError(f"{reference}: cannot be read: {error.strerror or 'not a usable path'}") from None
    except UnicodeDecodeError:
        raise SecretsError(f"{reference}: is not UTF-8 text") from None
    except ValueError:
        raise SecretsError("file: cannot be read: not a usable path") from None


def _from_keyring(name: str) -> str:
    import keyring  # slow to import, and most users keep their keys in the environment
    from keyring.errors import KeyringError

    try:
        value = keyring.get_password(KEYRING_SERVICE, name)
    except (KeyringError, RuntimeError) as error:
        raise SecretsError(f"keyring:{name}: the keyring cannot be used: {type(error).__name__}") from None
    if value is None:
        raise SecretsError(f"keyring:{name}: not there; store it with `keyring set {KEYRING_SERVICE} {name}`")
    return value
