"""Who may talk to the local Websea: token, nonce, signature, in the order in which the venue looks at them."""

import hashlib

import httpx
import pytest

from mmtui.sandbox.websea.signing import signature
from tests.sandbox.websea_client import SYMBOL, WebseaClient, sha1

TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
SECRET = "k3yth4tn0b0dyus3s0z9"
VECTORS = [
    (
        "57ba172a6be125c",
        "ca2f449826f9980ca",
        "1534927978_ab43c",
        {"symbol": "BTC-USDT", "type": "1"},
        "731faa3d170bb746a767cea58ae563830594e1fe",
    ),
    (
        TOKEN,
        SECRET,
        "1700000000_a1B2c",
        {"symbol": "SOL-USDT", "is_full": "2"},
        "b46fd189c00f4289120707f581d9840f3a41675d",
    ),
    (
        TOKEN,
        SECRET,
        "1700000001_Zz9Yx",
        {
            "contract_type": "open", "type": "buy-limit", "symbol": "SOL-USDT", "amount": "37", "price": "142.31",
            "lever_rate": "10", "is_full": "2",
        },
        "8c8abbd63a8106bb6be5915d5a137d13394eafcc",
    ),
    (
        TOKEN,
        SECRET,
        "1700000002_Q0q0Q",
        {"order_ids": "BL786401542840282676,BL786401542840282677", "symbol": "SOL-USDT"},
        "11a2b26616626a4123999141379525710d78fd18",
    ),
    (TOKEN, SECRET, "1700000003_w5W5w", {}, "957822bece18e7a5c1bac886bb41795bcc6f450f"),
    (
        TOKEN,
        "Zk3yWithUpper00start",
        "1700000000_a1B2c",
        {"symbol": "SOL-USDT", "is_full": "2"},
        "3fbd492b3791f71cc69578164369aeb5a958f530",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("token", "secret", "nonce", "fields", "expected"), VECTORS)
def test_the_vectors_of_the_sheet(token: str, secret: str, nonce: str, fields: dict[str, str], expected: str) -> None:
    assert signature(token, secret, nonce, fields.items()) == expected
    assert sha1(token, secret, nonce, fields) == expected


def _refused(client: WebseaClient, fields: dict[str, str], headers: dict[str, str]) -> int:
    document = client.send("GET", "position", fields, headers).json()
    assert "result" not in document
    number: int = document["errno"]
    return number


def test_a_capital_secret_is_sorted_by_its_bytes(capital: WebseaClient) -> None:
    assert capital.secret[0].isupper()
    assert capital.answer("GET", "position", symbol=SYMBOL, is_full=1) == []
    nonce = capital.nonce()
    fields = {"is_full": "1", "symbol": SYMBOL}
    words = [capital.token, capital.secret, nonce, "is_full=1", f"symbol={SYMBOL}"]
    assert sorted(words, key=str.lower) != sorted(words)
    joined = "".join(sorted(words, key=str.lower))  # the order of the Java sample
    wrong = hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()
    assert _refused(capital, fields, capital.headers(fields, nonce) | {"Signature": wrong}) == 20506


def test_what_is_wrong_first_is_told(hedger: WebseaClient) -> None:
    fields = {"symbol": SYMBOL}
    good = hedger.headers(fields)
    for name in good:
        assert _refused(hedger, fields, {key: value for key, value in good.items() if key != name}) == 20521
    assert _refused(hedger, fields, good | {"Token": "0" * 32, "Nonce": "nonsense"}) == 20525
    assert _refused(hedger, fields, good | {"Nonce": "nonsense"}) == 20520
    assert _refused(hedger, fields, good | {"Nonce": good["Nonce"] + "x"}) == 20520
    assert _refused(hedger, fields, good | {"Signature": good["Signature"].upper()}) == 20506
    assert _refused(hedger, fields, good) == 20519  # the wrong signature has used it up
    assert hedger.refusal("GET", "position", symbol="SOLUSDT") == (20501, "symbol does not exist")
    assert hedger.refusal("GET", "position", symbol=SYMBOL, is_full=3)[0] == 20505


def test_a_nonce_lives_a_minute_and_serves_once(hedger: WebseaClient) -> None:
    fields = {"symbol": SYMBOL}
    nonce = hedger.nonce()
    headers = hedger.headers(fields, nonce)
    assert hedger.send("GET", "position", fields, headers).json()["errno"] == 0
    assert _refused(hedger, fields, headers) == 20519
    assert _refused(hedger, fields, hedger.headers(fields, nonce)) == 20519
    for skew_s in (-63, 63):
        hedger.skew_s += skew_s
        assert _refused(hedger, fields, hedger.headers(fields)) == 20520
        hedger.skew_s -= skew_s
    hedger.sandbox.advance(61)
    assert _refused(hedger, fields, headers) == 20520


def test_every_parameter_is_signed(hedger: WebseaClient) -> None:
    headers = hedger.headers({"symbol": SYMBOL})
    assert _refused(hedger, {"symbol": SYMBOL, "is_full": "1"}, headers) == 20506
    comma = hedger.call("POST", "order/cancel", order_ids="BL1,BL2", symbol=SYMBOL)  # signed raw, sent as %2C
    assert comma.json()["result"] == {"success": [], "failed": ["BL1", "BL2"]}


def test_a_json_body_has_no_parameters(hedger: WebseaClient) -> None:
    fields = {name: str(value) for name, value in hedger.form("open", "buy", 1, "100").items()}
    answer = httpx.post(
        f"{hedger.sandbox.rest}/v1/futures/order/create", json=fields, headers=hedger.headers(fields), trust_env=False
    )
    assert answer.json()["errno"] == 20506
    assert hedger.answer("GET", "orders/open") == []


def test_public_calls_may_be_signed_and_then_well(hedger: WebseaClient) -> None:
    assert hedger.answer("GET", "index_price", symbol=SYMBOL)[0]["symbol"] == SYMBOL
    headers = hedger.headers({}) | {"Signature": "0" * 40}
    assert hedger.send("GET", "index_price", {}, headers).json()["errno"] == 20506


def test_a_key_that_may_only_read(hedger: WebseaClient) -> None:
    hedger.habits(no_trade=["a"])
    assert hedger.refusal("POST", "order/create", **hedger.form("open", "buy", 1, "100"))[0] == 20527
    assert hedger.answer("GET", "orders/open") == []
