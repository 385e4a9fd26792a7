"""``mmtui --headless`` on the simulated venue, as a user runs it."""

import json
import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest

from mmtui.model.units import Side
from tests.acceptance.processes import (
    EXAMPLES,
    Ended,
    fed_again,
    journal_bytes,
    mmtui,
    only_journal,
    sim_document,
    write_config,
)

SUMMARY = ["event", "exit", "seconds", "strategies", "equity_change", "residual"]
STRATEGY = [
    "name", "kind", "orders_placed", "orders_cancelled", "fills", "rejects", "unknown_outcomes", "volume_quote",
    "maker_share", "realized_pnl", "unrealized_pnl", "fees", "funding", "net_pnl", "position", "open_orders_left",
    "reason_stopped",
]  # fmt: skip


def run_example(home: Path, seconds: str) -> Ended:
    return mmtui(home, "--headless", "--config", str(EXAMPLES / "perp_maker.sim.json"), "--duration", seconds)


def assert_proved(ran: Ended, reason: str) -> None:
    assert ran.code == 0, ran.err
    summary = ran.summary
    assert list(summary)[: len(SUMMARY)] == SUMMARY
    assert (summary["exit"], summary["residual"]) == (0, "0")
    for strategy in summary["strategies"]:
        assert list(strategy)[: len(STRATEGY)] == STRATEGY
        assert strategy["open_orders_left"] == 0
        assert strategy["reason_stopped"] == reason
        parts = ("realized_pnl", "unrealized_pnl", "fees", "funding")
        assert Decimal(strategy["net_pnl"]) == sum(Decimal(strategy[part]) for part in parts)
    nets = sum(Decimal(strategy["net_pnl"]) for strategy in summary["strategies"])
    assert Decimal(summary["equity_change"]) == nets


def assert_all_but_the_last_are_events(ran: Ended) -> None:
    for line in ran.lines[:-1]:
        assert line["ts"].endswith("Z")
        assert line["event"]


def worst_reach(journal: Path, largest: Decimal) -> Decimal:
    """The farthest the position could have got, at any step of the run; never beyond ``largest``."""
    farthest = Decimal(0)
    for state, _ in fed_again(journal):
        position = state.pnl.position.quantity
        reach = max(position + state.orders.worst(Side.BUY), state.orders.worst(Side.SELL) - position)
        assert abs(position) <= largest
        assert reach <= largest, f"{position} held, {reach} reachable"
        farthest = max(farthest, reach)
    return farthest


def test_a_short_run_ends_as_asked_and_proves_it(tmp_path: Path) -> None:
    ran = run_example(tmp_path, "4")
    assert_proved(ran, "duration")
    assert_all_but_the_last_are_events(ran)
    assert ran.summary["strategies"][0]["orders_placed"] >= 4
    assert 4 <= ran.summary["seconds"] < 20
    journal = only_journal(tmp_path / "data" / "journal")
    assert journal.name == "maker"
    assert journal.parent.name == ran.lines[0]["run_id"]
    assert worst_reach(journal, Decimal("0.1")) >= Decimal("0.02")
    audited = mmtui(tmp_path, "audit", str(journal))
    assert (audited.code, audited.err) == (0, "")
    assert "identical" in audited.out


def test_a_second_run_in_the_same_home_begins_from_nothing(tmp_path: Path) -> None:
    first, second = run_example(tmp_path, "1"), run_example(tmp_path, "1")
    assert_proved(second, "duration")
    ids = [ran.lines[0]["run_id"] for ran in (first, second)]
    assert len(set(ids)) == 2
    folders = sorted(path.name for path in (tmp_path / "data" / "journal").iterdir())
    assert folders == sorted(ids)
    steps = fed_again(tmp_path / "data" / "journal" / ids[1] / "maker")
    state = next(steps).state
    assert not state.pnl.position.quantity
    assert (state.orders.counters.placed, state.orders.counters.fills) == (0, 0)
    assert not any(line["event"] in ("order_adopted", "position_taken_over") for line in second.lines)


@pytest.mark.acceptance
def test_twenty_seconds_trade_and_stay_within_the_largest_position(tmp_path: Path) -> None:
    ran = run_example(tmp_path, "20")
    assert_proved(ran, "duration")
    assert_all_but_the_last_are_events(ran)
    assert ran.summary["strategies"][0]["fills"] > 0
    worst_reach(only_journal(tmp_path / "data" / "journal"), Decimal("0.1"))


# ---------------------------------------------------------------------------------------------------- full speed


def fast(home: Path, document: dict[str, object], seed: str = "0", *arguments: str) -> Ended:
    return mmtui(home, "--headless", "--speed", "max", "--config", write_config(home, document), *arguments, seed=seed)


def without_seconds(ran: Ended) -> list[object]:
    return [{**line, "seconds": 0} if line["event"] == "summary" else line for line in ran.lines]


def test_the_same_seed_gives_the_same_run_to_the_last_byte(tmp_path: Path) -> None:
    document = sim_document({"duration": "90"})
    one = fast(tmp_path / "one", document, "1")
    two = fast(tmp_path / "two", document, "2")
    assert_proved(one, "duration")
    assert one.summary["strategies"][0]["fills"] > 0
    assert without_seconds(one) == without_seconds(two)
    journals = [journal_bytes(tmp_path / home / "data" / "journal") for home in ("one", "two")]
    assert journals[0] == journals[1]
    other = sim_document({"duration": "90"})
    other["accounts"]["sim"]["market"]["seed"] = 8
    third = fast(tmp_path / "three", other, "1")
    assert_proved(third, "duration")
    assert without_seconds(third) != without_seconds(one)
    assert journal_bytes(tmp_path / "three" / "data" / "journal") != journals[0]


def test_a_repeated_fast_run_keeps_its_journal_beside_the_older_one(tmp_path: Path) -> None:
    document = sim_document({"duration": "5"})
    assert without_seconds(fast(tmp_path, document)) == without_seconds(fast(tmp_path, document))
    first, second = sorted((tmp_path / "data" / "journal").iterdir())
    assert second.name == f"{first.name}-2"
    assert mmtui(tmp_path, "audit", "data/journal").out.count("identical") == 2


def test_a_long_fast_run_stays_within_the_largest_position(tmp_path: Path) -> None:
    strategy = {"duration": "300", "settings": {"max_orders": 3, "max_position": "0.05"}}
    ran = fast(tmp_path, sim_document(strategy, risk={"max_daily_loss": "1000", "max_drawdown": "1000"}))
    assert_proved(ran, "duration")
    assert ran.summary["strategies"][0]["fills"] > 50
    reach = worst_reach(only_journal(tmp_path / "data" / "journal"), Decimal("0.05"))
    assert reach > Decimal("0.03")


def test_without_a_duration_a_fast_run_ends_by_itself(tmp_path: Path) -> None:
    document = sim_document({"settings": {"interval": "60", "quantity": "0.001"}}, journal={"record": "off"})
    btc = {"base": "BTC", "price": "95000", "tick_size": "0.1", "lot_size": "0.0001"}
    document["accounts"]["sim"]["market"] |= {"updates_per_s": 0.2, "trades_per_s": 0.1, "assets": [btc]}
    ran = fast(tmp_path, document)
    assert_proved(ran, "end of simulated time")
    assert not (tmp_path / "data" / "journal").exists()


# ---------------------------------------------------------------------------------------------------- how it ends


def test_flatten_at_stop_ends_flat(tmp_path: Path) -> None:
    document = sim_document({"duration": "120", "on_stop_position": "flatten"})
    document["accounts"]["sim"]["market"]["seed"] = 3
    ran = fast(tmp_path, document)
    assert_proved(ran, "duration")
    strategy = ran.summary["strategies"][0]
    assert strategy["fills"] > 0
    assert strategy["position"] == "0"
    assert any(line["event"] == "closing" and line.get("reason", "").startswith("flatten") for line in ran.lines)


def test_leave_at_stop_leaves_the_orders_where_they_are(tmp_path: Path) -> None:
    ran = fast(tmp_path, sim_document({"duration": "30", "on_stop_orders": "leave"}))
    assert ran.code == 0, ran.err
    strategy = ran.summary["strategies"][0]
    assert strategy["open_orders_left"] > 0
    assert ran.summary["residual"] == "0"
    stopping = next(index for index, line in enumerate(ran.lines) if line["event"] == "stopping")
    assert not [line for line in ran.lines[stopping:] if line["event"] in ("order_cancelled", "order_sent")]


@pytest.mark.parametrize("orders", ["adopt", "cancel_mine", "cancel_all"])
@pytest.mark.parametrize("position", ["keep", "flatten"])
def test_every_way_to_start_begins_to_quote_on_an_empty_venue(tmp_path: Path, orders: str, position: str) -> None:
    ran = fast(tmp_path, sim_document({"duration": "5", "on_start_orders": orders, "on_start_position": position}))
    assert_proved(ran, "duration")
    assert ran.summary["strategies"][0]["orders_placed"] > 0


def test_a_risk_stop_cancels_proves_and_exits_4(tmp_path: Path) -> None:
    ran = fast(tmp_path, sim_document({"duration": "600"}, risk={"max_daily_loss": "0.5"}))
    assert ran.code == 4
    strategy = ran.summary["strategies"][0]
    assert strategy["reason_stopped"].startswith("max_daily_loss")
    assert (strategy["open_orders_left"], ran.summary["residual"]) == (0, "0")


def test_a_risk_stop_in_real_time_exits_4(tmp_path: Path) -> None:
    """Fees of 50 bps make the first fill cost more than the limit."""
    document = sim_document({"duration": "60"}, risk={"max_drawdown": "1"})
    document["accounts"]["sim"]["market"] |= {"maker_fee_bps": "50", "trades_per_s": 40.0}
    ran = mmtui(tmp_path, "--headless", "--config", write_config(tmp_path, document))
    assert ran.code == 4, ran.err
    assert ran.summary["strategies"][0]["reason_stopped"].startswith("max_drawdown")
    assert ran.summary["residual"] == "0"


# ---------------------------------------------------------------------------------------------------- the ledger


def test_the_ledger_says_what_the_summary_says(tmp_path: Path) -> None:
    document = sim_document({"duration": "4", "settings": {"spread_pct": "0.01"}})
    document["accounts"]["sim"]["market"]["trades_per_s"] = 40.0
    ran = mmtui(tmp_path, "--headless", "--config", write_config(tmp_path, document))
    assert_proved(ran, "duration")
    strategy = ran.summary["strategies"][0]
    assert strategy["fills"] > 0
    with sqlite3.connect(tmp_path / "data" / "mmtui.sqlite") as ledger:
        fills = ledger.execute("SELECT price, quantity, fee_cash, scope FROM fills").fetchall()
        runs = ledger.execute("SELECT run_id, exit_code, reason, stage, ended_ns > started_ns FROM runs").fetchall()
        states = dict(ledger.execute("SELECT state, COUNT(*) FROM orders GROUP BY state"))
        days = ledger.execute("SELECT SUM(fills), SUM(CAST(fees AS REAL)) FROM pnl_daily").fetchone()
    ledger.close()
    run_id = ran.lines[0]["run_id"]
    assert runs == [(run_id, 0, "duration", "sim", 1)]
    assert len(fills) == strategy["fills"] == days[0]
    assert sum(Decimal(price) * Decimal(size) for price, size, _, _ in fills) == Decimal(strategy["volume_quote"])
    assert sum(Decimal(fee) for _, _, fee, _ in fills) == Decimal(strategy["fees"])
    assert {scope for *_, scope in fills} == {run_id}
    assert states == {"done": strategy["orders_placed"]}
    told = [line for line in ran.lines if line["event"] == "fill"]
    assert len(told) == len(fills)


def test_two_strategies_on_one_account_are_summed_and_proved(tmp_path: Path) -> None:
    document = sim_document({"duration": "60"})
    second = json.loads(json.dumps(document["strategies"][0]))
    second |= {"name": "second", "symbol": "ETH-PERP"}
    second["settings"] |= {"quantity": "0.1", "max_position": "1", "position_threshold": "0.5"}
    document["strategies"].append(second)
    ran = fast(tmp_path, document)
    assert_proved(ran, "duration")
    assert [strategy["name"] for strategy in ran.summary["strategies"]] == ["maker", "second"]
    assert mmtui(tmp_path, "audit", "data/journal").out.count("identical") == 2
