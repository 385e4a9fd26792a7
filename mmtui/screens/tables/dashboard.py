"""What one can do on the dashboard screen only."""

from typing import Final

from mmtui.screens.tables.action import Action

ACTIONS: Final[tuple[Action, ...]] = ()
