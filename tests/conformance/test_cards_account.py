"""Cards of what an account is told: fills once, whatever the order, and what is reconciled (C18 to C22)."""

import asyncio
from decimal import Decimal

from mmtui.core.order_table import FillResult, OrderTable
from mmtui.core.reconcile import reconcile_orders
from mmtui.model.commands import CancelOrder, PlaceOrder, QueryFills, QueryOpenOrders, QueryPosition
from mmtui.model.events import Event, Fill, FillsListed, OpenOrders, OrderReport, PositionReport, StreamDown, StreamUp
from mmtui.model.orders import DoneReason, OrderStatus, TimeInForce
from mmtui.model.units import Side
from tests.conformance.venue_under_test import Trader, VenueUnderTest, eventually, far_order, small


async def taken(venue: VenueUnderTest, trader: Trader) -> PlaceOrder:
    """Buy at the market; ends when its fills are heard."""
    instrument = venue.instrument
    _, ask = await venue.touch(instrument)
    order = trader.order(
        instrument, Side.BUY, instrument.price_up(ask * Decimal("1.01")), small(instrument), post_only=False,
        time_in_force=TimeInForce.IOC,
    )  # fmt: skip
    await trader.execute(order)
    return order


def booked(orders: list[PlaceOrder], events: list[Event]) -> tuple[OrderTable, Decimal]:
    """What the core's table makes of the events in this order; the sum of fills it took."""
    table = OrderTable(prefix="mm-card-")
    for order in orders:
        table.place_sent(order, 1, 0)
    total = Decimal(0)
    for event in events:
        if isinstance(event, OrderReport):
            table.on_report(event)
        elif isinstance(event, Fill) and table.on_fill(event) in (FillResult.BOOKED, FillResult.LATE):
            total += event.quantity
    return table, total


def account_events(trader: Trader) -> list[Event]:
    return [event for event in trader.events if isinstance(event, OrderReport | Fill)]


async def test_c18_repeated_fill_messages_are_one_fill(venue: VenueUnderTest) -> None:
    trader = venue.trader("a")
    await venue.fault("ws_private", "duplicate", times=6)
    order = await taken(venue, trader)
    fills = trader.heard
    await eventually(lambda: len(fills(Fill)) > len({fill.trade_id for fill in fills(Fill)}))
    await trader.ask(QueryFills(trader.account, venue.instrument.id, 0), FillsListed)
    _, total = booked([order], account_events(trader))
    assert total == order.quantity == sum(fill.quantity for fill in (await venue.truth("a")).fills)


async def test_c19_any_order_of_fills_and_states_gives_the_same_account(venue: VenueUnderTest) -> None:
    trader = venue.trader("a")
    order = await taken(venue, trader)
    await eventually(lambda: sum(fill.quantity for fill in trader.heard(Fill)) >= order.quantity)
    events = account_events(trader)
    fills_first = sorted(events, key=lambda event: not isinstance(event, Fill))
    for sequence in (events, fills_first, events[::-1], fills_first[::-1]):
        table, total = booked([order], sequence)
        row = table.find(order.client_order_id, None)
        assert total == order.quantity
        assert row is not None
        assert row.is_done
        assert row.done_reason is DoneReason.FILLED


async def test_c20_fills_of_a_time_without_stream_are_told_when_asked(venue: VenueUnderTest) -> None:
    trader = venue.trader("a")
    order = await far_order(venue, trader, Side.BUY)
    await trader.execute(order)
    mark = len(trader.events)
    await venue.fault("ws_private", "drop")
    await trader.until(StreamDown, mark, lambda event: event.stream == "private")
    lost = await taken(venue, trader)
    await trader.until(StreamUp, mark, lambda event: event.stream == "private")
    listed = await trader.ask(QueryFills(trader.account, venue.instrument.id, 0), FillsListed)
    assert listed.since_ns == 0
    _, total = booked([order, lost], account_events(trader))
    assert total == sum(fill.quantity for fill in (await venue.truth("a")).fills)
    mark = len(trader.events)
    again = await taken(venue, trader)
    await trader.until(Fill, mark, lambda fill: fill.client_order_id == again.client_order_id)


async def test_c21_foreign_missing_and_half_filled_orders_are_told_apart(venue: VenueUnderTest) -> None:
    trader, instrument = venue.trader("a"), venue.instrument
    ours, gone = await far_order(venue, trader, Side.BUY), await far_order(venue, trader, Side.SELL)
    foreign = await far_order(venue, trader, Side.SELL)
    await trader.execute(ours, gone, foreign)
    opened = await trader.until(OrderReport, where=lambda event: event.client_order_id == gone.client_order_id)
    await trader.until(OrderReport, where=lambda event: event.client_order_id == foreign.client_order_id)
    table, _ = booked([ours, gone], account_events(trader))
    await trader.execute(CancelOrder(gone.account, gone.instrument, gone.client_order_id, opened.order_id))
    await trader.until(OrderReport, where=lambda event: event.status is OrderStatus.CANCELLED)
    listed = await trader.ask(QueryOpenOrders(trader.account, instrument.id), OpenOrders)
    found = reconcile_orders(table, listed)
    assert {row.client_order_id for row in listed.orders} == {ours.client_order_id, foreign.client_order_id}
    assert [event.client_order_id for event in found.events if isinstance(event, OrderReport)] == [ours.client_order_id]
    assert found.ours_listed == len(found.adopt) + 1
    assert listed.asked_ns <= listed.time_ns


async def test_c21_a_half_filled_order_names_what_is_filled(venue: VenueUnderTest) -> None:
    trader, instrument = venue.trader("a"), venue.instrument
    bid, ask = await venue.touch(instrument)
    size = 40 * small(instrument)
    inside = instrument.price_down((bid + ask) / 2) if ask - bid > 2 * instrument.tick_size else bid
    order = trader.order(instrument, Side.BUY, inside, size)
    await trader.execute(order)
    tries = 0
    while not trader.heard(Fill):
        tries += 1  # the market may have left our price behind: then more must be sold to come down to it
        await venue.trade(Side.SELL, 5 * (1 + tries // 20) * small(instrument))
        await asyncio.sleep(0.01)  # the fill is on its way; trading on at once would empty the book
    listed = await trader.ask(QueryOpenOrders(trader.account, instrument.id), OpenOrders)
    held = (await venue.truth("a")).open_orders
    if listed.orders and held:
        assert 0 < (listed.orders[0].filled or 0) <= held[0].filled


async def test_c22_fees_are_signed_and_in_the_right_currency(venue: VenueUnderTest) -> None:
    trader = venue.trader("a")
    order = await taken(venue, trader)
    await eventually(lambda: sum(fill.quantity for fill in trader.heard(Fill)) >= order.quantity)
    await trader.ask(QueryFills(trader.account, venue.instrument.id, 0), FillsListed)
    held = {fill.trade_id: fill for fill in (await venue.truth("a")).fills}
    told = trader.heard(Fill)
    assert {fill.trade_id for fill in told} == set(held)
    for fill in told:
        true = held[fill.trade_id]
        assert (fill.side, fill.price, fill.quantity) == (true.side, true.price, true.quantity)
        assert (fill.fee_cash, fill.fee_asset, fill.maker) == (true.fee_cash, true.fee_asset, true.maker)
        assert fill.fee_cash < 0
    report = await trader.ask(QueryPosition(trader.account, venue.instrument.id), PositionReport)
    assert report.quantity == order.quantity
