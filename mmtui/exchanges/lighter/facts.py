"""What Lighter can do and asks for, as data.

Sources: the venue's API documents, its Python and Go SDKs (lighter-sdk 1.1.8, lighter-go of August 2026), the
connectors of hummingbot and ccxt 4.5.64; collected in November 2026.
"""

from typing import Final
from urllib.parse import urlsplit

from mmtui.exchanges.shared.budget import Scope
from mmtui.exchanges.shared.hosts import HostPolicy
from mmtui.exchanges.shared.limiter import RateRule
from mmtui.exchanges.shared.socket import SocketSettings
from mmtui.model.facts import ClientIdRule, VenueFacts
from mmtui.model.units import NS_PER_S

VENUE: Final = "lighter"

REST_URL: Final = "https://mainnet.zklighter.elliot.ai"
STREAM_URL: Final = "wss://mainnet.zklighter.elliot.ai/stream"
STREAM_PATH: Final = "/stream"

CHAINS: Final = {
    "mainnet.zklighter.elliot.ai": 304,
    "testnet.zklighter.elliot.ai": 300,
    "api.rh.lighter.xyz": 466324,
    "api.rh-testnet.lighter.xyz": 300,
}
"""Chain id by host. It is part of what is signed but not of what is sent: a wrong one is a wrong signature."""

EXPIRED_AFTER_S: Final = 599
"""A transaction is valid for so long; the signer fixes it, by this machine's clock."""

PROOF_NS: Final = 30 * NS_PER_S
"""When "not found" may be believed: four seconds in our queue, ten on the way, ten in which REST may not know an order
yet. A transaction whose nonce may still be used is never called not found (see ``outbox``), so the ten minutes of its
validity need not be waited for."""

FACTS: Final = VenueFacts(
    venue=VENUE,
    can_amend=False,
    can_batch=True,
    has_post_only=True,
    has_cancel_all=True,
    has_private_stream=True,
    has_dead_mans_switch=True,
    client_id_rule=ClientIdRule.TEXT,
    client_id_max_length=64,
    unknown_proof_ns=PROOF_NS,
    probe_interval_ns=2 * NS_PER_S,
)
"""Amending is left out on purpose: whether the new amount of a half-filled order means all of it or its rest is not
documented, and a modify costs the same quota as a new order."""

RATE_RULES: Final = (
    RateRule("weight", 24_000, 60 * NS_PER_S),
    RateRule("send", 4_000, 60 * NS_PER_S),
    RateRule("requests", 24_000, 60 * NS_PER_S),
    RateRule("frames", 180, 60 * NS_PER_S, reserve_share=0.0, scope=Scope.MACHINE),
)
"""As a premium account without stake has them; a standard one has 60 requests of any kind a minute. ``frames`` are what
we send over sockets (200 a minute for one address)."""

STANDARD_REQUESTS: Final = 60

WEIGHTS: Final = {"trades": 600, "recentTrades": 600, "apikeys": 150, "nextNonce": 6, "accountInactiveOrders": 100}
USUAL_WEIGHT: Final = 300
"""Weight of a question that is not in the table."""

TRANSACTION: Final = {"send": 1, "requests": 1}

MAX_BATCH: Final = 15
"""Transactions in one batch: the stricter of the documented bounds (15 and 50)."""

LIMIT_STATUSES: Final = (429, 405, 418)
"""405 is how the venue's firewall says it."""

PAGE: Final = 100
"""Most rows of a list."""

TOKEN_LIFE_S: Final = 6 * 3_600
"""How long an auth token is made for; the venue takes up to 8 hours."""

RENEW_SHARE: Final = 0.8
"""A token is renewed when this share of its life is over."""

SWITCH_MS: Final = 360_000
"""The dead-man's switch's patience; the venue takes no less than five minutes."""

FEES_BPS: Final = {"standard": ("0", "0"), "premium": ("0.4", "2.8")}
"""Maker and taker by tier where the account's own are not told; the true ones come with each fill."""

PUBLIC_SOCKET: Final = SocketSettings(
    idle_s=60.0, beat_interval_s=30.0, life_s=23 * 3_600.0, frames_rule="frames", compression=True
)
PRIVATE_SOCKET: Final = SocketSettings(beat_interval_s=30.0, life_s=23 * 3_600.0, frames_rule="frames")


def host_policy(allowed: tuple[str, ...]) -> HostPolicy:
    """Every origin of the venue, and what the user allowed."""
    origins = [f"{scheme}://{host}" for host in CHAINS for scheme in ("https", "wss")]
    return HostPolicy(VENUE, tuple(origins), allowed)


def chain_of(url: str) -> int | None:
    """The chain of one of the venue's addresses; None for any other (a sandbox)."""
    return CHAINS.get((urlsplit(url).hostname or "").rstrip("."))


def instrument_id(symbol: str) -> str:
    """Id of the instrument that the venue calls so."""
    return f"{VENUE}:{symbol}"


def weight_of(endpoint: str) -> dict[str, int]:
    """What a question costs."""
    return {"weight": WEIGHTS.get(endpoint, USUAL_WEIGHT), "requests": 1}
