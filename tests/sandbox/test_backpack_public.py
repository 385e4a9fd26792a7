"""What anybody may ask of the local Backpack."""

import time
from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.backpack_client import DECIMAL, BackpackClient, open_api
from tests.sandbox.sandbox_process import SandboxProcess

PERP = "SOL_USDC_PERP"


def test_plain_texts(client: BackpackClient) -> None:
    assert client.public("/api/v1/ping").text == "pong"
    answer = client.public("/api/v1/time")
    assert answer.headers["content-type"].startswith("text/plain")
    assert abs(int(answer.text) - time.time_ns() // 1_000_000) < 10_000
    assert client.public("/api/v1/status").json() == {"status": "Ok", "message": None}


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/api/v1/status", {}),
        ("/api/v1/markets", {}),
        ("/api/v1/market", {"symbol": PERP}),
        ("/api/v1/assets", {}),
        ("/api/v1/ticker", {"symbol": PERP}),
        ("/api/v1/tickers", {"interval": "1w"}),
        ("/api/v1/markPrices", {"symbol": PERP}),
        ("/api/v1/markPrices", {}),
        ("/api/v1/openInterest", {}),
        ("/api/v1/fundingRates", {"symbol": PERP}),
        ("/api/v1/depth", {"symbol": PERP}),
        ("/api/v1/depth", {"symbol": "BTC_USDC", "limit": 5}),
        ("/api/v1/trades", {"symbol": PERP}),
        ("/api/v1/trades/history", {"symbol": PERP, "limit": 3, "offset": 1}),
        ("/api/v1/klines", {"symbol": PERP, "interval": "1m", "startTime": 0}),
    ],
)
def test_answers_are_as_the_exchange_describes_them(client: BackpackClient, path: str, query: dict[str, Any]) -> None:
    answer = client.public(path, **query)
    assert answer.json()
    assert open_api().faults("GET", path, answer.status_code, answer.json()) == []


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("/api/v1/depth", {"symbol": "DOGE_USDC"}, "INVALID_SYMBOL"),
        ("/api/v1/depth", {}, "INVALID_CLIENT_REQUEST"),
        ("/api/v1/depth", {"symbol": PERP, "limit": 7}, "INVALID_CLIENT_REQUEST"),
        ("/api/v1/trades", {"symbol": PERP, "limit": 1001}, "INVALID_CLIENT_REQUEST"),
        ("/api/v1/trades", {"symbol": PERP, "limit": -1}, "INVALID_CLIENT_REQUEST"),
        ("/api/v1/klines", {"symbol": PERP, "interval": "7m", "startTime": 0}, "INVALID_CLIENT_REQUEST"),
        ("/api/v1/klines", {"symbol": PERP, "interval": "1m"}, "INVALID_CLIENT_REQUEST"),
        ("/api/v1/ticker", {"symbol": PERP, "interval": "1h"}, "INVALID_CLIENT_REQUEST"),
    ],
)
def test_refusals_are_as_the_exchange_describes_them(
    client: BackpackClient, path: str, query: dict[str, Any], code: str
) -> None:
    answer = client.public(path, **query)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert open_api().faults("GET", path, 400, answer.json()) == []


def test_both_sides_of_the_depth_ascend(client: BackpackClient) -> None:
    book = client.public("/api/v1/depth", symbol=PERP).json()
    bids, asks = ([Decimal(price) for price, _ in book[side]] for side in ("bids", "asks"))
    assert bids == sorted(bids)
    assert asks == sorted(asks)
    assert bids[-1] < asks[0]
    assert isinstance(book["lastUpdateId"], str)
    assert len(str(book["timestamp"])) == 16  # microseconds


def test_a_limit_keeps_the_best_levels(client: BackpackClient) -> None:
    book = client.public("/api/v1/depth", symbol=PERP, limit=5).json()
    whole = client.sandbox.state()["books"][PERP]
    assert len(book["bids"]) == 5
    assert abs(Decimal(book["bids"][-1][0]) - Decimal(whole["bids"][0][0])) < 1


def test_there_is_half_a_bitcoin_near_the_touch(backpack: SandboxProcess) -> None:
    state = backpack.state()
    worth = Decimal("0.5") * Decimal(state["books"]["BTC_USDC"]["bids"][0][0])
    assert {"SOL_USDC", PERP, "BTC_USDC", "BTC_USDC_PERP", "ETH_USDC", "ETH_USDC_PERP"} == state["books"].keys()
    for book in state["books"].values():
        for side in ("bids", "asks"):
            rows = [(Decimal(price), Decimal(size)) for price, size in book[side]]
            near = [price * size for price, size in rows if abs(price / rows[0][0] - 1) <= Decimal("0.01")]
            assert sum(near) >= worth


def test_units_differ_by_field(client: BackpackClient) -> None:
    now_ms = int(client.public("/api/v1/time").text)
    mark = client.public("/api/v1/markPrices", symbol=PERP).json()[0]
    assert now_ms < mark["nextFundingTimestamp"] <= now_ms + 8 * 3_600_000
    trade = client.public("/api/v1/trades", symbol=PERP, limit=1).json()[0]
    assert abs(trade["timestamp"] - now_ms) < 60_000
    assert isinstance(trade["id"], int)
    kline = client.public("/api/v1/klines", symbol=PERP, interval="1h", startTime=now_ms // 1_000 - 86_400).json()[0]
    assert " " in kline["start"]
    assert kline["trades"].isdecimal()


def test_a_ticker_counts_in_text_and_moves_in_fractions(client: BackpackClient) -> None:
    ticker = client.public("/api/v1/ticker", symbol="SOL_USDC").json()
    first, last = Decimal(ticker["firstPrice"]), Decimal(ticker["lastPrice"])
    assert Decimal(ticker["priceChange"]) == last - first
    assert abs(Decimal(ticker["priceChangePercent"]) - (last / first - 1)) < Decimal("1e-6")
    assert ticker["trades"].isdecimal()
    assert "bid" not in ticker


def test_markets_by_type_and_steps(client: BackpackClient) -> None:
    spot = client.public("/api/v1/markets", marketType="SPOT").json()
    assert {row["marketType"] for row in spot} == {"SPOT"}
    row = client.public("/api/v1/market", symbol=PERP).json()
    assert row["filters"]["quantity"]["minQuantity"] == row["filters"]["quantity"]["stepSize"] == "0.01"
    assert row["orderBookState"] == "Open"
    assert row["fundingInterval"] == 28_800_000
    assert DECIMAL.fullmatch(row["filters"]["price"]["tickSize"])
