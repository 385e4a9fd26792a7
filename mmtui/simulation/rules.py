"""What two orders may do to each other when they meet: no trade with oneself, reduce-only never more than is held."""

from collections.abc import Mapping
from typing import Final, Protocol, runtime_checkable

from msgspec import Struct

from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.units import Side
from mmtui.simulation.account import VenueAccount
from mmtui.simulation.market import Market, SimOrder
from mmtui.simulation.settings import SelfTrade

SELF_TRADE: Final = "self-trade prevention"
NOTHING_TO_REDUCE: Final = "reduce-only: nothing left to reduce"


class Verdict(Struct, frozen=True):
    """How much of a match may trade, and which of the two orders ends after it."""

    lots: int
    drop_maker: bool = False
    stop_taker: bool = False
    reason: str = ""


class MatchRules(Protocol):
    """Asked by a matching engine before each match in which one of our orders takes part."""

    def judge(self, taker: SimOrder, maker: SimOrder, lots: int, traded: Mapping[str, int]) -> Verdict:
        """Judge a match of at most ``lots``; ``traded`` holds signed lots per account that are not booked yet."""
        ...


@runtime_checkable
class RuledMarket(Market, Protocol):
    """A market that asks its rules at match time, and so needs no correction afterwards."""

    rules: MatchRules | None

    def take_dropped(self) -> list[tuple[SimOrder, str]]:
        """Orders of ours that the rules ended since the last call, with the reason; they no longer rest."""
        ...


class OwnerRules:
    """Self-trade prevention and reduce-only for the orders of the venue's accounts on one instrument."""

    def __init__(self, instrument: Instrument, accounts: Mapping[str, VenueAccount], self_trade: SelfTrade) -> None:
        self._instrument = instrument
        self._accounts = accounts
        self._self_trade = self_trade

    def reducible_lots(self, account: str, side: Side, traded_lots: int = 0) -> int:
        """Lots that an order of this side may trade until the position is flat; 0 if it would not reduce at all."""
        quantity = self._accounts[account].quantity(self._instrument)
        held = int(quantity / self._instrument.lot_size) + traded_lots
        return max(0, -held if side is Side.BUY else held)

    def same_owner(self, one: str, other: str) -> bool:
        """True if both names are accounts of ours with one owner."""
        accounts = self._accounts
        return one in accounts and other in accounts and accounts[one].owner == accounts[other].owner

    def judge(self, taker: SimOrder, maker: SimOrder, lots: int, traded: Mapping[str, int]) -> Verdict:
        """Judge one match; a reduce-only order trades at most what is left to reduce and ends there."""
        if self.same_owner(taker.account, maker.account):
            mode = self._self_trade
            return Verdict(0, mode is not SelfTrade.EXPIRE_TAKER, mode is not SelfTrade.EXPIRE_MAKER, SELF_TRADE)
        maker_cap, taker_cap = self._cap(maker, traded), self._cap(taker, traded)
        allowed = lots
        if maker_cap is not None:
            allowed = min(allowed, maker_cap)
        if taker_cap is not None:
            allowed = min(allowed, taker_cap)
        return Verdict(
            allowed,
            drop_maker=allowed == maker_cap and allowed < maker.remaining_lots,
            stop_taker=allowed == taker_cap,
            reason=NOTHING_TO_REDUCE,
        )

    def _cap(self, order: SimOrder, traded: Mapping[str, int]) -> int | None:
        if not order.reduce_only or self._instrument.market_type is MarketType.SPOT:
            return None
        return self.reducible_lots(order.account, order.side, traded.get(order.account, 0))
