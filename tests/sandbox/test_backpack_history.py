"""What the local Backpack tells of the past and of holdings."""

import time
from decimal import Decimal

from tests.sandbox.backpack_client import INSTRUCTIONS, BackpackClient, open_api

PERP = "ETH_USDC_PERP"
SPOT = "ETH_USDC"


def valid(path: str, body: object) -> None:
    assert open_api().faults("GET", path, 200, body) == []


def test_every_signed_question_has_an_answer_as_described(client: BackpackClient) -> None:
    client.place(PERP, "Bid", "0.1")
    api = open_api()
    for method, path in INSTRUCTIONS:
        if method != "GET" or path == "/api/v1/order":
            continue
        query = {"symbol": PERP, "side": "Bid"} if path.endswith("limits/order") else {}
        body = client.answer("GET", path, query)
        if path != "/wapi/v1/history/position":  # newer than the description
            assert api.faults("GET", path, 200, body) == [], path
    assert client.call("GET", "/api/v1/capital", headers={"X-Signature": "A" * 86 + "=="}).status_code == 400


def test_flat_is_not_found_with_a_symbol_and_nothing_without(client: BackpackClient) -> None:
    flatten(client)
    assert client.refusal("GET", "/api/v1/position", {"symbol": PERP}) == (404, "RESOURCE_NOT_FOUND", "Not Found")
    assert client.answer("GET", "/api/v1/position") == []


def flatten(client: BackpackClient) -> None:
    for symbol, row in client.sandbox.account()["positions"].items():
        held = Decimal(row["quantity"])
        client.place(symbol, "Ask" if held > 0 else "Bid", str(abs(held)), reduceOnly=True)


def test_a_short_is_negative_and_exposure_counts_orders(client: BackpackClient) -> None:
    flatten(client)
    client.place(PERP, "Ask", "0.5")
    mark = Decimal(client.public("/api/v1/markPrices", symbol=PERP).json()[0]["markPrice"])
    client.place(PERP, "Ask", "0.2", str((mark * Decimal("1.05")).quantize(Decimal("0.01"))))
    rows = client.answer("GET", "/api/v1/position", {"symbol": PERP})
    valid("/api/v1/position", rows)
    assert (rows[0]["netQuantity"], rows[0]["netExposureQuantity"]) == ("-0.5", "0.7")
    truth = client.sandbox.account()["positions"][PERP]
    assert truth["quantity"] == "-0.5"
    assert abs(Decimal(truth["entry_price"]) - Decimal(rows[0]["entryPrice"])) < Decimal("1e-9")
    flatten(client)


def test_fills_are_pages_newest_first_and_their_client_id_is_text(client: BackpackClient) -> None:
    first = client.place(PERP, "Bid", "0.1", clientId=4_000_000_001)
    second = client.place(PERP, "Ask", "0.1", clientId=4_000_000_002)
    fills = client.answer("GET", "/wapi/v1/history/fills", {"symbol": PERP})
    valid("/wapi/v1/history/fills", fills)
    assert fills[0]["clientId"] == "4000000002"
    assert fills[0]["feeSymbol"] == "USDC"
    assert Decimal(fills[0]["fee"]) > 0
    assert [row["timestamp"] for row in fills] == sorted((row["timestamp"] for row in fills), reverse=True)
    of_first = client.answer("GET", "/wapi/v1/history/fills", {"orderId": first["id"]})
    assert {row["clientId"] for row in of_first} == {"4000000001"}
    assert sum(Decimal(row["quantity"]) for row in of_first) == Decimal("0.1")
    oldest = client.answer("GET", "/wapi/v1/history/fills", {"sortDirection": "Asc", "limit": "1"})
    newest = client.answer("GET", "/wapi/v1/history/fills", {"limit": "1"})
    assert oldest[0]["tradeId"] < newest[0]["tradeId"]
    assert newest[0]["orderId"] == second["id"]
    assert client.answer("GET", "/wapi/v1/history/fills", {"fillType": "Adl"}) == []
    assert client.answer("GET", "/wapi/v1/history/fills", {"to": "1"}) == []
    assert client.answer("GET", "/wapi/v1/history/fills", {"offset": str(10**6)}) == []
    for wrong in ({"limit": "1001"}, {"sortDirection": "Up"}, {"fillType": "Mine"}, {"from": "soon"}):
        assert client.refusal("GET", "/wapi/v1/history/fills", wrong)[:2] == (400, "INVALID_CLIENT_REQUEST")
    truth = [(row["trade_id"], row["order_id"]) for row in client.sandbox.account()["fills"]]
    listed = client.answer("GET", "/wapi/v1/history/fills", {"sortDirection": "Asc", "limit": "1000"})
    assert [(str(row["tradeId"]), row["orderId"]) for row in listed] == truth


def test_a_spot_buy_pays_its_fee_in_what_it_bought(client: BackpackClient) -> None:
    before = client.answer("GET", "/api/v1/capital")
    client.place(SPOT, "Bid", "0.1")
    fill = client.answer("GET", "/wapi/v1/history/fills", {"symbol": SPOT, "limit": "1"})[0]
    assert (fill["feeSymbol"], fill["isMaker"]) == ("ETH", False)
    after = client.answer("GET", "/api/v1/capital")
    gained = Decimal(after["ETH"]["available"]) - Decimal(before["ETH"]["available"])
    assert gained == Decimal("0.1") * (1 - Decimal("0.001"))


def test_open_orders_lock_what_they_need(client: BackpackClient) -> None:
    before = client.answer("GET", "/api/v1/capital")["ETH"]
    price = str((Decimal(client.public("/api/v1/ticker", symbol=SPOT).json()["lastPrice"]) + 200).quantize(1))
    client.place(SPOT, "Ask", "2", price)
    now = client.answer("GET", "/api/v1/capital")["ETH"]
    assert now["locked"] == "2"
    assert Decimal(now["available"]) == Decimal(before["available"]) - 2


def test_lent_funds_leave_the_balance_and_stay_in_the_collateral(client: BackpackClient) -> None:
    total = Decimal(client.sandbox.account()["balances"]["ETH"]["total"])
    answer = client.call("PATCH", "/api/v1/account", {"autoLend": True})
    assert (answer.status_code, answer.content) == (200, b"")
    assert client.answer("GET", "/api/v1/account")["autoLend"] is True
    capital = client.answer("GET", "/api/v1/capital")
    assert capital["ETH"]["available"] == "0"
    lent = {row["symbol"]: Decimal(row["netQuantity"]) for row in client.answer("GET", "/api/v1/borrowLend/positions")}
    assert lent["ETH"] == total
    rows = {row["symbol"]: row for row in client.answer("GET", "/api/v1/capital/collateral")["collateral"]}
    assert Decimal(rows["ETH"]["totalQuantity"]) == Decimal(rows["ETH"]["lendQuantity"]) == total
    sale = {"symbol": SPOT, "side": "Ask", "orderType": "Market", "quantity": "0.1"}
    assert client.refusal("POST", "/api/v1/order", sale)[:2] == (400, "INSUFFICIENT_FUNDS")
    assert client.answer("POST", "/api/v1/order", sale | {"autoLendRedeem": True})["status"] == "Filled"
    client.call("PATCH", "/api/v1/account", {"autoLend": False})
    assert client.answer("GET", "/api/v1/borrowLend/positions") == []


def test_leverage_is_a_matter_of_the_account(client: BackpackClient) -> None:
    query = {"symbol": PERP, "side": "Bid", "price": "3000"}
    before = Decimal(client.answer("GET", "/api/v1/account/limits/order", query)["maxOrderQuantity"])
    assert client.call("PATCH", "/api/v1/account", {"leverageLimit": "5"}).status_code == 200
    assert client.answer("GET", "/api/v1/account")["leverageLimit"] == "5"
    after = Decimal(client.answer("GET", "/api/v1/account/limits/order", query)["maxOrderQuantity"])
    assert after < before * Decimal("0.6")
    for wrong in ({"leverageLimit": "0.5"}, {"leverageLimit": 5}, {"leverageLimit": "x"}, {"autoLend": "yes"}):
        assert client.refusal("PATCH", "/api/v1/account", wrong)[0] == 400
    client.call("PATCH", "/api/v1/account", {"leverageLimit": "10"})


def test_the_summary_adds_up(client: BackpackClient) -> None:
    client.place(PERP, "Bid", "1")
    row = client.answer("GET", "/api/v1/capital/collateral")
    valid("/api/v1/capital/collateral", row)
    figures = {name: Decimal(value) for name, value in row.items() if isinstance(value, str)}
    assert figures["netEquity"] == figures["assetsValue"] + figures["pnlUnrealized"]
    assert figures["netEquityAvailable"] + figures["netEquityLocked"] == figures["netEquity"]
    assert figures["netEquityLocked"] > 0
    flatten(client)


def test_funding_is_paid_when_its_hour_passes(client: BackpackClient) -> None:
    flatten(client)
    client.place(PERP, "Bid", "1")
    client.sandbox.advance(8 * 3_600)
    client.skew_ms = int(client.public("/api/v1/time").text) - time.time_ns() // 1_000_000
    rows = client.answer("GET", "/wapi/v1/history/funding", {"symbol": PERP})
    valid("/wapi/v1/history/funding", rows)
    assert len(rows) == 1
    assert Decimal(rows[0]["quantity"]) < 0  # a long pays a positive rate
    assert rows[0]["fundingRate"] == "0.0001"
    assert client.answer("GET", "/wapi/v1/history/funding", {"symbol": "BTC_USDC_PERP"}) == []
    flatten(client)
