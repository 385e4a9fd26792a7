"""Logins, tokens that end in mid-run, results that come later: the whole session against a small venue."""

import asyncio
import json
from decimal import Decimal

import pytest

from mmtui.core.order_table import OrderTable
from mmtui.exchanges.standx.connect import open_standx
from mmtui.exchanges.standx.encode import order_login
from mmtui.model.commands import (
    AmendOrder,
    CancelAll,
    CancelOrder,
    PlaceOrder,
    QueryBalances,
    QueryFills,
    QueryOpenOrders,
    QueryOrder,
    QueryPosition,
)
from mmtui.model.events import (
    Balances,
    CommandRefused,
    CommandUnknown,
    Fill,
    FillsListed,
    OpenOrders,
    OrderReport,
    PositionReport,
    ReadFailed,
    StreamDown,
)
from mmtui.model.orders import Action, DoneReason, OrderState, OrderStatus, RefusalCode, TimeInForce
from mmtui.model.units import Side
from mmtui.ports.errors import Refused
from tests.unit.loopback import WallClock
from tests.unit.standx_desk import QUICK, STAMP, Trader, access, served, trading
from tests.unit.standx_payloads import BTC


def order(name: str, price: str = "99000", side: Side = Side.BUY, **how: object) -> PlaceOrder:
    return PlaceOrder("main", BTC, name, side, Decimal(price), Decimal("0.01"), **how)  # type: ignore[arg-type]


async def send(trader: Trader, *commands: PlaceOrder | CancelOrder | CancelAll | AmendOrder) -> None:
    assert trader.session.client is not None
    trader.events.extend(await trader.session.client.execute(commands))


def reports(trader: Trader, name: str) -> list[OrderStatus]:
    return [event.status for event in trader.heard(OrderReport) if event.client_order_id == name]


async def test_an_order_rests_and_ends() -> None:
    async with served() as desk, trading(desk) as trader:
        await send(trader, order("mm-1"))
        await trader.until(lambda: reports(trader, "mm-1") == [OrderStatus.OPEN])
        (report,) = trader.heard(OrderReport)
        assert (report.price, report.quantity, report.post_only) == (Decimal(99000), Decimal("0.01"), True)
        await send(trader, CancelOrder("main", BTC, "mm-1", report.order_id))
        await trader.until(lambda: reports(trader, "mm-1")[-1] is OrderStatus.CANCELLED)
        assert not trader.heard(CommandRefused, CommandUnknown)
        assert desk.logins == 1


@pytest.mark.parametrize("results_first", [False, True])
@pytest.mark.parametrize("accepted_first", [False, True])
async def test_a_refusal_that_comes_later_reaches_the_order_table(results_first: bool, accepted_first: bool) -> None:
    async with served() as desk, trading(desk) as trader:
        desk.results_first, desk.accepted_first = results_first, accepted_first
        crossing = order("mm-1", "100001")
        table = OrderTable(prefix="mm-")
        table.place_sent(crossing, 1, 0)
        await send(trader, crossing)
        await trader.until(lambda: trader.heard(CommandRefused))
        (refused,) = trader.heard(CommandRefused)
        assert (refused.code, refused.action) == (RefusalCode.POST_ONLY_WOULD_CROSS, Action.PLACE)
        row = table.on_refused(refused)
        assert row is not None
        assert row.done_reason is DoneReason.REJECTED
        assert not reports(trader, "mm-1")


async def test_a_killed_order_socket_leaves_unknown_outcomes_which_a_question_settles() -> None:
    async with served() as desk, trading(desk) as trader:
        desk.silent_results = True
        table = OrderTable(prefix="mm-")
        for sent in (order("mm-1", "100001"), order("mm-2")):
            table.place_sent(sent, 1, 0)
            await send(trader, sent)
        await desk.kill_order_sockets()
        await trader.until(lambda: len(trader.heard(CommandUnknown)) == 2)
        for event in trader.heard(CommandUnknown):
            table.on_unknown(event)
        assert table.live["mm-1"].state is OrderState.UNKNOWN
        await trader.until(lambda: len(desk.orders) == 2)
        assert trader.session.reports is not None
        for event in await trader.session.reports.answer(QueryOrder("main", BTC, "mm-1", None)):
            assert isinstance(event, OrderReport)
            table.on_report(event)
        assert table.done["mm-1"].done_reason is DoneReason.REJECTED
        assert trader.session.results is not None
        connected = trader.session.results.connected
        await trader.until(connected.is_set)
        desk.silent_results = False
        await send(trader, order("mm-3", "100001"))
        await trader.until(lambda: trader.heard(CommandRefused))
        assert not trader.heard(StreamDown)


async def test_a_token_that_ends_in_mid_run_is_invisible() -> None:
    async with served() as desk, trading(desk) as trader:
        await send(trader, order("mm-1"))
        desk.expire_all()
        await asyncio.gather(*(send(trader, order(f"mm-{number}")) for number in range(2, 6)))
        await trader.until(lambda: len(trader.heard(OrderReport)) == 5)
        await trader.until(
            lambda: desk.requests[-2:].count(("auth", True)) + desk.requests.count(("auth:login", True)) > 1
        )
        await send(trader, order("mm-9", "100001"))
        await trader.until(lambda: trader.heard(CommandRefused))
        assert desk.logins == 2
        assert not trader.heard(StreamDown, CommandUnknown, ReadFailed)


async def test_a_token_is_replaced_before_it_ends_and_the_sockets_are_told() -> None:
    async with served() as desk:
        desk.token_life_s = 2.0
        async with trading(desk) as trader:
            desk.token_life_s = 3_600.0
            await trader.until(lambda: desk.logins == 2)
            await trader.until(lambda: desk.requests.count(("auth", True)) == 2)
            await trader.until(lambda: desk.requests.count(("auth:login", True)) == 2)
            await send(trader, order("mm-1"))
            await trader.until(lambda: reports(trader, "mm-1"))
            assert not trader.heard(StreamDown)


async def test_a_refused_login_says_why() -> None:
    async with served() as desk:
        desk.refuse_login = True
        session = open_standx("main", access(desk), WallClock(), timing=QUICK)
        with pytest.raises(Refused, match="region is not served") as caught:
            await session.start()
        assert caught.value.code is RefusalCode.NOT_ALLOWED
        await session.close()


async def test_a_text_that_is_no_login_of_ours_is_not_signed() -> None:
    async with served() as desk:
        desk.foreign_message = True
        session = open_standx("main", access(desk), WallClock(), timing=QUICK)
        with pytest.raises(Refused, match="nothing was signed"):
            await session.start()
        await session.close()
        assert desk.logins == 0


async def test_a_token_with_its_key_works_without_the_wallet_until_it_ends() -> None:
    async with served() as desk:
        async with trading(desk) as first:
            assert first.session.passport is not None
            held = await first.session.passport.current()
        seed = bytes(held.key._key)  # noqa: SLF001 - the venue's page would show it
        async with trading(desk, token=held.token, signing_key=seed.hex()) as trader:
            await send(trader, order("mm-1"))
            await trader.until(lambda: reports(trader, "mm-1"))
            assert desk.logins == 1
            desk.expire_all()
            await send(trader, order("mm-2"))
            (refused,) = trader.heard(CommandRefused)
            assert refused.code is RefusalCode.NOT_ALLOWED
            assert "session page" in refused.reason


async def test_a_stale_signature_makes_the_clock_be_measured_again() -> None:
    async with served() as desk, trading(desk) as trader:
        desk.skew_s = 30
        await send(trader, order("mm-1"))
        await trader.until(lambda: reports(trader, "mm-1"))
        skew_ms = trader.session.offset.skew_ms
        assert skew_ms is not None
        assert abs(skew_ms - 30_000) < 1_000
        assert not trader.heard(CommandRefused)


async def test_cancels_travel_together_and_one_that_is_gone_makes_them_all_unknown() -> None:
    async with served() as desk, trading(desk) as trader:
        await send(trader, order("mm-1"), order("mm-2"))
        await trader.until(lambda: len(trader.heard(OrderReport)) == 2)
        numbers = {event.client_order_id: event.order_id for event in trader.heard(OrderReport)}
        cancels = [CancelOrder("main", BTC, name, number) for name, number in numbers.items()]
        await send(trader, *cancels)
        await trader.until(lambda: reports(trader, "mm-2")[-1] is OrderStatus.CANCELLED)
        name, fields = desk.requests[-1]
        assert (name, sorted(fields["order_id_list"])) == ("cancel_orders", [1000, 1001])
        await send(trader, *cancels)
        await trader.until(lambda: len(trader.heard(CommandUnknown)) == 2)
        await send(trader, cancels[0])
        await trader.until(lambda: trader.heard(CommandRefused))
        assert trader.heard(CommandRefused)[0].code is RefusalCode.ORDER_NOT_FOUND


async def test_cancel_all_lists_cancels_and_proves() -> None:
    async with served() as desk, trading(desk) as trader:
        await send(trader, order("mm-1"), order("foreign-2"), order("mm-3", "101000", Side.SELL))
        await trader.until(lambda: len(trader.heard(OrderReport)) == 3)
        await send(trader, CancelAll("main", BTC))
        assert [row["status"] for row in desk.orders.values()] == ["canceled"] * 3
        assert not trader.heard(ReadFailed)


async def test_what_the_venue_does_not_have_is_refused_here() -> None:
    async with served() as desk, trading(desk) as trader:
        amend = AmendOrder("main", BTC, "mm-1", "1", Side.BUY, Decimal(1), Decimal(1))
        await send(trader, amend, order("mm-2", time_in_force=TimeInForce.FOK, post_only=False))
        assert [event.code for event in trader.heard(CommandRefused)] == [RefusalCode.NOT_ALLOWED] * 2
        assert not [name for name, _ in desk.requests if name == "new_order"]


async def test_questions_about_the_account() -> None:
    async with served() as desk, trading(desk) as trader:
        answer = trader.session.reports.answer  # type: ignore[union-attr]
        await send(trader, order("mm-1"))
        await trader.until(lambda: reports(trader, "mm-1"))
        (listed,) = await answer(QueryOpenOrders("main", BTC))
        assert isinstance(listed, OpenOrders)
        assert [row.client_order_id for row in listed.orders] == ["mm-1"]
        (position,) = await answer(QueryPosition("main", BTC))
        assert isinstance(position, PositionReport)
        assert (position.quantity, position.entry_price) == (Decimal("-0.25"), Decimal(99_000))
        (balances,) = await answer(QueryBalances("main"))
        assert isinstance(balances, Balances)
        assert [(row.asset, row.total, row.free) for row in balances.balances] == [
            ("DUSD", Decimal("1000.5"), Decimal("-3.25"))
        ]
        (missing,) = await answer(QueryOrder("main", BTC, "mm-7", None))
        assert isinstance(missing, OrderReport)
        assert missing.status is OrderStatus.NOT_FOUND


async def test_listed_fills_find_the_name_of_an_order_never_heard_of() -> None:
    async with served() as desk, trading(desk) as trader:
        answer = trader.session.reports.answer  # type: ignore[union-attr]
        row = {"symbol": "BTC-USD", "side": "buy", "price": "99000", "qty": "0.01", "fee_asset": "DUSD"}
        desk.orders[7] = {
            **row, "id": 7, "cl_ord_id": "mm-old", "status": "filled", "fill_qty": "0.01", "time_in_force": "alo"
        }  # fmt: skip
        desk.trades = [
            {**row, "id": 2, "order_id": 8, "fee_qty": "0.396", "created_at": STAMP},
            {**row, "id": 1, "order_id": 7, "fee_qty": "0.099", "created_at": STAMP},
        ]
        events = await answer(QueryFills("main", BTC, 0))
        fills = [event for event in events if isinstance(event, Fill)]
        assert [(fill.trade_id, fill.client_order_id, fill.maker) for fill in fills] == [
            ("1", "mm-old", True), ("2", None, False)
        ]  # fmt: skip
        assert [fill.fee_cash for fill in fills] == [Decimal("-0.099"), Decimal("-0.396")]
        assert isinstance(events[-1], FillsListed)


async def test_leverage_and_margin_mode_are_set_and_read_back() -> None:
    async with served() as desk, trading(desk) as trader:
        (instrument,) = await trader.session.instruments()
        assert await trader.session.set_leverage(Decimal(7), instrument) == 7
        assert desk.requests[-1] == ("change_leverage", {"symbol": "BTC-USD", "leverage": 7})
        assert trader.session.terms is not None
        await trader.session.terms.set_margin_mode("isolated", instrument)
        assert desk.config["margin_mode"] == "isolated"
        with pytest.raises(Refused, match="whole number"):
            await trader.session.set_leverage(Decimal("2.5"), instrument)


async def test_a_market_without_decimals_is_left_out_and_said() -> None:
    async with served() as desk:
        session = open_standx("main", access(desk), WallClock(), timing=QUICK)
        assert [row.symbol for row in await session.start()] == ["BTC-USD"]
        assert "decimals are missing" in session.listing.unusable["ODD-USD"]
        await session.close()


def test_the_order_sockets_login_is_json_inside_json() -> None:
    frame = json.loads(order_login("t", "s", "r"))
    assert frame == {"session_id": "s", "request_id": "r", "method": "auth:login", "params": '{"token":"t"}'}
