"""Strategies of several legs in the configuration: their accounts, their symbols, the defaults of a kind."""

from pathlib import Path
from typing import Any

import pytest

from mmtui.config import load
from mmtui.config.panel import settings_faults
from mmtui.ports.errors import SettingsError
from tests.acceptance.processes import write_config
from tests.unit.legs_scenes import document

SIZE = {"size": "0.01"}


def loaded(home: Path, **strategy: Any) -> Any:  # noqa: ANN401 - the strategy of the configuration
    config: dict[str, Any] = document("arbitrage", SIZE)
    entry = {**config["strategies"][0], **strategy}
    config["strategies"] = [{key: value for key, value in entry.items() if value is not None}]
    return load(write_config(home, config), home, process={}).config.strategies[0]


def test_two_accounts_one_symbol_each_or_one_for_both(tmp_path: Path) -> None:
    assert loaded(tmp_path).legs() == (("one", "BTC-PERP"), ("two", "BTC-PERP"))
    pair = loaded(tmp_path, symbol=None, symbols=["BTC-PERP", "BTC-SPOT"])
    assert pair.legs() == (("one", "BTC-PERP"), ("two", "BTC-SPOT"))


@pytest.mark.parametrize(
    ("strategy", "words"),
    [
        ({"accounts": None, "account": "one"}, "this kind trades on 2"),
        ({"accounts": ["one"]}, "1 accounts, but this kind trades on 2"),
        ({"accounts": ["one", "one"]}, "names an account twice"),
        ({"symbol": None, "symbols": ["A", "B", "C"]}, "3 symbols, but this kind trades one or 2"),
        ({"kind": "perp_maker", "settings": {}}, "2 accounts, but this kind trades on one"),
        ({"settings": {"size": "1", "max_position": "0.5"}}, "size 1 is above max_position 0.5"),
    ],
)
def test_wrong_legs_and_contradictions_are_refused_before_anything_is_sent(
    tmp_path: Path, strategy: dict[str, Any], words: str
) -> None:
    with pytest.raises(SettingsError, match=words):
        loaded(tmp_path, **strategy)


def test_a_kind_has_defaults_of_its_own_that_the_file_outweighs(tmp_path: Path) -> None:
    hedge = {"kind": "dual_hedge", "settings": {"quantity": "0.01"}}
    assert loaded(tmp_path, **hedge).on_stop_position == "flatten"
    assert loaded(tmp_path, **hedge, on_stop_position="keep").on_stop_position == "keep"
    assert loaded(tmp_path).on_stop_position == "keep"


def test_a_form_names_both_accounts_or_lets_the_next_one_be_the_second(tmp_path: Path) -> None:
    config = load(write_config(tmp_path, document("arbitrage", SIZE)), tmp_path, process={}).config
    assert settings_faults("arbitrage", "one, two", "BTC-PERP", SIZE, config) == {}
    assert settings_faults("arbitrage", "two", "BTC-PERP", SIZE, config) == {}
    assert settings_faults("arbitrage", "one, one", "BTC-PERP", SIZE, config) != {}
