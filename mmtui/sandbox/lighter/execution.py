"""From a parcel of transactions to what becomes of them: checks at the door, then the matching engine.

What the door refuses leaves the nonce alone. What it accepts is answered with 200 before anything is known of it; here
it is executed at once, and what the engine does not want ends as an order that was cancelled for a reason.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from mmtui.model.instrument import Instrument
from mmtui.model.orders import RefusalCode, TimeInForce
from mmtui.model.units import NS_PER_MS, ONE, Side
from mmtui.sandbox.floor import Floor, Refusal, Ticket
from mmtui.sandbox.lighter import errors
from mmtui.sandbox.lighter.documents import END, EXPIRY, KIND, NONCE
from mmtui.sandbox.lighter.errors import ApiError
from mmtui.sandbox.lighter.limits import Limits
from mmtui.sandbox.lighter.markets import ALL_MARKETS, BY_ID, BY_SYMBOL, FRACTION, MarketRow
from mmtui.sandbox.lighter.members import ApiKey, Door, Member
from mmtui.sandbox.lighter.transactions import (
    ABORT,
    AT_ONCE,
    FIRST_SERVER_INDEX,
    IOC,
    MARKET,
    MAX_AMOUNT,
    MAX_PRICE,
    POST_ONLY,
    AnyTx,
    CancelAllTx,
    CancelTx,
    CreateTx,
    LeverageTx,
    ModifyTx,
    Parcel,
    check_index,
    check_times,
)
from mmtui.sandbox.records import OrderRecord

FAT_FINGER: Final = Decimal("0.2")
"""A resting price may not be farther from the mark than this share of it."""


class Execution:
    """Takes parcels. ``scheduled`` are the plans to cancel everything: account name to milliseconds."""

    def __init__(self, floor: Floor, door: Door, limits: Limits) -> None:
        self.scheduled: dict[str, int] = {}
        self._floor = floor
        self._door = door
        self._limits = limits
        self._hashes = 0

    # ---------------------------------------------------------------------------------------------------- the door

    def take(self, parcel: Parcel, now_ns: int) -> dict[str, Any]:
        """Accept a parcel and execute it; the answer. Raises ApiError where it is refused as a whole."""
        rows = parcel.transactions
        member, key = self._owner(rows)
        self._limits.send(member, rows, now_ns)
        for row in rows:
            check_times(row, now_ns)
        _check_nonces(rows, key)
        _check_client_indexes(rows)
        for row in rows:
            self._check(member, row)
        if parcel.is_batch:
            for row in rows:
                self._execute(member, row, now_ns)
        else:
            self._execute_alone(member, rows[0], now_ns)
        key.nonce = rows[-1].nonce + 1
        left = self._limits.consume(member, rows)
        hashes = [self._hash(now_ns) for _ in rows]
        answer: dict[str, Any] = {
            "code": 200,
            "message": '{"ratelimit": "didn\'t use volume quota"}',
            "tx_hash": hashes if parcel.is_batch else hashes[0],
            "predicted_execution_time_ms": now_ns // NS_PER_MS,
        }
        return answer if left is None else answer | {"volume_quota_remaining": left}

    def _owner(self, rows: Sequence[AnyTx]) -> tuple[Member, ApiKey]:
        first = rows[0]
        if any((row.account_index, row.api_key_index) != (first.account_index, first.api_key_index) for row in rows):
            raise ApiError(errors.SEVERAL_OWNERS, "txs of several accounts or keys")
        return self._door.member(first.account_index), self._door.key(first.account_index, first.api_key_index)

    def _check(self, member: Member, row: AnyTx) -> None:
        if isinstance(row, CancelAllTx):
            if row.market is not None:
                self._market(row.market)
            return
        market = self._market(row.market_index)
        if isinstance(row, CreateTx):
            self._check_new(member, market, row)
        elif isinstance(row, LeverageTx):
            if not market.min_fraction <= row.initial_margin_fraction <= FRACTION:
                raise ApiError(errors.BAD_PARAMETER, "invalid initial margin fraction")
        else:
            check_index(row.index)
            if isinstance(row, ModifyTx):
                _check_amount(market, row.base_amount, row.price, may_rest=True)

    def _check_new(self, member: Member, market: MarketRow, row: CreateTx) -> None:
        known = self._floor.records.by_client_id(member.name, str(row.client_order_index))
        if known is not None and known.is_open:
            raise ApiError(errors.CLIENT_INDEX_IN_USE, "client order index already exists")
        _check_amount(market, row.base_amount, row.price, may_rest=row.may_rest)
        mark = self._floor.mark(market.symbol)
        price = row.price * market.tick_size
        if mark is not None and row.may_rest and abs(price - mark) > mark * FAT_FINGER:
            raise ApiError(errors.TOO_FAR, "order price is too far from the mark price")

    def _market(self, market_id: int) -> MarketRow:
        row = BY_ID.get(market_id)
        if row is None or row.symbol not in self._floor.instruments:
            raise ApiError(errors.BAD_MARKET, "invalid market index")
        return row

    def _hash(self, now_ns: int) -> str:
        self._hashes += 1
        return f"{now_ns:040x}{self._hashes:040x}"

    # -------------------------------------------------------------------------------------------------- the engine

    def _execute_alone(self, member: Member, row: AnyTx, now_ns: int) -> None:
        """Of a single transaction more is known at once: orders that are gone, margin of a maker. Raises ApiError."""
        if isinstance(row, CancelTx | ModifyTx):
            record = self._find(member, row.index)
            if record is None or not record.is_open or record.symbol != self._market(row.market_index).symbol:
                raise ApiError(errors.NOT_ACTIVE, "order is not active")
        if not isinstance(row, CreateTx) or not row.may_rest:
            self._execute(member, row, now_ns)
            return
        refusal = self._create(member, row, now_ns)
        if refusal is None:
            return
        if refusal.code is RefusalCode.INSUFFICIENT_FUNDS:
            raise ApiError(errors.LITTLE_COLLATERAL, "not enough margin to create the order")
        self._end_unmatched(member, row, refusal, now_ns)

    def _execute(self, member: Member, row: AnyTx, now_ns: int) -> None:
        if isinstance(row, CreateTx):
            refusal = self._create(member, row, now_ns)
            if refusal is not None:
                self._end_unmatched(member, row, refusal, now_ns)
        elif isinstance(row, CancelTx):
            record = self._find(member, row.index)
            if record is not None and record.is_open:
                self._floor.cancel(record, now_ns)
        elif isinstance(row, CancelAllTx):
            self._cancel_all(member, row, now_ns)
        elif isinstance(row, ModifyTx):
            self._modify(member, row, now_ns)
        else:
            self._set_fraction(member, row)

    def _ticket(self, member: Member, row: CreateTx) -> Ticket:
        market = self._market(row.market_index)
        details = {EXPIRY: row.order_expiry, NONCE: row.nonce, KIND: "market" if row.type == MARKET else "limit"}
        return Ticket(
            account=member.name,
            instrument=self._instrument(market),
            side=Side.SELL if row.is_ask else Side.BUY,
            quantity=row.base_amount * market.lot_size,
            price=row.price * market.tick_size,
            time_in_force=TimeInForce.IOC if row.time_in_force == IOC else TimeInForce.GTC,
            post_only=row.time_in_force == POST_ONLY,
            reduce_only=bool(row.reduce_only),
            client_id=str(row.client_order_index),
            details=details,
        )

    def _create(self, member: Member, row: CreateTx, now_ns: int) -> Refusal | None:
        placed = self._floor.place(self._ticket(member, row), now_ns)
        return placed if isinstance(placed, Refusal) else None

    def _end_unmatched(self, member: Member, row: CreateTx, refusal: Refusal, now_ns: int) -> None:
        record = self._floor.accept_unmatched(self._ticket(member, row), now_ns)
        record.details[END] = errors.end_of(refusal)
        self._floor.expire(record, refusal.reason, now_ns)

    def _cancel_all(self, member: Member, row: CancelAllTx, now_ns: int) -> None:
        if row.time_in_force == AT_ONCE:
            symbols = list(self._floor.instruments)
            if row.market is not None and row.market != ALL_MARKETS:
                symbols = [self._market(row.market).symbol]
            for symbol in symbols:
                self._floor.cancel_all(member.name, symbol, now_ns)
        elif row.time_in_force == ABORT:
            self.scheduled.pop(member.name, None)
        else:
            self.scheduled[member.name] = row.time

    def _modify(self, member: Member, row: ModifyTx, now_ns: int) -> None:
        record = self._find(member, row.index)
        if record is None or not record.is_open:
            return
        market = BY_SYMBOL[record.symbol]
        price, quantity = row.price * market.tick_size, row.base_amount * market.lot_size
        refusal = self._floor.amend(record, price, quantity, now_ns)
        if refusal is not None:  # the engine drops what can no longer stand as it was asked for
            record.details[END] = errors.end_of(refusal)
            self._floor.cancel(record, now_ns)

    def _set_fraction(self, member: Member, row: LeverageTx) -> None:
        member.fractions[row.market_index] = row.initial_margin_fraction
        self._floor.accounts[member.name].leverage = (Decimal(FRACTION) / row.initial_margin_fraction).quantize(ONE)

    def _find(self, member: Member, index: int) -> OrderRecord | None:
        if index >= FIRST_SERVER_INDEX:
            return self._floor.records.by_id(member.name, index)
        return self._floor.records.by_client_id(member.name, str(index))

    def _instrument(self, market: MarketRow) -> Instrument:
        return self._floor.instruments[market.symbol]

    # ------------------------------------------------------------------------------------------------------ timers

    def tick(self, now_ns: int, members: Sequence[Member]) -> None:
        """Plans that are due, and orders that have lived their time."""
        for member in members:
            due_ms = self.scheduled.get(member.name)
            if due_ms is not None and now_ns // NS_PER_MS >= due_ms:
                del self.scheduled[member.name]
                for symbol in self._floor.instruments:
                    self._floor.cancel_all(member.name, symbol, now_ns)
            for record in self._floor.records.open_orders(member.name):
                if 0 < record.details.get(EXPIRY, 0) <= now_ns // NS_PER_MS:
                    record.details[END] = "canceled-expired"
                    self._floor.cancel(record, now_ns)


def _check_nonces(rows: Sequence[AnyTx], key: ApiKey) -> None:
    """Each nonce must be the next, or any larger one where that is asked for. Raises ApiError."""
    expected = key.nonce
    for number, row in enumerate(rows):
        if number and row.nonce <= rows[number - 1].nonce:
            raise ApiError(errors.NONCES_NOT_RISING, "nonces are not in ascending order")
        if row.nonce != expected and not (row.skips_nonce and row.nonce > expected):
            raise ApiError(errors.BAD_NONCE, "invalid nonce")
        expected = row.nonce + 1


def _check_client_indexes(rows: Sequence[AnyTx]) -> None:
    """No two new orders of a batch may have one name. Raises ApiError."""
    names = [row.client_order_index for row in rows if isinstance(row, CreateTx)]
    if len(set(names)) < len(names):
        raise ApiError(errors.CLIENT_INDEX_IN_USE, "client order index already exists")


def _check_amount(market: MarketRow, base_amount: int, price: int, *, may_rest: bool) -> None:
    """Amounts that are orders at all; minimums hold for makers only. Raises ApiError."""
    if not 1 <= base_amount < MAX_AMOUNT:
        raise ApiError(errors.BAD_AMOUNT, "invalid order base amount")
    if not 1 <= price < MAX_PRICE:
        raise ApiError(errors.BAD_PRICE, "invalid order price")
    quantity = base_amount * market.lot_size
    notional = quantity * price * market.tick_size
    if may_rest and (quantity < market.min_base or notional < market.min_quote):
        raise ApiError(errors.BELOW_MINIMUM, "order base or quote amount is below the minimum")
