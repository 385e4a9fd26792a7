"""Orders on the local Websea: life, hedge mode, refusals, pages, by raw signed requests."""

import time
from decimal import Decimal

import pytest

from tests.sandbox.websea_client import CONTRACT, SYMBOL, TICK, WebseaClient, documented


def _net(client: WebseaClient) -> Decimal:
    """The net position in contracts, as the matching engine holds it in coins."""
    held = client.sandbox.account(client.account)["positions"].get(SYMBOL, {"quantity": "0"})
    return Decimal(held["quantity"]) / CONTRACT


def test_an_order_rests_is_found_and_is_cancelled(hedger: WebseaClient) -> None:
    price = hedger.away()
    order_id = hedger.place("open", "buy", 37, price)
    assert order_id[:2].isalpha()
    row = hedger.answer("GET", "orders/open", symbol=SYMBOL, is_full=1)[0]
    assert set(row) == set(documented("rest_contract_open_orders")["result"][0])
    assert (row["order_id"], row["type"], row["status"], row["contract_type"]) == (order_id, "buy-limit", 1, "open")
    assert (row["amount"], row["deal_amount"], row["lever_rate"]) == ("37", "0", 10)
    assert Decimal(row["price"]) == price
    detail = hedger.detail(order_id)
    assert set(detail) == set(documented("rest_contract_order_detail")["result"])
    assert (detail["contract_type"], detail["status"]) == (1, 1)
    truth = hedger.sandbox.account()["open_orders"]
    assert [(row["order_id"], row["side"], row["quantity"]) for row in truth] == [(order_id, "buy", "3.7")]
    assert hedger.cancel(order_id) == {"success": [order_id], "failed": []}
    assert hedger.detail(order_id)["status"] == 6
    assert hedger.answer("GET", "orders/open") == []
    assert hedger.answer("GET", "orders/history", limit=1)[0]["order_id"] == order_id


def test_fills_have_no_ids_and_positive_fees(hedger: WebseaClient) -> None:
    order_id = hedger.place("open", "buy", 5, hedger.away("sell", 300))
    detail = hedger.until_final(order_id)
    assert (detail["status"], detail["deal_amount"], detail["profit"]) == (3, "5", "0")
    rows = hedger.answer("GET", "order/trades", order_id=order_id)
    assert set(rows[0]) == {"order_id", "ctime", "symbol", "price", "amount", "bood", "profit", "fee"}
    assert sum(Decimal(row["amount"]) for row in rows) == 5
    truth = [row for row in hedger.sandbox.account()["fills"] if row["order_id"] == order_id]
    assert [-Decimal(row["fee"]) for row in truth] == [Decimal(row["fee"]) for row in rows]
    assert all(Decimal(row["fee"]) > 0 and row["ctime"] > 1_600_000_000 for row in rows)


@pytest.mark.parametrize(
    ("action", "side", "kind", "sign"),
    [("open", "buy", 1, 1), ("open", "sell", 2, -1)],
)
def test_what_opens_and_what_closes(hedger: WebseaClient, action: str, side: str, kind: int, sign: int) -> None:
    other = "sell" if side == "buy" else "buy"
    hedger.until_final(hedger.place(action, side, 10))
    assert {row_kind: row["amount"] for row_kind, row in hedger.rows().items()} == {kind: "10"}
    assert _net(hedger) == sign * 10
    assert hedger.refusal("POST", "order/create", **hedger.form("close", side, 1)) == (10010, "Insufficient position")
    beyond = hedger.form("close", other, 11)
    assert hedger.refusal("POST", "order/create", **beyond) == (10010, "Insufficient position")
    assert _net(hedger) == sign * 10
    hedger.until_final(hedger.place("close", other, 4))
    assert hedger.rows()[kind]["amount"] == "6"
    hedger.until_final(hedger.place(action, other, 10))  # opens the other side: both rows are held
    assert {row_kind: row["amount"] for row_kind, row in hedger.rows().items()} == {kind: "6", 3 - kind: "10"}
    assert _net(hedger) == sign * 6 - sign * 10


def test_margin_modes_are_apart(hedger: WebseaClient) -> None:
    hedger.until_final(hedger.place("open", "buy", 3, is_full=1))
    hedger.until_final(hedger.place("open", "buy", 4, is_full=2))
    assert hedger.rows(is_full=1)[1]["amount"] == "3"
    assert hedger.rows(is_full=2)[1]["amount"] == "4"
    assert len(hedger.answer("GET", "position", symbol=SYMBOL)) == 2
    assert hedger.refusal("POST", "order/create", **hedger.form("close", "sell", 4, is_full=1))[0] == 10010


def test_closing_orders_freeze_what_they_close(hedger: WebseaClient) -> None:
    hedger.until_final(hedger.place("open", "buy", 10))
    resting = hedger.place("close", "sell", 7, hedger.away("sell"))
    row = hedger.rows()[1]
    assert (row["amount"], row["avail_amount"], row["contract_frozen"]) == ("10", "3", "7")
    assert hedger.refusal("POST", "order/create", **hedger.form("close", "sell", 4)) == (10010, "Insufficient position")
    hedger.until_final(hedger.place("close", "sell", 3))
    hedger.cancel(resting)
    row = hedger.rows()[1]
    assert (row["amount"], row["avail_amount"], row["contract_frozen"]) == ("7", "7", "0")


def test_fresh_contracts_are_not_closable_at_once(hedger: WebseaClient) -> None:
    hedger.habits(closable_after_ms=60_000)
    hedger.until_final(hedger.place("open", "sell", 5))
    assert hedger.rows()[2]["avail_amount"] == "0"
    assert hedger.refusal("POST", "order/create", **hedger.form("close", "buy", 5)) == (10010, "Insufficient position")
    hedger.skew_s = hedger.sandbox.advance(61) / 1_000 - time.time()
    assert hedger.rows()[2]["avail_amount"] == "5"
    assert hedger.until_final(hedger.place("close", "buy", 5))["status"] == 3


def test_a_cancel_takes_its_time_and_a_fill_may_be_faster(hedger: WebseaClient) -> None:
    hedger.habits(cancelling_ms=60_000)
    slow, hit = hedger.place("open", "buy", 1, hedger.away()), hedger.place("open", "buy", 1, hedger.away(ticks=0))
    assert hedger.cancel(slow, hit)["success"] == [slow, hit]
    assert [hedger.detail(order_id)["status"] for order_id in (slow, hit)] == [4, 4]
    assert {row["order_id"] for row in hedger.answer("GET", "orders/open")} == {slow, hit}
    depth = sum(Decimal(row[1]) for row in hedger.sandbox.state()["books"][SYMBOL]["bids"][:3])
    hedger.sandbox.market(SYMBOL, trade={"side": "sell", "quantity": str(depth)})
    assert hedger.detail(hit)["status"] == 3
    hedger.rest()
    hedger.skew_s = hedger.sandbox.advance(61) / 1_000 - time.time()
    assert hedger.detail(slow)["status"] == 6


def test_a_part_that_traded_makes_a_cancelled_order_partly_cancelled(hedger: WebseaClient) -> None:
    hedger.sandbox.faults({"on": "place", "do": "partial_then_cancel"})
    order_id = hedger.place("open", "buy", 10, hedger.away(ticks=20))
    detail = hedger.until_final(order_id)
    assert detail["status"] == 5
    assert 0 < Decimal(detail["deal_amount"]) < 10


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"symbol": "DOGE-USDT"}, 20501),
        ({"symbol": "sol-usdt"}, 20501),
        ({"symbol": ""}, 20505),
        ({"type": "buy"}, 20505),
        ({"contract_type": "reduce"}, 20505),
        ({"amount": ""}, 20505),
        ({"amount": "1e3"}, 20505),
        ({"amount": "-1"}, 20505),
        ({"amount": "0"}, 20511),
        ({"amount": "1000001"}, 20511),
        ({"amount": "1000001", "type": "buy-market"}, 20514),
        ({"amount": "1.5"}, 20513),
        ({"price": "100.001"}, 20512),
        ({"price": "0"}, 20510),
        ({"price": "1000001"}, 20510),
        ({"lever_rate": ""}, 20505),
        ({"lever_rate": "101"}, 20505),
        ({"is_full": "0"}, 20505),
        ({"amount": "900000"}, 20509),
        ({"trigger_price": "90"}, 20001),
        ({"type": "buy-tactics"}, 20001),
    ],
)
def test_refusals(capital: WebseaClient, changes: dict[str, str], number: int) -> None:
    fields = capital.form("open", "buy", "1", "100") | changes
    assert capital.refusal("POST", "order/create", **fields)[0] == number
    assert capital.sandbox.account("b")["open_orders"] == []


def test_ids_that_are_none(hedger: WebseaClient) -> None:
    order_id = hedger.place("open", "buy", 1, hedger.away())
    assert hedger.cancel("BL1", "nonsense", order_id) == {"success": [order_id], "failed": ["BL1", "nonsense"]}
    assert hedger.cancel(order_id) == {"success": [], "failed": [order_id]}
    for path in ("order/detail", "order/trades", "order/history_detail"):
        assert hedger.refusal("GET", path, order_id="BL1")[0] == 20515
        assert hedger.refusal("GET", path)[0] == 20505
    assert hedger.refusal("POST", "order/cancel", symbol=SYMBOL)[0] == 20505
    elsewhere = hedger.place("open", "buy", 1, hedger.away())
    other = hedger.answer("POST", "order/cancel", order_ids=elsewhere, symbol="BTC-USDT")
    assert other == {"success": [], "failed": [elsewhere]}


def test_another_account_sees_nothing(hedger: WebseaClient, capital: WebseaClient) -> None:
    order_id = hedger.place("open", "buy", 1, hedger.away())
    assert capital.cancel(order_id) == {"success": [], "failed": [order_id]}
    assert capital.refusal("GET", "order/detail", order_id=order_id)[0] == 20515
    assert capital.answer("GET", "orders/open") == []


@pytest.mark.parametrize(("path", "ends"), [("orders/open", False), ("orders/history", True)])
def test_pages(hedger: WebseaClient, path: str, ends: bool) -> None:
    price = hedger.away()
    ids = [hedger.place("open", "buy", 1, price - number * TICK) for number in range(23)]
    if ends:
        hedger.cancel(*ids)
    newest_first = ids[::-1]

    def page(**query: object) -> list[str]:
        return [row["order_id"] for row in hedger.answer("GET", path, symbol=SYMBOL, is_full=1, **query)]

    first = page()
    assert first == newest_first[:20]
    assert [row for row in page(**{"from": first[-1]}) if row in ids] == newest_first[20:]
    assert page(limit=5, **{"from": newest_first[9]}) == newest_first[10:15]
    assert page(limit=5, direct="next", **{"from": newest_first[9]}) == newest_first[4:9]
    assert page(limit=1000)[:23] == newest_first
    crossed = hedger.answer("GET", path, symbol=SYMBOL, is_full=2)
    assert not {row["order_id"] for row in crossed} & set(ids)
    assert hedger.refusal("GET", path, **{"from": "BL1"})[0] == 20515


def test_the_second_version_names_the_side(hedger: WebseaClient) -> None:
    fields = {
        "symbol": SYMBOL, "trade_type": "open", "position_side": "short", "order_type": "market",
        "margin_mode": "isolated", "leverage": 5, "qty": 8, "qty_type": "contract",
    }  # fmt: skip
    path = "/v2/futures/order/create"
    hedger.until_final(hedger.answer("POST", path, **fields)["order_id"])
    row = hedger.rows()[2]
    assert (row["amount"], row["lever_rate"]) == ("8", 5)
    hedger.until_final(hedger.answer("POST", path, **fields | {"qty_type": "base", "qty": "0.29"})["order_id"])
    assert hedger.rows()[2]["amount"] == "10"
    close = {name: value for name, value in fields.items() if name != "leverage"} | {"trade_type": "close", "qty": 11}
    assert hedger.refusal("POST", path, **close)[0] == 10010
    done = hedger.until_final(hedger.answer("POST", path, **close | {"qty": 10})["order_id"])
    assert (done["type"], done["lever_rate"], done["contract_type"]) == ("buy-market", 5, 2)
    assert hedger.rows() == {}


def test_close_all_closes_what_it_can(hedger: WebseaClient) -> None:
    hedger.until_final(hedger.place("open", "buy", 3))
    hedger.until_final(hedger.place("open", "sell", 4))
    hedger.place("close", "buy", 4, hedger.away())
    assert hedger.answer("POST", "close_all", symbol=SYMBOL, is_full=1) == {"failed": 1, "success": 1}
    assert {kind: row["amount"] for kind, row in hedger.rows().items()} == {2: "4"}


def test_old_paths_do_the_same(hedger: WebseaClient) -> None:
    old = "/openApi/contract/"
    order_id = hedger.answer("POST", old + "add", **hedger.form("open", "buy", 2, hedger.away()))["order_id"]
    assert [row["order_id"] for row in hedger.answer("GET", old + "currentList")] == [order_id]
    assert hedger.answer("GET", old + "getOrderDetail", order_id=order_id)["status"] == 1
    assert hedger.answer("GET", old + "detail", order_id=order_id) == []
    assert hedger.answer("POST", old + "cancel", order_ids=order_id)["success"] == [order_id]
    assert hedger.answer("GET", old + "historyList", limit=1)[0]["order_id"] == order_id
    assert hedger.answer("GET", old + "entrustDetail", order_id=order_id)["closeOrders"] == []
    hedger.until_final(hedger.place("open", "buy", 2))
    row = hedger.answer("GET", old + "position", symbol=SYMBOL)[0]
    assert set(row) == set(documented("rest_contract_position")["result"][0])
    wallet = hedger.answer("GET", old + "walletList", symbol=SYMBOL)
    assert set(wallet[0]) == set(documented("rest_contract_wallet")["result"][0])
    assert hedger.answer("GET", old + "walletList/full", trade_area="USDT")[0]["trade_area"] == "USDT"
    assert hedger.answer("POST", old + "onekeyClose") == {"failed": 0, "success": 1}
