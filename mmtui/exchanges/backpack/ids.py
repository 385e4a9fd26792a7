"""Our client order ids are text, Backpack's are uint32: an 8-bit instance tag over a 24-bit counter.

A number is ours only if this book knows it. Other programs may use any number, so neither tag nor range proves
anything. The book lives in memory; who wants to know orders again after a crash keeps what ``on_new`` tells (called
before the number goes out) and hands it back as ``known``.
"""

import secrets
from collections.abc import Callable, Mapping
from typing import Final

from mmtui.model.units import NS_PER_S

COUNTER_BITS: Final = 24
COUNTER_MASK: Final = (1 << COUNTER_BITS) - 1
TAG_LIMIT: Final = 1 << 8

KEPT: Final = 50_000
"""How many ids are remembered; older ones belong to orders that ended long ago."""


def _tell_nobody(_number: int, _client_order_id: str) -> None:
    """Nobody keeps the ids beyond this process."""


class ClientIds:
    """Both directions between the core's client order ids and the venue's numbers, of one account.

    Args:
        now_ns: wall time, where the counter begins if ``next_counter`` is not given: by one a second, it comes back to
            the same number after 194 days.
        tag: 0 to 255, one per running instance; None: drawn.
        next_counter: where an earlier process of this instance ended.
        known: numbers of orders that may still be open, with their client order ids.
        on_new: told of each new pair before it is used.
    """

    def __init__(
        self,
        now_ns: int,
        *,
        tag: int | None = None,
        next_counter: int | None = None,
        known: Mapping[int, str] | None = None,
        on_new: Callable[[int, str], None] = _tell_nobody,
    ) -> None:
        self._high = (secrets.randbelow(TAG_LIMIT) if tag is None else tag % TAG_LIMIT) << COUNTER_BITS
        self._counter = (now_ns // NS_PER_S if next_counter is None else next_counter) & COUNTER_MASK
        self._text_of: dict[int, str] = dict(known or {})
        self._number_of: dict[str, int] = {text: number for number, text in self._text_of.items()}
        self._on_new = on_new

    @property
    def next_counter(self) -> int:
        """The counter of the next new number."""
        return self._counter

    def mint(self, client_order_id: str) -> int:
        """The number to send for an order; the same again for an id that has one."""
        number = self._number_of.get(client_order_id)
        if number is not None:
            return number
        number = self._high | self._counter
        while number in self._text_of:
            self._counter = (self._counter + 1) & COUNTER_MASK
            number = self._high | self._counter
        self._counter = (self._counter + 1) & COUNTER_MASK
        self._on_new(number, client_order_id)
        self.learn(number, client_order_id)
        return number

    def number(self, client_order_id: str) -> int | None:
        """The number of an order; None where it is not known (it was sent by an earlier process)."""
        return self._number_of.get(client_order_id)

    def text(self, number: int | None) -> str | None:
        """The client order id of a number that the venue names; its digits where it is not ours, None without one."""
        if number is None:
            return None
        known = self._text_of.get(number)
        return str(number) if known is None else known

    def learn(self, number: int, client_order_id: str) -> None:
        """An answer about an order named its number."""
        if self._number_of.get(client_order_id) == number:
            return
        self._text_of[number] = client_order_id
        self._number_of[client_order_id] = number
        if len(self._text_of) > KEPT:
            oldest = next(iter(self._text_of))
            self._number_of.pop(self._text_of.pop(oldest), None)
