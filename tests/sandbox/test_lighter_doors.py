"""Who may ask and send on the local Lighter: tokens, nonces, and forms of transactions."""

import base64
import json

import pytest

from tests.sandbox.lighter_client import (
    ALL_MARKETS,
    CREATE,
    IOC,
    LEVERAGE,
    MARKET,
    SCHEDULED,
    LighterClient,
    altered,
    fresh_number,
)

DAY_MS = 86_400_000

# ------------------------------------------------------------------------------------------------------------- tokens


@pytest.mark.parametrize("name", ["accountActiveOrders", "accountOrders", "accountLimits", "positionFunding"])
def test_private_answers_need_a_token(trader: LighterClient, name: str) -> None:
    answer = trader.get(name, account_index=trader.owner, limit=1)
    assert (answer.status_code, answer.json()["code"]) == (400, 20013)
    assert trader.get(name, trader.token(), account_index=trader.owner, limit=1).status_code == 200
    query = {"account_index": trader.owner, "limit": 1, "auth": trader.token()}
    assert trader.get(name, **query).status_code == 200


def test_tokens_have_a_form_an_owner_and_an_end(trader: LighterClient, neighbour: LighterClient) -> None:
    good = trader.token()
    expiry, owner, key, signature = good.split(":")
    assert (owner, key, len(signature)) == (str(trader.owner), str(trader.key), 160)
    bad = {
        "": "parse",
        "x": "parse",
        f"{expiry}:{owner}:{signature}": "parse",
        f"{expiry}:{owner}:{key}:{signature[1:]}": "parse",
        f"{expiry}:{owner}:{key}:{'g' * 160}": "parse",
        f"{expiry}:-1:{key}:{signature}": "parse",
        f"{'9' * 5_000}:{owner}:{key}:{signature}": "parse",
        f"Bearer {good}": "parse",
        trader.token(-1): "expired",
        trader.token(8 * 3_600 + 600): "too far",
        neighbour.token(): "another account",
        f"{expiry}:{owner}:7:{signature}": "api key not found",
        f"{expiry}:99:{key}:{signature}": "account not found",
    }
    for token, words in bad.items():
        answer = trader.get("accountLimits", token, account_index=trader.owner)
        assert (answer.status_code, words in answer.json()["message"]) == (400, True), (token[:60], answer.text)
    assert trader.get("accountLimits", trader.token(8 * 3_600 - 5), account_index=trader.owner).status_code == 200


def test_the_account_is_public_but_a_token_that_is_sent_must_be_good(trader: LighterClient) -> None:
    query = {"by": "index", "value": trader.owner}
    [row] = trader.get("account", **query).json()["accounts"]
    assert (row["account_index"], row["status"], row["collateral"]) == (
        trader.owner,
        1,
        row["assets"][0]["margin_balance"],
    )
    assert trader.get("account", trader.token(-1), **query).json()["code"] == 20013
    by_wallet = trader.get("account", by="l1_address", value=row["l1_address"]).json()["accounts"]
    assert [other["account_index"] for other in by_wallet] == [trader.owner]
    found = trader.get("accountsByL1Address", l1_address=row["l1_address"]).json()["sub_accounts"]
    assert [other["index"] for other in found] == [trader.owner]
    assert trader.get("account", by="index", value=1).json()["code"] == 21100


# ------------------------------------------------------------------------------------------------------------- nonces


def test_a_nonce_is_the_next_one_and_refusals_leave_it(trader: LighterClient) -> None:
    for ahead in (-1, 1, 100):
        assert trader.refused(trader.create("buy", 1_000, trader.away(), ahead=ahead)) == 21104
    assert trader.refused(trader.create("buy", 1, trader.away())) == 21706
    trader.rest()
    assert trader.next_nonce() == trader.nonce


def test_what_the_engine_does_not_want_uses_its_nonce(trader: LighterClient) -> None:
    number = fresh_number()
    trader.accepted(trader.create("buy", 1_000, trader.away("sell", 50), 2, number=number))
    assert trader.order(number)["status"] == "canceled-post-only"
    assert trader.next_nonce() == trader.nonce


def test_larger_nonces_where_they_may_be_skipped(trader: LighterClient) -> None:
    skipped = altered(trader.create("buy", 1_000, trader.away(), ahead=40), L2TxAttributes={"4": 1})
    assert trader.send(skipped).status_code == 200
    assert trader.next_nonce() == trader.nonce + 41
    assert trader.send(skipped).json()["code"] == 21104


def test_keys_count_for_themselves(trader: LighterClient, neighbour: LighterClient) -> None:
    before = neighbour.next_nonce()
    trader.rest()
    assert neighbour.next_nonce() == before
    for owner, key, code in ((trader.owner, 7, 21109), (99, 5, 21100)):
        assert trader.get("nextNonce", account_index=owner, api_key_index=key).json()["code"] == code
    [row] = trader.get("apikeys", account_index=trader.owner, api_key_index=trader.key).json()["api_keys"]
    assert (row["nonce"], len(row["public_key"])) == (trader.nonce, 80)
    assert trader.get("apikeys", account_index=trader.owner).json()["api_keys"] == [row]


# ------------------------------------------------------------------------------------------------------------ batches


def test_a_batch_is_taken_or_refused_as_a_whole(trader: LighterClient) -> None:
    numbers = [fresh_number() for _ in range(3)]
    rows = [trader.create("buy", 1_000, trader.away(), number=number, ahead=n) for n, number in enumerate(numbers)]
    assert trader.refused(rows[0], rows[0]) == 21105
    assert trader.refused(rows[1], rows[0]) == 21104
    assert trader.refused(rows[0], rows[2]) == 21104
    small = trader.create("buy", 1, trader.away(), ahead=1)
    assert trader.refused(rows[0], small) == 21706
    assert trader.open_numbers() == []
    answer = trader.accepted(*rows)
    assert len(set(answer["tx_hash"])) == 3
    assert trader.open_numbers() == numbers
    trader.accepted(trader.cancel(numbers[0]), trader.cancel(numbers[0], ahead=1))  # the second finds nothing
    assert trader.open_numbers() == numbers[1:]
    assert trader.next_nonce() == trader.nonce


def test_a_batch_cannot_use_one_client_index_twice(trader: LighterClient) -> None:
    number, price = fresh_number(), trader.away()
    twice = [trader.create("buy", 1_000, price, number=number, ahead=ahead) for ahead in range(2)]
    assert trader.refused(*twice) == 21728
    again = trader.rest()
    trader.accepted(trader.cancel(again), trader.create("buy", 1_000, price, number=number, ahead=1))
    assert trader.open_numbers() == [number]


def test_batches_have_one_owner_and_a_length(trader: LighterClient, neighbour: LighterClient) -> None:
    mine, other = trader.create("buy", 1_000, trader.away()), neighbour.create("buy", 1_000, trader.away())
    assert trader.refused(mine, other) == 21121
    assert trader.refused(*[trader.cancel(1, ahead=n) for n in range(51)]) == 21514
    for types, infos in (("[14,14]", [mine[1]]), ("[]", [])):
        form = {"tx_types": types, "tx_infos": json.dumps(infos)}
        assert trader.http.post("/api/v1/sendTxBatch", data=form).json()["code"] == 21513
    assert trader.http.post("/api/v1/sendTxBatch", data={"tx_types": "14"}).json()["code"] == 20001


# -------------------------------------------------------------------------------------------------------------- forms


def test_urlencoded_and_multipart_forms(trader: LighterClient) -> None:
    for _ in range(2):
        kind, text = trader.create("buy", 1_000, trader.away())
        fields = {"tx_type": (None, str(kind)), "tx_info": (None, text)}
        assert trader.http.post("/api/v1/sendTx", files=fields).status_code == 200
        trader.nonce += 1
        trader.rest()
    assert len(trader.open_numbers()) == 4


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"AccountIndex": 99}, 21100),
        ({"ApiKeyIndex": 7}, 21109),
        ({"MarketIndex": 77}, 21602),
        ({"ClientOrderIndex": 0}, 21727),
        ({"ClientOrderIndex": 2**48}, 21727),
        ({"BaseAmount": 0}, 21701),
        ({"BaseAmount": -5}, 21701),
        ({"BaseAmount": "1000"}, 21501),
        ({"BaseAmount": 1.5}, 21501),
        ({"BaseAmount": 10**30}, 21701),
        ({"Price": 0}, 21702),
        ({"Price": 2**32}, 21702),
        ({"Price": None}, 21501),
        ({"IsAsk": True}, 21501),
        ({"IsAsk": 2}, 21501),
        ({"Type": 6}, 21501),
        ({"Type": MARKET}, 21501),
        ({"TimeInForce": 3}, 21501),
        ({"TimeInForce": IOC}, 21711),
        ({"ReduceOnly": 7}, 21501),
        ({"TriggerPrice": 5}, 21501),
        ({"OrderExpiry": 0}, 21711),
        ({"OrderExpiry": 1}, 21711),
        ({"ExpiredAt": 1}, 21711),
        ({"ExpiredAt": 2**60}, 21711),
        ({"Sig": "?"}, 21501),
        ({"Sig": ""}, 21120),
        ({"Sig": base64.b64encode(bytes(79)).decode()}, 21120),
        ({"Sig": None}, 21501),
        ({"L2TxAttributes": []}, 21501),
    ],
)
def test_orders_that_are_none(trader: LighterClient, fields: dict[str, object], code: int) -> None:
    assert trader.refused(altered(trader.create("buy", 1_000, trader.away()), **fields)) == code


def test_expiries_have_bounds(trader: LighterClient) -> None:
    order, now_ms = trader.create("buy", 1_000, trader.away()), trader.now_ms()
    for expiry in (now_ms + 200_000, now_ms + 31 * DAY_MS):
        assert trader.refused(altered(order, OrderExpiry=expiry)) == 21711
        assert trader.refused(trader.cancel_all(SCHEDULED, expiry)) == 21711
    plan = trader.cancel_all(SCHEDULED, now_ms + 400_000)
    assert trader.refused(altered(plan, L2TxAttributes={"5": 1})) == 21501
    assert trader.refused(altered(plan, TimeInForce=0)) == 21501
    assert trader.refused(altered(plan, TimeInForce=3)) == 21501
    trader.accepted(plan)


def test_prices_far_from_the_mark_are_no_makers_orders(trader: LighterClient) -> None:
    assert trader.refused(trader.create("buy", 1_000, trader.away() * 7 // 10)) == 21734


def test_other_transactions_that_are_none(trader: LighterClient) -> None:
    cancel = trader.cancel(1)
    assert trader.refused(cancel) == 21600
    assert trader.refused(trader.cancel(2**48 + 1)) == 21600
    assert trader.refused(altered(cancel, Index=0)) == 21700
    assert trader.refused(trader.modify(1, 1_000, trader.away())) == 21600
    assert trader.refused(trader.cancel_all(market=77)) == 21602
    for fraction in (0, 199, 10_001):
        assert trader.refused(altered(trader.leverage(500), InitialMarginFraction=fraction)) == 20001
    for kind, text, code in (
        (12, cancel[1], 21505),
        (CREATE, cancel[1], 21501),
        (CREATE, "", 21501),
        (CREATE, "[]", 21501),
        (LEVERAGE, "null", 21501),
    ):
        assert trader.refused((kind, text)) == code
    for word in ("", "x", "-1", "1" * 5_000):
        form = {"tx_type": word, "tx_info": cancel[1]}
        assert trader.http.post("/api/v1/sendTx", data=form).status_code == 400
    assert trader.http.post("/api/v1/sendTx", content=b"\xff\xfe").json()["code"] == 20001
    assert trader.http.post(
        "/api/v1/sendTx",
        content=b'--x\r\nContent-Disposition: form-data; name="\xff"\r\n\r\n1\r\n--x--',
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    ).json()["code"] == 20001  # fmt: skip


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("orderBookDetails", {"market_id": "x"}),
        ("orderBookDetails", {"market_id": "9" * 5_000}),
        ("orderBookOrders", {"market_id": 2}),
        ("orderBookOrders", {"market_id": 2, "limit": 251}),
        ("orderBookOrders", {"limit": 5}),
        ("recentTrades", {"market_id": 2, "limit": 0}),
        ("recentTrades", {"market_id": 2, "limit": -1}),
        ("candles", {"market_id": 2, "resolution": "2m", "start_timestamp": 0, "end_timestamp": 1}),
        ("candles", {"market_id": 2, "resolution": "1m"}),
        ("nextNonce", {"account_index": 65}),
    ],
)
def test_questions_that_are_none(trader: LighterClient, name: str, query: dict[str, object]) -> None:
    answer = trader.get(name, **query)
    assert (answer.status_code, answer.json()["code"]) == (400, 20001), answer.text


def test_markets_that_are_none(trader: LighterClient) -> None:
    assert trader.get("orderBooks", market_id=77).json()["code"] == 21602
    rows = trader.get("orderBooks", market_id=ALL_MARKETS).json()["order_books"]
    assert {row["symbol"]: row["market_id"] for row in rows} == {"ETH": 0, "BTC": 1, "SOL": 2}
    assert trader.get("orderBooks", filter="spot").json()["order_books"] == []
