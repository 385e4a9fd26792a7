"""Answers that the sandbox never gives: what each of them means for an order."""

import json
from decimal import Decimal
from typing import Any

import pytest

from mmtui.model.commands import CancelAll, CancelOrder
from mmtui.model.events import CommandRefused, CommandUnknown, Event, OrderReport, ReadFailed
from mmtui.model.orders import Action, OrderStatus, RefusalCode, TimeInForce
from mmtui.model.units import Side
from tests.unit.backpack_desk import FIRST, NOT_FOUND, PERP_ID, SPOT_ID, Desk, desk, order_row, place

PLACE = "POST /api/v1/order"
BATCH = "POST /api/v1/orders"
CANCEL = "DELETE /api/v1/order"
CANCEL_ALL = "DELETE /api/v1/orders"
MEANT = CancelOrder("main", PERP_ID, "mm-sol-1", "4228978331")


async def outcome(venue: Desk, *commands: Any) -> Event:  # noqa: ANN401 - any order command
    assert venue.session.client is not None
    events = await venue.session.client.execute(commands)
    assert len(events) == 1
    return events[0]


async def outcomes(venue: Desk, *commands: Any) -> list[Event]:  # noqa: ANN401 - any order command
    assert venue.session.client is not None
    return list(await venue.session.client.execute(commands))


def error(code: str, message: str = "", status: int = 400) -> tuple[int, bytes]:
    return status, json.dumps({"code": code, "message": message}).encode()


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (error("INVALID_ORDER", "Order would immediately match and take"), RefusalCode.POST_ONLY_WOULD_CROSS),
        (order_row(status="Expired", expiryReason="PostOnlyTaker"), RefusalCode.POST_ONLY_WOULD_CROSS),
        (order_row(status="Expired", expiryReason="SelfTradePrevention"), RefusalCode.SELF_TRADE),
        (error("INSUFFICIENT_MARGIN"), RefusalCode.INSUFFICIENT_FUNDS),
        (error("INVALID_CLIENT_REQUEST", "Price decimal too long"), RefusalCode.BAD_PRICE),
        (error("UNAUTHORIZED", "", 401), RefusalCode.NOT_ALLOWED),
        (error("FORBIDDEN", "", 403), RefusalCode.NOT_ALLOWED),
        (error("TRADING_PAUSED"), RefusalCode.MAINTENANCE),
        (error("TOO_MANY_REQUESTS", "", 429), RefusalCode.RATE_LIMITED),
    ],
)
async def test_definite_refusals(said: object, code: RefusalCode) -> None:
    async with desk() as venue:
        venue.tell(PLACE, said)
        event = await outcome(venue, place())
        assert isinstance(event, CommandRefused)
        assert (event.action, event.client_order_id, event.code) == (Action.PLACE, "mm-sol-1", code)
        assert (event.retry_after_ms is not None) == (code is RefusalCode.RATE_LIMITED)


@pytest.mark.parametrize(
    "said",
    [
        (500, b'{"code":"SERVER_ERROR","message":""}'),
        (503, b'{"code":"MAINTENANCE","message":""}'),
        (502, b"<html>bad gateway</html>"),
        (403, b"<html>who are you</html>"),
        (400, b"not json"),
        (200, b"<html>hello</html>"),
        (200, b""),
        (200, b'{"id":'),
        (200, b'{"id":"1"}'),
        (202, b""),
        (302, b""),
        (408, b'{"code":"TIMEOUT","message":""}'),
        (400, b'{"code":"SERVER_ERROR","message":"try again"}'),
        order_row(status="Teleported"),
        order_row(side="Sideways"),
        order_row(price="NaN"),
        order_row(executedQuantity="1e9999"),
    ],
)
async def test_everything_else_is_unknown(said: object) -> None:
    async with desk() as venue:
        venue.tell(PLACE, said)
        venue.tell(CANCEL, said)
        event = await outcome(venue, place())
        assert isinstance(event, CommandUnknown)
        assert (event.action, event.client_order_id) == (Action.PLACE, "mm-sol-1")
        assert len(venue.asked(PLACE)) == 1
        if said != (202, b""):
            event = await outcome(venue, MEANT)
            assert isinstance(event, CommandUnknown)
            assert event.action is Action.CANCEL


async def test_a_venue_that_cannot_be_reached_was_sent_nothing() -> None:
    async with desk() as venue:
        await venue.server.stop()
        event = await outcome(venue, place())
        assert isinstance(event, CommandRefused)
        assert event.retry_after_ms
        assert "nothing was sent" in event.reason


async def test_an_accepted_order() -> None:
    async with desk() as venue:
        venue.tell(PLACE, order_row(executedQuantity="3"))
        report = await outcome(venue, place())
        assert isinstance(report, OrderReport)
        assert (report.status, report.client_order_id, report.order_id) == (OrderStatus.OPEN, "mm-sol-1", "4228978331")
        assert (report.filled, report.quantity, report.post_only) == (Decimal(3), Decimal(12), True)
        request = venue.asked(PLACE)[0]
        assert json.loads(request.body)["clientId"] == FIRST
        assert request.headers["content-type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize("status", ["Expired", "PartiallyFilled", "New"])
async def test_what_is_left_of_an_immediate_order_is_gone_whatever_its_status_says(status: str) -> None:
    async with desk() as venue:
        row = order_row(timeInForce="IOC", postOnly=False, status=status, executedQuantity="5")
        venue.tell(PLACE, row)
        report = await outcome(venue, place(time_in_force=TimeInForce.IOC, post_only=False))
        assert isinstance(report, OrderReport)
        assert (report.status, report.filled) == (OrderStatus.EXPIRED, Decimal(5))


async def test_several_orders_are_one_signed_request_and_each_has_its_own_outcome() -> None:
    async with desk() as venue:
        venue.tell(
            BATCH,
            [
                {"operation": "Ok", **order_row()},
                {"operation": "Err", "code": "INVALID_ORDER", "message": "Order would immediately match and take"},
                {"operation": "Err", "code": "TIMEOUT", "message": ""},
            ],
        )
        events = await outcomes(venue, place(1), place(2, side=Side.SELL), place(3))
        assert [type(event) for event in events] == [OrderReport, CommandRefused, CommandUnknown]
        assert [getattr(event, "client_order_id", "") for event in events] == ["mm-sol-1", "mm-sol-2", "mm-sol-3"]
        assert len(venue.asked(BATCH)) == 1
        assert len(json.loads(venue.asked(BATCH)[0].body)) == 3


@pytest.mark.parametrize(
    "said",
    [
        [{"operation": "Ok", **order_row()}],
        [{"operation": "Ok", **order_row(clientId=FIRST + 1)}, {"operation": "Ok", **order_row(clientId=FIRST)}],
        [{"operation": "Maybe"}, {"operation": "Ok", **order_row()}],
        {"operation": "Ok"},
        (202, b""),
        (500, b""),
    ],
)
async def test_a_batch_whose_answer_does_not_match_is_unknown_as_a_whole(said: object) -> None:
    async with desk() as venue:
        venue.tell(BATCH, said)
        events = await outcomes(venue, place(1), place(2))
        assert [type(event) for event in events] == [CommandUnknown, CommandUnknown]


async def test_a_batch_refused_as_a_whole_refuses_each() -> None:
    async with desk() as venue:
        venue.tell(BATCH, error("INVALID_CLIENT_REQUEST", "Invalid signature"))
        events = await outcomes(venue, place(1), place(2))
        assert [event.code for event in events if isinstance(event, CommandRefused)] == [RefusalCode.NOT_ALLOWED] * 2


async def test_no_batch_is_larger_than_twenty_and_commands_keep_their_order() -> None:
    async with desk() as venue:
        venue.tell(BATCH, (500, b""))
        venue.tell(CANCEL, NOT_FOUND)
        events = await outcomes(venue, MEANT, *(place(number) for number in range(2, 45)))
        assert [type(event) for event in events] == [CommandRefused] + [CommandUnknown] * 43
        assert [len(json.loads(row.body)) for row in venue.asked(BATCH)] == [20, 20, 3]
        assert venue.server.requests[-4].method == "DELETE"


async def test_a_cancel_accepted_but_not_yet_executed_is_left_to_the_stream() -> None:
    async with desk() as venue:
        venue.tell(CANCEL, (202, b""))
        assert await outcomes(venue, MEANT) == []


async def test_a_cancelled_order_names_what_was_filled_of_it() -> None:
    async with desk() as venue:
        venue.tell(CANCEL, order_row(status="Cancelled", executedQuantity="4"))
        report = await outcome(venue, MEANT)
        assert isinstance(report, OrderReport)
        assert (report.status, report.filled, report.client_order_id) == (
            OrderStatus.CANCELLED, Decimal(4), "mm-sol-1",
        )  # fmt: skip


@pytest.mark.parametrize("said", [NOT_FOUND, error("INVALID_CLIENT_REQUEST", "Order not found")])
async def test_cancelling_what_is_gone(said: object) -> None:
    async with desk() as venue:
        venue.tell(CANCEL, said)
        event = await outcome(venue, MEANT)
        assert isinstance(event, CommandRefused)
        assert (event.action, event.code) == (Action.CANCEL, RefusalCode.ORDER_NOT_FOUND)


async def test_an_order_whose_ids_are_both_unknown_cannot_be_cancelled() -> None:
    async with desk() as venue:
        event = await outcome(venue, CancelOrder("main", PERP_ID, "mm-sol-99", None))
        assert isinstance(event, CommandRefused)
        assert venue.asked(CANCEL) == []


async def test_cancel_all_tells_every_order_that_is_gone_foreign_ones_too() -> None:
    async with desk() as venue:
        venue.tell(CANCEL_ALL, [order_row(status="Cancelled"), order_row(status="Cancelled", id=5, clientId=42)])
        assert venue.session.client is not None
        venue.tell(PLACE, order_row())
        await outcome(venue, place())
        events = await outcomes(venue, CancelAll("main", PERP_ID))
        assert [getattr(event, "client_order_id", "") for event in events] == ["mm-sol-1", "42"]
        assert json.loads(venue.asked(CANCEL_ALL)[0].body) == {"symbol": "SOL_USDC_PERP"}


@pytest.mark.parametrize("said", [(500, b""), (200, b"<html>"), error("FORBIDDEN")])
async def test_a_cancel_all_that_failed_is_told(said: object) -> None:
    async with desk() as venue:
        venue.tell(CANCEL_ALL, said)
        event = await outcome(venue, CancelAll("main", PERP_ID))
        assert isinstance(event, ReadFailed)
        assert (event.what, event.instrument) == ("cancel_all", PERP_ID)


async def test_spot_orders_of_an_account_that_lends_ask_their_funds_back() -> None:
    async with desk(lends=True) as venue:
        venue.tell(PLACE, order_row(symbol="SOL_USDC"))
        await outcome(venue, place(instrument=SPOT_ID, reduce_only=True))
        body = json.loads(venue.asked(PLACE)[0].body)
        assert body["autoLendRedeem"] is True
        assert "reduceOnly" not in body


async def test_an_expired_request_makes_the_clock_be_measured_anew() -> None:
    async with desk() as venue:
        before = len(venue.asked("GET /api/v1/time"))
        venue.tell(PLACE, error("INVALID_CLIENT_REQUEST", "Request has expired"))
        event = await outcome(venue, place())
        assert isinstance(event, CommandRefused)
        assert len(venue.asked("GET /api/v1/time")) > before
