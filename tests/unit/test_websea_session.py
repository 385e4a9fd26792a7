"""The adapter on Websea's local venue: hedge rows, lost answers, cancels that fail, what the venue is late with."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from mmtui.exchanges.websea.connect import WebseaAccess, WebseaSession, open_websea
from mmtui.exchanges.websea.facts import MarginMode, PathStyle
from mmtui.exchanges.websea.own_orders import KeptNames
from mmtui.model.commands import (
    CancelAll,
    CancelOrder,
    PlaceOrder,
    QueryFills,
    QueryOpenOrders,
    QueryOrder,
    QueryPosition,
)
from mmtui.model.events import (
    CommandRefused,
    CommandUnknown,
    Fill,
    FillsListed,
    OpenOrders,
    OrderReport,
    PositionReport,
    ReadFailed,
)
from mmtui.model.orders import Action, OrderStatus, RefusalCode, TimeInForce
from mmtui.model.units import Side
from mmtui.ports.errors import Refused
from tests.conformance.venue_under_test import Trader, eventually, far_order
from tests.conformance.websea_under_test import QUICK, WebseaUnderTest
from tests.unit.loopback import WallClock

pytest.importorskip("mmtui.sandbox.websea", reason="Websea's local venue is not there")

LOT = Decimal("0.1")


class Styled(WebseaUnderTest):
    """The local venue, spoken to on one set of paths."""

    def __init__(self, style: PathStyle) -> None:
        super().__init__()
        self.style = style

    def open(self, account: dict[str, Any]) -> WebseaSession:
        access = WebseaAccess(
            token=account["token"], secret=account["secret"], rest_url=self.line["rest"], ws_url=self.line["ws"],
            style=self.style,
        )  # fmt: skip
        return open_websea(account["name"], access, WallClock(), timing=QUICK)

    async def habits(self, **how: object) -> None:
        """Change the venue's manners."""
        await self.ask("POST", "habits", how)

    async def rows(self) -> tuple[int, int]:
        """Contracts held long and short, as the venue itself has them."""
        positions = self.session().positions
        assert positions is not None
        view = await positions.view(self.instrument.id, fresh=True)
        return view.long, view.short

    async def places(self) -> int:
        """How many orders were asked for, by any path."""
        counts: dict[str, int] = (await self.ask("GET", "state"))["requests"]
        return sum(count for path, count in counts.items() if path.endswith(("create", "add")))


@pytest.fixture(params=[PathStyle.V1], ids=str)
async def venue(request: pytest.FixtureRequest) -> AsyncIterator[Styled]:
    made = Styled(request.param)
    await made.start()
    yield made
    await made.stop()


async def take(venue: Styled, side: Side, contracts: int, *, reduce_only: bool = False) -> PlaceOrder:
    """Trade at the market at once; ends when it is told."""
    trader, instrument = venue.trader("a"), venue.instrument
    bid, ask = await venue.touch(instrument)
    price = (
        instrument.price_up(ask * Decimal("1.01")) if side is Side.BUY else instrument.price_down(bid * Decimal("0.99"))
    )
    order = trader.order(
        instrument, side, price, contracts * LOT, post_only=False, time_in_force=TimeInForce.IOC,
        reduce_only=reduce_only,
    )  # fmt: skip
    await trader.execute(order)
    return order


def refusals(trader: Trader, order: PlaceOrder) -> list[RefusalCode]:
    name = order.client_order_id
    return [event.code for event in trader.heard(CommandRefused) if event.client_order_id == name]


@pytest.mark.parametrize("venue", [PathStyle.V1, PathStyle.V2, PathStyle.LEGACY], indirect=True, ids=str)
async def test_open_and_close_times_long_and_short(venue: Styled) -> None:
    """The table: each order moves one row, a reduce only ever takes from one, and too large a one is refused."""
    trader = venue.trader("a")
    for side, opened, left in ((Side.BUY, (5, 0), (2, 0)), (Side.SELL, (0, 5), (0, 2))):
        await take(venue, side, 5)
        assert await venue.rows() == opened
        await take(venue, side.opposite, 3, reduce_only=True)
        assert await venue.rows() == left
        too_large = await take(venue, side.opposite, 3, reduce_only=True)
        same_side = await take(venue, side, 1, reduce_only=True)
        for order in (too_large, same_side):
            assert refusals(trader, order) == [RefusalCode.REDUCE_ONLY_VIOLATION]
        assert await venue.rows() == left
        await take(venue, side.opposite, 2)  # a usual order closes what it can close whole
        assert await venue.rows() == (0, 0)
    assert (await venue.truth("a")).positions == {}
    report = await trader.ask(QueryPosition(trader.account, venue.instrument.id), PositionReport)
    assert report.quantity == 0


async def test_what_does_not_fit_into_the_row_opens_the_other_and_the_difference_is_right(venue: Styled) -> None:
    trader = venue.trader("a")
    await take(venue, Side.BUY, 2)
    await take(venue, Side.SELL, 5)
    assert await venue.rows() == (2, 5)
    report = await trader.ask(QueryPosition(trader.account, venue.instrument.id), PositionReport)
    assert report.quantity == -3 * LOT
    too_large = await take(venue, Side.BUY, 4, reduce_only=True)  # the row holds 5, the position only 3
    assert refusals(trader, too_large) == [RefusalCode.REDUCE_ONLY_VIOLATION]
    await take(venue, Side.BUY, 3, reduce_only=True)
    assert await venue.rows() == (2, 2)


async def test_beside_a_resting_reduce_nothing_may_make_it_increase(venue: Styled) -> None:
    trader = venue.trader("a")
    await take(venue, Side.BUY, 5)
    reduce = replace(await far_order(venue, trader, Side.SELL), quantity=5 * LOT, reduce_only=True)
    await trader.execute(reduce)
    await trader.until(OrderReport, where=lambda event: event.client_order_id == reduce.client_order_id)
    beside = await take(venue, Side.SELL, 3)
    assert refusals(trader, beside) == [RefusalCode.REDUCE_ONLY_VIOLATION]
    assert await venue.rows() == (5, 0)
    await take(venue, Side.BUY, 1)  # the other side gives room
    assert await venue.rows() == (6, 0)


async def test_two_equal_orders_whose_answers_were_lost_are_told_apart_and_not_sent_again(venue: Styled) -> None:
    trader = venue.trader("a")
    first = await far_order(venue, trader, Side.BUY)
    second = replace(first, client_order_id="mm-card-second")
    third = replace(first, client_order_id="mm-card-third")
    before = await venue.places()
    await venue.fault("place", "error_500_after", times=2)
    await trader.execute(first, second)
    await venue.fault("place", "error_500_before")
    await trader.execute(third)
    assert [event.client_order_id for event in trader.heard(CommandUnknown)] == [
        order.client_order_id for order in (first, second, third)
    ]
    mark = len(trader.events)
    for order in (first, second, third):
        await trader.ask(QueryOrder(order.account, order.instrument, order.client_order_id, None), OrderReport)
    told = {event.client_order_id: event for event in trader.heard(OrderReport, mark)}
    held = {order.order_id for order in (await venue.truth("a")).open_orders}
    assert {told[first.client_order_id].order_id, told[second.client_order_id].order_id} == held
    assert len(held) == 2
    assert told[third.client_order_id].status is OrderStatus.NOT_FOUND
    assert await venue.places() - before == 3


async def test_a_lost_order_that_filled_is_found_in_the_history(venue: Styled) -> None:
    trader = venue.trader("a")
    await venue.fault("place", "error_500_after")
    order = await take(venue, Side.BUY, 4)
    assert [event.action for event in trader.heard(CommandUnknown)] == [Action.PLACE]
    await trader.ask(QueryOrder(order.account, order.instrument, order.client_order_id, None), OrderReport)
    done = trader.heard(OrderReport, where=lambda event: event.client_order_id == order.client_order_id)[-1]
    assert (done.status, done.filled) == (OrderStatus.FILLED, 4 * LOT)
    fills = {fill.trade_id: fill.quantity for fill in trader.heard(Fill)}
    assert sum(fills.values()) == 4 * LOT


async def test_a_list_finds_lost_orders_too(venue: Styled) -> None:
    trader = venue.trader("a")
    order = await far_order(venue, trader, Side.SELL)
    await venue.fault("place", "timeout_after_accept")
    await trader.execute(order)
    listed = await trader.ask(QueryOpenOrders(trader.account, venue.instrument.id), OpenOrders)
    assert [row.client_order_id for row in listed.orders] == [order.client_order_id]


async def test_an_unnamed_order_cannot_be_cancelled_and_that_is_no_doubt(venue: Styled) -> None:
    trader = venue.trader("a")
    order = await far_order(venue, trader, Side.BUY)
    await venue.fault("place", "error_500_before")
    await trader.execute(order)
    await trader.execute(CancelOrder(order.account, order.instrument, order.client_order_id, None))
    told = await trader.until(CommandRefused)
    assert (told.action, told.code) == (Action.CANCEL, RefusalCode.ORDER_NOT_FOUND)


async def test_a_cancel_that_the_venue_lists_as_failed_is_refused_and_works_again(venue: Styled) -> None:
    trader = venue.trader("a")
    order = await far_order(venue, trader, Side.BUY)
    await trader.execute(order)
    opened = await trader.until(OrderReport)
    await venue.habits(fail_cancels=1)
    cancel = CancelOrder(order.account, order.instrument, order.client_order_id, opened.order_id)
    await trader.execute(cancel)
    assert (await trader.until(CommandRefused)).code is RefusalCode.OTHER
    await trader.execute(cancel)
    await trader.until(OrderReport, where=lambda event: event.status is OrderStatus.CANCELLED)


async def test_cancel_all_passes_every_page_and_partial_failures(venue: Styled) -> None:
    trader = venue.trader("a")
    orders = [await far_order(venue, trader, side) for side in (Side.BUY, Side.SELL) for _ in range(11)]
    for at in range(0, 22, 6):
        await trader.execute(*orders[at : at + 6])
    assert len((await venue.truth("a")).open_orders) == 22
    await venue.habits(fail_cancels=3)
    await trader.execute(CancelAll(trader.account, venue.instrument.id))
    await eventually(lambda: len(_ended(trader)) == 22)
    assert (await venue.truth("a")).open_orders == []
    assert not trader.heard(ReadFailed)


def _ended(trader: Trader) -> set[str | None]:
    return {event.client_order_id for event in trader.heard(OrderReport) if event.status is OrderStatus.CANCELLED}


async def test_without_the_socket_the_account_is_still_in_view() -> None:
    """On the old paths there is no private socket: fills and ends come from looking."""
    venue = Styled(PathStyle.LEGACY)
    await venue.start()
    try:
        trader, instrument = venue.trader("a"), venue.instrument
        assert not trader.client.facts.has_private_stream
        bid, _ = await venue.touch(instrument)
        order = trader.order(instrument, Side.BUY, bid, 2 * LOT)
        await trader.execute(order)
        while not trader.heard(Fill):
            await venue.trade(Side.SELL, 20 * LOT)
            await asyncio.sleep(0.05)
        await trader.until(OrderReport, where=lambda event: event.status is OrderStatus.FILLED)
    finally:
        await venue.stop()


async def test_a_position_in_the_other_margin_mode_is_not_overlooked(venue: Styled) -> None:
    await take(venue, Side.BUY, 2)
    given = venue.line["accounts"][0]
    access = WebseaAccess(
        token=given["token"], secret=given["secret"], rest_url=venue.line["rest"], ws_url=venue.line["ws"],
        mode=MarginMode.ISOLATED,
    )  # fmt: skip
    session = open_websea("a", access, WallClock(), timing=QUICK)
    try:
        await session.start()
        assert session.reports is not None
        (told,) = await session.reports.answer(QueryPosition("a", venue.instrument.id))
        assert isinstance(told, ReadFailed)
        assert "position in cross margin" in told.reason
        with pytest.raises(Refused, match="not known"):
            await session.set_leverage(Decimal(5), venue.instrument)
    finally:
        await session.close()


async def test_leverage_goes_with_opening_orders_and_a_position_keeps_its_own(venue: Styled) -> None:
    session = venue.session()
    assert await session.set_leverage(Decimal(7), venue.instrument) == 7
    await take(venue, Side.BUY, 2)
    assert await session.set_leverage(Decimal(9), venue.instrument) == 7
    with pytest.raises(Refused, match="whole number"):
        await session.set_leverage(Decimal("2.5"), venue.instrument)


async def test_fills_are_listed_under_the_same_names_however_often(venue: Styled) -> None:
    trader = venue.trader("a")
    for side in (Side.BUY, Side.SELL, Side.BUY):
        await take(venue, side, 3)
    names = []
    for _ in range(2):
        mark = len(trader.events)
        await trader.ask(QueryFills(trader.account, venue.instrument.id, 0), FillsListed)
        names.append([fill.trade_id for fill in trader.heard(Fill, mark)])
    assert names[0] == names[1]
    assert len(set(names[0])) == len(names[0]) == len((await venue.truth("a")).fills)


async def test_quantities_that_are_no_contracts_are_refused_before_they_are_sent(venue: Styled) -> None:
    trader = venue.trader("a")
    order = replace(await far_order(venue, trader, Side.BUY), quantity=Decimal("0.25"))
    before = await venue.places()
    await trader.execute(order)
    assert refusals(trader, order) == [RefusalCode.BAD_QUANTITY]
    assert await venue.places() == before


async def test_orders_of_an_earlier_run_are_ours_by_the_names_that_were_kept(venue: Styled) -> None:
    """The venue keeps no ids of ours; a process that died leaves them on disk."""
    trader, given = venue.trader("a"), venue.line["accounts"][0]
    await take(venue, Side.BUY, 2)
    resting = await far_order(venue, trader, Side.SELL)
    stranger = await far_order(venue, trader, Side.SELL)
    await trader.execute(resting, stranger)
    ids = {event.client_order_id: event.order_id for event in trader.heard(OrderReport)}
    kept = {str(order_id): str(name) for name, order_id in ids.items() if name != stranger.client_order_id}
    told: dict[str, str] = {}
    access = WebseaAccess(
        token=given["token"], secret=given["secret"], rest_url=venue.line["rest"], ws_url=venue.line["ws"]
    )
    session = open_websea("a", access, WallClock(), timing=QUICK, names=KeptNames(kept, told.__setitem__))
    try:
        await session.start()
        assert session.reports is not None
        assert session.client is not None
        again = Trader("a", session.client, session.reports)
        listed = await again.ask(QueryOpenOrders("a", venue.instrument.id), OpenOrders)
        assert {row.client_order_id for row in listed.orders} == {resting.client_order_id, None}
        await again.ask(QueryFills("a", venue.instrument.id, 0), FillsListed)
        assert {fill.client_order_id for fill in again.heard(Fill)} <= set(kept.values())
        assert sum(fill.quantity for fill in again.heard(Fill)) == 2 * LOT
        await again.ask(QueryOrder("a", venue.instrument.id, resting.client_order_id, None), OrderReport)
        assert again.heard(OrderReport)[-1].order_id == ids[resting.client_order_id]
        fresh = replace(await far_order(venue, trader, Side.BUY), client_order_id="mm-card-fresh")
        await again.execute(fresh)
        assert list(told.values()) == ["mm-card-fresh"]
    finally:
        await session.close()
