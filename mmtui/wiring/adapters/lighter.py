"""Lighter: one API key of one account, signed for one chain. Names of orders are kept on disk for the next process."""

from pathlib import Path
from typing import Final

from mmtui.config import LighterAccount, LoadedConfig
from mmtui.exchanges.lighter.connect import LighterAccess, open_lighter
from mmtui.exchanges.lighter.ids import OrderNumbers
from mmtui.ports.clock import Clock
from mmtui.storage.id_file import IdFile
from mmtui.wiring.adapters import NetworkSession, proxy_of, revealed

_BOOKS: Final[dict[tuple[Path, str], OrderNumbers]] = {}
"""By folder and account, one for the process."""


def open_account(
    loaded: LoadedConfig, name: str, account: LighterAccount, clock: Clock, *, signs: bool
) -> NetworkSession:
    """The session of one account. Raises SettingsError, SecretsError, StorageError."""
    access = LighterAccess(
        account_index=account.account_index,
        api_key_index=account.api_key_index,
        api_key_private=revealed(loaded, account.api_key_private) if signs else None,
        chain_id=account.chain_id,
        rest_url=account.rest_url,
        ws_url=account.ws_url,
        proxy=proxy_of(loaded, account),
        allowed_hosts=account.allowed_hosts,
    )
    numbers = None
    if access.api_key_private is not None:
        owner = f"{account.chain_id}:{account.account_index}"
        numbers = _numbers(loaded.under_home(loaded.config.storage.database).parent, owner)
    return open_lighter(name, access, clock, numbers=numbers)


def _numbers(directory: Path, owner: str) -> OrderNumbers:
    """The names of an account's orders, read once and added to. Raises StorageError."""
    place = directory, owner
    if place not in _BOOKS:
        file = IdFile(directory, "lighter", owner)
        _BOOKS[place] = OrderNumbers(file.others | file.own, file.keep)
    return _BOOKS[place]
