"""ccxt drives the local Backpack: an independent client keeps it honest."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.peers.ccxt_process import CcxtError, CcxtProcess, ccxt_process
from tests.sandbox.sandbox_process import SandboxProcess, sandbox

pytestmark = [pytest.mark.peers, pytest.mark.timeout(600)]

PERP = "SOL/USDC:USDC"
SPOT = "SOL/USDC"
PERP_ID = "SOL_USDC_PERP"


@pytest.fixture(scope="module")
def venue() -> Iterator[SandboxProcess]:
    with sandbox("backpack") as process:
        yield process


@pytest.fixture(scope="module")
def ccxt(venue: SandboxProcess) -> Iterator[CcxtProcess]:
    account = venue.accounts["a"]
    config = {"apiKey": account["key"], "secret": account["secret"]}
    urls = {"api": {"public": venue.rest, "private": venue.rest, "ws": {"public": venue.ws, "private": venue.ws}}}
    with ccxt_process("backpack", config, urls) as process:
        yield process


def touch(venue: SandboxProcess, symbol: str = PERP_ID) -> tuple[Decimal, Decimal]:
    book = venue.state()["books"][symbol]
    return Decimal(book["bids"][0][0]), Decimal(book["asks"][0][0])


def behind(venue: SandboxProcess) -> float:
    """A price at which a buy rests."""
    return float(touch(venue)[0] - 5)


def open_ids(venue: SandboxProcess) -> list[str]:
    return [row["order_id"] for row in venue.account()["open_orders"]]


def test_load_markets(venue: SandboxProcess, ccxt: CcxtProcess) -> None:
    markets = ccxt.call("load_markets")
    assert {row["id"] for row in markets.values()} == set(venue.line["symbols"])
    assert (markets[PERP]["type"], markets[SPOT]["type"]) == ("swap", "spot")
    assert (markets[PERP]["precision"]["amount"], markets[PERP]["precision"]["price"]) == (0.01, 0.01)
    assert markets[PERP]["limits"]["amount"]["min"] == 0.01


@pytest.mark.parametrize("symbol", [PERP, SPOT])
def test_public_calls(ccxt: CcxtProcess, symbol: str) -> None:
    ticker = ccxt.call("fetch_ticker", symbol)
    assert ticker["low"] <= ticker["last"] <= ticker["high"]
    book = ccxt.call("fetch_order_book", symbol)
    assert book["bids"][0][0] > book["bids"][1][0]
    assert book["bids"][0][0] < book["asks"][0][0]
    assert isinstance(book["nonce"], int)
    trades = ccxt.call("fetch_trades", symbol)
    assert trades[0]["side"] in ("buy", "sell")
    assert trades[0]["timestamp"] > 1_600_000_000_000
    assert ccxt.call("fetch_ohlcv", symbol)


def test_funding_and_status(ccxt: CcxtProcess) -> None:
    assert ccxt.call("fetch_funding_rate", PERP)["fundingRate"] == 0.0001
    assert ccxt.call("fetch_funding_rate_history", PERP)
    assert ccxt.call("fetch_open_interest", PERP)["openInterestValue"] > 0
    assert ccxt.call("fetch_status")["status"] == "ok"
    assert set(ccxt.call("fetch_tickers")) >= {PERP, SPOT}


def test_balance(ccxt: CcxtProcess) -> None:
    assert ccxt.call("fetch_balance")["USDC"]["total"] == 100_000


def test_a_limit_order_from_place_to_cancel(venue: SandboxProcess, ccxt: CcxtProcess) -> None:
    price = behind(venue)
    placed = ccxt.call("create_order", PERP, "limit", "buy", 1.5, price, {"clientOrderId": 4_000_000_000})
    assert (placed["status"], placed["price"], placed["amount"]) == ("open", price, 1.5)
    assert placed["clientOrderId"] == "4000000000"
    assert open_ids(venue) == [placed["id"]]
    assert [row["id"] for row in ccxt.call("fetch_open_orders", PERP)] == [placed["id"]]
    # ccxt has no fetch_order for this venue, which answers for open orders only
    assert ccxt.call("fetch_open_order", placed["id"], PERP)["id"] == placed["id"]
    assert ccxt.call("cancel_order", placed["id"], PERP)["status"] == "canceled"
    assert open_ids(venue) == []
    with pytest.raises(CcxtError, match="Not Found"):
        ccxt.call("cancel_order", placed["id"], PERP)
    assert placed["id"] in [row["id"] for row in ccxt.call("fetch_orders", PERP)]


def test_post_only_rests_or_is_refused(venue: SandboxProcess, ccxt: CcxtProcess) -> None:
    placed = ccxt.call("create_order", PERP, "limit", "buy", 1, behind(venue), {"postOnly": True})
    assert placed["postOnly"] is True
    crossing = float(touch(venue)[1] + 3)
    with pytest.raises(CcxtError, match="Order would immediately match and take") as refusal:
        ccxt.call("create_order", PERP, "limit", "buy", 1, crossing, {"postOnly": True})
    assert refusal.value.kind == "InvalidOrder"
    assert [row["id"] for row in ccxt.call("cancel_all_orders", PERP)] == [placed["id"]]


def test_market_and_ioc_orders_trade_and_both_sides_see_the_same(venue: SandboxProcess, ccxt: CcxtProcess) -> None:
    market = ccxt.call("create_order", PERP, "market", "buy", 2)
    assert (market["status"], market["filled"]) == ("closed", 2)
    ioc = ccxt.call("create_order", PERP, "limit", "sell", 0.5, float(touch(venue)[0] - 3), {"timeInForce": "IOC"})
    assert (ioc["status"], ioc["filled"]) == ("closed", 0.5)
    truth = venue.account()
    fills = [row for row in truth["fills"] if row["symbol"] == PERP_ID]
    trades = ccxt.call("fetch_my_trades", PERP)
    assert {(row["id"], row["order"]) for row in trades} == {(row["trade_id"], row["order_id"]) for row in fills}
    costs = {row["trade_id"]: -float(row["fee"]) for row in fills}
    assert {row["id"]: row["fee"]["cost"] for row in trades} == pytest.approx(costs)
    [position] = ccxt.call("fetch_positions", [PERP])
    assert float(position["contracts"]) == 1.5
    assert truth["positions"][PERP_ID]["quantity"] == "1.5"
    assert float(position["entryPrice"]) == pytest.approx(float(truth["positions"][PERP_ID]["entry_price"]))
    assert ccxt.call("create_order", PERP, "market", "sell", 1.5, None, {"reduceOnly": True})["filled"] == 1.5
    assert ccxt.call("fetch_positions") == []


def test_a_spot_order_by_cost(venue: SandboxProcess, ccxt: CcxtProcess) -> None:
    before = Decimal(venue.account()["balances"]["SOL"]["total"])
    bought = ccxt.call("create_order", SPOT, "market", "buy", 1, None, {"cost": 1_000})
    assert 950 < bought["cost"] <= 1_000
    after = Decimal(venue.account()["balances"]["SOL"]["total"])
    assert float(after - before) == pytest.approx(bought["filled"] * 0.999)


def test_a_batch(venue: SandboxProcess, ccxt: CcxtProcess) -> None:
    bid, ask = touch(venue)
    rows = [
        {"symbol": PERP, "type": "limit", "side": "buy", "amount": 1, "price": float(bid - 5)},
        {"symbol": PERP, "type": "limit", "side": "sell", "amount": 2, "price": float(ask + 5)},
    ]
    placed = ccxt.call("create_orders", rows)
    assert [row["side"] for row in placed] == ["buy", "sell"]
    assert open_ids(venue) == [row["id"] for row in placed]
    assert len(ccxt.call("cancel_all_orders", PERP)) == 2


def test_leverage_by_the_accounts_setting(ccxt: CcxtProcess) -> None:
    """ccxt has no set_leverage here, because the venue's is the account's; the raw call exists."""
    with pytest.raises(CcxtError, match="not supported"):
        ccxt.call("set_leverage", 5, PERP)
    ccxt.call("private_patch_api_v1_account", {"leverageLimit": "5"})
    assert ccxt.call("private_get_api_v1_account")["leverageLimit"] == "5"
    ccxt.call("private_patch_api_v1_account", {"leverageLimit": "10"})


def test_a_wrong_secret_is_refused(venue: SandboxProcess) -> None:
    config = {"apiKey": venue.accounts["a"]["key"], "secret": venue.accounts["b"]["secret"]}
    with ccxt_process("backpack", config, {"api": {"public": venue.rest, "private": venue.rest}}) as other:
        with pytest.raises(CcxtError, match="Invalid signature") as refusal:
            other.call("fetch_balance")
        assert refusal.value.kind == "BadRequest"


def test_watched_book_and_trades(ccxt: CcxtProcess) -> None:
    book: dict[str, Any] = ccxt.call("watch_order_book", PERP)
    for _ in range(20):
        later = ccxt.call("watch_order_book", PERP)
        assert later["nonce"] >= book["nonce"]
        assert later["bids"][0][0] < later["asks"][0][0]
        book = later
    trades = ccxt.call("watch_trades", PERP)
    assert trades[-1]["symbol"] == PERP
    assert ccxt.call("watch_ticker", PERP)["last"] > 0
    best = ccxt.call("watch_bids_asks", [PERP])[PERP]
    assert best["bid"] < best["ask"]


def test_watched_orders(venue: SandboxProcess, ccxt: CcxtProcess) -> None:
    """ccxt has no watch_my_trades here: fills come with the orders, as on the venue."""
    price = behind(venue)
    watching = ccxt.begin("watch_orders", PERP)  # connects and subscribes while orders are placed
    ids = []
    while not ccxt.is_answered(watching):
        ids.append(ccxt.call("create_order", PERP, "limit", "buy", 1, price)["id"])
    told = ccxt.wait(watching)
    assert {row["id"] for row in told} <= set(ids)
    assert {row["status"] for row in told} == {"open"}
    watching = ccxt.begin("watch_orders", PERP)
    ccxt.call("cancel_order", ids[-1], PERP)
    rows = ccxt.wait(watching)
    for _ in range(20):  # each answer brings what came since the last; a late "open" may have answered this one
        if (ids[-1], "canceled") in [(row["id"], row["status"]) for row in rows]:
            break
        watching = ccxt.begin("watch_orders", PERP)
        ccxt.call("create_order", PERP, "limit", "buy", 1, price)
        rows = ccxt.wait(watching)
    else:
        pytest.fail(f"no cancel of {ids[-1]} was told; at last: {rows}")
    ccxt.call("cancel_all_orders", PERP)
    with pytest.raises(CcxtError, match="not supported"):
        ccxt.call("watch_my_trades", PERP)
