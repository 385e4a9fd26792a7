"""The cards as a table: one row a card, one column a venue, made from the outcomes of a test run."""

import re
from collections.abc import Iterable, Mapping

CARD = re.compile(r"tests/conformance/test_cards_\w+\.py::test_(c\d\d)_(\w+)\[([a-z]+)")

Outcomes = Mapping[str, Iterable[str]]
"""Outcome ("passed", "failed", "error", "skipped") -> the ids of the tests that ended so."""

_WORDS = {"passed": "ok", "skipped": "excused", "failed": "FAILED", "error": "FAILED"}
_WORST = ("FAILED", "ok", "excused")
"""A card of several tests is as good as the worst of them; one that is excused in part is judged by the rest."""


def card_table(outcomes: Outcomes) -> list[str]:
    """Lines of the table, none where no card was run.

    >>> node = "tests/conformance/test_cards_orders.py::test_c03_prices_survive[sim]"
    >>> print("\\n".join(card_table({"passed": [node]})))
    card  sim  what
    C03   ok   prices survive
    """
    cells: dict[tuple[str, str], str] = {}
    names: dict[str, str] = {}
    for outcome, nodes in outcomes.items():
        for node in nodes:
            found = CARD.search(node)
            if found is None or outcome not in _WORDS:
                continue
            card, name, venue = found[1].upper(), found[2], found[3]
            names.setdefault(card, name.replace("_", " "))
            before, now = cells.get((card, venue)), _WORDS[outcome]
            cells[card, venue] = now if before is None else min(before, now, key=_WORST.index)
    venues = list(dict.fromkeys(venue for _, venue in sorted(cells, key=lambda cell: cell[1])))
    if not cells:
        return []
    widths = {venue: max(len(venue), *(len(cells.get((card, venue), "-")) for card in names)) for venue in venues}
    rows = [["card", *(venue.ljust(widths[venue]) for venue in venues), "what"]]
    rows += [
        [card.ljust(4), *(cells.get((card, venue), "-").ljust(widths[venue]) for venue in venues), names[card]]
        for card in sorted(names)
    ]
    return ["  ".join(row) for row in rows]
