"""What StandX can do and asks for, as data.

Sources: the venue's API documents (perps-auth, perps-http, perps-ws, perps-reference; copies of January to August
2026), the captures in standx-cli (July 2026), polibee's SDK; collected in November 2026.
"""

from typing import Final

from mmtui.exchanges.shared.budget import Scope
from mmtui.exchanges.shared.hosts import HostPolicy
from mmtui.exchanges.shared.limiter import RateRule
from mmtui.exchanges.shared.socket import SocketSettings
from mmtui.model.facts import ClientIdRule, VenueFacts
from mmtui.model.units import NS_PER_MS, NS_PER_S

VENUE: Final = "standx"

LOGIN_URL: Final = "https://api.standx.com"
REST_URL: Final = "https://perps.standx.com"
SOCKET_URL: Final = "wss://perps.standx.com"
STREAM_PATH: Final = "/ws-stream/v1"
ORDER_PATH: Final = "/ws-api/v1"

DOMAIN: Final = "standx.com"
CHAIN: Final = "bsc"
CHAIN_ID: Final = 56
QUOTE: Final = "DUSD"

TOKEN_LIFE_S: Final = 604_800
"""How long a token is asked for."""
RENEW_SHARE: Final = 0.2
RENEW_MOST_S: Final = 3_600.0
"""A token is replaced when this share of its life is left, or an hour, whichever is less."""

PROOF_NS: Final = 30 * NS_PER_S
"""When "not found" may be believed. The window of a signature is not documented; orders are queued, so an answer that
was lost may stand for an order that shows a little later."""

FACTS: Final = VenueFacts(
    venue=VENUE,
    can_amend=False,
    can_batch=False,
    has_post_only=True,
    has_cancel_all=True,
    has_private_stream=True,
    has_dead_mans_switch=False,
    client_id_rule=ClientIdRule.TEXT,
    client_id_max_length=64,
    unknown_proof_ns=PROOF_NS,
    probe_interval_ns=NS_PER_S,
)
"""``has_cancel_all``: the venue has no such call; the adapter lists, cancels and looks until they are gone."""

CREDITS: Final = 45
"""What every request costs of the account's bucket of 900, refilled with 1,000 a second."""

RATE_RULES: Final = (
    RateRule("credits", 900, 900 * NS_PER_MS),
    RateRule("requests", 50, NS_PER_S, scope=Scope.MACHINE),
)

COSTS: Final = {"credits": CREDITS, "requests": 1}
PUBLIC_COSTS: Final = {"requests": 1}

OPEN_ORDERS: Final = 1_200
PAGE: Final = 500
"""Most rows of a list."""

CANCEL_MANY: Final = 50
"""Orders in one cancel; the venue names no bound, so a cautious one."""

_LIFE_S: Final = 23 * 3_600.0 + 50 * 60.0
PUBLIC_SOCKET: Final = SocketSettings(idle_s=60.0, life_s=_LIFE_S)
PRIVATE_SOCKET: Final = SocketSettings(life_s=_LIFE_S)


def host_policy(allowed: tuple[str, ...]) -> HostPolicy:
    """Every origin of the venue, and what the user allowed."""
    return HostPolicy(VENUE, (REST_URL, SOCKET_URL, LOGIN_URL), allowed)


def instrument_id(symbol: str) -> str:
    """Id of the instrument that the venue calls so."""
    return f"{VENUE}:{symbol}"


def symbol_of(instrument: str) -> str:
    """The venue's name of an instrument."""
    return instrument.partition(":")[2]
