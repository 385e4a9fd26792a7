from decimal import Decimal
from typing import Any

import msgspec

from mmtui.headless.lines import JsonLines
from mmtui.headless.summary import replay_fields, summary_line
from tests.unit.headless_rows import PNL, assert_golden, blind_strategy, stopped_strategy, strategy

TOP = ["event", "exit", "seconds", "strategies", "equity_change", "residual"]
PER_STRATEGY = [
    "name", "kind", "orders_placed", "orders_cancelled", "fills", "rejects", "unknown_outcomes", "volume_quote",
    "maker_share", "realized_pnl", "unrealized_pnl", "fees", "funding", "net_pnl", "position", "open_orders_left",
    "reason_stopped",
]  # fmt: skip


def written(document: dict[str, object]) -> str:
    lines: list[str] = []
    JsonLines(lines.append).document(document)
    return "".join(lines)


def first_strategy(document: dict[str, object]) -> dict[str, Any]:
    strategies = msgspec.json.decode(written(document))["strategies"]
    assert isinstance(strategies[0], dict)
    return strategies[0]


def test_a_summary_is_the_contracted_line() -> None:
    document = summary_line([stopped_strategy()], 0, 30.123456, Decimal("0.0058"), Decimal("0E-8"))
    assert_golden("headless_summary.jsonl", written(document))


def test_a_replay_adds_its_figures_at_the_end() -> None:
    data = {"dataset": "aster", "rows": 12, "longest_gap": Decimal("2.50"), "dirty": {"no price": 1}}
    extra = replay_fields(12_000, 3_600.0004, 1.23456, data)
    document = summary_line([stopped_strategy(), blind_strategy()], 5, 3_600, None, None, extra)
    assert_golden("headless_summary_replay.jsonl", written(document))


def test_contracted_fields_come_first_and_in_order() -> None:
    document = summary_line([stopped_strategy()], 0, 1, None, None, replay_fields(1, 1, 1, {}))
    assert list(document) == [*TOP, "events", "seconds_of_market", "wall_seconds", "data"]
    assert list(first_strategy(document))[: len(PER_STRATEGY)] == PER_STRATEGY


def test_what_is_unknown_is_null_and_not_zero() -> None:
    document = summary_line([blind_strategy()], 5, 1, None, None)
    row = first_strategy(document)
    names = ("unrealized_pnl", "net_pnl", "position", "cost_per_million", "wear_rate_pct")
    assert [row[name] for name in names] == [None] * len(names)
    assert row["markouts"][2]["markout_bps"] is None
    assert (document["equity_change"], document["residual"]) == (None, None)
    assert row["fees_complete"] is False


def test_a_residual_of_zero_is_zero_and_not_null() -> None:
    assert summary_line([], 0, 1, Decimal(0), Decimal("-0.000"))["residual"] == "0"


def test_a_run_that_did_not_stop_names_no_reason() -> None:
    assert first_strategy(summary_line([strategy()], 1, 1, None, None))["reason_stopped"] is None


def test_what_still_rests_is_counted() -> None:
    assert first_strategy(summary_line([strategy()], 5, 1, None, None))["open_orders_left"] == 4


def test_the_maker_share_is_1_only_if_all_was_made() -> None:
    for share, text in ((Decimal(1), "1"), (Decimal(9_999_999) / 10_000_000, "0.999999"), (None, None)):
        row = strategy(pnl=msgspec.structs.replace(PNL, maker_share=share))
        assert first_strategy(summary_line([row], 0, 1, None, None))["maker_share"] == text


def test_amounts_add_up_as_text_and_have_no_exponent() -> None:
    row = first_strategy(summary_line([stopped_strategy()], 0, 1, None, None))
    parts = ("realized_pnl", "unrealized_pnl", "fees", "funding")
    assert sum(Decimal(row[part]) for part in parts) == Decimal(row["net_pnl"])
    assert sum(Decimal(part) for part in row["attribution"].values()) == Decimal(row["net_pnl"])
    tiny = strategy(pnl=msgspec.structs.replace(PNL, realized=Decimal("1E-12")))
    assert first_strategy(summary_line([tiny], 0, 1, None, None))["realized_pnl"] == "0.000000000001"
