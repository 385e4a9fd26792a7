"""Faults on demand: which request or frame is hit by what, and how often."""

import enum
from collections.abc import Iterable
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from mmtui.ports.errors import SettingsError


class FaultKind(enum.Enum):
    """What can go wrong."""

    TIMEOUT_BEFORE_ACCEPT = "timeout_before_accept"
    TIMEOUT_AFTER_ACCEPT = "timeout_after_accept"
    ERROR_500_BEFORE = "error_500_before"
    ERROR_500_AFTER = "error_500_after"
    ERROR_503_AFTER = "error_503_after"
    RATE_LIMIT = "rate_limit"
    BAN = "ban"
    RESET = "reset"
    DELAY_MS = "delay_ms"
    DROP = "drop"
    SILENCE = "silence"
    GAP = "gap"
    REORDER = "reorder"
    DUPLICATE = "duplicate"
    CORRUPT = "corrupt"
    CLOCK_SKEW_MS = "clock_skew_ms"
    REJECT = "reject"
    PARTIAL_THEN_CANCEL = "partial_then_cancel"
    MAINTENANCE = "maintenance"


WS_PUBLIC: Final = "ws_public"
WS_PRIVATE: Final = "ws_private"
SOCKETS: Final = (WS_PUBLIC, WS_PRIVATE)
ANY: Final = "*"
REQUESTS: Final = ("place", "cancel", "amend", "query")
ON_SOCKETS: Final = frozenset(
    {
        FaultKind.DELAY_MS,
        FaultKind.DROP,
        FaultKind.SILENCE,
        FaultKind.GAP,
        FaultKind.REORDER,
        FaultKind.DUPLICATE,
        FaultKind.CORRUPT,
    }
)
"""What can be done to a stream."""
ONLY_SOCKETS: Final = frozenset({FaultKind.SILENCE, FaultKind.GAP, FaultKind.REORDER, FaultKind.DUPLICATE})
AT_ONCE: Final = frozenset({FaultKind.DROP, FaultKind.SILENCE})
"""These hit open sockets the moment they are asked for, not at the next frame."""

_DEFAULT_MS: Final = {FaultKind.DELAY_MS: 1_000, FaultKind.CLOCK_SKEW_MS: 30_000}

Times = Annotated[int, Meta(ge=1)]


class Fault(Struct, forbid_unknown_fields=True, kw_only=True):
    """One fault: ``do`` it to what matches ``on``, ``times`` times (None: until cleared), after ``skip`` matches.

    ``on`` is place, cancel, amend, query, a REST path (alone or as "METHOD /path"), ws_public, ws_private, or ``*``
    for every request. ``ms`` is the size of delay_ms and clock_skew_ms and the length of a silence (absent: for good).
    ``after`` lets reset and delay_ms strike after the request was carried out. ``code`` and ``message`` word a reject.
    """

    on: str
    do: FaultKind
    times: Times | None = 1
    skip: Annotated[int, Meta(ge=0)] = 0
    ms: int | None = None
    after: bool = False
    code: str | None = None
    message: str | None = None
    hits: int = 0

    @property
    def size_ms(self) -> int:
        """The fault's size in milliseconds, by default what suits its kind."""
        return _DEFAULT_MS.get(self.do, 0) if self.ms is None else self.ms


class FaultBoard:
    """The faults that wait to strike, in the order they were asked for."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._faults = list(faults)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What is armed."""
        return tuple(self._faults)

    def add(self, faults: Iterable[Fault]) -> None:
        """Arm more."""
        self._faults.extend(faults)

    def clear(self) -> None:
        """Disarm all."""
        self._faults.clear()

    def strike_request(self, kind: str | None, method: str, path: str) -> list[Fault]:
        """The faults that hit this request; each counts down."""
        names = {ANY, path, f"{method} {path}"} | ({kind} if kind else set())
        return [fault for fault in tuple(self._faults) if fault.on in names and self._count(fault)]

    def strike_frame(self, target: str, *, sequenced: bool) -> Fault | None:
        """The fault that hits this frame. Gaps and swaps on public streams hit only frames that carry a sequence."""
        for fault in tuple(self._faults):
            orders = fault.do in (FaultKind.GAP, FaultKind.REORDER) and target == WS_PUBLIC
            if fault.on == target and (sequenced or not orders) and self._count(fault):
                return fault
        return None

    def strike_at_once(self, fault: Fault) -> bool:
        """Count a fault that hits open sockets now; False if it is to wait or spent."""
        return any(row is fault for row in self._faults) and self._count(fault)

    def _count(self, fault: Fault) -> bool:
        if fault.skip:
            fault.skip -= 1
            return False
        fault.hits += 1
        if fault.times is not None:
            if fault.times == 1:
                self._faults = [row for row in self._faults if row is not fault]
            else:
                fault.times -= 1
        return True


def read_faults(text: bytes | str, source: str) -> list[Fault]:
    """Faults from JSON: a list, or a single object. Raises SettingsError that names the entry."""
    try:
        document: Any = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{source}: not JSON: {error}") from None
    rows = document if isinstance(document, list) else [document]
    return [_read_fault(row, f"{source}[{index}]") for index, row in enumerate(rows)]


def _read_fault(row: object, where: str) -> Fault:
    try:
        fault = msgspec.convert(row, Fault)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{where}: {error}; do is one of {', '.join(kind.value for kind in FaultKind)}") from None
    name = fault.on.rpartition(" ")[2]
    if fault.on not in (*REQUESTS, *SOCKETS, ANY) and not name.startswith("/"):
        known = ", ".join((*REQUESTS, *SOCKETS, ANY))
        raise SettingsError(f"{where}: on {fault.on!r} is none of {known} and no REST path")
    if fault.on in SOCKETS and fault.do not in ON_SOCKETS:
        raise SettingsError(f"{where}: {fault.do.value} cannot be done to a stream")
    if fault.on not in SOCKETS and fault.do in ONLY_SOCKETS:
        raise SettingsError(f"{where}: {fault.do.value} can only be done to ws_public or ws_private")
    return fault
