"""The one place that maps Aster's errors to ours: by code, and by words only where a code says too little."""

from typing import Final

import msgspec
from msgspec import Struct

from mmtui.exchanges.aster.facts import PAUSED_MS
from mmtui.model.orders import RefusalCode
from mmtui.ports.errors import Ambiguous, RateLimited, Refused, VenueError

_C = RefusalCode

ORDER_UNKNOWN: Final = (-2011, -2013)
LISTEN_KEY_GONE: Final = -1125
MARGIN_TYPE_ALREADY: Final = -4046

_CODES: Final[dict[int, RefusalCode]] = {
    -1002: _C.NOT_ALLOWED,
    -1021: _C.NOT_ALLOWED,
    -1022: _C.NOT_ALLOWED,
    -2014: _C.NOT_ALLOWED,
    -2015: _C.NOT_ALLOWED,
    -4225: _C.NOT_ALLOWED,
    -5050: _C.NOT_ALLOWED,
    -2018: _C.INSUFFICIENT_FUNDS,
    -2019: _C.INSUFFICIENT_FUNDS,
    -4050: _C.INSUFFICIENT_FUNDS,
    -4051: _C.INSUFFICIENT_FUNDS,
    -2011: _C.ORDER_NOT_FOUND,
    -2013: _C.ORDER_NOT_FOUND,
    -2021: _C.BAD_PRICE,
    -2022: _C.REDUCE_ONLY_VIOLATION,
    -4062: _C.REDUCE_ONLY_VIOLATION,
    -4087: _C.REDUCE_ONLY_VIOLATION,
    -4118: _C.INSUFFICIENT_FUNDS,
    -2023: _C.NOT_ALLOWED,
    -2025: _C.NOT_ALLOWED,
    -2027: _C.NOT_ALLOWED,
    -2028: _C.NOT_ALLOWED,
    -4014: _C.BAD_PRICE,
    -4013: _C.BAD_PRICE,
    -4002: _C.BAD_PRICE,
    -4016: _C.BAD_PRICE,
    -4024: _C.BAD_PRICE,
    -4183: _C.BAD_PRICE,
    -4184: _C.BAD_PRICE,
    -4131: _C.BAD_PRICE,
    -1111: _C.BAD_QUANTITY,
    -4023: _C.BAD_QUANTITY,
    -4005: _C.BAD_QUANTITY,
    -4004: _C.BELOW_MINIMUM,
    -4164: _C.BELOW_MINIMUM,
    -4116: _C.DUPLICATE_CLIENT_ID,
    -4061: _C.NOT_ALLOWED,
    -4141: _C.MAINTENANCE,
    -4140: _C.NOT_ALLOWED,
    -5022: _C.POST_ONLY_WOULD_CROSS,
    -1003: _C.RATE_LIMITED,
    -1015: _C.RATE_LIMITED,
}

_WORDS: Final[tuple[tuple[str, RefusalCode], ...]] = (
    ("maker", _C.POST_ONLY_WOULD_CROSS),
    ("post only", _C.POST_ONLY_WOULD_CROSS),
    ("immediately match", _C.POST_ONLY_WOULD_CROSS),
    ("duplicate", _C.DUPLICATE_CLIENT_ID),
    ("insufficient", _C.INSUFFICIENT_FUNDS),
    ("reduceonly", _C.REDUCE_ONLY_VIOLATION),
    ("notional", _C.BELOW_MINIMUM),
    ("signature", _C.NOT_ALLOWED),
    ("signer", _C.NOT_ALLOWED),
)
"""Looked for in this order where the code is not in the table (-2010, -1000 and new ones)."""

_UNCLEAR: Final = frozenset((-1000, -1001, -1006, -1007))
"""Codes that do not say whether anything was done. -1000 is also a refused signature: then its words say so."""

CLOCK_CODES: Final = frozenset((-1021, -4225))
"""Our idea of the venue's time is wrong, or another program of this user spends nonces ahead of us."""

_REMEDIES: Final = {
    -1022: "check key, signer and user; the agent wallet must be approved for this account",
    -2014: "check the API key",
    -2015: "check the API key, its IP list and its rights",
    -4061: "the account is in hedge mode; switch its position mode to one-way",
    -5050: "the account's wallet has made no deposit yet",
}


class AsterRefused(Refused):
    """A refusal with the venue's own number."""

    def __init__(self, number: int, code: RefusalCode, reason: str) -> None:
        super().__init__(code, reason)
        self.number = number


class ErrorBody(Struct, frozen=True):
    """``{"code": -1121, "msg": "..."}``. A success may carry a code too: 200, as a number or as text."""

    code: int
    msg: str = ""

    @property
    def is_error(self) -> bool:
        """True for a negative code, whatever the status."""
        return self.code < 0

    @property
    def refusal(self) -> RefusalCode | None:
        """Why it was refused; None where the venue itself does not say whether it was done."""
        known = _CODES.get(self.code)
        if known is not None:
            return known
        words = self.msg.lower().replace("-", " ")
        found = next((code for word, code in _WORDS if word in words), None)
        if self.code in _UNCLEAR:
            return found if found is RefusalCode.NOT_ALLOWED else None
        return found or RefusalCode.OTHER

    def as_error(self, shown: str) -> VenueError:
        """The error of ours; ``shown`` is the message fit to be seen."""
        refusal = self.refusal
        text = f"{self.code}: {shown}"
        if refusal is None:
            return Ambiguous(text)
        if refusal is RefusalCode.RATE_LIMITED:
            return RateLimited(PAUSED_MS.get(self.code, 1_000), text)
        remedy = _REMEDIES.get(self.code)
        return AsterRefused(self.code, refusal, f"{text} ({remedy})" if remedy else text)


_DECODER: Final = msgspec.json.Decoder(ErrorBody, strict=False)


def read_error(body: bytes | msgspec.Raw) -> ErrorBody | None:
    """The error that a body is; None where it is none (an order, a list, a success with code 200, no JSON)."""
    try:
        found = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return found if found.is_error else None
