"""A thousand orders and cancels at once through one key of the local venue, with 5 % of the answers never coming."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from msgspec.structs import replace

from mmtui.exchanges.lighter.connect import LighterAccess, LighterSession, open_lighter
from mmtui.model.commands import CancelOrder, PlaceOrder, QueryOpenOrders, QueryOrder
from mmtui.model.events import CommandRefused, CommandUnknown, Event, OpenOrders, OrderReport
from mmtui.model.orders import OrderStatus, RefusalCode
from mmtui.model.units import Side
from tests.conformance.lighter_under_test import QUICK, LighterUnderTest
from tests.conformance.venue_under_test import Trader
from tests.unit.loopback import WallClock

pytest.importorskip("mmtui.sandbox.lighter", reason="Lighter's local venue is not there")

COUNT = 500
LOST_EVERY = 20


class Patient(LighterUnderTest):
    """Orders may wait for their turn as long as the storm lasts."""

    def open(self, account: dict[str, object]) -> LighterSession:
        names = ("account_index", "api_key_index", "api_key_private", "chain_id")
        credentials = {name: account[name] for name in names}
        access = LighterAccess(**credentials, rest_url=self.line["rest"], ws_url=self.line["ws"])  # type: ignore[arg-type]
        return open_lighter(str(account["name"]), access, WallClock(), timing=replace(QUICK, order_patience_s=120.0))


@pytest.fixture
async def venue() -> AsyncIterator[Patient]:
    made = Patient()
    await made.start()
    yield made
    await made.stop()


async def orders_of(venue: Patient, trader: Trader) -> list[PlaceOrder]:
    """Orders that rest, far enough away to stay, each at a price of its own."""
    instrument = venue.instrument
    bid, _ = await venue.touch(instrument)
    start = instrument.price_down(bid * Decimal("0.95"))
    quantity = max(instrument.min_quantity, instrument.quantity_down(instrument.min_notional / start * 2))
    return [
        trader.order(instrument, Side.BUY, start - index * instrument.tick_size, quantity) for index in range(COUNT)
    ]


def ending(order: PlaceOrder) -> CancelOrder:
    return CancelOrder(order.account, order.instrument, order.client_order_id, None)


@pytest.mark.acceptance
@pytest.mark.timeout(300)
async def test_no_nonce_stays_wrong_and_no_order_is_lost_or_doubled(venue: Patient) -> None:
    trader, session = venue.trader("a"), venue.session()
    outbox = session.outbox
    assert outbox is not None
    orders = await orders_of(venue, trader)
    for index in range(5):
        do = "timeout_before_accept" if index % 2 else "timeout_after_accept"
        for path in ("POST /api/v1/sendTxBatch", "POST /api/v1/sendTx"):
            await venue.fault(path, do, skip=LOST_EVERY * index + 3)
    work = [trader.client.execute([order, ending(order)]) for order in orders]
    events: list[Event] = [event for answers in await asyncio.gather(*work) for event in answers]
    for event in events:
        assert isinstance(event, CommandUnknown | CommandRefused)
        assert not isinstance(event, CommandRefused) or event.code in (
            RefusalCode.ORDER_DONE, RefusalCode.ORDER_NOT_FOUND,
        ), event  # fmt: skip
    unknown = {event.client_order_id for event in events if isinstance(event, CommandUnknown)}
    assert unknown
    instrument = venue.instrument.id
    for name in sorted(unknown):
        (report,) = await trader.reports.answer(QueryOrder(trader.account, instrument, name, None))
        assert isinstance(report, OrderReport), report
        if report.status is OrderStatus.OPEN:  # it arrived, its cancel did not
            await trader.execute(CancelOrder(trader.account, instrument, name, report.order_id))
    left = (await venue.truth("a")).open_orders
    (listed,) = await trader.reports.answer(QueryOpenOrders(trader.account, instrument))
    assert isinstance(listed, OpenOrders)
    assert {row.order_id for row in left} == {row.order_id for row in listed.orders}
    heard = Counter(
        (event.client_order_id, event.order_id) for event in trader.heard(OrderReport, where=lambda row: row.order_id)
    )
    names = Counter(name for name, _ in heard)
    assert set(names.values()) == {1}, "an order that was placed twice has two numbers"
    assert set(names) | unknown == {order.client_order_id for order in orders}
    assert not left
