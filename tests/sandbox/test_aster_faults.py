"""Limits and injected faults of the local Aster, in the venue's words."""

from typing import Any

import httpx
import pytest

from tests.sandbox.aster_client import SYMBOL, AsterClient, Socket, connect
from tests.sandbox.sandbox_process import sandbox

ORDER = "/fapi/v3/order"


@pytest.mark.parametrize(
    ("kind", "status", "code", "accepted"),
    [
        ("error_500_before", 500, -1001, 0),
        ("error_500_after", 500, -1001, 1),
        ("error_503_after", 503, -1007, 1),
        ("rate_limit", 429, -1003, 0),
        ("ban", 418, -1003, 0),
        ("reject", 400, -2010, 0),
        ("maintenance", 503, -1016, 0),
    ],
)
def test_errors_of_a_place(own_agent: AsterClient, kind: str, status: int, code: int, accepted: int) -> None:
    own_agent.sandbox.faults({"on": "place", "do": kind})
    fields = own_agent.order("BUY", "0.50", own_agent.far_bid())
    assert own_agent.refusal("POST", ORDER, **fields) == (status, code)
    name = fields["newClientOrderId"]
    found = own_agent.call("GET", ORDER, symbol=SYMBOL, origClientOrderId=name)
    assert found.status_code == (200 if accepted else 400)
    assert len(own_agent.sandbox.account()["open_orders"]) == accepted


@pytest.mark.parametrize(
    ("kind", "accepted"), [("timeout_before_accept", 0), ("timeout_after_accept", 1), ("reset", 0)]
)
def test_a_lost_answer(own_agent: AsterClient, kind: str, accepted: int) -> None:
    own_agent.sandbox.faults({"on": "place", "do": kind})
    text = own_agent.signed_v3(own_agent.order("BUY", "0.50", own_agent.far_bid()))
    with pytest.raises(httpx.TransportError):
        httpx.post(own_agent.sandbox.rest + ORDER, content=text, timeout=1.0, trust_env=False)
    assert len(own_agent.sandbox.account()["open_orders"]) == accepted


def test_a_query_can_fail_and_an_answer_be_cut(own_agent: AsterClient) -> None:
    own_agent.sandbox.faults({"on": "query", "do": "error_500_before"}, {"on": "query", "do": "corrupt"})
    assert own_agent.call("GET", "/fapi/v3/openOrders", symbol=SYMBOL).status_code == 500
    own_agent.sandbox.clear_faults()
    own_agent.sandbox.faults({"on": "query", "do": "corrupt"})
    cut = own_agent.call("GET", "/fapi/v3/positionRisk")
    assert cut.status_code == 200
    assert not cut.text.endswith("]")


def test_a_fault_can_name_amends_and_paths(own_agent: AsterClient) -> None:
    placed = own_agent.place("BUY", "0.50", own_agent.far_bid())
    own_agent.sandbox.faults(
        {"on": "amend", "do": "error_503_after"}, {"on": "POST /fapi/v3/leverage", "do": "rate_limit"}
    )
    assert own_agent.refusal("POST", "/fapi/v3/leverage", symbol=SYMBOL, leverage=3) == (429, -1003)
    fields = {"symbol": SYMBOL, "orderId": placed["orderId"], "price": placed["price"], "quantity": "0.60"}
    assert own_agent.refusal("PUT", ORDER, **fields) == (503, -1007)
    assert own_agent.query(placed["orderId"])["origQty"] == "0.6"


async def test_a_gap_shows_in_pu(own_agent: AsterClient) -> None:
    async with connect(own_agent.sandbox, "ws/solusdt@depth@100ms") as connection:
        socket = Socket(connection)
        last: int | None = None
        own_agent.sandbox.faults({"on": "ws_public", "do": "gap", "skip": 3})
        gaps = 0
        for _ in range(10):
            frame: dict[str, Any] = await socket.next("depthUpdate")
            gaps += last is not None and frame["pu"] != last
            last = frame["u"]
        assert gaps == 1


def test_too_much_weight_is_refused_and_insisting_is_banned() -> None:
    with sandbox("aster") as fresh:
        client = AsterClient(fresh)
        answers = [client.public("/fapi/v3/depth", symbol=SYMBOL, limit=1_000) for _ in range(121)]
        refused = answers[-1]
        assert (refused.status_code, refused.json()["code"]) == (429, -1003)
        assert {answer.status_code for answer in answers[:115]} == {200}
        assert client.public("/api/v3/ping").status_code == 200  # spot counts for itself
        while (answer := client.public("/fapi/v3/depth", symbol=SYMBOL, limit=1_000)).status_code == 429:
            pass
        assert (answer.status_code, answer.headers["Retry-After"]) == (418, "120")
        assert client.public("/fapi/v3/ping").status_code == 418
        fresh.advance(121)
        assert client.public("/fapi/v3/ping").status_code == 200
        client.close()
