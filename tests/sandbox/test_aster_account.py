"""What an account holds and did, and its settings, on the local Aster."""

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.aster_client import SYMBOL, AsterClient, recorded

TRADES = "/fapi/v3/userTrades"


def truth(client: AsterClient) -> Any:  # noqa: ANN401 - JSON
    return client.sandbox.account(client.name)


def flatten(client: AsterClient) -> None:
    held = Decimal(client.answer("GET", "/fapi/v3/positionRisk", symbol=SYMBOL)[0]["positionAmt"])
    if held:
        client.place("SELL" if held > 0 else "BUY", str(abs(held)), reduceOnly=True)


def test_position_balance_and_account_agree_with_the_truth(own_agent: AsterClient) -> None:
    own_agent.place("BUY", "2.00")
    state = truth(own_agent)
    row = own_agent.answer("GET", "/fapi/v3/positionRisk", symbol=SYMBOL)[0]
    assert set(recorded("rest_position_risk_one_way.json")[0]) <= set(row)
    assert row["positionAmt"] == state["positions"][SYMBOL]["quantity"] == "2"
    entry = Decimal(state["positions"][SYMBOL]["entry_price"])
    assert Decimal(row["entryPrice"]) == pytest.approx(entry, abs=Decimal("1e-8"))
    assert row["marginType"] == "cross"
    balance = own_agent.answer("GET", "/fapi/v3/balance")[0]
    assert set(balance) == set(recorded("rest_balance.json")[0])
    total = Decimal(state["balances"]["USDT"]["total"])
    assert Decimal(balance["balance"]) == pytest.approx(total, abs=Decimal("1e-8"))
    assert Decimal(balance["availableBalance"]) < total
    account = own_agent.answer("GET", "/fapi/v3/accountWithJoinMargin")
    real = recorded("rest_account.json")
    assert set(real) <= set(account)
    assert set(real["assets"][0]) <= set(account["assets"][0])
    assert set(real["positions"][0]) <= set(account["positions"][0])
    assert account["totalWalletBalance"] == balance["balance"]
    flatten(own_agent)
    assert truth(own_agent)["positions"] == {}
    assert own_agent.answer("GET", "/fapi/v3/positionRisk", symbol=SYMBOL)[0]["positionAmt"] == "0"
    assert len(own_agent.answer("GET", "/fapi/v3/positionRisk")) == 3


def test_fills_and_income_tell_the_same_money_as_the_truth(own_agent: AsterClient) -> None:
    first = own_agent.answer("GET", TRADES, symbol=SYMBOL, limit=1)
    known = first[-1]["id"] if first else 0
    start = Decimal(truth(own_agent)["balances"]["USDT"]["total"])
    own_agent.place("BUY", "1.00")
    own_agent.place("SELL", "1.00", reduceOnly=True)
    rows = [row for row in own_agent.answer("GET", TRADES, symbol=SYMBOL) if row["id"] > known]
    assert set(recorded("rest_user_trades.json")[0]) <= set(rows[0])
    assert sum(Decimal(row["qty"]) for row in rows) == 2
    assert all(Decimal(row["commission"]) < 0 and row["commissionAsset"] == "USDT" for row in rows)
    assert all(row["buyer"] == (row["side"] == "BUY") and row["maker"] is False for row in rows)
    assert "clientOrderId" not in rows[0]
    gained = sum(Decimal(row["realizedPnl"]) + Decimal(row["commission"]) for row in rows)
    end = Decimal(truth(own_agent)["balances"]["USDT"]["total"])
    assert gained == pytest.approx(end - start, abs=Decimal("1e-6"))
    again = own_agent.answer("GET", TRADES, symbol=SYMBOL, fromId=rows[-1]["id"])
    assert [row["id"] for row in again] == [rows[-1]["id"]]
    assert own_agent.refusal("GET", TRADES) == (400, -1102)
    assert own_agent.refusal("GET", TRADES, symbol=SYMBOL, fromId=1, startTime=1) == (400, -1128)
    income = own_agent.answer("GET", "/fapi/v3/income", symbol=SYMBOL, limit=1_000)
    assert {"COMMISSION", "REALIZED_PNL"} <= {row["incomeType"] for row in income}


def test_funding_is_paid_at_its_hour_and_listed(agent: AsterClient) -> None:
    agent.place("BUY", "5.00")
    next_ms = agent.get("/fapi/v3/premiumIndex", symbol=SYMBOL)["nextFundingTime"]
    now_ms = agent.get("/fapi/v3/time")["serverTime"]
    agent.sandbox.advance((next_ms - now_ms) / 1_000 + 1)
    agent.catch_up()
    rows = agent.answer("GET", "/fapi/v3/income", incomeType="FUNDING_FEE")
    assert [row["symbol"] for row in rows] == [SYMBOL]
    assert next_ms <= rows[0]["time"] < next_ms + 1_000
    assert Decimal(rows[0]["income"]) != 0
    flatten(agent)


def test_leverage_and_fees(own_agent: AsterClient) -> None:
    real = recorded("rest_change_leverage.json")
    answer = own_agent.answer("POST", "/fapi/v3/leverage", symbol=SYMBOL, leverage=21)
    assert set(answer) == set(real)
    assert (answer["leverage"], answer["symbol"]) == (21, SYMBOL)
    rows = {row["symbol"]: row["leverage"] for row in own_agent.answer("GET", "/fapi/v3/positionRisk")}
    assert rows == {"SOLUSDT": "21", "BTCUSDT": "20", "ETHUSDT": "20"}
    for wrong in (0, 126):
        assert own_agent.refusal("POST", "/fapi/v3/leverage", symbol=SYMBOL, leverage=wrong) == (400, -4028)
    fees = own_agent.answer("GET", "/fapi/v3/commissionRate", symbol=SYMBOL)
    assert set(fees) == set(recorded("rest_commission_rate.json"))
    assert fees["makerCommissionRate"] == "0.0001"
    bracket = own_agent.answer("GET", "/fapi/v3/leverageBracket", symbol=SYMBOL)
    assert bracket[0]["brackets"][0]["initialLeverage"] == 125


def test_margin_type(own_agent: AsterClient) -> None:
    path = "/fapi/v3/marginType"
    assert own_agent.refusal("POST", path, symbol=SYMBOL, marginType="CROSSED") == (400, -4046)
    own_agent.place("BUY", "0.50", own_agent.far_bid())
    assert own_agent.refusal("POST", path, symbol=SYMBOL, marginType="ISOLATED") == (400, -4047)
    own_agent.cancel_all()
    assert own_agent.answer("POST", path, symbol=SYMBOL, marginType="ISOLATED")["code"] == 200
    assert own_agent.answer("GET", "/fapi/v3/positionRisk", symbol=SYMBOL)[0]["marginType"] == "isolated"
    own_agent.place("BUY", "0.50")
    assert own_agent.refusal("POST", path, symbol=SYMBOL, marginType="CROSSED") == (400, -4048)
    flatten(own_agent)
    assert own_agent.answer("POST", path, symbol=SYMBOL, marginType="CROSSED") == {"code": 200, "msg": "success"}


def test_position_mode(own_agent: AsterClient) -> None:
    path = "/fapi/v3/positionSide/dual"
    assert own_agent.answer("GET", path) == {"dualSidePosition": False}
    assert set(own_agent.answer("GET", path)) == set(recorded("rest_position_mode.json"))
    assert own_agent.refusal("POST", path, dualSidePosition=False) == (400, -4059)
    assert own_agent.answer("POST", path, dualSidePosition=True)["code"] == 200
    order = own_agent.order("BUY", "0.50", own_agent.far_bid())
    assert own_agent.refusal("POST", "/fapi/v3/order", **order) == (400, -4061)
    assert own_agent.refusal("POST", "/fapi/v3/order", **order, positionSide="LONG", reduceOnly=True) == (400, -4062)
    rows = own_agent.answer("GET", "/fapi/v3/positionRisk", symbol=SYMBOL)
    assert [row["positionSide"] for row in rows] == ["LONG", "SHORT"]
    assert own_agent.answer("POST", path, dualSidePosition=False)["code"] == 200


def test_old_paths_answer_old_keys(key_pair: AsterClient) -> None:
    assert key_pair.answer("GET", "/fapi/v2/balance")[0]["asset"] == "USDT"
    assert key_pair.answer("GET", "/fapi/v4/account")["canTrade"] is True
    assert len(key_pair.answer("GET", "/fapi/v2/positionRisk")) == 3
    assert key_pair.answer("GET", "/fapi/v1/positionSide/dual") == {"dualSidePosition": False}
    assert key_pair.refusal("GET", "/fapi/v3/balance") == (400, -1102)
    assert {row["asset"] for row in key_pair.answer("GET", "/api/v1/account")["balances"]} == {
        "USDT",
        "SOL",
        "BTC",
        "ETH",
    }
