"""Questions about the account: documents field by field, pages, names, and what is never taken for zero."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from aiohttp import web

from mmtui.exchanges.aster.answers import FeeAnswer, IncomeRow, KeyAnswer, LeverageAnswer, MarkAnswer, read, snapshot
from mmtui.exchanges.aster.instruments import ExchangeInfo, instruments_of, limits_of
from mmtui.model.commands import Query, QueryBalances, QueryFills, QueryOpenOrders, QueryOrder, QueryPosition
from mmtui.model.events import (
    Balance,
    Balances,
    BookSnapshot,
    Fill,
    FillsListed,
    FundingPayment,
    OpenOrders,
    OrderReport,
    PositionReport,
    ReadFailed,
)
from mmtui.model.instrument import MarketType
from mmtui.model.orders import OrderStatus
from mmtui.model.units import Side
from mmtui.ports.errors import BadMessage, Refused, SettingsError
from tests.unit.aster_desk import BTC, SPOT, hang, info, open_desk, order_row, refusal
from tests.unit.loopback import WallClock
from tests.unit.test_aster_decode import wire

TRADES = "GET /fapi/v3/userTrades"


def only(events: Any) -> Any:  # noqa: ANN401 - one event of any kind
    assert len(events) == 1, events
    return events[0]


def document(name: str) -> Any:  # noqa: ANN401 - JSON
    return msgspec.json.decode(wire(name))


def trade(number: int, time: int = 1569514978020, **changes: object) -> dict[str, object]:
    row = {
        "id": number, "orderId": 1, "symbol": "BTCUSDT", "side": "SELL", "price": "7819.01", "qty": "0.002",
        "commission": "-0.07", "commissionAsset": "USDT", "maker": False, "time": time,
    }  # fmt: skip
    return {**row, **changes}


async def test_an_order_of_the_documents() -> None:
    async with open_desk() as (desk, session):
        desk.say("GET /fapi/v3/order", document("rest_query_order.json"))
        assert session.reports is not None
        report = only(await session.reports.answer(QueryOrder("main", BTC, "abc", None)))
        assert only(desk.calls("GET /fapi/v3/order"))["origClientOrderId"] == "abc"
    assert report == OrderReport(
        "main", BTC, report.time_ns, OrderStatus.OPEN, "abc", "1917641", Side.BUY, None, Decimal("0.40"), Decimal(0),
        venue_time_ns=1579276756075 * 1_000_000,
    )  # fmt: skip


async def test_an_order_that_is_not_found() -> None:
    async with open_desk() as (desk, session):
        desk.say("GET /fapi/v3/order", refusal(-2013, "Order does not exist."))
        assert session.reports is not None
        report = only(await session.reports.answer(QueryOrder("main", BTC, "mm-9", None)))
    assert (report.status, report.client_order_id) == (OrderStatus.NOT_FOUND, "mm-9")


async def test_open_orders_of_the_documents() -> None:
    async with open_desk() as (desk, session):
        desk.say("GET /fapi/v3/openOrders", document("rest_open_orders.json"))
        assert session.reports is not None
        listed = only(await session.reports.answer(QueryOpenOrders("main", BTC)))
        assert only(desk.calls("GET /fapi/v3/openOrders"))["symbol"] == "BTCUSDT"
    assert isinstance(listed, OpenOrders)
    assert listed.asked_ns <= listed.time_ns
    assert [(order.client_order_id, order.order_id) for order in listed.orders] == [("abc", "1917641")]


async def test_a_position_of_the_documents_is_flat_because_it_says_so() -> None:
    async with open_desk() as (desk, session):
        desk.say("GET /fapi/v3/positionRisk", document("rest_position_risk_one_way.json"))
        assert session.reports is not None
        report = only(await session.reports.answer(QueryPosition("main", BTC)))
    assert isinstance(report, PositionReport)
    assert (report.quantity, report.entry_price, report.liquidation_price) == (Decimal(0), None, None)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "0 positions"),
        ([{"symbol": "BTCUSDT", "positionAmt": "1", "positionSide": "LONG"}], "one-way"),
        ([{"symbol": "ETHUSDT", "positionAmt": "1"}], "0 positions"),
        ([{"symbol": "BTCUSDT"}], "cannot be read"),
        ([{"symbol": "BTCUSDT", "positionAmt": "NaN"}], "out of bounds"),
        ({"symbol": "BTCUSDT"}, "cannot be read"),
    ],
)
async def test_a_position_that_is_not_told_is_unknown(rows: object, words: str) -> None:
    async with open_desk() as (desk, session):
        desk.say("GET /fapi/v3/positionRisk", rows)
        assert session.reports is not None
        failed = only(await session.reports.answer(QueryPosition("main", BTC)))
    assert isinstance(failed, ReadFailed)
    assert (failed.what, failed.instrument) == ("position", BTC)
    assert words in failed.reason


@pytest.mark.parametrize("answer", [refusal(-1102), web.Response(text="<html>", status=200), hang])
async def test_every_read_that_fails_is_read_failed(answer: object) -> None:
    queries: dict[str, Query] = {
        "openOrders": QueryOpenOrders("main", BTC),
        "balance": QueryBalances("main"),
        "userTrades": QueryFills("main", BTC, 10**18),
        "order": QueryOrder("main", BTC, "mm-1", None),
    }
    async with open_desk() as (desk, session):
        assert session.reports is not None
        for name, query in queries.items():
            desk.say(f"GET /fapi/v3/{name}", answer)
            assert isinstance(only(await session.reports.answer(query)), ReadFailed)
            if answer is hang:
                break  # one of them waits long enough


async def test_balances_of_the_documents_and_of_both_wallets() -> None:
    async with open_desk(markets=(MarketType.SPOT, MarketType.PERP)) as (desk, session):
        desk.say("GET /fapi/v3/balance", document("rest_balance.json"))
        spot = [{"asset": "USDT", "free": "1", "locked": "2"}, {"asset": "BTC", "free": "0.5", "locked": "0"}]
        desk.say("GET /api/v3/account", {"balances": spot})
        assert session.reports is not None
        found = only(await session.reports.answer(QueryBalances("main")))
        holding = only(await session.reports.answer(QueryPosition("main", SPOT)))
    assert isinstance(found, Balances)
    assert found.balances == [
        Balance("USDT", Decimal("122610.35137903"), Decimal("24.72469206")),
        Balance("BTC", Decimal("0.5"), Decimal("0.5")),
    ]
    assert isinstance(holding, PositionReport)
    assert holding.quantity == Decimal("0.5")


async def test_fills_of_the_documents_cost_whatever_their_sign() -> None:
    async with open_desk() as (desk, session):
        desk.say(TRADES, document("rest_user_trades.json"))
        desk.say("GET /fapi/v3/order", order_row(orderId=25851813, clientOrderId="mm-7"))
        assert session.reports is not None
        fill, listed = await session.reports.answer(QueryFills("main", BTC, WallClock().now()))
        assert only(desk.calls("GET /fapi/v3/order"))["orderId"] == "25851813"
    assert isinstance(fill, Fill)
    assert fill == Fill(
        "main", BTC, fill.time_ns, "698759", Side.SELL, Decimal("7819.01"), Decimal("0.002"), Decimal("-0.07819010"),
        "USDT", maker=False, client_order_id="mm-7", order_id="25851813", venue_time_ns=1569514978020 * 1_000_000,
    )  # fmt: skip
    assert isinstance(listed, FillsListed)


async def test_a_full_page_is_continued_by_id_and_windows_cover_the_span() -> None:
    async with open_desk() as (desk, session):
        full = [trade(number) for number in range(1, 1_001)]
        desk.say(TRADES, full, [trade(1_001), trade(1_000)], [trade(2_000)], [])
        desk.say("GET /fapi/v3/order", refusal(-2013))
        assert session.reports is not None
        since_ns = WallClock().now() - 10 * 86_400 * 1_000_000_000
        events = await session.reports.answer(QueryFills("main", BTC, since_ns))
        first, second, third = desk.calls(TRADES)
    assert [event.trade_id for event in events if isinstance(event, Fill)] == [
        str(n) for n in (*range(1, 1_002), 2_000)
    ]
    assert int(first["endTime"]) - int(first["startTime"]) < 7 * 86_400_000
    assert int(first["startTime"]) <= since_ns // 1_000_000
    assert second["fromId"] == "1001"
    assert "startTime" not in second
    assert int(third["startTime"]) == int(first["endTime"]) + 1
    assert all(event.client_order_id is None for event in events if isinstance(event, Fill))


async def test_names_of_many_orders_come_from_one_list() -> None:
    async with open_desk() as (desk, session):
        desk.say(TRADES, [trade(number, orderId=number) for number in range(10, 20)])
        rows = [order_row(orderId=number, clientOrderId=f"mm-{number}", status="FILLED") for number in range(10, 19)]
        desk.say("GET /fapi/v3/allOrders", rows)
        desk.say("GET /fapi/v3/order", order_row(orderId=19, clientOrderId="mm-19", status="FILLED"))
        assert session.reports is not None
        events = await session.reports.answer(QueryFills("main", BTC, WallClock().now()))
        assert only(desk.calls("GET /fapi/v3/allOrders"))["orderId"] == "10"
        assert len(desk.calls("GET /fapi/v3/order")) == 1
    names = [event.client_order_id for event in events if isinstance(event, Fill)]
    assert names == [f"mm-{number}" for number in range(10, 20)]


async def test_start_reads_rules_and_refuses_hedge_mode() -> None:
    async with open_desk() as (desk, session):
        desk.say("GET /fapi/v3/positionSide/dual", {"dualSidePosition": False})
        found = only(await session.start())
        assert (found.id, str(found.tick_size), str(found.lot_size)) == (BTC, "0.1", "0.001")
        desk.say("GET /fapi/v3/positionSide/dual", document("rest_position_mode.json"))
        with pytest.raises(SettingsError, match="one-way"):
            await session.start()


async def test_leverage_is_read_back_and_margin_may_be_so_already() -> None:
    async with open_desk() as (desk, session):
        instrument = only(await session.instruments())
        assert session.terms is not None
        desk.say("POST /fapi/v3/leverage", document("rest_change_leverage.json"))
        row = {"symbol": "BTCUSDT", "positionAmt": "0", "leverage": "21", "marginType": "cross"}
        desk.say("GET /fapi/v3/positionRisk", [row])
        assert await session.set_leverage(Decimal(21), instrument) == 21
        with pytest.raises(Refused, match="is 21 after asking for 5"):
            await session.set_leverage(Decimal(5), instrument)
        desk.say("POST /fapi/v3/marginType", refusal(-4046, "No need to change margin type."))
        await session.terms.set_margin_type("CROSSED", instrument)
        with pytest.raises(Refused, match="ISOLATED"):
            await session.terms.set_margin_type("ISOLATED", instrument)
        desk.say("GET /fapi/v3/commissionRate", document("rest_commission_rate.json"))
        own = await session.terms.with_fees(instrument)
        assert (own.maker_fee_bps, own.taker_fee_bps) == (Decimal(2), Decimal(4))
        assert only(await session.instruments()).taker_fee_bps == 4


async def test_funding_is_told_once_and_signed() -> None:
    async with open_desk() as (desk, session):
        now_ns = WallClock().now()
        row = {"symbol": "BTCUSDT", "incomeType": "FUNDING_FEE", "income": "-0.37", "asset": "USDT", "tranId": 9}
        rows = [{**row, "time": now_ns // 1_000_000 + 5}, {**row, "time": 1, "tranId": 8}]
        desk.say("GET /fapi/v3/income", rows)
        heard: list[Any] = []
        assert await session.funding.look(heard.append, now_ns)
        assert await session.funding.look(heard.append, now_ns)
        payment = only(heard)
        desk.say("GET /fapi/v3/income", refusal(-1102))
        assert not await session.funding.look(heard.append, now_ns)
    assert isinstance(payment, FundingPayment)
    assert (payment.instrument, payment.payment_id, payment.amount_cash) == (BTC, "9", Decimal("-0.37"))
    assert isinstance(heard[1], ReadFailed)


def test_exchange_information_of_the_documents() -> None:
    found = read(ExchangeInfo, wire("rest_exchange_info.json"))
    instrument = only(instruments_of(MarketType.PERP, found))
    assert (instrument.id, instrument.base_asset, instrument.quote_asset) == ("aster:DOGEUSDT", "BLZ", "USDT")
    assert (instrument.tick_size, instrument.lot_size) == (Decimal("0.0001"), Decimal(1))
    assert (instrument.min_quantity, instrument.min_notional) == (Decimal(1), Decimal(1))
    assert limits_of(MarketType.PERP, found) == {"weight": 2_400, "orders": 1_200}


def test_spot_writes_its_least_notional_otherwise_and_test_symbols_are_left_out() -> None:
    spot = read(ExchangeInfo, msgspec.json.encode(info(notional="minNotional")))
    assert only(instruments_of(MarketType.SPOT, spot)).min_notional == 5
    assert instruments_of(MarketType.PERP, read(ExchangeInfo, msgspec.json.encode(info("TESTUSDT")))) == []


def test_the_other_documents() -> None:
    assert snapshot(BTC, wire("rest_depth.json"), 7) == BookSnapshot(
        BTC, 7, [(4.0, 431.0)], [(4.000002, 12.0)], 1027024, 1589436922972 * 1_000_000
    )
    mark = read(MarkAnswer, wire("rest_mark_price.json"))
    assert (mark.mark_price, mark.index_price) == (Decimal("11793.63104562"), Decimal("11781.80495970"))
    assert (mark.last_funding_rate, mark.next_funding_time) == (Decimal("0.00038246"), 1597392000000)
    assert read(KeyAnswer, wire("rest_listen_key.json")).listen_key.startswith("pqia91ma19a5s61cv6a81va65sdf19v8a65a1")
    fees = read(FeeAnswer, wire("rest_commission_rate.json"))
    assert (fees.maker_commission_rate, fees.taker_commission_rate) == (Decimal("0.0002"), Decimal("0.0004"))
    leverage = read(LeverageAnswer, wire("rest_change_leverage.json"))
    assert (leverage.leverage, leverage.symbol) == (Decimal(21), "BTCUSDT")
    with pytest.raises(BadMessage):
        read(IncomeRow, b"[]")
