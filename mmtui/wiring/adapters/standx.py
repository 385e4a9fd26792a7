"""StandX: the wallet logs in where its key is configured, else a token with its signing key."""

from mmtui.config import LoadedConfig, StandxAccount
from mmtui.exchanges.standx.connect import StandxAccess, open_standx
from mmtui.ports.clock import Clock
from mmtui.wiring.adapters import NetworkSession, proxy_of, revealed


def open_account(
    loaded: LoadedConfig, name: str, account: StandxAccount, clock: Clock, *, signs: bool
) -> NetworkSession:
    """The session of one account. Raises SettingsError, SecretsError."""
    access = StandxAccess(
        wallet_key=revealed(loaded, account.wallet_key) if signs else None,
        token=revealed(loaded, account.token) if signs else None,
        signing_key=revealed(loaded, account.signing_key) if signs else None,
        rest_url=account.rest_url,
        ws_url=account.ws_url,
        proxy=proxy_of(loaded, account),
        allowed_hosts=account.allowed_hosts,
    )
    return open_standx(name, access, clock)
