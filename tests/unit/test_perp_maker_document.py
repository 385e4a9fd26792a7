"""The numbers in docs/strategies/perp_maker.md are what the code does."""

import re
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from mmtui.core.ladder import tick_offset
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.quotes import Decision, Snapshot
from mmtui.strategies.perp_maker import PRESETS, Memory, Settings, decide

TEXT = (Path(__file__).parents[2] / "docs" / "strategies" / "perp_maker.md").read_text(encoding="utf-8")


def table(first_heading: str) -> list[list[str]]:
    """The rows of the table that begins with this heading, below its rule."""
    lines = iter(TEXT.splitlines())
    for line in lines:
        if line.startswith(f"| {first_heading} |"):
            break
    next(lines)
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().strip("`") for cell in line.strip("|").split("|")])
    assert rows, first_heading
    return rows


def answer(settings: Settings, position: Decimal) -> Decision[Memory]:
    """Decide on the market of the worked example."""
    step = Decimal("0.01")
    instrument = Instrument(
        "x:A", "x", "A", MarketType.PERP, "A", "USDC", tick_size=step, lot_size=step, min_quantity=step
    )
    snapshot = Snapshot(
        now_ns=1, instrument=instrument, best_bid=Decimal("149.98"), best_ask=Decimal("150.02"), mid=Decimal(150),
        mark=None, book_time_ns=1, position=position, average_entry=None, unrealized_pnl=None, base_total=None,
        quote_total=None, fills=0, stale_after_ns=1, bids=[], asks=[],
    )  # fmt: skip
    return decide(settings, snapshot, Memory())


def test_worked_example() -> None:
    block = re.search(r"```json\n(.*?)```", TEXT, re.DOTALL)
    assert block is not None
    quotes = answer(msgspec.json.decode(block[1], type=Settings), Decimal(1)).quotes
    rows = [["buy", quote.price, quote.quantity] for quote in quotes.bids]
    rows += [["sell", quote.price, quote.quantity] for quote in quotes.asks]
    assert rows == [[side, Decimal(price), Decimal(size)] for side, price, size in table("order | price")]
    assert f"`{quotes.reason}`" in TEXT


def test_tick_ladder_table() -> None:
    (row,) = table("order | 0")
    assert row[1:] == [str(tick_offset(index)) for index in range(5)]


@pytest.mark.parametrize("row", table("position"))
def test_position_lines_table(row: list[str]) -> None:
    position, target, threshold, cap = (Decimal(cell) for cell in row[:4])
    settings = Settings(
        quantity=Decimal("0.01"), target_position=target, position_threshold=threshold, max_position=cap
    )
    close = answer(settings, position).close
    assert row[4] == ("quotes" if close is None else f"close to {close.target}")


def test_settings_table_names_every_setting_with_its_default() -> None:
    words = {None: ("automatic", "none")}
    rows = {row[0]: row[1] for row in table("name")}
    defaults = {name: getattr(Settings(), name) for name in Settings.__struct_fields__}
    assert list(rows) == list(defaults)
    for name, default in defaults.items():
        assert rows[name] in words.get(default, (str(default),)), name


def test_presets_table() -> None:
    names = ["spread_pct", "max_orders", "interval", "inventory_skew"]
    assert {row[0]: dict(zip(names, row[1:], strict=True)) for row in table("preset")} == {
        name: {field: str(value) for field, value in preset.items()} for name, preset in PRESETS.items()
    }
