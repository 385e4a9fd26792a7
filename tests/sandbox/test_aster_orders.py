"""Orders on the futures of the local Aster."""

import json
import time
from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.aster_client import SYMBOL, AsterClient, recorded

ORDER = "/fapi/v3/order"


def wait_for(client: AsterClient, order_id: int, status: str) -> Any:  # noqa: ANN401 - JSON
    deadline = time.monotonic() + 10
    while (order := client.query(order_id))["status"] != status:
        assert time.monotonic() < deadline, order
    return order


def truth(client: AsterClient) -> Any:  # noqa: ANN401 - JSON
    return client.sandbox.account(client.name)


@pytest.mark.parametrize("name", ["own_agent", "agent", "key_pair"])
def test_an_order_rests_is_found_and_is_cancelled(name: str, request: pytest.FixtureRequest) -> None:
    client: AsterClient = request.getfixturevalue(name)
    price = client.far_bid()
    placed = client.place("BUY", "0.50", price, newClientOrderId=f"mm-{name}-1")
    wanted = set(recorded("rest_new_order.json")) - {"activatePrice", "priceRate"}
    assert wanted <= set(placed)
    assert (placed["status"], placed["executedQty"], placed["origQty"]) == ("NEW", "0", "0.5")
    base = client.base()
    found = client.answer("GET", f"{base}/order", symbol=SYMBOL, origClientOrderId=f"mm-{name}-1")
    assert found["orderId"] == placed["orderId"]
    assert isinstance(found["time"], int)
    assert [row["orderId"] for row in client.answer("GET", f"{base}/openOrders", symbol=SYMBOL)] == [placed["orderId"]]
    assert client.answer("GET", f"{base}/openOrder", symbol=SYMBOL, orderId=placed["orderId"]) == found
    assert truth(client)["open_orders"][0]["client_id"] == f"mm-{name}-1"
    cancelled = client.answer("DELETE", f"{base}/order", symbol=SYMBOL, orderId=placed["orderId"])
    assert cancelled["status"] == "CANCELED"
    assert client.refusal("DELETE", f"{base}/order", symbol=SYMBOL, orderId=placed["orderId"]) == (400, -2011)
    assert client.query(placed["orderId"])["status"] == "CANCELED"
    assert client.refusal("GET", f"{base}/openOrder", symbol=SYMBOL, orderId=placed["orderId"]) == (400, -2013)
    assert client.refusal("GET", f"{base}/order", symbol=SYMBOL, orderId=1) == (400, -2013)
    assert client.refusal("GET", f"{base}/order", symbol=SYMBOL) == (400, -1102)


def test_a_market_order_is_accepted_first_and_filled_then(own_agent: AsterClient) -> None:
    before = len(truth(own_agent)["fills"])
    placed = own_agent.place("BUY", "0.30")
    assert (placed["status"], placed["executedQty"], placed["type"]) == ("NEW", "0", "MARKET")
    filled = own_agent.query(placed["orderId"])
    assert filled["status"] == "FILLED"
    assert Decimal(filled["avgPrice"]) > 0
    assert Decimal(filled["cumQuote"]) == pytest.approx(
        Decimal(filled["avgPrice"]) * Decimal("0.3"), abs=Decimal("0.01")
    )
    assert len(truth(own_agent)["fills"]) > before
    final = own_agent.place("SELL", "0.30", reduceOnly=True, newOrderRespType="RESULT")
    assert (final["status"], final["executedQty"], final["reduceOnly"]) == ("FILLED", "0.3", True)


def test_a_post_only_order_that_would_cross_is_new_and_expires(own_agent: AsterClient) -> None:
    ask = own_agent.touch()[1]
    placed = own_agent.place("BUY", "0.10", f"{ask * 1.01:.2f}", timeInForce="GTX")
    assert (placed["status"], placed["timeInForce"]) == ("NEW", "GTX")
    expired = wait_for(own_agent, placed["orderId"], "EXPIRED")
    assert expired["executedQty"] == "0"
    final = own_agent.place("BUY", "0.10", f"{ask * 1.01:.2f}", timeInForce="GTX", newOrderRespType="RESULT")
    assert final["status"] == "EXPIRED"
    assert own_agent.place("BUY", "0.10", own_agent.far_bid(), timeInForce="GTX")["status"] == "NEW"
    assert len(own_agent.answer("GET", "/fapi/v3/openOrders", symbol=SYMBOL)) == 1


def test_what_an_ioc_leaves_expires(own_agent: AsterClient) -> None:
    low = own_agent.far_bid()
    final = own_agent.place("BUY", "0.10", low, timeInForce="IOC", newOrderRespType="RESULT")
    assert (final["status"], final["executedQty"]) == ("EXPIRED", "0")
    killed = own_agent.place("BUY", "0.10", low, timeInForce="FOK", newOrderRespType="RESULT")
    assert killed["status"] == "EXPIRED"


def test_an_injected_reject_carries_the_code_it_is_given(own_agent: AsterClient) -> None:
    own_agent.sandbox.faults({"on": "place", "do": "reject", "code": "-5022"})
    fields = own_agent.order("BUY", "0.10", own_agent.far_bid(), timeInForce="GTX")
    response = own_agent.call("POST", ORDER, **fields)
    assert response.json()["code"] == -5022
    assert "maker" in response.json()["msg"]
    assert own_agent.call("POST", ORDER, **fields).status_code == 200


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"symbol": "NOPE"}, -1121),
        ({"symbol": ""}, -1102),
        ({"side": "LONG"}, -1117),
        ({"type": "LIMITED"}, -1116),
        ({"timeInForce": "DAY"}, -1115),
        ({"timeInForce": ""}, -1102),
        ({"timeInForce": "HIDDEN"}, -4084),
        ({"price": ""}, -1102),
        ({"price": "1e2"}, -1102),
        ({"price": "-1"}, -4001),
        ({"price": "100.005"}, -4014),
        ({"price": "100.00005"}, -1111),
        ({"price": "0"}, -4013),
        ({"price": "200000"}, -4002),
        ({"price": "300"}, -4016),
        ({"side": "SELL", "price": "50"}, -4024),
        ({"quantity": ""}, -1102),
        ({"quantity": "NaN"}, -1102),
        ({"quantity": "-1"}, -4003),
        ({"quantity": "0"}, -4004),
        ({"quantity": "0.005"}, -4004),
        ({"quantity": "1.005"}, -4023),
        ({"quantity": "1.00005"}, -1111),
        ({"quantity": "999999999"}, -4005),
        ({"quantity": "0.01"}, -4164),
        ({"quantity": "90000"}, -2019),
        ({"newClientOrderId": "two words"}, -4015),
        ({"newClientOrderId": "x" * 37}, -4015),
        ({"positionSide": "LONG"}, -4061),
        ({"positionSide": "UP"}, -4060),
        ({"reduceOnly": "maybe"}, -1130),
        ({"closePosition": "true"}, -1128),
        ({"stpMode": "EXPIRE_ALL"}, -1130),
        ({"newOrderRespType": "FULL"}, -1136),
        ({"type": "STOP_MARKET"}, -1102),
        ({"type": "STOP_MARKET", "stopPrice": "1"}, -2021),
        ({"type": "TAKE_PROFIT_MARKET", "stopPrice": "100000"}, -2021),
        ({"type": "STOP_MARKET", "stopPrice": "100000"}, -4084),
    ],
)
def test_bad_orders_get_the_venues_codes(own_agent: AsterClient, fields: dict[str, str], code: int) -> None:
    order = own_agent.order("BUY", "0.50", own_agent.far_bid()) | fields
    assert own_agent.refusal("POST", ORDER, **order) == (400, code)
    assert own_agent.answer("GET", "/fapi/v3/openOrders", symbol=SYMBOL) == []


def test_reduce_only_needs_something_to_reduce_and_ids_are_unique_while_open(agent: AsterClient) -> None:
    assert agent.refusal("POST", ORDER, **agent.order("SELL", "0.10", reduceOnly=True)) == (400, -2022)
    fields = agent.order("BUY", "0.50", agent.far_bid())
    placed = agent.answer("POST", ORDER, **fields)
    assert agent.refusal("POST", ORDER, **fields) == (400, -2010)
    agent.answer("DELETE", ORDER, symbol=SYMBOL, orderId=placed["orderId"])
    assert agent.answer("POST", ORDER, **fields)["orderId"] != placed["orderId"]


def test_a_batch_answers_each_order(own_agent: AsterClient) -> None:
    good = own_agent.order("BUY", "0.50", own_agent.far_bid())
    rows = [good, {**good, "newClientOrderId": "b-2", "price": "1.005"}, {**good, "newClientOrderId": "b-3"}, "junk"]
    answers = own_agent.answer("POST", "/fapi/v3/batchOrders", batchOrders=json.dumps(rows))
    assert [row.get("status", row.get("code")) for row in answers] == ["NEW", -4014, "NEW", -1130]
    assert own_agent.refusal("POST", "/fapi/v3/batchOrders", batchOrders=json.dumps([good] * 6)) == (400, -4082)
    assert own_agent.refusal("POST", "/fapi/v3/batchOrders", batchOrders="{'symbol': 1}") == (400, -1102)
    ids = [answers[0]["orderId"], 7]
    cancelled = own_agent.answer("DELETE", "/fapi/v3/batchOrders", symbol=SYMBOL, orderIdList=json.dumps(ids))
    assert [row.get("status", row.get("code")) for row in cancelled] == ["CANCELED", -2011]
    cancelled = own_agent.answer("DELETE", "/fapi/v3/batchOrders", symbol=SYMBOL, origClientOrderIdList='["b-3"]')
    assert [row["status"] for row in cancelled] == ["CANCELED"]


def test_cancel_all_is_by_symbol_and_its_code_is_text(own_agent: AsterClient) -> None:
    for _ in range(3):
        own_agent.place("BUY", "0.50", own_agent.far_bid())
    assert own_agent.answer("DELETE", "/fapi/v3/allOpenOrders", symbol=SYMBOL) == recorded("rest_cancel_all.json")
    assert own_agent.answer("GET", "/fapi/v3/openOrders") == []
    assert own_agent.refusal("DELETE", "/fapi/v3/allOpenOrders") == (400, -1102)


def test_an_amend_changes_price_and_quantity_and_a_refused_one_nothing(own_agent: AsterClient) -> None:
    placed = own_agent.place("BUY", "0.50", own_agent.far_bid())
    lower = f"{float(own_agent.far_bid()) * 0.99:.2f}"
    changed = own_agent.answer("PUT", ORDER, symbol=SYMBOL, orderId=placed["orderId"], price=lower, quantity="0.70")
    assert (changed["orderId"], Decimal(changed["price"]), changed["origQty"]) == (
        placed["orderId"],
        Decimal(lower),
        "0.7",
    )
    named = {"symbol": SYMBOL, "orderId": placed["orderId"]}
    assert own_agent.refusal("PUT", ORDER, **named, price=lower) == (400, -1102)
    assert own_agent.refusal("PUT", ORDER, **named, price="100.005", quantity="0.70") == (400, -4014)
    assert own_agent.query(placed["orderId"])["origQty"] == "0.7"
    assert own_agent.refusal("PUT", ORDER, symbol=SYMBOL, orderId=5, price=lower, quantity="1") == (400, -2013)


def test_the_dead_mans_switch_cancels_when_it_runs_down(own_agent: AsterClient, agent: AsterClient) -> None:
    ours, theirs = own_agent.place("BUY", "0.50", own_agent.far_bid()), agent.place("BUY", "0.50", agent.far_bid())
    path = "/fapi/v3/countdownCancelAll"
    answer = own_agent.answer("POST", path, symbol=SYMBOL, countdownTime=100_000)
    assert answer == {"symbol": SYMBOL, "countdownTime": "100000"}
    for client in (own_agent, agent):
        client.sandbox.advance(60)
        own_agent.catch_up()
        own_agent.answer("POST", path, symbol=SYMBOL, countdownTime=100_000)  # each call starts anew
    assert own_agent.query(ours["orderId"])["status"] == "NEW"
    own_agent.sandbox.advance(101)
    own_agent.catch_up()
    agent.catch_up()
    assert own_agent.query(ours["orderId"])["status"] == "CANCELED"
    assert agent.query(theirs["orderId"])["status"] == "NEW"


def test_a_stopped_countdown_cancels_nothing(own_agent: AsterClient) -> None:
    placed = own_agent.place("BUY", "0.50", own_agent.far_bid())
    for span_ms in (1_000, 0):
        own_agent.answer("POST", "/fapi/v3/countdownCancelAll", symbol=SYMBOL, countdownTime=span_ms)
    own_agent.sandbox.advance(5)
    own_agent.catch_up()
    assert own_agent.query(placed["orderId"])["status"] == "NEW"


def test_orders_are_counted(own_agent: AsterClient) -> None:
    response = own_agent.call("POST", ORDER, **own_agent.order("BUY", "0.50", own_agent.far_bid()))
    count = int(response.headers["X-MBX-ORDER-COUNT-1M"])
    assert count >= 1
    assert "X-MBX-ORDER-COUNT-1M" not in own_agent.call("GET", "/fapi/v3/openOrders", symbol=SYMBOL).headers


def test_all_orders_are_listed_oldest_first_from_an_id_on(own_agent: AsterClient) -> None:
    ids = [own_agent.place("BUY", "0.50", own_agent.far_bid())["orderId"] for _ in range(3)]
    rows = own_agent.answer("GET", "/fapi/v3/allOrders", symbol=SYMBOL, orderId=ids[1])
    assert [row["orderId"] for row in rows] == ids[1:]
    rows = own_agent.answer("GET", "/fapi/v3/allOrders", symbol=SYMBOL, limit=2)
    assert [row["orderId"] for row in rows] == ids[1:]
    assert own_agent.refusal("GET", "/fapi/v3/allOrders", symbol=SYMBOL, startTime=1, endTime=10**9) == (400, -1127)
