"""The venue's errors: a number like an HTTP status, and a text."""

from typing import Any, Final

from aiohttp import web

from mmtui.model.orders import RefusalCode
from mmtui.sandbox.calls import json_response
from mmtui.sandbox.faults import Fault, FaultKind
from mmtui.sandbox.floor import Refusal
from mmtui.sandbox.wire import FAULT_STATUS


class ApiError(Exception):
    """An answer that is no."""

    def __init__(self, code: int, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = code if status is None else status

    def document(self) -> dict[str, Any]:
        """The body of the answer."""
        return {"code": self.code, "message": self.message}

    def response(self) -> web.Response:
        """The whole answer."""
        return json_response(self.document(), self.status)


def bad_request(message: str) -> ApiError:
    """The client sent what cannot be served."""
    return ApiError(400, message)


def unauthorized(message: str = "invalid token") -> ApiError:
    """No token, or one that is good no more."""
    return ApiError(401, message)


def forbidden(message: str) -> ApiError:
    """A signature or timestamp that is not right."""
    return ApiError(403, message)


def not_found(what: str) -> ApiError:
    """There is none."""
    return ApiError(404, f"{what} not found")


def rate_limited() -> ApiError:
    """Too many requests."""
    return ApiError(429, "too many requests")


_WORDS: Final = {
    RefusalCode.POST_ONLY_WOULD_CROSS: "alo order rejected",
    RefusalCode.REDUCE_ONLY_VIOLATION: "reduce only order rejected",
    RefusalCode.INSUFFICIENT_FUNDS: "insufficient balance",
}


def refusal_words(refusal: Refusal) -> str:
    """What the engine says, after the gateway has accepted."""
    return _WORDS.get(refusal.code, "order rejected")


_FAULTS: Final = {
    FaultKind.ERROR_500_BEFORE: "internal server error",
    FaultKind.ERROR_500_AFTER: "internal server error",
    FaultKind.ERROR_503_AFTER: "service unavailable",
    FaultKind.RATE_LIMIT: "too many requests",
    FaultKind.BAN: "access denied",
    FaultKind.REJECT: "rejected by a fault of the sandbox",
    FaultKind.MAINTENANCE: "system maintenance",
}


def fault_response(fault: Fault) -> web.Response:
    """An injected error in the venue's shape."""
    status = FAULT_STATUS[fault.do]
    code = int(fault.code) if fault.code is not None and fault.code.isdecimal() else status
    return ApiError(code, fault.message or _FAULTS[fault.do], status).response()
