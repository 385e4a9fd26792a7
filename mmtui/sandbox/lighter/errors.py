"""The venue's errors: number, text and HTTP status."""

from typing import Any, Final

from aiohttp import web

from mmtui.model.orders import RefusalCode
from mmtui.sandbox.calls import json_response
from mmtui.sandbox.faults import Fault, FaultKind
from mmtui.sandbox.floor import Refusal
from mmtui.sandbox.wire import FAULT_STATUS

BAD_PARAMETER: Final = 20001
BAD_AUTH: Final = 20013
NO_ACCOUNT: Final = 21100
BAD_NONCE: Final = 21104
NONCES_NOT_RISING: Final = 21105
NO_KEY: Final = 21109
BAD_SIGNATURE: Final = 21120
SEVERAL_OWNERS: Final = 21121
LITTLE_COLLATERAL: Final = 21739
TX_NOT_FOUND: Final = 21500
BAD_TX: Final = 21501
BAD_TYPE: Final = 21505
UNEQUAL_LENGTHS: Final = 21513
TOO_MANY_IN_BATCH: Final = 21514
NOT_ACTIVE: Final = 21600
BAD_MARKET: Final = 21602
BAD_ORDER_INDEX: Final = 21700
BAD_AMOUNT: Final = 21701
BAD_PRICE: Final = 21702
BELOW_MINIMUM: Final = 21706
BAD_EXPIRY: Final = 21711
BAD_CLIENT_INDEX: Final = 21727
CLIENT_INDEX_IN_USE: Final = 21728
TOO_FAR: Final = 21734
TOO_MANY_REQUESTS: Final = 23000
TOO_MANY_SUBSCRIPTIONS: Final = 23001
INTERNAL: Final = 29500
TIMED_OUT: Final = 29501
WS_BAD_JSON: Final = 30000
WS_BAD_TYPE: Final = 30001
WS_NOT_SUBSCRIBED: Final = 30002
WS_ALREADY_SUBSCRIBED: Final = 30003
WS_BAD_CHANNEL: Final = 30005
WS_TOO_MANY_MESSAGES: Final = 30009


class ApiError(Exception):
    """An answer that is no."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    def document(self) -> dict[str, Any]:
        """The body of the answer."""
        return {"code": self.code, "message": self.message}

    def response(self) -> web.Response:
        """The whole answer."""
        return json_response(self.document(), self.status)


def bad_parameter(name: str) -> ApiError:
    """A parameter is missing, or no number, or out of its range."""
    return ApiError(BAD_PARAMETER, f"invalid param: {name}")


def rate_limited() -> ApiError:
    """Too much in the window."""
    return ApiError(TOO_MANY_REQUESTS, "Too Many Requests!", 429)


_ENDS: Final = {
    RefusalCode.POST_ONLY_WOULD_CROSS: "canceled-post-only",
    RefusalCode.REDUCE_ONLY_VIOLATION: "canceled-reduce-only",
    RefusalCode.INSUFFICIENT_FUNDS: "canceled-margin-not-allowed",
    RefusalCode.SELF_TRADE: "canceled-self-trade",
}


def end_of(refusal: Refusal) -> str:
    """The status of an order that was accepted and that the matching engine then did not want."""
    return _ENDS.get(refusal.code, "canceled-not-enough-liquidity")


_FAULTS: Final = {
    FaultKind.ERROR_500_BEFORE: (INTERNAL, "internal server error"),
    FaultKind.ERROR_500_AFTER: (INTERNAL, "internal server error"),
    FaultKind.ERROR_503_AFTER: (TIMED_OUT, "timeout"),
    FaultKind.RATE_LIMIT: (TOO_MANY_REQUESTS, "Too Many Requests!"),
    FaultKind.BAN: (TOO_MANY_REQUESTS, "Too Many Requests!"),
    FaultKind.REJECT: (BAD_SIGNATURE, "rejected by a fault of the sandbox"),
    FaultKind.MAINTENANCE: (INTERNAL, "the exchange is under maintenance"),
}


def fault_response(fault: Fault) -> web.Response:
    """An injected error in the venue's shape."""
    code, message = _FAULTS[fault.do]
    if fault.code is not None and fault.code.isdecimal():
        code = int(fault.code)
    return ApiError(code, fault.message or message, FAULT_STATUS[fault.do]).response()
