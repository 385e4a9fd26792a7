"""Fitting several parts on one line: the least important shrink and go first, and no figure is ever cut."""

from collections.abc import Sequence
from typing import NamedTuple

from mmtui.screens.numbers import cells


class Part(NamedTuple):
    """One piece of a line. ``variants`` from the fullest to the shortest; ``rank`` 1 is the most important."""

    name: str
    rank: int
    variants: tuple[str, ...]
    style: str = ""


class Shown(NamedTuple):
    """A part as it fits."""

    name: str
    text: str
    style: str


def fold(parts: Sequence[Part], width: int, gap: int = 2) -> list[Shown]:
    """Choose for each part the fullest variant so that all fit into ``width`` with ``gap`` cells between them.

    The least important is shortened and then dropped (rank 1 never is), then the next one; what room is left in the
    end brings the most important of the dropped back, as short as they are. The order of the parts is kept.
    """
    chosen: dict[int, int] = dict.fromkeys(range(len(parts)), 0)
    least_first = sorted(chosen, key=lambda k: -parts[k].rank)
    for index in least_first:
        while _width(parts, chosen, gap) > width and chosen[index] + 1 < len(parts[index].variants):
            chosen[index] += 1
        if _width(parts, chosen, gap) > width and parts[index].rank > 1:
            del chosen[index]
    for index in reversed(least_first):
        shortest = {index: len(parts[index].variants) - 1}
        if index not in chosen and _width(parts, chosen | shortest, gap) <= width:
            chosen |= shortest
    return [Shown(parts[k].name, parts[k].variants[variant], parts[k].style) for k, variant in sorted(chosen.items())]


def _width(parts: Sequence[Part], chosen: dict[int, int], gap: int) -> int:
    return sum(cells(parts[k].variants[variant]) for k, variant in chosen.items()) + gap * max(0, len(chosen) - 1)
