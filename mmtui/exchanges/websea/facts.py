"""What Websea can do and asks for, as data.

Sources: the venue's "Open Interface" documents (v1.2.2 of May 2023, v2.2.0 of June 2026), public probes of its market
data in September 2026; nobody has published a probe of a private call. Collected in November 2026.
"""

import enum
from typing import Final

from mmtui.exchanges.shared.hosts import HostPolicy
from mmtui.exchanges.shared.limiter import RateRule
from mmtui.exchanges.shared.socket import SocketSettings
from mmtui.model.facts import ClientIdRule, VenueFacts
from mmtui.model.units import NS_PER_S

VENUE: Final = "websea"
QUOTE: Final = "USDT"


class PathStyle(enum.Enum):
    """Which of the venue's three sets of paths is spoken; they are never mixed within a session.

    V2 differs from V1 in the form of new orders only, which names the side of the position.
    """

    V1 = "v1"
    V2 = "v2"
    LEGACY = "legacy"


class MarginMode(enum.Enum):
    """How positions are margined; the value is the venue's ``is_full``."""

    ISOLATED = 1
    CROSS = 2

    @property
    def other(self) -> "MarginMode":
        """The mode that the account is not to be in."""
        return MarginMode.CROSS if self is MarginMode.ISOLATED else MarginMode.ISOLATED


REST_URL: Final = "https://oapi.websea.com"
SOCKET_URL: Final = "wss://oapi.websea.com"
LEGACY_REST_URL: Final = "https://coapi.websea.com"
LEGACY_SOCKET_URL: Final = "wss://coapi.websea.com"

MARKET_PATH: Final = "/ws/v1/futures/market"
ORDER_PATH: Final = "/ws/v1/futures/order"
LEGACY_MARKET_PATH: Final = "/future-ws/v1/market"

PATHS: Final = {
    "symbols": ("/v1/futures/symbols", "/openApi/contract/symbols"),
    "info": ("/v1/futures/info", "/openApi/market/info"),
    "precision": ("/v1/futures/symbol_precision", "/openApi/contract/precision"),
    "depth": ("/v1/futures/depth", "/openApi/contract/depth"),
    "mark": ("/v1/futures/index_price", "/openApi/contract/index"),
    "funding": ("/v1/futures/funding_rate", "/openApi/contract/capitalRate"),
    "create": ("/v1/futures/order/create", "/openApi/contract/add"),
    "cancel": ("/v1/futures/order/cancel", "/openApi/contract/cancel"),
    "open": ("/v1/futures/orders/open", "/openApi/contract/currentList"),
    "detail": ("/v1/futures/order/detail", "/openApi/contract/getOrderDetail"),
    "trades": ("/v1/futures/order/trades", "/openApi/contract/detail"),
    "history": ("/v1/futures/orders/history", "/openApi/contract/historyList"),
    "position": ("/v1/futures/position", "/openApi/contract/position"),
    "wallet": ("/v1/futures/wallet", "/openApi/contract/walletList"),
    "cross_wallet": ("/v1/futures/wallet", "/openApi/contract/walletList/full"),
}
"""The new path and the legacy one."""
CREATE_V2: Final = "/v2/futures/order/create"

NONCE_WINDOW_NS: Final = 60 * NS_PER_S
PROOF_NS: Final = NONCE_WINDOW_NS + 5 * NS_PER_S
"""When "not found" may be believed: a request that was held up on its way is taken as long as its nonce is."""

FACTS: Final = VenueFacts(
    venue=VENUE,
    can_amend=False,
    can_batch=False,
    has_post_only=False,
    has_cancel_all=True,
    has_private_stream=True,
    has_dead_mans_switch=False,
    client_id_rule=ClientIdRule.NONE,
    unknown_proof_ns=PROOF_NS,
    probe_interval_ns=2 * NS_PER_S,
)
"""``has_post_only``: none; a resting order that would cross the touch is refused here, before it is sent, which leaves
a race. ``has_cancel_all``: by symbol it is not documented; the adapter lists, cancels by id and lists again."""
LEGACY_FACTS: Final = VenueFacts(
    venue=VENUE,
    can_amend=False,
    can_batch=False,
    has_post_only=False,
    has_cancel_all=True,
    has_private_stream=False,
    has_dead_mans_switch=False,
    client_id_rule=ClientIdRule.NONE,
    unknown_proof_ns=PROOF_NS,
    probe_interval_ns=2 * NS_PER_S,
)
"""On the legacy paths the account has no socket: it is asked every second."""

RATE_RULES: Final = (RateRule("requests", 80, 10 * NS_PER_S),)
"""The venue's bound is 100 per key and 100 per path; four fifths of it are used."""
COSTS: Final = {"requests": 1}
LIMIT_PAUSE_S: Final = 10.0
"""The venue names no time to wait after a 429."""

PAGE: Final = 100
DEPTH: Final = 50
CANCEL_MANY: Final = 20
"""Orders in one cancel; the venue names no bound, so a cautious one."""

_LIFE_S: Final = 12 * 3_600.0
PUBLIC_SOCKET: Final = SocketSettings(ping_interval_s=10.0, idle_s=60.0, life_s=_LIFE_S, first_wait_s=1.0, gap_s=1.0)
PRIVATE_SOCKET: Final = SocketSettings(ping_interval_s=10.0, life_s=_LIFE_S, first_wait_s=1.0)
"""The venue closes a socket on which we say nothing for 30 s; protocol pings keep it."""


def host_policy(allowed: tuple[str, ...]) -> HostPolicy:
    """Every origin of the venue, and what the user allowed."""
    return HostPolicy(VENUE, (REST_URL, SOCKET_URL, LEGACY_REST_URL, LEGACY_SOCKET_URL), allowed)


def instrument_id(symbol: str) -> str:
    """Id of the instrument that the venue calls so."""
    return f"{VENUE}:{symbol}"


def symbol_of(instrument: str) -> str:
    """The venue's name of an instrument."""
    return instrument.partition(":")[2]
