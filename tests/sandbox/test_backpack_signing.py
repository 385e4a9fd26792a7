"""The signed texts of the venue's sheet, letter by letter, and what is refused."""

import base64
import re
from collections.abc import Mapping
from typing import Any, Final

import pytest
from nacl.signing import SigningKey

from mmtui.sandbox.backpack.errors import ApiError
from mmtui.sandbox.backpack.signing import Door, Member, piece, read_body, signed_text
from tests.sandbox.sandbox_process import ROOT

SEED: Final = b"\x01" * 32
KEY: Final = "iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w="
NOW_MS: Final = 1_750_793_021_519

PLACE: Final = (
    b'{"symbol":"SOL_USDC_PERP","side":"Bid","orderType":"Limit","price":"141.00","quantity":"12.50",'
    b'"timeInForce":"GTC","postOnly":true,"clientId":1001,"selfTradePrevention":"RejectTaker"}'
)
BATCH: Final = (
    b'[{"symbol":"SOL_USDC_PERP","side":"Bid","orderType":"Limit","price":"141","quantity":"12"},'
    b'{"symbol":"SOL_USDC_PERP","side":"Ask","orderType":"Limit","price":"143","quantity":"11","postOnly":true,'
    b'"clientId":7}]'
)
CANCEL: Final = b'{"orderId":"5406825793","symbol":"SOL_USDC_PERP"}'

VECTORS: Final = [
    (
        "orderExecute",
        [list(read_body(PLACE).items())],
        (
            "instruction=orderExecute&clientId=1001&orderType=Limit&postOnly=true&price=141.00&quantity=12.50"
            "&selfTradePrevention=RejectTaker&side=Bid&symbol=SOL_USDC_PERP&timeInForce=GTC"
            "&timestamp=1750793021519&window=5000"
        ),
        "C11HfsML95xC7IT0HZU8rbaORHbATE1/j6XqQpKBtSk3U3yhhp8RiJo8CUTLux7GRQnxp0HfBejxYOVG84tkAw==",
    ),
    (
        "positionQuery",
        [[("symbol", "SOL_USDC_PERP")]],
        "instruction=positionQuery&symbol=SOL_USDC_PERP&timestamp=1750793021519&window=5000",
        "QhToiCHbP6fkQG/APW3V3R1OCOITpR70ckv9X4FqlJaRt8eSMzlKPf6oqL76kT8d5mS679hI8CdajRPBiTPjCQ==",
    ),
    (
        "balanceQuery",
        [[]],
        "instruction=balanceQuery&timestamp=1750793021519&window=5000",
        "nypNsiumgEBJjcZaxEBkbCrtwMR6wn/CdGqLqtwMFO1aEbdLhq7RkrS+yh0H9go65uRnjhmH4Yc+3is64oaUAA==",
    ),
    (
        "orderCancel",
        [list(read_body(CANCEL).items())],
        "instruction=orderCancel&orderId=5406825793&symbol=SOL_USDC_PERP&timestamp=1750793021519&window=5000",
        "P7OMfy2CqWhP7elYCBXlEtZqO+4+lq/OenbeuVcisD2g/8F8XqcRSSFSoe34/e0+khZJgF8o0vx8uMarCzpXDA==",
    ),
    (
        "orderExecute",
        [list(row.items()) for row in read_body(BATCH)],
        (
            "instruction=orderExecute&orderType=Limit&price=141&quantity=12&side=Bid&symbol=SOL_USDC_PERP"
            "&instruction=orderExecute&clientId=7&orderType=Limit&postOnly=true&price=143&quantity=11&side=Ask"
            "&symbol=SOL_USDC_PERP&timestamp=1750793021519&window=5000"
        ),
        "Yfj3wWdxHhHZPxLkiX73YDjCvUQsID4hqCTj2/dWgOMIrwJi8Dhx+g8zZxBGd1DuAYF7DKiRarUiAgdILtTsAA==",
    ),
]
SUBSCRIBE: Final = "hVsKElNcXkRLxR+yzIdySnKoGvnY6hVy76Ywm7+xiqPC3rylGsvrnpEVoGu5d//zj8ErYV2KKzRyt8nS33t4Bg=="


def member() -> Member:
    key = SigningKey(SEED).verify_key
    return Member("a", 1, base64.b64encode(bytes(key)).decode(), base64.b64encode(SEED).decode(), key)


def headers(signature: str, **more: str) -> Mapping[str, str]:
    return {
        "X-API-Key": KEY,
        "X-Timestamp": str(NOW_MS),
        "X-Window": "5000",
        "X-Signature": signature,
        **{name.replace("_", "-"): value for name, value in more.items()},
    }


def test_the_throwaway_key_is_the_sheets() -> None:
    assert member().key == KEY


@pytest.mark.parametrize(("instruction", "rows", "text", "signature"), VECTORS)
def test_every_vector_is_let_in(
    instruction: str, rows: list[list[tuple[str, object]]], text: str, signature: str
) -> None:
    pieces = [piece(instruction, row) for row in rows]
    assert signed_text(pieces, str(NOW_MS), "5000").decode() == text
    assert Door([member()]).admit(headers(signature), instruction, rows, NOW_MS).name == "a"


def test_the_subscription_vector_is_let_in() -> None:
    door = Door([member()])
    assert door.admit_stream([KEY, SUBSCRIBE, str(NOW_MS), "5000"], NOW_MS).name == "a"


def test_the_vectors_are_those_of_the_sheet() -> None:
    sheet = ROOT.parent / "shared" / "venues" / "backpack.md"
    if not sheet.is_file():
        pytest.skip("../shared/venues/backpack.md is not here")
    text = sheet.read_text(encoding="utf-8")
    found = set(re.findall(r"^[A-Za-z0-9+/]{86}==$", text, re.MULTILINE))
    assert found == {*(row[3] for row in VECTORS), SUBSCRIBE}


def test_a_window_that_is_not_sent_is_signed_all_the_same() -> None:
    plain = {name: value for name, value in headers(VECTORS[2][3]).items() if name != "X-Window"}
    assert Door([member()]).admit(plain, "balanceQuery", [[]], NOW_MS).name == "a"


def test_percent_encoded_text_is_let_in_too() -> None:
    """One client signs values percent-encoded, the others raw."""
    text = f"instruction=orderExecute&triggerQuantity=80%25&timestamp={NOW_MS}&window=5000"
    signature = base64.b64encode(SigningKey(SEED).sign(text.encode()).signature).decode()
    rows: list[list[tuple[str, object]]] = [[("triggerQuantity", "80%")]]
    assert Door([member()]).admit(headers(signature), "orderExecute", rows, NOW_MS).name == "a"


def test_nulls_are_not_signed() -> None:
    assert piece("orderExecute", [("b", None), ("a", 1)]) == "instruction=orderExecute&a=1"


def test_fractions_are_signed_as_they_were_written() -> None:
    body: Any = read_body(b'{"price": 1.10, "count": 12, "flag": false}')
    assert piece("x", body.items()) == "instruction=x&count=12&flag=false&price=1.10"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"X_Signature": VECTORS[1][3]}, "Invalid signature"),
        ({"X_Signature": "no base64"}, "Invalid X-Signature header"),
        ({"X_Signature": "AAAA"}, "Invalid X-Signature header"),
        ({"X_Timestamp": str(NOW_MS - 5_001)}, "Request has expired"),
        ({"X_Timestamp": str(NOW_MS + 5_001)}, "Invalid timestamp: must be within 10 minutes of current time"),
        ({"X_Timestamp": str(NOW_MS - 600_001)}, "Invalid timestamp: must be within 10 minutes of current time"),
        ({"X_Timestamp": "soon"}, "Invalid X-Timestamp header"),
        ({"X_Window": "60001"}, "Invalid X-Window header"),
        ({"X_Window": "0"}, "Invalid X-Window header"),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, str], message: str) -> None:
    with pytest.raises(ApiError, match=re.escape(message)) as refusal:
        Door([member()]).admit(headers(VECTORS[2][3], **changes), "balanceQuery", [[]], NOW_MS)
    assert (refusal.value.code, refusal.value.status) == ("INVALID_CLIENT_REQUEST", 400)


def test_an_unknown_key_is_unauthorized() -> None:
    with pytest.raises(ApiError) as refusal:
        Door([]).admit(headers(VECTORS[2][3]), "balanceQuery", [[]], NOW_MS)
    assert (refusal.value.code, refusal.value.status) == ("UNAUTHORIZED", 401)


@pytest.mark.parametrize("signature", [None, "x", [], [KEY, SUBSCRIBE, NOW_MS, 5000], [KEY, SUBSCRIBE, "1", "5000"]])
def test_a_subscription_needs_four_texts_of_now(signature: object) -> None:
    with pytest.raises(ApiError):
        Door([member()]).admit_stream(signature, NOW_MS)
