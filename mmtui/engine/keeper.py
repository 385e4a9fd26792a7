"""Keeps what a strategy remembers on the disk, so that a run after a crash goes on where the last one ended.

A checkpoint is written by a thread: at once where a change of mind came with commands, else every two seconds, so that
what was sent is not forgotten, and a clock in a memory does not keep the disk busy. A run that ended as it should
with nothing held leaves none: there is nothing to go on with.
"""

import asyncio
import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from mmtui.core.carried import Carried
from mmtui.core.snapshot import known_realized
from mmtui.core.state import State
from mmtui.engine.cell import Cell
from mmtui.engine.ending import may_remain
from mmtui.model.units import NS_PER_S
from mmtui.ports.errors import StorageError
from mmtui.storage.checkpoint import CheckpointKey, CheckpointStore
from mmtui.storage.lease import Lease

log = logging.getLogger("mmtui.engine")

SAVE_EVERY_NS: Final = 2 * NS_PER_S
_encoder: Final = msgspec.msgpack.Encoder()


class KeptLeg(Struct, frozen=True):
    """One leg of a kept run: which market, and how it stood."""

    instrument: str
    carried: Carried


class Kept(Struct, frozen=True):
    """A checkpoint's content: the kind, its memory as msgpack, and how each leg stood."""

    kind: str
    memory: msgspec.Raw
    legs: tuple[KeptLeg, ...]


class Keeper:
    """The checkpoint and the leases of one running strategy; both end with ``close``."""

    def __init__(self, store: CheckpointStore, key: CheckpointKey, leases: Sequence[Lease]) -> None:
        self._store = store
        self._key = key
        self._leases = leases
        self._saved_memory: object = None
        self._saved_fills = -1
        self._saved_ns = 0
        self._latest: bytes | None = None
        self._writing = threading.Lock()
        self._closed = False

    def load(self) -> Kept | None:
        """What the last run left; None where there is nothing to go on with. Raises StorageError."""
        found = self._store.load(self._key)
        if found.problem is not None:
            log.warning("%s", found.problem)
        if found.payload is None:
            return None
        try:
            return msgspec.msgpack.decode(found.payload, type=Kept)
        except msgspec.MsgspecError as error:
            log.warning("checkpoint %s: of another version (%s); starting without it", self._path, error)
            return None

    def observe(self, cell: Cell, *, acted: bool) -> None:
        """After a step: write what changed, at once where it ``acted`` on it. Never waits for the disk."""
        now_ns = cell.whole.now_ns
        if not acted and now_ns - self._saved_ns < SAVE_EVERY_NS:
            return
        fills = sum(leg.orders.counters.fills for leg in cell.legs)
        if cell.whole.memory is self._saved_memory and fills == self._saved_fills:
            return
        if any(leg.position is None for leg in cell.legs):
            return
        self._saved_ns, self._saved_memory, self._saved_fills = now_ns, cell.whole.memory, fills
        self._latest = encode_kept(cell)
        asyncio.get_running_loop().run_in_executor(None, self._write)

    def close(self, cell: Cell, *, crashed: bool) -> None:
        """Write the last word, or take the checkpoint away where nothing is left to go on with; let the leases go."""
        with self._writing:
            self._closed = True
        try:
            if crashed or any(leg.position is None for leg in cell.legs):
                return
            if _is_over(cell):
                self._path.unlink(missing_ok=True)
            else:
                self._store.save(self._key, encode_kept(cell))
        except (StorageError, OSError) as error:
            log.warning("the memory of %s is not kept: %s", cell.name, error)
        finally:
            self.release()

    def release(self) -> None:
        """Let the leases go without a word."""
        for lease in self._leases:
            lease.release()

    @property
    def _path(self) -> Path:
        return self._store.path(self._key)

    def _write(self) -> None:
        """Write the newest; whoever asked for an older one finds it done."""
        with self._writing:
            payload, self._latest = self._latest, None
            if self._closed or payload is None:
                return
            try:
                self._store.save(self._key, payload)
            except StorageError as error:
                log.warning("%s", error)


def encode_kept(cell: Cell) -> bytes:
    """The checkpoint of a run as it stands."""
    memory = msgspec.Raw(_encoder.encode(cell.whole.memory))
    return _encoder.encode(Kept(cell.kind.name, memory, tuple(_leg(state) for state in cell.legs)))


def _leg(state: State) -> KeptLeg:
    known = state.pnl.known_position
    average = known.average_entry(state.instrument.multiplier)
    return KeptLeg(state.instrument.id, Carried(known.quantity, average, known_realized(state)))


def _is_over(cell: Cell) -> bool:
    """Whether the run ended of itself or flat, and that is proved."""
    if any(may_remain(leg) for leg in cell.legs):
        return False
    if any(leg.stop is not None and leg.stop.of_itself for leg in cell.legs):
        return True
    return not any(leg.pnl.known_position.quantity for leg in cell.legs)
