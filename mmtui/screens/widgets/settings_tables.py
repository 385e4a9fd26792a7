"""Accounts and keys as tables and facts: which secrets are set (never what they are), streams, keys by action."""

from collections.abc import Mapping
from typing import Final

from mmtui.language import N_
from mmtui.screens.actions import ACTIONS, GOTO, SCREENS, Action
from mmtui.screens.keymap import Keymap, key_text
from mmtui.screens.numbers import UNKNOWN
from mmtui.screens.widgets.facts_pane import Fact, Paragraph, Sentence
from mmtui.screens.widgets.strategy_table import Say
from mmtui.screens.widgets.table_cells import count, plain, words
from mmtui.screens.widgets.table_layout import Cell, Column, TableRow
from mmtui.views.board import AccountRow, Board

ACCOUNTS: Final = (
    Column(id="account", title=N_("Account"), most=20),
    Column(id="venue", title=N_("Venue"), most=14),
    Column(id="streams", title=N_("Streams")),
    Column(id="secrets", title=N_("Secrets")),
    Column(id="strategies", title=N_("Strategies"), align="right", fold=1),
    Column(id="foreign", title=N_("Foreign"), align="right", fold=2),
)

KEYS: Final = (
    Column(id="label", title=N_("Action"), most=30),
    Column(id="keys", title=N_("Keys"), most=24),
    Column(id="where", title=N_("Where"), fold=2, most=24),
    Column(id="id", title=N_("Id"), fold=1, most=24),
)

_STREAM_MARKS: Final = {"up": ("✓", "gain"), "starting": ("…", "warning")}
_DOWN: Final = ("✗", "error")


def account_table(board: Board, translate: Say) -> list[TableRow]:
    """A row for each account."""
    used = [row.account for row in board.strategies]
    return [
        TableRow(account.name, _account(account, used.count(account.name), translate)) for account in board.accounts
    ]


def _account(account: AccountRow, strategies: int, _: Say) -> tuple[Cell, ...]:
    down = [name for name, state in account.streams.items() if state != "up"]
    streams = plain(_("not connected"), None, "dim")
    if account.streams:
        text = ", ".join(f"✗ {name}" for name in down) or "✓"
        streams = plain(text, text, "error" if down else "gain")
    missing = sum(not is_set for is_set in account.secrets_set.values())
    secrets = plain(_("none needed"), None, "dim")
    if account.secrets_set:
        told = f"{len(account.secrets_set) - missing}/{len(account.secrets_set)}"
        secrets = plain(f"{'✗' if missing else '✓'} {told}", told, "warning" if missing else "gain")
    return (
        words(account.name, "strong"),
        words(account.venue, "dim"),
        streams,
        secrets,
        count(strategies),
        count(account.foreign_orders, alarm="error"),
    )


def account_facts(account: AccountRow, _: Say) -> list[Paragraph]:
    """One account in full: each secret as set or missing, each stream with its state."""
    present, absent = "✓ " + _("set"), "✗ " + _("missing")
    secrets = tuple(
        Fact(name, present if is_set else absent, "gain" if is_set else "warning")
        for name, is_set in account.secrets_set.items()
    )
    streams = []
    for name, state in account.streams.items():
        mark, style = _STREAM_MARKS.get(state, _DOWN)
        streams.append(Fact(name, f"{mark} {_(state)}", style))
    left = account.dead_mans_switch_s
    switch = UNKNOWN if left is None else f"{left:.0f} s"
    paragraphs: list[Paragraph] = [
        (Fact(_("venue"), account.venue), Fact(_("dead man's switch"), switch)),
        (Fact(_("Streams"), "" if streams else _("not connected"), "dim"), *streams),
        (Fact(_("Secrets"), "" if secrets else _("none needed"), "dim"), *secrets),
    ]
    if secrets:
        text = _("Values are never shown; the configuration names where each is kept: env:, file: or keyring:.")
        paragraphs.append(Sentence(" ", text, "dim", lines=2))
    return paragraphs


def key_table(keymap: Keymap, overrides: Mapping[str, str], _: Say) -> list[TableRow]:
    """A row for each action that has keys; the person's own are marked."""
    titles = {name: title for name, title, _meaning in SCREENS}
    return [TableRow(row.id, _key(row, keymap, row.id in overrides, titles, _)) for row in ACTIONS if row.keys]


def _key(row: Action, keymap: Keymap, own: bool, titles: Mapping[str, str], _: Say) -> tuple[Cell, ...]:
    where = [titles.get(name, "") for name in row.contexts]
    places = _("everywhere") if "app" in row.contexts else ", ".join(_(title) for title in where if title) or _("table")
    label = f"→ {_(row.label)}" if row.id.startswith(GOTO) else _(row.label)
    keys = " ".join(key_text(key) for key in keymap.keys_of(row.id))
    return (
        words(label),
        plain(f"● {keys}" if own else keys, keys, "own" if own else "strong"),
        words(places, "dim"),
        words(row.id, "dim"),
    )
