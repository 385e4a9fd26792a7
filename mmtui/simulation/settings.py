"""How kind the simulated venue is: latency, faults, fees in kind, self-trade prevention."""

import enum
from typing import Annotated, Final

from msgspec import Meta, Struct

from mmtui.model.facts import VenueFacts
from mmtui.model.units import NS_PER_MS

PROOF_MARGIN_NS: Final = 1_000 * NS_PER_MS
"""Added to the longest travel before "not found" proves that a command never arrived."""

Ms = Annotated[int, Meta(ge=0, extra={"unit": "ms"})]
Share = Annotated[float, Meta(ge=0, le=1)]


class SelfTrade(enum.Enum):
    """Which order ends when two of the same owner would meet."""

    EXPIRE_TAKER = "expire_taker"
    EXPIRE_MAKER = "expire_maker"
    EXPIRE_BOTH = "expire_both"


class VenueSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The venue's manners. Every rate is the probability per command; all draws come from the venue's own seed."""

    order_latency_ms: Annotated[Ms, Meta(title="Order latency", description="A command's travel to the venue.")] = 20
    report_latency_ms: Annotated[
        Ms, Meta(title="Report latency", description="Travel of answers, account and market streams back to us.")
    ] = 20
    latency_jitter_ms: Annotated[
        Ms,
        Meta(
            title="Latency jitter",
            description="Uniform extra travel of commands and reports; order is kept per account.",
        ),
    ] = 0
    timeout_ms: Annotated[
        Ms, Meta(title="Timeout", description="How long after sending a caller gives up on an answer that never comes.")
    ] = 2_000
    reject_rate: Annotated[
        Share, Meta(title="Reject rate", description="Share of placed orders refused for no reason.")
    ] = 0.0
    timeout_rate: Annotated[
        Share,
        Meta(
            title="Timeout rate",
            description="Share of place, amend and cancel commands that are carried out while their answer is lost.",
        ),
    ] = 0.0
    loss_rate: Annotated[
        Share,
        Meta(
            title="Loss rate",
            description="Share of place, amend and cancel commands that never arrive, nor any answer.",
        ),
    ] = 0.0
    read_fail_rate: Annotated[Share, Meta(title="Read failure rate", description="Share of queries that fail.")] = 0.0
    funding_interval_s: Annotated[
        int,
        Meta(
            gt=0, title="Funding interval", description="Perps settle funding at multiples of it.", extra={"unit": "s"}
        ),
    ] = 8 * 3_600
    can_amend: Annotated[bool, Meta(title="Amend", description="Whether live orders can be changed.")] = True
    fee_in_base_on_buy: Annotated[
        bool, Meta(title="Fees of spot buys in base", description="Charge spot buys in the asset bought.")
    ] = False
    self_trade: Annotated[
        SelfTrade, Meta(title="Self-trade prevention", description="Which order ends when two of one owner would meet.")
    ] = SelfTrade.EXPIRE_TAKER

    def facts(self, venue: str = "sim") -> VenueFacts:
        """What a planner may rely on with these settings."""
        travel_ns = (self.order_latency_ms + self.report_latency_ms + 2 * self.latency_jitter_ms) * NS_PER_MS
        return VenueFacts(
            venue=venue,
            can_amend=self.can_amend,
            client_id_max_length=64,
            unknown_proof_ns=travel_ns + PROOF_MARGIN_NS,
        )
