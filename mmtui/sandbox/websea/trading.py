"""Orders: placing, cancelling, and what can be asked about them."""

from collections.abc import Iterable
from typing import Any, Final

from mmtui.model.units import NS_PER_MS, ZERO, decimal_text
from mmtui.sandbox.calls import Call
from mmtui.sandbox.floor import Floor, Refusal, Ticket
from mmtui.sandbox.records import OrderRecord
from mmtui.sandbox.websea.errors import ApiError, bad_parameter, refused
from mmtui.sandbox.websea.habits import Habits
from mmtui.sandbox.websea.holdings import Holdings, side_of
from mmtui.sandbox.websea.order_documents import fill_document, order_document, order_number, wire_id
from mmtui.sandbox.websea.order_entry import OrderEntry, Wish
from mmtui.sandbox.websea.parameters import Parameters
from mmtui.sandbox.websea.rows import Intent, Rows, intent_of
from mmtui.sandbox.websea.signing import Member

DEFAULT_LIMIT: Final = 20
LARGEST_LIMIT: Final = 100
NO_TRIGGERS: Final = {"trigger_price": "0", "stop_profit_price": "0", "stop_loss_price": "0"}


class Trading:
    """Answers members about orders."""

    def __init__(self, floor: Floor, rows: Rows, holdings: Holdings, habits: Habits) -> None:
        self._floor = floor
        self._rows = rows
        self._holdings = holdings
        self._habits = habits
        self._entry = OrderEntry(floor, rows, holdings)
        self._cancelling: dict[int, tuple[OrderRecord, int]] = {}

    # -------------------------------------------------------------------------------------------------------- placing

    def place(self, member: Member, parameters: Parameters, call: Call) -> dict[str, str]:
        """A new order by the form of the first version. Raises ApiError."""
        return self._place(member, self._entry.first(parameters), call.now_ns)

    def place_second(self, member: Member, parameters: Parameters, call: Call) -> dict[str, str]:
        """A new order by the form of the second version. Raises ApiError."""
        return self._place(member, self._entry.second(parameters), call.now_ns)

    def _place(self, member: Member, wish: Wish, now_ns: int) -> dict[str, str]:
        record = self._enter(self._entry.ticket(member, wish, now_ns), now_ns)
        return {"order_id": wire_id(record)}

    def _enter(self, ticket: Ticket, now_ns: int) -> OrderRecord:
        placed = self._floor.place(ticket, now_ns)
        if isinstance(placed, Refusal):
            raise refused(placed)
        return placed

    def close_all(self, member: Member, parameters: Parameters, call: Call) -> dict[str, int]:
        """Close at market what can be closed of every row; counts rows."""
        instrument = parameters.instrument_or_none(self._floor)
        symbol = None if instrument is None else instrument.symbol
        counts = {"failed": 0, "success": 0}
        for key, row in list(self._rows.held(member.name, symbol, parameters.margin_mode())):
            coins = self._holdings.closable(key, call.now_ns)
            intent = Intent(opens=False, long=row.long, margin_mode=key.margin_mode, leverage=row.leverage)
            ticket = Ticket(
                account=member.name,
                instrument=row.instrument,
                side=side_of(opens=False, long=row.long),
                quantity=coins,
                price=None,
                details={"intent": intent},
            )
            done = bool(coins) and not isinstance(self._floor.place(ticket, call.now_ns), Refusal)
            counts["success" if done else "failed"] += 1
        return counts

    # ----------------------------------------------------------------------------------------------------- cancelling

    def cancel(self, member: Member, parameters: Parameters, call: Call) -> dict[str, list[str]]:
        """Cancel by ids; those that cannot be cancelled are listed apart. By symbol alone nothing is known."""
        named = [word for word in (parameters.text("order_ids") or "").split(",") if word]
        if not named:
            raise bad_parameter("order_ids")
        instrument = parameters.instrument_or_none(self._floor)
        outcome: dict[str, list[str]] = {"success": [], "failed": []}
        for word in named:
            record = self._find(member, word)
            fits = record is not None and record.is_open and (instrument is None or instrument is record.instrument)
            if self._habits.fail_cancels > 0:
                self._habits.fail_cancels -= 1
                fits = False
            if record is not None and fits:
                self._begin_cancel(record, call.now_ns)
            outcome["success" if fits else "failed"].append(word)
        return outcome

    def _begin_cancel(self, record: OrderRecord, now_ns: int) -> None:
        if self._habits.cancelling_ms <= 0:
            self._floor.cancel(record, now_ns)
            return
        self._cancelling.setdefault(record.order_id, (record, now_ns + self._habits.cancelling_ns))

    def tick(self, now_ns: int) -> None:
        """End the orders that have been in status 4 for long enough, unless they were filled meanwhile."""
        for number, (record, due_ns) in tuple(self._cancelling.items()):
            if now_ns >= due_ns or not record.is_open:
                del self._cancelling[number]
                if record.is_open:
                    self._floor.cancel(record, now_ns)

    # -------------------------------------------------------------------------------------------------------- queries

    def open_orders(self, member: Member, parameters: Parameters, call: Call) -> list[dict[str, Any]]:
        """Open orders, newest first, a page at a time."""
        seen_ns = call.now_ns - self._habits.listed_after_ms * NS_PER_MS
        rows = self._floor.records.open_orders(member.name)
        listed = [row for row in reversed(rows) if not self._habits.listed_after_ms or row.created_ns <= seen_ns]
        return [self._document(row) | NO_TRIGGERS for row in self._page(listed, member, parameters)]

    def history(self, member: Member, parameters: Parameters, _call: Call) -> list[dict[str, Any]]:
        """Orders that have ended, newest first, a page at a time."""
        rows = [row for row in self._floor.records.orders(member.name) if not row.is_open]
        return [self._document(row) | self._earned(row) for row in self._page(rows, member, parameters)]

    def detail(self, member: Member, parameters: Parameters, _call: Call) -> dict[str, Any]:
        """One order, open or ended; its contract_type is a number here."""
        record = self._known(member, parameters)
        kind = {"contract_type": 1 if intent_of(record).opens else 2}
        return self._document(record) | self._earned(record) | kind

    def history_detail(self, member: Member, parameters: Parameters, call: Call) -> dict[str, Any]:
        """An order that has ended, with the executions that closed something."""
        record = self._known(member, parameters)
        if record.is_open:
            raise ApiError(20515)
        closing = [] if intent_of(record).opens else record.fills
        rows = [fill_document(fill, self._rows) for fill in closing]
        return self.detail(member, parameters, call) | {"closeOrders": rows}

    def trades(self, member: Member, parameters: Parameters, _call: Call) -> list[dict[str, Any]]:
        """Executions of one order, oldest first; they have no ids."""
        record = self._known(member, parameters)
        return [fill_document(fill, self._rows) for fill in record.fills]

    def _known(self, member: Member, parameters: Parameters) -> OrderRecord:
        record = self._find(member, parameters.needed("order_id"))
        if record is None:
            raise ApiError(20515)
        return record

    def _find(self, member: Member, word: str) -> OrderRecord | None:
        number = order_number(word)
        return None if number is None else self._floor.records.by_id(member.name, number)

    def _document(self, record: OrderRecord) -> dict[str, Any]:
        return order_document(record, cancelling=record.order_id in self._cancelling)

    def _earned(self, record: OrderRecord) -> dict[str, str]:
        return {"profit": decimal_text(sum((self._rows.profit(fill) for fill in record.fills), ZERO))}

    def _page(self, newest_first: Iterable[OrderRecord], member: Member, parameters: Parameters) -> list[OrderRecord]:
        """The rows nearest to ``from``, older ones unless ``direct`` is next; newest first."""
        limit = min(parameters.whole("limit", DEFAULT_LIMIT) or DEFAULT_LIMIT, LARGEST_LIMIT)
        forward = parameters.choice("direct", ("prev", "next"), "prev") == "next"
        instrument, mode = parameters.instrument_or_none(self._floor), parameters.margin_mode()
        rows = [
            row
            for row in newest_first
            if (instrument is None or row.instrument is instrument) and mode in (None, intent_of(row).margin_mode)
        ]
        start = parameters.text("from")
        if not start:
            return rows[-limit:] if forward else rows[:limit]
        record = self._find(member, start)
        if record is None:
            raise ApiError(20515)
        if forward:
            return [row for row in rows if row.order_id > record.order_id][-limit:]
        return [row for row in rows if row.order_id < record.order_id][:limit]
