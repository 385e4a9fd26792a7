"""The venue's errors: code, text and HTTP status."""

from typing import Final

from aiohttp import web

from mmtui.model.orders import RefusalCode
from mmtui.sandbox.aster.markets import Room
from mmtui.sandbox.calls import json_response
from mmtui.sandbox.faults import Fault, FaultKind
from mmtui.sandbox.floor import Refusal
from mmtui.sandbox.wire import FAULT_STATUS

WORDS: Final = {
    -1000: "An unknown error occurred while processing the request.",
    -1001: "Internal error; unable to process your request. Please try again.",
    -1002: "You are not authorized to execute this request.",
    -1003: "Too many requests.",
    -1006: "An unexpected response was received from the message bus. Execution status unknown.",
    -1007: "Timeout waiting for response from backend server. Send status unknown; execution status unknown.",
    -1015: "Too many new orders.",
    -1016: "This service is no longer available.",
    -1021: "Timestamp for this request is outside of the recvWindow.",
    -1022: "Signature for this request is not valid.",
    -1104: "Not all sent parameters were read.",
    -1111: "Precision is over the maximum defined for this asset.",
    -1115: "Invalid timeInForce.",
    -1116: "Invalid orderType.",
    -1117: "Invalid side.",
    -1120: "Invalid interval.",
    -1121: "Invalid symbol.",
    -1125: "This listenKey does not exist.",
    -1127: "Lookup interval is too big.",
    -1128: "Combination of optional parameters invalid.",
    -2010: "NEW_ORDER_REJECTED",
    -2011: "Unknown order sent.",
    -2013: "Order does not exist.",
    -2014: "API-key format invalid.",
    -2015: "Invalid API-key, IP, or permissions for action.",
    -2018: "Balance is insufficient.",
    -2019: "Margin is insufficient.",
    -2020: "Unable to fill.",
    -2021: "Order would immediately trigger.",
    -2022: "ReduceOnly Order is rejected.",
    -2025: "Reach max open order limit.",
    -4001: "Price less than 0.",
    -4002: "Price greater than max price.",
    -4003: "Quantity less than zero.",
    -4004: "Quantity less than min quantity.",
    -4005: "Quantity greater than max quantity.",
    -4013: "Price less than min price.",
    -4014: "Price not increased by tick size.",
    -4015: "Client order id is not valid.",
    -4016: "Price is higher than mark price multiplier cap.",
    -4021: "Invalid depth limit.",
    -4023: "Qty not increased by step size.",
    -4024: "Price is lower than mark price multiplier floor.",
    -4028: "Leverage is not valid.",
    -4046: "No need to change margin type.",
    -4047: "Margin type cannot be changed if there exists open orders.",
    -4048: "Margin type cannot be changed if there exists position.",
    -4059: "No need to change position side.",
    -4060: "Invalid position side.",
    -4061: "Order's position side does not match user's setting.",
    -4062: "Invalid or improper reduceOnly value.",
    -4067: "Position side cannot be changed if there exists open orders.",
    -4068: "Position side cannot be changed if there exists position.",
    -4082: "Invalid number of batch place orders.",
    -4084: "Method is not allowed currently. Upcoming soon.",
    -4131: "The counterparty's best price does not meet the PERCENT_PRICE filter limit.",
    -4164: "Order's notional must be no smaller than 5.0 (unless you choose reduce only).",
    -4225: "Nonce Expired",
    -5022: "Due to the order could not be executed as maker, the Post Only order will be rejected.",
    -5050: "DEPOSIT_REQUIRED",
}
"""What the venue says with a code; texts vary, the code decides."""

UNKNOWN: Final = -1000
UNAUTHORIZED: Final = 401


class ApiError(Exception):
    """An answer that is no. ``headers`` go out with it."""

    def __init__(
        self, code: int, message: str | None = None, status: int = 400, headers: dict[str, str] | None = None
    ) -> None:
        self.code = code
        self.message = message if message is not None else WORDS.get(code, WORDS[UNKNOWN])
        self.status = status
        self.headers = headers
        super().__init__(self.message)

    def document(self) -> dict[str, int | str]:
        """The body of the answer."""
        return {"code": self.code, "msg": self.message}

    def response(self) -> web.Response:
        """The whole answer."""
        return json_response(self.document(), self.status, self.headers)


def missing(name: str) -> ApiError:
    """A parameter that must be there is not, or cannot be read."""
    return ApiError(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def invalid(name: str) -> ApiError:
    """A parameter has a value that is none."""
    return ApiError(-1130, f"Data sent for parameter '{name}' is not valid.")


def not_here(what: str) -> ApiError:
    """The venue has it, this sandbox has not."""
    return ApiError(-4084, f"{WORDS[-4084]} ({what} is not part of this sandbox)")


_REFUSALS: Final = {
    RefusalCode.REDUCE_ONLY_VIOLATION: -2022,
    RefusalCode.BELOW_MINIMUM: -4164,
    RefusalCode.BAD_PRICE: -4014,
    RefusalCode.BAD_QUANTITY: -4023,
    RefusalCode.ORDER_DONE: -2011,
    RefusalCode.ORDER_NOT_FOUND: -2011,
    RefusalCode.POST_ONLY_WOULD_CROSS: -5022,
}


def refused(refusal: Refusal, room: Room) -> ApiError:
    """What the venue says where the simulation said no."""
    if refusal.code is RefusalCode.INSUFFICIENT_FUNDS:
        return ApiError(-2018 if room is Room.SPOT else -2019)
    if refusal.code is RefusalCode.OTHER:
        return ApiError(-4131)  # nobody to trade with
    code = _REFUSALS.get(refusal.code)
    return ApiError(-2010, refusal.reason) if code is None else ApiError(code)


_FAULTS: Final = {
    FaultKind.ERROR_500_BEFORE: -1001,
    FaultKind.ERROR_500_AFTER: -1001,
    FaultKind.ERROR_503_AFTER: -1007,
    FaultKind.RATE_LIMIT: -1003,
    FaultKind.BAN: -1003,
    FaultKind.REJECT: -2010,
    FaultKind.MAINTENANCE: -1016,
}
BAN_S: Final = 120
"""The first ban lasts two minutes."""


def banned(seconds: int = BAN_S) -> ApiError:
    """Way too many requests."""
    words = "Way too many requests; IP banned. Please use the websocket for live updates to avoid bans."
    return ApiError(-1003, words, 418, {"Retry-After": str(seconds)})


def fault_response(fault: Fault) -> web.Response:
    """An injected error in the venue's shape; a reject takes any of the venue's codes, such as -5022 or -2021."""
    if fault.do is FaultKind.BAN and fault.code is None:
        return banned().response()
    code = _FAULTS[fault.do] if fault.code is None else _number(fault.code)
    return ApiError(code, fault.message, FAULT_STATUS[fault.do]).response()


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        return UNKNOWN
