"""Leaving: every order is cancelled, and the proof is on screen before the terminal goes."""

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Label, Static

from mmtui.screens.columns import table
from mmtui.screens.terminal import RUNNING, terminal_of
from mmtui.views.board import StrategyRow

_LOOK_EVERY_S: Final = 0.2
_READ_S: Final = 1.5
"""How long the proof stands before the terminal leaves on its own."""

_PATIENCE_NS: Final = 30_000_000_000
"""After this long without proof one may leave; the engine goes on cancelling and says what is left."""


class Leaving(ModalScreen[bool]):
    """Cancels, waits for the proof, leaves. No key skips that; only where proof does not come one may go.

    Answers True once everything is proven, False where the person went without proof.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        ("enter,space", "go", "Leave now"),
        ("l", "give_up", "Leave without proof"),
    ]

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(classes="dialog")
        self.names = names
        self.proven = False
        self._began_ns = 0

    def compose(self) -> ComposeResult:
        """Title, one line a strategy, what comes next."""
        with Vertical(classes="card"):
            yield Label(terminal_of(self).gettext("Leaving: cancelling every order"), classes="title", markup=False)
            with VerticalScroll(classes="facts", can_focus=False):
                yield Static(id="strategies", markup=False)
            yield Label(id="way", markup=False)

    def on_mount(self) -> None:
        """Begin to look for the proof."""
        self._began_ns = terminal_of(self).now_ns()
        self.set_interval(_LOOK_EVERY_S, self.look)
        self.look()

    @property
    def is_late(self) -> bool:
        """Whether proof has been waited for long enough."""
        return terminal_of(self).now_ns() - self._began_ns >= _PATIENCE_NS

    def look(self) -> None:
        """Draw how far the stops are; leave soon after the last one is proven."""
        if self.proven:
            return
        terminal = terminal_of(self)
        rows = [row for name in self.names if (row := terminal.strategy_row(name)) is not None]
        self.query_one("#strategies", Static).update("\n".join(table([self._line(row) for row in rows])))
        self.proven = all(is_over(row) for row in rows)
        if self.proven:
            way = terminal.gettext("No order of ours is left. Leaving.")
            self.set_timer(_READ_S, self.action_go)
        elif self.is_late:
            way = terminal.gettext(
                "No proof yet. {key} leaves all the same: the engine goes on cancelling and names what is left."
            ).format(key="l")
        else:
            way = terminal.gettext("Waiting for the venue's word that none is left.")
        self.query_one("#way", Label).update(way)

    def action_go(self) -> None:
        """Leave, once it is proven."""
        if self.proven and self.is_current:
            self.dismiss(result=True)

    def action_give_up(self) -> None:
        """Leave without proof, once there was time enough for it."""
        if self.is_late:
            self.dismiss(result=False)

    def _line(self, row: StrategyRow) -> tuple[str, ...]:
        gettext = terminal_of(self).gettext
        if is_over(row):
            return row.name, f"✓ {gettext(row.phase)}", gettext("no order left")
        orders = len(row.orders)
        left = gettext("{orders} orders left").format(orders=orders) if orders else gettext("asking the venue")
        return row.name, f"… {gettext(row.phase)}", left


def is_over(row: StrategyRow) -> bool:
    """Whether a strategy has ended and no order of it is left; an ended one with orders is not over."""
    return row.phase not in RUNNING and not row.orders
