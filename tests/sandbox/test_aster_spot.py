"""The spot half of the local Aster: wallets, orders and streams of its own."""

import asyncio
from decimal import Decimal
from typing import Any

from tests.sandbox.aster_client import SYMBOL, AsterClient, Socket, connect

ORDER = "/api/v3/order"


def balances(client: AsterClient) -> dict[str, dict[str, Decimal]]:
    rows = client.answer("GET", "/api/v3/account")["balances"]
    return {row["asset"]: {name: Decimal(row[name]) for name in ("free", "locked")} for row in rows}


def test_an_order_locks_rests_and_is_cancelled(own_agent: AsterClient) -> None:
    before = balances(own_agent)
    placed = own_agent.place("BUY", "2.000", own_agent.far_bid(spot=True), spot=True)
    assert placed["status"] == "NEW"
    assert not {"reduceOnly", "positionSide"} & set(placed)
    now = balances(own_agent)
    assert now["USDT"]["locked"] >= Decimal(placed["price"]) * 2
    assert now["USDT"]["free"] == before["USDT"]["free"] - now["USDT"]["locked"]
    futures = Decimal(own_agent.answer("GET", "/fapi/v3/balance")[0]["availableBalance"])
    assert futures == Decimal(own_agent.sandbox.account("a")["balances"]["USDT"]["free"])
    found = own_agent.query(placed["orderId"], spot=True)
    assert found["orderListId"] == -1
    gone = own_agent.answer("DELETE", ORDER, symbol=SYMBOL, orderId=placed["orderId"])
    assert gone["status"] == "CANCELED"
    assert balances(own_agent) == before


def test_buys_pay_their_fee_in_what_they_buy_and_sells_in_quote(own_agent: AsterClient) -> None:
    start = balances(own_agent)
    own_agent.place("BUY", "2.000", spot=True)
    own_agent.place("SELL", "2.000", spot=True)
    rows = own_agent.answer("GET", "/api/v3/userTrades", symbol=SYMBOL)
    bought = [row for row in rows if row["buyer"]]
    sold = [row for row in rows if not row["buyer"]]
    assert {row["commissionAsset"] for row in bought} == {"SOL"}
    assert {row["commissionAsset"] for row in sold} == {"USDT"}
    assert all(Decimal(row["commission"]) > 0 for row in rows)
    end = balances(own_agent)
    assert start["SOL"]["free"] - end["SOL"]["free"] == sum(Decimal(row["commission"]) for row in bought)
    fills = own_agent.sandbox.account("a.spot")["fills"]
    assert [int(row["trade_id"]) for row in fills] == [row["id"] for row in rows]
    assert {row["symbol"] for row in fills} == {"spot:SOLUSDT"}
    assert own_agent.answer("GET", "/api/v3/userTrades") == rows


def test_a_market_buy_may_name_the_quote(own_agent: AsterClient) -> None:
    fields = {"symbol": SYMBOL, "side": "BUY", "type": "MARKET", "quoteOrderQty": "500"}
    placed = own_agent.answer("POST", ORDER, **fields)
    filled = own_agent.query(placed["orderId"], spot=True)
    assert filled["status"] == "FILLED"
    assert Decimal(450) < Decimal(filled["cumQuote"]) <= Decimal(500)


def test_refusals_and_what_spot_does_not_have(own_agent: AsterClient) -> None:
    low = own_agent.far_bid(spot=True)
    assert own_agent.refusal("POST", ORDER, **own_agent.order("BUY", "9000", low)) == (400, -2018)
    assert own_agent.refusal("POST", ORDER, **own_agent.order("BUY", "0.0001", low)) == (400, -4004)
    assert own_agent.refusal("POST", ORDER, **own_agent.order("BUY", "0.010", low)) == (400, -4164)
    assert own_agent.refusal("POST", ORDER, **own_agent.order("BUY", "1", low) | {"timeInForce": "HIDDEN"}) == (
        400,
        -1115,
    )
    for path in ("batchOrders", "countdownCancelAll", "leverage"):
        assert own_agent.call("POST", f"/api/v3/{path}", symbol=SYMBOL).status_code in (404, 405)


def test_cancel_all_cancels_a_list_too(own_agent: AsterClient) -> None:
    ids = [own_agent.place("BUY", "1.000", own_agent.far_bid(spot=True), spot=True)["orderId"] for _ in range(3)]
    path = "/api/v3/allOpenOrders"
    answer = own_agent.answer("DELETE", path, symbol=SYMBOL, orderIdList=str(ids[:2]).replace(" ", ""))
    assert answer["code"] == 200
    left = own_agent.answer("GET", "/api/v3/openOrders", symbol=SYMBOL)
    assert [row["orderId"] for row in left] == ids[2:]
    own_agent.answer("DELETE", path, symbol=SYMBOL)
    assert own_agent.answer("GET", "/api/v3/openOrders") == []


async def test_user_stream_tells_orders_and_balances(own_agent: AsterClient) -> None:
    key = own_agent.listen_key(spot=True)
    async with connect(own_agent.sandbox, f"ws/{key}", spot=True) as connection:
        socket = Socket(connection)
        placed = await asyncio.to_thread(lambda: own_agent.place("BUY", "1.000", spot=True))
        new = await socket.next("executionReport")
        assert (new["x"], new["X"], new["i"]) == ("NEW", "NEW", placed["orderId"])
        assert (await socket.next("outboundAccountPosition"))["m"] == "ORDER"
        trade = await socket.next("executionReport")
        assert (trade["x"], trade["N"]) == ("TRADE", "SOL")
        assert Decimal(trade["Y"]) == Decimal(trade["l"]) * Decimal(trade["L"])
        assert {row["a"] for row in (await socket.next("outboundAccountPosition"))["B"]} == {"SOL", "USDT"}


async def test_depth_of_spot_has_no_holes_and_trades_are_told(own_agent: AsterClient) -> None:
    async with connect(own_agent.sandbox, "ws/solusdt@depth@100ms/solusdt@trade", spot=True) as connection:
        socket = Socket(connection)
        last: int | None = None
        for _ in range(10):
            frame: dict[str, Any] = await socket.next("depthUpdate")
            assert last is None or (frame["U"], frame["pu"]) == (last + 1, last)
            last = frame["u"]
        own_agent.sandbox.market("spot:SOLUSDT", trade={"side": "buy", "quantity": "3"})
        trade = await socket.next("trade")
        assert {"t", "p", "q", "m", "T"} <= set(trade)
    async with connect(own_agent.sandbox, "ws/solusdt@bookTicker/solusdt@depth5", spot=True) as connection:
        frames = [await Socket(connection).next() for _ in range(6)]
        best = next(frame for frame in frames if "B" in frame)
        assert set(best) == {"u", "s", "b", "B", "a", "A"}
        while not (pictures := [frame for frame in frames if "bids" in frame]):
            frames.append(await Socket(connection).next())
        assert len(pictures[0]["bids"]) == 5


def test_a_listen_key_of_spot_must_be_named(own_agent: AsterClient) -> None:
    key = own_agent.listen_key(spot=True)
    path = "/api/v3/listenKey"
    assert own_agent.refusal("PUT", path) == (400, -1102)
    assert own_agent.answer("PUT", path, listenKey=key) == {}
    assert own_agent.refusal("PUT", path, listenKey="nothing") == (400, -1125)
    assert own_agent.answer("DELETE", path, listenKey=key) == {}
    assert own_agent.listen_key(spot=True) != key
    assert own_agent.listen_key() != own_agent.listen_key(spot=True)
