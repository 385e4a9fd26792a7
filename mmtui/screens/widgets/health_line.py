"""One line that says whether everything works: engine, streams, orders; what is wrong stands first and in words."""

from collections.abc import Hashable, Iterable
from typing import Final, NamedTuple

from mmtui.language import N_
from mmtui.screens import numbers
from mmtui.screens.folding import Part, Shown, fold
from mmtui.screens.widgets.line_pane import LinePane, Run, Translate
from mmtui.screens.widgets.strategy_table import Say
from mmtui.views.board import AccountRow, Board

LATE_MS: Final = 25.0
"""Loop lag (p99) above which the engine counts as late."""

FULL_INBOX: Final = 1_000
"""Events that wait in the engine's inbox above which it counts as behind."""

STREAM_STATES: Final = (N_("up"), N_("starting"), N_("down"))
"""What a stream may say of itself."""

_GAP: Final = 3


class HealthParts(NamedTuple):
    """The line as it is drawn."""

    shown: tuple[Shown, ...]


class HealthLine(LinePane):
    """Drawn again only when something on the line changed."""

    def __init__(self, translate: Translate = str, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(translate, id=id)
        self._parts: list[Part] = []

    def show(self, board: Board) -> int:
        """Show the health of this picture; returns how many lines changed."""
        self._parts = health_parts(board, self._)
        return self.draw()

    def draw(self) -> int:
        """Choose what fits."""
        return self.show_rows([HealthParts(tuple(fold(self._parts, self.extent.width - 2, _GAP)))])

    def paint(self, row: Hashable) -> Iterable[Run]:
        """The parts with gaps between them."""
        if not isinstance(row, HealthParts):
            return []
        runs: list[Run] = [(" ", "text")]
        for k, part in enumerate(row.shown):
            if k:
                runs.append((" " * _GAP, "text"))
            runs.append((part.text, part.style))
        return runs


def health_parts(board: Board, translate: Say) -> list[Part]:
    """A verdict, then what it rests on, the least important last."""
    _ = translate
    troubles = [part for account in board.accounts for part in _streams(account, _)] + _orders(board, _)
    health = board.health
    if health.loop_lag_p99_ms > LATE_MS:
        text = _("engine late: lag {lag} ms").format(lag=numbers.number(health.loop_lag_p99_ms, 0))
        troubles.append(Part("late", 1, (text,), "warning"))
    if health.inbox_depth > FULL_INBOX:
        text = _("engine behind: {count} events wait").format(count=f"{health.inbox_depth:,}")
        troubles.append(Part("behind", 1, (text,), "warning"))
    verdict = Part("verdict", 1, (_("✓ all well"),), "buy") if not troubles else Part("verdict", 1, ("✗",), "error")
    facts = [
        Part("lag", 4, (_("lag p99 {lag} ms").format(lag=numbers.number(health.loop_lag_p99_ms, 1)),), "dim"),
        Part("step", 5, (_("step p99 {step} µs").format(step=numbers.number(health.step_p99_us, 0)),), "dim"),
        Part("inbox", 6, (_("inbox {count}").format(count=f"{health.inbox_depth:,}"),), "dim"),
        Part("batches", 7, (_("batches {count}").format(count=f"{health.batches:,}"),), "dim"),
    ]
    switches = [_switch(account, _) for account in board.accounts if account.dead_mans_switch_s is not None]
    return [verdict, *troubles, *switches, *facts]


def _streams(account: AccountRow, _: Say) -> list[Part]:
    """Streams that are not up; one that only starts is a warning."""
    parts = []
    for name, state in account.streams.items():
        if state == "up":
            continue
        text = f"{account.name} {name} {_(state)}"
        parts.append(Part(f"{account.name}.{name}", 1, (text,), "warning" if state == "starting" else "error"))
    return parts


def _orders(board: Board, _: Say) -> list[Part]:
    parts = []
    unknown = sum(order.state == "unknown" for row in board.strategies for order in row.orders)
    if unknown:
        parts.append(Part("unknown", 1, (_("{count} orders UNKNOWN").format(count=unknown),), "error"))
    foreign = foreign_count(board)
    if foreign:
        parts.append(Part("foreign", 2, (_("{count} foreign orders").format(count=foreign),), "error"))
    return parts


def foreign_count(board: Board) -> int:
    """Orders that are not ours: by account where accounts are told, else by strategy."""
    by_account = sum(account.foreign_orders for account in board.accounts)
    return max(by_account, sum(row.foreign_orders for row in board.strategies))


def _switch(account: AccountRow, _: Say) -> Part:
    left = numbers.number(account.dead_mans_switch_s, 0)
    full = _("{account}: dead man's switch {left} s").format(account=account.name, left=left)
    return Part(f"switch.{account.name}", 3, (full, f"⏱ {left} s"), "text")
