"""Strategies that share an account share its limits, to the last order."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mmtui.core.pnl import DAY_NS
from mmtui.core.state import State
from mmtui.core.step import StepResult
from mmtui.engine.cell import Cell
from mmtui.engine.ending import exit_code
from mmtui.engine.proof import residual
from mmtui.engine.room import AccountRoom, last_net
from mmtui.wiring import SIM_START_NS
from tests.acceptance.processes import sim_document
from tests.unit.engine_cells import Bench

SYMBOLS = {"BTC-PERP": "0.01", "ETH-PERP": "0.3", "SOL-PERP": "6"}


def sharing(**risk: object) -> dict[str, Any]:
    """Three strategies that each want four orders, all on one account."""
    document = sim_document(risk=risk)
    (first,) = document["strategies"]
    document["strategies"] = [
        {
            **first,
            "name": symbol[:3].lower(),
            "symbol": symbol,
            "settings": {
                **first["settings"],
                "quantity": quantity,
                "max_position": str(Decimal(quantity) * 10),
                "position_threshold": str(Decimal(quantity) * 10),
            },
        }
        for symbol, quantity in SYMBOLS.items()
    ]
    return document


@pytest.mark.parametrize("most", [1, 5, 9])
def test_open_orders_of_an_account_are_never_more_than_allowed(tmp_path: Path, most: int) -> None:
    """Counted after every step, at the venue and in our tables, where orders under way count too."""
    bench = Bench(tmp_path, sharing(max_open_orders=most, max_daily_loss="100000", max_drawdown="100000"))
    counts: list[int] = []

    def look(_cell: Cell, _result: StepResult) -> None:
        live = sum(len(cell.state.orders.live) for cell in bench.cells)
        at_venue = len(bench.venue.truth("sim").open_orders)
        assert live <= most
        assert at_venue <= most
        counts.append(at_venue)

    bench.run(60, look)
    assert max(counts) == most
    states = [cell.state for cell in bench.cells]
    assert exit_code(states) == 0
    assert residual(states) == 0
    assert not bench.venue.truth("sim").open_orders


def test_the_daily_loss_of_an_account_stops_all_that_trade_on_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path, sharing(max_daily_loss="3"))
    bench.run(600)
    states = [cell.state for cell in bench.cells]
    assert exit_code(states) == 4
    assert residual(states) == 0
    nets = [state.pnl.net(state.reference) for state in states]
    assert min(net for net in nets if net is not None) > -3, "no strategy lost so much by itself"
    for state in states:
        assert state.stop is not None
        assert state.stop.reason.startswith("max_daily_loss")


def test_a_room_tells_the_others_at_once_when_orders_change(tmp_path: Path) -> None:
    bench = Bench(tmp_path, sharing())
    bench.close()
    room = AccountRoom("sim")
    for cell in bench.cells:
        room.join(cell.name)
    state = bench.cells[0].state
    state.now_ns = 10**18
    assert {name for name, _ in room.update(state)} == {"eth", "sol"}
    assert room.update(state) == []
    state.now_ns += 10**9
    assert len(room.update(state)) == 2


def test_a_strategy_alone_is_told_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path, sim_document())
    bench.close()
    (cell,) = bench.cells
    totals = bench.rooms["sim"].totals_for(cell.name, 1)
    assert totals.granted
    assert not totals.other_open_orders
    assert not totals.other_net_pnl
    assert bench.rooms["sim"].update(cell.state) == []


# ---------------------------------------------------------------------------------------------------- ended runs


def ended_run(tmp_path: Path, name: str, begin_ns: int) -> State:
    """A run of half a minute that has traded."""
    document = sim_document({"name": name}, risk={"max_daily_loss": "9999", "max_drawdown": "9999"})
    document["accounts"]["sim"]["market"]["trades_per_s"] = 10.0
    bench = Bench(tmp_path / name, document)
    bench.run(30, begin_ns=begin_ns)
    state = bench.cells[0].state
    assert state.pnl.volume.fills
    return state


def test_ended_runs_count_for_their_account_and_for_their_own_day_only(tmp_path: Path) -> None:
    monday = ended_run(tmp_path, "monday", SIM_START_NS)
    tuesday = ended_run(tmp_path, "tuesday", SIM_START_NS + DAY_NS)
    room = AccountRoom("sim")
    for state in (tuesday, monday):  # the older one is forgotten last: it must not turn the day back
        room.join(state.strategy)
        room.leave(state)
    room.leave(monday)
    nets = {state.strategy: last_net(state) for state in (monday, tuesday)}
    assert room.left(tuesday.now_ns) == (sum(nets.values()), nets["tuesday"])
    totals = room.totals_for("next", tuesday.now_ns)
    assert (totals.other_net_pnl, totals.other_day_pnl) == (sum(nets.values()), nets["tuesday"])
    assert room.left(tuesday.now_ns + DAY_NS) == (sum(nets.values()), Decimal(0))


def test_a_run_without_a_price_counts_at_the_last_one_it_knew(tmp_path: Path) -> None:
    state = ended_run(tmp_path, "maker", SIM_START_NS)
    known = last_net(state)
    state.pnl.last_mark = state.reference
    state.mark = state.mid = None
    assert last_net(state) == known
