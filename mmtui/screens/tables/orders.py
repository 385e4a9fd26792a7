"""What one can do on the orders screen only."""

from typing import Final

from mmtui.screens.tables.action import Action

ACTIONS: Final[tuple[Action, ...]] = ()
