"""ccxt drives the local Lighter: an independent client keeps it honest.

ccxt signs with a library that it does not bring along, and its argument lists are those of lighter-sdk 1.0.9 (later
versions take more): that SDK is installed into an environment of its own, of which only the library is used.
"""

import itertools
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mmtui.exchanges.lighter.signer_library import library_path
from tests.peers.ccxt_process import CcxtError, CcxtProcess, ccxt_process, installed
from tests.sandbox.lighter_client import Signer
from tests.sandbox.sandbox_process import SandboxProcess, sandbox

pytestmark = [pytest.mark.peers, pytest.mark.acceptance, pytest.mark.timeout(600)]

PERP = "SOL/USDC:USDC"
MOST_TRIES = 15

_numbers = itertools.count(time.time_ns() // 1_000_000 % 10**9)


@pytest.fixture(scope="module")
def venue() -> Iterator[SandboxProcess]:
    with sandbox("lighter") as process:
        yield process


def signer_library() -> Path:
    """The native library of the SDK that ccxt was written for."""
    site = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
    return installed("lighter_signer").parents[1] / site / "lighter" / "signers" / library_path().name


def options_of(account: dict[str, Any]) -> dict[str, Any]:
    """The key, and no fee for ccxt itself: its integrator is not known here."""
    owner, key = account["account_index"], account["api_key_index"]
    return {
        "accountIndex": owner, "apiKeyIndex": key, "chainId": account["chain_id"],
        "libraryPath": str(signer_library()),
        "auths": {str(owner): {str(key): {"lighterPrivateKey": account["api_key_private"]}}},
        "approvedBuilderFee": True, "integratorAccountIndex": 0, "integratorMakerFee": 0, "integratorTakerFee": 0,
    }  # fmt: skip


@pytest.fixture(scope="module")
def ccxt(venue: SandboxProcess) -> Iterator[CcxtProcess]:
    config = {"options": options_of(dict(venue.accounts["a"]))}
    urls = {"api": {**dict.fromkeys(("root", "public", "private"), venue.rest), "ws": venue.ws}}
    with ccxt_process("lighter", config, urls) as process:
        yield process


def touch(venue: SandboxProcess) -> tuple[Decimal, Decimal]:
    book = venue.state()["books"]["SOL"]
    return Decimal(book["bids"][0][0]), Decimal(book["asks"][0][0])


def behind(venue: SandboxProcess) -> float:
    """A price at which a buy rests."""
    return float(touch(venue)[0] - 5)


def open_numbers(venue: SandboxProcess) -> list[int]:
    return [int(row["client_id"]) for row in venue.account()["open_orders"]]


def place(ccxt: CcxtProcess, price: float, **params: object) -> int:
    number = next(_numbers)
    ccxt.call("create_order", PERP, "limit", "buy", 1.5, price, {"clientOrderId": number, **params})
    return number


def test_load_markets(ccxt: CcxtProcess) -> None:
    markets = ccxt.call("load_markets")
    assert set(markets) == {f"{base}/USDC:USDC" for base in ("SOL", "BTC", "ETH")}
    market = markets[PERP]
    assert (market["type"], market["precision"]["amount"], market["precision"]["price"]) == ("swap", 0.001, 0.001)
    assert (market["limits"]["amount"]["min"], market["limits"]["cost"]["min"]) == (0.1, 10)


def test_public_calls(ccxt: CcxtProcess) -> None:
    ticker = ccxt.call("fetch_ticker", PERP)
    assert ticker["low"] <= ticker["last"] <= ticker["high"]
    assert set(ccxt.call("fetch_tickers")) == {f"{base}/USDC:USDC" for base in ("SOL", "BTC", "ETH")}
    book = ccxt.call("fetch_order_book", PERP)
    assert book["bids"][0][0] > book["bids"][1][0]
    assert book["bids"][0][0] < book["asks"][0][0]
    assert ccxt.call("fetch_ohlcv", PERP, "1m")
    assert PERP in ccxt.call("fetch_funding_rates")
    assert ccxt.call("fetch_time") > 1_600_000_000_000
    assert ccxt.call("fetch_status")["status"] == "ok"


def test_balance_and_accounts(ccxt: CcxtProcess, venue: SandboxProcess) -> None:
    balance = ccxt.call("fetch_balance")
    truth = venue.account()["balances"]["USDC"]["total"]
    assert balance["USDC"]["total"] == pytest.approx(float(truth))
    [account] = ccxt.call("fetch_accounts", {"by": "index", "value": "65"})
    assert account["id"] == "65"


def test_a_limit_order_from_place_to_cancel(venue: SandboxProcess, ccxt: CcxtProcess) -> None:
    price = behind(venue)
    number = place(ccxt, price)
    assert open_numbers(venue) == [number]
    [row] = ccxt.call("fetch_open_orders", PERP)
    assert (row["clientOrderId"], row["status"], row["price"], row["amount"]) == (str(number), "open", price, 1.5)
    ccxt.call("edit_order", row["id"], PERP, "limit", "buy", 2, price - 1)
    [changed] = ccxt.call("fetch_open_orders", PERP)
    assert (changed["id"], changed["price"], changed["amount"]) == (row["id"], price - 1, 2)
    ccxt.call("cancel_order", row["id"], PERP)
    assert open_numbers(venue) == []
    with pytest.raises(CcxtError, match="order is not active"):
        ccxt.call("cancel_order", row["id"], PERP)
    assert row["id"] in [closed["id"] for closed in ccxt.call("fetch_closed_orders", PERP)]


def test_post_only_rests_or_ends(venue: SandboxProcess, ccxt: CcxtProcess) -> None:
    number = place(ccxt, behind(venue), postOnly=True, orderExpiry=-1)
    crossed = place(ccxt, float(touch(venue)[1] + 1), postOnly=True, orderExpiry=-1)
    assert open_numbers(venue) == [number]
    ended = {row["clientOrderId"]: row for row in ccxt.call("fetch_closed_orders", PERP)}[str(crossed)]
    assert (ended["info"]["status"], ended["status"]) == ("canceled-post-only", "canceled")
    ccxt.call("cancel_all_orders")
    assert open_numbers(venue) == []


def test_orders_that_trade_and_both_sides_see_the_same(venue: SandboxProcess, ccxt: CcxtProcess) -> None:
    ccxt.call("set_leverage", 10, PERP, {"marginMode": "cross"})
    worst = float(touch(venue)[1] + 3)
    ccxt.call("create_order", PERP, "market", "buy", 2, worst)
    low = float(touch(venue)[0] - 3)
    ccxt.call("create_order", PERP, "limit", "sell", 0.5, low, {"timeInForce": "IOC"})
    truth = venue.account()
    trades = ccxt.call("fetch_my_trades", PERP)
    assert {(row["id"], row["order"]) for row in trades} == {
        (row["trade_id"], row["order_id"]) for row in truth["fills"]
    }
    position = ccxt.call("fetch_position", PERP)
    assert (position["contracts"], position["side"], position["leverage"]) == (1.5, "long", 10)
    assert position["entryPrice"] == pytest.approx(float(truth["positions"]["SOL"]["entry_price"]))
    ccxt.call("create_order", PERP, "market", "sell", 1.5, low, {"reduceOnly": True})
    assert venue.account()["positions"].get("SOL", {"quantity": "0"})["quantity"] == "0"


def test_the_dead_mans_switch(venue: SandboxProcess, ccxt: CcxtProcess) -> None:
    place(ccxt, behind(venue))
    assert ccxt.call("cancel_all_orders_after", 360_000)["code"] == 200
    ccxt.call("cancel_all_orders")
    assert open_numbers(venue) == []


def test_watched_market(ccxt: CcxtProcess) -> None:
    for _ in range(5):
        book = ccxt.call("watch_order_book", PERP)
        assert book["bids"][0][0] < book["asks"][0][0]
    assert ccxt.call("watch_trades", PERP)[-1]["symbol"] == PERP
    assert ccxt.call("watch_ticker", PERP)["last"] > 0
    assert ccxt.call("watch_mark_price", PERP)["markPrice"] > 0


def test_watched_orders(venue: SandboxProcess, ccxt: CcxtProcess) -> None:
    """Of all markets: the channel of one market is none of the local server."""
    watching = ccxt.begin("watch_orders")  # connects and subscribes while orders are placed
    numbers: list[int] = []
    while not ccxt.is_answered(watching):
        assert len(numbers) < MOST_TRIES
        numbers.append(place(ccxt, behind(venue)))
    assert {row["clientOrderId"] for row in ccxt.wait(watching)} <= {str(number) for number in numbers}
    ccxt.call("cancel_all_orders")


def test_watched_fills(venue: SandboxProcess, ccxt: CcxtProcess) -> None:
    """ccxt subscribes to them without a token, which the channel needs: it is handed one."""
    row: dict[str, Any] = dict(venue.accounts["a"])
    token = Signer(row, venue.rest).token(int(time.time()) + 600)
    watching, sold = ccxt.begin("watch_my_trades", None, None, None, {"auth": token}), 0
    while not ccxt.is_answered(watching):
        assert sold < MOST_TRIES
        ccxt.call("create_order", PERP, "market", "sell", 0.2, float(touch(venue)[0] - 3))
        sold += 1
    fills = {row["trade_id"] for row in venue.account()["fills"]}
    assert {row["id"] for row in ccxt.wait(watching)} <= fills
