"""A pair in the terminal: added from a form, started, shown as one strategy and as a pair of books, stopped."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mmtui.ports.errors import SettingsError
from tests.unit.desk_houses import FAST, Room, first_document, open_room, saved
from tests.unit.engine_cells import until

HEDGE = {"quantity": "0.01", "opening_timeout": "300"}


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    document = first_document()
    document["accounts"]["other"] = {"venue": "sim", "market": {"name": "m2", "seed": 8}, "settings": FAST}
    async with open_room(tmp_path, document) as room:
        yield room


async def test_a_pair_is_added_from_a_form_runs_and_stops(room: Room, tmp_path: Path) -> None:
    room.desk.add("pair", "dual_hedge", "sim, other", "BTC-PERP", HEDGE)
    entry = saved(tmp_path)["strategies"][-1]
    assert (entry["accounts"], entry["symbol"]) == (["sim", "other"], "BTC-PERP")
    assert entry["on_stop_position"] == "flatten"
    room.desk.start("pair")
    await until(lambda: len(room.row("pair").orders) == 2)
    (pair,) = room.board.pairs
    assert (pair.first, pair.second) == ("sim.m1:BTC-PERP", "sim.m2:BTC-PERP")
    assert {market.instrument for market in room.board.markets} >= {pair.first, pair.second}
    with pytest.raises(SettingsError, match="is running already"):
        room.desk.start("pair")
    room.desk.change_risk({"max_open_orders": "9"})
    room.desk.change_settings("pair", {"hold_time": "7"})
    await until(lambda: room.row("pair").settings["hold_time"] == "7")
    room.desk.stop("pair", "test")
    await until(lambda: room.row("pair").phase == "stopped")
    assert room.row("pair").position == 0
    room.desk.remove("pair")
    assert room.board.pairs == ()


async def test_a_form_of_a_pair_is_checked_and_previewed_without_orders(room: Room) -> None:
    shown = await room.desk.preview("dual_hedge", "sim, other", "BTC-PERP", HEDGE)
    assert (shown.orders, shown.faults) == ((), ())
    assert "several accounts" in shown.reason
    faulty = await room.desk.preview("dual_hedge", "sim, other", "BTC-PERP", {**HEDGE, "hedge_after": "400"})
    assert "hedge_after" in faulty.faults[0]
    with pytest.raises(SettingsError):
        room.desk.add("pair", "dual_hedge", "sim, nobody", "BTC-PERP", HEDGE)
