"""The one place that maps Websea's errors to ours: by number, then by words. Status 200 comes with all of them."""

import re
from collections.abc import Mapping
from typing import Final

from mmtui.exchanges.websea.wire import Envelope
from mmtui.model.orders import RefusalCode
from mmtui.ports.errors import Ambiguous, Refused, VenueError

_C = RefusalCode

NONCE_USED: Final = 20519
NONCE_EXPIRED: Final = 20520
SIGNATURE: Final = 20506
UNCLEAR: Final = frozenset((20001, 20500, 20507, 50518))
"""Request failed, system error, busy, update failed: what became of an order is not known then."""

_NUMBERS: Final[Mapping[int, RefusalCode]] = {
    401: _C.NOT_ALLOWED,
    404: _C.OTHER,
    20501: _C.OTHER,
    20504: _C.INSUFFICIENT_FUNDS,
    20509: _C.INSUFFICIENT_FUNDS,
    20510: _C.BAD_PRICE,
    20511: _C.BAD_QUANTITY,
    20512: _C.BAD_PRICE,
    20513: _C.BAD_QUANTITY,
    20514: _C.BAD_QUANTITY,
    20515: _C.ORDER_NOT_FOUND,
    20516: _C.ORDER_DONE,
} | dict.fromkeys(
    (20401, SIGNATURE, NONCE_USED, NONCE_EXPIRED, 20521, 20522, 20523, 20524, 20525, 20526, 20527, 20528, 20529, 20530),
    _C.NOT_ALLOWED,
)

_WORDS: Final[tuple[tuple[re.Pattern[str], RefusalCode], ...]] = tuple(
    (re.compile(pattern), code)
    for pattern, code in (
        (r"insufficient position|position.*(not enough|insufficient)", _C.REDUCE_ONLY_VIOLATION),
        (r"too many requests|frequen", _C.RATE_LIMITED),
        (r"maintenance", _C.MAINTENANCE),
        (r"insufficient|not enough|balance", _C.INSUFFICIENT_FUNDS),
        (r"not (exist|found)", _C.ORDER_NOT_FOUND),
        (r"min(imum)?\b.*(amount|quantity|size)|too small", _C.BELOW_MINIMUM),
        (r"price", _C.BAD_PRICE),
        (r"amount|quantity", _C.BAD_QUANTITY),
        (r"signature|permission|forbidden|leverage|key", _C.NOT_ALLOWED),
    )
)
"""Looked for in this order, in small letters."""


class WebseaRefused(Refused):
    """A refusal with the venue's own number."""

    def __init__(self, number: int, code: RefusalCode, reason: str) -> None:
        super().__init__(code, reason)
        self.number = number


def refusal_of(number: int, words: str) -> RefusalCode:
    """Why something was refused."""
    if number in _NUMBERS:
        return _NUMBERS[number]
    low = words.lower()
    return next((code for pattern, code in _WORDS if pattern.search(low)), _C.OTHER)


def error_of(envelope: Envelope, shown: str) -> VenueError | None:
    """The error that an answer means, None for success; ``shown`` is its text fit to be seen."""
    number = envelope.errno
    if not number:
        return None
    text = f"{number}: {shown}"
    if number in UNCLEAR:
        return Ambiguous(text)
    if number == SIGNATURE:
        text += " (wrong secret? if it begins with a capital letter, make a key whose secret is in small letters)"
    return WebseaRefused(number, refusal_of(number, envelope.errmsg), text)
