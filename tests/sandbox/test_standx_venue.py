"""The local StandX from outside: login, signatures, orders that are answered late, streams."""

import json
from collections.abc import Iterator
from decimal import Decimal

import pytest
from nacl.signing import SigningKey
from websockets.sync.client import connect

from mmtui.sandbox.standx import base58
from mmtui.sandbox.standx.errors import ApiError
from mmtui.sandbox.standx.login import Door, Session, make_members
from tests.sandbox.sandbox_process import SandboxProcess, sandbox
from tests.sandbox.standx_client import SEED, StandxClient, heard, payload_of

BODY = (
    b'{"symbol":"BTC-USD","side":"buy","order_type":"limit","qty":"0.1","price":"50000","time_in_force":"alo",'
    b'"reduce_only":false,"cl_ord_id":"mm-0001"}'
)
VECTORS = [
    (BODY, "F+YWt2fSXhwg+uglz7W8nhnLrL3pp+sXNAQWakMqI4IBBn1OcKk5jnrQ019aZEkKv8O2FyetmMX5jtvSvjH5Aw=="),
    (
        b'{"order_id":2424844}',
        "BIK1QQOTkJJBqodFKsM126ePvLonn+bDHXAyVFfGBUYZ4prAx8vxdeNtXGdDT5X45a/NNIrz4EuPIgiuOl01DQ==",
    ),
    (b"", "VpSZOv3OywOSXsmxAYfpFpchVOfYmFr0sMYoq2HKJhgWzEUa4sNzGfz8pQaDlqi12ssmNwiWTC6H+OGIX9hmDg=="),
]
REQUEST_ID, TIMESTAMP_MS = "6f071beb-1b81-4c68-a8bf-66f1589c2146", 1_700_000_000_000


@pytest.fixture(scope="module")
def venue() -> Iterator[SandboxProcess]:
    with sandbox("standx") as process:
        yield process


@pytest.fixture
def stranger(venue: SandboxProcess) -> Iterator[StandxClient]:
    """Account a's wallet, not logged in."""
    venue.clear_faults()
    client = StandxClient(venue, venue.accounts["a"]["wallet_key"])
    yield client
    client.close()


@pytest.fixture
def client(stranger: StandxClient) -> StandxClient:
    """Account a, logged in, with no order left from other tests."""
    assert stranger.login()["chain"] == "bsc"
    left = stranger.get("query_open_orders")["result"]
    if left:
        assert stranger.post("cancel_orders", {"order_id_list": [row["id"] for row in left]}).json()["code"] == 0
    return stranger


# ------------------------------------------------------------------------------------------------------- signatures


def test_base58_is_the_venues() -> None:
    assert base58.encode(SEED) == "1thX6LZfHDZZKUs92febYZhYRcXddmzfzF2NvTkPNE"
    public = bytes(SigningKey(SEED).verify_key)
    assert base58.encode(public) == "FAe4sisG95oZ42w7buUn5qEE4TAnfTTFPiguZUHmhiF"
    assert base58.decode(base58.encode(SEED)) == SEED
    with pytest.raises(ValueError, match="base58"):
        base58.decode("0OIl")


@pytest.mark.parametrize(("body", "signature"), VECTORS)
def test_the_signatures_of_the_sheet_are_right_and_nothing_else_is(body: bytes, signature: str) -> None:
    (member,) = make_members(("a",), 1)
    session = Session(member, SigningKey(SEED).verify_key, 2**62)
    now_ns = TIMESTAMP_MS * 1_000_000
    Door([member], 1).check(session, REQUEST_ID, str(TIMESTAMP_MS), signature, body, now_ns)
    for wrong in (body + b" ", body[:-1] if body else b"{}"):
        with pytest.raises(ApiError, match="invalid signature"):
            Door([member], 1).check(session, REQUEST_ID, str(TIMESTAMP_MS), signature, wrong, now_ns)
    for early in (-10_001, 10_001):
        with pytest.raises(ApiError, match="signature has expired"):
            Door([member], 1).check(session, REQUEST_ID, str(TIMESTAMP_MS), signature, body, now_ns + early * 1_000_000)


# ------------------------------------------------------------------------------------------------------------ login


def test_a_login_is_offered_with_the_text_that_the_sheet_shows(stranger: StandxClient) -> None:
    payload = payload_of(stranger.prepare().json()["signedData"])
    assert payload["message"].startswith("standx.com wants you to sign in with your Ethereum account:\n0x")
    assert payload["message"].endswith(f"Request ID: {payload['requestId']}")
    assert (payload["chainId"], payload["exp"] - payload["iat"]) == (56, 180)
    assert payload_of(stranger.login()["token"])["exp"] > payload["exp"]


def test_what_is_no_login_is_refused(stranger: StandxClient, venue: SandboxProcess) -> None:
    assert stranger.prepare(request_id="abc").status_code == 400
    assert stranger.prepare(address="0x12").status_code == 400
    assert stranger.login(message="something else")["code"] == 403
    assert stranger.login(signed_data=stranger.prepare().json()["signedData"], seconds=5)["code"] == 400
    offer = stranger.prepare().json()["signedData"]
    assert "token" in stranger.login(signed_data=offer)
    assert stranger.login(signed_data=offer)["code"] == 400, "an offer is good once"
    nobody = StandxClient(venue, "0x" + "07" * 32)
    assert nobody.login()["code"] == 403
    nobody.close()


def test_tokens_and_signatures_are_looked_at(client: StandxClient, venue: SandboxProcess) -> None:
    body = client.order()
    assert client.post("new_order", body, Authorization="Bearer nonsense").status_code == 401
    stale = client.post("new_order", body, x_request_timestamp="1700000000000")
    assert (stale.status_code, stale.json()["message"]) == (403, "signature has expired")
    assert client.post("new_order", body, x_request_id="another").status_code == 403
    assert client.post("new_order", body, x_request_sign_version="v2").status_code == 403
    assert client.get("query_open_orders")["result"] == []
    venue.ask("DELETE", "tokens")
    assert client.get("query_balance")["code"] == 401


# ----------------------------------------------------------------------------------------------------------- orders


def test_an_order_is_queued_and_told_of_later(client: StandxClient) -> None:
    with client.results() as socket:
        body = client.order()
        answer = client.post("new_order", body).json()
        assert (answer["code"], "order_id" in answer) == (0, False)
        assert heard(socket) == {"code": 0, "message": "success", "request_id": answer["request_id"]}
        order = client.get("query_order", cl_ord_id=body["cl_ord_id"])
        assert (order["status"], order["qty"], order["price"]) == ("open", body["qty"], body["price"])
        ended = client.post("cancel_order", {"order_id": order["id"]}).json()
        assert heard(socket)["request_id"] == ended["request_id"]
    assert client.get("query_order", order_id=order["id"])["status"] == "canceled"


def test_an_alo_order_that_would_cross_is_accepted_and_then_rejected(client: StandxClient) -> None:
    ask = client.get("query_symbol_price", symbol="BTC-USD")["spread_ask"]
    body = client.order(price=f"{Decimal(ask) + 50:.2f}")
    with client.results() as socket:
        request_id = client.say(socket, "order:new", body)
        assert heard(socket) == {"code": 0, "status": "accepted", "request_id": request_id}
        assert heard(socket) == {"code": 400, "message": "alo order rejected", "request_id": request_id}
    assert client.get("query_order", cl_ord_id=body["cl_ord_id"])["status"] == "rejected"


@pytest.mark.parametrize(
    "wrong",
    [
        {"symbol": "DOGE-USD"}, {"side": "up"}, {"qty": "0"}, {"qty": "0.00001"}, {"qty": "1e400"},
        {"price": "50000.001"},
        {"price": "1"}, {"time_in_force": "day"}, {"order_type": "market"}, {"reduce_only": None}, {"leverage": 3},
        {"margin_mode": "isolated"},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_order_is_refused_at_once(client: StandxClient, wrong: dict[str, object]) -> None:
    answer = client.post("new_order", client.order(**wrong))
    assert answer.status_code in (400, 404), answer.text
    assert answer.json()["code"] == answer.status_code


def test_a_market_order_fills_and_all_tell_the_same(client: StandxClient, venue: SandboxProcess) -> None:
    before = Decimal(client.get("query_balance")["balance"])
    body = client.order(order_type="market", time_in_force="ioc", price=None, qty="0.02")
    assert client.post("new_order", body).json()["code"] == 0
    order = client.get("query_order", cl_ord_id=body["cl_ord_id"])
    trades = [row for row in client.get("query_trades")["result"] if row["order_id"] == order["id"]]
    assert sum(Decimal(row["qty"]) for row in trades) == Decimal(order["fill_qty"]) == Decimal("0.02")
    fees = sum(Decimal(row["fee_qty"]) for row in trades)
    assert fees == sum(Decimal(row["price"]) * Decimal(row["qty"]) for row in trades) * Decimal("0.0004")
    assert before - Decimal(client.get("query_balance")["balance"]) == fees
    (position,) = client.get("query_positions", symbol="BTC-USD")
    held = venue.account()["positions"]["BTC-USD"]
    assert (position["status"], Decimal(position["qty"])) == ("open", Decimal(held["quantity"]))
    close = client.order(
        order_type="market", time_in_force="ioc", price=None, qty="0.02", side="sell", reduce_only=True
    )
    assert client.post("new_order", close).json()["code"] == 0
    (closed,) = client.get("query_positions", symbol="BTC-USD")
    assert (closed["status"], closed["qty"]) == ("closed", "0")


def test_leverage_and_margin_mode_are_told_as_they_were_set(client: StandxClient) -> None:
    assert client.post("change_leverage", {"symbol": "ETH-USD", "leverage": 7}).json()["code"] == 0
    assert client.get("query_position_config", symbol="ETH-USD")["leverage"] == 7
    assert client.post("change_leverage", {"symbol": "ETH-USD", "leverage": 1000}).status_code == 400
    assert client.post("change_margin_mode", {"symbol": "ETH-USD", "margin_mode": "isolated"}).json()["code"] == 0
    assert client.get("query_position_config", symbol="ETH-USD")["margin_mode"] == "isolated"


# ---------------------------------------------------------------------------------------------------------- streams


def test_books_are_whole_and_unsorted_and_orders_need_a_login(client: StandxClient) -> None:
    with connect(f"{client.venue.ws.rstrip('/')}/ws-stream/v1", proxy=None) as socket:
        socket.send(json.dumps({"subscribe": {"channel": "order"}}))
        assert heard(socket)["code"] == 401
        socket.send(json.dumps({"subscribe": {"channel": "depth_book", "symbol": "BTC-USD"}}))
        frame = heard(socket)
        asks = [float(price) for price, _ in frame["data"]["asks"]]
        assert len(asks) > 5
        assert asks != sorted(asks)
        assert min(asks) > max(float(price) for price, _ in frame["data"]["bids"])
        socket.send(json.dumps({"unsubscribe": {"channel": "depth_book", "symbol": "BTC-USD"}}))
        socket.send(json.dumps({"auth": {"token": client.token, "streams": [{"channel": "order"}]}}))
        while heard(socket)["channel"] != "auth":
            pass
        body = client.order()
        client.post("new_order", body)
        told = heard(socket)
        assert (told["channel"], told["data"]["cl_ord_id"], told["data"]["status"]) == (
            "order", body["cl_ord_id"], "open",
        )  # fmt: skip


def test_an_account_has_credits_and_gets_them_back(client: StandxClient) -> None:
    answers = [
        client.http.get("/api/query_balance", headers={"Authorization": f"Bearer {client.token}"}) for _ in range(40)
    ]
    assert 429 in [answer.status_code for answer in answers]
