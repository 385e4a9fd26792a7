"""What a person chose about the terminal itself, and where it is kept between two runs."""

from typing import Protocol

from msgspec import Struct


class Preferences(Struct, frozen=True, kw_only=True):
    """Choices of one person; every field has a default, so that an older file is read as it is.

    ``language`` is "en", "zh" or empty (the environment decides). ``keymap`` holds keys by action id, several keys
    joined by commas. ``read_only`` is the wish kept in the file; the command line may ask for it too.
    ``live_consents`` are fingerprints of the configurations whose first live start was confirmed by typing.
    """

    theme: str = "mmtui-dark"
    language: str = ""
    keymap: dict[str, str] = {}
    read_only: bool = False
    tour_seen: bool = False
    live_consents: tuple[str, ...] = ()


class PreferencesStore(Protocol):
    """Keeps preferences. A broken file is kept aside and named, never overwritten."""

    @property
    def faults(self) -> tuple[str, ...]:
        """What was wrong at the last ``load``, one line each: names file, value and remedy."""
        ...

    def load(self) -> Preferences:
        """What was kept; defaults for whatever is missing or broken. Never raises for a broken file."""
        ...

    def save(self, preferences: Preferences) -> None:
        """Keep these, atomically.

        Raises:
            StorageError: they cannot be written.
        """
        ...
