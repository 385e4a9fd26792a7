"""Lighter: one API key of one account, signed for one chain."""

from mmtui.config import LighterAccount, LoadedConfig
from mmtui.exchanges.lighter.connect import LighterAccess, open_lighter
from mmtui.ports.clock import Clock
from mmtui.wiring.adapters import NetworkSession, proxy_of, revealed


def open_account(
    loaded: LoadedConfig, name: str, account: LighterAccount, clock: Clock, *, signs: bool
) -> NetworkSession:
    """The session of one account. Raises SettingsError, SecretsError."""
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
    return open_lighter(name, access, clock)
