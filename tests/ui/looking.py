"""What stands on a pane, as text."""

from typing import TypeVar

from textual.widget import Widget

from mmtui.screens.widgets.line_pane import LinePane
from tests.ui.fakes import Stage

Kind = TypeVar("Kind", bound=Widget)


def part(stage: Stage, selector: str, kind: type[Kind]) -> Kind:
    """A widget of the screen in front."""
    return stage.app.screen.query_one(selector, kind)


def lines(pane: LinePane) -> list[str]:
    """The lines of a pane without what fills them."""
    return [pane.render_line(y).text.rstrip() for y in range(pane.size.height)]


def text(stage: Stage, selector: str) -> str:
    """The lines of a pane of the screen in front."""
    return "\n".join(lines(part(stage, selector, LinePane)))


def screen_text(stage: Stage) -> str:
    """The lines of every pane of the screen in front."""
    return "\n".join("\n".join(lines(pane)) for pane in stage.app.screen.query(LinePane) if pane.display)
