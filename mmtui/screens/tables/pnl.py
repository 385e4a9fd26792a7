"""What one can do on the pnl screen only."""

from typing import Final

from mmtui.screens.tables.action import Action

ACTIONS: Final[tuple[Action, ...]] = ()
