"""Backpack: one key pair per account. Its client order ids are numbers, kept on disk so that a restart knows them."""

import secrets
from pathlib import Path
from typing import Final

from mmtui.config import BackpackAccount, LoadedConfig
from mmtui.exchanges.backpack.connect import BackpackAccess, open_backpack
from mmtui.exchanges.backpack.ids import COUNTER_BITS, TAG_LIMIT, ClientIds
from mmtui.ports.clock import Clock
from mmtui.storage.id_file import IdFile
from mmtui.wiring.adapters import NetworkSession, proxy_of, revealed

RESERVED: Final = 1_024
"""How many numbers a start passes over: those whose lines a loss of power may have taken."""

_BOOKS: Final[dict[tuple[Path, str], ClientIds]] = {}
"""By folder and key, one for the process: two accounts of one key must never give the same number."""


def open_account(
    loaded: LoadedConfig, name: str, account: BackpackAccount, clock: Clock, *, signs: bool
) -> NetworkSession:
    """The session of one account. Raises SecretsError, StorageError."""
    access = BackpackAccess(
        key=revealed(loaded, account.key) if signs else None,
        secret=revealed(loaded, account.secret) if signs else None,
        rest_url=account.rest_url,
        ws_url=account.ws_url,
        proxy=proxy_of(loaded, account),
        allowed_hosts=account.allowed_hosts,
    )
    ids = None
    if access.key is not None and access.secret is not None:
        ids = _ids(loaded.under_home(loaded.config.storage.database).parent, access.key, clock)
    return open_backpack(name, access, clock, ids=ids)


def _ids(directory: Path, key: str, clock: Clock) -> ClientIds:
    """The book of a key's numbers, which goes on where the last process ended. Raises StorageError."""
    place = directory, key
    if place not in _BOOKS:
        file = IdFile(directory, "backpack", key)
        last = next(reversed(file.own), None)
        taken = {number >> COUNTER_BITS for number in file.others}
        free = [tag for tag in range(TAG_LIMIT) if tag not in taken] or list(range(TAG_LIMIT))
        _BOOKS[place] = ClientIds(
            clock.now(),
            tag=secrets.choice(free) if last is None else last >> COUNTER_BITS,
            next_counter=None if last is None else last + RESERVED,
            known=file.others | file.own,
            on_new=file.keep,
        )
    return _BOOKS[place]
