"""Orders on the wire: what is sent, and what every answer means."""

from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import msgspec
import pytest
from aiohttp import web

from mmtui.exchanges.aster import encode
from mmtui.exchanges.aster.refusals import read_error
from mmtui.exchanges.aster.signing import Wallet
from mmtui.exchanges.aster.trading import parts_of
from mmtui.model.commands import AmendOrder, CancelAll, CancelOrder, OrderCommand
from mmtui.model.events import CommandRefused, CommandUnknown, Event, OrderReport, ReadFailed
from mmtui.model.instrument import MarketType
from mmtui.model.orders import Action, OrderStatus, RefusalCode, TimeInForce
from mmtui.model.units import Side
from mmtui.ports.errors import Ambiguous, RateLimited, Refused
from tests.unit.aster_desk import (
    ADDRESS,
    BTC,
    KEY,
    SPOT,
    V1,
    cancel,
    hang,
    open_desk,
    order_row,
    place,
    refusal,
    reset,
)
from tests.unit.test_aster_decode import wire

ORDER = "POST /fapi/v3/order"


def only(events: Any) -> Any:  # noqa: ANN401 - one event of any kind
    assert len(events) == 1
    return events[0]


async def test_an_order_as_it_travels_is_what_was_signed() -> None:
    async with open_desk() as (desk, session):
        desk.say(ORDER, order_row())
        assert session.client is not None
        report = only(await session.client.execute([place()]))
        method, path, text = next(row for row in desk.heard if row[0] == "POST")
        assert (method, path) == ("POST", "/fapi/v3/order")
        message, _, signature = text.partition("&signature=")
        assert signature == Wallet(KEY, 1666).sign(message)
        assert message.startswith(
            "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTX&quantity=0.01&price=60000&newClientOrderId=mm-1&nonce="
        )
        assert message.endswith(f"&signer={ADDRESS}")
        assert "&user=" not in message
    assert report == OrderReport(
        "main", BTC, report.time_ns, OrderStatus.OPEN, "mm-1", "22542179", Side.BUY, Decimal("60000.0"),
        Decimal("0.010"), Decimal(0), post_only=True, venue_time_ns=1566818724722 * 1_000_000,
    )  # fmt: skip


async def test_v1_sends_its_key_and_a_time() -> None:
    async with open_desk(V1) as (desk, session):
        desk.say("POST /fapi/v1/order", order_row())
        assert session.client is not None
        assert not session.client.facts.can_amend
        await session.client.execute([place()])
        fields = only(desk.calls("POST /fapi/v1/order"))
        assert {"timestamp", "recvWindow", "signature"} <= fields.keys()
        assert "nonce" not in fields
        assert desk.headers[-1]["X-MBX-APIKEY"] == V1["key"]


def test_parameters_of_every_kind_of_order() -> None:
    ioc = encode.place(place(post_only=False, reduce_only=True, time_in_force=TimeInForce.IOC))
    assert ioc.text.endswith(
        "timeInForce=IOC&quantity=0.01&price=60000&newClientOrderId=mm-1&reduceOnly=true&newOrderRespType=RESULT"
    )
    assert "timeInForce=GTC" in encode.place(place(post_only=False)).text
    spot = encode.place(place(instrument=SPOT, post_only=False, time_in_force=TimeInForce.FOK))
    assert spot.market is MarketType.SPOT
    assert spot.text.endswith("timeInForce=FOK&quantity=0.01&price=60000&newClientOrderId=mm-1")


def test_exact_figures_survive_the_way_to_the_wire_and_back() -> None:
    for text in ("0.00000001", "123456789.12345678", "1E-7", "1E+3"):
        fields = dict(encode.place_fields(place(price=text)))
        assert Decimal(fields["price"]) == Decimal(text)
        assert "E" not in fields["price"]


def test_a_batch_is_real_json_percent_encoded() -> None:
    request = encode.place_batch([place(1), place(2)])
    name, _, value = request.text.partition("=")
    rows = msgspec.json.decode(unquote(value))
    assert name == "batchOrders"
    assert [row["newClientOrderId"] for row in rows] == ["mm-1", "mm-2"]
    assert all(isinstance(item, str) for row in rows for item in row.values())
    assert (request.weight, request.orders) == (5, 2)
    assert " " not in unquote(encode.cancel_batch([cancel(1), cancel(2)]).text)


def test_what_travels_together() -> None:
    commands: list[OrderCommand] = [
        cancel(1),
        cancel(2),
        *(place(number) for number in range(7)),
        place(9, SPOT),
        place(8, SPOT),
    ]
    assert [len(part) for part in parts_of(commands)] == [2, 5, 2, 1, 1]
    assert [len(part) for part in parts_of([cancel(1), cancel(2, "aster:ETHUSDT")])] == [1, 1]
    long = CancelOrder("main", BTC, "x" * 40, "5")
    assert [len(part) for part in parts_of([cancel(1), long])] == [1, 1]
    assert encode.cancel(long).text == "symbol=BTCUSDT&orderId=5"


async def test_each_order_of_a_batch_has_its_own_outcome() -> None:
    async with open_desk() as (desk, session):
        desk.say(
            "POST /fapi/v3/batchOrders",
            [order_row(), {"code": -2022, "msg": "ReduceOnly Order is rejected."}, {"orderId": "what"}],
        )
        assert session.client is not None
        opened, refused, unknown = await session.client.execute([place(1), place(2), place(3)])
    assert isinstance(opened, OrderReport)
    assert isinstance(refused, CommandRefused)
    assert (refused.code, refused.client_order_id) == (RefusalCode.REDUCE_ONLY_VIOLATION, "mm-2")
    assert isinstance(unknown, CommandUnknown)
    assert unknown.client_order_id == "mm-3"


async def test_a_batch_of_the_documents_reads() -> None:
    async with open_desk() as (desk, session):
        desk.say("POST /fapi/v3/batchOrders", msgspec.json.decode(wire("rest_batch_orders.json")))
        assert session.client is not None
        first, second = await session.client.execute([place(1), place(2)])
    assert isinstance(first, CommandUnknown)  # it is about an order of another name
    assert isinstance(second, CommandRefused)


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        (-2019, "Margin is insufficient.", RefusalCode.INSUFFICIENT_FUNDS),
        (-2018, "Balance is insufficient.", RefusalCode.INSUFFICIENT_FUNDS),
        (-2010, "Order would immediately match", RefusalCode.POST_ONLY_WOULD_CROSS),
        (-2010, "Duplicate order sent.", RefusalCode.DUPLICATE_CLIENT_ID),
        (-2010, "NEW_ORDER_REJECTED", RefusalCode.OTHER),
        (-5022, "Due to the order could not be executed as maker", RefusalCode.POST_ONLY_WOULD_CROSS),
        (-4014, "Price not increased by tick size.", RefusalCode.BAD_PRICE),
        (-4016, "", RefusalCode.BAD_PRICE),
        (-4023, "Qty not increased by step size.", RefusalCode.BAD_QUANTITY),
        (-4164, "", RefusalCode.BELOW_MINIMUM),
        (-4061, "Order's position side does not match user's setting.", RefusalCode.NOT_ALLOWED),
        (-4225, "Nonce Expired", RefusalCode.NOT_ALLOWED),
        (-1021, "Timestamp for this request is outside of the recvWindow.", RefusalCode.NOT_ALLOWED),
        (-1022, "Signature for this request is not valid.", RefusalCode.NOT_ALLOWED),
        (-1000, "Signature check failed", RefusalCode.NOT_ALLOWED),
        (-5050, "DEPOSIT_REQUIRED", RefusalCode.NOT_ALLOWED),
        (-9999, "something new", RefusalCode.OTHER),
    ],
)
async def test_a_no_is_definite_and_says_why(code: int, message: str, expected: RefusalCode) -> None:
    async with open_desk() as (desk, session):
        desk.say(ORDER, refusal(code, message))
        assert session.client is not None
        event = only(await session.client.execute([place()]))
    assert isinstance(event, CommandRefused)
    assert (event.code, event.action, event.client_order_id) == (expected, Action.PLACE, "mm-1")
    assert str(code) in event.reason


async def test_a_negative_code_is_an_error_whatever_the_status() -> None:
    async with open_desk() as (desk, session):
        desk.say(ORDER, refusal(-2019, "Margin is insufficient.", status=200))
        assert session.client is not None
        assert isinstance(only(await session.client.execute([place()])), CommandRefused)


@pytest.mark.parametrize(
    "answer",
    [
        refusal(-1007, "Timeout waiting for response from backend server. Send status unknown"),
        refusal(-1006, "unexpected response"),
        refusal(-1000, "An unknown error occured"),
        refusal(0, "Service unavailable", status=503),
        web.Response(text="<html>bad gateway</html>", status=502),
        web.Response(text="<html>forbidden</html>", status=403),
        web.Response(text="<html>all is well</html>", status=200),
        web.Response(text='{"orderId": 1, "sym', content_type="application/json"),
        web.json_response({}),
        web.json_response(order_row(status="TELEPORTED")),
        web.json_response(order_row(clientOrderId="of-somebody-else")),
        web.json_response(order_row(symbol="ETHUSDT")),
        web.json_response(order_row(executedQty="NaN")),
        web.json_response({"error": "no words of the venue"}, status=404),
        hang,
        reset,
    ],
)
async def test_what_nobody_knows_is_unknown_and_never_sent_again(answer: object) -> None:
    async with open_desk() as (desk, session):
        desk.say(ORDER, answer)
        assert session.client is not None
        event = only(await session.client.execute([place()]))
        assert isinstance(event, CommandUnknown), event
        assert len(desk.calls(ORDER)) == 1


async def test_a_limit_has_a_time() -> None:
    async with open_desk() as (desk, session):
        desk.say(ORDER, web.json_response({"code": -1003, "msg": "slow"}, status=429, headers={"Retry-After": "7"}))
        assert session.client is not None
        event = only(await session.client.execute([place()]))
    assert isinstance(event, CommandRefused)
    assert event.code is RefusalCode.RATE_LIMITED
    assert event.retry_after_ms is not None
    assert 6_000 < event.retry_after_ms <= 7_000


async def test_a_limit_of_orders_told_by_code() -> None:
    async with open_desk() as (desk, session):
        desk.say(ORDER, refusal(-1015, "Too many new orders"))
        assert session.client is not None
        event = only(await session.client.execute([place()]))
    assert isinstance(event, CommandRefused)
    assert (event.code, event.retry_after_ms) == (RefusalCode.RATE_LIMITED, 10_000)


async def test_nobody_at_home_means_not_sent() -> None:
    async with open_desk() as (desk, session):
        desk.say(ORDER, order_row())
        assert session.client is not None
        await session.client.execute([place()])
        await desk.leave()
        event = only(await session.client.execute([place(2)]))
    assert isinstance(event, CommandRefused)
    assert "nothing was sent" in event.reason
    assert event.retry_after_ms is not None


async def test_a_name_that_the_venue_would_refuse_is_not_sent() -> None:
    async with open_desk() as (desk, session):
        assert session.client is not None
        bad = msgspec.structs.replace(place(), client_order_id="mm-" + "x" * 40)
        event = only(await session.client.execute([bad]))
        assert isinstance(event, CommandRefused)
        assert "shorter" in event.reason
        assert not desk.calls(ORDER)


async def test_a_cancel_and_a_cancel_of_what_is_gone() -> None:
    async with open_desk() as (desk, session):
        desk.say("DELETE /fapi/v3/order", order_row(status="CANCELED", executedQty="0.004"))
        assert session.client is not None
        report = only(await session.client.execute([cancel()]))
        assert (report.status, report.filled) == (OrderStatus.CANCELLED, Decimal("0.004"))
        desk.say("DELETE /fapi/v3/order", refusal(-2011, "Unknown order sent."))
        refused = only(await session.client.execute([cancel()]))
        assert (refused.code, refused.action) == (RefusalCode.ORDER_NOT_FOUND, Action.CANCEL)
        assert only(desk.calls("DELETE /fapi/v3/order")[:1])["origClientOrderId"] == "mm-1"


async def test_cancels_of_one_perp_travel_together() -> None:
    async with open_desk() as (desk, session):
        rows: list[object] = [order_row(status="CANCELED"), {"code": -2011, "msg": "Unknown order sent."}]
        desk.say("DELETE /fapi/v3/batchOrders", rows)
        assert session.client is not None
        done, gone = await session.client.execute([cancel(1), cancel(2)])
        assert isinstance(done, OrderReport)
        assert isinstance(gone, CommandRefused)
        assert only(desk.calls("DELETE /fapi/v3/batchOrders"))["origClientOrderIdList"] == '["mm-1","mm-2"]'


async def test_cancel_all_takes_a_code_that_is_text_for_success() -> None:
    async with open_desk() as (desk, session):
        desk.say("DELETE /fapi/v3/allOpenOrders", msgspec.json.decode(wire("rest_cancel_all.json")))
        assert session.client is not None
        assert list(await session.client.execute([CancelAll("main", BTC)])) == []
        desk.say("DELETE /fapi/v3/allOpenOrders", refusal(-1121, "Invalid symbol."))
        failed = only(await session.client.execute([CancelAll("main", BTC)]))
        assert isinstance(failed, ReadFailed)


async def test_an_amend_names_both_figures_and_spot_cannot() -> None:
    async with open_desk(markets=(MarketType.PERP, MarketType.SPOT)) as (desk, session):
        desk.say("PUT /fapi/v3/order", order_row(price="60001"))
        assert session.client is not None
        change = AmendOrder("main", BTC, "mm-1", "22542179", Side.BUY, Decimal(60001), Decimal("0.01"))
        report = only(await session.client.execute([change]))
        assert (report.price, report.order_id) == (Decimal(60001), "22542179")
        fields = only(desk.calls("PUT /fapi/v3/order"))
        assert (fields["quantity"], fields["price"], fields["origClientOrderId"]) == ("0.01", "60001", "mm-1")
        refused = only(await session.client.execute([msgspec.structs.replace(change, instrument=SPOT)]))
        assert refused.code is RefusalCode.NOT_ALLOWED
        assert session.client.facts_for(BTC).can_amend
        assert not session.client.facts_for(SPOT).can_amend
        assert not session.client.facts_for(SPOT).has_dead_mans_switch


async def test_a_clock_that_is_too_wrong_sends_nothing() -> None:
    async with open_desk() as (desk, session):
        desk.say("GET /fapi/v3/time", {"serverTime": 1_000_000})
        assert session.client is not None
        event = only(await session.client.execute([place()]))
        assert isinstance(event, CommandRefused)
        assert "clock" in event.reason
        assert not desk.calls(ORDER)


async def test_no_secret_in_any_event() -> None:
    async with open_desk(V1) as (desk, session):
        assert session.client is not None
        events: list[Event] = []
        for answer in (refusal(-2015, f"key {V1['key']} secret {V1['secret']}"), hang, web.Response(text=V1["secret"])):
            desk.say("POST /fapi/v1/order", answer)
            events += await session.client.execute([place()])
    for event in events:
        assert V1["secret"] not in repr(event)
        assert V1["key"] not in repr(event)
    for shown in (session, session.client):
        assert V1["secret"] not in repr(vars(shown))


def test_errors_of_the_documents() -> None:
    error = read_error(wire("error_invalid_symbol.json"))
    assert error is not None
    assert (error.code, error.msg) == (-1121, "Invalid symbol.")
    assert isinstance(error.as_error("x"), Refused)
    assert read_error(b'{"code":"200","msg":"done"}') is None
    assert read_error(b'{"code":200,"msg":"done"}') is None
    assert read_error(b"[]") is None
    limited = read_error(b'{"code":-1003,"msg":"x"}')
    assert limited is not None
    assert isinstance(limited.as_error("x"), RateLimited)
    unclear = read_error(b'{"code":-1001,"msg":"internal"}')
    assert unclear is not None
    assert isinstance(unclear.as_error("x"), Ambiguous)
