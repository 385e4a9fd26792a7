"""The websocket of the local Backpack, by a raw client."""

import asyncio
import time
from decimal import Decimal
from typing import Any

import pytest
import websockets

from tests.sandbox.backpack_client import BackpackClient, Socket, connect
from tests.sandbox.sandbox_process import SandboxProcess

PERP = "SOL_USDC_PERP"
BOOK = f"depth.{PERP}"
ORDERS = "account.orderUpdate"
POSITIONS = "account.positionUpdate"


async def subscribed(socket: Socket, *streams: str) -> None:
    await socket.say({"method": "SUBSCRIBE", "params": list(streams)})


async def fresh_book(client: BackpackClient, socket: Socket) -> tuple[dict[str, dict[Decimal, Decimal]], int]:
    """The sheet's procedure: buffer, snapshot, align."""
    frame = await socket.next(BOOK)
    while True:
        snapshot = await asyncio.to_thread(lambda: client.public("/api/v1/depth", symbol=PERP).json())
        last = int(snapshot["lastUpdateId"])
        if frame["U"] <= last + 1:
            break
    sides = {
        side: {Decimal(price): Decimal(size) for price, size in snapshot[name]}
        for side, name in (("b", "bids"), ("a", "asks"))
    }
    while frame["u"] <= last:
        frame = await socket.next(BOOK)
    assert frame["U"] <= last + 1 <= frame["u"]
    apply(sides, frame)
    return sides, frame["u"]


def apply(sides: dict[str, dict[Decimal, Decimal]], frame: dict[str, Any]) -> None:
    for side, levels in sides.items():
        for price, size in frame[side]:
            if Decimal(size):
                levels[Decimal(price)] = Decimal(size)
            else:
                levels.pop(Decimal(price), None)


async def test_snapshot_and_changes_make_the_servers_book(client: BackpackClient) -> None:
    async with connect(client.sandbox) as connection:
        socket = Socket(connection)
        await subscribed(socket, BOOK)
        sides, last = await fresh_book(client, socket)
        for _ in range(60):
            frame = await socket.next(BOOK)
            assert frame["U"] == last + 1
            last = frame["u"]
            apply(sides, frame)
        # one more snapshot, later than all of these: walking on must lead to it exactly
        later = await asyncio.to_thread(lambda: client.public("/api/v1/depth", symbol=PERP).json())
        while last < int(later["lastUpdateId"]):
            frame = await socket.next(BOOK)
            last = frame["u"]
            apply(sides, frame)
        if last == int(later["lastUpdateId"]):
            assert sides["b"] == {Decimal(price): Decimal(size) for price, size in later["bids"]}
            assert sides["a"] == {Decimal(price): Decimal(size) for price, size in later["asks"]}


async def test_removed_levels_are_zeros_and_times_are_microseconds(client: BackpackClient) -> None:
    async with connect(client.sandbox) as connection:
        socket = Socket(connection)
        await subscribed(socket, BOOK)
        frame = await socket.next(BOOK)
        while not (removed := [size for _, size in frame["a"] + frame["b"] if not Decimal(size)]):
            frame = await socket.next(BOOK)
        assert removed[0] == "0.00"
        assert all(isinstance(frame[name], int) for name in ("E", "T", "U", "u"))
        assert abs(frame["E"] - time.time_ns() // 1_000) < 60_000_000
        assert frame["T"] <= frame["E"]


async def test_public_streams_have_their_shapes(client: BackpackClient) -> None:
    names = ["bookTicker", "trade", "markPrice", "ticker", "kline.1m", "openInterest", "depth.200ms"]
    async with connect(client.sandbox) as connection:
        socket = Socket(connection)
        await subscribed(socket, *(f"{name}.{PERP}" for name in names if name != "openInterest"))
        best = await socket.next(f"bookTicker.{PERP}")
        assert Decimal(best["b"]) < Decimal(best["a"])
        assert isinstance(best["u"], int)
        trade = await socket.next(f"trade.{PERP}")
        assert isinstance(trade["t"], int)
        assert isinstance(trade["m"], bool)
        assert isinstance(trade["b"], str)
        mark = await socket.next(f"markPrice.{PERP}")
        assert len(str(mark["n"])) == 13  # milliseconds, among microseconds
        ticker = await socket.next(f"ticker.{PERP}")
        assert isinstance(ticker["n"], int)
        candle = await socket.next(f"kline.1m.{PERP}")
        assert "T" in candle["t"]
        slow = await socket.next(f"depth.200ms.{PERP}")
        following = await socket.next(f"depth.200ms.{PERP}")
        assert following["U"] == slow["u"] + 1


@pytest.mark.parametrize(
    "stream",
    [
        "depth.DOGE_USDC",
        "depth",
        "nothing.SOL_USDC",
        "markPrice.SOL_USDC",
        "kline.7m.SOL_USDC",
        "account.balanceUpdate",
    ],
)
async def test_streams_that_are_not_there_are_named_so(backpack: SandboxProcess, stream: str) -> None:
    async with connect(backpack) as connection:
        socket = Socket(connection)
        await subscribed(socket, stream)
        assert await socket.next() == {"id": None, "error": {"code": 4006, "message": "Invalid stream"}}


@pytest.mark.parametrize("text", ["{", "[]", "1", '{"method": "HELLO", "params": []}', '{"method": "SUBSCRIBE"}'])
async def test_nonsense_gets_an_error_and_keeps_the_connection(client: BackpackClient, text: str) -> None:
    async with connect(client.sandbox) as connection:
        socket = Socket(connection)
        await connection.send(text)
        assert (await socket.next())["error"]["code"] == 4001
        await subscribed(socket, BOOK)
        assert await socket.next(BOOK)


async def test_unsubscribed_streams_fall_silent(client: BackpackClient) -> None:
    async with connect(client.sandbox) as connection:
        socket = Socket(connection)
        await subscribed(socket, BOOK, f"trade.{PERP}")
        await socket.next(BOOK)
        await socket.say({"method": "UNSUBSCRIBE", "params": [BOOK]})
        await socket.say({"method": "SUBSCRIBE", "params": ["nothing"]})  # its error says where we are
        while "error" not in await socket.next():
            pass
        assert {(await socket.next())["stream"] for _ in range(5)} == {f"trade.{PERP}"}


async def test_private_streams_need_a_signature(client: BackpackClient) -> None:
    async with connect(client.sandbox) as connection:
        socket = Socket(connection)
        await socket.say({"method": "SUBSCRIBE", "params": [ORDERS]})
        assert (await socket.next())["error"]["message"] == "Invalid signature"
        client.skew_ms = -60_000
        await socket.say(client.subscribe_private(ORDERS))
        assert (await socket.next())["error"]["message"] == "Request has expired"


async def test_an_orders_life_is_told(client: BackpackClient) -> None:
    bid = Decimal(client.sandbox.state()["books"][PERP]["bids"][0][0])
    async with connect(client.sandbox) as connection:
        socket = Socket(connection)
        await socket.say(client.subscribe_private(ORDERS, f"{ORDERS}.{PERP}"))
        await socket.say({"method": "SUBSCRIBE", "params": ["nothing"]})
        await socket.next()  # nothing is acknowledged: this error says that the subscription before it is done
        price, largest = str(bid - 5), 2**32 - 1
        placed = await asyncio.to_thread(client.place, PERP, "Bid", "1.50", price, clientId=largest, postOnly=True)
        accepted = await socket.next(ORDERS)
        assert accepted == await socket.next(f"{ORDERS}.{PERP}")
        assert {name: accepted[name] for name in ("e", "s", "i", "c", "S", "o", "f", "X", "z", "Z", "V", "O", "t")} == {
            "e": "orderAccepted",
            "s": PERP,
            "i": placed["id"],
            "c": largest,
            "S": "Bid",
            "o": "LIMIT",
            "f": "GTC",
            "X": "New",
            "z": "0",
            "Z": "0",
            "V": "RejectTaker",
            "O": "USER",
            "t": None,
        }
        assert (accepted["q"], Decimal(accepted["p"]), accepted["y"]) == ("1.5", bid - 5, True)
        await asyncio.to_thread(client.cancel_all, PERP)
        cancelled = await socket.next(ORDERS)
        assert (cancelled["e"], cancelled["X"], cancelled["i"]) == ("orderCancelled", "Cancelled", placed["id"])
        await asyncio.to_thread(client.place, PERP, "Bid", "1", price, timeInForce="IOC")
        assert (await socket.next(ORDERS))["e"] == "orderAccepted"
        expired = await socket.next(ORDERS)
        assert (expired["e"], expired["X"], expired["R"]) == ("orderExpired", "Expired", "ImmediateOrCancel")


async def test_fills_and_positions_are_told(client: BackpackClient, other: BackpackClient) -> None:
    async with connect(client.sandbox) as connection:
        socket = Socket(connection)
        await socket.say(client.subscribe_private(ORDERS, POSITIONS))
        await asyncio.to_thread(other.place, PERP, "Bid", "1")  # somebody else's: not told here
        placed = await asyncio.to_thread(client.place, PERP, "Ask", "50")
        accepted = await socket.next(ORDERS)
        assert (accepted["e"], accepted["o"], accepted["i"]) == ("orderAccepted", "MARKET", placed["id"])
        cumulative = Decimal(0)
        first = None
        while cumulative < 50:
            fill = await socket.next(ORDERS)
            cumulative += Decimal(fill["l"])
            assert (fill["e"], Decimal(fill["z"])) == ("orderFill", cumulative)
            assert (fill["m"], fill["N"], isinstance(fill["t"], int)) == (False, "USDC", True)
            assert Decimal(fill["n"]) == Decimal(fill["l"]) * Decimal(fill["L"]) * Decimal("0.0005")
            assert fill["X"] == ("Filled" if cumulative == 50 else "PartiallyFilled")
            first = first or fill
        moved = await asyncio.to_thread(client.answer, "GET", "/api/v1/position", {"symbol": PERP})
    async with connect(client.sandbox) as connection:
        socket = Socket(connection)
        await socket.say(client.subscribe_private(POSITIONS))
        opened = await socket.next(POSITIONS)
        assert "e" not in opened
        assert (opened["q"], isinstance(opened["i"], int)) == ("-50", True)
        assert opened["B"] == moved[0]["entryPrice"]
        await asyncio.to_thread(client.place, PERP, "Bid", "50", reduceOnly=True)
        closed = await socket.next(POSITIONS, "positionClosed")
        assert closed["q"] == "0"


async def test_pings_of_the_client_are_answered(backpack: SandboxProcess) -> None:
    async with connect(backpack) as connection:
        await (await connection.ping())


async def test_the_root_is_a_socket_only(client: BackpackClient) -> None:
    assert client.public("/").status_code == 404
    with pytest.raises(websockets.InvalidStatus):
        async with websockets.connect(f"{client.sandbox.ws}stream", proxy=None):
            pass
