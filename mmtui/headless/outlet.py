"""Where text leaves the process. A reader who goes away must never disturb a run that still has orders to cancel."""

from collections.abc import Callable


class Outlet:
    """Writes text until that fails; from then on it is ``broken`` and silent.

    ``write`` is a stream's write, or anything like it; whoever hands it in decides about flushing.
    """

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write
        self.broken = False

    def send(self, text: str) -> None:
        """Write ``text``; a closed pipe, a full disk or a closed stream only sets ``broken``."""
        if self.broken:
            return
        try:
            self._write(text)
        except (OSError, ValueError):  # ValueError: the stream object is closed, or cannot encode the text
            self.broken = True
