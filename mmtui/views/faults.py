"""The errors a front end has to show: what sinks, queries and stores raise for something a user can act on."""

from mmtui.ports.errors import MmtuiError, SettingsError, StorageError

__all__ = ["MmtuiError", "SettingsError", "StorageError"]
