"""Backpack: one key pair per account."""

from mmtui.config import BackpackAccount, LoadedConfig
from mmtui.exchanges.backpack.connect import BackpackAccess, open_backpack
from mmtui.ports.clock import Clock
from mmtui.wiring.adapters import NetworkSession, proxy_of, revealed


def open_account(
    loaded: LoadedConfig, name: str, account: BackpackAccount, clock: Clock, *, signs: bool
) -> NetworkSession:
    """The session of one account. Raises SecretsError."""
    access = BackpackAccess(
        key=revealed(loaded, account.key) if signs else None,
        secret=revealed(loaded, account.secret) if signs else None,
        rest_url=account.rest_url,
        ws_url=account.ws_url,
        proxy=proxy_of(loaded, account),
    )
    return open_backpack(name, access, clock)
