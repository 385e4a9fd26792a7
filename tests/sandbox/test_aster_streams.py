"""The websockets of the local Aster's futures, by a raw client."""

import asyncio
import json
from decimal import Decimal
from typing import Any

import pytest
import websockets
from websockets.asyncio.client import ClientConnection

from tests.sandbox.aster_client import SYMBOL, AsterClient, Socket, connect, recorded

DEPTH = "solusdt@depth@100ms"


async def fresh_book(client: AsterClient, socket: Socket) -> tuple[dict[str, dict[Decimal, Decimal]], int]:
    """The sheet's procedure: buffer, snapshot, drop what is older, wait for the event that straddles it."""
    frame = await socket.next("depthUpdate")
    while True:
        snapshot = await asyncio.to_thread(lambda: client.get("/fapi/v3/depth", symbol=SYMBOL, limit=1_000))
        last = snapshot["lastUpdateId"]
        if frame["U"] <= last:
            break
    sides = {
        side: {Decimal(price): Decimal(size) for price, size in snapshot[name]}
        for side, name in (("b", "bids"), ("a", "asks"))
    }
    while frame["u"] < last:
        frame = await socket.next("depthUpdate")
    if frame["U"] > last:
        return await fresh_book(client, socket)
    apply(sides, frame)
    return sides, frame["u"]


def apply(sides: dict[str, dict[Decimal, Decimal]], frame: dict[str, Any]) -> None:
    for side, levels in sides.items():
        for price, size in frame[side]:
            if Decimal(size):
                levels[Decimal(price)] = Decimal(size)
            else:
                levels.pop(Decimal(price), None)


async def drained(connection: ClientConnection) -> None:
    """Read until the other side ends it."""
    while True:
        await connection.recv()


async def test_snapshot_and_changes_make_the_servers_book(own_agent: AsterClient) -> None:
    """Numbers have holes (other books share them): only pu links; walking on leads to a later snapshot exactly."""
    async with connect(own_agent.sandbox, f"ws/{DEPTH}") as connection:
        socket = Socket(connection)
        sides, last = await fresh_book(own_agent, socket)
        holes = 0
        while True:
            for _ in range(8):
                frame = await socket.next("depthUpdate")
                assert frame["pu"] == last
                holes += frame["U"] != last + 1
                last = frame["u"]
                apply(sides, frame)
            later = await asyncio.to_thread(lambda: own_agent.get("/fapi/v3/depth", symbol=SYMBOL, limit=1_000))
            while last < later["lastUpdateId"]:
                frame = await socket.next("depthUpdate")
                last = frame["u"]
                apply(sides, frame)
            if last == later["lastUpdateId"]:
                break
        assert holes
        assert sides["b"] == {Decimal(price): Decimal(size) for price, size in later["bids"]}
        assert sides["a"] == {Decimal(price): Decimal(size) for price, size in later["asks"]}


async def test_frames_have_the_shape_of_real_ones(own_agent: AsterClient) -> None:
    names = ["depth", "depth20@100ms", "bookTicker", "aggTrade", "markPrice@1s"]
    path = "ws/" + "/".join(f"solusdt@{name}" for name in names)
    real = {
        event: recorded(f"ws_{name}.json")
        for event, name in (
            ("depthUpdate", "depth_update"),
            ("bookTicker", "book_ticker"),
            ("aggTrade", "agg_trade"),
            ("markPriceUpdate", "mark_price"),
        )
    }
    async with connect(own_agent.sandbox, path) as connection:
        socket = Socket(connection)
        own_agent.sandbox.market(SYMBOL, trade={"side": "buy", "quantity": "20"})
        seen: dict[str, dict[str, Any]] = {}
        while len(seen) < len(real):
            frame = await socket.next()
            seen.setdefault(frame["e"], frame)
    for event, frame in seen.items():
        assert set(frame) == set(real[event])
        assert {key: type(value) for key, value in frame.items()} == {
            key: type(value) for key, value in real[event].items()
        }
    assert Decimal(seen["bookTicker"]["b"]) < Decimal(seen["bookTicker"]["a"])


async def test_the_best_levels_are_told_best_first(own_agent: AsterClient) -> None:
    async with connect(own_agent.sandbox, "ws/solusdt@depth5@100ms") as connection:
        frame = await Socket(connection).next("depthUpdate")
    bids, asks = ([Decimal(price) for price, _ in frame[side]] for side in "ba")
    assert len(bids) == len(asks) == 5
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)


async def test_combined_streams_are_wrapped_and_subscriptions_come_and_go(own_agent: AsterClient) -> None:
    async with connect(own_agent.sandbox, "stream?streams=solusdt@bookTicker/btcusdt@depth@100ms") as connection:
        socket = Socket(connection)
        names: set[str] = set()
        while len(names) < 2:
            frame = await socket.next()
            assert set(frame) == {"stream", "data"}
            names.add(frame["stream"])
        assert names == {"solusdt@bookTicker", "btcusdt@depth@100ms"}
        gone = await socket.say(method="UNSUBSCRIBE", params=["solusdt@bookTicker"], id=312)
        assert gone == {"result": None, "id": 312}
        assert (await socket.say(method="LIST_SUBSCRIPTIONS", id=3))["result"] == ["btcusdt@depth@100ms"]
        await socket.say(method="SET_PROPERTY", params=["combined", False], id=5)
        assert "data" not in await socket.next()
    async with connect(own_agent.sandbox, "ws") as connection:
        socket = Socket(connection)
        answer = await socket.say(method="SUBSCRIBE", params=[DEPTH], id=1)
        assert answer == recorded("ws_subscribe_response.json")
        assert (await socket.next("depthUpdate"))["s"] == SYMBOL


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", 3),
        ("[]", 2),
        ('{"method": "SUBSCRIBE", "params": ["a"], "id": "x"}', 2),
        ('{"method": "SUBSCRIBE", "params": [], "id": 1}', 2),
        ('{"method": "SUBSCRIBE", "params": 7, "id": 1}', 2),
        ('{"method": "SHOUT", "params": ["a"], "id": 1}', 2),
        ('{"method": "SET_PROPERTY", "params": ["combined", 3], "id": 1}', 1),
    ],
)
async def test_bad_messages_get_the_venues_codes(own_agent: AsterClient, text: str, code: int) -> None:
    async with connect(own_agent.sandbox, "ws") as connection:
        await connection.send(text)
        assert json.loads(await connection.recv())["code"] == code


async def test_who_talks_too_fast_is_cut_off(own_agent: AsterClient) -> None:
    async with connect(own_agent.sandbox, "ws") as connection:
        for number in range(11):
            await connection.send(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": number}))
        with pytest.raises(websockets.ConnectionClosed):
            await drained(connection)


# ---------------------------------------------------------------------------------------------------- user data stream


async def test_fills_orders_and_positions_are_told(own_agent: AsterClient) -> None:
    key = own_agent.listen_key()
    assert own_agent.listen_key() == key
    async with connect(own_agent.sandbox, f"ws/{key}") as connection:
        socket = Socket(connection)
        placed = await asyncio.to_thread(lambda: own_agent.place("BUY", "1.00"))
        new = await socket.next("ORDER_TRADE_UPDATE")
        wanted = recorded("ws_order_trade_update.json")
        assert set(new) == set(wanted)
        assert set(wanted["o"]) - {"AP", "cr", "n", "N"} <= set(new["o"])
        assert (new["o"]["x"], new["o"]["X"], new["o"]["i"]) == ("NEW", "NEW", placed["orderId"])
        filled, fees, moved, order = Decimal(0), Decimal(0), None, new["o"]
        while filled < 1:
            frame = await socket.next()
            if frame["e"] == "ACCOUNT_UPDATE":
                moved = frame["a"]
                continue
            order = frame["o"]
            assert order["x"] == "TRADE"
            filled += Decimal(order["l"])
            fees += Decimal(order["n"])
            assert Decimal(order["z"]) == filled
        assert order["X"] == "FILLED"
        assert moved is not None
        assert set(recorded("ws_account_update.json")["a"]["P"][0]) <= set(moved["P"][0])
        state = own_agent.sandbox.account("a")
        assert moved["P"][0]["pa"] == state["positions"][SYMBOL]["quantity"]
        assert Decimal(moved["B"][0]["wb"]) == pytest.approx(
            Decimal(state["balances"]["USDT"]["total"]), abs=Decimal("1e-8")
        )
        assert fees == -sum(Decimal(row["fee"]) for row in state["fills"] if row["order_id"] == str(placed["orderId"]))
        await asyncio.to_thread(lambda: own_agent.place("SELL", "1.00", reduceOnly=True))
        while Decimal((await socket.next("ACCOUNT_UPDATE"))["a"]["P"][0]["pa"]):
            pass


async def test_a_crossing_post_only_order_is_new_and_then_expired(agent: AsterClient) -> None:
    key = agent.listen_key()
    async with connect(agent.sandbox, f"stream?streams={key}") as connection:
        socket = Socket(connection)
        ask = agent.touch()[1]
        placed = await asyncio.to_thread(lambda: agent.place("BUY", "0.10", f"{ask * 1.01:.2f}", timeInForce="GTX"))
        frames = [(await socket.next())["data"]["o"] for _ in range(2)]
    assert [(frame["i"], frame["x"], frame["X"], frame["z"]) for frame in frames] == [
        (placed["orderId"], "NEW", "NEW", "0"),
        (placed["orderId"], "EXPIRED", "EXPIRED", "0"),
    ]


async def test_cancels_and_amends_are_told_to_their_owner_only(own_agent: AsterClient, agent: AsterClient) -> None:
    async with (
        connect(own_agent.sandbox, f"ws/{own_agent.listen_key()}") as ours,
        connect(own_agent.sandbox, f"ws/{agent.listen_key()}") as theirs,
    ):
        socket = Socket(ours)
        price = own_agent.far_bid()
        placed = await asyncio.to_thread(lambda: own_agent.place("BUY", "0.50", price))
        await asyncio.to_thread(
            lambda: own_agent.answer(
                "PUT", "/fapi/v3/order", symbol=SYMBOL, orderId=placed["orderId"], price=price, quantity="0.60"
            )
        )
        await asyncio.to_thread(own_agent.cancel_all)
        told = [(await socket.next())["o"] for _ in range(3)]
        assert [(order["x"], order["X"], order["q"]) for order in told] == [
            ("NEW", "NEW", "0.5"),
            ("AMENDMENT", "NEW", "0.6"),
            ("CANCELED", "CANCELED", "0.6"),
        ]
        theirs_placed = await asyncio.to_thread(lambda: agent.place("BUY", "0.50", price))
        assert (await Socket(theirs).next())["o"]["i"] == theirs_placed["orderId"]


async def test_a_key_expires_after_an_hour_unless_it_is_kept_alive(agent: AsterClient) -> None:
    key = agent.listen_key()
    path = "/fapi/v3/listenKey"
    async with connect(agent.sandbox, f"ws/{key}") as connection:
        socket = Socket(connection)
        for seconds in (3_000, 3_000):
            await asyncio.to_thread(agent.sandbox.advance, seconds)
            await asyncio.to_thread(agent.catch_up)
            assert await asyncio.to_thread(agent.answer, "PUT", path) == {}
        await asyncio.to_thread(agent.sandbox.advance, 3_601)
        await asyncio.to_thread(agent.catch_up)
        assert set(await socket.next("listenKeyExpired")) == {"e", "E"}
        assert await asyncio.to_thread(agent.refusal, "PUT", path) == (400, -1125)
        assert await asyncio.to_thread(agent.listen_key) != key


async def test_closing_a_key_ends_its_stream_and_a_day_ends_every_connection(agent: AsterClient) -> None:
    key = agent.listen_key()
    assert agent.answer("DELETE", "/fapi/v3/listenKey") == {}
    async with connect(agent.sandbox, f"ws/{key}/solusdt@bookTicker") as connection:
        await asyncio.to_thread(lambda: agent.place("BUY", "0.50", agent.far_bid()))
        assert (await Socket(connection).next())["e"] == "bookTicker"
        await asyncio.to_thread(agent.sandbox.advance, 86_400)
        with pytest.raises(websockets.ConnectionClosed):
            await drained(connection)


async def test_old_keys_need_their_header_only(key_pair: AsterClient) -> None:
    key = key_pair.listen_key()
    headers = {"X-MBX-APIKEY": key_pair.account["key"]}
    assert key_pair.http.put("/fapi/v1/listenKey", headers=headers).json() == {}
    async with connect(key_pair.sandbox, f"ws/{key}") as connection:
        placed = await asyncio.to_thread(lambda: key_pair.place("BUY", "0.50", key_pair.far_bid()))
        assert (await Socket(connection).next("ORDER_TRADE_UPDATE"))["o"]["i"] == placed["orderId"]
    assert key_pair.http.delete("/fapi/v1/listenKey", headers=headers).json() == {}
    assert key_pair.http.put("/fapi/v1/listenKey", headers=headers).json()["code"] == -1125
