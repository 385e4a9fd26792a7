"""Every fault of a configuration is named, with place, value and remedy, and all at once."""

import json
from pathlib import Path
from typing import Any

import pytest

from mmtui.config import load
from mmtui.ports.errors import SettingsError


def sound() -> dict[str, Any]:
    return {
        "version": 1,
        "accounts": {"sim": {"venue": "sim", "market": {"name": "m1", "seed": 7}}},
        "strategies": [
            {
                "name": "maker",
                "kind": "perp_maker",
                "account": "sim",
                "symbol": "BTC-PERP",
                "settings": {"spread_pct": "0.05", "quantity": "0.01", "max_position": "0.1"},
            }
        ],
    }


def faults_of(text: str, home: Path) -> list[str]:
    (home / "c.json").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load("c.json", home, process={})
    return list(caught.value.faults)


def faults_with(home: Path, path: str, written: str) -> list[str]:
    """Put ``written`` (JSON text) at a dotted path of a sound configuration and return what is said of it."""
    document = sound()
    node: Any = document
    *parents, last = path.split(".")
    for part in parents:
        node = node[int(part)] if isinstance(node, list) else node.setdefault(part, {})
    node[last] = "@HERE@"
    return faults_of(json.dumps(document).replace('"@HERE@"', written), home)


S = "strategies.0.settings"


@pytest.mark.parametrize(
    ("path", "written", "expected"),
    [
        (f"{S}.spread_pct", '"0"', 'settings.spread_pct = "0": must be greater than 0 %'),
        (f"{S}.spread_pct", "-1", "settings.spread_pct = -1: must be greater than 0 %"),
        (f"{S}.quantity", '"-0.1"', 'settings.quantity = "-0.1": must be greater than 0 base'),
        (f"{S}.quantity", "true", "settings.quantity = true: a boolean is no number"),
        (f"{S}.quantity", '"1e-3"', 'settings.quantity = "1e-3": scientific notation is not read; write 0.001'),
        (f"{S}.quantity", "1e-3", "settings.quantity = 1e-3: scientific notation is not read; write 0.001"),
        (f"{S}.quantity", "NaN", "settings.quantity = NaN: is not finite"),
        (f"{S}.quantity", '"-Infinity"', 'settings.quantity = "-Infinity": is not finite'),
        (f"{S}.quantity", "{}", "settings.quantity = an object: must be a decimal number, not an object"),
        (f"{S}.quantity", '".5"', 'settings.quantity = ".5": must be a decimal number, like 0.1'),
        (f"{S}.quantity", '"1_000"', 'settings.quantity = "1_000": must be a decimal number, like 0.1'),
        (f"{S}.quantity", '"٣"', 'settings.quantity = "٣": must be a decimal number'),
        (f"{S}.quantity", '"' + "1" * 41 + '"', "has more than 40 digits"),
        (f"{S}.quantity", '"0.2"', "settings: quantity 0.2 is above max_position 0.1"),
        (f"{S}.max_orders", "0", "settings.max_orders = 0: must be at least 1 orders"),
        (f"{S}.max_orders", "2.5", "settings.max_orders = 2.5: must be a whole number, like 3"),
        (f"{S}.inventory_skwe", "1", 'settings.inventory_skwe: unknown key; did you mean "inventory_skew"?'),
        (f"{S}.ladder", '"spred"', 'settings.ladder = "spred": must be one of'),
        ("strategies.0.kind", '"perp_makr"', 'kind = "perp_makr": no such kind; did you mean "perp_maker"?'),
        ("strategies.0.kind", "null", "kind = null: no such kind"),
        ("strategies.0.account", '"sin"', 'account = "sin": no such account; did you mean "sim"?'),
        ("strategies.0.accounts", '["sim"]', 'strategies[0].account: stands beside "accounts"; keep one of them'),
        ("strategies.0.symbols", '["a", "b"]', "strategies[0].symbols: 2 symbols, but this kind trades one"),
        ("strategies.0.enabled", '"yes"', 'enabled = "yes": must be true or false'),
        ("strategies.0.duration", "0", "duration = 0: must be greater than 0 s"),
        ("strategies.0.duration", "1" + "0" * 34, "must be at most 1000000000 s"),
        ("strategies.0.leverage", '"0.5"', 'leverage = "0.5": must be at least 1 x'),
        (
            "strategies.0.on_stop_orders",
            '"leaf"',
            'on_stop_orders = "leaf": must be one of cancel_all, cancel_mine, leave',
        ),
        ("strategies.0.name", '"a/b"', 'name = "a/b": must be letters, digits'),
        ("strategies.0.name", '"a__b"', 'name = "a__b": must be letters, digits'),
        ("strategies.0.symbol", '""', "symbol: is empty"),
        ("strategies.0.symbol", '"\\ud800"', "lone surrogate"),
        ("strategies.0.symbol", "7", "symbol = 7: must be a string, not a number"),
        ("strategies", "{}", "strategies: must be a list ([...]) of strategies, not an object"),
        ("strategies", "[1]", "strategies[0]: must be an object"),
        ("accounts", "[]", "accounts: must be an object of accounts by name, not a list"),
        ("accounts.sim", "7", "accounts.sim: must be an object"),
        ("accounts.sim.venue", '"sym"', 'accounts.sim.venue = "sym": no such venue; did you mean "sim"?'),
        ("accounts.x", "{}", "accounts.x.venue: is missing; one of backpack"),
        ("accounts.sim.market.seed", '"a"', 'market.seed = "a": must be a whole number'),
        ("accounts.sim.market.assets", "[]", "market.assets: is empty; at least one belongs here"),
        ("accounts.sim.settings.reject_rate", "1.5", "reject_rate = 1.5: must be at most 1"),
        ("accounts.sim.balances", '{"USDC": "-1"}', 'balances.USDC = "-1": must be at least 0'),
        (
            "accounts.r",
            '{"venue": "replay", "dataset": "standx"}',
            'binance-btcusdt-raw, hyperliquid-eth, journal, standx-btc; did you mean "standx-btc"?',
        ),
        ("accounts.b", '{"venue": "backpack", "rest_url": "ftp://x"}', "must be a URL that begins with http://"),
        ("accounts.a", '{"venue": "aster", "user": "0x12"}', "accounts.a.user = (hidden): must be an address"),
        ("risk.max_drawdown", "null", "risk.max_drawdown = null: must be a decimal number, not null"),
        ("risk.max_daily_loss", "0", "risk.max_daily_loss = 0: must be greater than 0 quote"),
        ("risk.max_order_notonal", '"1"', 'unknown key; did you mean "max_order_notional"?'),
        ("accounts.sim.risk", '{"max_open_orders": 0}', "accounts.sim.risk.max_open_orders = 0: must be at least 1"),
        ("journal.record", '"all"', 'journal.record = "all": must be one of account, full, off'),
        ("journal.max_mb", "-1", "journal.max_mb = -1: must be at least 1 MB"),
        ("stage", '"live"', "accounts.sim.venue = sim: a simulated venue cannot trade live"),
        ("stage", '"lve"', 'stage = "lve": must be one of live, paper, sim; did you mean "live"?'),
        ("version", "2", "version = 2: must be at most 1"),
        ("language", '"de"', 'language = "de": must be one of en, zh'),
        ("strateges", "[]", 'strateges: unknown key; did you mean "strategies"?'),
    ],
)
def test_a_fault_names_place_value_and_remedy(tmp_path: Path, path: str, written: str, expected: str) -> None:
    faults = faults_with(tmp_path, path, written)
    assert any(expected in fault for fault in faults), faults
    assert all(fault.startswith("c.json: ") for fault in faults)


def test_all_faults_are_reported_at_once(tmp_path: Path) -> None:
    document = sound()
    document["stage"] = "lve"
    document["strategies"][0]["settings"] |= {"quantity": True, "spread_pct": "0", "nope": 1}
    document["risk"] = {"max_drawdown": "-1"}
    assert len(faults_of(json.dumps(document), tmp_path)) == 5


def test_missing_fields_are_named_with_their_title(tmp_path: Path) -> None:
    document = sound()
    del document["strategies"][0]["symbol"]
    del document["strategies"][0]["name"]
    faults = faults_of(json.dumps(document), tmp_path)
    assert "c.json: strategies[0].name: is missing (Name)" in faults
    assert "c.json: strategies[0].symbol: is missing" in faults


def test_duplicate_keys_are_faults_at_every_depth(tmp_path: Path) -> None:
    text = json.dumps(sound()).replace('"seed": 7', '"seed": 7, "seed": 8')
    text = text.replace('"version": 1', '"version": 1, "version": 1')
    faults = faults_of(text, tmp_path)
    assert "c.json: version: stands there more than once; keep one of them" in faults
    assert "c.json: accounts.sim.market.seed: stands there more than once; keep one of them" in faults


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "c.json: is empty"),
        (b"  \n", "c.json: is empty"),
        (b'{"a": 1,\n "b": }', "c.json:2:7: not JSON"),
        (b"\xff\xfe{}", "byte 0 is not UTF-8"),
        (b"[]", "c.json: must be a JSON object ({...}), not a list"),
        (b"[" * 100_000, "c.json: nested too deeply"),
        (b" " * (1 << 20) + b"{}", "larger than 1 MiB"),
    ],
)
def test_a_file_that_is_no_configuration_is_named(tmp_path: Path, content: bytes, expected: str) -> None:
    (tmp_path / "c.json").write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        load("c.json", tmp_path, process={})
    assert expected in str(caught.value)


def test_a_missing_file_a_directory_and_a_hopeless_path_are_named(tmp_path: Path) -> None:
    for path, expected in (
        ("no.json", "no.json: no such file; check the path"),
        (".", "is a directory"),
        ("a\0b", "cannot be read: not a usable path"),
        ("~nobody-of-that-name/x.json", "no such file"),
    ):
        with pytest.raises(SettingsError) as caught:
            load(path, tmp_path, process={})
        assert expected in str(caught.value)


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(sound()).encode())
    assert load("c.json", tmp_path, process={}).config.enabled[0].name == "maker"


def two(home: Path, **second: object) -> list[str]:
    document = sound()
    document["strategies"].append({**document["strategies"][0], "name": "other", "symbol": "ETH-PERP", **second})
    return faults_of(json.dumps(document), home)


def test_duplicate_names_of_strategies_are_faults_whatever_their_case(tmp_path: Path) -> None:
    assert any('name = "Maker": duplicate name: "maker"' in fault for fault in two(tmp_path, name="Maker"))
    assert any("duplicate name" in fault for fault in two(tmp_path, name="maker"))


def test_two_strategies_cannot_have_one_symbol_of_one_account(tmp_path: Path) -> None:
    faults = two(tmp_path, symbol="btc-perp")
    assert faults == [
        'c.json: strategies[1].symbol = "btc-perp": strategy "maker" trades it on this account; one must go'
    ]


def test_two_names_for_one_key_are_one_account(tmp_path: Path) -> None:
    document = sound()
    account = {"venue": "backpack", "key": "env:K", "secret": "env:S"}
    document["accounts"] = {"a": account, "b": account}
    first = document["strategies"][0]
    document["strategies"] = [{**first, "account": "a"}, {**first, "account": "b", "name": "other"}]
    assert "trades it on this account" in faults_of(json.dumps(document), tmp_path)[0]


def test_a_disabled_strategy_claims_nothing(tmp_path: Path) -> None:
    document = sound()
    document["strategies"].append({**document["strategies"][0], "name": "other", "enabled": False})
    (tmp_path / "c.json").write_text(json.dumps(document), encoding="utf-8")
    assert len(load("c.json", tmp_path, process={}).config.enabled) == 1


def test_accounts_of_one_market_must_agree_on_it(tmp_path: Path) -> None:
    faults = faults_with(tmp_path, "accounts.b", '{"venue": "sim", "market": {"name": "m1", "seed": 8}}')
    assert 'accounts.b.market: differs from account "sim"' in faults[0]


def test_an_asset_needs_a_price_and_steps_above_zero(tmp_path: Path) -> None:
    asset = '[{"base": "BTC", "price": "0", "tick_size": "0", "lot_size": "1"}]'
    faults = faults_with(tmp_path, "accounts.sim.market.assets", asset)
    assert [fault.split(": ")[1] for fault in faults] == [
        "accounts.sim.market.assets[0].price",
        "accounts.sim.market.assets[0].tick_size",
    ]


def live(home: Path, account: dict[str, object]) -> list[str]:
    document = sound()
    document["stage"] = "live"
    document["accounts"] = {"sim": account}
    return faults_of(json.dumps(document), home)


def test_stage_live_needs_credentials(tmp_path: Path) -> None:
    faults = live(tmp_path, {"venue": "aster", "key": "env:K"})
    assert faults == [
        "c.json: accounts.sim: stage live needs the credentials user + signer + signer_key, or key + secret"
    ]


def test_two_complete_sets_of_credentials_are_a_fault(tmp_path: Path) -> None:
    faults = live(tmp_path, {"venue": "standx", "wallet_key": "env:W", "token": "env:T", "signing_key": "env:S"})
    assert faults == ["c.json: accounts.sim: has two sets of credentials; keep wallet_key or token + signing_key"]


def test_stage_sim_needs_simulated_accounts(tmp_path: Path) -> None:
    document = sound()
    document["stage"] = "sim"
    document["accounts"] = {"sim": {"venue": "backpack"}}
    assert "stage sim needs every account on sim or replay" in faults_of(json.dumps(document), tmp_path)[0]
