"""What outlives a run of a strategy, when it is taken away, and that nobody writes it twice."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from mmtui.core.carried import Carried
from mmtui.core.state import Phase, StopProgress
from mmtui.engine.cell import Cell
from mmtui.engine.keeper import Keeper, Kept
from mmtui.ports.errors import StorageError
from mmtui.storage.checkpoint import CheckpointKey, CheckpointStore
from mmtui.storage.lease import Lease
from mmtui.strategies import kind
from mmtui.strategies.martingale.decide import Memory
from tests.unit.core_scenes import BEGIN_NS, BOOK, D, make_state

KEY = CheckpointKey("test", "me", "layers")

Opened = Callable[[], Keeper]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """Opens keepers of one strategy, and lets them all go in the end."""
    keepers: list[Keeper] = []

    def open_one() -> Keeper:
        lease = Lease(tmp_path, KEY.venue, KEY.account, KEY.strategy)
        keepers.append(Keeper(CheckpointStore(tmp_path), KEY, [lease]))
        return keepers[-1]

    yield open_one
    for keeper in keepers:
        keeper.release()


def holding(quantity: str = "2", memory: Memory | None = None) -> Cell:
    """A run that knows its position."""
    state = make_state(kind="martingale", memory=memory or Memory(phase="ladder"))
    state.now_ns = state.start_position_ns = BEGIN_NS
    state.start_position = D(quantity)
    if D(quantity):
        state.pnl.take_over(D(quantity), D(100))
    return Cell(state, kind("martingale"))


def stopped(cell: Cell, *, proven: bool = True, of_itself: bool = False) -> Cell:
    cell.state.phase = Phase.STOPPED
    cell.state.stop = StopProgress("operator", risk_stop=False, since_ns=1, proven=proven, of_itself=of_itself)
    return cell


def observed(keeper: Keeper, *cells: Cell, acted: bool = True) -> None:
    """Let a keeper see these, and its thread finish."""

    async def see() -> None:
        for cell in cells:
            keeper.observe(cell, acted=acted)
        await asyncio.get_running_loop().shutdown_default_executor()

    asyncio.run(see())


def kept(keeper: Keeper) -> Kept:
    found = keeper.load()
    assert found is not None
    return found


def test_a_killed_run_leaves_its_memory_and_how_it_stood(opened: Opened) -> None:
    keeper = opened()
    observed(keeper, holding())
    found = kept(keeper)
    assert msgspec.msgpack.decode(found.memory, type=Memory) == Memory(phase="ladder")
    ((instrument, carried),) = [(leg.instrument, leg.carried) for leg in found.legs]
    assert (instrument, carried) == (BOOK, Carried(D(2), D(100), D(0)))


def test_the_newest_is_written_and_a_clock_alone_does_not_keep_the_disk_busy(opened: Opened, tmp_path: Path) -> None:
    keeper = opened()
    observed(keeper, holding(), holding(memory=Memory(phase="closing")))
    assert msgspec.msgpack.decode(kept(keeper).memory, type=Memory).phase == "closing"
    written = CheckpointStore(tmp_path).path(KEY).stat().st_mtime_ns
    observed(keeper, holding(memory=Memory(phase="cooling")), acted=False)
    assert CheckpointStore(tmp_path).path(KEY).stat().st_mtime_ns == written
    later = holding(memory=Memory(phase="cooling"))
    later.state.now_ns += 3_000_000_000
    observed(keeper, later, acted=False)
    assert msgspec.msgpack.decode(kept(keeper).memory, type=Memory).phase == "cooling"


def test_an_unknown_position_is_never_written(opened: Opened) -> None:
    keeper = opened()
    cell = holding()
    cell.state.start_position = None
    observed(keeper, cell)
    keeper.close(cell, crashed=False)
    assert keeper.load() is None


@pytest.mark.parametrize(
    ("cell", "stays"),
    [
        (stopped(holding("2")), True),
        (stopped(holding("0")), False),
        (stopped(holding("2"), of_itself=True), False),
        (stopped(holding("0"), proven=False), True),
    ],
    ids=["holding", "flat", "finished", "not proven"],
)
def test_only_what_can_be_gone_on_with_is_kept(opened: Opened, cell: Cell, *, stays: bool) -> None:
    keeper = opened()
    observed(keeper, holding())
    keeper.close(cell, crashed=False)
    assert (opened().load() is not None) is stays


def test_after_a_bug_the_last_writing_stands(opened: Opened) -> None:
    keeper = opened()
    observed(keeper, holding())
    keeper.close(stopped(holding("0", Memory(phase="ended"))), crashed=True)
    assert msgspec.msgpack.decode(kept(opened()).memory, type=Memory).phase == "ladder"


def test_nothing_is_written_after_the_end(opened: Opened) -> None:
    keeper = opened()
    keeper.close(stopped(holding("0")), crashed=False)
    observed(keeper, holding())
    assert keeper.load() is None


def test_a_damaged_or_foreign_content_is_no_past(
    opened: Opened, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keeper = opened()
    CheckpointStore(tmp_path).save(KEY, b"\x93nothing we wrote")
    assert keeper.load() is None
    assert "starting without it" in caplog.text


def test_a_second_keeper_of_one_strategy_is_refused_until_the_first_ends(opened: Opened) -> None:
    first = opened()
    with pytest.raises(StorageError, match="works this account already"):
        opened()
    first.close(stopped(holding()), crashed=False)
    opened()
