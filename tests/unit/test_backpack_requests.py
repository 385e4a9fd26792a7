"""Requests as Backpack wants them: the venue sheet's six signatures, and body and signed text that always agree."""

import base64
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from mmtui.exchanges.backpack import encode
from mmtui.exchanges.backpack.encode import Call, OrderForm
from mmtui.exchanges.backpack.signing import Signer, piece
from mmtui.model.commands import PlaceOrder
from mmtui.model.orders import TimeInForce
from mmtui.model.units import Side
from mmtui.ports.errors import SecretsError

SEED: Final = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
KEY: Final = "iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w="
TIME_MS: Final = 1750793021519

ORDER: Final[dict[str, str | int | bool]] = {
    "symbol": "SOL_USDC_PERP",
    "side": "Bid",
    "orderType": "Limit",
    "price": "141.00",
    "quantity": "12.50",
    "timeInForce": "GTC",
    "postOnly": True,
    "clientId": 1001,
    "selfTradePrevention": "RejectTaker",
}
BATCH: Final[tuple[dict[str, str | int | bool], ...]] = (
    {"orderType": "Limit", "price": "141", "quantity": "12", "side": "Bid", "symbol": "SOL_USDC_PERP"},
    {
        "clientId": 7,
        "orderType": "Limit",
        "postOnly": True,
        "price": "143",
        "quantity": "11",
        "side": "Ask",
        "symbol": "SOL_USDC_PERP",
    },
)
VECTORS: Final = {
    "place": (
        piece("orderExecute", ORDER),
        (
            "instruction=orderExecute&clientId=1001&orderType=Limit&postOnly=true&price=141.00&quantity=12.50"
            "&selfTradePrevention=RejectTaker&side=Bid&symbol=SOL_USDC_PERP&timeInForce=GTC"
        ),
        "C11HfsML95xC7IT0HZU8rbaORHbATE1/j6XqQpKBtSk3U3yhhp8RiJo8CUTLux7GRQnxp0HfBejxYOVG84tkAw==",
    ),
    "query": (
        encode.position("SOL_USDC_PERP").pieces,
        "instruction=positionQuery&symbol=SOL_USDC_PERP",
        "QhToiCHbP6fkQG/APW3V3R1OCOITpR70ckv9X4FqlJaRt8eSMzlKPf6oqL76kT8d5mS679hI8CdajRPBiTPjCQ==",
    ),
    "query without parameters": (
        encode.balances().pieces,
        "instruction=balanceQuery",
        "nypNsiumgEBJjcZaxEBkbCrtwMR6wn/CdGqLqtwMFO1aEbdLhq7RkrS+yh0H9go65uRnjhmH4Yc+3is64oaUAA==",
    ),
    "delete with a body": (
        encode.cancel_one("SOL_USDC_PERP", order_id="5406825793", number=None).pieces,
        "instruction=orderCancel&orderId=5406825793&symbol=SOL_USDC_PERP",
        "P7OMfy2CqWhP7elYCBXlEtZqO+4+lq/OenbeuVcisD2g/8F8XqcRSSFSoe34/e0+khZJgF8o0vx8uMarCzpXDA==",
    ),
    "batch": (
        "&".join(piece("orderExecute", order) for order in BATCH),
        (
            "instruction=orderExecute&orderType=Limit&price=141&quantity=12&side=Bid&symbol=SOL_USDC_PERP"
            "&instruction=orderExecute&clientId=7&orderType=Limit&postOnly=true&price=143&quantity=11&side=Ask"
            "&symbol=SOL_USDC_PERP"
        ),
        "Yfj3wWdxHhHZPxLkiX73YDjCvUQsID4hqCTj2/dWgOMIrwJi8Dhx+g8zZxBGd1DuAYF7DKiRarUiAgdILtTsAA==",
    ),
    "subscription": (
        "instruction=subscribe",
        "instruction=subscribe",
        "hVsKElNcXkRLxR+yzIdySnKoGvnY6hVy76Ywm7+xiqPC3rylGsvrnpEVoGu5d//zj8ErYV2KKzRyt8nS33t4Bg==",
    ),
}

PERP: Final = OrderForm("SOL_USDC_PERP", is_perp=True)
SPOT: Final = OrderForm("SOL_USDC", is_perp=False)


def place(**changes: Any) -> PlaceOrder:  # noqa: ANN401 - fields of every type
    fields: dict[str, Any] = {
        "account": "main",
        "instrument": "backpack:SOL_USDC_PERP",
        "client_order_id": "mm-sol-1",
        "side": Side.BUY,
        "price": Decimal("141.00"),
        "quantity": Decimal("12.50"),
    }
    return PlaceOrder(**{**fields, **changes})


def body_of(call: Call) -> Any:  # noqa: ANN401 - JSON
    assert call.body is not None
    return json.loads(call.body)


def flat(fields: Mapping[str, Any]) -> dict[str, str | int | bool]:
    """What of a body is signed: every top-level field."""
    return dict(fields)


@pytest.mark.parametrize("name", VECTORS)
def test_signature_of_the_sheet(name: str) -> None:
    pieces, text, signature = VECTORS[name]
    signer = Signer(KEY, SEED)
    assert pieces == text
    assert signer.signature(pieces, TIME_MS) == signature
    headers = signer.headers(pieces, TIME_MS)
    assert headers == {
        "X-API-Key": KEY,
        "X-Timestamp": "1750793021519",
        "X-Window": "5000",
        "X-Signature": signature,
        "Content-Type": "application/json; charset=utf-8",
    }


def test_subscription_is_four_texts() -> None:
    signature = VECTORS["subscription"][2]
    assert Signer(KEY, SEED).subscription(TIME_MS) == [KEY, signature, "1750793021519", "5000"]


def test_a_secret_of_seed_and_public_key_is_accepted() -> None:
    full = base64.b64encode(base64.b64decode(SEED) + base64.b64decode(KEY)).decode()
    assert Signer(KEY, full).signature("instruction=subscribe", TIME_MS) == VECTORS["subscription"][2]


@pytest.mark.parametrize(
    ("key", "secret", "says"),
    [
        (SEED, SEED, "do not belong together"),
        (SEED, KEY, "swapped"),
        ("no base64!", SEED, "key: is no base64"),
        (KEY, "no base64!", "secret: is no base64"),
        (KEY, "AQEB", "holds 3 bytes, not 32"),
        (KEY, "", "holds 0 bytes"),
    ],
)
def test_keys_that_cannot_be_used_are_told_without_being_shown(key: str, secret: str, says: str) -> None:
    with pytest.raises(SecretsError, match=says) as told:
        Signer(key, secret)
    assert all(text not in str(told.value) for text in (key, secret) if text)


def test_the_signer_shows_nothing() -> None:
    signer = Signer(KEY, SEED)
    assert repr(signer) == "Signer(hidden)"
    assert not hasattr(signer, "__dict__")


def test_limit_order() -> None:
    call = encode.place_one(place(), 1001, PERP)
    assert (call.method, call.path) == ("POST", "/api/v1/order")
    assert body_of(call) == {**ORDER, "price": "141", "quantity": "12.5"}


def test_reduce_only_is_for_perps() -> None:
    command = place(reduce_only=True, post_only=False, time_in_force=TimeInForce.IOC)
    perp, spot = body_of(encode.place_one(command, 1, PERP)), body_of(encode.place_one(command, 1, SPOT))
    assert (perp["reduceOnly"], perp["timeInForce"]) == (True, "IOC")
    assert "postOnly" not in perp
    assert "reduceOnly" not in spot


def test_immediate_orders_are_never_post_only() -> None:
    for in_force in (TimeInForce.IOC, TimeInForce.FOK):
        body = body_of(encode.place_one(place(time_in_force=in_force, post_only=True), 1, PERP))
        assert "postOnly" not in body


def test_spot_orders_ask_lent_funds_back_where_the_account_lends() -> None:
    lends = OrderForm("SOL_USDC", is_perp=False, redeem_lent=True)
    assert body_of(encode.place_one(place(), 1, lends))["autoLendRedeem"] is True
    assert "autoLendRedeem" not in body_of(encode.place_one(place(), 1, SPOT))
    perp = OrderForm("SOL_USDC_PERP", is_perp=True, redeem_lent=True)
    assert "autoLendRedeem" not in body_of(encode.place_one(place(), 1, perp))


def test_batch_is_one_request_with_a_piece_per_order() -> None:
    second = place(side=Side.SELL, price=Decimal(143))
    call = encode.place_batch([(place(), 7, PERP), (second, 8, PERP)])
    assert (call.method, call.path) == ("POST", "/api/v1/orders")
    assert [row["clientId"] for row in body_of(call)] == [7, 8]
    assert call.pieces == "&".join(piece("orderExecute", flat(row)) for row in body_of(call))


def test_exactly_one_id_goes_out_with_a_cancel() -> None:
    both = encode.cancel_one("SOL_USDC", order_id="5", number=7)
    by_number = encode.cancel_one("SOL_USDC", order_id=None, number=7)
    assert body_of(both) == {"orderId": "5", "symbol": "SOL_USDC"}
    assert body_of(by_number) == {"clientId": 7, "symbol": "SOL_USDC"}
    assert encode.open_order("SOL_USDC", order_id="5", number=7).query == "symbol=SOL_USDC&orderId=5"


def test_questions_sign_their_query() -> None:
    calls = [
        encode.open_order("S", order_id=None, number=3),
        encode.open_orders("S"),
        encode.order_history("S", order_id="9"),
        encode.fills("S", 5, 1000),
        encode.position("S"),
        encode.balances(),
        encode.lent(),
        encode.collateral(),
        encode.account(),
        encode.funding_payments(9),
    ]
    for call in calls:
        instruction = call.pieces.split("&")[0].removeprefix("instruction=")
        fields = dict(pair.split("=") for pair in call.query.split("&")) if call.query else {}
        assert (call.method, call.body) == ("GET", None)
        assert call.pieces == piece(instruction, fields)


DECIMALS = st.decimals(min_value="0.00000001", max_value="99999999", places=8)


@given(
    price=DECIMALS,
    quantity=DECIMALS,
    side=st.sampled_from(Side),
    in_force=st.sampled_from(TimeInForce),
    post_only=st.booleans(),
    reduce_only=st.booleans(),
    form=st.builds(OrderForm, st.just("SOL_USDC"), st.booleans(), st.booleans()),
    number=st.integers(0, 2**32 - 1),
)
def test_body_and_signed_text_always_agree_and_figures_survive(
    price: Decimal,
    quantity: Decimal,
    side: Side,
    in_force: TimeInForce,
    post_only: bool,
    reduce_only: bool,
    form: OrderForm,
    number: int,
) -> None:
    command = place(
        price=price, quantity=quantity, side=side, time_in_force=in_force, post_only=post_only, reduce_only=reduce_only
    )
    call = encode.place_one(command, number, form)
    body = body_of(call)
    assert call.pieces == piece("orderExecute", flat(body))
    assert (Decimal(body["price"]), Decimal(body["quantity"])) == (price, quantity)
    assert "E" not in body["price"] + body["quantity"]
    assert None not in body.values()
    signature = Signer(KEY, SEED).signature(call.pieces, TIME_MS)
    signed = f"{call.pieces}&timestamp={TIME_MS}&window=5000".encode()
    SigningKey(base64.b64decode(SEED)).verify_key.verify(signed, base64.b64decode(signature))
