"""The flags that users of the reference bots know: alone they build one strategy, with a file they override."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from mmtui.commands.options import ALL_OVERRIDES
from mmtui.config import BackpackAccount, LoadedConfig, SimAccount, load
from mmtui.config.flags import FLAGS
from mmtui.ports.errors import SettingsError
from mmtui.strategies.perp_maker import Settings

PERP = {"--market-type": "perp", "--symbol": "SOL_USDC_PERP", "--spread": "0.02", "--quantity": "0.1"}
SIM = {"--exchange": "sim", "--market-type": "perp", "--symbol": "BTC-PERP", "--spread": "0.05"}


def build(home: Path, flags: dict[str, str], process: dict[str, str] | None = None) -> LoadedConfig:
    return load(None, home, process=process or {}, flags=flags)


def faults_of(home: Path, flags: dict[str, str], path: str | None = None, name: str | None = None) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load(path, home, process={}, flags=flags, name=name)
    return caught.value.faults


def settings(loaded: LoadedConfig, index: int = 0) -> Settings:
    found = loaded.config.strategies[index].settings
    assert isinstance(found, Settings)
    return found


def test_every_flag_of_the_command_line_has_a_place() -> None:
    assert set(ALL_OVERRIDES) == set(FLAGS)


def test_flags_alone_build_one_strategy_on_an_account_named_after_its_venue(tmp_path: Path) -> None:
    loaded = build(tmp_path, PERP)
    config = loaded.config
    (strategy,) = config.strategies
    assert (strategy.name, strategy.kind, strategy.account) == ("perp_maker", "perp_maker", "backpack")
    assert strategy.duration == 3600
    assert (config.stage, loaded.path) == ("paper", None)
    assert (settings(loaded).max_orders, settings(loaded).interval) == (3, Decimal(60))
    account = config.accounts["backpack"]
    assert isinstance(account, BackpackAccount)
    assert (account.key, account.secret) == ("env:BACKPACK_KEY", "env:BACKPACK_SECRET")


def test_the_line_of_the_reference_bot_is_understood(tmp_path: Path) -> None:
    more = {
        "--max-orders": "2",
        "--target-position": "0",
        "--max-position": "0.5",
        "--position-threshold": "0.4",
        "--inventory-skew": "0",
        "--duration": "999999999",
        "--interval": "10",
    }
    loaded = build(tmp_path, {**PERP, **more})
    assert loaded.config.strategies[0].duration == 999_999_999
    assert settings(loaded) == Settings(
        spread_pct=Decimal("0.02"),
        quantity=Decimal("0.1"),
        max_orders=2,
        interval=Decimal(10),
        max_position=Decimal("0.5"),
        position_threshold=Decimal("0.4"),
    )


def test_names_that_users_already_have_are_found(tmp_path: Path) -> None:
    process = {"API_KEY": "k", "SECRET_KEY": "s", "BASE_URL": "http://127.0.0.1:1", "HTTPS_PROXY": "http://u:p@x:1"}
    account = build(tmp_path, PERP, process).config.accounts["backpack"]
    assert account == BackpackAccount(
        key="env:API_KEY", secret="env:SECRET_KEY", rest_url="http://127.0.0.1:1", proxy="env:HTTPS_PROXY"
    )


def test_the_simulated_venue_needs_nothing_else(tmp_path: Path) -> None:
    loaded = build(tmp_path, SIM)
    assert loaded.config.stage == "sim"
    assert isinstance(loaded.config.accounts["sim"], SimAccount)


def test_the_environment_goes_over_what_flags_imply_but_not_over_flags(tmp_path: Path) -> None:
    process = {
        "MMTUI__ACCOUNTS__BACKPACK__REST_URL": "http://127.0.0.1:8801",
        "MMTUI__STRATEGIES__PERP_MAKER__SETTINGS__MAX_ORDERS": "7",
        "MMTUI__STRATEGIES__PERP_MAKER__SETTINGS__QUANTITY": "9",
    }
    loaded = build(tmp_path, PERP, process)
    account = loaded.config.accounts["backpack"]
    assert isinstance(account, BackpackAccount)
    assert account.rest_url == "http://127.0.0.1:8801"
    assert settings(loaded).max_orders == 7
    assert settings(loaded).quantity == Decimal("0.1")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"--market-type": "spot", "--max-position": "1"}, "--max-position: does not apply to a spot_maker"),
        ({"--ticker": "BTC"}, "--spread: does not apply to a arbitrage; leave it out"),
        ({"--strategy": "grif"}, 'flag --strategy: strategies[0].kind = "grif": no such kind'),
        ({"--market-type": "margin"}, "--market-type: must be one of spot, perp"),
        ({"--exchange": "bakpack"}, 'flag --exchange: accounts.bakpack.venue = "bakpack": no such venue; did you mean'),
        ({"--spread": "abc"}, 'flag --spread: strategies[0].settings.spread_pct = "abc": must be a decimal number'),
        ({"--quantity": "-1"}, 'flag --quantity: strategies[0].settings.quantity = "-1": must be greater than 0'),
        ({"--interval": "0"}, 'flag --interval: strategies[0].settings.interval = "0": must be greater than 0 s'),
        ({"--duration": "-5"}, 'flag --duration: strategies[0].duration = "-5": must be greater than 0 s'),
        ({"--max-orders": "1.5"}, 'flag --max-orders: strategies[0].settings.max_orders = "1.5": must be a whole'),
        ({"--stage": "lve"}, 'flag --stage: stage = "lve": must be one of'),
        ({"--enable-rebalance": "true"}, "--enable-rebalance: does not apply to a perp_maker; leave it out"),
        (
            {"--ws-proxy": "http://u:canary@h:1"},
            "flag --ws-proxy: accounts.backpack.proxy = (hidden): a name or password",
        ),
    ],
)
def test_a_flag_at_fault_is_named(tmp_path: Path, change: dict[str, str], expected: str) -> None:
    faults = faults_of(tmp_path, {**PERP, **change})
    assert any(expected in fault for fault in faults), faults
    assert "canary" not in str(faults)


def test_a_missing_flag_is_named(tmp_path: Path) -> None:
    assert faults_of(tmp_path, {"--market-type": "perp", "--spread": "1"}) == (
        "command line: strategies[0].symbol: is missing; give --symbol",
    )


def test_enable_and_disable_exclude_each_other(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, {**PERP, "--enable-rebalance": "true", "--disable-rebalance": "true"})
    assert "both are given" in faults[0]


@pytest.fixture
def several(tmp_path: Path) -> Path:
    strategy = {"name": "a", "kind": "perp_maker", "account": "x", "symbol": "BTC-PERP", "settings": {}}
    document = {
        "accounts": {"x": {"venue": "sim"}, "y": {"venue": "backpack"}},
        "strategies": [strategy, {**strategy, "name": "b", "symbol": "ETH-PERP"}],
    }
    (tmp_path / "c.json").write_text(json.dumps(document), encoding="utf-8")
    return tmp_path


def test_with_several_strategies_an_override_needs_a_name(several: Path) -> None:
    assert faults_of(several, {"--spread": "1"}, "c.json") == (
        "--spread: the configuration has 2 strategies; say which one is meant with --name",
    )
    loaded = load("c.json", several, process={}, flags={"--spread": "1"}, name="b")
    assert [str(settings(loaded, index).spread_pct) for index in (0, 1)] == ["0.1", "1"]
    assert faults_of(several, {"--spread": "1"}, "c.json", "aa") == (
        '--name: no strategy has that name; did you mean "a"?',
    )


def test_a_duration_goes_to_all_strategies_unless_one_is_named(several: Path) -> None:
    loaded = load("c.json", several, process={}, flags={"--duration": "5"})
    assert [strategy.duration for strategy in loaded.config.strategies] == [5, 5]
    loaded = load("c.json", several, process={}, flags={"--duration": "5"}, name="a")
    assert [strategy.duration for strategy in loaded.config.strategies] == [5, None]


def test_an_exchange_picks_the_account_of_that_venue(several: Path) -> None:
    loaded = load("c.json", several, process={}, flags={"--exchange": "backpack"}, name="b")
    assert [strategy.account for strategy in loaded.config.strategies] == ["x", "y"]
    assert "no account is on that venue" in faults_of(several, {"--exchange": "aster"}, "c.json", "b")[0]


def test_what_builds_a_configuration_cannot_change_a_file(several: Path) -> None:
    assert "builds a configuration" in faults_of(several, {"--market-type": "perp"}, "c.json", "a")[0]
