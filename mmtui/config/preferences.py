"""The terminal's preferences, kept in the panel settings beside everything else."""

from msgspec.structs import replace

from mmtui.config.panel import Panel
from mmtui.config.schema import TerminalConfig
from mmtui.views.preferences import Preferences


class PanelPreferences:
    """A PreferencesStore on the panel settings file."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel

    @property
    def faults(self) -> tuple[str, ...]:
        """What was wrong with the file when it was read."""
        return self._panel.faults

    def load(self) -> Preferences:
        """What was kept."""
        config = self._panel.config
        terminal = config.terminal
        return Preferences(
            theme=terminal.theme,
            language=config.language or "",
            keymap=dict(terminal.keymap),
            read_only=terminal.read_only,
            tour_seen=terminal.tour_seen,
            live_consents=terminal.live_consents,
        )

    def save(self, preferences: Preferences) -> None:
        """Keep these. Raises StorageError."""
        terminal = TerminalConfig(
            theme=preferences.theme,
            keymap=dict(preferences.keymap),
            read_only=preferences.read_only,
            tour_seen=preferences.tour_seen,
            live_consents=preferences.live_consents,
        )
        language = "zh" if preferences.language == "zh" else "en" if preferences.language == "en" else None
        self._panel.put(replace(self._panel.config, terminal=terminal, language=language))
