"""The parameters of a request: the query, or a form in the body. A body of any other kind holds none."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Final
from urllib.parse import parse_qsl

from mmtui.model.instrument import Instrument
from mmtui.sandbox.calls import Call
from mmtui.sandbox.floor import Floor
from mmtui.sandbox.websea.errors import ApiError, bad_parameter

FORM: Final = "application/x-www-form-urlencoded"
MARGIN_MODES: Final = ("1", "2")
ISOLATED: Final = 1
CROSS: Final = 2

_DECIMAL: Final = re.compile(r"[0-9]{1,24}(\.[0-9]{1,24})?")
_WHOLE: Final = re.compile(r"[0-9]{1,18}")


class Parameters:
    """Names and texts, as they were transmitted once decoded."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.pairs = list(pairs)
        self._texts = dict(reversed(self.pairs))

    def text(self, name: str) -> str | None:
        """The text; None if it was not sent."""
        return self._texts.get(name)

    def needed(self, name: str) -> str:
        """The text. Raises ApiError if it was not sent, or is empty."""
        text = self._texts.get(name)
        if not text:
            raise bad_parameter(name)
        return text

    def decimal(self, name: str) -> Decimal:
        """A number in plain notation. Raises ApiError if it is none or was not sent."""
        text = self.needed(name)
        if not _DECIMAL.fullmatch(text):
            raise bad_parameter(name)
        return Decimal(text)

    def whole(self, name: str, default: int) -> int:
        """A count. Raises ApiError if it is none."""
        text = self._texts.get(name)
        if text is None:
            return default
        if not _WHOLE.fullmatch(text):
            raise bad_parameter(name)
        return int(text)

    def choice(self, name: str, known: Iterable[str], default: str | None = None) -> str:
        """One of ``known``. Raises ApiError if it is none of them."""
        text = self._texts.get(name, default)
        if text is None or text not in known:
            raise bad_parameter(name)
        return text

    def margin_mode(self) -> int | None:
        """``is_full``: 1 isolated, 2 cross; None if it was not sent. Raises ApiError if it is neither."""
        return None if self.text("is_full") is None else int(self.choice("is_full", MARGIN_MODES))

    def instrument(self, floor: Floor) -> Instrument:
        """What ``symbol`` names. Raises ApiError if that is nothing here."""
        found = floor.instruments.get(self.needed("symbol"))
        if found is None:
            raise ApiError(20501)
        return found

    def instrument_or_none(self, floor: Floor) -> Instrument | None:
        """What ``symbol`` names; None if it was not sent. Raises ApiError if it names nothing here."""
        return None if self.text("symbol") is None else self.instrument(floor)


def read(call: Call) -> Parameters:
    """The parameters of a request."""
    pairs = list(call.query)
    kind = call.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind == FORM:
        pairs += parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True)
    return Parameters(pairs)
