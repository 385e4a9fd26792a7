"""What anybody may ask of the local Aster."""

import time
from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.aster_client import SYMBOL, AsterClient, recorded
from tests.sandbox.sandbox_process import sandbox


def shape(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Names and types of a document; of an array those of its first item. Numbers are numbers."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in sorted(value.items())}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def first(value: Any) -> Any:  # noqa: ANN401 - JSON
    return value[0] if isinstance(value, list) else value


@pytest.mark.parametrize("base", ["/fapi/v1", "/fapi/v3", "/api/v1", "/api/v3"])
def test_ping_and_time(own_agent: AsterClient, base: str) -> None:
    assert own_agent.get(f"{base}/ping") == {}
    own_agent.catch_up()
    assert abs(own_agent.get(f"{base}/time")["serverTime"] - time.time_ns() // 1_000_000) < 10_000


@pytest.mark.parametrize(
    ("name", "path", "query"),
    [
        ("rest_depth.json", "depth", {"symbol": SYMBOL, "limit": 5}),
        ("rest_trades.json", "trades", {"symbol": SYMBOL, "limit": 3}),
        ("rest_agg_trades.json", "aggTrades", {"symbol": SYMBOL, "limit": 3}),
        ("rest_mark_price.json", "premiumIndex", {"symbol": SYMBOL}),
        ("rest_book_ticker.json", "ticker/bookTicker", {"symbol": SYMBOL}),
        ("rest_funding_rate_history.json", "fundingRate", {"symbol": SYMBOL, "limit": 3}),
    ],
)
def test_answers_have_the_shape_of_real_ones(
    own_agent: AsterClient, name: str, path: str, query: dict[str, Any]
) -> None:
    assert shape(first(own_agent.get(f"/fapi/v3/{path}", **query))) == shape(first(recorded(name)))


def test_exchange_info_has_all_that_real_ones_have(own_agent: AsterClient) -> None:
    real, here = recorded("rest_exchange_info.json"), own_agent.get("/fapi/v3/exchangeInfo")
    assert set(real) <= set(here)
    ours = next(row for row in here["symbols"] if row["symbol"] == SYMBOL)
    assert set(real["symbols"][0]) - {"OrderType"} <= set(ours)
    assert {row["filterType"] for row in real["symbols"][0]["filters"]} <= {
        row["filterType"] for row in ours["filters"]
    }
    filters = {row["filterType"]: row for row in ours["filters"]}
    assert filters["PRICE_FILTER"]["tickSize"] == "0.01"
    assert ours["pricePrecision"] > 2  # finer than the tick: who rounds by it is refused
    assert filters["MIN_NOTIONAL"]["notional"] == "5"
    spot = own_agent.get("/api/v3/exchangeInfo")
    row = next(row for row in spot["symbols"] if row["symbol"] == SYMBOL)
    assert "orderTypes" in row
    assert "contractType" not in row
    assert next(item for item in row["filters"] if item["filterType"] == "MIN_NOTIONAL")["minNotional"] == "5"
    assert [item["limit"] for item in spot["rateLimits"]] == [6_000, 6_000, 300]


def test_the_book_is_sorted_and_is_the_truth(own_agent: AsterClient) -> None:
    depth = own_agent.get("/fapi/v3/depth", symbol=SYMBOL, limit=1_000)
    bids, asks = ([Decimal(price) for price, _ in depth[side]] for side in ("bids", "asks"))
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)
    assert bids[0] < asks[0]
    assert {"SOLUSDT", "BTCUSDT", "ETHUSDT", "spot:SOLUSDT"} <= set(own_agent.sandbox.state()["books"])
    near = own_agent.get("/fapi/v3/depth", symbol="BTCUSDT", limit=1_000)["asks"]
    best = Decimal(near[0][0])
    assert sum(Decimal(size) for price, size in near if Decimal(price) <= best * Decimal("1.01")) >= Decimal("0.5")


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("/fapi/v3/depth", {"symbol": "NOPEUSDT"}, -1121),
        ("/fapi/v3/depth", {"symbol": "spot:SOLUSDT"}, -1121),
        ("/fapi/v3/depth", {}, -1102),
        ("/fapi/v3/depth", {"symbol": SYMBOL, "limit": 7}, -4021),
        ("/fapi/v3/trades", {"symbol": SYMBOL, "limit": "x"}, -1102),
        ("/fapi/v3/klines", {"symbol": SYMBOL, "interval": "7m"}, -1120),
        ("/fapi/v3/klines", {"symbol": SYMBOL}, -1102),
        ("/api/v3/depth", {"symbol": "NOPEUSDT"}, -1121),
    ],
)
def test_refusals(own_agent: AsterClient, path: str, query: dict[str, Any], code: int) -> None:
    answer = own_agent.public(path, **query)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_the_error_is_the_recorded_one(own_agent: AsterClient) -> None:
    assert own_agent.public("/fapi/v1/depth", symbol="NOPE").json() == recorded("error_invalid_symbol.json")


def test_tickers_candles_and_spot_trades(own_agent: AsterClient) -> None:
    day = own_agent.get("/fapi/v3/ticker/24hr", symbol=SYMBOL)
    assert Decimal(day["lowPrice"]) <= Decimal(day["lastPrice"]) <= Decimal(day["highPrice"])
    assert len(own_agent.get("/fapi/v3/ticker/24hr")) == 3
    assert {row["symbol"] for row in own_agent.get("/api/v3/ticker/price")} == {"SOLUSDT", "BTCUSDT", "ETHUSDT"}
    rows = own_agent.get("/fapi/v3/klines", symbol=SYMBOL, interval="1m", limit=5)
    assert len(rows[-1]) == 12
    assert rows[-1][0] % 60_000 == 0
    assert rows[-1][6] == rows[-1][0] + 59_999
    spot = own_agent.get("/api/v3/ticker/24hr", symbol=SYMBOL)
    assert (spot["baseAsset"], spot["quoteAsset"]) == ("SOL", "USDT")
    assert Decimal(spot["bidPrice"]) < Decimal(spot["askPrice"])
    assert "baseAsset" not in day
    trade = own_agent.get("/api/v3/trades", symbol=SYMBOL, limit=1)[0]
    assert "baseQty" in trade
    assert "quoteQty" not in trade
    assert own_agent.get("/fapi/v3/fundingInfo", symbol=SYMBOL)[0]["fundingIntervalHours"] == 8


def test_weights_are_counted_and_told() -> None:
    with sandbox("aster") as fresh:
        client = AsterClient(fresh)

        def used(path: str, **query: object) -> int:
            return int(client.public(path, **query).headers["X-MBX-USED-WEIGHT-1M"])

        before = used("/fapi/v3/ping")
        assert used("/fapi/v3/depth", symbol=SYMBOL, limit=1_000) == before + 20
        assert used("/fapi/v3/depth", symbol=SYMBOL, limit=5) == before + 22
        assert used("/fapi/v3/ticker/24hr") == before + 62
        assert used("/fapi/v3/ticker/24hr", symbol=SYMBOL) == before + 63
        client.close()
