"""What Aster can do and asks for, as data.

Sources: the official V1 and V3 API documents (asterdex/api-docs, June 2026), the documentation site's changelog
(2 July 2026) and clients in live use; collected in November 2026.
"""

import enum
from typing import Final
from urllib.parse import urlsplit

from mmtui.exchanges.shared.hosts import HostPolicy
from mmtui.exchanges.shared.limiter import RateRule, Scope
from mmtui.exchanges.shared.socket import SocketSettings
from mmtui.model.facts import ClientIdRule, VenueFacts
from mmtui.model.instrument import MarketType
from mmtui.model.units import NS_PER_MS, NS_PER_S
from mmtui.ports.errors import BugError

VENUE: Final = "aster"

REST_URLS: Final = {MarketType.PERP: "https://fapi.asterdex.com", MarketType.SPOT: "https://sapi.asterdex.com"}
STREAM_URLS: Final = {MarketType.PERP: "wss://fstream.asterdex.com", MarketType.SPOT: "wss://sstream.asterdex.com"}

KNOWN_ORIGINS: Final = (
    *REST_URLS.values(),
    *STREAM_URLS.values(),
    "https://fapi3.asterdex.com",
    "https://fapi.asterdex-testnet.com",
    "https://sapi.asterdex-testnet.com",
    "wss://fstream.asterdex-testnet.com",
    "wss://fstream5.asterdex-testnet.com",
    "wss://sstream.asterdex-testnet.com",
)

MAINNET_CHAIN: Final = 1666
TESTNET_CHAIN: Final = 714
_TESTNET: Final = ".asterdex-testnet.com"

_MARKETS: Final = {MarketType.PERP: "aster:", MarketType.SPOT: "aster.spot:"}
"""One symbol text stands for two books, so the market is part of an instrument's id."""


class Version(enum.Enum):
    """Which API signs: V3 with an agent wallet, V1 with a key made before 25 March 2026."""

    V1 = "v1"
    V3 = "v3"


WINDOW_MS: Final = 5_000
"""``recvWindow`` of V1; the documents allow 60,000, the venue's own helpers say to keep to this."""

NONCE_WINDOW_NS: Final = 10 * NS_PER_S
"""How far a nonce of V3 may be from the venue's time (documents; one client claims 60 s)."""

LAG_NS: Final = 5 * NS_PER_S
"""How far a query may lag behind the matching engine, which works apart from REST; no source gives a figure."""

CLIENT_ID_LENGTH: Final = 36
CLIENT_ID_PATTERN: Final = r"[.A-Z:/a-z0-9_-]{1,36}"

PLACE_BATCH: Final = 5
CANCEL_BATCH: Final = 10

PAGE: Final = 1_000
"""Most rows of a history answer."""

HISTORY_NS: Final = 7 * 86_400 * NS_PER_S
"""Longest span of time that one question about fills may cover."""

DEPTH_LIMIT: Final = 1_000
DEPTH_WEIGHT: Final = 20

COUNTDOWN_MS: Final = 60_000
"""How long the venue waits for a sign of life before it cancels a symbol's orders; renewed three times within it."""

KEY_REFRESH_S: Final = 30 * 60.0
"""Listen keys live 60 minutes."""

DEFAULT_FEES_BPS: Final = {MarketType.PERP: ("2", "4"), MarketType.SPOT: ("2", "4")}
"""Maker and taker fee until the account's own are read (document sample of ``commissionRate``)."""

RATE_RULES: Final = (
    RateRule("weight", 2_400, 60 * NS_PER_S, scope=Scope.MACHINE),
    RateRule("orders", 1_200, 60 * NS_PER_S),
    RateRule("spot_weight", 1_200, 60 * NS_PER_S, scope=Scope.MACHINE),
    RateRule("spot_orders", 1_200, 60 * NS_PER_S),
    RateRule("spot_orders_10s", 100, 10 * NS_PER_S),
)
"""The lower of the documents' figures; ``exchangeInfo`` names the present ones."""

PAUSED_MS: Final = {-1003: 1_000, -1015: 10_000}
"""How long to wait after a limit that was told by code and not by status 429."""

# The venue ends connections after 24 hours. A perp's mark price comes every second; spot books may be quiet.
_LIFE_S: Final = 23.5 * 3_600
PUBLIC_SOCKETS: Final = {
    MarketType.PERP: SocketSettings(idle_s=30.0, life_s=_LIFE_S, gap_s=0.25),
    MarketType.SPOT: SocketSettings(idle_s=180.0, life_s=_LIFE_S, gap_s=0.25),
}
PRIVATE_SOCKET: Final = SocketSettings(life_s=_LIFE_S)

STREAMS_PER_CONNECTION: Final = 200


def facts_of(market: MarketType, version: Version) -> VenueFacts:
    """Capabilities: spot can neither amend nor batch and has no dead-man's switch; V1 cannot amend."""
    perp = market is MarketType.PERP
    window_ns = NONCE_WINDOW_NS if version is Version.V3 else WINDOW_MS * NS_PER_MS
    return VenueFacts(
        venue=VENUE,
        can_amend=perp and version is Version.V3,
        can_batch=perp,
        has_post_only=True,
        has_cancel_all=True,
        has_private_stream=True,
        has_dead_mans_switch=perp,
        client_id_rule=ClientIdRule.TEXT,
        client_id_max_length=CLIENT_ID_LENGTH,
        unknown_proof_ns=window_ns + LAG_NS,
        probe_interval_ns=NS_PER_S,
    )


def host_policy(allowed: tuple[str, ...] = ()) -> HostPolicy:
    """The venue's addresses, and what the user allowed beside them."""
    return HostPolicy(VENUE, KNOWN_ORIGINS, allowed)


def chain_of(rest_url: str) -> int:
    """The chain id that signatures for this address are made for."""
    return TESTNET_CHAIN if (urlsplit(rest_url).hostname or "").endswith(_TESTNET) else MAINNET_CHAIN


def instrument_id(market: MarketType, symbol: str) -> str:
    """``aster:BTCUSDT`` is the perp, ``aster.spot:BTCUSDT`` the spot pair."""
    return _MARKETS[market] + symbol


def place_of(instrument: str) -> tuple[MarketType, str]:
    """Market and symbol of an instrument's id. Raises BugError for an id of another venue."""
    name, _, symbol = instrument.partition(":")
    for market, prefix in _MARKETS.items():
        if symbol and prefix == f"{name}:":
            return market, symbol
    raise BugError(f"{instrument} is no instrument of {VENUE}")


def costs(market: MarketType, weight: int, orders: int = 0) -> dict[str, int]:
    """Units per rate rule."""
    if market is MarketType.PERP:
        return {"weight": weight, "orders": orders}
    return {"spot_weight": weight, "spot_orders": orders, "spot_orders_10s": orders}
