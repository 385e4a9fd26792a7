"""Drafts of all strategies and of the one that is being added: what was written, in which form, and what is wrong."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from itertools import permutations
from typing import Final

from mmtui.config.forms import name_fault
from mmtui.language import N_
from mmtui.screens.draft import Change, Draft, empty_faults
from mmtui.screens.terminal import Terminal
from mmtui.views.board import StrategyRow
from mmtui.views.queries import FieldFace, KindFace

NAME: Final = "name"
KIND: Final = "kind"
ACCOUNT: Final = "account"
SYMBOL: Final = "symbol"

_PLACE: Final = re.compile(r'strategies\[\d+\]\.(?:settings\.)?(\w+)(?: = (?:"(?:[^"\\]|\\.)*"|[^:]*))?: (.*)')
"""How the engine says where a fault is."""

_NEAR_SYMBOLS: Final = 0.4
_MOST_NAMED: Final = 6
_MOST_PAIRED: Final = 4


def about_faces(kinds: tuple[str, ...], accounts: tuple[str, ...]) -> tuple[FieldFace, ...]:
    """The fields that say which strategy it is; the same for every kind."""
    return (
        _about(NAME, N_("Name"), N_("Names the strategy in lists, output and files; letters, digits, - and _.")),
        _about(KIND, N_("Kind"), N_("Which strategy it is; Left and Right choose."), kinds),
        _about(ACCOUNT, N_("Account"), N_("Where it trades; Left and Right choose."), accounts),
        _about(SYMBOL, N_("Symbol"), N_("What it trades; begin to write, Right takes the suggestion.")),
    )


def _about(name: str, title: str, meaning: str, choices: tuple[str, ...] = ()) -> FieldFace:
    return FieldFace(
        name=name, title=title, help=meaning, unit="", type="choice" if choices else "text",
        default=choices[0] if choices else "", minimum="", maximum="", exclusive_minimum=False, optional=False,
        choices=choices,
    )  # fmt: skip


class StrategyDrafts:
    """What stands in the form of each strategy. ``adding`` says that the form shows the new one."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._drafts: dict[str, Draft] = {}
        self._rows: dict[str, StrategyRow] = {}
        self.adding = False
        self.name = ""
        self.about = Draft()
        self.new = Draft()
        self.moved = False
        """Whether the values in force of the form that is shown moved at the last look, by undo or elsewhere."""
        self.lost = ""
        """A strategy that went away while something was written for it: it became the new one."""

    # -------------------------------------------------------------------------------------------------------- following

    def follow(self) -> bool:
        """Take the values in force from the Board and the selection; True if the form shows something else now."""
        terminal, now_ns = self._terminal, self._terminal.now_ns()
        rows = {row.name: row for row in terminal.board.strategies}
        changed, self.moved = self._keep_lost(rows), False
        for name in [name for name in self._drafts if name not in rows]:
            del self._drafts[name]
        for name, row in rows.items():
            rebased = self._drafts.setdefault(name, Draft(row.settings)).rebase(row.settings, now_ns)
            self.moved = self.moved or (rebased and name == self.name and not self.adding)
        self._rows = rows
        if terminal.selected != self.name:
            self.name = terminal.selected
            changed = changed or not self.adding
        return changed or self.moved

    def _keep_lost(self, rows: Mapping[str, StrategyRow]) -> bool:
        """What was written for a strategy that is gone is offered as a new one."""
        gone, draft = self._rows.get(self.name), self._drafts.get(self.name)
        if self.adding or gone is None or draft is None or self.name in rows or not draft.count:
            return False
        self.about.edits = {NAME: gone.name, KIND: gone.kind, ACCOUNT: gone.account, SYMBOL: gone.symbol}
        self.new.edits = {**draft.base, **draft.edits}
        self.adding, self.lost = True, gone.name
        return True

    def edit_counts(self) -> dict[str, int]:
        """How many values of each strategy are written and not applied."""
        return {name: draft.count for name, draft in self._drafts.items()}

    # --------------------------------------------------------------------------------------------------------- the form

    @property
    def row(self) -> StrategyRow | None:
        """The strategy whose form is shown; None while a new one is filled in."""
        return None if self.adding else self._rows.get(self.name)

    @property
    def draft(self) -> Draft:
        """The values that are shown; empty ones where there is no strategy."""
        return self.new if self.adding else self._drafts.get(self.name) or Draft()

    @property
    def kind(self) -> KindFace | None:
        """The form of the strategy's kind; None where this version has none."""
        row = self.row
        kinds = self._terminal.queries.kinds()
        wanted = self.about_values()[KIND] if self.adding else "" if row is None else row.kind
        return next((kind for kind in kinds if kind.name == wanted), None)

    @property
    def faces(self) -> tuple[FieldFace, ...]:
        """The fields of the kind."""
        return () if self.kind is None else self.kind.fields

    @property
    def about_faces(self) -> tuple[FieldFace, ...]:
        """The fields that say which strategy a new one is."""
        kinds = tuple(kind.name for kind in self._terminal.queries.kinds())
        return about_faces(kinds, self._places())

    def _places(self) -> tuple[str, ...]:
        """The accounts, then pairs of them for the kinds that trade on two; of many accounts no pairs are offered."""
        names = tuple(account.name for account in self._terminal.board.accounts)
        if len(names) > _MOST_PAIRED:
            return names
        return names + tuple(f"{one}, {other}" for one, other in permutations(names, 2))

    def about_values(self) -> dict[str, str]:
        """Name, kind, account and symbol, as they are or are written."""
        row = self.row
        if row is not None:
            return {NAME: row.name, KIND: row.kind, ACCOUNT: row.account, SYMBOL: row.symbol}
        return self.about.values(self.about_faces)

    def values(self) -> dict[str, str]:
        """All settings as they would be sent."""
        return self.draft.values(self.faces)

    def changes(self) -> list[Change]:
        """What differs from the values in force; for a new strategy, from the defaults."""
        return self.draft.changes(self.faces)

    def drop(self) -> None:
        """Forget what was written in the form that is shown."""
        self.draft.drop()
        if self.adding:
            self.about.drop()
            self.lost = ""

    def applied(self, name: str, changes: Sequence[Change]) -> None:
        """These changes of a strategy are in force."""
        self._drafts[name].applied(changes, self._terminal.now_ns())

    def forget(self, name: str) -> None:
        """A strategy is removed on purpose, and what was written for it with it."""
        self._drafts.pop(name, None)
        self._rows.pop(name, None)

    # ----------------------------------------------------------------------------------------------------------- faults

    def faults(self) -> dict[str, str]:
        """What is wrong with the settings, by field ("" between fields), in the person's language."""
        kind, terminal = self.kind, self._terminal
        if kind is None:
            return {}
        values = self.values()
        faults = empty_faults(
            kind.fields, values, terminal.gettext(N_("empty: write a value; the default is {default}"))
        )
        for name, text in terminal.queries.check(kind.name, values).items():
            faults.setdefault(name, fault_text(text, self._face(name), terminal))
        return faults

    def about_faults(self) -> dict[str, str]:
        """What is wrong with name, account and symbol of a new strategy, by field."""
        if not self.adding:
            return {}
        values, gettext = self.about_values(), self._terminal.gettext
        faults = {
            NAME: self._name_fault(values[NAME]),
            ACCOUNT: self._account_fault(values[ACCOUNT]),
            SYMBOL: self._symbol_fault(values[ACCOUNT], values[SYMBOL]),
        }
        if self.kind is None:
            faults[KIND] = gettext(N_("this version has no such kind"))
        return {name: text for name, text in faults.items() if text}

    def _name_fault(self, name: str) -> str:
        gettext = self._terminal.gettext
        if not name:
            return gettext(N_("empty: give it a name"))
        if name in self._rows:
            return gettext(N_("another strategy has this name"))
        fault = name_fault(name)
        return "" if fault is None else self._terminal.say(fault.text)

    def _account_fault(self, account: str) -> str:
        names = [row.name for row in self._terminal.board.accounts]
        if all(part.strip() in names for part in account.split(",")):
            return ""
        gettext = self._terminal.gettext
        if not names:
            return gettext(N_("no account is configured; add one to the configuration"))
        return gettext(N_("no account {name}; there are: {names}")).format(name=account, names=", ".join(names))

    def _symbol_fault(self, account: str, symbol: str) -> str:
        """Empty for what can be traded, also by a short name that means one symbol only."""
        terminal = self._terminal
        if not symbol:
            return terminal.gettext(N_("empty: name what it trades"))
        known = terminal.queries.symbols(account)
        short = [name for name in known if name.upper().startswith(f"{symbol.upper()}-")]
        if not known or symbol in known or len(short) == 1:
            return ""
        like = short or symbols_like(known, symbol)
        if like:
            return terminal.gettext(N_("write one of: {names}")).format(names=", ".join(like[:_MOST_NAMED]))
        near = get_close_matches(symbol.upper(), known, 1, _NEAR_SYMBOLS)
        if near:
            message = terminal.gettext(N_("no symbol {name} on {account}; did you mean {near}?"))
            return message.format(name=symbol, account=account, near=near[0])
        return terminal.gettext(N_("no symbol {name} on {account}")).format(name=symbol, account=account)

    def _face(self, name: str) -> FieldFace | None:
        return next((face for face in self.faces if face.name == name), None)


def symbols_like(known: Sequence[str], text: str) -> list[str]:
    """Symbols that hold a text, those that begin with it first."""
    wanted = text.upper()
    found = [name for name in known if wanted in name.upper()]
    return sorted(found, key=lambda name: not name.upper().startswith(wanted))


def fault_text(text: str, face: FieldFace | None, terminal: Terminal) -> str:
    """A fault in the person's language, the unit at its end included."""
    if face is not None and face.unit and text.endswith(f" {face.unit}"):
        text = text.removesuffix(face.unit) + terminal.gettext(face.unit)
    return terminal.say(text)


def placed_faults(text: str) -> tuple[dict[str, str], list[str]]:
    """A refusal of the engine taken apart: what it says of named fields, and the lines that name none."""
    placed: dict[str, str] = {}
    rest: list[str] = []
    for line in text.splitlines():
        found = _PLACE.search(line)
        if found is None:
            rest.append(line)
        else:
            placed[found[1]] = found[2]
    return placed, rest
