"""What a person wrote into a form and has not applied yet; nothing typed is lost until it is applied or dropped."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from mmtui.model.units import NS_PER_S
from mmtui.screens.numbers import UNKNOWN
from mmtui.views.queries import FieldFace

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?")
_CATCH_UP_NS: Final = 3 * NS_PER_S
"""How long the Board may still show the values from before a change that was applied."""

_SIZE_UNITS: Final = ("base", "quote", "orders", "x")
_RISK_NAMES: Final = ("price_band_pct", "stale_after_ms", "close_slippage_bps")


class Change(NamedTuple):
    """One value that differs from the one in force."""

    name: str
    before: str
    after: str
    risky: bool


def number_of(text: str) -> Decimal | None:
    """The number a text writes; None where it writes none."""
    return Decimal(text) if _NUMBER.fullmatch(text.strip()) else None


def same(one: str, other: str) -> bool:
    """Whether two texts mean the same value: 0.10 is 0.1, and an empty one is only like another empty one."""
    if one.strip() == other.strip():
        return True
    numbers = number_of(one), number_of(other)
    return None not in numbers and numbers[0] == numbers[1]


def adds_risk(face: FieldFace, before: str, after: str) -> bool:
    """Whether a change lets more be held, placed or lost: sizes, amounts of money and widths that grow or lose a bound.

    A size that is left to the strategy counts as larger than any figure, and so does a limit that is taken away.
    """
    if face.unit not in _SIZE_UNITS and face.name not in _RISK_NAMES and not face.name.startswith("max_"):
        return False
    was, will = number_of(before), number_of(after)
    if will is None:
        return was is not None
    return was is not None and will > was


def change_text(change: Change) -> str:
    """A change as people read it; ▲ where it adds risk."""
    mark = " ▲" if change.risky else ""
    return f"{change.name} {change.before or UNKNOWN} → {change.after or UNKNOWN}{mark}"


class Draft:
    """Values of a form: those in force (``base``) and what was written over them (``edits``)."""

    def __init__(self, base: Mapping[str, str] | None = None) -> None:
        self.base: dict[str, str] = dict(base or {})
        self.edits: dict[str, str] = {}
        self._behind: dict[str, str] | None = None
        self._behind_until_ns = 0

    def put(self, name: str, text: str) -> None:
        """Write a value; the text stays as it was typed, also where it means the same as the one in force."""
        if text == self.base.get(name):
            self.edits.pop(name, None)
        else:
            self.edits[name] = text

    def text_of(self, face: FieldFace) -> str:
        """What stands in a field."""
        return self.edits.get(face.name, self.base.get(face.name, face.default))

    def values(self, faces: Iterable[FieldFace]) -> dict[str, str]:
        """All values of a form, as they would be sent."""
        return {face.name: self.text_of(face).strip() for face in faces}

    def changes(self, faces: Sequence[FieldFace]) -> list[Change]:
        """What differs from the values in force, in the order of the form."""
        found = []
        for face in faces:
            before, after = self.base.get(face.name, face.default), self.text_of(face).strip()
            if not same(before, after):
                found.append(Change(face.name, before, after, adds_risk(face, before, after)))
        return found

    def drop(self) -> None:
        """Forget what was written."""
        self.edits.clear()

    def rebase(self, base: Mapping[str, str], now_ns: int) -> bool:
        """Take the values in force from a new picture; what was written stays. True if something is different."""
        if self._behind is not None and (now_ns >= self._behind_until_ns or base != self._behind):
            self._behind = None
        if self._behind is not None or base == self.base:
            return False
        before, self.base = self.base, dict(base)
        for name, text in list(self.edits.items()):
            if any(name in known and same(known[name], text) for known in (before, base)):
                del self.edits[name]  # it was no change, or is none any more
        return True

    @property
    def count(self) -> int:
        """How many values differ from those in force."""
        return sum(name not in self.base or not same(self.base[name], text) for name, text in self.edits.items())

    def applied(self, changes: Sequence[Change], now_ns: int) -> None:
        """The changes are in force, although the picture may not show it yet."""
        self._behind, self._behind_until_ns = dict(self.base), now_ns + _CATCH_UP_NS
        for change in changes:
            self.base[change.name] = change.after
            self.edits.pop(change.name, None)


def empty_faults(faces: Iterable[FieldFace], values: Mapping[str, str], sentence: str) -> dict[str, str]:
    """Fields that may not be empty and are; ``sentence`` has a place for their default."""
    return {
        face.name: sentence.format(default=face.default)
        for face in faces
        if not face.optional and not values.get(face.name, "").strip()
    }
