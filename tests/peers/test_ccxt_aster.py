"""ccxt drives the local Aster: an independent client keeps it honest."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.peers.ccxt_process import CcxtError, CcxtProcess, ccxt_process
from tests.sandbox.sandbox_process import SandboxProcess, sandbox

pytestmark = [pytest.mark.peers, pytest.mark.timeout(600)]

PERP = "SOL/USDT:USDT"
SPOT = "SOL/USDT"
ID = "SOLUSDT"
SWAP = {"type": "swap"}


@pytest.fixture(scope="module")
def venue() -> Iterator[SandboxProcess]:
    with sandbox("aster") as process:
        yield process


def urls_of(venue: SandboxProcess) -> dict[str, Any]:
    """ccxt tells futures from spot by the words fstream and sstream in an address."""
    futures, spot = f"{venue.ws}fstream", venue.line["spot_ws"].rstrip("/")
    return {
        "api": {
            **dict.fromkeys(("fapiPublic", "fapiPrivate"), f"{venue.rest}/fapi"),
            **dict.fromkeys(("sapiPublic", "sapiPrivate"), f"{venue.rest}/api"),
            "ws": {
                "public": {"swap": f"{futures}/stream", "spot": f"{spot}/stream"},
                "private": {"swap": f"{futures}/ws", "spot": f"{spot}/ws"},
            },
        }
    }


def config_of(private_key: str, **options: object) -> dict[str, Any]:
    """Nonces are whole milliseconds: the rate limit keeps two calls from sharing one."""
    return {"privateKey": private_key, "rateLimit": 20, "options": options}


@pytest.fixture(scope="module")
def ccxt(venue: SandboxProcess) -> Iterator[CcxtProcess]:
    config = config_of(venue.accounts["a"]["signer_key"], builderFee=False)
    with ccxt_process("aster", config, urls_of(venue)) as process:
        yield process


def touch(venue: SandboxProcess, symbol: str = ID) -> tuple[Decimal, Decimal]:
    book = venue.state()["books"][symbol]
    return Decimal(book["bids"][0][0]), Decimal(book["asks"][0][0])


def behind(venue: SandboxProcess, symbol: str = ID) -> float:
    """A price at which a buy rests."""
    return float(touch(venue, symbol)[0] - 5)


def open_ids(venue: SandboxProcess, account: str = "a") -> list[str]:
    return [row["order_id"] for row in venue.account(account)["open_orders"]]


def settled(ccxt: CcxtProcess, placed: dict[str, Any], symbol: str = PERP) -> Any:  # noqa: ANN401 - ccxt's structure
    """What became of an order: the venue answers before its engine has acted."""
    assert placed["status"] == "open"
    while (order := ccxt.call("fetch_order", placed["id"], symbol))["status"] == "open":
        pass
    return order


def test_load_markets(ccxt: CcxtProcess) -> None:
    markets = ccxt.call("load_markets")
    assert set(markets) == {f"{base}/USDT{end}" for base in ("SOL", "BTC", "ETH") for end in ("", ":USDT")}
    assert (markets[PERP]["type"], markets[SPOT]["type"]) == ("swap", "spot")
    assert (markets[PERP]["precision"]["amount"], markets[PERP]["precision"]["price"]) == (0.01, 0.01)
    assert markets[PERP]["limits"]["cost"]["min"] == markets[SPOT]["limits"]["cost"]["min"] == 5
    assert set(ccxt.call("fetch_currencies")) == {"USDT", "SOL", "BTC", "ETH"}


@pytest.mark.parametrize("symbol", [PERP, SPOT])
def test_public_calls(ccxt: CcxtProcess, symbol: str) -> None:
    ticker = ccxt.call("fetch_ticker", symbol)
    assert ticker["low"] <= ticker["last"] <= ticker["high"]
    book = ccxt.call("fetch_order_book", symbol)
    assert book["bids"][0][0] > book["bids"][1][0]
    assert book["bids"][0][0] < book["asks"][0][0]
    assert book["timestamp"] > 1_600_000_000_000
    trades = ccxt.call("fetch_trades", symbol)
    assert trades[0]["side"] in ("buy", "sell")
    assert trades[0]["timestamp"] > 1_600_000_000_000
    assert ccxt.call("fetch_ohlcv", symbol)
    assert set(ccxt.call("fetch_tickers", [symbol])) == {symbol}


def test_funding_time_and_fees(ccxt: CcxtProcess) -> None:
    assert ccxt.call("fetch_funding_rate", PERP)["fundingRate"] == 0.0001
    assert ccxt.call("fetch_funding_rate_history", PERP)
    assert ccxt.call("fetch_funding_intervals", [PERP])[PERP]["interval"] == "8h"
    assert ccxt.call("fetch_time") > 1_600_000_000_000
    fee = ccxt.call("fetch_trading_fee", PERP)
    assert (fee["maker"], fee["taker"]) == (0.0001, 0.00035)


def test_balances_of_both_wallets(ccxt: CcxtProcess) -> None:
    assert ccxt.call("fetch_balance", SWAP)["USDT"]["total"] == 100_000
    spot = ccxt.call("fetch_balance", {"type": "spot"})
    assert (spot["USDT"]["free"], spot["SOL"]["free"]) == (100_000, 200)


def test_a_limit_order_from_place_to_cancel(venue: SandboxProcess, ccxt: CcxtProcess) -> None:
    price = behind(venue)
    placed = ccxt.call("create_order", PERP, "limit", "buy", 1.5, price, {"clientOrderId": "mm-ccxt-1"})
    assert (placed["status"], placed["price"], placed["amount"]) == ("open", price, 1.5)
    assert placed["clientOrderId"] == "mm-ccxt-1"
    assert open_ids(venue) == [placed["id"]]
    assert [row["id"] for row in ccxt.call("fetch_open_orders", PERP)] == [placed["id"]]
    assert ccxt.call("fetch_order", placed["id"], PERP)["status"] == "open"
    assert ccxt.call("fetch_open_order", placed["id"], PERP)["id"] == placed["id"]
    assert ccxt.call("cancel_order", placed["id"], PERP)["status"] == "canceled"
    assert open_ids(venue) == []
    with pytest.raises(CcxtError, match="Unknown order sent") as refusal:
        ccxt.call("cancel_order", placed["id"], PERP)
    assert refusal.value.kind == "OrderNotFound"
    assert placed["id"] in [row["id"] for row in ccxt.call("fetch_orders", PERP)]


def test_post_only_rests_or_expires(venue: SandboxProcess, ccxt: CcxtProcess) -> None:
    placed = ccxt.call("create_order", PERP, "limit", "buy", 1, behind(venue), {"postOnly": True})
    assert placed["timeInForce"] == "GTX"
    crossing = float(touch(venue)[1] + 3)
    crossed = ccxt.call("create_order", PERP, "limit", "buy", 1, crossing, {"postOnly": True})
    expired = settled(ccxt, crossed)
    assert (expired["info"]["status"], expired["filled"]) == ("EXPIRED", 0)
    assert open_ids(venue) == [placed["id"]]
    ccxt.call("cancel_all_orders", PERP)
    assert open_ids(venue) == []


def test_market_and_ioc_orders_trade_and_both_sides_see_the_same(venue: SandboxProcess, ccxt: CcxtProcess) -> None:
    market = settled(ccxt, ccxt.call("create_order", PERP, "market", "buy", 2))
    assert (market["status"], market["filled"]) == ("closed", 2)
    low = float(touch(venue)[0] - 3)
    ioc = settled(ccxt, ccxt.call("create_order", PERP, "limit", "sell", 0.5, low, {"timeInForce": "IOC"}))
    assert (ioc["status"], ioc["filled"]) == ("closed", 0.5)
    truth = venue.account()
    trades = ccxt.call("fetch_my_trades", PERP)
    told = {(row["id"], row["order"]) for row in trades}
    assert told == {(row["trade_id"], row["order_id"]) for row in truth["fills"]}
    costs = {row["trade_id"]: abs(float(row["fee"])) for row in truth["fills"]}
    assert {row["id"]: abs(row["fee"]["cost"]) for row in trades} == pytest.approx(costs)
    [position] = ccxt.call("fetch_positions", [PERP])
    assert (position["contracts"], position["side"], position["hedged"]) == (1.5, "long", False)
    assert truth["positions"][ID]["quantity"] == "1.5"
    assert position["entryPrice"] == pytest.approx(float(truth["positions"][ID]["entry_price"]))
    closed = settled(ccxt, ccxt.call("create_order", PERP, "market", "sell", 1.5, None, {"reduceOnly": True}))
    assert closed["filled"] == 1.5
    assert ccxt.call("fetch_positions") == []
    assert {row["type"] for row in ccxt.call("fetch_ledger", None, None, None, {"symbol": ID})} == {
        "commission",
        "trade",
    }


def test_spot_orders(venue: SandboxProcess, ccxt: CcxtProcess) -> None:
    placed = ccxt.call("create_order", SPOT, "limit", "buy", 1, behind(venue, f"spot:{ID}"))
    assert open_ids(venue, "a.spot") == [placed["id"]]
    assert [row["id"] for row in ccxt.call("fetch_open_orders", SPOT)] == [placed["id"]]
    assert ccxt.call("cancel_order", placed["id"], SPOT)["status"] == "canceled"
    bought = ccxt.call("create_order", SPOT, "market", "buy", 1, None, {"cost": 1_000})
    filled = settled(ccxt, bought, SPOT)
    assert 950 < filled["cost"] <= 1_000
    fills = venue.account("a.spot")["fills"]
    trades = ccxt.call("fetch_my_trades", SPOT)
    assert [row["id"] for row in trades] == [row["trade_id"] for row in fills]
    assert {row["fee"]["currency"] for row in trades} == {"SOL"}


def test_a_batch(venue: SandboxProcess, ccxt: CcxtProcess) -> None:
    bid, ask = touch(venue)
    rows = [
        {"symbol": PERP, "type": "limit", "side": "buy", "amount": 1, "price": float(bid - 5)},
        {"symbol": PERP, "type": "limit", "side": "sell", "amount": 2, "price": float(ask + 5)},
    ]
    placed = ccxt.call("create_orders", rows)
    assert [row["side"] for row in placed] == ["buy", "sell"]
    assert open_ids(venue) == [row["id"] for row in placed]
    numbers = [int(row["id"]) for row in placed]
    cancelled = ccxt.call("cancel_orders", numbers, PERP)
    assert [row["status"] for row in cancelled] == ["canceled", "canceled"]
    assert open_ids(venue) == []


def test_leverage_and_modes(ccxt: CcxtProcess) -> None:
    assert ccxt.call("set_leverage", 7, PERP)["leverage"] == 7
    assert ccxt.call("fetch_leverages", [PERP])[PERP]["longLeverage"] == 7
    assert ccxt.call("fetch_position_mode")["hedged"] is False
    with pytest.raises(CcxtError) as refusal:
        ccxt.call("set_margin_mode", "cross", PERP)
    assert refusal.value.kind == "NoChange"
    assert ccxt.call("set_margin_mode", "isolated", PERP)["code"] == 200
    assert ccxt.call("fetch_margin_modes", [PERP])[PERP]["marginMode"] == "isolated"
    ccxt.call("set_margin_mode", "cross", PERP)


def test_a_strangers_key_is_refused(venue: SandboxProcess) -> None:
    config = config_of("0x" + "01" * 32, builderFee=False)
    with ccxt_process("aster", config, urls_of(venue)) as other:
        with pytest.raises(CcxtError, match="Signature check failed") as refusal:
            other.call("fetch_balance", SWAP)
        assert refusal.value.kind == "OperationRejected"


def test_as_it_comes_ccxt_asks_for_a_builder_and_works_without(venue: SandboxProcess) -> None:
    """Its own builder is not approved here; it then goes on without one."""
    with ccxt_process("aster", config_of(venue.accounts["a"]["signer_key"]), urls_of(venue)) as other:
        placed = other.call("create_order", PERP, "limit", "buy", 1, behind(venue))
        assert open_ids(venue) == [placed["id"]]
        other.call("cancel_all_orders", PERP)


@pytest.mark.parametrize("symbol", [PERP, SPOT])
def test_watched_book_and_trades(ccxt: CcxtProcess, symbol: str) -> None:
    for _ in range(5):
        book = ccxt.call("watch_order_book", symbol)
        assert book["symbol"] == symbol
        assert book["bids"][0][0] < book["asks"][0][0]
        assert 5 < len(book["bids"]) <= 20
    trades = ccxt.call("watch_trades", symbol)
    assert trades[-1]["symbol"] == symbol
    assert ccxt.call("watch_ticker", symbol)["last"] > 0


def test_watched_marks_and_touch(ccxt: CcxtProcess) -> None:
    best = ccxt.call("watch_bids_asks", [PERP])[PERP]
    assert best["bid"] < best["ask"]
    mark = ccxt.call("watch_mark_price", "BTC/USDT:USDT")
    assert mark["markPrice"] > 0


@pytest.mark.parametrize(("symbol", "book"), [(PERP, ID), (SPOT, f"spot:{ID}")])
def test_watched_orders_and_fills(venue: SandboxProcess, ccxt: CcxtProcess, symbol: str, book: str) -> None:
    price = behind(venue, book)
    watching = ccxt.begin("watch_orders", symbol)  # connects and subscribes while orders are placed
    ids = []
    while not ccxt.is_answered(watching):
        ids.append(ccxt.call("create_order", symbol, "limit", "buy", 1, price)["id"])
    told = ccxt.wait(watching)
    assert {row["id"] for row in told} <= set(ids)
    ccxt.call("cancel_order", ids[-1], symbol)
    statuses: list[tuple[str, str]] = []
    while (ids[-1], "canceled") not in statuses:
        watching = ccxt.begin("watch_orders", symbol)  # returns all that is new, once something more happens
        ccxt.call("create_order", symbol, "limit", "buy", 1, price)
        statuses += [(row["id"], row["status"]) for row in ccxt.wait(watching)]
    ccxt.call("cancel_all_orders", symbol)
    watching = ccxt.begin("watch_my_trades", symbol)
    placed = ccxt.call("create_order", symbol, "market", "sell", 1)
    trade = ccxt.wait(watching)[-1]
    assert (trade["order"], trade["side"], trade["takerOrMaker"]) == (placed["id"], "sell", "taker")
    account = "a" if symbol == PERP else "a.spot"
    assert trade["id"] in [row["trade_id"] for row in venue.account(account)["fills"]]
