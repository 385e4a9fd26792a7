"""Rows and wallet of the local Websea agree with the truth of the matching engine."""

from decimal import Decimal
from typing import Any

from tests.sandbox.websea_client import SYMBOL, WebseaClient

POSITION = {
    "type", "symbol", "lever_rate", "amount", "avail_amount", "contract_frozen", "open_price_avg", "profit",
    "un_profit", "bood", "settle_rate", "equity", "avail", "bond_rate", "liquidation_price",
}  # fmt: skip


def _wallet(client: WebseaClient) -> dict[str, Any]:
    [row] = client.answer("GET", "wallet")
    return {name: value if name in ("asset", "updateTime") else Decimal(value) for name, value in row.items()}


def _cash(client: WebseaClient) -> Decimal:
    return Decimal(client.sandbox.account(client.account)["balances"]["USDT"]["total"])


def test_an_account_that_holds_nothing(capital: WebseaClient) -> None:
    assert capital.answer("GET", "position", is_full=1) == []
    wallet = _wallet(capital)
    assert set(wallet) == {"asset", "balance", "unPnl", "avail", "hold", "frozen", "updateTime"}
    assert wallet["balance"] == wallet["avail"] == _cash(capital)
    assert (wallet["unPnl"], wallet["hold"], wallet["frozen"]) == (0, 0, 0)


def test_a_row_and_the_wallet(hedger: WebseaClient) -> None:
    before = _cash(hedger)
    order_id = hedger.place("open", "buy", 20)
    detail = hedger.until_final(order_id)
    row = hedger.rows()[1]
    assert set(row) == POSITION
    truth = hedger.sandbox.account()["positions"][SYMBOL]
    assert (truth["quantity"], row["amount"]) == ("2", "20")
    assert abs(Decimal(truth["entry_price"]) - Decimal(row["open_price_avg"])) < Decimal("1e-7")
    assert row["open_price_avg"] == detail["price_avg"]
    assert abs(Decimal(row["bood"]) - Decimal(row["open_price_avg"]) * 2 / 10) < Decimal("1e-6")
    fees = sum(Decimal(fill["fee"]) for fill in hedger.answer("GET", "order/trades", order_id=order_id))
    wallet = _wallet(hedger)
    assert wallet["balance"] == before - fees == _cash(hedger)
    assert abs(wallet["avail"] + wallet["hold"] + wallet["frozen"] - wallet["balance"] - wallet["unPnl"]) < Decimal(
        "1e-6"
    )


def test_what_was_closed_is_profit(hedger: WebseaClient) -> None:
    hedger.until_final(hedger.place("open", "sell", 10))
    closed = hedger.place("close", "buy", 4)
    hedger.until_final(closed)
    profit = sum(Decimal(fill["profit"]) for fill in hedger.answer("GET", "order/trades", order_id=closed))
    assert profit == Decimal(hedger.detail(closed)["profit"])
    assert abs(profit - Decimal(hedger.rows()[2]["profit"])) < Decimal("1e-7")
    assert _wallet(hedger)["balance"] == _cash(hedger)
    history = hedger.answer("GET", "order/history_detail", order_id=closed)
    assert sum(Decimal(row["amount"]) for row in history["closeOrders"]) == 4


def test_both_sides_bind_margin_and_sum_up(hedger: WebseaClient) -> None:
    hedger.until_final(hedger.place("open", "buy", 10))
    one = _wallet(hedger)["hold"]
    hedger.until_final(hedger.place("open", "sell", 10))
    hedger.sandbox.market(SYMBOL, mid="149")
    assert hedger.sandbox.account()["positions"] == {}
    assert set(hedger.rows()) == {1, 2}
    wallet = _wallet(hedger)
    assert wallet["hold"] > one * Decimal("1.9")
    assert wallet["balance"] + wallet["unPnl"] == _cash(hedger)  # net there is no position, so nothing is unrealised


def test_open_orders_freeze_margin(hedger: WebseaClient) -> None:
    price = hedger.away()
    hedger.place("open", "buy", 100, price)
    needed = price * 10 * (Decimal("0.1") + Decimal("0.0006"))
    assert abs(_wallet(hedger)["frozen"] - needed) < Decimal("1e-6")
    resting = hedger.form("open", "buy", 75_000, price, lever_rate=10)
    assert hedger.refusal("POST", "order/create", **resting) == (20509, "order accountbalance error")
