"""Orders on the local Backpack: life, refusals, batches, by raw signed requests."""

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.backpack_client import BackpackClient, open_api

PERP = "SOL_USDC_PERP"
SPOT = "SOL_USDC"


def away(client: BackpackClient, side: str = "Bid", symbol: str = PERP, steps: int = 500) -> str:
    """A price that rests: some ticks behind the touch."""
    book = client.sandbox.state()["books"][symbol]
    if side == "Bid":
        return str(Decimal(book["bids"][0][0]) - steps * Decimal("0.01"))
    return str(Decimal(book["asks"][0][0]) + steps * Decimal("0.01"))


def across(client: BackpackClient, side: str, symbol: str = PERP) -> str:
    """A price that trades."""
    return away(client, side, symbol, -300)


def valid(method: str, path: str, body: object, status: int = 200) -> None:
    assert open_api().faults(method, path, status, body) == []


def test_an_order_rests_is_found_and_is_cancelled(client: BackpackClient) -> None:
    price = away(client)
    placed = client.place(PERP, "Bid", "1.5", price, clientId=1001, postOnly=True)
    valid("POST", "/api/v1/order", placed)
    assert (placed["status"], placed["clientId"], placed["executedQuantity"]) == ("New", 1001, "0")
    assert (placed["price"], placed["quantity"], placed["postOnly"]) == (price.rstrip("0"), "1.5", True)
    assert placed["timeInForce"] == "GTC"
    assert placed["selfTradePrevention"] == "RejectTaker"
    assert placed["id"].isdecimal()
    for query in ({"orderId": placed["id"]}, {"clientId": "1001"}):
        found = client.answer("GET", "/api/v1/order", {"symbol": PERP, **query})
        valid("GET", "/api/v1/order", found)
        assert found == placed
    listed = client.answer("GET", "/api/v1/orders", {"symbol": PERP})
    valid("GET", "/api/v1/orders", listed)
    assert listed == [placed]
    truth = client.sandbox.account()["open_orders"]
    assert [(row["order_id"], row["client_id"], row["side"], row["filled"]) for row in truth] == [
        (placed["id"], "1001", "buy", "0")
    ]
    gone = client.answer("DELETE", "/api/v1/order", {"symbol": PERP, "clientId": 1001})
    valid("DELETE", "/api/v1/order", gone)
    assert (gone["id"], gone["status"]) == (placed["id"], "Cancelled")
    assert client.answer("GET", "/api/v1/orders") == []


def test_only_open_orders_are_found(client: BackpackClient) -> None:
    placed = client.place(PERP, "Bid", "1", away(client))
    client.answer("DELETE", "/api/v1/order", {"symbol": PERP, "orderId": placed["id"]})
    missing = (404, "RESOURCE_NOT_FOUND", "Not Found")
    query = {"symbol": PERP, "orderId": placed["id"]}
    assert client.refusal("GET", "/api/v1/order", query) == missing
    assert client.refusal("DELETE", "/api/v1/order", query) == missing
    assert client.refusal("DELETE", "/api/v1/order", {"symbol": PERP, "orderId": "not a number"}) == missing


def test_an_order_is_named_by_one_id_and_its_symbol(client: BackpackClient) -> None:
    placed = client.place(PERP, "Bid", "1", away(client), clientId=9)
    both = {"symbol": PERP, "orderId": placed["id"], "clientId": 9}
    assert client.refusal("DELETE", "/api/v1/order", both)[:2] == (400, "INVALID_CLIENT_REQUEST")
    assert client.refusal("DELETE", "/api/v1/order", {"symbol": PERP})[:2] == (400, "INVALID_CLIENT_REQUEST")
    elsewhere = {"symbol": SPOT, "orderId": placed["id"]}
    assert client.refusal("DELETE", "/api/v1/order", elsewhere)[0] == 404


def test_a_post_only_order_never_takes(client: BackpackClient) -> None:
    fields = client.order(PERP, "Bid", "1", across(client, "Bid"), postOnly=True)
    refused = client.refusal("POST", "/api/v1/order", fields)
    assert refused == (400, "INVALID_ORDER", "Order would immediately match and take")
    assert client.answer("GET", "/api/v1/orders") == []


def test_market_ioc_and_fok_are_final_in_the_answer(client: BackpackClient) -> None:
    market = client.place(PERP, "Bid", "1")
    valid("POST", "/api/v1/order", market)
    assert (market["status"], market["executedQuantity"], "price" in market) == ("Filled", "1", False)
    ioc = client.place(PERP, "Ask", "1", across(client, "Ask"), timeInForce="IOC")
    valid("POST", "/api/v1/order", ioc)
    assert (ioc["status"], ioc["executedQuantity"]) == ("Filled", "1")
    idle = client.place(PERP, "Bid", "1", away(client), timeInForce="IOC")
    assert (idle["status"], idle["executedQuantity"]) == ("Expired", "0")
    fok = client.place(PERP, "Bid", "4000", across(client, "Bid"), timeInForce="FOK")
    assert (fok["status"], fok["executedQuantity"]) == ("Expired", "0")
    history = client.answer("GET", "/wapi/v1/history/orders", {"symbol": PERP, "limit": "2"})
    valid("GET", "/wapi/v1/history/orders", history)
    assert [row["expiryReason"] for row in history] == ["FillOrKill", "ImmediateOrCancel"]


def test_a_market_order_may_name_what_to_spend(client: BackpackClient) -> None:
    fields = {"symbol": SPOT, "side": "Bid", "orderType": "Market", "quoteQuantity": "500"}
    placed = client.answer("POST", "/api/v1/order", fields)
    valid("POST", "/api/v1/order", placed)
    assert placed["status"] == "Filled"
    assert (placed["quantity"], placed["quoteQuantity"]) == (None, "500")
    assert Decimal(450) < Decimal(placed["executedQuoteQuantity"]) <= Decimal(500)


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"symbol": "DOGE_USDC"}, "INVALID_SYMBOL", ""),
        ({"symbol": None}, "INVALID_CLIENT_REQUEST", "parse request payload error: failed to parse"),
        ({"side": "Buy"}, "INVALID_CLIENT_REQUEST", "parse request payload error: failed to parse"),
        ({"orderType": "LIMIT"}, "INVALID_CLIENT_REQUEST", "parse request payload error: failed to parse"),
        ({"timeInForce": "GTX"}, "INVALID_CLIENT_REQUEST", "parse request payload error: failed to parse"),
        ({"quantity": 1}, "INVALID_CLIENT_REQUEST", "parse request payload error: failed to parse"),
        ({"quantity": "1e3"}, "INVALID_CLIENT_REQUEST", "parse request payload error: failed to parse"),
        ({"quantity": "-1"}, "INVALID_CLIENT_REQUEST", "parse request payload error: failed to parse"),
        ({"quantity": "1.001"}, "INVALID_CLIENT_REQUEST", "Quantity decimal too long"),
        ({"price": "140.001"}, "INVALID_CLIENT_REQUEST", "Price decimal too long"),
        ({"quantity": "0"}, "INVALID_QUANTITY", ""),
        ({"quantity": None}, "INVALID_CLIENT_REQUEST", ""),
        ({"price": None}, "INVALID_CLIENT_REQUEST", ""),
        ({"price": "10"}, "INVALID_PRICE", "Price is too far from the last active price"),
        ({"price": "1000"}, "INVALID_PRICE", "Price is too far from the last active price"),
        ({"clientId": "1001"}, "INVALID_CLIENT_REQUEST", "parse request payload error: failed to parse"),
        ({"clientId": 2**32}, "INVALID_CLIENT_REQUEST", "parse request payload error: failed to parse"),
        ({"clientId": True}, "INVALID_CLIENT_REQUEST", "parse request payload error: failed to parse"),
        ({"postOnly": "true"}, "INVALID_CLIENT_REQUEST", "parse request payload error: failed to parse"),
        ({"postOnly": True, "timeInForce": "IOC"}, "INVALID_CLIENT_REQUEST", ""),
        ({"reduceOnly": True}, "INVALID_ORDER", ""),
        ({"reduceOnly": True, "symbol": SPOT}, "INVALID_ORDER", ""),
        ({"triggerPrice": "100", "triggerQuantity": "1"}, "NOT_IMPLEMENTED", ""),
        ({"quantity": "90000", "price": "150"}, "INSUFFICIENT_MARGIN", ""),
        ({"quantity": "90000", "price": "150", "symbol": SPOT}, "INSUFFICIENT_FUNDS", ""),
    ],
)
def test_what_the_venue_refuses(client: BackpackClient, changes: dict[str, Any], code: str, message: str) -> None:
    fields = client.order(PERP, "Bid", "1", away(client)) | changes
    fields = {name: value for name, value in fields.items() if value is not None}
    status, found, text = client.refusal("POST", "/api/v1/order", fields)
    assert (status, found) == (400, code)
    assert text.startswith(message)
    valid("POST", "/api/v1/order", {"code": found, "message": text}, 400)
    assert client.answer("GET", "/api/v1/orders") == []


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'"x"', b"\xff", b"[" * 5_000])
def test_bodies_that_are_no_orders(client: BackpackClient, body: bytes) -> None:
    headers = client.headers("orderExecute", [{}])
    for method in ("POST", "DELETE"):
        answer = client._http.request(method, "/api/v1/order", content=body, headers=headers)  # noqa: SLF001
        assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_CLIENT_REQUEST")


def test_a_client_id_may_come_again_when_its_order_is_done(client: BackpackClient) -> None:
    price = away(client)
    client.place(PERP, "Bid", "1", price, clientId=5)
    again = client.order(PERP, "Bid", "1", price, clientId=5)
    assert client.refusal("POST", "/api/v1/order", again)[:2] == (400, "INVALID_ORDER")
    client.cancel_all(PERP)
    assert client.place(PERP, "Bid", "1", price, clientId=5)["status"] == "New"


def test_a_batch_answers_in_order_and_each_for_itself(client: BackpackClient) -> None:
    bid, ask = away(client), away(client, "Ask")
    rows = [
        client.order(PERP, "Bid", "1", bid, postOnly=True),
        client.order(PERP, "Bid", "1", across(client, "Bid"), postOnly=True),
        client.order(PERP, "Ask", "1", ask),
    ]
    results = client.answer("POST", "/api/v1/orders", rows)
    valid("POST", "/api/v1/orders", results)
    assert [row["operation"] for row in results] == ["Ok", "Err", "Ok"]
    assert results[1]["code"] == "INVALID_ORDER"
    assert [row["side"] for row in client.answer("GET", "/api/v1/orders")] == ["Bid", "Ask"]
    assert client.refusal("POST", "/api/v1/orders", [])[0] == 400
    assert client.refusal("POST", "/api/v1/orders", [rows[0]] * 51)[0] == 400


def test_cancel_all_touches_one_symbol_and_one_account(client: BackpackClient, other: BackpackClient) -> None:
    mine = client.place(PERP, "Bid", "1", away(client))
    spot = client.place(SPOT, "Bid", "1", away(client, symbol=SPOT))
    theirs = other.place(PERP, "Bid", "1", away(client))
    assert client.answer("DELETE", "/api/v1/orders", {"symbol": PERP, "orderType": "ConditionalOrder"}) == []
    gone = client.cancel_all(PERP)
    valid("DELETE", "/api/v1/orders", gone)
    assert [(row["id"], row["status"]) for row in gone] == [(mine["id"], "Cancelled")]
    assert client.cancel_all(PERP) == []
    assert client.refusal("DELETE", "/api/v1/orders", {})[:2] == (400, "INVALID_CLIENT_REQUEST")
    assert [row["id"] for row in client.answer("GET", "/api/v1/orders", {"marketType": "SPOT"})] == [spot["id"]]
    assert [row["id"] for row in other.answer("GET", "/api/v1/orders")] == [theirs["id"]]


def test_reduce_only_only_reduces(client: BackpackClient) -> None:
    client.place(PERP, "Bid", "2")
    held = Decimal(client.sandbox.account()["positions"][PERP]["quantity"])
    closed = client.place(PERP, "Ask", str(held + 5), reduceOnly=True)
    assert Decimal(closed["executedQuantity"]) == held
    assert PERP not in client.sandbox.account()["positions"]


def test_numbers_come_back_as_they_mean(client: BackpackClient) -> None:
    placed = client.place("BTC_USDC_PERP", "Bid", "0.00100", "90000.0")
    assert (placed["quantity"], placed["price"]) == ("0.001", "90000")
    assert json.dumps(placed).count("E-") == 0
