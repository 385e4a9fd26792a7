"""Who may come in: EIP-712 signatures, nonces, HMAC signatures, time windows."""

import json

import pytest
from eth_account import Account

from mmtui.sandbox.aster import signing
from mmtui.sandbox.aster.errors import ApiError
from tests.sandbox.aster_client import SYMBOL, AsterClient, eip712_signature, encoded, hmac_signature

KEY = "0x" + "01" * 32
ADDRESS = "0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1"
ORDER = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTX&quantity=0.010&price=60000.0&newClientOrderId=mm-1"
VECTORS = [
    (
        f"symbol=BTCUSDT&nonce=1750793021519001&signer={ADDRESS}",
        (
            "9514325075dc258d505b33b61207b03ffe66bfe295667d6048e2439bea95a58f"
            "40a858ee48d9a7da3fafe19650e6c858f6738b73c4ef033e569833f2657c02811b"
        ),
    ),
    (
        f"{ORDER}&nonce=1750793021519000&user={ADDRESS}&signer={ADDRESS}",
        (
            "b404222f2a00d1c2f62eb51d86d58f2cb1ddb59a3c00df1948db5b8a852b6d58"
            "105a1e84711d7a280a319605fdfb0793d2a3d2ec177d26b7126ba8390392c94b1b"
        ),
    ),
    (
        f"nonce=1750793021519000&user={ADDRESS.lower()}&signer={ADDRESS.lower()}&{ORDER}",
        (
            "0xebf38a58458cc96161585038148e7213aacae9ed4d5631377dae301cf6dcdf1c"
            "6c6307b8e719e05d2b8fe419497b48188f48dba363321b2b2103ce353766ff691B"
        ),
    ),
]
BALANCE = "/fapi/v3/balance"
OLD_BALANCE = "/fapi/v2/balance"


@pytest.mark.parametrize(("message", "signature"), VECTORS)
def test_the_sheets_vectors_name_their_signer(message: str, signature: str) -> None:
    assert signing.signer_of(message, signature) == ADDRESS.lower()
    assert signing.signer_of(message.replace("BTC", "ETH"), signature) != ADDRESS.lower()


def test_the_digest_is_the_sheets() -> None:
    digest = "11df29de822a8cdb2c5563bc56f43abb65cc1f947c38c07f57aff7f5ecf76180"
    assert signing.digest_of(VECTORS[1][0]).hex() == digest


def test_another_chain_is_another_signer() -> None:
    message = VECTORS[1][0]
    assert signing.signer_of(message, eip712_signature(message, KEY)) == ADDRESS.lower()
    assert signing.signer_of(message, eip712_signature(message, KEY, chain_id=714)) != ADDRESS.lower()


@pytest.mark.parametrize("signature", ["", "0x", "zz", "00" * 65, "ff" * 65, "1b" * 64, "11" * 64 + "1d"])
def test_what_is_no_signature_has_no_signer(signature: str) -> None:
    assert signing.signer_of("symbol=BTCUSDT", signature) is None


def test_the_first_account_is_its_own_agent_and_keys_fit_their_addresses(own_agent: AsterClient) -> None:
    accounts = own_agent.sandbox.accounts
    assert [set(row) for row in accounts.values()] == [
        {"name", "user", "signer", "signer_key"},
        {"name", "user", "signer", "signer_key"},
        {"name", "key", "secret"},
    ]
    assert accounts["a"]["user"] == accounts["a"]["signer"]
    assert accounts["b"]["user"] != accounts["b"]["signer"]
    for name in "ab":
        assert Account.from_key(accounts[name]["signer_key"]).address == accounts[name]["signer"]


# ------------------------------------------------------------------------------------------------------------------ V3


def test_agents_come_in_with_and_without_user_in_query_and_body(agent: AsterClient) -> None:
    assert agent.call("GET", BALANCE).status_code == 200
    assert agent.call("GET", BALANCE, user=agent.account["user"].lower()).status_code == 200
    fields = {"symbol": SYMBOL, "leverage": 7}
    text = agent.signed_v3(fields)
    assert agent.http.post(f"/fapi/v3/leverage?{text}").json()["leverage"] == 7
    text = agent.signed_v3(fields).replace("0x", "", 1)
    assert "signature" in text
    assert agent.send("POST", "/fapi/v3/leverage", agent.signed_v3(fields)).status_code == 200


def test_order_of_parameters_is_free_but_the_text_counts(agent: AsterClient) -> None:
    signer, key = agent.account["signer"], agent.account["signer_key"]
    message = f"nonce={agent.nonce()}&signer={signer.lower()}&symbol={SYMBOL}&origClientOrderId=a%3ab"
    signature = eip712_signature(message, key)
    assert agent.send("GET", "/fapi/v3/order", f"{message}&signature={signature[2:]}").json()["code"] == -2013
    recoded = message.replace("%3a", "%3A")
    answer = agent.send("GET", "/fapi/v3/order", f"{recoded}&signature={signature}")
    assert (answer.status_code, answer.json()["code"]) == (400, -1022)


def test_strangers_and_wrong_users_stay_outside(agent: AsterClient) -> None:
    stranger = Account.from_key(KEY)
    message = encoded({"nonce": agent.nonce(), "signer": stranger.address})
    answer = agent.send("GET", BALANCE, f"{message}&signature={eip712_signature(message, KEY)}")
    assert answer.json() == {"code": -1000, "msg": "Signature check failed"}
    message = encoded({"nonce": agent.nonce(), "signer": agent.account["signer"]})
    assert agent.send("GET", BALANCE, f"{message}&signature={eip712_signature(message, KEY)}").json()["code"] == -1022
    assert agent.refusal("GET", BALANCE, user=stranger.address) == (401, -1002)
    assert agent.public(BALANCE).json()["code"] == -1102


def test_a_nonce_serves_once_and_only_ten_seconds(agent: AsterClient) -> None:
    nonce = agent.nonce()
    text = agent.signed_v3({}, nonce=nonce)
    assert agent.send("GET", BALANCE, text).status_code == 200
    again = agent.send("GET", BALANCE, text)
    assert (again.status_code, again.json()) == (400, {"code": -4225, "msg": "Nonce Expired"})
    for seconds in (-12, 12):
        old = agent.signed_v3({}, nonce=agent.nonce() + seconds * 1_000_000)
        assert agent.send("GET", BALANCE, old).json()["code"] == -4225


def test_nonces_may_come_out_of_order_among_the_last_hundred() -> None:
    member = signing.make_wallet("a", 1, own_agent=True)
    for nonce in range(1_000, 1_200, 2):
        member.use_nonce(nonce)
    member.use_nonce(1_101)
    for used in (1_198, 1_101, 999, 1_001):
        with pytest.raises(ApiError) as refusal:
            member.use_nonce(used)
        assert refusal.value.code == -4225
    member.use_nonce(1_003)  # above the oldest that is left


def test_noop_uses_up_the_nonce_of_an_order(agent: AsterClient) -> None:
    nonce = agent.nonce()
    order = agent.signed_v3(agent.order("BUY", "1", agent.far_bid()), nonce=nonce)
    assert agent.send("POST", "/fapi/v3/noop", agent.signed_v3({}, nonce=nonce)).json() == {
        "code": 200,
        "msg": "success",
    }
    assert agent.send("POST", "/fapi/v3/order", order).json()["code"] == -4225


# ------------------------------------------------------------------------------------------------------------------ V1


def test_old_keys_sign_by_hmac_in_query_body_or_both(key_pair: AsterClient) -> None:
    assert key_pair.call("GET", OLD_BALANCE).status_code == 200
    assert key_pair.call("POST", "/fapi/v1/leverage", symbol=SYMBOL, leverage=9).json()["leverage"] == 9
    query, body = f"symbol={SYMBOL}&leverage=11", key_pair.signed_v1({}).partition("&signature=")[0]
    signature = hmac_signature(query + body, key_pair.account["secret"])
    headers = {"X-MBX-APIKEY": key_pair.account["key"], "Content-Type": "application/x-www-form-urlencoded"}
    path = f"/fapi/v1/leverage?{query}"
    answer = key_pair.http.post(path, content=f"{body}&signature={signature.upper()}", headers=headers)
    assert answer.json()["leverage"] == 11
    joined = hmac_signature(f"{query}&{body}", key_pair.account["secret"])
    refused = key_pair.http.post(path, content=f"{body}&signature={joined}", headers=headers)
    assert refused.json()["code"] == -1022


def test_the_sheets_hmac_vector() -> None:
    text = "recvWindow=5000&timestamp=1750793021519"
    assert hmac_signature(text, "01" * 32) == "211de07ef03507e437b5c7e136a92deda0eee696f4da268590a02ebd685d691c"


@pytest.mark.parametrize(
    ("skew_ms", "window", "code"), [(-6_000, 5_000, -1021), (2_000, 5_000, -1021), (-500, 1, -1021)]
)
def test_times_outside_the_window_are_refused(key_pair: AsterClient, skew_ms: int, window: int, code: int) -> None:
    key_pair.skew_ms = skew_ms
    assert key_pair.refusal("GET", OLD_BALANCE, recvWindow=window) == (400, code)


def test_a_wider_window_takes_an_older_request(key_pair: AsterClient) -> None:
    key_pair.skew_ms = -20_000
    assert key_pair.call("GET", OLD_BALANCE, recvWindow=60_000).status_code == 200
    assert key_pair.refusal("GET", OLD_BALANCE, recvWindow=60_001) == (400, -1130)


def test_bad_keys_and_signatures(key_pair: AsterClient) -> None:
    text = key_pair.signed_v1({})
    assert key_pair.http.get(f"{OLD_BALANCE}?{text}").json()["code"] == -2014
    stranger = key_pair.http.get(f"{OLD_BALANCE}?{text}", headers={"X-MBX-APIKEY": "nobody"})
    assert (stranger.status_code, stranger.json()["code"]) == (401, -2015)
    assert key_pair.send("GET", OLD_BALANCE, text[:-2] + "00").json()["code"] == -1022
    assert key_pair.send("GET", OLD_BALANCE, text.partition("&signature")[0]).json()["code"] == -1102


def test_json_bodies_are_not_read(key_pair: AsterClient) -> None:
    headers = {"X-MBX-APIKEY": key_pair.account["key"], "Content-Type": "application/json"}
    body = json.dumps({"symbol": SYMBOL, "leverage": 3})
    assert key_pair.http.post("/fapi/v1/leverage", content=body, headers=headers).json()["code"] == -1102


def test_an_injected_skew_is_what_both_checks_see(agent: AsterClient, key_pair: AsterClient) -> None:
    agent.sandbox.faults({"on": "query", "do": "clock_skew_ms", "ms": 30_000, "times": 2})
    assert agent.refusal("GET", BALANCE) == (400, -4225)
    assert key_pair.refusal("GET", OLD_BALANCE) == (400, -1021)
