"""The venue's errors: code, text and HTTP status."""

from typing import Final

from aiohttp import web

from mmtui.model.orders import RefusalCode
from mmtui.sandbox.calls import json_response
from mmtui.sandbox.faults import Fault, FaultKind
from mmtui.sandbox.floor import Refusal
from mmtui.sandbox.wire import FAULT_STATUS


class ApiError(Exception):
    """An answer that is no."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    def document(self) -> dict[str, str]:
        """The body of the answer."""
        return {"code": self.code, "message": self.message}

    def response(self) -> web.Response:
        """The whole answer."""
        return json_response(self.document(), self.status)


WOULD_TAKE: Final = "Order would immediately match and take"
PAYLOAD: Final = "OrderExecutePayload"


def bad_request(message: str) -> ApiError:
    """The client sent what cannot be served."""
    return ApiError("INVALID_CLIENT_REQUEST", message)


def unreadable(what: str, why: str, payload: str = PAYLOAD) -> ApiError:
    """A field that does not parse, in the venue's words."""
    return bad_request(
        f'parse request payload error: failed to parse "{what}": {why} (occurred while parsing "{payload}")'
    )


def not_found() -> ApiError:
    """No such order, or no position."""
    return ApiError("RESOURCE_NOT_FOUND", "Not Found", 404)


def unknown_symbol() -> ApiError:
    """A market that is not here."""
    return ApiError("INVALID_SYMBOL", "Invalid symbol")


_REFUSALS: Final = {
    RefusalCode.POST_ONLY_WOULD_CROSS: ("INVALID_ORDER", WOULD_TAKE),
    RefusalCode.REDUCE_ONLY_VIOLATION: ("INVALID_ORDER", "Reduce only order does not reduce a position"),
    RefusalCode.BELOW_MINIMUM: ("INVALID_QUANTITY", "Quantity is below the minimum"),
    RefusalCode.BAD_PRICE: ("INVALID_PRICE", "Price is not a multiple of the tick size"),
    RefusalCode.BAD_QUANTITY: ("INVALID_QUANTITY", "Quantity is not a multiple of the step size"),
    RefusalCode.ORDER_DONE: ("RESOURCE_NOT_FOUND", "Not Found"),
    RefusalCode.ORDER_NOT_FOUND: ("RESOURCE_NOT_FOUND", "Not Found"),
}


def refused(refusal: Refusal, *, perp: bool) -> ApiError:
    """What the venue says where the simulation said no."""
    if refusal.code is RefusalCode.INSUFFICIENT_FUNDS:
        return ApiError("INSUFFICIENT_MARGIN", "Insufficient margin") if perp else insufficient_funds()
    code, message = _REFUSALS.get(refusal.code, ("INVALID_ORDER", refusal.reason))
    return ApiError(code, message, 404 if code == "RESOURCE_NOT_FOUND" else 400)


def insufficient_funds() -> ApiError:
    """A spot order that the balances do not carry."""
    return ApiError("INSUFFICIENT_FUNDS", "Insufficient funds")


_FAULTS: Final = {
    FaultKind.ERROR_500_BEFORE: ("SERVER_ERROR", "Internal server error"),
    FaultKind.ERROR_500_AFTER: ("SERVER_ERROR", "Internal server error"),
    FaultKind.ERROR_503_AFTER: ("TIMEOUT", "Service unavailable"),
    FaultKind.RATE_LIMIT: ("TOO_MANY_REQUESTS", "Too many requests"),
    FaultKind.BAN: ("FORBIDDEN", "Access denied"),
    FaultKind.REJECT: ("INVALID_ORDER", "Rejected by a fault of the sandbox"),
    FaultKind.MAINTENANCE: ("MAINTENANCE", "The exchange is under maintenance"),
}


def fault_response(fault: Fault) -> web.Response:
    """An injected error in the venue's shape."""
    code, message = _FAULTS[fault.do]
    return ApiError(fault.code or code, fault.message or message, FAULT_STATUS[fault.do]).response()


def rate_limited() -> ApiError:
    """Too many requests; the venue names no time to wait."""
    return ApiError("TOO_MANY_REQUESTS", "Too many requests", 429)
