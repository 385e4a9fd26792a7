"""The command lines that users of the reference bots know, word for word, and what each comes to."""

from decimal import Decimal
from pathlib import Path

import pytest

from mmtui.config import BackpackAccount, LighterAccount, SimAccount, StrategyConfig, load
from mmtui.config.accounts import AsterAccount
from mmtui.strategies.arbitrage.settings import Settings as Arbitrage
from mmtui.strategies.dual_hedge import Settings as DualHedge
from mmtui.strategies.martingale.settings import Settings as Martingale
from mmtui.strategies.perp_maker import Settings as PerpMaker
from mmtui.strategies.spot_maker.settings import Settings as SpotMaker
from tests.acceptance.reference_lines import LINES

D = Decimal
PERP = PerpMaker(
    spread_pct=D("0.05"), quantity=D("0.1"), max_orders=2, interval=D(10), target_position=D(0), max_position=D("0.5"),
    position_threshold=D("0.4"), inventory_skew=D(0),
)  # fmt: skip

EXPECTED = [
    ("perp_maker", ("backpack",), ("SOL_USDC_PERP",), 999_999_999, PERP),
    ("perp_maker", ("aster",), ("SOLUSDT",), 999_999_999, PERP),
    ("spot_maker", ("backpack",), ("SOL_USDC",), 3600, SpotMaker(spread_pct=D("0.1"), max_orders=3, interval=D(60))),
    ("spot_maker", ("backpack",), ("SOL_USDC",), 3600, SpotMaker(spread_pct=D("0.5"), max_orders=3, interval=D(60))),
    ("spot_maker", ("backpack",), ("SOL_USDC",), 86_400, SpotMaker(spread_pct=D("0.1"), max_orders=3, interval=D(120))),
    (
        "spot_maker", ("backpack",), ("SOL_USDC",), 7200,
        SpotMaker(spread_pct=D("0.3"), quantity=D("0.5"), max_orders=3, interval=D(60)),
    ),
    (
        "arbitrage", ("backpack", "lighter"), ("BTC_USDC_PERP", "BTC"), None,
        Arbitrage(size=D("0.001"), threshold_unit="quote"),
    ),
    (
        "arbitrage", ("backpack", "lighter"), ("ETH_USDC_PERP", "ETH"), None,
        Arbitrage(size=D("0.01"), long_threshold=D(3), short_threshold=D(3), threshold_unit="quote"),
    ),
    (
        "arbitrage", ("backpack", "lighter"), ("BTC_USDC_PERP", "BTC"), None,
        Arbitrage(size=D("0.001"), max_position=D("0.1"), threshold_unit="quote"),
    ),
]  # fmt: skip


def built(home: Path, line: str, **process: str) -> StrategyConfig:
    words = line.split()
    (strategy,) = load(
        None, home, process=process, flags=dict(zip(words[::2], words[1::2], strict=True))
    ).config.strategies
    return strategy


@pytest.mark.parametrize(("line", "expected"), list(zip(LINES, EXPECTED, strict=True)), ids=range(1, 10))
def test_a_line_comes_to_this_configuration(
    tmp_path: Path, line: str, expected: tuple[str, tuple[str, ...], tuple[str, ...], int | None, object]
) -> None:
    strategy = built(tmp_path, line)
    found = (strategy.kind, strategy.account_names, strategy.symbol_names, strategy.duration, strategy.settings)
    assert found == expected


def test_accounts_of_a_line_find_the_names_that_users_have(tmp_path: Path) -> None:
    names = {
        "BACKPACK_PUBLIC_KEY": "k", "BACKPACK_SECRET_KEY": "s", "API_KEY_PRIVATE_KEY": "p",
        "LIGHTER_ACCOUNT_INDEX": "3", "LIGHTER_API_KEY_INDEX": "2",
    }  # fmt: skip
    accounts = load(None, tmp_path, process=names, flags={"--ticker": "BTC", "--size": "1"}).config.accounts
    assert accounts == {
        "backpack": BackpackAccount(key="env:BACKPACK_PUBLIC_KEY", secret="env:BACKPACK_SECRET_KEY"),
        "lighter": LighterAccount(account_index=3, api_key_index=2, api_key_private="env:API_KEY_PRIVATE_KEY"),
    }
    aster = load(
        None, tmp_path, process={}, flags={"--exchange": "aster", "--market-type": "perp", "--symbol": "X"}
    ).config.accounts["aster"]
    assert isinstance(aster, AsterAccount)
    assert (aster.key, aster.secret) == ("env:ASTER_API_KEY", "env:ASTER_SECRET_KEY")


def test_a_pair_by_flags_is_two_accounts_of_one_venue(tmp_path: Path) -> None:
    flags = {"--strategy": "dual_hedge", "--symbol": "SOL", "--quantity": "1"}
    config = load(None, tmp_path, process={}, flags=flags).config
    assert config.strategies[0].accounts == ("backpack", "backpack2")
    assert isinstance(config.strategies[0].settings, DualHedge)
    second = config.accounts["backpack2"]
    assert isinstance(second, BackpackAccount)
    assert (second.key, second.secret) == ("env:BACKPACK_KEY2", "env:BACKPACK_SECRET2")
    simulated = load(None, tmp_path, process={}, flags=flags | {"--exchange": "sim"}).config.accounts.values()
    assert [a.market.name for a in simulated if isinstance(a, SimAccount)] == ["m1", "m2"]


def test_fractions_of_the_martingale_s_flags_become_percentages(tmp_path: Path) -> None:
    line = (
        "--strategy martingale --symbol SOL_USDC --total-capital 70 --price-step-down 0.005 --take-profit-pct 0.013 "
        "--stop-loss-pct -0.33 --max-layers 3 --multiplier 1.3 --entry-type offset"
    )
    assert built(tmp_path, line).settings == Martingale(
        total_capital=D(70), price_step_pct=D("0.5"), take_profit_pct=D("1.3"), stop_loss_pct=D(33), max_layers=3,
        multiplier=D("1.3"), entry_type="offset",
    )  # fmt: skip
    at_market = built(tmp_path, "--strategy martingale --symbol SOL_USDC --use-market-order true")
    assert isinstance(at_market.settings, Martingale)
    assert at_market.settings.entry_type == "market"
