"""Two legs on the simulated venue: balance within the set time through every fault, or a stated halt; equal replays."""

from decimal import Decimal
from pathlib import Path

import pytest

from mmtui.core.legs import LegsState, imbalance
from mmtui.engine.ending import EXIT_OK, EXIT_RISK, exit_code
from mmtui.engine.proof import equity_change, residual
from mmtui.engine.publish_legs import cell_row, pair_rows
from mmtui.model.units import NS_PER_S
from tests.unit.legs_scenes import D, LegsRun, document

SETTINGS = {
    "size": "0.01", "long_threshold": "1", "short_threshold": "1", "exit_threshold": "-1", "max_position": "0.05",
    "max_position_second": "0.05", "max_gap_bps": "100",
}  # fmt: skip

MANNERS = [
    {},
    {"reject_rate": 0.3},
    {"timeout_rate": 0.1, "loss_rate": 0.1, "timeout_ms": 500},
    {"reject_rate": 0.2, "loss_rate": 0.05, "read_fail_rate": 0.2, "latency_jitter_ms": 200, "timeout_ms": 500},
]


class LongestImbalance:
    """The longest time that the legs were out of balance, and the largest position of any leg."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.largest = Decimal(0)

    def __call__(self, desk: LegsState) -> None:
        if desk.unhedged_ns and desk.references:
            self.seconds = max(self.seconds, (desk.now_ns - desk.unhedged_ns) / NS_PER_S)
        for leg in desk.legs:
            self.largest = max(self.largest, abs(leg.position or D(0)))


@pytest.mark.parametrize("manners", MANNERS, ids=["kind", "rejects", "lost answers", "everything"])
@pytest.mark.parametrize("seed", [7, 9])
def test_an_arbitrage_ends_in_balance_or_halts_naming_its_exposure(
    tmp_path: Path, manners: dict[str, object], seed: int
) -> None:
    watch = LongestImbalance()
    run = LegsRun(tmp_path, document("arbitrage", SETTINGS, seed, **manners), 60, watch)
    states = run.desk.legs
    assert all(state.orders.counters.fills for state in states), "nothing was traded"
    assert all(state.stop is not None and state.stop.proven for state in states)
    assert not any(state.orders.live for state in states)
    assert residual(states) == 0
    code = exit_code(states)
    if run.desk.halted:
        assert "net exposure" in run.desk.halted
        assert code == EXIT_RISK
    else:
        assert imbalance(states, run.desk.references) == 0
        assert code == EXIT_OK
        assert watch.seconds <= 10
    assert watch.largest <= D("0.05")
    run.audit()


def test_a_leg_that_can_never_trade_halts_the_run_or_is_unwound(tmp_path: Path) -> None:
    """One account has no money: its orders are refused, and the other leg is brought back."""
    config = document("arbitrage", SETTINGS)
    accounts = config["accounts"]
    assert isinstance(accounts, dict)
    accounts["two"]["balances"] = {"USDC": "1"}
    watch = LongestImbalance()
    run = LegsRun(tmp_path, config, 30, watch)
    assert run.desk.legs[0].orders.counters.fills
    assert list(run.positions) == [0, 0]
    assert 0 < watch.seconds <= 6
    run.audit()


def test_the_rows_of_a_pair_sum_its_legs(tmp_path: Path) -> None:
    run = LegsRun(tmp_path, document("arbitrage", SETTINGS), 20)
    row = cell_row(run.cell)
    states = run.desk.legs
    assert row.fills == sum(state.orders.counters.fills for state in states)
    assert row.pnl.net == equity_change(states)
    assert row.position == 0
    (pair,) = pair_rows([run.cell])
    assert (pair.first_position, pair.second_position) == run.positions
    assert (pair.sell_first_bps, pair.sell_second_bps, pair.unhedged_ns) == (D(1), D(1), 0)


HEDGE = {
    "quantity": "0.01", "hold_time": "5", "opening_timeout": "20", "closing_timeout": "10", "hedge_after": "2",
    "hedge_time": "3", "pause": "1",
}  # fmt: skip


@pytest.mark.parametrize("manners", MANNERS, ids=["kind", "rejects", "lost answers", "everything"])
def test_a_hedged_pair_goes_round_and_is_never_alone_for_long(tmp_path: Path, manners: dict[str, object]) -> None:
    watch = LongestImbalance()
    run = LegsRun(tmp_path, document("dual_hedge", HEDGE, 7, **manners), 120, watch)
    states = run.desk.legs
    assert run.desk.halted or run.desk.memory.cycle >= 2
    assert all(state.orders.counters.fills for state in states), "nothing was traded"
    assert all(state.stop is not None and state.stop.proven for state in states)
    assert residual(states) == 0
    assert watch.largest <= D("0.01")
    if run.desk.halted:
        assert exit_code(states) == EXIT_RISK
    else:
        assert list(run.positions) == [0, 0]
        assert watch.seconds <= 8
        assert exit_code(states) == EXIT_OK
    run.audit()


def test_a_hedged_pair_on_one_book_never_trades_with_itself(tmp_path: Path) -> None:
    config = document("dual_hedge", HEDGE)
    accounts = config["accounts"]
    assert isinstance(accounts, dict)
    accounts["two"]["market"] = accounts["one"]["market"]
    run = LegsRun(tmp_path, config, 120)
    states = run.desk.legs
    assert states[0].instrument.id == states[1].instrument.id
    assert all(state.orders.counters.fills for state in states), "nothing was traded"
    assert run.desk.memory.cycle >= 2
    mine, others = (set(state.orders.trade_ids) for state in states)
    trades = {trade.split("/")[0] for trade in mine}
    assert not trades & {trade.split("/")[0] for trade in others}
    assert residual(states) == 0
    assert list(run.positions) == [0, 0]
