import json

import pytest

from mmtui.exchanges.backpack.moments import from_ms, from_text, from_us
from mmtui.exchanges.backpack.refusals import ErrorBody, expiry_refusal, read_error
from mmtui.model.orders import RefusalCode
from tests.unit.backpack_payloads import recorded

C = RefusalCode


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        ("INVALID_ORDER", "Order would immediately match and take", C.POST_ONLY_WOULD_CROSS),
        ("INVALID_ORDER", "Order would self-trade", C.SELF_TRADE),
        ("INVALID_ORDER", "Reduce only order would increase the position", C.REDUCE_ONLY_VIOLATION),
        ("INVALID_ORDER", "something else", C.OTHER),
        ("INSUFFICIENT_MARGIN", "", C.INSUFFICIENT_FUNDS),
        ("INSUFFICIENT_FUNDS", "Insufficient funds", C.INSUFFICIENT_FUNDS),
        ("MAX_LEVERAGE_REACHED", "", C.INSUFFICIENT_FUNDS),
        ("POSITION_LIMIT", "", C.INSUFFICIENT_FUNDS),
        ("INVALID_PRICE", "Price is too far from the last active price", C.BAD_PRICE),
        ("INVALID_QUANTITY", "Quantity is below the minimum", C.BELOW_MINIMUM),
        ("INVALID_QUANTITY", "", C.BAD_QUANTITY),
        ("INVALID_CLIENT_REQUEST", "Quantity decimal too long", C.BAD_QUANTITY),
        ("INVALID_CLIENT_REQUEST", "Price decimal too long", C.BAD_PRICE),
        ("INVALID_CLIENT_REQUEST", "Invalid signature", C.NOT_ALLOWED),
        ("INVALID_CLIENT_REQUEST", "Invalid X-Signature header", C.NOT_ALLOWED),
        ("INVALID_CLIENT_REQUEST", "Request has expired", C.NOT_ALLOWED),
        ("INVALID_CLIENT_REQUEST", "Order not found", C.ORDER_NOT_FOUND),
        ("INVALID_CLIENT_REQUEST", "Duplicate client id", C.DUPLICATE_CLIENT_ID),
        ("INVALID_CLIENT_REQUEST", "parse request payload error: failed to parse", C.OTHER),
        ("INVALID_SIGNATURE", "", C.NOT_ALLOWED),
        ("UNAUTHORIZED", "", C.NOT_ALLOWED),
        ("RESOURCE_NOT_FOUND", "Not Found", C.ORDER_NOT_FOUND),
        ("ORDER_LIMIT", "", C.NOT_ALLOWED),
        ("TOO_MANY_REQUESTS", "", C.RATE_LIMITED),
        ("TRADING_PAUSED", "", C.MAINTENANCE),
        ("MAINTENANCE", "", C.MAINTENANCE),
        ("A_NEW_CODE", "of the future", C.OTHER),
    ],
)
def test_error_table(code: str, message: str, expected: RefusalCode) -> None:
    error = read_error(json.dumps({"code": code, "message": message}).encode())
    assert error is not None
    assert error.refusal is expected


def test_every_documented_code_is_mapped_to_something() -> None:
    codes = recorded("openapi.json")["components"]["schemas"]["ApiErrorCode"]["enum"]
    assert all(ErrorBody(code).refusal for code in codes)


@pytest.mark.parametrize("code", ["TIMEOUT", "SERVER_ERROR", "TOO_EARLY"])
def test_codes_that_prove_nothing(code: str) -> None:
    assert ErrorBody(code).is_unclear


def test_clock_refusals_are_known() -> None:
    assert ErrorBody("INVALID_CLIENT_REQUEST", "Request has expired").is_about_clock
    late = "Invalid timestamp: must be within 10 minutes of current time"
    assert ErrorBody("INVALID_CLIENT_REQUEST", late).is_about_clock
    assert not ErrorBody("INVALID_CLIENT_REQUEST", "Invalid signature").is_about_clock


@pytest.mark.parametrize("body", [b"", b"<html>502</html>", b'{"message":"no code"}', b'{"code":5}', b"[", b"\xff"])
def test_what_is_no_error_of_the_venue_is_not_taken_for_one(body: bytes) -> None:
    assert read_error(body) is None


def test_ends_that_are_refusals_in_other_words() -> None:
    assert expiry_refusal("PostOnlyTaker") is C.POST_ONLY_WOULD_CROSS
    assert expiry_refusal("SELF_TRADE_PREVENTION") is C.SELF_TRADE
    assert expiry_refusal("PRICE_BAND") is C.BAD_PRICE
    assert expiry_refusal("ImmediateOrCancel") is None
    assert expiry_refusal(None) is None


def test_units_of_time() -> None:
    assert from_us(1753102447307501) == 1753102447307501_000
    assert from_ms(1753113600000) == 1753113600000_000_000
    assert from_text("2025-07-27T17:39:00.092") == 1753637940092_000_000
    assert from_text("2025-07-22T00:00:00") == 1753142400_000_000_000
    assert from_text("2025-01-21T06:34:54.691858") == 1737441294691858_000
    assert from_text("2025-07-19 13:09:00") == 1752930540_000_000_000
    assert (from_us(0), from_ms(-1), from_text("soon"), from_us(1 << 80)) == (None, None, None, None)
