"""The websockets of the local Websea: the documented public and private ones, and those of the web pages."""

import json
import time
from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.websea_client import CONTRACT, SYMBOL, Socket, WebseaClient, connect, documented, signed_channel

MARKET = "ws/v1/futures/market"
ORDERS = "ws/v1/futures/order"


@pytest.mark.parametrize("path", [MARKET, "future-ws/v1/market"])
async def test_trades(hedger: WebseaClient, path: str) -> None:
    async with connect(hedger.sandbox, path) as connection:
        socket = Socket(connection)
        ack = await socket.subscribe("trade", symbol=SYMBOL)
        assert ack == {"op": "sub", "errno": 0, "channel": "trade", "errmsg": "success"}
        hedger.sandbox.market(SYMBOL, trade={"side": "sell", "quantity": "1"})
        frame = await socket.next("trade")
    assert set(frame) - {"deal_amount"} == set(documented("ws_contract_trade"))
    assert Decimal(frame["amount"]) * CONTRACT == Decimal(frame["deal_amount"])
    assert isinstance(frame["price"], str)
    assert frame["ts"] > 10**12


async def test_tickers_have_seconds_and_no_last(hedger: WebseaClient) -> None:
    async with connect(hedger.sandbox, MARKET) as connection:
        socket = Socket(connection)
        await socket.subscribe("tickers", symbol=SYMBOL)
        hedger.sandbox.market(SYMBOL, trade={"side": "buy", "quantity": "1"})
        frame = await socket.next("tickers")
    assert set(frame) == set(documented("ws_contract_tickers")) - {"last"}
    assert frame["ts"] < 10**11
    assert Decimal(frame["bid"]) < Decimal(frame["ask"])


async def test_candles(hedger: WebseaClient) -> None:
    async with connect(hedger.sandbox, MARKET) as connection:
        socket = Socket(connection)
        await socket.subscribe("kline1min", symbol=SYMBOL)
        hedger.sandbox.market(SYMBOL, trade={"side": "buy", "quantity": "1"})
        frame = await socket.next("kline1min")
    assert set(frame) == {"channel", "symbol", "id", "amount", "count", "open", "close", "low", "high", "vol"}


async def test_what_cannot_be_subscribed(hedger: WebseaClient) -> None:
    async with connect(hedger.sandbox, MARKET) as connection:
        socket = Socket(connection)
        assert (await socket.subscribe("depth", symbol=SYMBOL))["errno"] == 50009
        assert (await socket.subscribe("trade", symbol="DOGE-USDT"))["errno"] == 0  # and silent
        await socket.say({"op": "ping"})
        assert json.loads(await connection.recv())["errno"] == 51000
        for _ in range(8):
            await socket.subscribe("trade", symbol=SYMBOL)
        assert (await socket.subscribe("trade", symbol=SYMBOL))["errno"] == 429
        await socket.say("no json")
        await connection.wait_closed()


async def test_unsubscribed_channels_are_silent(hedger: WebseaClient) -> None:
    async with connect(hedger.sandbox, MARKET) as connection:
        socket = Socket(connection)
        await socket.subscribe("trade", symbol=SYMBOL)
        await socket.subscribe("trade", symbol="BTC-USDT")
        await socket.say({"op": "unsub", "channel": "trade", "symbol": SYMBOL})
        while json.loads(await connection.recv()).get("op") != "unsub":
            pass
        hedger.sandbox.market(SYMBOL, trade={"side": "buy", "quantity": "1"})
        hedger.sandbox.market("BTC-USDT", trade={"side": "buy", "quantity": "0.01"})
        assert (await socket.next("trade"))["symbol"] == "BTC-USDT"


async def _subscribed(client: WebseaClient, socket: Socket) -> None:
    assert (await socket.subscribe("order", **signed_channel(client)))["errno"] == 0


async def test_orders_are_pushed_to_who_signed(hedger: WebseaClient, capital: WebseaClient) -> None:
    async with connect(hedger.sandbox, ORDERS) as connection:
        socket = Socket(connection)
        await _subscribed(hedger, socket)
        capital.place("open", "buy", 1, capital.away())
        order_id = hedger.place("open", "buy", 30, price := hedger.away("sell", 300))
        frames: list[Any] = []
        while not frames or frames[-1]["order"]["status"] != "FILLED":
            frames.append(await socket.next("order"))
    assert all(set(frame) == {"channel", "ts", "order"} and frame["ts"] < 10**11 for frame in frames)
    orders = [frame["order"] for frame in frames]
    assert {row["order_id"] for row in orders} == {order_id}
    assert (orders[0]["event"], orders[0]["status"], orders[0]["deal_amount"]) == ("NEW", "NEW", "0")
    assert (orders[0]["amount"], orders[0]["last_fee"], orders[0]["trigger_price"]) == ("", "", "")
    assert (orders[0]["side"], orders[0]["order_type"], Decimal(orders[0]["price"])) == ("BUY", "LIMIT", price)
    fills = orders[1:]
    assert all(row["event"] == "TRADE" and not row["is_maker"] for row in fills)
    assert sum(Decimal(row["amount"]) for row in fills) == 30
    assert Decimal(fills[-1]["deal_amount"]) == 30 * CONTRACT
    truth = [row for row in hedger.sandbox.account()["fills"] if row["order_id"] == order_id]
    assert [Decimal(row["last_fee"]) for row in fills] == [-Decimal(row["fee"]) for row in truth]


async def test_a_cancel_is_pushed(hedger: WebseaClient) -> None:
    async with connect(hedger.sandbox, ORDERS) as connection:
        socket = Socket(connection)
        await _subscribed(hedger, socket)
        order_id = hedger.place("open", "sell", 2, hedger.away("sell"))
        hedger.cancel(order_id)
        events = [(await socket.next("order"))["order"] for _ in range(2)]
    assert [(row["event"], row["status"]) for row in events] == [("NEW", "NEW"), ("CANCELED", "CANCELED")]


async def test_a_private_subscription_must_be_signed(hedger: WebseaClient) -> None:
    async with connect(hedger.sandbox, ORDERS) as connection:
        socket = Socket(connection)
        good = signed_channel(hedger)
        assert (await socket.subscribe("order", token=good["token"]))["errno"] == 20521
        assert (await socket.subscribe("order", **good | {"token": "nobody"}))["errno"] == 20525
        assert (await socket.subscribe("order", **good | {"Signature": "0" * 40}))["errno"] == 20506
        assert (await socket.subscribe("order", **good))["errno"] == 20519
        assert (await socket.subscribe("position", **signed_channel(hedger)))["errno"] == 50009


@pytest.mark.parametrize(("fault", "count"), [("duplicate", 2), ("gap", 0)])
async def test_pushes_may_come_twice_or_not_at_all(hedger: WebseaClient, fault: str, count: int) -> None:
    async with connect(hedger.sandbox, ORDERS) as connection:
        socket = Socket(connection)
        await _subscribed(hedger, socket)
        hedger.sandbox.faults({"on": "ws_private", "do": fault})
        struck = hedger.place("open", "buy", 1, hedger.away())
        last = hedger.place("open", "buy", 1, hedger.away())
        heard: list[str] = []
        while last not in heard:
            heard.append((await socket.next("order"))["order"]["order_id"])
        assert heard.count(struck) == count


async def test_the_book_of_the_web_page(hedger: WebseaClient) -> None:
    wish = {"subs": [{"symbol": SYMBOL, "depth": "0.01", "level": 20, "type": 1, "version": 1}], "unSubs": []}
    async with connect(hedger.sandbox, "ws/realTime_depth?compress=0") as connection:
        socket = Socket(connection)
        await socket.say(wish)
        ack = json.loads(await connection.recv())
        assert (ack["code"], json.loads(ack["data"])) == ("1", wish)
        sides: dict[str, dict[int, Any]] = {"bids": {}, "asks": {}}
        sizes: list[int] = []
        while len(sizes) < 4:
            frame = json.loads(await connection.recv())
            assert (frame["type"], frame["data"]["symbol"]) == (1, SYMBOL)
            for side, gears in sides.items():
                gears.update({row["gear"]: row for row in frame["data"][side]})
            sizes.append(len(sides["bids"]))
        assert sizes[0] == 11  # the first frame is partial
        assert sizes[-1] == 20
        prices = [Decimal(sides["bids"][gear]["price"]) for gear in range(1, 21)]
        assert prices == sorted(prices, reverse=True)
        best = sides["asks"][1]
        assert Decimal(best["numberConvert"]) == Decimal(best["number"]) * CONTRACT
        await socket.say(str(int(time.time())))
        assert await _echo(connection) > 1_600_000_000


async def _echo(connection: Any) -> int:  # noqa: ANN401 - a websocket
    while True:
        document = json.loads(await connection.recv())
        if isinstance(document, int):
            return document


async def test_the_mark_of_the_web_page(hedger: WebseaClient) -> None:
    async with connect(hedger.sandbox, "ws/realTime?compress=0") as connection:
        socket = Socket(connection)
        await socket.say({"subs": [{"symbol": "DOGE-USDT", "type": 8}], "unSubs": []})
        assert json.loads(await connection.recv())["code"] == "2"
        await socket.say({"subs": [{"symbol": SYMBOL, "type": 8}], "unSubs": []})
        assert json.loads(await connection.recv())["code"] == "1"
        frame = json.loads(await connection.recv())
    assert frame["type"] == 8
    assert set(frame["data"]) == {
        "symbol", "markerPrice", "indexPrice", "capitalRate", "newPrice", "settlementTime",
    }  # fmt: skip


async def test_frames_may_be_binary(hedger: WebseaClient) -> None:
    hedger.habits(binary_frames=True)
    async with connect(hedger.sandbox, MARKET) as connection:
        await connection.send(json.dumps({"op": "sub", "channel": "trade", "symbol": SYMBOL}))
        frame = await connection.recv()
    assert isinstance(frame, bytes)
    assert json.loads(frame)["errno"] == 0


@pytest.mark.acceptance
async def test_who_sends_nothing_is_closed_and_a_ping_keeps(hedger: WebseaClient) -> None:
    begun = time.monotonic()
    async with (
        connect(hedger.sandbox, MARKET, ping_interval=10) as pinging,
        connect(hedger.sandbox, MARKET, ping_interval=None) as quiet,
    ):
        await quiet.wait_closed()
        assert 30 < time.monotonic() - begun < 35
        assert quiet.close_code == 1006
        assert (await Socket(pinging).subscribe("trade", symbol=SYMBOL))["errno"] == 0
