"""Every fault that can be asked for, as a raw client of the local Backpack meets it."""

import asyncio
import json
from decimal import Decimal
from typing import Any

import httpx
import pytest
import websockets

from tests.sandbox.backpack_client import BackpackClient, Socket, connect, open_api

PERP = "SOL_USDC_PERP"
BOOK = f"depth.{PERP}"
TICKER = f"bookTicker.{PERP}"
SHORT_S = 0.3


def resting(client: BackpackClient, **more: object) -> dict[str, Any]:
    bid = Decimal(client.sandbox.state()["books"][PERP]["bids"][0][0])
    return client.order(PERP, "Bid", "1", str(bid - 5), **more)


def open_count(client: BackpackClient) -> int:
    return len(client.sandbox.account()["open_orders"])


@pytest.mark.parametrize(("do", "placed"), [("timeout_before_accept", 0), ("timeout_after_accept", 1)])
def test_timeouts_answer_never(client: BackpackClient, do: str, placed: int) -> None:
    client.sandbox.faults({"on": "place", "do": do})
    with pytest.raises(httpx.ReadTimeout):
        client.call("POST", "/api/v1/order", resting(client), timeout=SHORT_S)
    assert open_count(client) == placed
    assert client.call("POST", "/api/v1/order", resting(client)).status_code == 200


@pytest.mark.parametrize(
    ("do", "status", "code", "placed"),
    [
        ("error_500_before", 500, "SERVER_ERROR", 0),
        ("error_500_after", 500, "SERVER_ERROR", 1),
        ("error_503_after", 503, "TIMEOUT", 1),
        ("rate_limit", 429, "TOO_MANY_REQUESTS", 0),
        ("ban", 418, "FORBIDDEN", 0),
        ("reject", 400, "INVALID_ORDER", 0),
        ("maintenance", 503, "MAINTENANCE", 0),
    ],
)
def test_errors_come_in_the_venues_shape(client: BackpackClient, do: str, status: int, code: str, placed: int) -> None:
    client.sandbox.faults({"on": "place", "do": do})
    answer = client.call("POST", "/api/v1/order", resting(client))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    if status in (400, 500, 503):
        assert open_api().faults("POST", "/api/v1/order", status, answer.json()) == []
    assert open_count(client) == placed


def test_a_reject_may_have_words_of_its_own(client: BackpackClient) -> None:
    client.sandbox.faults({"on": "cancel", "do": "reject", "code": "FORBIDDEN", "message": "No trading right"})
    refused = client.refusal("DELETE", "/api/v1/orders", {"symbol": PERP})
    assert refused == (400, "FORBIDDEN", "No trading right")


@pytest.mark.parametrize(("after", "placed"), [(False, 0), (True, 1)])
@pytest.mark.parametrize("do", ["reset", "drop"])
def test_a_reset_breaks_the_connection(client: BackpackClient, do: str, *, after: bool, placed: int) -> None:
    client.sandbox.faults({"on": "place", "do": do, "after": after})
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        client.call("POST", "/api/v1/order", resting(client))
    assert open_count(client) == placed


@pytest.mark.parametrize(("after", "placed"), [(False, 0), (True, 1)])
def test_a_delay_comes_before_or_after(client: BackpackClient, *, after: bool, placed: int) -> None:
    client.sandbox.faults({"on": "place", "do": "delay_ms", "ms": 1_000, "after": after})
    with pytest.raises(httpx.ReadTimeout):
        client.call("POST", "/api/v1/order", resting(client), timeout=SHORT_S)
    assert open_count(client) == placed


def test_a_corrupt_answer_is_cut(client: BackpackClient) -> None:
    client.sandbox.faults({"on": "/api/v1/markets", "do": "corrupt"})
    with pytest.raises(json.JSONDecodeError):
        client.public("/api/v1/markets").json()
    assert client.public("/api/v1/markets").json()


def test_a_skewed_clock_finds_requests_too_old(client: BackpackClient) -> None:
    client.sandbox.faults({"on": "*", "do": "clock_skew_ms", "ms": 30_000, "times": None})
    assert client.refusal("POST", "/api/v1/order", resting(client))[2] == "Request has expired"
    ahead = int(client.public("/api/v1/time").text)
    client.sandbox.clear_faults()
    assert 29_000 < ahead - int(client.public("/api/v1/time").text) <= 30_000
    client.sandbox.faults({"on": "query", "do": "clock_skew_ms", "ms": -30_000})
    assert client.refusal("GET", "/api/v1/capital")[2].startswith("Invalid timestamp")


def test_partial_then_cancel_fills_a_part(client: BackpackClient) -> None:
    client.sandbox.faults({"on": "place", "do": "partial_then_cancel"})
    bid = Decimal(client.sandbox.state()["books"][PERP]["bids"][0][0])
    fields = client.order(PERP, "Bid", "2", str(bid - Decimal("0.05")), postOnly=True)
    placed = client.answer("POST", "/api/v1/order", fields)
    query = {"symbol": PERP, "orderId": placed["id"]}
    while client.call("GET", "/api/v1/order", query).status_code == 200:
        pass
    [row] = client.answer("GET", "/wapi/v1/history/orders", {"orderId": placed["id"]})
    assert (row["status"], Decimal(row["executedQuantity"])) == ("Cancelled", Decimal(1))


def test_maintenance_of_everything_shows_in_the_status(client: BackpackClient) -> None:
    client.sandbox.faults({"on": "*", "do": "maintenance", "times": None})
    assert client.public("/api/v1/status").status_code == 503
    client.sandbox.clear_faults()
    client.sandbox.faults({"on": "query", "do": "maintenance"})
    assert client.public("/api/v1/status").json()["status"] == "Ok"


def test_faults_are_listed_and_cleared(client: BackpackClient) -> None:
    client.sandbox.faults({"on": "GET /api/v1/capital", "do": "rate_limit", "times": 2})
    assert client.call("GET", "/api/v1/capital").status_code == 429
    [row] = client.sandbox.ask("GET", "faults")
    assert (row["on"], row["do"], row["times"], row["hits"]) == ("GET /api/v1/capital", "rate_limit", 1, 1)
    assert client.sandbox.ask("DELETE", "faults") == []
    assert client.call("GET", "/api/v1/capital").status_code == 200


# ----------------------------------------------------------------------------------------------------------- streams


async def opened(client: BackpackClient, connection: Any, *streams: str) -> Socket:  # noqa: ANN401 - websockets
    socket = Socket(connection)
    await socket.say({"method": "SUBSCRIBE", "params": list(streams)})
    await socket.next(streams[0])
    return socket


async def until_lost(socket: Socket) -> None:
    while True:
        await socket.next()


async def until_silent(socket: Socket) -> None:
    """What was on its way still comes, then nothing for a while."""
    while True:
        async with asyncio.timeout(SHORT_S * 3):
            await socket.next()


async def test_a_dropped_socket_is_gone(client: BackpackClient) -> None:
    async with connect(client.sandbox) as connection:
        socket = await opened(client, connection, BOOK)
        await asyncio.to_thread(client.sandbox.faults, {"on": "ws_public", "do": "drop"})
        with pytest.raises(websockets.ConnectionClosed):
            await until_lost(socket)
        assert connection.close_code == 1006


async def test_a_private_socket_is_dropped_apart_from_public_ones(client: BackpackClient) -> None:
    async with connect(client.sandbox) as first, connect(client.sandbox) as second:
        public, private = await opened(client, first, BOOK), Socket(second)
        await private.say(client.subscribe_private("account.orderUpdate"))
        await private.say({"method": "SUBSCRIBE", "params": ["nothing"]})
        await private.next()
        await asyncio.to_thread(client.sandbox.faults, {"on": "ws_private", "do": "drop"})
        with pytest.raises(websockets.ConnectionClosed):
            await private.next()
        assert await public.next(BOOK)


async def test_silence_keeps_the_socket_open(client: BackpackClient) -> None:
    async with connect(client.sandbox) as connection:
        socket = await opened(client, connection, BOOK)
        await asyncio.to_thread(client.sandbox.faults, {"on": "ws_public", "do": "silence"})
        with pytest.raises(TimeoutError):
            await until_silent(socket)
        await (await connection.ping())


async def test_silence_may_end(client: BackpackClient) -> None:
    async with connect(client.sandbox) as connection:
        socket = await opened(client, connection, BOOK)
        last = (await socket.next(BOOK))["u"]
        await asyncio.to_thread(client.sandbox.faults, {"on": "ws_public", "do": "silence", "ms": 500})
        while (frame := await socket.next(BOOK))["U"] == last + 1:
            last = frame["u"]
        assert frame["U"] > last + 1


async def test_a_gap_skips_one_number(client: BackpackClient) -> None:
    async with connect(client.sandbox) as connection:
        socket = await opened(client, connection, BOOK, TICKER)
        last = (await socket.next(BOOK))["u"]
        await asyncio.to_thread(client.sandbox.faults, {"on": "ws_public", "do": "gap"})
        while (frame := await socket.next(BOOK))["U"] == last + 1:
            last = frame["u"]
        assert frame["U"] == last + 2
        assert (await socket.next(BOOK))["U"] == frame["u"] + 1


async def test_reordered_frames_change_places(client: BackpackClient) -> None:
    async with connect(client.sandbox) as connection:
        socket = await opened(client, connection, BOOK)
        last = (await socket.next(BOOK))["u"]
        await asyncio.to_thread(client.sandbox.faults, {"on": "ws_public", "do": "reorder"})
        while (frame := await socket.next(BOOK))["U"] == last + 1:
            last = frame["u"]
        assert [frame["u"], (await socket.next(BOOK))["u"], (await socket.next(BOOK))["u"]] == [
            last + 2,
            last + 1,
            last + 3,
        ]


async def test_duplicated_frames_come_twice(client: BackpackClient) -> None:
    async with connect(client.sandbox) as connection:
        socket = await opened(client, connection, BOOK)
        last = await socket.next(BOOK)
        await asyncio.to_thread(client.sandbox.faults, {"on": "ws_public", "do": "duplicate"})
        while (frame := await socket.next(BOOK)) != last:
            last = frame


async def test_a_duplicated_fill_carries_the_same_trade(client: BackpackClient) -> None:
    async with connect(client.sandbox) as connection:
        socket = Socket(connection)
        await socket.say(client.subscribe_private("account.orderUpdate"))
        await asyncio.to_thread(client.sandbox.faults, {"on": "ws_private", "do": "duplicate", "skip": 1})
        await asyncio.to_thread(client.place, PERP, "Bid", "0.1")
        frames = [await socket.next("account.orderUpdate") for _ in range(3)]
        assert [frame["e"] for frame in frames] == ["orderAccepted", "orderFill", "orderFill"]
        assert frames[1] == frames[2]


async def test_a_corrupt_frame_is_cut(client: BackpackClient) -> None:
    async with connect(client.sandbox) as connection:
        socket = await opened(client, connection, BOOK)
        await asyncio.to_thread(client.sandbox.faults, {"on": "ws_public", "do": "corrupt"})
        with pytest.raises(json.JSONDecodeError):
            await until_lost(socket)
        assert await socket.next(BOOK)


async def test_a_late_frame_holds_up_those_behind_it(client: BackpackClient) -> None:
    async with connect(client.sandbox) as connection:
        socket = await opened(client, connection, BOOK)
        last = await socket.next(BOOK)
        await asyncio.to_thread(client.sandbox.faults, {"on": "ws_public", "do": "delay_ms", "ms": 700})
        behind_us = 0
        while behind_us < 500_000:
            frame = await socket.next(BOOK)
            assert frame["U"] == last["u"] + 1
            now_ms = int(client.public("/api/v1/time").text)
            behind_us, last = now_ms * 1_000 - frame["E"], frame
