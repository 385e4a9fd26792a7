"""The venue's errors: a number and a text, with HTTP status 200 all the same."""

from typing import Any, Final

from aiohttp import web

from mmtui.sandbox.calls import json_response
from mmtui.sandbox.faults import Fault, FaultKind
from mmtui.sandbox.floor import Refusal
from mmtui.sandbox.wire import FAULT_STATUS

SUCCESS: Final = "success"
FAILED: Final = 10010
"""The number of whatever has no number of its own: such errors are told apart by their text."""
FORBIDDEN: Final = 403
TOO_MANY: Final = 429

TEXTS: Final = {
    401: "not logged in",
    404: "not found",
    TOO_MANY: "too many requests",
    FAILED: "Failed",
    20001: "request failed",
    20500: "system error",
    20501: "symbol does not exist",
    20505: "parameter error",
    20506: "signature error",
    20507: "system busy",
    20509: "order accountbalance error",
    20510: "price exceeds the limit",
    20511: "amount exceeds the limit",
    20512: "price precision error",
    20513: "amount precision error",
    20514: "market order amount exceeds the limit",
    20515: "order does not exist",
    20516: "order status error",
    20519: "nonce has been used",
    20520: "nonce expired",
    20521: "header parameter missing",
    20525: "failed to get the key",
    20527: "no permission to trade",
    50009: "channel unavailable",
    51000: "unknown op",
}


class ApiError(Exception):
    """An answer that is no."""

    def __init__(self, number: int, text: str | None = None, status: int = 200) -> None:
        super().__init__(text or TEXTS[number])
        self.number = number
        self.status = status

    def document(self) -> dict[str, Any]:
        """The body of the answer, without a result."""
        return {"errno": self.number, "errmsg": str(self)}

    def response(self) -> web.Response:
        """The whole answer."""
        return json_response(self.document(), self.status)


def envelope(result: object) -> dict[str, Any]:
    """The body of an answer that is yes."""
    return {"errno": 0, "errmsg": SUCCESS, "result": result}


def bad_parameter(name: str) -> ApiError:
    """A parameter that is missing or unreadable."""
    return ApiError(20505, f"parameter error: {name}")


def no_position() -> ApiError:
    """There is not that much to close; the venue has only words for it."""
    return ApiError(FAILED, "Insufficient position")


def not_here(what: str) -> ApiError:
    """A part of the venue that the sandbox leaves out."""
    return ApiError(20001, f"{what} is not part of this sandbox")


def refused(refusal: Refusal) -> ApiError:
    """What the venue says where the simulation said no."""
    return ApiError(FAILED, refusal.reason)


_STATUS: Final = FAULT_STATUS | {FaultKind.BAN: FORBIDDEN}


def fault_response(fault: Fault) -> web.Response:
    """An injected error: in the venue's envelope where it is a reject or names a number.

    Otherwise it comes from what stands before the venue, which answers in HTML and knows no numbers.
    """
    if fault.code is not None and fault.code.isdecimal():
        number = int(fault.code)
        return ApiError(number, fault.message or TEXTS.get(number, TEXTS[FAILED])).response()
    if fault.do is FaultKind.REJECT:
        return ApiError(20509, fault.message).response()
    status = _STATUS[fault.do]
    page = f"<html><head><title>{status}</title></head><body>{fault.message or status}</body></html>"
    return web.Response(text=page, status=status, content_type="text/html")
