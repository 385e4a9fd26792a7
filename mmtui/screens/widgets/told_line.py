"""A few lines of text that come and go; drawn and laid out anew only where they differ."""

from textual.content import Content
from textual.widgets import Static


class ToldLine(Static):
    """Text that is put there again and again. Every update of a Static lays the whole screen out anew; this does not.

    With ``vanishes`` it takes no room while it is empty.
    """

    def __init__(self, *, id: str, classes: str | None = None, vanishes: bool = True) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, classes=classes, markup=False)
        self._told: tuple[str, tuple[object, ...]] | None = None
        self._vanishes = vanishes
        self.display = not vanishes

    def put(self, content: Content) -> None:
        """Show this."""
        told = (content.plain, tuple(content.spans))
        if told != self._told:
            self._told = told
            self.update(content)
            self.display = bool(content.plain) or not self._vanishes
