"""What mmtui writes about configurations: show, the schema, the examples, a first configuration."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from mmtui.config import load
from mmtui.config.accounts import ACCOUNT_TYPES
from mmtui.config.checking import struct_info
from mmtui.config.jsonschema import json_schema_text
from mmtui.config.reference import reference_text
from mmtui.config.schema import Config, StrategyConfig
from mmtui.config.show import show_document, show_text, shown_values
from mmtui.config.starter import from_env_file, simulated, write_document
from mmtui.ports.errors import SecretsError, SettingsError
from mmtui.strategies import KINDS
from mmtui.strategies.perp_maker import Settings

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "settings" / "examples").glob("*.json"))
CANARY = "canary-5f2c9e7a"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_sound_and_sensible(path: Path, tmp_path: Path) -> None:
    loaded = load(str(path), tmp_path, process={})
    (strategy,) = loaded.config.enabled
    settings = strategy.settings
    if isinstance(settings, Settings):
        assert settings.quantity is not None
        assert settings.max_position >= 4 * settings.quantity
    assert KINDS[strategy.kind].check(settings) == []
    simulated = all(account.simulated for account in loaded.config.accounts.values())
    assert loaded.config.stage == ("sim" if simulated else "live")
    assert loaded.config.schema_url == "../schema.json"


def test_every_kind_has_an_example_for_the_simulation_and_one_for_a_venue() -> None:
    names = [path.stem for path in EXAMPLES]
    for kind in KINDS:
        assert f"{kind}.sim" in names
        assert [name for name in names if name.startswith(f"{kind}.") and not name.endswith(".sim")]


def test_there_is_an_example_for_each_venue_recording_and_the_simulation() -> None:
    assert [path.stem for path in EXAMPLES if path.stem.startswith("perp_maker.")] == [
        "perp_maker.aster",
        "perp_maker.backpack",
        "perp_maker.lighter",
        "perp_maker.replay.aster",
        "perp_maker.replay.binance-btcusdt-raw",
        "perp_maker.replay.hyperliquid-eth",
        "perp_maker.replay.standx-btc",
        "perp_maker.sim",
        "perp_maker.standx",
        "perp_maker.websea",
    ]


def test_the_schema_of_the_repository_is_the_generated_one() -> None:
    written = (ROOT / "settings" / "schema.json").read_text(encoding="utf-8")
    assert written == json_schema_text(), "write it anew: mmtui config schema > settings/schema.json"


def test_the_schema_tells_titles_units_and_bounds() -> None:
    schema = json.loads(json_schema_text())
    assert schema["additionalProperties"] is False
    maker = schema["$defs"]["StrategyConfig"]["allOf"][0]["then"]["properties"]["settings"]["properties"]
    assert maker["spread_pct"]["title"] == "Spread"
    assert maker["spread_pct"]["x-unit"] == "%"
    assert maker["spread_pct"]["exclusiveMinimum"] == 0
    assert maker["max_orders"]["maximum"] == 50
    backpack = schema["$defs"]["Account"]["oneOf"][0]
    assert backpack["required"] == ["venue"]
    assert backpack["properties"]["secret"]["anyOf"][0]["pattern"].startswith("^(env:")
    references = set(re.findall(r'"#/\$defs/(\w+)"', json_schema_text()))
    assert references == set(schema["$defs"])


def test_the_documentation_ends_with_the_generated_reference() -> None:
    written = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert written.endswith(reference_text()), "write its last part anew: mmtui config schema --markdown"


@pytest.mark.parametrize("struct", [Config, StrategyConfig, *ACCOUNT_TYPES.values(), Settings])
def test_the_reference_names_every_key_with_its_meaning(struct: type[Struct]) -> None:
    for field in struct_info(struct).fields:
        row = rf"\| `{re.escape(field.encode_name)}` \| [^|]+ \| [^|]* \| [^|]* \| \w[^|]+ \|"
        assert re.search(row, reference_text()), field.encode_name


def test_the_example_of_the_documentation_is_sound(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    (tmp_path / "c.json").write_text(text.partition("```json\n")[2].partition("```")[0], encoding="utf-8")
    assert load("c.json", tmp_path, process={}).config.enabled


def test_show_names_the_source_of_every_value_and_no_secret(tmp_path: Path) -> None:
    document = {"accounts": {"b": {"venue": "backpack", "secret": "env:BACKPACK_SECRET"}}, "strategies": []}
    (tmp_path / "c.json").write_text(json.dumps(document), encoding="utf-8")
    loaded = load("c.json", tmp_path, process={"BACKPACK_SECRET": CANARY, "MMTUI__RISK__MAX_DRAWDOWN": "5.50"})
    text = show_text(loaded)
    assert re.search(r"accounts\.b\.secret +=.env:BACKPACK_SECRET   \(file c\.json\)", text)
    assert re.search(r"risk\.max_drawdown +=.5\.5 quote   \(env MMTUI__RISK__MAX_DRAWDOWN\)", text)
    assert re.search(r"risk\.max_open_orders +=.20 orders   \(default\)", text)
    shown = show_document(loaded)
    assert shown["sources"]["risk.max_drawdown"] == "env MMTUI__RISK__MAX_DRAWDOWN"
    assert shown["config"]["risk"]["max_drawdown"] == "5.5"
    assert len(shown["sources"]) == len(shown_values(loaded)) == len(text.splitlines())
    assert CANARY not in text + json.dumps(shown)


def test_what_show_prints_loads_to_the_same_configuration(tmp_path: Path) -> None:
    loaded = load(str(ROOT / "settings" / "examples" / "perp_maker.sim.json"), tmp_path, process={})
    (tmp_path / "again.json").write_text(json.dumps(show_document(loaded)["config"]), encoding="utf-8")
    assert load("again.json", tmp_path, process={}).config == loaded.config


# ------------------------------------------------------------------------------------------------------------ init


def written(home: Path, document: dict[str, Any]) -> Config:
    write_document(document, home / "made.json", force=False)
    return load("made.json", home, process={}).config


def env_file(home: Path, *lines: str) -> Path:
    path = home / "bot.env"
    path.write_text("\n".join(lines), encoding="utf-8")
    path.chmod(0o600)
    return path


def test_the_first_configuration_runs_as_it_stands(tmp_path: Path) -> None:
    config = written(tmp_path, simulated().document)
    assert (config.stage, len(config.enabled)) == ("sim", 1)
    assert (tmp_path / "made.json").stat().st_mode & 0o077 == 0


def test_nothing_is_overwritten_unless_forced(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(SettingsError, match="is there already"):
        write_document({}, path, force=False)
    assert path.read_text(encoding="utf-8") == "mine"
    write_document({}, path, force=True)
    assert path.read_text(encoding="utf-8") == "{}\n"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(SettingsError, match="its folder is not there"):
        write_document({}, tmp_path / "no" / "x.json", force=False)


def test_the_env_of_the_container_becomes_a_strategy(tmp_path: Path) -> None:
    path = env_file(
        tmp_path,
        f"ASTER_API_KEY={CANARY}",
        f"ASTER_SECRET_KEY={CANARY}",
        "EXCHANGE=aster",
        "MARKET_TYPE=perp",
        "SYMBOL=SOLUSDT",
        "SPREAD=0.02",
        "QUANTITY=0.1",
        "MAX_ORDERS=2",
        "MAX_POSITION=0.5",
        "DURATION=999999999",
        "INTERVAL=10",
    )
    made = from_env_file(path)
    config = written(tmp_path, made.document)
    (strategy,) = config.enabled
    assert (strategy.symbol, str(strategy.settings.spread_pct)) == ("SOLUSDT", "0.02")
    assert strategy.duration == 999_999_999
    assert config.accounts["aster"].signs_with() == ("key", "secret")
    assert CANARY not in json.dumps(made.document) + str(made.notes)


def test_both_accounts_of_the_hedge_bot_are_found_and_its_kind_is_said_to_be_missing(tmp_path: Path) -> None:
    path = env_file(
        tmp_path,
        "BACKPACK_API_KEY=a",
        "BACKPACK_PRIVATE_KEY=b",
        "BACKPACK_API_KEY2=c",
        "BACKPACK_PRIVATE_KEY2=d",
        "TRADING_MODE=dual_hedge",
    )
    made = from_env_file(path)
    assert made.document["accounts"]["backpack2"] == {
        "venue": "backpack",
        "key": "env:BACKPACK_API_KEY2",
        "secret": "env:BACKPACK_PRIVATE_KEY2",
    }
    assert made.notes[0].startswith("TRADING_MODE: for the kind single or dual_hedge")
    assert written(tmp_path, made.document).strategies == ()


def test_lighter_and_standx_are_found_by_their_names(tmp_path: Path) -> None:
    path = env_file(tmp_path, "API_KEY_PRIVATE_KEY=a", "LIGHTER_ACCOUNT_INDEX=65", "WALLET_PRIVATE_KEY=b")
    accounts = from_env_file(path).document["accounts"]
    assert accounts["lighter"] == {
        "venue": "lighter",
        "api_key_private": "env:API_KEY_PRIVATE_KEY",
        "account_index": 65,
    }
    assert accounts["standx"] == {"venue": "standx", "wallet_key": "env:WALLET_PRIVATE_KEY"}


def test_an_env_of_nothing_or_for_everybody_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="names no account"):
        from_env_file(env_file(tmp_path, "PATH=x"))
    path = env_file(tmp_path, f"BACKPACK_SECRET={CANARY}", "BACKPACK_KEY=x")
    path.chmod(0o644)
    with pytest.raises(SecretsError, match="chmod 600"):
        from_env_file(path)


def test_values_of_an_env_that_are_at_fault_are_named(tmp_path: Path) -> None:
    path = env_file(tmp_path, "BACKPACK_KEY=x", "MARKET_TYPE=perp", "SYMBOL=A", "SPREAD=wide")
    with pytest.raises(SettingsError, match=r'settings\.spread_pct = "wide": must be a decimal number'):
        from_env_file(path)
