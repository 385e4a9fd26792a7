"""Faults in what a user gave us: where, what, and what to do about it. Nothing secret is ever shown."""

import difflib
import json
import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from mmtui.config.reading import Written, json_kind

Place = tuple[str | int, ...]
"""Keys and list positions from the top of the configuration."""

HIDDEN = "(hidden)"
LONGEST_SHOWN = 60

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_$-]+")
_OPAQUE = re.compile(r"[A-Za-z0-9+/=]{16,}")


class Fault(Struct, frozen=True):
    """One thing that is wrong. ``shown`` is the offending value as it may be printed, None where there is none."""

    place: Place
    problem: str
    shown: str | None = None

    def line(self, file: str, sources: Mapping[Place, str]) -> str:
        """Write the fault as one line that begins with where the value came from."""
        origin = sources.get(self.place)
        where = place_text(self.place)
        place = f"{file if origin is None else origin}: {where}"
        return f"{place}: {self.problem}" if self.shown is None else f"{place} = {self.shown}: {self.problem}"


def place_text(place: Place) -> str:
    """Write a place as a path: ``strategies[0].settings.spread_pct``."""
    text = ""
    for part in place:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN_KEY.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += f"[{_quoted(part)}]"
    return text


def looks_secret(text: str) -> bool:
    """Tell whether a text has the looks of a key: a long run of letters and digits mixed."""
    runs = _OPAQUE.findall(text)
    return any(any(sign.isdigit() for sign in run) and any(sign.isalpha() for sign in run) for run in runs)


def shown(raw: object) -> str:
    """Write a raw value for a message: cut, without control characters, and hidden if it may be a secret."""
    if isinstance(raw, str):
        if looks_secret(raw):
            return HIDDEN
        return str(raw)[:LONGEST_SHOWN] if isinstance(raw, Written) else _quoted(raw)
    if isinstance(raw, dict | list):
        return json_kind(raw)
    return json.dumps(raw)


def _quoted(text: str) -> str:
    cut = text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "..."
    return json.dumps(cut, ensure_ascii=not cut.isprintable())


def nearest(word: str, known: Iterable[str]) -> str:
    """Say ``; did you mean "x"?``, or list what is known where nothing is near."""
    names = list(known)
    close = difflib.get_close_matches(word[:LONGEST_SHOWN], names, n=1, cutoff=0.6)
    if close:
        return f'; did you mean "{close[0]}"?'
    return f"; known: {', '.join(names)}" if names else ""
