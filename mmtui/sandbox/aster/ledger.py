"""The futures wallets fill by fill: what each trade realised, so that every event tells of its own moment."""

from decimal import Decimal

from msgspec import Struct, field

from mmtui.model.units import ZERO
from mmtui.sandbox.records import FillRecord, FundingRecord
from mmtui.simulation.account import PerpPosition


class Holding(Struct):
    """One position, and what it has realised before fees."""

    position: PerpPosition = field(default_factory=PerpPosition)
    realized: Decimal = ZERO
    changed_ns: int = 0


class Ledger:
    """Positions and wallet balances of all futures accounts."""

    def __init__(self, wallets: dict[str, Decimal]) -> None:
        self.wallets = wallets
        self._holdings: dict[tuple[str, str], Holding] = {}
        self._profits: dict[int, Decimal] = {}

    def holding(self, account: str, symbol: str) -> Holding:
        """The position of an account in a symbol; a flat one that was never traded is made up."""
        return self._holdings.setdefault((account, symbol), Holding())

    def profit(self, fill: FillRecord) -> Decimal:
        """What a fill realised before its fee; 0 for spot, where nothing is realised."""
        return self._profits.get(fill.trade_id, ZERO)

    def book_fill(self, fill: FillRecord) -> None:
        """Take up a perp fill."""
        record = fill.order
        holding = self.holding(record.account, record.symbol)
        signed = fill.quantity * record.side.sign
        profit = holding.position.trade(signed, record.instrument.notional(fill.price, signed))
        holding.realized += profit
        holding.changed_ns = fill.time_ns
        self._profits[fill.trade_id] = profit
        self.wallets[record.account] += profit + fill.fee_cash

    def book_funding(self, payment: FundingRecord) -> None:
        """Take up a payment."""
        self.wallets[payment.account] += payment.amount_cash
