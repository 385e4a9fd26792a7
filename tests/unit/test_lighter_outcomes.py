"""What becomes of commands and questions: definite refusals, unclear outcomes, reads that fail; never a guess."""

import json
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import web

from mmtui.exchanges.lighter.ids import OrderNumbers
from mmtui.model.commands import (
    AmendOrder,
    CancelAll,
    QueryBalances,
    QueryFills,
    QueryOpenOrders,
    QueryOrder,
    QueryPosition,
)
from mmtui.model.events import (
    Balance,
    Balances,
    CommandRefused,
    CommandUnknown,
    Event,
    Fill,
    FillsListed,
    FundingPayment,
    OpenOrders,
    OrderReport,
    PositionReport,
    ReadFailed,
)
from mmtui.model.orders import Action, OrderStatus, RefusalCode, TimeInForce
from mmtui.model.units import Side
from mmtui.ports.errors import Refused, SettingsError, VenueError
from tests.unit.aster_desk import hang, reset
from tests.unit.lighter_desk import cancel, market, no, open_desk, place, running
from tests.unit.lighter_payloads import ACCOUNT_INDEX, ETH, ORDER_ROW, TRADE_ROW, document

SEND = "POST /api/v1/sendTx"
ROW: dict[str, Any] = {
    "account_index": ACCOUNT_INDEX, "collateral": "9000.5", "available_balance": "8000", "account_trading_mode": 0,
    "positions": [], "assets": [{"symbol": "USDC", "asset_id": 3, "balance": "100", "locked_balance": "10"}],
}  # fmt: skip


def account(**changes: object) -> dict[str, object]:
    return {"code": 200, "total": 1, "accounts": [{**ROW, **changes}]}


# --------------------------------------------------------------------------------------------------------- commands


async def test_what_is_taken_has_no_outcome_yet() -> None:
    async with open_desk() as (_, sequence, session):
        await session.start()
        assert session.client is not None
        assert await session.client.execute([place(1), place(2, side=Side.SELL), cancel(3)]) == []
        assert [row["type"] for row in sequence.taken] == [15, 14, 14]
        number = OrderNumbers().number("mm-eth-1")
        assert sequence.taken[1]["ClientOrderIndex"] == number
        assert (sequence.taken[1]["Price"], sequence.taken[1]["BaseAmount"]) == (235274, 50)
        assert session.calls.quota == 10_000 - 3


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        (21120, RefusalCode.NOT_ALLOWED),
        (21301, RefusalCode.INSUFFICIENT_FUNDS),
        (21603, RefusalCode.BELOW_MINIMUM),
        (21706, RefusalCode.BELOW_MINIMUM),
        (21733, RefusalCode.BAD_PRICE),
        (21728, RefusalCode.DUPLICATE_CLIENT_ID),
        (21740, RefusalCode.REDUCE_ONLY_VIOLATION),
        (21605, RefusalCode.MAINTENANCE),
        (21506, RefusalCode.RATE_LIMITED),
        (29999, RefusalCode.OTHER),
    ],
)
async def test_refusals_by_code(code: int, refusal: RefusalCode) -> None:
    async with open_desk() as (desk, sequence, session):
        await session.start()
        assert session.client is not None
        desk.say(SEND, no(code, "words"), sequence.one)
        (event,) = await session.client.execute([place()])
        assert isinstance(event, CommandRefused)
        assert (event.action, event.code) == (Action.PLACE, refusal)
        assert str(code) in event.reason
        assert await session.client.execute([place(2)]) == []


async def test_a_success_with_another_code_is_a_refusal() -> None:
    async with open_desk() as (desk, _, session):
        await session.start()
        assert session.client is not None
        desk.say(SEND, no(21702, "bad price", status=200))
        (event,) = await session.client.execute([place()])
        assert isinstance(event, CommandRefused)


async def test_a_done_order_cannot_be_cancelled() -> None:
    async with open_desk() as (desk, _, session):
        await session.start()
        assert session.client is not None
        desk.say(SEND, no(21600, "inactive order"))
        (event,) = await session.client.execute([cancel()])
        assert isinstance(event, CommandRefused)
        assert (event.action, event.code) == (Action.CANCEL, RefusalCode.ORDER_DONE)


@pytest.mark.parametrize("status", [429, 405])
async def test_both_words_for_too_many_requests(status: int) -> None:
    async with open_desk() as (desk, _, session):
        await session.start()
        assert session.client is not None
        desk.say(SEND, no(23000, "Too Many Requests!", status=status))
        (event,) = await session.client.execute([place()])
        assert isinstance(event, CommandRefused)
        assert event.code is RefusalCode.RATE_LIMITED
        assert event.retry_after_ms


UNCLEAR = [
    hang,
    reset,
    web.Response(status=500, text="oops"),
    web.Response(status=502, text="<html>", content_type="text/html"),
    web.Response(status=200, text="<html>", content_type="text/html"),
    web.Response(status=200, text='{"code":200}', content_type="application/json"),
    web.Response(status=403, text="[]", content_type="application/json"),
    no(29501, "timeout"),
]


@pytest.mark.parametrize("answer", UNCLEAR)
async def test_everything_else_is_unknown_and_then_settled(answer: object) -> None:
    async with open_desk() as (desk, sequence, session):
        await session.start()
        assert session.client is not None
        assert session.reports is not None
        desk.say(SEND, answer, sequence.one)
        desk.say("GET /api/v1/accountOrders", {"code": 200, "orders": []})
        (event,) = await session.client.execute([place()])
        assert isinstance(event, CommandUnknown)
        (report,) = await session.reports.answer(QueryOrder("main", ETH, "mm-eth-1", None))
        assert isinstance(report, OrderReport)
        assert report.status is OrderStatus.NOT_FOUND
        (fence,) = sequence.taken
        assert (fence["type"], fence["Index"]) == (15, OrderNumbers().number("mm-eth-1"))


async def test_no_answer_while_a_lost_order_may_still_arrive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mmtui.exchanges.lighter.outbox._SETTLE_S", 0.2)
    async with open_desk() as (desk, _, session):
        await session.start()
        assert session.client is not None
        assert session.reports is not None
        desk.say(SEND, web.Response(status=500))
        desk.say("GET /api/v1/accountOrders", {"code": 200, "orders": []})
        await session.client.execute([place()])
        (event,) = await session.reports.answer(QueryOrder("main", ETH, "mm-eth-1", None))
        assert isinstance(event, ReadFailed)
        assert "may still be used" in event.reason


async def test_refused_here_is_not_sent() -> None:
    async with open_desk() as (desk, _, session):
        await session.start()
        assert session.client is not None
        events = await session.client.execute(
            [
                place(1, price=Decimal("0.001")),
                place(2, price=Decimal(50_000_000)),
                place(3, time_in_force=TimeInForce.FOK),
                AmendOrder("main", ETH, "mm-eth-4", None, Side.BUY, Decimal(1), Decimal(1)),
                CancelAll("main", "lighter:NOPE"),
            ]
        )
        assert [event.code for event in events if isinstance(event, CommandRefused)] == [
            RefusalCode.BAD_PRICE, RefusalCode.BAD_PRICE, RefusalCode.NOT_ALLOWED, RefusalCode.NOT_ALLOWED,
        ]  # fmt: skip
        assert isinstance(events[-1], ReadFailed)
        assert not desk.calls(SEND)


async def test_cancel_all_is_of_one_market() -> None:
    async with open_desk() as (desk, sequence, session):
        await session.start()
        assert session.client is not None
        assert await session.client.execute([CancelAll("main", ETH)]) == []
        assert (sequence.taken[0]["type"], sequence.taken[0]["L2TxAttributes"]) == (16, {"5": 0})
        desk.say(SEND, no(23000, status=429))
        (event,) = await session.client.execute([CancelAll("main", ETH)])
        assert isinstance(event, ReadFailed)


async def test_the_switch_is_armed_with_the_first_order_and_taken_back_at_the_end() -> None:
    async with open_desk(switch_ms=360_000) as (desk, sequence, session):
        await session.start()
        heard: list[Event] = []
        async with running(session, heard):
            assert session.client is not None
            assert session.switch is not None
            await session.client.execute([place()])
            await desk.until(lambda: session.switch is not None and session.switch.armed)
        armed = next(row for row in sequence.taken if row["type"] == 16)
        assert (armed["TimeInForce"], armed["L2TxAttributes"]) == (1, None)
        assert armed["Time"] // 1_000 - armed["ExpiredAt"] // 1_000 < 0
        await session.close()
        assert [row["TimeInForce"] for row in sequence.taken if row["type"] == 16] == [1, 2]


# --------------------------------------------------------------------------------------------------------- the start


async def test_an_unregistered_key_is_one_clear_line() -> None:
    async with open_desk() as (desk, _, session):
        desk.say("GET /api/v1/apikeys", {"code": 200, "api_keys": []})
        with pytest.raises(Refused, match="api_key_index 5 is not registered for account_index 1234"):
            await session.start()


async def test_a_refused_token_names_what_to_check() -> None:
    async with open_desk() as (desk, _, session):
        desk.say("GET /api/v1/accountLimits", no(20013, "invalid auth"))
        with pytest.raises(Refused, match="check account_index, api_key_index and api_key_private"):
            await session.start()
        assert len(desk.calls("GET /api/v1/accountLimits")) == 2  # once with a fresh token


async def test_a_market_without_decimals_is_not_listed() -> None:
    async with open_desk() as (desk, _, session):
        bad = market("SOL", 2)
        for name in ("size_decimals", "supported_size_decimals"):
            del bad[name]
        rows = [market(), bad, market("X", 3, status="inactive"), {"symbol": 7}, market("Y", 4, price_decimals=99)]
        desk.say("GET /api/v1/orderBookDetails", {"code": 200, "order_book_details": rows})
        assert [row.id for row in await session.start()] == [ETH]
        assert any("decimals are missing" in words for words in session.listing.unusable.values())
        desk.say("GET /api/v1/orderBookDetails", {"code": 200, "order_book_details": []})
        session.listing.known.clear()
        with pytest.raises(VenueError, match="no market can be used"):
            await session.instruments()


async def test_a_clock_that_is_far_off_is_refused() -> None:
    async with open_desk() as (desk, _, session):
        desk.say("GET /", {"status": 200, "timestamp": 1_600_000_000})
        with pytest.raises(SettingsError, match="clock"):
            await session.start()


async def test_a_standard_account_has_sixty_requests_a_minute() -> None:
    async with open_desk() as (desk, _, session):
        desk.say("GET /api/v1/accountLimits", {"code": 200, "user_tier": "standard"})
        (eth, _) = await session.start()
        assert next(row.limit for row in session.limiter.snapshot() if row.name == "requests") == 60
        assert (eth.maker_fee_bps, eth.taker_fee_bps) == (Decimal(0), Decimal(0))


async def test_an_instrument_has_the_venues_steps_and_the_accounts_fees() -> None:
    async with open_desk() as (desk, _, session):
        limits = {"code": 200, "user_tier": "premium", "current_maker_fee_tick": 28, "current_taker_fee_tick": 196}
        desk.say("GET /api/v1/accountLimits", limits)
        spot = market("ETH/USDC", 2048, market_type="spot")
        answer = {"code": 200, "order_book_details": document("http_order_book_details.json")["order_book_details"]}
        desk.say("GET /api/v1/orderBookDetails", answer | {"spot_order_book_details": [spot]})
        eth, pair = await session.start()
        assert (eth.tick_size, eth.lot_size) == (Decimal("0.01"), Decimal("0.0001"))
        assert (eth.min_quantity, eth.min_notional) == (Decimal("0.0050"), Decimal(10))
        assert (eth.maker_fee_bps, eth.taker_fee_bps) == (Decimal("0.28"), Decimal("1.96"))
        assert (pair.base_asset, pair.quote_asset, pair.market_type.value) == ("ETH", "USDC", "spot")


async def test_market_data_needs_no_key() -> None:
    async with open_desk(signs=False) as (_, _, session):
        assert [row.symbol for row in await session.start()] == ["ETH", "BTC"]
        assert session.client is None
        assert session.reports is None


async def test_leverage_is_set_and_read_back() -> None:
    async with open_desk() as (desk, sequence, session):
        eth, _ = await session.start()
        rows = [
            {"market_id": 0, "sign": 1, "position": "0", "initial_margin_fraction": text} for text in ("10.00", "5.00")
        ]
        desk.say("GET /api/v1/account", *[account(positions=[row]) for row in rows])
        assert await session.set_leverage(Decimal(20), eth) == 20
        assert (sequence.taken[0]["type"], sequence.taken[0]["InitialMarginFraction"]) == (20, 500)
        assert await session.set_leverage(Decimal(20), eth) == 20
        assert len(sequence.taken) == 1


# --------------------------------------------------------------------------------------------------------- questions


async def ask(path: str, answer: object, query: Any) -> list[Event]:  # noqa: ANN401 - any question
    async with open_desk() as (desk, _, session):
        await session.start()
        assert session.reports is not None
        desk.say(f"GET /api/v1/{path}", *(answer if isinstance(answer, tuple) else (answer,)))
        return await session.reports.answer(query)


QUESTIONS = [
    ("accountOrders", QueryOrder("main", ETH, "mm-eth-1", None)),
    ("accountActiveOrders", QueryOpenOrders("main", ETH)),
    ("account", QueryPosition("main", ETH)),
    ("account", QueryBalances("main")),
    ("trades", QueryFills("main", ETH, 0)),
]


@pytest.mark.parametrize(("path", "query"), QUESTIONS)
@pytest.mark.parametrize(
    "answer",
    [
        no(21100, "account not found"),
        no(29500, "internal"),
        no(29500, "internal", status=200),
        {"code": 200},
        {"code": 200, "orders": None, "accounts": None, "trades": None},
        {"code": 200, "accounts": [], "orders": [{"order_index": 1}], "trades": [{"trade_id": 1}]},
        web.Response(text="<html>", content_type="text/html"),
    ],
)
async def test_a_read_that_fails_is_never_an_empty_answer(path: str, query: Any, answer: object) -> None:  # noqa: ANN401
    (event,) = await ask(path, answer, query)
    assert isinstance(event, ReadFailed)


async def test_a_token_goes_both_ways_and_is_renewed_once() -> None:
    async with open_desk() as (desk, _, session):
        await session.start()
        assert session.reports is not None
        desk.say("GET /api/v1/account", no(20013, "expired"), account())
        (event,) = await session.reports.answer(QueryBalances("main"))
        assert isinstance(event, Balances)
        first, second = desk.calls("GET /api/v1/account")
        assert first["auth"] != second["auth"]
        assert desk.headers[-1]["Authorization"] == second["auth"]
        assert second["auth"].split(":")[1:3] == [str(ACCOUNT_INDEX), "5"]


async def test_the_latest_order_of_a_number_is_the_answer() -> None:
    number = OrderNumbers().number("mm-eth-1")
    rows = [
        {**ORDER_ROW, "client_order_index": number, "order_index": 281476929510000 + index, "status": status,
         "transaction_time": 1777941383576735 + index}
        for index, status in enumerate(("canceled", "open"))
    ]  # fmt: skip
    query = QueryOrder("main", ETH, "mm-eth-1", None)
    (event,) = await ask("accountOrders", {"code": 200, "orders": rows}, query)
    assert isinstance(event, OrderReport)
    assert (event.status, event.client_order_id, event.filled) == (OrderStatus.OPEN, "mm-eth-1", Decimal("0.0020"))


async def test_open_orders_of_the_market() -> None:
    rows = [ORDER_ROW, {**ORDER_ROW, "market_index": 1}]
    (event,) = await ask("accountActiveOrders", {"code": 200, "orders": rows}, QueryOpenOrders("main", ETH))
    assert isinstance(event, OpenOrders)
    assert [(row.order_id, row.client_order_id) for row in event.orders] == [("281476929510110", "42")]
    assert event.asked_ns <= event.time_ns


async def test_an_order_in_an_unknown_state_spoils_the_list() -> None:
    rows = [{**ORDER_ROW, "status": "resting"}]
    (event,) = await ask("accountActiveOrders", {"code": 200, "orders": rows}, QueryOpenOrders("main", ETH))
    assert isinstance(event, ReadFailed)


async def test_positions_with_and_without_a_row() -> None:
    row = {"market_id": 0, "sign": -1, "position": "1.5000", "avg_entry_price": "2350.10", "liquidation_price": "0"}
    (event,) = await ask("account", account(positions=[row]), QueryPosition("main", ETH))
    assert isinstance(event, PositionReport)
    assert (event.quantity, event.entry_price, event.liquidation_price) == (Decimal("-1.5"), Decimal("2350.10"), None)
    (flat,) = await ask("account", account(), QueryPosition("main", ETH))
    assert isinstance(flat, PositionReport)
    assert flat.quantity == 0
    (other,) = await ask("account", account(account_index=99), QueryPosition("main", ETH))
    assert isinstance(other, ReadFailed)


async def test_balances_are_the_collateral_and_the_spot_wallet() -> None:
    (event,) = await ask("account", account(), QueryBalances("main"))
    assert isinstance(event, Balances)
    assert event.balances == [Balance("USDC", Decimal("9100.5"), Decimal(8090))]


async def test_fills_page_by_page_oldest_first() -> None:
    rows = [{**TRADE_ROW, "trade_id": number} for number in range(5, 0, -1)]
    pages = ({"code": 200, "trades": rows[:3], "next_cursor": "c"}, {"code": 200, "trades": rows[3:]})
    events = await ask("trades", pages, QueryFills("main", ETH, 0))
    assert [event.trade_id for event in events if isinstance(event, Fill)] == ["1", "2", "3", "4", "5"]
    assert isinstance(events[-1], FillsListed)
    since_ns = 1640995300000_000_000
    events = await ask("trades", pages[0], QueryFills("main", ETH, since_ns))
    assert events[:-1] == []


async def test_funding_is_told_once_and_a_failure_once() -> None:
    async with open_desk() as (desk, _, session):
        await session.start()
        heard: list[Event] = []
        funding = session._funding  # noqa: SLF001 - its clock is minutes
        assert funding is not None
        row = {"timestamp": 1_640_995_200, "market_id": 0, "funding_id": 7, "change": "-0.25", "rate": "0.0001"}
        desk.say("GET /api/v1/positionFunding", {"code": 200, "position_fundings": [row]}, no(29500))
        for _ in range(3):
            await funding.look(heard.append, 1_640_995_000_000_000_000)
        payment, failure = heard
        assert isinstance(payment, FundingPayment)
        assert (payment.instrument, payment.amount_cash, payment.payment_id) == (ETH, Decimal("-0.25"), "0-7")
        assert isinstance(failure, ReadFailed)


async def test_everything_that_is_sent_can_be_read_again() -> None:
    """The batch's form: arrays as texts, transactions as texts in them."""
    async with open_desk() as (desk, sequence, session):
        await session.start()
        assert session.client is not None
        await session.client.execute([place(number) for number in range(1, 4)])
        (form,) = desk.calls("POST /api/v1/sendTxBatch")
        assert json.loads(form["tx_types"]) == [14, 14, 14]
        assert [row["Nonce"] for row in sequence.taken] == [722, 723, 724]
