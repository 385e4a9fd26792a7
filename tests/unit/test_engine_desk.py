"""What a front end sees and says: the desk over a real runtime on the simulated venue."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mmtui.core.state import Phase
from mmtui.model.events import StreamDown, StreamUp
from mmtui.ports.errors import SettingsError, StorageError
from mmtui.views.queries import HistoryFilter, Preview
from tests.unit.desk_houses import Room, first_document, open_room, saved, strategy
from tests.unit.engine_cells import until


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with open_room(tmp_path, first_document()) as room:
        yield room


def worst(shown: Preview) -> tuple[object, object]:
    return shown.worst_long, shown.worst_short


def unexplained(room: Room) -> Decimal | None:
    return room.board.residual


def logged(room: Room) -> list[str]:
    return [line.event for line in room.desk.log_since(0, 100_000)]


# ---------------------------------------------------------------------------------------------------- life


async def test_a_configured_strategy_is_on_the_board_before_it_runs(room: Room) -> None:
    row = room.row()
    assert (row.phase, row.symbol, row.reason, row.orders) == ("idle", "SOL-PERP", "not started", ())
    assert row.best_bid is not None
    assert row.best_ask is not None
    assert row.best_bid < row.best_ask, "the market is watched all the same"
    assert row.position is None, "nobody has asked for it yet"
    assert row.pnl.net is None
    assert room.board.residual is None


async def test_a_strategy_starts_quotes_pauses_resumes_and_stops(room: Room) -> None:
    desk = room.desk
    await room.until_quoting()
    with pytest.raises(SettingsError, match='"maker" is running already'):
        desk.start("maker")
    desk.pause("maker")
    await until(lambda: room.row().phase == "paused" and not room.at_the_venue())
    desk.resume("maker")
    await until(room.at_the_venue)
    desk.cancel_everything("maker")
    await until(lambda: room.row().phase == "paused" and not room.at_the_venue())
    await room.until_stopped()
    row = room.row()
    assert (row.phase, row.stop_reason, row.orders) == ("stopped", "test", ())
    assert not room.at_the_venue()
    assert room.board.residual == 0


async def test_words_to_what_does_not_run_are_refused(room: Room) -> None:
    for word in (room.desk.pause, room.desk.resume, room.desk.cancel_everything):
        with pytest.raises(SettingsError, match='"maker" does not run'):
            word("maker")
    with pytest.raises(SettingsError, match='"maker" does not run'):
        room.desk.stop("maker", "test")
    with pytest.raises(SettingsError, match='no strategy is named "nobody"; there are: maker'):
        room.desk.start("nobody")


async def test_a_stopped_strategy_starts_again_with_ids_and_a_journal_of_its_own(room: Room, tmp_path: Path) -> None:
    await room.until_quoting()
    first = set(room.state().orders.live)
    await room.until_stopped()
    await room.until_quoting()
    second = set(room.state().orders.live)
    assert second
    assert not first & second
    assert sorted(path.name for path in (tmp_path / "data" / "journal").iterdir()) == ["run", "run-2"]
    await room.until_stopped()
    assert not room.at_the_venue()


async def test_stop_all_stops_all(tmp_path: Path) -> None:
    document = first_document()
    document["strategies"].append(strategy("second"))
    async with open_room(tmp_path, document) as room:
        await room.until_quoting()
        await room.until_quoting("second")
        room.desk.stop_all("enough")
        await until(lambda: len(room.house.runtime.endings) == 2)
        assert [row.stop_reason for row in room.board.strategies] == ["enough", "enough"]
        assert not room.at_the_venue()
        assert not room.at_the_venue("second")


async def test_nothing_starts_while_the_engine_stops(room: Room) -> None:
    room.house.runtime.close("SIGTERM")
    with pytest.raises(SettingsError, match="the engine is stopping"):
        room.desk.start("maker")
    assert not room.house.states, "no run was begun that nobody would end"


async def test_nothing_starts_on_a_connection_that_has_failed(room: Room) -> None:
    def break_once(_event: object) -> None:
        room.house.runtime.listener = room.desk.markets.hear
        raise ValueError("an adapter's bug")

    room.house.runtime.listener = break_once
    await until(lambda: room.house.runtime.broken)
    with pytest.raises(SettingsError, match=r"the connection of sim has failed \(ValueError: an adapter's bug\)"):
        room.desk.start("maker")
    assert any("an adapter's bug" in alert.text for alert in room.board.alerts)
    findings = await room.desk.diagnose()
    assert any(finding.state == "error" and "an adapter's bug" in finding.text for finding in findings)


async def test_a_worker_that_begins_late_hears_which_streams_are_down(room: Room) -> None:
    """Else it would trust an account stream that tells nothing."""
    now_ns = room.house.clock.now()
    room.desk.markets.hear(StreamDown("private", now_ns, "lost", account="sim"))
    room.desk.start("maker")
    await until(lambda: not room.state().private_up)
    room.house.runtime.deliver(StreamUp("private", now_ns, account="sim"))
    await until(lambda: room.state().private_up)


# ---------------------------------------------------------------------------------------------------- settings


async def test_new_settings_are_saved_and_reach_the_running_strategy(room: Room, tmp_path: Path) -> None:
    await room.until_quoting()
    room.desk.change_settings("maker", {"spread_pct": "0.5", "max_orders": "1"})
    assert saved(tmp_path)["strategies"][0]["settings"]["spread_pct"] == "0.5"
    await until(lambda: room.row().settings["spread_pct"] == "0.5")
    await until(lambda: len(room.row().wanted) == 2)
    assert room.desk.undo("maker")
    await until(lambda: room.row().settings["spread_pct"] == "0.05")
    assert saved(tmp_path)["strategies"][0]["settings"]["spread_pct"] == "0.05"
    assert not room.desk.undo("maker"), "there is nothing else to take back"


async def test_a_stopped_strategy_shows_the_settings_of_its_next_run(room: Room) -> None:
    await room.until_quoting()
    await room.until_stopped()
    room.desk.change_settings("maker", {"spread_pct": "0.31"})
    assert (room.row().phase, room.row().settings["spread_pct"]) == ("stopped", "0.31")
    room.desk.undo("maker")
    assert room.row().settings["spread_pct"] == "0.05"


async def test_one_wrong_value_changes_nothing_at_all(room: Room, tmp_path: Path) -> None:
    room.desk.change_settings("maker", {"spread_pct": "0.2"})
    before = (tmp_path / "settings" / "panel_settings.json").read_bytes()
    with pytest.raises(SettingsError) as caught:
        room.desk.change_settings("maker", {"spread_pct": "0.3", "quantity": "-1", "nonsense": "1"})
    assert len(caught.value.faults) == 2
    assert any("strategies[0].settings.quantity" in fault for fault in caught.value.faults)
    assert (tmp_path / "settings" / "panel_settings.json").read_bytes() == before
    assert room.row().settings["spread_pct"] == "0.2"


async def test_settings_that_cannot_be_saved_are_not_in_force(room: Room, tmp_path: Path) -> None:
    await room.until_quoting()
    room.panel.path = tmp_path / "settings" / "panel_settings.json" / "below a file"
    (tmp_path / "settings" / "panel_settings.json").touch()
    for word, arguments in (
        (room.desk.change_settings, ("maker", {"spread_pct": "0.5"})),
        (room.desk.change_risk, ({"max_open_orders": "1"},)),
        (room.desk.add, ("second", "perp_maker", "sim", "ETH-PERP", {})),
    ):
        with pytest.raises(StorageError, match=r"panel_settings\.json"):
            word(*arguments)
    assert room.panel.strategy("maker").settings.spread_pct == Decimal("0.05")
    assert room.row().settings["spread_pct"] == "0.05"
    assert room.board.risk["max_open_orders"] != "1"
    assert [row.name for row in room.board.strategies] == ["maker"]


async def test_new_limits_hold_for_running_strategies_too(room: Room, tmp_path: Path) -> None:
    await room.until_quoting()
    room.desk.change_risk({"max_order_notional": "10", "max_daily_loss": "7"})
    await until(lambda: room.state().limits.max_order_notional == 10)
    assert saved(tmp_path)["risk"]["max_order_notional"] == "10"
    assert room.board.risk["max_daily_loss"] == "7"
    (account,) = room.board.accounts
    assert {limit.name: limit.limit for limit in account.limits}["max_daily_loss"] == 7
    await until(lambda: any("max_order_notional" in why for why in room.row().why_not))
    with pytest.raises(SettingsError, match="max_daily_loss"):
        room.desk.change_risk({"max_daily_loss": "-1"})
    assert room.state().limits.max_daily_loss == 7


async def test_strategies_come_and_go(room: Room, tmp_path: Path) -> None:
    desk = room.desk
    values = {"spread_pct": "0.2", "quantity": "0.1", "interval": "0.2"}
    desk.add("second", "perp_maker", "sim", "ETH-PERP", values)
    assert [entry["name"] for entry in saved(tmp_path)["strategies"]] == ["maker", "second"]
    await until(lambda: room.row("second").best_bid is not None)
    await room.until_quoting("second")
    with pytest.raises(SettingsError, match='"second" is running; stop it first'):
        desk.remove("second")
    await room.until_stopped("second")
    desk.remove("second")
    assert [row.name for row in room.board.strategies] == ["maker"]
    assert [entry["name"] for entry in saved(tmp_path)["strategies"]] == ["maker"]


@pytest.mark.parametrize(
    ("name", "kind", "account", "symbol", "values", "fault"),
    [
        ("maker", "perp_maker", "sim", "ETH-PERP", {}, "maker"),
        ("", "perp_maker", "sim", "ETH-PERP", {}, "name"),
        ("x", "perp_maker", "sim", "XYZ", {}, 'unknown symbol "XYZ"'),
        ("x", "perp_maker", "nowhere", "ETH-PERP", {}, 'no account is named "nowhere"'),
        ("x", "nonsense", "sim", "ETH-PERP", {}, "kind"),
        ("x", "perp_maker", "sim", "ETH-PERP", {"quantity": "lots"}, "quantity"),
    ],
)
async def test_impossible_strategies_are_refused_and_nothing_is_saved(
    room: Room, tmp_path: Path, name: str, kind: str, account: str, symbol: str, values: dict[str, str], fault: str
) -> None:
    before = saved(tmp_path)
    with pytest.raises(SettingsError, match=fault):
        room.desk.add(name, kind, account, symbol, values)
    assert saved(tmp_path) == before
    assert len(room.board.strategies) == 1


async def test_a_strategy_whose_symbol_is_gone_stands_on_the_board_and_says_so(tmp_path: Path) -> None:
    document = first_document()
    document["strategies"].append(strategy("lost", "LUNA-PERP"))
    async with open_room(tmp_path, document) as room:
        row = room.row("lost")
        assert (row.phase, row.symbol) == ("idle", "LUNA-PERP")
        assert 'unknown symbol "LUNA-PERP"' in row.reason
        assert any(alert.strategy == "lost" for alert in room.board.alerts)
        with pytest.raises(SettingsError, match="LUNA-PERP"):
            room.desk.start("lost")
        await room.until_quoting()
        room.desk.remove("lost")
        assert [row.name for row in room.board.strategies] == ["maker"]


# ---------------------------------------------------------------------------------------------------- figures


async def test_what_ended_runs_lost_still_counts(room: Room) -> None:
    await room.until_quoting()
    await until(lambda: room.state().pnl.volume.fills > 0)
    await room.until_stopped()
    lost = room.board.net
    assert lost is not None
    room.desk.start("maker")
    board = room.board
    fresh = room.state().pnl.net(room.state().reference)
    assert fresh is not None
    assert board.net == board.day_net
    assert board.net == lost + fresh
    assert room.house.runtime.left("sim") == (lost, lost)
    await until(lambda: room.state().totals is not None)
    totals = room.state().totals
    assert totals is not None
    assert totals.other_day_pnl == lost, "and it counts against the limits of the next run"
    (account,) = room.board.accounts
    used = {limit.name: limit.used for limit in account.limits}["max_daily_loss"]
    now = room.board.day_net
    assert used is not None
    assert now is not None
    assert used == max(-now, Decimal(0))


async def test_an_account_with_a_run_in_between_claims_no_residual(tmp_path: Path) -> None:
    """The cash moved by a forgotten run is in no state any more; an unexplained rest would be made up."""
    document = first_document()
    document["strategies"].append(strategy("second"))
    async with open_room(tmp_path, document) as room:
        await room.until_quoting("second")
        await room.until_quoting()
        await room.until_stopped("second")
        assert unexplained(room) is None, "the other still trades"
        await room.until_stopped()
        assert unexplained(room) == 0
        await room.until_quoting()
        await room.until_stopped()
        assert unexplained(room) is None


async def test_the_ledger_answers_while_trading(room: Room, tmp_path: Path) -> None:
    await room.until_quoting()
    await until(lambda: room.state().pnl.volume.fills > 1)
    await room.until_stopped()
    room.house.files.ledger.close()
    fills = await room.desk.fills(HistoryFilter(limit=1_000))
    assert len(fills) == room.row().fills
    assert [fill.time_ns for fill in fills] == sorted((fill.time_ns for fill in fills), reverse=True)
    assert await room.desk.fills(HistoryFilter(strategy="nobody")) == ()
    orders = await room.desk.orders(HistoryFilter(limit=1_000))
    assert len(orders) == room.row().orders_placed
    assert await room.desk.orders(HistoryFilter(text=orders[0].client_order_id)) == (orders[0],)
    (day,) = await room.desk.days()
    assert (day.strategy, day.fills) == ("maker", len(fills))
    written = await room.desk.export_csv("fills", HistoryFilter(limit=1_000), Path("exports/fills.csv"))
    assert written == len(fills)
    assert len((tmp_path / "exports" / "fills.csv").read_text().splitlines()) == len(fills) + 1
    with pytest.raises(StorageError, match='"nonsense" is not known'):
        await room.desk.export_csv("nonsense", HistoryFilter(), Path("x.csv"))
    with pytest.raises(StorageError, match="name a file that can be written"):
        await room.desk.export_csv("fills", HistoryFilter(), Path("exports"))


async def test_pictures_are_numbered_and_made_only_when_due(room: Room) -> None:
    first = room.board
    room.clock.held = True
    room.desk.acknowledge(0)
    assert room.board is first, "too soon for another one"
    room.clock.held = False
    assert room.board.version == first.version + 1


async def test_a_wall_clock_set_back_does_not_freeze_the_picture(room: Room) -> None:
    before = room.board
    room.clock.set_back_ns = 3_600_000_000_000
    after = room.board
    assert after.version > before.version
    assert after.time_ns < before.time_ns


# ---------------------------------------------------------------------------------------------------- questions


async def test_a_preview_shows_orders_on_the_grid_and_sends_nothing(room: Room) -> None:
    values = {"spread_pct": "0.1", "quantity": "1", "max_orders": "2", "max_position": "10"}
    shown = await room.desk.preview("perp_maker", "sim", "SOL-PERP", values)
    assert [order.side.value for order in shown.orders] == ["buy", "buy", "sell", "sell"]
    assert all(order.price % Decimal("0.01") == 0 and not order.refused for order in shown.orders)
    assert worst(shown) == (2, -2)
    assert shown.faults == ()
    assert not room.house.runtime.cells
    assert not room.at_the_venue()


async def test_a_preview_of_wrong_values_names_them(room: Room) -> None:
    shown = await room.desk.preview("perp_maker", "sim", "SOL-PERP", {"spread_pct": "zero"})
    assert shown.orders == ()
    assert any(fault.startswith("spread_pct: ") for fault in shown.faults)
    assert set(room.desk.check("perp_maker", {"spread_pct": "200", "max_orders": "0"})) == {"spread_pct", "max_orders"}
    with pytest.raises(SettingsError, match='unknown symbol "NOPE"'):
        await room.desk.preview("perp_maker", "sim", "NOPE", {"quantity": "1"})


async def test_a_preview_passes_the_same_gate_as_orders(room: Room) -> None:
    room.desk.change_risk({"max_order_notional": "100"})
    shown = await room.desk.preview("perp_maker", "sim", "SOL-PERP", {"quantity": "1", "max_position": "10"})
    assert shown.orders
    assert all(order.refused.startswith("max_order_notional: ") for order in shown.orders)
    assert worst(shown) == (0, 0)


async def test_a_preview_knows_what_is_held(room: Room) -> None:
    await room.until_quoting()
    await until(lambda: room.state().position)
    await room.until_stopped()
    held = room.state().position
    assert held is not None
    shown = await room.desk.preview("perp_maker", "sim", "SOL-PERP", {"quantity": "0.1", "max_position": "100"})
    bought = sum(order.quantity for order in shown.orders if order.side.value == "buy")
    assert shown.worst_long == held + bought


async def test_a_diagnosis_names_what_is_well_and_what_is_not(room: Room) -> None:
    await room.until_quoting()
    findings = await room.desk.diagnose()
    assert {"engine", "SOL-PERP", "maker"} <= {finding.subject for finding in findings}
    room.house.runtime.deliver(StreamDown("private", room.house.clock.now(), "lost", account="sim"))
    await until(lambda: not room.state().private_up)
    findings = await room.desk.diagnose()
    assert any(finding.state == "error" and "account stream is down" in finding.text for finding in findings)
    room.house.runtime.deliver(StreamUp("private", room.house.clock.now(), account="sim"))


async def test_places_and_symbols_are_told(room: Room, tmp_path: Path) -> None:
    places = room.board.places
    assert places["settings"] == str(tmp_path / "settings" / "panel_settings.json")
    assert places["database"] == str(tmp_path / "data" / "mmtui.sqlite")
    assert set(places) == {"settings", "database", "journal", "logs"}
    assert "SOL-PERP" in room.desk.symbols("sim")
    assert room.desk.symbols("nowhere") == ()


async def test_a_bug_in_a_strategy_is_an_alert_and_the_strategy_can_start_again(room: Room) -> None:
    await room.until_quoting()
    cell = room.house.runtime.cells[0]

    def fail(*_arguments: Any) -> Any:  # noqa: ANN401 - as Kind
        raise ZeroDivisionError("a strategy's bug")

    cell.kind = msgspec.structs.replace(cell.kind, decide=fail)
    await until(lambda: "maker" in room.house.runtime.endings)
    assert not room.at_the_venue()
    (alert,) = room.board.alerts
    assert "a strategy's bug" in alert.text
    assert "the venue shows none" in alert.text
    room.desk.acknowledge(alert.number)
    assert room.board.alerts[0].acknowledged
    await room.until_quoting()
    assert room.state().phase is Phase.QUOTING
    assert "crashed" in logged(room)
