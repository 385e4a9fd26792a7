"""Cards of orders: life, refusals, ids, what an unclear outcome is (C03, C11 to C17)."""

from decimal import Decimal

import pytest

from mmtui.model.commands import AmendOrder, CancelAll, CancelOrder, PlaceOrder, QueryFills, QueryOpenOrders, QueryOrder
from mmtui.model.events import CommandRefused, CommandUnknown, Fill, FillsListed, OpenOrders, OrderReport
from mmtui.model.facts import ClientIdRule
from mmtui.model.orders import Action, OrderStatus, RefusalCode, TimeInForce
from mmtui.model.units import Side
from tests.conformance.venue_under_test import Trader, VenueUnderTest, eventually, far_order, small


async def reported(trader: Trader, command: PlaceOrder, *statuses: OrderStatus) -> OrderReport:
    """Wait until the venue says one of these of an order."""
    name = command.client_order_id
    return await trader.until(
        OrderReport, where=lambda event: event.client_order_id == name and event.status in statuses
    )


async def refused(trader: Trader, name: str, action: Action) -> CommandRefused:
    return await trader.until(
        CommandRefused, where=lambda event: event.client_order_id == name and event.action is action
    )


async def turned_away(trader: Trader, command: PlaceOrder) -> str:
    """Wait for a refusal, or for the end that is one: a venue may accept an order first and let it expire then."""
    name = command.client_order_id

    def words() -> list[str]:
        refusals = trader.heard(CommandRefused, where=lambda event: event.client_order_id == name)
        ends = trader.heard(OrderReport, where=lambda event: event.client_order_id == name)
        expired = [event.reason.partition(":")[0] for event in ends if event.status is OrderStatus.EXPIRED]
        return [event.code.value for event in refusals] + expired

    await eventually(words)
    return words()[0]


def cancel(command: PlaceOrder, order_id: str | None) -> CancelOrder:
    return CancelOrder(command.account, command.instrument, command.client_order_id, order_id)


async def test_c03_prices_and_sizes_survive_exactly(venue: VenueUnderTest) -> None:
    trader, instrument = venue.trader("a"), venue.instrument
    bid, _ = await venue.touch(instrument)
    orders = [
        trader.order(
            instrument, Side.BUY, instrument.price_down(bid * Decimal("0.97")) - step * instrument.tick_size,
            small(instrument) + step * instrument.lot_size,
        )
        for step in (1, 7, 13)
    ]  # fmt: skip
    await trader.execute(*orders)
    for order in orders:
        report = await reported(trader, order, OrderStatus.OPEN)
        assert (report.side, report.price, report.quantity) == (order.side, order.price, order.quantity)
    held = (await venue.truth("a")).open_orders
    assert {(row.price, row.quantity) for row in held} == {(order.price, order.quantity) for order in orders}


async def test_c11_place_accept_fill_cancel(venue: VenueUnderTest) -> None:
    trader, instrument = venue.trader("a"), venue.instrument
    resting = await far_order(venue, trader, Side.BUY)
    await trader.execute(resting)
    opened = await reported(trader, resting, OrderStatus.OPEN)
    assert opened.order_id
    assert [row.order_id for row in (await venue.truth("a")).open_orders] == [opened.order_id]
    await trader.execute(cancel(resting, opened.order_id))
    await reported(trader, resting, OrderStatus.CANCELLED)
    assert not (await venue.truth("a")).open_orders

    _, ask = await venue.touch(instrument)
    taking = trader.order(
        instrument, Side.BUY, instrument.price_up(ask * Decimal("1.01")), small(instrument), post_only=False,
        time_in_force=TimeInForce.IOC,
    )  # fmt: skip
    await trader.execute(taking)
    done = await reported(trader, taking, OrderStatus.FILLED)
    assert done.filled == taking.quantity
    name = taking.client_order_id
    await trader.until(Fill, where=lambda fill: fill.client_order_id == name)
    fills = trader.heard(Fill, where=lambda fill: fill.client_order_id == name)
    assert all(fill.quantity > 0 and fill.price <= taking.price for fill in fills)
    assert (await venue.truth("a")).positions == {instrument.id: taking.quantity}


async def test_c11_an_immediate_order_that_finds_nothing_ends_at_once(venue: VenueUnderTest) -> None:
    trader, instrument = venue.trader("a"), venue.instrument
    bid, _ = await venue.touch(instrument)
    price = instrument.price_down(bid * Decimal("0.99"))
    order = trader.order(instrument, Side.BUY, price, small(instrument), post_only=False, time_in_force=TimeInForce.IOC)
    await trader.execute(order)
    report = await reported(trader, order, OrderStatus.EXPIRED, OrderStatus.CANCELLED)
    assert not report.filled
    assert not (await venue.truth("a")).open_orders


async def test_c12_a_crossing_post_only_order_is_refused_with_the_right_reason(venue: VenueUnderTest) -> None:
    trader, instrument = venue.trader("a"), venue.instrument
    _, ask = await venue.touch(instrument)
    crossing = trader.order(instrument, Side.BUY, instrument.price_up(ask * Decimal("1.005")), small(instrument))
    resting = await far_order(venue, trader, Side.SELL)
    await trader.execute(crossing, resting)
    assert await turned_away(trader, crossing) == RefusalCode.POST_ONLY_WOULD_CROSS.value
    await reported(trader, resting, OrderStatus.OPEN)
    assert not (await venue.truth("a")).fills


async def test_c13_an_amend_keeps_the_order_or_is_said_to_be_impossible(venue: VenueUnderTest) -> None:
    trader, instrument = venue.trader("a"), venue.instrument
    order = await far_order(venue, trader, Side.BUY)
    await trader.execute(order)
    opened = await reported(trader, order, OrderStatus.OPEN)
    price = order.price - 5 * instrument.tick_size
    await trader.execute(
        AmendOrder(
            order.account, order.instrument, order.client_order_id, opened.order_id, order.side, price, order.quantity
        )
    )
    if venue.facts.can_amend:
        await trader.until(OrderReport, where=lambda event: event.price == price)
    else:
        event = await refused(trader, order.client_order_id, Action.AMEND)
        assert event.code is RefusalCode.NOT_ALLOWED
        price = order.price
    assert [row.price for row in (await venue.truth("a")).open_orders] == [price]


async def test_c14_cancelling_a_done_order_is_refused_not_unclear(venue: VenueUnderTest) -> None:
    trader = venue.trader("a")
    order = await far_order(venue, trader, Side.SELL)
    await trader.execute(order)
    opened = await reported(trader, order, OrderStatus.OPEN)
    await trader.execute(cancel(order, opened.order_id))
    await reported(trader, order, OrderStatus.CANCELLED)
    await trader.execute(cancel(order, opened.order_id))
    event = await refused(trader, order.client_order_id, Action.CANCEL)
    assert event.code in (RefusalCode.ORDER_DONE, RefusalCode.ORDER_NOT_FOUND)
    assert not trader.heard(CommandUnknown)


async def test_c15_cancel_all_touches_our_symbol_and_account_only(venue: VenueUnderTest) -> None:
    mine, theirs = venue.trader("a"), venue.trader("b")
    instrument, other = venue.instrument, venue.other
    for trader in (mine, theirs):
        await trader.execute(await far_order(venue, trader, Side.BUY))
        await trader.until(OrderReport)
    bid, _ = await venue.touch(other)
    elsewhere = mine.order(other, Side.BUY, other.price_down(bid * Decimal("0.98")), small(other))
    await mine.execute(elsewhere)
    await reported(mine, elsewhere, OrderStatus.OPEN)
    mark = len(mine.events)
    await mine.execute(CancelAll(mine.account, instrument.id))
    gone = await mine.until(OrderReport, mark, lambda event: event.status is OrderStatus.CANCELLED)
    assert gone.instrument == instrument.id
    assert [row.instrument for row in (await venue.truth("a")).open_orders] == [other.id]
    assert [row.instrument for row in (await venue.truth("b")).open_orders] == [instrument.id]


@pytest.mark.parametrize(
    ("do", "how", "arrives"),
    [
        ("timeout_before_accept", {}, False),
        ("timeout_after_accept", {}, True),
        ("reset", {}, False),
        ("reset", {"after": True}, True),
        ("error_500_before", {}, False),
        ("error_500_after", {}, True),
        ("error_503_after", {}, True),
        ("maintenance", {}, False),
        ("corrupt", {}, True),
    ],
)
async def test_c16_what_is_unclear_is_unknown_and_is_resolved_by_asking(
    venue: VenueUnderTest, do: str, how: dict[str, object], arrives: bool
) -> None:
    trader = venue.trader("a")
    order = await far_order(venue, trader, Side.BUY)
    await venue.fault("place", do, **how)
    await trader.execute(order)
    unknown = trader.heard(CommandUnknown)
    assert [event.client_order_id for event in unknown] == [order.client_order_id]
    assert not trader.heard(CommandRefused)
    assert bool((await venue.truth("a")).open_orders) == arrives
    query = QueryOrder(order.account, order.instrument, order.client_order_id, None)
    mark = len(trader.events)
    await trader.ask(query, OrderReport)
    answers = trader.heard(OrderReport, mark, lambda event: event.client_order_id == order.client_order_id)
    expected = OrderStatus.OPEN if arrives else OrderStatus.NOT_FOUND
    assert answers[-1].status is expected


async def test_c16_an_unclear_cancel_is_unknown(venue: VenueUnderTest) -> None:
    trader = venue.trader("a")
    order = await far_order(venue, trader, Side.BUY)
    await trader.execute(order)
    opened = await reported(trader, order, OrderStatus.OPEN)
    await venue.fault("cancel", "error_500_after")
    await trader.execute(cancel(order, opened.order_id))
    assert [event.action for event in trader.heard(CommandUnknown)] == [Action.CANCEL]
    query = QueryOrder(order.account, order.instrument, order.client_order_id, opened.order_id)
    mark = len(trader.events)
    await trader.ask(query, OrderReport)
    assert trader.heard(OrderReport, mark)[-1].status is OrderStatus.CANCELLED


async def test_c17_client_ids_come_back_as_they_went(venue: VenueUnderTest) -> None:
    trader = venue.trader("a")
    orders = [await far_order(venue, trader, side) for side in (Side.BUY, Side.SELL)]
    await trader.execute(*orders)
    for order in orders:
        await reported(trader, order, OrderStatus.OPEN)
    query = QueryOpenOrders(trader.account, venue.instrument.id)
    listed = await trader.ask(query, OpenOrders)
    names = {order.client_order_id for order in orders}
    assert {row.client_order_id for row in listed.orders} == names
    assert all(len(name) <= venue.facts.client_id_max_length for name in names)
    if venue.facts.client_id_rule is ClientIdRule.UINT32:
        numbers = [venue.client_number(name) for name in names]
        assert len(set(numbers)) == len(numbers)
        assert all(number is not None and 0 <= number < 2**32 for number in numbers)
    await venue.trade(Side.SELL, small(venue.instrument))
    await trader.ask(QueryFills(trader.account, venue.instrument.id, 0), FillsListed)
    assert {fill.client_order_id for fill in trader.heard(Fill)} <= names
