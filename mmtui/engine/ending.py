"""How a run ended, as an exit code (CONTRACT: 0 as asked, 1 bug, 4 risk stop, 5 orders or a position may remain)."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from mmtui.core.lifecycle import flattening
from mmtui.core.state import State

EXIT_OK = 0
EXIT_BUG = 1
EXIT_RISK = 4
EXIT_REMAINS = 5


class EndingLike(Protocol):
    """How one worker ended."""

    @property
    def crashed(self) -> str:
        """The bug that ended it, or nothing."""
        ...

    @property
    def survivors(self) -> tuple[str, ...]:
        """Client ids that may still be live."""
        ...


def proven(state: State) -> bool:
    """True once the venue, asked again, has shown no order of ours."""
    return state.stop is not None and state.stop.proven


def may_remain(state: State) -> bool:
    """True unless the end was proved: no order of ours at the venue, and flat where that was asked."""
    return not proven(state) or flattening(state)


def exit_code(states: Sequence[State], endings: Mapping[str, EndingLike] | None = None) -> int:
    """One code for the run: what may remain outweighs a bug, a bug outweighs a risk stop."""
    endings = endings or {}
    crashed = [name for name, ending in endings.items() if ending.crashed]
    if any(endings[name].survivors for name in crashed):
        return EXIT_REMAINS
    if any(may_remain(state) for state in states if state.strategy not in crashed):
        return EXIT_REMAINS
    if crashed:
        return EXIT_BUG
    if any(state.stop is not None and state.stop.risk_stop for state in states):
        return EXIT_RISK
    return EXIT_OK
