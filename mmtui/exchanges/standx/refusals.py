"""The one place that maps StandX's errors to ours. The venue has no list of codes: status and words must do."""

import re
from typing import Final

import msgspec
from msgspec import Struct

from mmtui.exchanges.standx.figures import UNREADABLE
from mmtui.model.orders import RefusalCode
from mmtui.ports.errors import Ambiguous, RateLimited, Refused, VenueError

_C = RefusalCode

UNAUTHORISED: Final = 401
FORBIDDEN: Final = 403
NOT_FOUND: Final = 404
_TOO_MANY: Final = 429
_SERVER_ERROR: Final = 500
_NUMBERS_END: Final = 600
_PAUSE_MS: Final = 1_000

_WORDS: Final[tuple[tuple[re.Pattern[str], RefusalCode], ...]] = tuple(
    (re.compile(pattern), code)
    for pattern, code in (
        (r"rate limit|too many requests", _C.RATE_LIMITED),
        (r"maintenance", _C.MAINTENANCE),
        (r"signature|token|unauthori[sz]ed|forbidden|region", _C.NOT_ALLOWED),
        (r"reduce.?only", _C.REDUCE_ONLY_VIOLATION),
        (r"insufficient|not enough|exceeds? available", _C.INSUFFICIENT_FUNDS),
        (r"\balo\b|post.?only|would (cross|match|take)|immediately", _C.POST_ONLY_WOULD_CROSS),
        (r"duplicate|already (exists?|used)", _C.DUPLICATE_CLIENT_ID),
        (r"self.?trade", _C.SELF_TRADE),
        (r"not.?found|no such|not exist|unknown order", _C.ORDER_NOT_FOUND),
        (
            r"already (filled|cancell?ed|closed|done)|order (is )?(filled|cancell?ed|closed|done)|not open",
            _C.ORDER_DONE,
        ),
        (r"min(imum)?\b.*\b(qty|quantity|size|notional|order)|below min|too small|min_order", _C.BELOW_MINIMUM),
        (r"price", _C.BAD_PRICE),
        (r"qty|quantity|size", _C.BAD_QUANTITY),
        (r"max_?open|too many (open )?orders|leverage|margin.?mode|disabled|not enabled", _C.NOT_ALLOWED),
    )
)
"""Looked for in this order, in small letters."""

_STALE: Final = re.compile(r"signature.*expired|expired.*signature|timestamp")


def refusal_of(code: int, words: str) -> RefusalCode:
    """Why something was refused, by words first."""
    low = words.lower()
    found = next((refusal for pattern, refusal in _WORDS if pattern.search(low)), None)
    if found is not None:
        return found
    if code in (UNAUTHORISED, FORBIDDEN):
        return _C.NOT_ALLOWED
    return _C.ORDER_NOT_FOUND if code == NOT_FOUND else _C.OTHER


class StandxRefused(Refused):
    """A refusal with the venue's own number (that of the body, else the status)."""

    def __init__(self, number: int, code: RefusalCode, reason: str) -> None:
        super().__init__(code, reason)
        self.number = number


class TokenRefused(StandxRefused):
    """The token is not taken: too old, or not of this account. What was asked was certainly not done."""


class StampRefused(StandxRefused):
    """The signature is too old for the venue: our idea of its time is wrong. Certainly not done."""


class ErrorBody(Struct, frozen=True):
    """``{"code": 400, "message": "..."}``; a success has the code 0."""

    code: int
    message: str = ""

    def as_error(self, shown: str, status: int = 200) -> VenueError:
        """The error of ours; ``shown`` is the message fit to be seen."""
        number = status if status >= UNAUTHORISED else self.code
        text = f"{self.code}: {shown}"
        if _TOO_MANY in (number, self.code):
            return RateLimited(_PAUSE_MS, text)
        if _SERVER_ERROR <= self.code < _NUMBERS_END:
            return Ambiguous(text)
        if number == UNAUTHORISED:
            return TokenRefused(number, _C.NOT_ALLOWED, text)
        if _STALE.search(self.message.lower()) and number in (FORBIDDEN, 400):
            return StampRefused(number, _C.NOT_ALLOWED, text)
        refusal = refusal_of(number, self.message)
        if refusal is _C.RATE_LIMITED:
            return RateLimited(_PAUSE_MS, text)
        return StandxRefused(number, refusal, text)


_DECODER: Final = msgspec.json.Decoder(ErrorBody)


def read_error(body: bytes, status: int) -> ErrorBody | None:
    """The error that a body is; None where it is none (a success, a list, a page of a proxy)."""
    try:
        found = _DECODER.decode(body)
    except UNREADABLE:
        return None
    return found if found.code not in (0, 200) or status >= 400 else None  # noqa: PLR2004 - HTTP
