"""What one can do on the settings screen only."""

from typing import Final

from mmtui.screens.tables.action import Action

ACTIONS: Final[tuple[Action, ...]] = ()
