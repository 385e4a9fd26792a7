"""Flags over environment over file over defaults, and where each value came from."""

import json
import os
from decimal import Decimal
from pathlib import Path

import pytest

from mmtui.config import LoadedConfig, SimAccount, find_home, load
from mmtui.config.show import shown_values
from mmtui.ports.errors import SecretsError, SettingsError
from mmtui.strategies.perp_maker import Settings

FILE = """{"accounts": {"My-Sim": {"venue": "sim"}}, "strategies": [{"name": "sol-a", "kind": "perp_maker",
 "account": "My-Sim", "symbol": "SOL-PERP", "settings": {"spread_pct": 0.10, "quantity": "1", "max_position": "9"}}]}"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "c.json").write_text(FILE, encoding="utf-8")
    return tmp_path


def settings(loaded: LoadedConfig) -> Settings:
    found = loaded.config.strategies[0].settings
    assert isinstance(found, Settings)
    return found


def source(loaded: LoadedConfig, *place: str | int) -> str:
    return next(value.source for value in shown_values(loaded) if value.place == place)


def faults_of(home: Path, process: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load("c.json", home, process=process)
    return caught.value.faults


SPREAD = ("strategies", 0, "settings", "spread_pct")
SPREAD_NAME = "MMTUI__STRATEGIES__SOL_A__SETTINGS__SPREAD_PCT"


def test_numbers_are_read_exactly_as_written(home: Path) -> None:
    assert str(settings(load("c.json", home, process={})).spread_pct) == "0.10"


def test_the_environment_goes_over_the_file_and_flags_over_both(home: Path) -> None:
    plain = load("c.json", home, process={})
    by_environment = load("c.json", home, process={SPREAD_NAME: "0.2"})
    by_flag = load("c.json", home, process={SPREAD_NAME: "0.2"}, flags={"--spread": "0.3"})
    assert [str(settings(loaded).spread_pct) for loaded in (plain, by_environment, by_flag)] == ["0.10", "0.2", "0.3"]
    assert source(plain, *SPREAD) == "file c.json"
    assert source(by_environment, *SPREAD) == f"env {SPREAD_NAME}"
    assert source(by_flag, *SPREAD) == "flag --spread"
    assert source(plain, "risk", "max_drawdown") == "default"


def test_environment_names_fold_case_and_punctuation(home: Path) -> None:
    loaded = load(
        "c.json",
        home,
        process={
            "mmtui__accounts__my_sim__market__seed": "11",
            "MMTUI__STRATEGIES__SOL_A__ENABLED": "no",
            "MMTUI__RISK__STALE_AFTER_MS": "900",
            "MMTUI__LANGUAGE": "zh",
        },
    )
    account = loaded.config.accounts["My-Sim"]
    assert isinstance(account, SimAccount)
    assert account.market.seed == 11
    assert loaded.config.enabled == ()
    assert loaded.config.risk.stale_after_ms == 900
    assert loaded.config.language == "zh"


def test_an_unknown_name_in_the_environment_is_a_fault(home: Path) -> None:
    assert faults_of(home, {"MMTUI__RISK__MAX_DRAWDWN": "1"}) == (
        'environment MMTUI__RISK__MAX_DRAWDWN: unknown; did you mean "MMTUI__RISK__MAX_DRAWDOWN"?',
    )
    assert "unknown" in faults_of(home, {"MMTUI__STRATEGIES__OTHER__ENABLED": "no"})[0]
    assert "unknown" in faults_of(home, {"MMTUI__STAGE__X": "no"})[0]
    assert "names a whole section" in faults_of(home, {"MMTUI__RISK": "1"})[0]


def test_a_fault_of_the_environment_names_the_variable(home: Path) -> None:
    assert faults_of(home, {SPREAD_NAME: "abc"}) == (
        f'env {SPREAD_NAME}: strategies[0].settings.spread_pct = "abc": must be a decimal number, like 0.1',
    )


def test_other_names_of_mmtui_are_no_overrides(home: Path) -> None:
    assert load("c.json", home, process={"MMTUI_HOME": "x", "MMTUI_CONFIG": "y"}).config.stage == "sim"


def test_stage_sim_is_implied_and_said_to_be(home: Path) -> None:
    loaded = load("c.json", home, process={})
    assert loaded.config.stage == "sim"
    assert source(loaded, "stage") == "implied: every account is simulated"


def test_a_limit_that_is_not_written_is_never_none(home: Path) -> None:
    risk = load("c.json", home, process={}).config.risk
    assert (risk.max_order_notional, risk.max_open_orders, risk.max_daily_loss) == (Decimal(1000), 20, Decimal(100))


def test_an_account_has_limits_of_its_own(home: Path) -> None:
    document = json.loads(FILE)
    document["accounts"]["My-Sim"]["risk"] = {"max_drawdown": "7", "max_open_orders": None}
    (home / "c.json").write_text(json.dumps(document), encoding="utf-8")
    limits = load("c.json", home, process={}).config.risk_for("My-Sim")
    assert (limits.max_drawdown, limits.max_open_orders, limits.max_daily_loss) == (Decimal(7), 20, Decimal(100))


def test_a_strategy_gives_its_legs(home: Path) -> None:
    strategy = load("c.json", home, process={}).config.strategies[0]
    assert strategy.legs() == (("My-Sim", "SOL-PERP"),)
    assert strategy.duration is None
    assert (strategy.on_start_orders, strategy.on_stop_orders) == ("adopt", "cancel_mine")


# ------------------------------------------------------------------------------------------------------ env files


def env_file(path: Path, text: str, mode: int = 0o600) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


def test_the_env_file_of_home_is_read_and_the_process_wins(home: Path) -> None:
    env_file(home / ".env", f"{SPREAD_NAME}=0.7\nMMTUI__LANGUAGE=zh\n")
    loaded = load("c.json", home, process={"MMTUI__LANGUAGE": "en"})
    assert settings(loaded).spread_pct == Decimal("0.7")
    assert loaded.config.language == "en"
    assert source(loaded, *SPREAD) == f"env {SPREAD_NAME} (.env)"


def test_env_name_and_env_file_choose_another_file(home: Path) -> None:
    env_file(home / ".env", "MMTUI__JOURNAL__MAX_MB=1\n")
    env_file(home / "config" / ".env.prod", "MMTUI__JOURNAL__MAX_MB=2\n")
    env_file(home / "third", "MMTUI__JOURNAL__MAX_MB=3\n")
    assert load("c.json", home, process={}).config.journal.max_mb == 1
    assert load("c.json", home, process={"ENV": "prod"}).config.journal.max_mb == 2
    assert load("c.json", home, process={"ENV": "prod"}, env_file="third").config.journal.max_mb == 3
    assert load("c.json", home, process={"ENV": "/etc/shrc"}).config.journal.max_mb == 1
    with pytest.raises(SettingsError, match="no such file"):
        load("c.json", home, process={"ENV": "nope"})


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permission bits")
@pytest.mark.parametrize("mode", [0o644, 0o604, 0o640])
def test_an_env_file_with_secrets_that_others_may_read_is_refused(home: Path, mode: int) -> None:
    env_file(home / ".env", "BACKPACK_SECRET=canary-9f3\n", mode)
    with pytest.raises(SecretsError) as caught:
        load("c.json", home, process={})
    assert "chmod 600" in str(caught.value)
    assert "canary" not in str(caught.value)


def test_an_env_file_without_secrets_may_be_read_by_others(home: Path) -> None:
    env_file(home / ".env", "MMTUI__LANGUAGE=zh\nBACKPACK_SECRET=\nLIGHTER_API_KEY_INDEX=3\n", 0o644)
    assert load("c.json", home, process={}).config.language == "zh"


def test_a_line_that_is_none_is_named_without_its_text(home: Path) -> None:
    env_file(home / ".env", "A=1\n=canary-9f3 x\n")
    with pytest.raises(SettingsError) as caught:
        load("c.json", home, process={})
    assert ":2: is not NAME=value" in str(caught.value)
    assert "canary" not in str(caught.value)


# ----------------------------------------------------------------------------------------------------------- home


def test_home_is_the_flag_else_the_variable_else_here(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "a").mkdir()
    (home / "b").mkdir()
    monkeypatch.chdir(home)
    assert find_home("a", {"MMTUI_HOME": "b"}) == home / "a"
    assert find_home(None, {"MMTUI_HOME": str(home / "b")}) == home / "b"
    assert find_home(None, {}) == home
    with pytest.raises(SettingsError, match=r"environment MMTUI_HOME: .*no such directory"):
        find_home(None, {"MMTUI_HOME": "nope"})


def test_paths_of_a_configuration_start_at_home(home: Path) -> None:
    loaded = load("c.json", home, process={})
    assert loaded.under_home(loaded.config.logs.directory) == home / "logs"
    assert loaded.under_home("/x") == Path("/x")
    assert loaded.path == home / "c.json"


def test_what_was_loaded_never_prints_its_environment(home: Path) -> None:
    loaded = load("c.json", home, process={"BACKPACK_SECRET": "canary-9f3"})
    assert "canary" not in repr(loaded) + repr(loaded.environment) + str(loaded.environment)
    assert loaded.secret("env:BACKPACK_SECRET").reveal() == "canary-9f3"
