"""The one place that maps Lighter's errors to ours, by code."""

from typing import Final

import msgspec
from msgspec import Struct

from mmtui.exchanges.lighter.figures import UNREADABLE
from mmtui.model.orders import RefusalCode
from mmtui.ports.errors import Ambiguous, RateLimited, Refused, VenueError

_C = RefusalCode

OK: Final = 200
BAD_TOKEN: Final = 20013
BAD_NONCE: Final = 21104
TOO_MANY_PENDING: Final = 21506

_CODES: Final[dict[int, RefusalCode]] = {
    BAD_TOKEN: _C.NOT_ALLOWED,
    21100: _C.NOT_ALLOWED,
    21108: _C.NOT_ALLOWED,
    21109: _C.NOT_ALLOWED,
    21110: _C.NOT_ALLOWED,
    21111: _C.NOT_ALLOWED,
    21120: _C.NOT_ALLOWED,
    21132: _C.NOT_ALLOWED,
    21136: _C.NOT_ALLOWED,
    21301: _C.INSUFFICIENT_FUNDS,
    21507: _C.INSUFFICIENT_FUNDS,
    21508: _C.INSUFFICIENT_FUNDS,
    21739: _C.INSUFFICIENT_FUNDS,
    TOO_MANY_PENDING: _C.RATE_LIMITED,
    21600: _C.ORDER_DONE,
    21708: _C.ORDER_DONE,
    21709: _C.ORDER_DONE,
    21715: _C.ORDER_DONE,
    21700: _C.ORDER_NOT_FOUND,
    21707: _C.NOT_ALLOWED,
    21601: _C.NOT_ALLOWED,
    21602: _C.NOT_ALLOWED,
    21605: _C.MAINTENANCE,
    21603: _C.BELOW_MINIMUM,
    21701: _C.BELOW_MINIMUM,
    21706: _C.BELOW_MINIMUM,
    21702: _C.BAD_PRICE,
    21733: _C.BAD_PRICE,
    21734: _C.BAD_PRICE,
    21717: _C.NOT_ALLOWED,
    21718: _C.NOT_ALLOWED,
    21727: _C.DUPLICATE_CLIENT_ID,
    21728: _C.DUPLICATE_CLIENT_ID,
    21732: _C.REDUCE_ONLY_VIOLATION,
    21738: _C.REDUCE_ONLY_VIOLATION,
    21740: _C.REDUCE_ONLY_VIOLATION,
    23000: _C.RATE_LIMITED,
    23001: _C.RATE_LIMITED,
    23002: _C.RATE_LIMITED,
    23003: _C.RATE_LIMITED,
}

_UNCLEAR: Final = frozenset((29500, 29501))
"""Internal error and timeout: they do not say whether anything was done."""

_KEY_WIDE: Final = frozenset((21100, 21105, 21108, 21109, 21110, 21111, 21120, 21121, 21136, 21513, 21514))
"""Reasons that lie in the key or the batch: each of its transactions would be refused alone as well."""

_REMEDIES: Final = {
    BAD_TOKEN: "check account_index, api_key_index and api_key_private",
    21100: "check account_index",
    21109: "register this API key, or check api_key_index",
    21110: "check api_key_index",
    21120: "check api_key_private, and chain_id against the network",
    21136: "upgrade lighter-sdk",
}

_PAUSE_MS: Final = 1_000


class LighterRefused(Refused):
    """A refusal with the venue's own number."""

    def __init__(self, number: int, code: RefusalCode, reason: str) -> None:
        super().__init__(code, reason)
        self.number = number

    @property
    def is_key_wide(self) -> bool:
        """True where the reason lies in no single transaction."""
        return self.number in _KEY_WIDE


class ErrorBody(Struct, frozen=True):
    """``{"code": 21104, "message": "invalid nonce"}``; a success has the code 200."""

    code: int
    message: str = ""

    @property
    def is_error(self) -> bool:
        """True for every code but those of success (0 stands inside lists)."""
        return self.code not in (0, OK)

    def as_error(self, shown: str) -> VenueError:
        """The error of ours; ``shown`` is the message fit to be seen."""
        text = f"{self.code}: {shown}"
        if self.code in _UNCLEAR:
            return Ambiguous(text)
        refusal = _CODES.get(self.code, RefusalCode.OTHER)
        if refusal is RefusalCode.RATE_LIMITED:
            return RateLimited(_PAUSE_MS, text)
        remedy = _REMEDIES.get(self.code)
        return LighterRefused(self.code, refusal, f"{text} ({remedy})" if remedy else text)


_DECODER: Final = msgspec.json.Decoder(ErrorBody)


def read_error(body: bytes | msgspec.Raw) -> ErrorBody | None:
    """The error that a body is; None where it is none (a success, a page of a proxy, no JSON)."""
    try:
        found = _DECODER.decode(body)
    except UNREADABLE:
        return None
    return found if found.is_error else None
