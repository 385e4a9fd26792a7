"""Websea: token and secret; paths, margin mode and fees come from the configuration.

The venue keeps no ids of ours, so which of its orders are ours stands on disk.
"""

from pathlib import Path
from typing import Final

from mmtui.config import LoadedConfig, WebseaAccount
from mmtui.exchanges.websea.connect import WebseaAccess, open_websea
from mmtui.exchanges.websea.facts import MarginMode, PathStyle
from mmtui.exchanges.websea.instruments import Fees
from mmtui.exchanges.websea.own_orders import KeptNames
from mmtui.ports.clock import Clock
from mmtui.storage.id_file import IdFile
from mmtui.wiring.adapters import NetworkSession, proxy_of, revealed

_FILES: Final[dict[tuple[Path, str], KeptNames]] = {}
"""By folder and token, one for the process."""


def open_account(
    loaded: LoadedConfig, name: str, account: WebseaAccount, clock: Clock, *, signs: bool
) -> NetworkSession:
    """The session of one account. Raises SettingsError, SecretsError, StorageError."""
    access = WebseaAccess(
        token=revealed(loaded, account.token) if signs else None,
        secret=revealed(loaded, account.secret) if signs else None,
        rest_url=account.rest_url,
        ws_url=account.ws_url,
        proxy=proxy_of(loaded, account),
        style=PathStyle(account.path_style),
        mode=MarginMode[account.margin_mode.upper()],
        leverage=account.leverage,
        fees=Fees(account.maker_fee_bps, account.taker_fee_bps),
    )
    names = None
    if access.token is not None and access.secret is not None:
        names = _names(loaded.under_home(loaded.config.storage.database).parent, access.token)
    return open_websea(name, access, clock, names=names)


def _names(directory: Path, token: str) -> KeptNames:
    """The names of a token's orders, read once and added to. Raises StorageError."""
    place = directory, token
    if place not in _FILES:
        file = IdFile(directory, "websea", token)

        def keep(order_id: str, client_order_id: str) -> None:
            file.keep(_as_number(order_id), client_order_id)

        earlier = {_as_text(number): name for number, name in (file.others | file.own).items()}
        _FILES[place] = KeptNames(earlier, keep)
    return _FILES[place]


def _as_number(order_id: str) -> int:
    """The file keeps numbers: the letters of an id as one."""
    return int.from_bytes(order_id.encode(), "big")


def _as_text(number: int) -> str:
    """The id again; one of a damaged line is nobody's."""
    return number.to_bytes((number.bit_length() + 7) // 8, "big").decode(errors="replace")
