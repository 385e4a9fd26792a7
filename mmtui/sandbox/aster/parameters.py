"""The parameters of a request, read by name, and refused in the venue's words."""

import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final
from urllib.parse import parse_qsl

from mmtui.model.instrument import Instrument
from mmtui.sandbox.aster.errors import ApiError, invalid, missing
from mmtui.sandbox.aster.markets import Room, floor_symbol
from mmtui.sandbox.floor import Floor

_DECIMAL: Final = re.compile(r"-?[0-9]{1,24}(\.[0-9]{1,24})?")
_WHOLE: Final = re.compile(r"[0-9]{1,18}")


class Parameters:
    """Names and texts. What is empty counts as not sent."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._texts: dict[str, str] = {}
        for name, text in pairs:
            if text:
                self._texts.setdefault(name, text)

    def text(self, name: str) -> str | None:
        """The text; None if it was not sent."""
        return self._texts.get(name)

    def needed(self, name: str) -> str:
        """The text. Raises ApiError if it was not sent."""
        text = self._texts.get(name)
        if text is None:
            raise missing(name)
        return text

    def decimal(self, name: str) -> Decimal | None:
        """A number in plain notation; None if it was not sent. Raises ApiError if it is none."""
        text = self._texts.get(name)
        if text is None:
            return None
        if not _DECIMAL.fullmatch(text):
            raise missing(name)
        return Decimal(text)

    def whole(self, name: str) -> int | None:
        """A count, id or time; None if it was not sent. Raises ApiError if it is none."""
        text = self._texts.get(name)
        if text is None:
            return None
        if not _WHOLE.fullmatch(text):
            raise missing(name)
        return int(text)

    def limit(self, default: int, largest: int) -> int:
        """``limit``, at most ``largest``. Raises ApiError if it is no count."""
        limit = self.whole("limit")
        if limit is None:
            return default
        if limit == 0:
            raise invalid("limit")
        return min(limit, largest)

    def flag(self, name: str) -> bool:
        """``true`` or ``false``, in any case of letters; False if it was not sent. Raises ApiError if it is neither."""
        text = self._texts.get(name, "false").lower()
        if text not in ("true", "false"):
            raise invalid(name)
        return text == "true"

    def choice(self, name: str, known: Iterable[str], code: int) -> str:
        """One of ``known``. Raises ApiError with ``code`` if it is none of them."""
        text = self.needed(name)
        if text not in known:
            raise ApiError(code)
        return text

    def rows(self, name: str) -> list[object]:
        """A JSON array. Raises ApiError if it is none."""
        try:
            value: object = json.loads(self.needed(name))
        except (ValueError, RecursionError):
            raise missing(name) from None
        if not isinstance(value, list):
            raise missing(name)
        return value

    def instrument(self, floor: Floor, room: Room) -> Instrument:
        """What ``symbol`` names. Raises ApiError if that is nothing here."""
        found = floor.instruments.get(floor_symbol(room, self.needed("symbol")))
        if found is None or (room is Room.FUTURES) == found.symbol.startswith("spot:"):
            raise ApiError(-1121)
        return found

    def instrument_or_none(self, floor: Floor, room: Room) -> Instrument | None:
        """What ``symbol`` names; None if it was not sent. Raises ApiError if it names nothing here."""
        return None if self.text("symbol") is None else self.instrument(floor, room)


def parse(text: str) -> list[tuple[str, str]]:
    """Pairs of a query string or a form body."""
    return parse_qsl(text, keep_blank_values=True)


def of_object(fields: Mapping[str, object]) -> Parameters:
    """The parameters of one order of a batch; all values are text, but numbers and flags are understood."""
    return Parameters((name, value if isinstance(value, str) else json.dumps(value)) for name, value in fields.items())
