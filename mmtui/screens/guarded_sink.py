"""A sink that refuses to act: the terminal in read-only mode."""

from collections.abc import Callable, Mapping
from typing import Final, NoReturn

from mmtui.language import N_
from mmtui.views.faults import SettingsError

_TEXT: Final = N_("read-only: {words} was not done; open the terminal without read-only to act")


class ReadOnlySink:
    """Stands in for the engine's sink; every word is refused with a message, none is passed on.

    ``gettext`` puts the message into the person's language.
    """

    def __init__(self, gettext: Callable[[str], str]) -> None:
        self._gettext = gettext

    def _refuse(self, *words: str) -> NoReturn:
        raise SettingsError(self._gettext(_TEXT).format(words=" ".join(words)))

    def start(self, strategy: str) -> None:
        """Refused."""
        self._refuse("start", strategy)

    def pause(self, strategy: str) -> None:
        """Refused."""
        self._refuse("pause", strategy)

    def resume(self, strategy: str) -> None:
        """Refused."""
        self._refuse("resume", strategy)

    def stop(self, strategy: str, reason: str) -> None:  # noqa: ARG002 - the sink's law
        """Refused."""
        self._refuse("stop", strategy)

    def stop_all(self, reason: str) -> None:  # noqa: ARG002 - the sink's law
        """Refused."""
        self._refuse("stop-all")

    def cancel_everything(self, strategy: str) -> None:
        """Refused."""
        self._refuse("cancel", strategy)

    def change_settings(self, strategy: str, values: Mapping[str, str]) -> None:
        """Refused."""
        self._refuse("set", strategy, *values)

    def change_risk(self, values: Mapping[str, str]) -> None:
        """Refused."""
        self._refuse("risk", *values)

    def undo(self, strategy: str) -> bool:
        """Refused."""
        self._refuse("undo", strategy)

    def add(
        self,
        name: str,
        kind: str,
        account: str,
        symbol: str,
        values: Mapping[str, str],  # noqa: ARG002 - the sink's law
    ) -> None:
        """Refused."""
        self._refuse("add", name, kind, account, symbol)

    def remove(self, strategy: str) -> None:
        """Refused."""
        self._refuse("remove", strategy)

    def acknowledge(self, alert: int) -> None:
        """Refused."""
        self._refuse("ack", str(alert))
