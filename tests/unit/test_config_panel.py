"""The terminal's settings file: every change is checked, then saved, then in force; a broken file is never lost."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mmtui.config.load import load
from mmtui.config.panel import FIRST, Panel, first_config, panel_path, settings_faults, typed_settings
from mmtui.config.preferences import PanelPreferences
from mmtui.ports.errors import SettingsError, StorageError
from mmtui.views.preferences import Preferences
from tests.acceptance.processes import ROOT, environment, sim_document, write_config


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "settings").mkdir()
    return panel_path(tmp_path)


def first_document(**changes: object) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(FIRST)
    return document | changes


def saved(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text())
    return document


# ---------------------------------------------------------------------------------------------------- the file


def test_the_file_lies_in_settings_of_home_else_in_the_users_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    outside = panel_path(tmp_path)
    assert outside.name == "panel_settings.json"
    assert tmp_path / "settings" not in outside.parents
    (tmp_path / "settings").mkdir()
    assert panel_path(tmp_path) == tmp_path / "settings" / "panel_settings.json"


def test_a_first_start_has_a_maker_on_the_simulated_venue_and_writes_nothing(path: Path) -> None:
    panel = Panel.open(path)
    assert panel.names() == ["maker"]
    assert panel.config.stage == "sim"
    assert panel.faults == ()
    assert not path.exists(), "looking is not choosing"


def test_a_change_is_on_the_disk_for_the_owner_alone_and_back_at_the_next_start(path: Path) -> None:
    Panel.open(path).change_settings("maker", {"spread_pct": "0.31"})
    assert path.stat().st_mode & 0o777 == 0o600
    again = Panel.open(path)
    assert str(again.strategy("maker").settings.spread_pct) == "0.31"
    assert again.faults == ()


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "panel_settings.json"),
        (b"{", "panel_settings.json"),
        (b"\xff\xfe\x00broken", "panel_settings.json"),
        (b"[]", "panel_settings.json"),
        (json.dumps(first_document(version=99)).encode(), "version"),
        (json.dumps(first_document(version="one")).encode(), "version"),
        (json.dumps(first_document(strategies={"maker": 1})).encode(), "strategies"),
        (json.dumps(first_document(accounts={})).encode(), "sim"),
        (json.dumps(first_document(unheard_of=1)).encode(), "unheard_of"),
        (json.dumps(first_document(language=7)).encode(), "language"),
        (json.dumps({"exchange": "backpack", "symbol": "SOL_USDC", "spread": 0.1}).encode(), "exchange"),
        (b'{"version": 1,' + b'"a":[' * 100_000, "panel_settings.json"),
    ],
    ids=[
        "empty", "cut", "binary", "a list", "a newer version", "a version in words", "wrong type", "account removed",
        "unknown key", "wrong language", "an older program's", "nested too deep",
    ],
)  # fmt: skip
def test_a_broken_file_is_kept_aside_and_named(path: Path, content: bytes, named: str) -> None:
    path.write_bytes(content)
    panel = Panel.open(path)
    assert panel.names() == ["maker"], "the terminal opens all the same"
    assert any(named in fault for fault in panel.faults[:-1])
    assert panel.faults[-1] == f"{path}: kept aside as panel_settings.json.broken-1; starting anew"
    panel.change_settings("maker", {"spread_pct": "0.2"})
    assert path.with_name("panel_settings.json.broken-1").read_bytes() == content
    assert saved(path)["strategies"][0]["settings"]["spread_pct"] == "0.2"


def test_the_next_broken_file_takes_another_name(path: Path) -> None:
    for content in (b"one", b"two"):
        path.write_bytes(content)
        Panel.open(path)
    assert [path.with_name(f"{path.name}.broken-{number}").read_bytes() for number in (1, 2)] == [b"one", b"two"]


def test_a_change_that_cannot_be_written_is_not_in_force(path: Path) -> None:
    panel = Panel.open(path)
    panel.change_settings("maker", {"spread_pct": "0.2"})
    panel.path = path / "below a file"
    before = panel.config
    with pytest.raises(StorageError, match="below a file"):
        panel.change_settings("maker", {"spread_pct": "0.3"})
    with pytest.raises(StorageError):
        panel.undo("maker")
    with pytest.raises(StorageError):
        panel.remove("maker")
    assert panel.config is before
    panel.path = path
    undone = panel.undo("maker")
    assert undone is not None, "the failed undo has used nothing up"
    assert str(undone.settings.spread_pct) == "0.05"


# ---------------------------------------------------------------------------------------------------- --config


def test_a_given_configuration_leaves_the_file_alone_until_the_first_change(tmp_path: Path, path: Path) -> None:
    Panel.open(path).change_settings("maker", {"spread_pct": "0.31"})
    own = path.read_bytes()
    given = load(write_config(tmp_path, sim_document({"name": "given"})), tmp_path, process={}).config
    panel = Panel.standing_in(path, given)
    assert panel.names() == ["given"]
    assert path.read_bytes() == own
    assert "keeps it as panel_settings.json.before-1" in panel.faults[0]
    panel.change_settings("given", {"spread_pct": "0.2"})
    panel.change_settings("given", {"spread_pct": "0.3"})
    assert path.with_name("panel_settings.json.before-1").read_bytes() == own
    assert not path.with_name("panel_settings.json.before-2").exists()
    assert saved(path)["strategies"][0]["name"] == "given"


def test_a_given_configuration_keeps_the_persons_choices_about_the_terminal(tmp_path: Path, path: Path) -> None:
    store = PanelPreferences(Panel.open(path))
    store.save(Preferences(theme="mmtui-light", tour_seen=True))
    given = load(write_config(tmp_path, sim_document()), tmp_path, process={}).config
    assert PanelPreferences(Panel.standing_in(path, given)).load().theme == "mmtui-light"


# ---------------------------------------------------------------------------------------------------- strategies


def test_changes_are_taken_back_one_by_one(path: Path) -> None:
    panel = Panel.open(path)
    for spread in ("0.2", "0.3"):
        panel.change_settings("maker", {"spread_pct": spread})
    spreads = []
    while (strategy := panel.undo("maker")) is not None:
        spreads.append(str(strategy.settings.spread_pct))
    assert spreads == ["0.2", "0.05"]


def test_a_setting_that_may_be_empty_can_be_emptied(path: Path) -> None:
    panel = Panel.open(path)
    assert panel.change_settings("maker", {"quantity": ""}).settings.quantity is None
    with pytest.raises(SettingsError, match="spread_pct"):
        panel.change_settings("maker", {"spread_pct": ""})


def test_every_fault_is_named_and_nothing_is_half_applied(path: Path) -> None:
    panel = Panel.open(path)
    with pytest.raises(SettingsError) as caught:
        panel.change_settings("maker", {"spread_pct": "1e999", "max_orders": "1.5", "interval": "0.5"})
    assert len(caught.value.faults) == 2
    assert all(fault.startswith("panel_settings.json: strategies[0].settings.") for fault in caught.value.faults)
    assert panel.config == first_config()
    assert not path.exists()
    assert panel.undo("maker") is None


def test_faults_are_told_by_field_for_forms() -> None:
    config = first_config()
    faults = settings_faults("perp_maker", "sim", "SOL-PERP", {"spread_pct": "-1", "quantity": "many"}, config)
    assert set(faults) == {"spread_pct", "quantity"}
    assert set(settings_faults("nonsense", "sim", "SOL-PERP", {}, config)) == {""}
    assert settings_faults("perp_maker", "sim", "SOL-PERP", {"spread_pct": "0.2"}, config) == {}
    assert str(typed_settings("perp_maker", "sim", "X", {"spread_pct": "0.2"}, config).spread_pct) == "0.2"


def test_risk_limits_are_checked_and_saved(path: Path) -> None:
    panel = Panel.open(path)
    panel.change_risk({"max_daily_loss": "12.5"})
    assert saved(path)["risk"]["max_daily_loss"] == "12.5"
    for wrong in ({"max_daily_loss": ""}, {"max_open_orders": "-3"}, {"nonsense": "1"}):
        with pytest.raises(SettingsError):
            panel.change_risk(wrong)
    assert str(Panel.open(path).config.risk.max_daily_loss) == "12.5"


def test_preferences_come_back(path: Path) -> None:
    kept = Preferences(
        theme="mmtui-light", language="zh", keymap={"quit": "f10"}, read_only=True, tour_seen=True,
        live_consents=("abc",),
    )  # fmt: skip
    PanelPreferences(Panel.open(path)).save(kept)
    store = PanelPreferences(Panel.open(path))
    assert store.load() == kept
    assert store.faults == ()


# ---------------------------------------------------------------------------------------------------- kill -9

KILLED = """
import os, signal, sys
from pathlib import Path
from mmtui.config.panel import Panel
panel = Panel.open(Path(sys.argv[1]))
panel.change_settings("maker", {"spread_pct": "0.77"})
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_change_survives_a_kill_right_after_it(path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED, str(path)], env=environment(), cwd=ROOT, check=False)
    assert ended.returncode == -signal.SIGKILL
    panel = Panel.open(path)
    assert panel.faults == ()
    assert str(panel.strategy("maker").settings.spread_pct) == "0.77"
    assert [file.name for file in path.parent.iterdir()] == [path.name], "no half file lies about"
