"""The one place that maps Backpack's errors to ours: by code first, then by the words of the message."""

from typing import Final

import msgspec
from msgspec import Struct

from mmtui.model.orders import RefusalCode

_C = RefusalCode

_CODES: Final[dict[str, RefusalCode]] = {
    "ACCOUNT_DEACTIVATED": _C.NOT_ALLOWED,
    "ACCOUNT_LIQUIDATING": _C.NOT_ALLOWED,
    "FORBIDDEN": _C.NOT_ALLOWED,
    "INVALID_SIGNATURE": _C.NOT_ALLOWED,
    "UNAUTHORIZED": _C.NOT_ALLOWED,
    "INVALID_SOURCE": _C.NOT_ALLOWED,
    "INVALID_TWO_FACTOR_CODE": _C.NOT_ALLOWED,
    "ORDER_LIMIT": _C.NOT_ALLOWED,
    "NOT_IMPLEMENTED": _C.NOT_ALLOWED,
    "BORROW_LIMIT": _C.INSUFFICIENT_FUNDS,
    "BORROW_REQUIRES_LEND_REDEEM": _C.INSUFFICIENT_FUNDS,
    "INSUFFICIENT_FUNDS": _C.INSUFFICIENT_FUNDS,
    "INSUFFICIENT_MARGIN": _C.INSUFFICIENT_FUNDS,
    "INSUFFICIENT_SUPPLY": _C.INSUFFICIENT_FUNDS,
    "LEND_LIMIT": _C.INSUFFICIENT_FUNDS,
    "LEND_REQUIRES_BORROW_REPAY": _C.INSUFFICIENT_FUNDS,
    "MAX_LEVERAGE_REACHED": _C.INSUFFICIENT_FUNDS,
    "POSITION_LIMIT": _C.INSUFFICIENT_FUNDS,
    "INVALID_PRICE": _C.BAD_PRICE,
    "INVALID_QUANTITY": _C.BAD_QUANTITY,
    "RESOURCE_NOT_FOUND": _C.ORDER_NOT_FOUND,
    "TOO_MANY_REQUESTS": _C.RATE_LIMITED,
    "MAINTENANCE": _C.MAINTENANCE,
    "TRADING_PAUSED": _C.MAINTENANCE,
}

_WORDS: Final[tuple[tuple[str, RefusalCode], ...]] = (
    ("immediately match", _C.POST_ONLY_WOULD_CROSS),
    ("post only", _C.POST_ONLY_WOULD_CROSS),
    ("self trade", _C.SELF_TRADE),
    ("reduce only", _C.REDUCE_ONLY_VIOLATION),
    ("not found", _C.ORDER_NOT_FOUND),
    ("minimum", _C.BELOW_MINIMUM),
    ("too small", _C.BELOW_MINIMUM),
    ("quantity", _C.BAD_QUANTITY),
    ("price", _C.BAD_PRICE),
    ("signature", _C.NOT_ALLOWED),
    ("api key", _C.NOT_ALLOWED),
    ("expired", _C.NOT_ALLOWED),
    ("timestamp", _C.NOT_ALLOWED),
)
"""Looked for in this order in messages of codes that say too little; ``-`` and ``_`` count as blanks."""

_CLOCK_WORDS: Final = ("request has expired", "invalid timestamp")
_UNCLEAR: Final = ("TIMEOUT", "SERVER_ERROR", "TOO_EARLY")
"""Codes that do not say whether anything was done, whatever the status they come with."""

_EXPIRIES: Final[dict[str, RefusalCode]] = {
    "postonlytaker": _C.POST_ONLY_WOULD_CROSS,
    "postonlymode": _C.POST_ONLY_WOULD_CROSS,
    "selftradeprevention": _C.SELF_TRADE,
    "reduceonlynotreduced": _C.REDUCE_ONLY_VIOLATION,
    "insufficientfunds": _C.INSUFFICIENT_FUNDS,
    "insufficientmargin": _C.INSUFFICIENT_FUNDS,
    "insufficientborrowablequantity": _C.INSUFFICIENT_FUNDS,
    "invalidprice": _C.BAD_PRICE,
    "priceoutofbounds": _C.BAD_PRICE,
    "priceband": _C.BAD_PRICE,
    "invalidquantity": _C.BAD_QUANTITY,
}


class ErrorBody(Struct, frozen=True):
    """``{"code": ..., "message": ...}``, the shape of every error."""

    code: str
    message: str = ""

    @property
    def is_unclear(self) -> bool:
        """True where the venue itself does not say whether it was done."""
        return self.code in _UNCLEAR

    @property
    def is_about_clock(self) -> bool:
        """True where our idea of the venue's time is wrong."""
        return any(words in self.message.lower() for words in _CLOCK_WORDS)

    @property
    def is_not_found(self) -> bool:
        """True where what was asked for does not exist (any more)."""
        return self.refusal is RefusalCode.ORDER_NOT_FOUND

    @property
    def refusal(self) -> RefusalCode:
        """Why it was refused, in our words."""
        known = _CODES.get(self.code)
        message = self.message.lower().replace("-", " ").replace("_", " ")
        if known is RefusalCode.BAD_QUANTITY and ("minimum" in message or "too small" in message):
            return RefusalCode.BELOW_MINIMUM
        if known is not None:
            return known
        if ("client id" in message or "clientid" in message) and ("already" in message or "duplicate" in message):
            return RefusalCode.DUPLICATE_CLIENT_ID
        return next((code for words, code in _WORDS if words in message), RefusalCode.OTHER)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}" if self.message else self.code


_DECODER: Final = msgspec.json.Decoder(ErrorBody)


def read_error(body: bytes) -> ErrorBody | None:
    """The venue's own words; None where they are not (a page of a proxy, an empty answer)."""
    try:
        return _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def expiry_refusal(reason: str | None) -> RefusalCode | None:
    """Why an order expired, if that is a refusal in other words; None for ends that are no refusal (IOC, liquidation).

    REST writes ``PostOnlyTaker``, the stream's documents ``POST_ONLY_TAKER``.
    """
    return None if reason is None else _EXPIRIES.get(reason.replace("_", "").lower())
