"""How batches, results and whole states become journal bytes and come back the same."""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct

from mmtui.core.legs import LegsState
from mmtui.core.state import State
from mmtui.core.step import StepResult
from mmtui.model.commands import Command
from mmtui.model.events import Event
from mmtui.model.quotes import Quotes
from mmtui.ports.errors import DataError
from mmtui.strategies import Kind
from mmtui.strategies import kind as find_kind

_encoder: Final = msgspec.msgpack.Encoder()


class Batch(Struct, frozen=True, array_like=True):
    """One drain of events, stepped at ``now_ns``."""

    now_ns: int
    events: list[Event]


class Outcome(Struct, frozen=True, array_like=True):
    """What came of a batch: the commands in sending order, and the quotes then desired with their reason."""

    commands: list[Command]
    quotes: Quotes


class Head(Struct, frozen=True):
    """The full state at the beginning of a segment. ``record`` says what the segment holds (full or account).

    A strategy over several legs has ``legs`` instead of ``state``.
    """

    kind: str
    record: str
    state: State | None = None
    legs: LegsState | None = None

    @property
    def whole(self) -> State | LegsState:
        """All there is to know. Raises DataError where there is nothing."""
        whole = self.state if self.legs is None else self.legs
        if whole is None:
            raise DataError("a head of the journal holds no state")
        return whole

    @property
    def first(self) -> State:
        """The state, or that of the first leg. Raises DataError."""
        whole = self.whole
        return whole.legs[0] if isinstance(whole, LegsState) else whole


_batch_decoder: Final = msgspec.msgpack.Decoder(Batch)
_outcome_decoder: Final = msgspec.msgpack.Decoder(Outcome)
_head_decoder: Final = msgspec.msgpack.Decoder(Head)


def encode_batch(now_ns: int, events: Sequence[Event]) -> bytes:
    """Journal bytes of a batch."""
    return _encoder.encode((now_ns, events))


def decode_batch(payload: bytes) -> Batch:
    """Undo ``encode_batch``. Raises DataError."""
    try:
        return _batch_decoder.decode(payload)
    except msgspec.MsgspecError as error:
        raise DataError(f"a batch of the journal cannot be read: {error}") from None


def encode_outcome(result: StepResult) -> bytes:
    """Journal bytes of a result."""
    return _encoder.encode(([approved.command for approved in result.commands], result.quotes))


def decode_outcome(payload: bytes) -> Outcome:
    """Undo ``encode_outcome``. Raises DataError."""
    try:
        return _outcome_decoder.decode(payload)
    except msgspec.MsgspecError as error:
        raise DataError(f"a result of the journal cannot be read: {error}") from None


def encode_head(state: State | LegsState, record: str) -> bytes:
    """Journal bytes of a whole state."""
    if isinstance(state, LegsState):
        return _encoder.encode(Head(state.kind, record, legs=state))
    return _encoder.encode(Head(state.kind, record, state))


def decode_head(payload: bytes) -> tuple[Head, Kind]:
    """Undo ``encode_head``, settings and memory in the types of their strategy. Raises DataError, SettingsError."""
    try:
        head = _head_decoder.decode(payload)
        kind = find_kind(head.kind)
        whole = head.whole
        whole.settings = _typed(whole.settings, kind.settings_type)
        whole.memory = _typed(whole.memory, kind.memory_type)
    except msgspec.MsgspecError as error:
        raise DataError(f"a state in the journal cannot be read: {error}") from None
    return head, kind


def _typed(plain: object, as_type: type[Struct]) -> Struct:
    return msgspec.msgpack.decode(_encoder.encode(plain), type=as_type)


def encode_inner(value: Struct) -> msgspec.Raw:
    """Settings or limits as they travel in an event of the operator."""
    return msgspec.Raw(_encoder.encode(value))
