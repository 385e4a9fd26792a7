"""The error tree.

MmtuiError
├── SettingsError        configuration, settings file, command line: names file, path, value, remedy (exit 2)
├── SecretsError         a secret is missing, unreadable or too readable; never carries the secret (exit 2)
├── DataError            recorded data, a journal: unreadable or cut (exit 2)
├── VenueError
│   ├── Unreachable      no connection at all (exit 3 at start)
│   ├── Ambiguous        it may or may not have happened: timeout, reset, 5xx, unreadable answer
│   ├── Refused          the venue definitely did not do it
│   ├── RateLimited      refused for now, with a time to wait
│   └── BadMessage       the venue sent what no decoder understands
├── StorageError         journal, ledger, checkpoint: disk full, read-only, damaged
└── BugError             ours; ends the worker, never the proof that its orders are gone (exit 1)
"""

from mmtui.model.orders import RefusalCode


class MmtuiError(Exception):
    """Root of everything mmtui raises on purpose; its text is one line that a user can act on."""


class SettingsError(MmtuiError):
    """One or more faults in what the user gave us; ``faults`` holds one line each."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class SecretsError(MmtuiError):
    """A secret cannot be had. The message names where it was sought, never what it is."""


class DataError(MmtuiError):
    """Recorded data cannot be read: names file, line and remedy."""


class StorageError(MmtuiError):
    """The journal, ledger or a checkpoint cannot be written or read."""


class BugError(MmtuiError):
    """An invariant of ours is broken."""


class VenueError(MmtuiError):
    """Something between us and a venue."""


class Unreachable(VenueError):
    """No connection could be made; nothing was sent."""


class Ambiguous(VenueError):
    """It may or may not have happened."""


class Refused(VenueError):
    """The venue definitely did not do it; ``code`` says why in our words."""

    def __init__(self, code: RefusalCode, reason: str) -> None:
        super().__init__(f"{code.value}: {reason}")
        self.code = code
        self.reason = reason


class RateLimited(VenueError):
    """Refused for now; ask again after ``retry_after_ms``."""

    def __init__(self, retry_after_ms: int, reason: str) -> None:
        super().__init__(f"rate limited for {retry_after_ms} ms: {reason}")
        self.retry_after_ms = retry_after_ms
        self.reason = reason


class BadMessage(VenueError):
    """Bytes that no decoder understands; the message carries a cut, redacted sample."""
