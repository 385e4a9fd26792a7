"""What Backpack can do and asks for, as data.

Sources: the exchange's OpenAPI document (changelog up to 2025-11-12), its Rust client bpx-api-client 0.21 (July 2026)
and its support FAQ; collected in November 2026.
"""

from typing import Final

from mmtui.exchanges.shared.limiter import RateRule
from mmtui.exchanges.shared.socket import SocketSettings
from mmtui.model.facts import ClientIdRule, VenueFacts
from mmtui.model.units import NS_PER_MS, NS_PER_S

VENUE: Final = "backpack"

REST_URL: Final = "https://api.backpack.exchange"
STREAM_URL: Final = "wss://ws.backpack.exchange"
"""One REST host and one socket serve spot, perps, public and private. There is no test network."""

WINDOW_MS: Final = 5_000
"""How long a signed request is valid; the venue allows up to 60,000."""

LAG_NS: Final = 5 * NS_PER_S
"""How far the history of orders may lag behind the live endpoints; no source gives a figure."""

FACTS: Final = VenueFacts(
    venue=VENUE,
    can_amend=False,
    can_batch=True,
    has_post_only=True,
    has_cancel_all=True,
    has_private_stream=True,
    has_dead_mans_switch=False,
    client_id_rule=ClientIdRule.UINT32,
    client_id_max_length=64,
    unknown_proof_ns=WINDOW_MS * NS_PER_MS + LAG_NS,
    probe_interval_ns=NS_PER_S,
)

RATE_RULES: Final = (
    RateRule("requests", 2_000, 60 * NS_PER_S),
    RateRule("history", 30, 60 * NS_PER_S),
)
"""From the FAQ, per subaccount; ``history`` is market history over a range of time (klines, old trades)."""

REQUEST: Final = {"requests": 1}

MAX_BATCH: Final = 20
"""Orders in one batch; undocumented, ccxt declares 20, one bot sends 50."""

PAGE: Final = 1_000
"""Most rows of a history answer."""

DEPTH_LIMIT: Final = 1_000
"""Levels per side of a depth snapshot."""

# The venue pings every 60 s. Its public streams are never silent for long; private ones may be for hours.
PUBLIC_SOCKET: Final = SocketSettings(idle_s=90.0)
PRIVATE_SOCKET: Final = SocketSettings()
