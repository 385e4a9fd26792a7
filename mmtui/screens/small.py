"""What stands on a terminal that is too small: the size that is needed, and nothing that could be misread."""

from typing import Final

from textual.content import Content
from textual.widget import Widget

from mmtui.screens.terminal import terminal_of

LEAST_WIDTH: Final = 60
LEAST_HEIGHT: Final = 16


class TooSmall(Widget):
    """Shown in place of everything else below the least size (the stylesheet does it)."""

    def render(self) -> Content:
        """The message, with both sizes and how to stop all the same."""
        gettext = terminal_of(self).gettext
        width, height = self.app.size
        lines = (
            gettext("Terminal too small: {width}x{height}").format(width=width, height=height),
            gettext("mmtui needs {width}x{height}").format(width=LEAST_WIDTH, height=LEAST_HEIGHT),
            gettext("{key} stops all").format(key=terminal_of(self).keys.shown("stop_all")),
        )
        return Content("\n".join(lines))
