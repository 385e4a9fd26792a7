"""Where front ends speak: words that become events or plans of the engine, seen later on the Board."""

from collections.abc import Mapping
from typing import Protocol


class CommandSink(Protocol):
    """The operator's words. Calls return at once; a fault is a SettingsError with one line each."""

    def start(self, strategy: str) -> None:
        """Run a configured strategy. What adds risk is asked before, by the front end."""
        ...

    def pause(self, strategy: str) -> None:
        """Quotes off, held."""
        ...

    def resume(self, strategy: str) -> None:
        """Quote again."""
        ...

    def stop(self, strategy: str, reason: str) -> None:
        """End one run: cancel, prove, stop."""
        ...

    def stop_all(self, reason: str) -> None:
        """End all runs: cancel everything of ours, prove."""
        ...

    def cancel_everything(self, strategy: str) -> None:
        """Cancel all orders of its account and symbol, foreign ones too, and pause."""
        ...

    def change_settings(self, strategy: str, values: Mapping[str, str]) -> None:
        """Give a strategy new settings (text by name, as in the configuration); saved at once, in force at once."""
        ...

    def change_risk(self, values: Mapping[str, str]) -> None:
        """Change risk limits of every account (text by name, as in the configuration); saved and in force at once."""
        ...

    def undo(self, strategy: str) -> bool:
        """Take the last change of settings back; False if there is none."""
        ...

    def add(self, name: str, kind: str, account: str, symbol: str, values: Mapping[str, str]) -> None:
        """Configure a new strategy (idle until started); saved at once."""
        ...

    def remove(self, strategy: str) -> None:
        """Forget a strategy that does not run; saved at once."""
        ...

    def acknowledge(self, alert: int) -> None:
        """An alert has been seen."""
        ...
