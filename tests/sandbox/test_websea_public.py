"""The public REST interface of the local Websea: shapes as documented, and as they are on the wire."""

from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise
from typing import Any

import httpx
import pytest

from tests.sandbox.websea_client import CONTRACT, SYMBOL, WebseaClient, documented

OLD = "/openApi/contract/"


def _shape(document: Any) -> Any:  # noqa: ANN401 - JSON
    """Keys all the way down; of a list its first row; texts and numbers are one, as on the venue."""
    if isinstance(document, dict):
        return {key: _shape(value) for key, value in document.items()}
    if isinstance(document, list):
        return [_shape(document[0])] if document else []
    return type(document) in (str, int, float)


@pytest.mark.parametrize(
    ("name", "path", "query"),
    [
        ("rest_contract_symbol", "info", {}),
        ("rest_contract_symbol", "/openApi/market/info", {}),
        ("rest_contract_info", OLD + "symbols", {}),
        ("rest_contract_depth", OLD + "depth", {"symbol": SYMBOL}),
        ("rest_contract_depth", "depth", {"symbol": SYMBOL}),
        ("rest_contract_index_price", "index_price", {}),
        ("rest_contract_index_price", OLD + "index", {"symbol": SYMBOL}),
        ("rest_contract_funding_rate", OLD + "capitalRate", {"symbol": SYMBOL}),
        ("rest_contract_trades", "trade", {"symbol": SYMBOL, "size": 5}),
        ("rest_contract_trades", OLD + "trade", {"symbol": SYMBOL}),
    ],
)
def test_documented_shapes(hedger: WebseaClient, name: str, path: str, query: dict[str, object]) -> None:
    expected, found = documented(name), hedger.public(path, **query)
    assert _shape(found) == _shape(expected)


def test_precision_is_keyed_by_symbol(hedger: WebseaClient) -> None:
    found = hedger.public(OLD + "precision")["result"]
    expected = documented("rest_contract_precision")["result"]
    assert {frozenset(row) for row in found.values()} == {frozenset(row) for row in expected.values()}
    assert (found[SYMBOL]["price"], found[SYMBOL]["minQuantity"]) == ("2", "1")
    assert set(hedger.public("symbol_precision", symbol=SYMBOL)["result"]) == {SYMBOL}


def test_a_contract_is_counted_in_coins(hedger: WebseaClient) -> None:
    rows = {row["symbol"]: row for row in hedger.public("symbols")["result"]}
    faces = {row["symbol"]: row["contract_price"] for row in hedger.public("info")["result"]}
    assert {symbol: row["contract_size"] for symbol, row in rows.items()} == faces
    assert (faces["BTC-USDT"], faces["ETH-USDT"]) == ("0.001", "0.01")
    assert (rows[SYMBOL]["maker_fee"], rows[SYMBOL]["min_size"]) == (1, 1)
    assert "contract_size" not in hedger.public(OLD + "symbols")["result"][0]


def test_the_book_repeats_prices_and_counts_contracts(hedger: WebseaClient) -> None:
    book = hedger.public("depth", symbol=SYMBOL, limit=200)["result"]
    bids = [Decimal(price) for price, _ in book["bids"]]
    asks = [Decimal(price) for price, _ in book["asks"]]
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)
    assert len(asks) <= 100
    assert any(first == second for first, second in pairwise(bids))
    assert all(Decimal(count) % 1 == 0 for _, count in book["bids"])
    hedger.habits(split_rows=False, numbers=True)
    whole = hedger.public("depth", symbol=SYMBOL, limit=5)["result"]["bids"]
    assert all(isinstance(value, int | float) for row in whole for value in row)
    truth = {Decimal(price): Decimal(coins) for price, coins in hedger.sandbox.state()["books"][SYMBOL]["bids"]}
    known = [(Decimal(str(price)), count) for price, count in whole if Decimal(str(price)) in truth]
    assert [(price, truth[price]) for price, _ in known] == [(price, count * CONTRACT) for price, count in known]


def test_a_book_without_a_symbol_is_empty(hedger: WebseaClient) -> None:
    found = hedger.public("depth")
    assert (found["errno"], found["result"]["symbol"], found["result"]["bids"]) == (0, None, [])


@pytest.mark.parametrize("step", ["0.01", "0.1", "1"])
def test_the_merged_book(hedger: WebseaClient, step: str) -> None:
    book = hedger.public("depth_merged", symbol=SYMBOL, depth=step)["result"]
    for side, sign in (("bids", -1), ("asks", 1)):
        prices = [Decimal(row["price"]) for row in book[side]]
        assert [row["gear"] for row in book[side]] == list(range(1, len(prices) + 1))
        assert all((second - first) * sign > 0 for first, second in pairwise(prices))
        assert all(price % Decimal(step) == 0 for price in prices)
    assert Decimal(book["bids"][0]["price"]) < Decimal(book["asks"][0]["price"])
    assert hedger.public("depth_merged", symbol=SYMBOL, depth="0.03") == {
        "errno": 20501,
        "errmsg": "symbol does not exist",
    }


def test_funding_has_no_envelope_and_percent(hedger: WebseaClient) -> None:
    found = hedger.public("funding_rate", symbol=SYMBOL)
    assert set(found) == {"capitalRate"}
    product = hedger.public("24hr", symbol=SYMBOL)["result"][0]
    assert abs(Decimal(found["capitalRate"]) - Decimal(product["funding_rate"]) * 100) < Decimal("0.001")
    assert hedger.public("funding_rate", symbol="DOGE-USDT") == {"capitalRate": "0"}
    assert (product["next_funding_rate_times"] + 1) % (8 * 3_600) == 0


def test_tickers_and_candles(hedger: WebseaClient) -> None:
    assert hedger.public("24hr", symbol="DOGE-USDT")["result"] == []
    assert [row["symbol"] for row in hedger.public("24hr", symbol=f"BTC-USDT,{SYMBOL}")["result"]] == [
        "BTC-USDT",
        SYMBOL,
    ]
    listed = {row["symbol"]: row["data"] for row in hedger.public("24kline_list")["result"]}
    assert set(listed[SYMBOL]) == {"id", "amount", "count", "open", "close", "low", "high", "vol"}
    [single] = hedger.public("24kline", symbol=SYMBOL)["result"]
    assert set(single) == set(listed[SYMBOL])
    candles = hedger.public("kline", symbol=SYMBOL, period="1min", size=1)["result"]
    assert (candles["period"], len(candles["data"])) == ("1min", 1)
    assert candles["data"][0]["id"] % 60 == 0
    assert hedger.public("kline", symbol=SYMBOL, period="2min")["errno"] == 20505
    assert hedger.public("trade", symbol=SYMBOL, size=2_001)["errno"] == 20505
    assert Decimal(hedger.public("open_interest", symbol=SYMBOL)["result"]["volume"]) > 0
    assert isinstance(hedger.public(OLD + "hold", symbol=SYMBOL)["result"], list)


def test_a_mark_may_be_unknown(hedger: WebseaClient) -> None:
    [row] = hedger.public("index_price", symbol=SYMBOL)["result"]
    assert row["ts"] < 10**11  # seconds
    assert Decimal(row["price"]) > 0
    hedger.habits(zero_mark=True)
    assert hedger.public("index_price", symbol=SYMBOL)["result"][0]["price"] == "0"


@pytest.mark.parametrize("path", ["/", "/v1/futures/leverage", "/v3/futures/symbols", "/openApi/contract/setLeverage"])
def test_other_paths_are_a_number_in_the_envelope(hedger: WebseaClient, path: str) -> None:
    for method in _methods():
        answer = httpx.request(method, hedger.sandbox.rest + path, trust_env=False)
        assert (answer.status_code, answer.json()) == (200, {"errno": 404, "errmsg": "not found"})


def _methods() -> Iterable[str]:
    return ("GET", "POST", "DELETE")


def test_an_unknown_symbol(hedger: WebseaClient) -> None:
    for path in ("depth", "kline", "trade", "index_price", "open_interest", "symbols"):
        assert hedger.public(path, symbol="SOLUSDT", period="1min")["errno"] == 20501
