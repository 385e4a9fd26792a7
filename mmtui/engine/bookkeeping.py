"""Keeps the ledger: every change of an order, every fill, funding and the day's PnL become rows."""

from collections.abc import Callable
from decimal import Decimal

from msgspec import Struct

from mmtui.core.apply_account import FUNDING
from mmtui.core.apply_orders import EARLIER_FILL
from mmtui.core.pnl import PnlBook
from mmtui.core.state import State
from mmtui.core.step import StepResult
from mmtui.engine.cell import Cell
from mmtui.model.notes import FillNote, Note, OrderNote
from mmtui.model.orders import Order
from mmtui.model.units import NS_PER_S, ZERO, Side
from mmtui.storage.ledger import LedgerWriter
from mmtui.storage.rows import BalanceRow, DailyPnlRow, FillRow, FundingRow, OrderEventRow, OrderRow, PositionRow

SNAPSHOT_EVERY_NS = 60 * NS_PER_S
"""How often position and balances are written; each writing is a row more."""

DAY_ROW_EVERY_NS = 5 * NS_PER_S
"""How often the day's row is brought up to date; it is one row a day."""


class Totals(Struct, frozen=True):
    """What a run has come to, for the difference between two times."""

    fills: int = 0
    maker: Decimal = ZERO
    taker: Decimal = ZERO
    realized: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO

    @classmethod
    def of(cls, pnl: PnlBook) -> "Totals":
        """The totals of a run's books."""
        volume = pnl.volume
        return cls(volume.fills, volume.maker, volume.taker, pnl.position.realized, pnl.fees.total, pnl.funding)


class Day(Struct):
    """A run's current UTC day: what it had come to before and now, when all and when its row was last written."""

    name: str
    before: Totals
    latest: Totals
    written_ns: int
    told_ns: int = 0


class Bookkeeper:
    """Turns what steps tell into ledger rows.

    ``scope`` keeps simulated trade ids of different runs apart; it is empty for real ones.
    """

    def __init__(self, ledger: LedgerWriter, scope: str, day_text: Callable[[int], str]) -> None:
        self._ledger = ledger
        self._scope = scope
        self._day_text = day_text
        self._days: dict[tuple[str, str, str, str], Day] = {}

    def observe(self, cell: Cell, result: StepResult) -> None:
        """Write what one step told."""
        for state, notes in cell.told(result):
            for note in notes:
                if isinstance(note, FillNote):
                    self._fill(state, note)
                elif isinstance(note, OrderNote):
                    self._order(state, note)
                elif note.event == EARLIER_FILL:
                    self._earlier_fill(state, note)
                elif note.event == FUNDING:
                    self._funding(state, note)
            day = self._day(state)
            if state.now_ns - day.written_ns >= SNAPSHOT_EVERY_NS:
                self.close_books(state)
            elif state.now_ns - day.told_ns >= DAY_ROW_EVERY_NS:
                self._day_row(state, day)

    def close_books(self, state: State) -> None:
        """Write position, balances and the day's figures as they stand."""
        day = self._day(state)
        day.written_ns = state.now_ns
        self._position(state)
        self._balances(state)
        self._day_row(state, day)

    def _fill(self, state: State, note: FillNote) -> None:
        instrument = state.instrument
        order = state.orders.find(note.client_order_id, None)
        self._ledger.put(
            FillRow(
                run_id=state.run_id, strategy=state.strategy, scope=self._scope, venue=instrument.venue,
                account=state.account, symbol=instrument.symbol, trade_id=note.trade_id, time_ns=note.time_ns,
                side=note.side, price=note.price, quantity=note.quantity, fee_cash=note.fee_cash,
                fee_asset=note.fee_asset, maker=note.maker, client_order_id=note.client_order_id,
                order_id=None if order is None else order.order_id,
                purpose="close" if order is not None and order.reduce_only else "quote",
            )
        )  # fmt: skip
        if order is not None:
            self._order_row(state, order, note.time_ns)

    def _earlier_fill(self, state: State, note: Note) -> None:
        """A fill that an earlier run may have died before it wrote; one that is there already stays as it is."""
        instrument, known = state.instrument, note.fields
        self._ledger.put(
            FillRow(
                run_id=state.run_id, strategy=state.strategy, scope=self._scope, venue=instrument.venue,
                account=state.account, symbol=instrument.symbol, trade_id=known["trade_id"], time_ns=note.time_ns,
                venue_time_ns=int(known["venue_time_ns"]), side=Side(known["side"]), price=Decimal(known["price"]),
                quantity=Decimal(known["quantity"]), fee_cash=Decimal(known["fee"]), fee_asset=known["fee_asset"],
                maker=known["maker"] == "yes", client_order_id=known["client_order_id"],
                order_id=known["order_id"] or None, purpose="earlier",
            )
        )  # fmt: skip

    def _funding(self, state: State, note: Note) -> None:
        instrument, known = state.instrument, note.fields
        self._ledger.put(
            FundingRow(
                run_id=state.run_id, strategy=state.strategy, scope=self._scope, venue=instrument.venue,
                account=state.account, symbol=instrument.symbol, payment_id=known["payment_id"], time_ns=note.time_ns,
                amount_cash=Decimal(known["amount"]), rate=Decimal(known["rate"]) if known["rate"] else None,
            )
        )  # fmt: skip

    def _order(self, state: State, note: OrderNote) -> None:
        instrument = state.instrument
        self._ledger.put(
            OrderEventRow(
                run_id=state.run_id, strategy=state.strategy, venue=instrument.venue, account=state.account,
                symbol=instrument.symbol, client_order_id=note.client_order_id, time_ns=note.time_ns, event=note.event,
                detail=note.reason,
            )
        )  # fmt: skip
        order = state.orders.find(note.client_order_id, None)
        if order is not None:
            self._order_row(state, order, note.time_ns)

    def _order_row(self, state: State, order: Order, now_ns: int) -> None:
        instrument = state.instrument
        self._ledger.put(
            OrderRow(
                run_id=state.run_id, strategy=state.strategy, venue=instrument.venue, account=state.account,
                symbol=instrument.symbol, client_order_id=order.client_order_id, order_id=order.order_id,
                side=order.side, price=order.price, quantity=order.quantity, filled=order.filled, state=order.state,
                done_reason=order.done_reason, time_in_force=order.time_in_force, post_only=order.post_only,
                reduce_only=order.reduce_only, reason=order.reason, created_ns=order.created_ns,
                updated_ns=now_ns,
            )
        )  # fmt: skip

    def _position(self, state: State) -> None:
        position = state.pnl.position
        mark = state.reference
        multiplier = state.instrument.multiplier
        self._ledger.put(
            PositionRow(
                run_id=state.run_id, strategy=state.strategy, venue=state.instrument.venue, account=state.account,
                symbol=state.instrument.symbol, time_ns=state.now_ns, quantity=position.quantity,
                average_entry=position.average_entry(multiplier), mark=mark, realized_pnl=position.realized,
                unrealized_pnl=None if mark is None else position.unrealized(mark, multiplier),
            )
        )  # fmt: skip

    def _balances(self, state: State) -> None:
        for asset, holding in state.holdings.assets.items():
            self._ledger.put(
                BalanceRow(
                    run_id=state.run_id, venue=state.instrument.venue, account=state.account, asset=asset,
                    time_ns=state.now_ns, total=holding.total, free=holding.free,
                )
            )  # fmt: skip

    def _day(self, state: State) -> Day:
        """The day of ``state``, brought up to it; totals move in steps that tell something, so none is missed."""
        name = self._day_text(state.now_ns)
        totals = Totals.of(state.pnl)
        run = (state.run_id, state.strategy, state.account, state.instrument.id)
        day = self._days.get(run)
        if day is None:
            day = self._days[run] = Day(name, Totals(), totals, 0)
        elif day.name != name:
            self._day_row(state, day)
            day.name, day.before = name, day.latest
        day.latest = totals
        return day

    def _day_row(self, state: State, day: Day) -> None:
        day.told_ns = state.now_ns
        before, latest = day.before, day.latest
        self._ledger.put(
            DailyPnlRow(
                run_id=state.run_id, strategy=state.strategy, venue=state.instrument.venue, account=state.account,
                symbol=state.instrument.symbol, day=day.name, fills=latest.fills - before.fills,
                maker_volume_quote=latest.maker - before.maker, taker_volume_quote=latest.taker - before.taker,
                realized_pnl=latest.realized - before.realized, fees=latest.fees - before.fees,
                funding=latest.funding - before.funding, updated_ns=state.now_ns,
            )
        )  # fmt: skip
