"""The stream of the local Lighter: channels of markets and of accounts, transactions, and words that are none."""

import asyncio
import json
from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.lighter_client import (
    IOC,
    SOL,
    SYMBOL,
    LighterClient,
    Socket,
    connect,
    fresh_number,
)

BOOK = f"order_book/{SOL}"

Levels = dict[str, dict[Decimal, Decimal]]


def apply(levels: Levels, book: Any) -> None:  # noqa: ANN401 - JSON
    for side in ("bids", "asks"):
        for row in book[side]:
            price, size = Decimal(row["price"]), Decimal(row["size"])
            if size:
                levels[side][price] = size
            else:
                levels[side].pop(price, None)  # a level may have come and gone within one batch


async def test_a_book_is_a_snapshot_and_a_chain_of_changes(trader: LighterClient) -> None:
    async with connect(trader.sandbox) as connection:
        socket, levels = Socket(connection), Levels(bids={}, asks={})
        hello = await socket.next("connected")
        assert hello["session_id"]
        first = await socket.subscribe(BOOK)
        assert (first["channel"], first["order_book"]["code"]) == (f"order_book:{SOL}", 0)
        apply(levels, first["order_book"])
        nonce = first["order_book"]["nonce"]
        for _ in range(20):
            frame = await socket.next("update/order_book")
            assert frame["order_book"]["begin_nonce"] == nonce
            assert frame["order_book"]["nonce"] > nonce
            nonce = frame["order_book"]["nonce"]
            apply(levels, frame["order_book"])
            assert max(levels["bids"]) < min(levels["asks"])
        await socket.say({"type": "unsubscribe", "channel": BOOK})
        assert await socket.next("unsubscribed") == {"type": "unsubscribed", "channel": f"order_book:{SOL}"}
        again = await socket.subscribe(BOOK)
        assert again["order_book"]["nonce"] >= nonce
        assert len(again["order_book"]["bids"]) > 5


async def test_ticker_statistics_and_trades(trader: LighterClient) -> None:
    async with connect(trader.sandbox) as connection:
        socket = Socket(connection)
        ticker = (await socket.subscribe(f"ticker/{SOL}"))["ticker"]
        assert (ticker["s"], Decimal(ticker["b"]["price"]) < Decimal(ticker["a"]["price"])) == (SYMBOL, True)
        stats = await socket.subscribe(f"market_stats/{SOL}")
        assert (stats["market_stats"]["market_id"], stats["channel"]) == (SOL, f"market_stats:{SOL}")
        everything = await socket.subscribe("market_stats/all")
        assert set(everything["market_stats"]) == {"0", "1", "2"}
        told = await socket.subscribe(f"trade/{SOL}")
        known = {row["trade_id"] for row in told["trades"]}
        await asyncio.to_thread(trader.sandbox.market, SYMBOL, trade={"side": "sell", "quantity": "1"})
        frame = await socket.next("update/trade")
        assert known.isdisjoint(row["trade_id"] for row in frame["trades"])
        assert (await socket.next("update/market_stats"))["market_stats"]
        assert (await socket.next("update/ticker"))["channel"] == f"ticker:{SOL}"


async def test_private_channels_tell_of_orders_and_fills(trader: LighterClient) -> None:
    resting = await asyncio.to_thread(trader.rest)
    async with connect(trader.sandbox) as connection:
        socket, token, owner = Socket(connection), trader.token(), trader.owner
        orders = await socket.subscribe(f"account_all_orders/{owner}", token)
        assert [row["client_order_index"] for row in orders["orders"][str(SOL)]] == [resting]
        trades = await socket.subscribe(f"account_all_trades/{owner}", token)
        assert trades["trades"] == []
        assert "total_volume" in trades
        assert (await socket.subscribe(f"account_all_positions/{owner}", token))["positions"] == {}
        assets = await socket.subscribe(f"account_all_assets/{owner}", token)
        assert [row["symbol"] for row in assets["assets"].values()] == ["USDC"]
        assert Decimal((await socket.subscribe(f"user_stats/{owner}", token))["stats"]["collateral"]) > 90_000
        number = fresh_number()
        tx = trader.create("buy", 1_000, trader.away("sell", 3_000), IOC, number=number)
        await asyncio.to_thread(trader.accepted, tx)
        frames: dict[str, Any] = {}
        names = (
            "account_all_trades",
            "account_all_positions",
            "account_all_assets",
            "account_all_orders",
            "user_stats",
        )
        while len(frames) < len(names):
            frame = await socket.next(*(f"update/{name}" for name in names))
            frames[frame["type"].partition("/")[2]] = frame
        [fill] = frames["account_all_trades"]["trades"][str(SOL)][-1:]
        assert (fill["bid_client_id"], fill["bid_account_id"], fill["is_maker_ask"]) == (number, owner, True)
        held = frames["account_all_positions"]["positions"][str(SOL)]
        assert (held["sign"], Decimal(held["position"]) > 0) == (1, True)
        [row] = frames["account_all_orders"]["orders"][str(SOL)]
        assert (row["client_order_index"], row["is_ask"]) == (number, False)


async def test_private_channels_are_told_to_their_account_only(trader: LighterClient, neighbour: LighterClient) -> None:
    async with connect(trader.sandbox) as connection:
        socket = Socket(connection)
        channel = f"account_all_orders/{trader.owner}"
        for token in (None, "x", neighbour.token(), trader.token(-1)):
            assert (await socket.subscribe(channel, token))["error"]["code"] == 20013
        own = f"account_all_orders/{neighbour.owner}"
        assert (await socket.subscribe(own, neighbour.token()))["orders"] == {}
        await asyncio.to_thread(trader.rest)
        number = await asyncio.to_thread(neighbour.rest)
        frame = await socket.next("update/account_all_orders")
        assert (frame["channel"], frame["orders"][str(SOL)][0]["client_order_index"]) == (own.replace("/", ":"), number)


async def test_a_fresh_token_may_subscribe_again_on_the_same_socket(trader: LighterClient) -> None:
    async with connect(trader.sandbox) as connection:
        socket, channel = Socket(connection), f"account_all_orders/{trader.owner}"
        for ahead_s in (600, 1_200):
            assert (await socket.subscribe(channel, trader.token(ahead_s)))["orders"] == {}


async def test_transactions_over_the_stream(trader: LighterClient) -> None:
    numbers = [fresh_number() for _ in range(3)]
    price = await asyncio.to_thread(trader.away)
    async with connect(trader.sandbox) as connection:
        socket = Socket(connection)
        kind, text = trader.create("buy", 1_000, price, number=numbers[0])
        await socket.say({"type": "jsonapi/sendtx", "data": {"id": "1", "tx_type": kind, "tx_info": json.loads(text)}})
        answer = (await socket.next("jsonapi/sendtx"))["data"]
        assert (answer["code"], len(answer["tx_hash"])) == (200, 80)
        trader.nonce += 1
        rows = [trader.create("buy", 1_000, price, number=numbers[1 + n], ahead=n) for n in range(2)]
        data = {"tx_types": json.dumps([row[0] for row in rows]), "tx_infos": json.dumps([row[1] for row in rows])}
        await socket.say({"type": "jsonapi/sendtxbatch", "data": {"id": "2", **data}})
        assert len((await socket.next("jsonapi/sendtxbatch"))["data"]["tx_hash"]) == 2
        trader.nonce += 2
        await socket.say({"type": "jsonapi/sendtx", "data": {"tx_type": kind, "tx_info": json.loads(text)}})
        assert (await socket.next("error"))["error"]["code"] == 21104
        many = [trader.cancel(1, ahead=n) for n in range(16)]
        data = {"tx_types": json.dumps([row[0] for row in many]), "tx_infos": json.dumps([row[1] for row in many])}
        await socket.say({"type": "jsonapi/sendtxbatch", "data": data})
        assert (await socket.next("error"))["error"]["code"] == 21514
    assert await asyncio.to_thread(trader.open_numbers) == numbers


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("{", 30000),
        ("[1]", 30000),
        ("7", 30000),
        ({}, 30001),
        ({"type": "shout"}, 30001),
        ({"type": ["subscribe"]}, 30001),
        ({"type": {}}, 30001),
        ({"type": "subscribe"}, 30005),
        ({"type": "subscribe", "channel": 7}, 30005),
        ({"type": "subscribe", "channel": "order_book"}, 30005),
        ({"type": "subscribe", "channel": "order_book/77"}, 30005),
        ({"type": "subscribe", "channel": f"order_book/{'9' * 5_000}"}, 30005),
        ({"type": "subscribe", "channel": "order_book/all"}, 30005),
        ({"type": "subscribe", "channel": "weather/1"}, 30005),
        ({"type": "subscribe", "channel": "account_all_orders/x", "auth": "x"}, 30005),
        ({"type": "subscribe", "channel": "account_all_orders/65", "auth": {}}, 20013),
        ({"type": "unsubscribe", "channel": "order_book/1"}, 30002),
        ({"type": "jsonapi/sendtx"}, 20001),
        ({"type": "jsonapi/sendtx", "data": {"tx_type": "14", "tx_info": {}}}, 20001),
        ({"type": "jsonapi/sendtx", "data": {"tx_type": 14, "tx_info": []}}, 21501),
        ({"type": "jsonapi/sendtx", "data": {"tx_type": 99, "tx_info": {}}}, 21505),
        ({"type": "jsonapi/sendtxbatch", "data": {"tx_types": [14], "tx_infos": "x"}}, 20001),
    ],
)
async def test_words_that_are_none_leave_the_connection(trader: LighterClient, message: object, code: int) -> None:
    async with connect(trader.sandbox) as connection:
        socket = Socket(connection)
        await socket.say(message)
        assert (await socket.next("error"))["error"]["code"] == code
        await socket.say({"type": "ping"})
        assert await socket.next("pong") == {"type": "pong"}


async def test_a_public_channel_is_subscribed_once(trader: LighterClient) -> None:
    async with connect(trader.sandbox) as connection:
        socket = Socket(connection)
        await socket.subscribe(BOOK)
        await socket.say({"type": "subscribe", "channel": BOOK})
        assert (await socket.next("error"))["error"]["code"] == 30003


async def test_so_many_words_a_minute(trader: LighterClient) -> None:
    async with connect(trader.sandbox) as connection:
        socket = Socket(connection)
        for _ in range(201):
            await socket.say({"type": "ping"})
        assert (await socket.next("error"))["error"]["code"] == 30009
        kind, text = trader.create("buy", 1_000, await asyncio.to_thread(trader.away))
        await socket.say({"type": "jsonapi/sendtx", "data": {"tx_type": kind, "tx_info": json.loads(text)}})
        assert (await socket.next("jsonapi/sendtx"))["data"]["code"] == 200  # transactions are not counted
        trader.nonce += 1
