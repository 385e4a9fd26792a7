"""A live start needs a person's consent once per configuration; it is recorded beside the ledger."""

from hashlib import blake2b
from pathlib import Path

import msgspec

from mmtui.config import LoadedConfig
from mmtui.ports.errors import SettingsError
from mmtui.storage.atomic import write_atomically

FILE_NAME = "live_consents.json"
PRIVATE = 0o600


def fingerprint(loaded: LoadedConfig) -> str:
    """What the consent is for: accounts, strategies and limits; another spread is another configuration."""
    config = loaded.config
    told = msgspec.json.encode([config.accounts, config.enabled, config.risk], order="sorted")
    return blake2b(told, digest_size=16).hexdigest()


def need_consent(loaded: LoadedConfig, *, given: bool) -> None:
    """Raise SettingsError unless consent is given now or was recorded; record it when given. Raises StorageError."""
    path = loaded.under_home(loaded.config.storage.database).with_name(FILE_NAME)
    known = _recorded(path)
    print_of = fingerprint(loaded)
    if print_of in known:
        return
    if not given:
        raise SettingsError(
            "stage live: this configuration has never traded real money; read it once more "
            "(mmtui config show), then consent with --yes"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, msgspec.json.encode([*known, print_of]), PRIVATE)


def _recorded(path: Path) -> list[str]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[str])
    except FileNotFoundError:
        return []
    except (OSError, msgspec.MsgspecError) as error:
        raise SettingsError(f"{path}: cannot be read ({error}); remove it and consent again with --yes") from None
