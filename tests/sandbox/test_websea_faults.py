"""Limits, habits and injected faults of the local Websea."""

from typing import Any

import httpx
import pytest

from tests.sandbox.sandbox_process import SandboxProcess, sandbox
from tests.sandbox.websea_client import SYMBOL, WebseaClient

CREATE = "order/create"


@pytest.mark.parametrize(
    ("kind", "status", "accepted"),
    [
        ("error_500_before", 500, 0),
        ("error_500_after", 500, 1),
        ("error_503_after", 503, 1),
        ("rate_limit", 429, 0),
        ("ban", 403, 0),
        ("maintenance", 503, 0),
    ],
)
def test_what_stands_before_the_venue_answers_html(hedger: WebseaClient, kind: str, status: int, accepted: int) -> None:
    hedger.sandbox.faults({"on": "place", "do": kind})
    answer = hedger.call("POST", CREATE, **hedger.form("open", "buy", 1, hedger.away()))
    assert (answer.status_code, answer.text[:6]) == (status, "<html>")
    assert "Retry-After" not in answer.headers
    assert len(hedger.sandbox.account()["open_orders"]) == accepted


@pytest.mark.parametrize(
    ("fault", "number", "accepted"),
    [
        ({"do": "reject"}, 20509, 0),
        ({"do": "reject", "code": "20519"}, 20519, 0),
        ({"do": "error_500_before", "code": "20507"}, 20507, 0),
        ({"do": "error_500_after", "code": "20500"}, 20500, 1),
    ],
)
def test_faults_may_name_a_number(hedger: WebseaClient, fault: dict[str, object], number: int, accepted: int) -> None:
    hedger.sandbox.faults({"on": "place", **fault})
    assert hedger.refusal("POST", CREATE, **hedger.form("open", "buy", 1, hedger.away()))[0] == number
    assert len(hedger.sandbox.account()["open_orders"]) == accepted


@pytest.mark.parametrize(
    ("kind", "accepted"), [("timeout_before_accept", 0), ("timeout_after_accept", 1), ("reset", 0)]
)
def test_a_lost_answer_is_found_among_the_open_orders(hedger: WebseaClient, kind: str, accepted: int) -> None:
    texts = {name: str(value) for name, value in hedger.form("open", "buy", 3, hedger.away()).items()}
    hedger.sandbox.faults({"on": "place", "do": kind})
    url = hedger.sandbox.rest + "/v1/futures/order/create"
    with pytest.raises(httpx.TransportError):
        httpx.post(url, data=texts, headers=hedger.headers(texts), timeout=1.0, trust_env=False)
    listed = hedger.answer("GET", "orders/open", symbol=SYMBOL, is_full=1)
    assert [(row["amount"], row["price"]) for row in listed] == [("3", texts["price"].rstrip("0"))] * accepted


def test_an_order_may_be_listed_late(hedger: WebseaClient) -> None:
    hedger.habits(listed_after_ms=5_000)
    order_id = hedger.place("open", "buy", 1, hedger.away())
    assert hedger.answer("GET", "orders/open") == []
    assert hedger.detail(order_id)["status"] == 1
    hedger.rest()
    assert [row["order_id"] for row in hedger.answer("GET", "orders/open")] == [order_id]


def test_a_cancel_may_fail_in_part(hedger: WebseaClient) -> None:
    ids = [hedger.place("open", "buy", 1, hedger.away()) for _ in range(2)]
    hedger.habits(fail_cancels=1)
    assert hedger.cancel(*ids) == {"success": ids[1:], "failed": ids[:1]}
    assert [row["order_id"] for row in hedger.answer("GET", "orders/open")] == ids[:1]


def test_a_habit_that_is_none_is_refused(hedger: WebseaClient) -> None:
    answer = httpx.post(f"{hedger.sandbox.rest}/_sandbox/habits", json={"kindness": 1}, trust_env=False)
    assert answer.status_code == 400
    assert "kindness" in answer.json()["error"]


def test_a_query_can_fail_and_an_answer_be_cut(hedger: WebseaClient) -> None:
    hedger.sandbox.faults({"on": "query", "do": "error_500_before"})
    assert hedger.call("GET", "position").status_code == 500
    hedger.sandbox.faults({"on": "/v1/futures/wallet", "do": "corrupt"})
    assert not hedger.call("GET", "wallet").text.endswith("}")
    assert hedger.answer("GET", "wallet")[0]["asset"] == "USDT"


def test_a_skewed_clock_refuses_the_nonce(hedger: WebseaClient) -> None:
    hedger.sandbox.faults({"on": "query", "do": "clock_skew_ms", "ms": 65_000})
    assert hedger.refusal("GET", "position", symbol=SYMBOL)[0] == 20520
    assert hedger.answer("GET", "position", symbol=SYMBOL) == []


def _until_refused(call: Any, most: int) -> int:  # noqa: ANN401 - a request of any kind
    for count in range(most):
        answer = call()
        if answer.status_code == 429:
            assert answer.json()["errno"] == 429
            assert "Retry-After" not in answer.headers
            return count
    return most


@pytest.fixture
def quiet() -> Any:  # noqa: ANN401 - yields
    """A Websea of one's own: nobody else counts against its limits."""
    with sandbox("websea", "--symbols", SYMBOL) as process:
        yield process


def test_limits(quiet: SandboxProcess) -> None:
    client = WebseaClient(quiet, "b")
    assert _until_refused(lambda: client.call("GET", "position"), 120) == 100
    assert client.call("GET", "wallet").status_code == 429  # the key's limit is over all paths
    other = WebseaClient(quiet, "a")
    assert other.answer("GET", "wallet")[0]["asset"] == "USDT"
    url = f"{quiet.rest}/v1/futures/index_price"
    assert _until_refused(lambda: httpx.get(url, trust_env=False), 60) == 50
    assert httpx.get(f"{quiet.rest}/v1/futures/symbols", trust_env=False).status_code == 200
    client.rest()
    assert client.answer("GET", "position") == []
    for one in (client, other):
        one.close()


def test_symbols_can_be_chosen(quiet: SandboxProcess) -> None:
    assert quiet.line["symbols"] == [SYMBOL]
    assert {name for row in quiet.line["accounts"] for name in row} == {"name", "token", "secret"}
    assert quiet.account("b")["balances"]["USDT"] == {"total": "100000", "free": "100000"}
