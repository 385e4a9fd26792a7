"""Our client order ids are text, Lighter's are numbers of 48 bits: each text has the one number that its hash names.

So the number of an order is known in every process, also after a crash. The text of a number is known for orders that
this process sent or asked for, and for those handed in as ``known``; any other is shown by its digits and is not ours.
Who wants to know orders again after a crash keeps what ``on_new`` tells (called before the number goes out).
"""

import re
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Final

LIMIT: Final = 1 << 48
"""Client order indices lie below, those that the venue gives at or above it; 0 is none."""

_DIGITS: Final = re.compile(r"[0-9]{1,15}")

KEPT: Final = 50_000
"""How many texts are remembered; older ones belong to orders that ended long ago."""


def _tell_nobody(_number: int, _client_order_id: str) -> None:
    """Nobody keeps the ids beyond this process."""


class OrderNumbers:
    """Both directions between the core's client order ids and the venue's client order indices, of one account."""

    def __init__(
        self, known: Mapping[int, str] | None = None, on_new: Callable[[int, str], None] = _tell_nobody
    ) -> None:
        self._text_of: dict[int, str] = dict(known or {})
        self._on_new = on_new

    def number(self, client_order_id: str) -> int:
        """The number of an order. Digits are taken as they are: a foreign order is called by its own number."""
        if _DIGITS.fullmatch(client_order_id) and 0 < int(client_order_id) < LIMIT:
            return int(client_order_id)
        number = int.from_bytes(blake2b(client_order_id.encode(), digest_size=6).digest()) or 1
        if number not in self._text_of:
            self._on_new(number, client_order_id)
            self._text_of[number] = client_order_id
            if len(self._text_of) > KEPT:
                del self._text_of[next(iter(self._text_of))]
        return number

    def text(self, number: int) -> str | None:
        """The client order id of a number that the venue names; its digits where it is not ours, None for 0."""
        if not number:
            return None
        known = self._text_of.get(number)
        return str(number) if known is None else known
