"""A sink that refuses to act: the terminal in read-only mode."""

from collections.abc import Mapping

from mmtui.language import N_
from mmtui.views.faults import SettingsError

READ_ONLY = N_("read-only: nothing was done; start without --read-only to act")


class ReadOnlySink:
    """Stands in for the engine's sink; every word is refused with a message, none is passed on."""

    def _refuse(self) -> None:
        raise SettingsError(READ_ONLY)

    def start(self, strategy: str) -> None:
        """Refused."""
        self._refuse()

    def pause(self, strategy: str) -> None:
        """Refused."""
        self._refuse()

    def resume(self, strategy: str) -> None:
        """Refused."""
        self._refuse()

    def stop(self, strategy: str, reason: str) -> None:
        """Refused."""
        self._refuse()

    def stop_all(self, reason: str) -> None:
        """Refused."""
        self._refuse()

    def cancel_everything(self, strategy: str) -> None:
        """Refused."""
        self._refuse()

    def change_settings(self, strategy: str, values: Mapping[str, str]) -> None:
        """Refused."""
        self._refuse()

    def undo(self, strategy: str) -> bool:
        """Refused."""
        raise SettingsError(READ_ONLY)

    def add(self, name: str, kind: str, account: str, symbol: str, values: Mapping[str, str]) -> None:
        """Refused."""
        self._refuse()

    def remove(self, strategy: str) -> None:
        """Refused."""
        self._refuse()

    def acknowledge(self, alert: int) -> None:
        """Refused."""
        self._refuse()
