"""Aster with the wallet's agent (V3) where it is configured, else with an old key (V1)."""

from typing import Final

from mmtui.config import AsterAccount, LoadedConfig
from mmtui.exchanges.aster.connect import AsterAccess, open_aster
from mmtui.exchanges.shared.nonce import NonceBook
from mmtui.model.instrument import MarketType
from mmtui.ports.clock import Clock
from mmtui.wiring.adapters import NetworkSession, proxy_of, revealed

_NONCES: Final = NonceBook()
"""One for the process: two accounts of one wallet must never give the same nonce."""

_MARKETS: Final = {
    "perp": (MarketType.PERP,),
    "spot": (MarketType.SPOT,),
    "both": (MarketType.PERP, MarketType.SPOT),
}


def open_account(
    loaded: LoadedConfig, name: str, account: AsterAccount, clock: Clock, *, signs: bool
) -> NetworkSession:
    """The session of one account. Raises SecretsError."""
    access = AsterAccess(
        user=account.user if signs else None,
        signer=account.signer if signs else None,
        signer_key=revealed(loaded, account.signer_key) if signs else None,
        key=revealed(loaded, account.key) if signs else None,
        secret=revealed(loaded, account.secret) if signs else None,
        rest_url=account.rest_url,
        ws_url=account.ws_url,
        spot_rest_url=account.spot_rest_url,
        spot_ws_url=account.spot_ws_url,
        proxy=proxy_of(loaded, account),
        allowed_hosts=account.allowed_hosts,
        markets=_MARKETS[account.markets],
    )
    return open_aster(name, access, clock, nonces=_NONCES)
