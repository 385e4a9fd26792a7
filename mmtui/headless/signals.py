"""Signals that end a run: asked for once and remembered, from before the first order until after the last proof."""

import signal
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Final, Self

NAMES: Final = ("SIGINT", "SIGTERM", "SIGHUP")


class StopSignals:
    """While this context is open no signal kills the process; each becomes a word for the listener.

    Handlers stay in place beyond the event loop, so that one which comes while files are being closed changes nothing.
    A SIGHUP that was ignored before (nohup) stays ignored.
    """

    def __init__(self) -> None:
        self.first = ""
        self._listener: Callable[[str], None] | None = None
        self._before: dict[signal.Signals, Any] = {}

    def listen(self, listener: Callable[[str], None] | None) -> None:
        """Tell ``listener`` each signal by name, at once if one came already; None: nobody."""
        self._listener = listener
        if listener is not None and self.first:
            listener(self.first)

    def __enter__(self) -> Self:
        """Take the signals over."""
        for name in NAMES:
            number = getattr(signal, name, None)  # Windows has no SIGHUP
            if number is None or (name == "SIGHUP" and signal.getsignal(number) is signal.SIG_IGN):
                continue
            self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        """Give them back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        name = signal.Signals(number).name
        self.first = self.first or name
        if self._listener is not None:
            self._listener(name)
