"""Orders of a room: place, cancel, amend, batches, queries, and the dead-man's switch."""

from collections.abc import Mapping
from typing import Any, Final

from mmtui.model.instrument import Instrument
from mmtui.model.orders import RefusalCode
from mmtui.model.units import NS_PER_MS
from mmtui.sandbox.aster.documents import accepted_document, order_document
from mmtui.sandbox.aster.errors import ApiError, invalid, missing, refused
from mmtui.sandbox.aster.markets import Room, wire_symbol
from mmtui.sandbox.aster.order_entry import OrderReader
from mmtui.sandbox.aster.parameters import Parameters, of_object
from mmtui.sandbox.aster.signing import Member
from mmtui.sandbox.calls import Call
from mmtui.sandbox.floor import Floor, Refusal
from mmtui.sandbox.records import OrderRecord

LARGEST_BATCH: Final = 5
LARGEST_CANCEL_BATCH: Final = 10
CANCELLED_ALL: Final = "The operation of cancel all open order is done."
FORGOTTEN_NS: Final = 7 * 86_400_000 * NS_PER_MS
"""Orders that ended without a fill are forgotten after seven days."""


class Trading:
    """Takes the orders of members. Orders are answered at once; what becomes of them is told by queries and streams."""

    def __init__(self, room: Room, floor: Floor, first_id: int) -> None:
        self._room = room
        self._floor = floor
        self._made_ids = first_id
        self._reader = OrderReader(room, floor, self._new_client_id)
        self._crossing: list[OrderRecord] = []
        self._countdowns: dict[tuple[str, str], int] = {}

    def tick(self, now_ns: int) -> None:
        """Post-only orders that would have crossed expire; countdowns that have run down cancel."""
        crossing, self._crossing = self._crossing, []
        for record in crossing:
            self._floor.expire(record, "post-only", now_ns)
        for (account, symbol), due_ns in tuple(self._countdowns.items()):
            if now_ns >= due_ns:
                del self._countdowns[account, symbol]
                self._floor.cancel_all(account, symbol, now_ns)

    # ----------------------------------------------------------------------------------------------------- placing

    def place(self, member: Member, parameters: Parameters, call: Call) -> dict[str, Any]:
        """A new order."""
        ticket = self._reader.ticket(member, parameters)
        final = parameters.text("newOrderRespType") == "RESULT"
        placed = self._floor.place(ticket, call.now_ns)
        if not isinstance(placed, Refusal):
            waits = ticket.price is not None and ticket.details["timeInForce"] == "GTC"
            return order_document(placed) if final and not waits else accepted_document(placed)
        if placed.code is not RefusalCode.POST_ONLY_WOULD_CROSS:
            raise refused(placed, self._room)
        # the venue's engine finds out later: the order is accepted, and expires a moment after its answer
        record = self._floor.accept_unmatched(ticket, call.now_ns)
        if final:
            self._floor.expire(record, "post-only", call.now_ns)
            return order_document(record)
        self._crossing.append(record)
        return accepted_document(record)

    def place_batch(self, member: Member, parameters: Parameters, call: Call) -> list[dict[str, Any]]:
        """Up to five orders, each with an answer of its own."""
        rows = parameters.rows("batchOrders")
        if not 0 < len(rows) <= LARGEST_BATCH:
            raise ApiError(-4082)
        return [self._try_to_place(member, row, call) for row in rows]

    def _try_to_place(self, member: Member, row: object, call: Call) -> dict[str, Any]:
        try:
            if not isinstance(row, Mapping):
                raise invalid("batchOrders")
            return self.place(member, of_object(row), call)
        except ApiError as error:
            return error.document()

    def _new_client_id(self) -> str:
        self._made_ids += 1
        return f"{'web' if self._room is Room.SPOT else 'x'}_{self._made_ids}"

    # -------------------------------------------------------------------------------------------- cancels and amends

    def cancel(self, member: Member, parameters: Parameters, call: Call) -> dict[str, Any]:
        """Cancel one order."""
        instrument = parameters.instrument(self._floor, self._room)
        record = self._named(member, instrument, parameters)
        return self._cancel(record, call)

    def _cancel(self, record: OrderRecord | None, call: Call) -> dict[str, Any]:
        if record is None or not record.is_open or self._floor.cancel(record, call.now_ns) is not None:
            raise ApiError(-2011)
        return order_document(record)

    def cancel_all(self, member: Member, parameters: Parameters, call: Call) -> dict[str, Any]:
        """Cancel everything on a symbol; on spot only what two lists name, where there are some."""
        instrument = parameters.instrument(self._floor, self._room)
        names = ("orderIdList", "origClientOrderIdList")
        if self._room is Room.SPOT and any(parameters.text(name) is not None for name in names):
            self._cancel_listed(member, instrument, parameters, call)
        else:
            self._floor.cancel_all(member.wallet(self._room), instrument.symbol, call.now_ns)
        return {"code": 200 if self._room is Room.SPOT else "200", "msg": CANCELLED_ALL}

    def cancel_batch(self, member: Member, parameters: Parameters, call: Call) -> list[dict[str, Any]]:
        """Cancel up to ten orders, each with an answer of its own."""
        instrument = parameters.instrument(self._floor, self._room)
        return self._cancel_listed(member, instrument, parameters, call)

    def _cancel_listed(
        self, member: Member, instrument: Instrument, parameters: Parameters, call: Call
    ) -> list[dict[str, Any]]:
        by_id = parameters.text("orderIdList") is not None
        listed = parameters.rows("orderIdList" if by_id else "origClientOrderIdList")
        if not 0 < len(listed) <= LARGEST_CANCEL_BATCH:
            raise ApiError(-4032, "Exceed maximum cancel order size.")
        answers: list[dict[str, Any]] = []
        for name in listed:
            key = "orderId" if by_id else "origClientOrderId"
            try:
                answers.append(self._cancel(self._named(member, instrument, of_object({key: name})), call))
            except ApiError as error:
                answers.append(error.document())
        return answers

    def amend(self, member: Member, parameters: Parameters, call: Call) -> dict[str, Any]:
        """Change price and quantity of a resting limit order; a refused change leaves it as it was."""
        instrument = parameters.instrument(self._floor, self._room)
        record = self._named(member, instrument, parameters)
        if record is None or not record.is_open or record.price is None:
            raise ApiError(-2013)
        price, quantity = parameters.decimal("price"), parameters.decimal("quantity")
        if price is None or quantity is None:
            raise missing("quantity" if quantity is None else "price")
        self._reader.check_price(instrument, record.side, price)
        self._reader.check_quantity(instrument, quantity)
        refusal = self._floor.amend(record, price, quantity, call.now_ns)
        if refusal is not None:
            raise refused(refusal, self._room)
        return order_document(record)

    def count_down(self, member: Member, parameters: Parameters, call: Call) -> dict[str, Any]:
        """Start, restart or (with 0) stop the dead-man's switch of a symbol."""
        instrument = parameters.instrument(self._floor, self._room)
        span_ms = parameters.whole("countdownTime")
        if span_ms is None:
            raise missing("countdownTime")
        key = (member.wallet(self._room), instrument.symbol)
        self._countdowns.pop(key, None)
        if span_ms:
            self._countdowns[key] = call.now_ns + span_ms * NS_PER_MS
        return {"symbol": wire_symbol(instrument), "countdownTime": str(span_ms)}

    # ----------------------------------------------------------------------------------------------------- queries

    def _named(self, member: Member, instrument: Instrument, parameters: Parameters) -> OrderRecord | None:
        """The order that an id or client id names; None if there is none on this symbol."""
        number, client_id = parameters.whole("orderId"), parameters.text("origClientOrderId")
        account, records = member.wallet(self._room), self._floor.records
        if number is not None:
            record = records.by_id(account, number)
        elif client_id is not None:
            record = records.by_client_id(account, client_id)
        else:
            raise ApiError(-1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!")
        return record if record is not None and record.instrument is instrument else None

    def order(self, member: Member, parameters: Parameters, call: Call) -> dict[str, Any]:
        """One order in any state."""
        record = self._named(member, parameters.instrument(self._floor, self._room), parameters)
        if record is None or self._forgotten(record, call.now_ns):
            raise ApiError(-2013)
        return order_document(record, timed=True)

    def open_order(self, member: Member, parameters: Parameters, _call: Call) -> dict[str, Any]:
        """One order that is open."""
        record = self._named(member, parameters.instrument(self._floor, self._room), parameters)
        if record is None or not record.is_open:
            raise ApiError(-2013)
        return order_document(record, timed=True)

    def open_orders(self, member: Member, parameters: Parameters, _call: Call) -> list[dict[str, Any]]:
        """All open orders, of one symbol or of every one."""
        instrument = parameters.instrument_or_none(self._floor, self._room)
        symbol = None if instrument is None else instrument.symbol
        rows = self._floor.records.open_orders(member.wallet(self._room), symbol)
        return [order_document(row, timed=True) for row in rows]

    def all_orders(self, member: Member, parameters: Parameters, call: Call) -> list[dict[str, Any]]:
        """Orders in any state, oldest first: from an id on, or within a time, or the newest ones."""
        instrument = parameters.instrument(self._floor, self._room)
        limit = parameters.limit(500, 1_000)
        first = parameters.whole("orderId")
        start_ns, end_ns = time_span(parameters, call)
        newest_first = self._floor.records.orders(member.wallet(self._room), instrument.symbol)
        rows = [
            record
            for record in reversed(list(newest_first))
            if (record.order_id >= first if first is not None else start_ns <= record.created_ns <= end_ns)
            and not self._forgotten(record, call.now_ns)
        ]
        chosen = rows[-limit:] if first is None and parameters.text("startTime") is None else rows[:limit]
        return [order_document(record, timed=True) for record in chosen]

    def _forgotten(self, record: OrderRecord, now_ns: int) -> bool:
        return not record.is_open and not record.filled and now_ns - record.updated_ns > FORGOTTEN_NS


def time_span(parameters: Parameters, call: Call) -> tuple[int, int]:
    """``startTime`` to ``endTime`` in ns: the last seven days where none are named. Raises ApiError if it is longer."""
    start_ms, end_ms = parameters.whole("startTime"), parameters.whole("endTime")
    if end_ms is None:
        end_ns = call.now_ns if start_ms is None else min(call.now_ns, start_ms * NS_PER_MS + FORGOTTEN_NS)
    else:
        end_ns = (end_ms + 1) * NS_PER_MS - 1
    start_ns = end_ns - FORGOTTEN_NS if start_ms is None else start_ms * NS_PER_MS
    if end_ns - start_ns > FORGOTTEN_NS + NS_PER_MS:
        raise ApiError(-1127, "More than 7 days between startTime and endTime.")
    return start_ns, max(end_ns, call.now_ns) if end_ms is None and start_ms is None else end_ns
