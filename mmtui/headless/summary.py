"""The last line on stdout: what a run did, in the stable order of fields that scripts rely on."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_DOWN, Decimal
from typing import Final

from mmtui.core.reward_band import RewardFigures
from mmtui.model.units import decimal_text
from mmtui.views.board import AttributionRow, MarkoutRow, StrategyRow

_RATIO_STEP: Final = Decimal("0.000001")
_BPS_DIGITS: Final = 6


def summary_line(
    rows: Sequence[StrategyRow],
    exit_code: int,
    seconds: float,
    equity_change: Decimal | None,
    residual: Decimal | None,
    extra: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """The summary as an object for ``JsonLines.document``.

    Args:
        rows: the last picture of each strategy.
        exit_code: what the process will exit with.
        seconds: how long the run took.
        equity_change: change of the venue's equity in the quote asset, None while unknown.
        residual: what our books do not explain of it, in the quote asset, None while unknown.
        extra: further fields, put last (``replay_fields`` for a replay).
    """
    return {
        "event": "summary",
        "exit": exit_code,
        "seconds": round(seconds, 3),
        "strategies": [_strategy(row) for row in rows],
        "equity_change": _amount(equity_change),
        "residual": _amount(residual),
        **(extra or {}),
    }


def replay_fields(
    events: int, seconds_of_market: float, wall_seconds: float, data: Mapping[str, object]
) -> dict[str, object]:
    """What the summary of a replay says beyond that of a run; ``data`` is the report on the recorded data."""
    return {
        "events": events,
        "seconds_of_market": round(seconds_of_market, 3),
        "wall_seconds": round(wall_seconds, 3),
        "data": data,
    }


def _strategy(row: StrategyRow) -> dict[str, object]:
    pnl = row.pnl
    return {
        "name": row.name,
        "kind": row.kind,
        "orders_placed": row.orders_placed,
        "orders_cancelled": row.orders_cancelled,
        "fills": row.fills,
        "rejects": row.rejects,
        "unknown_outcomes": row.unknown_outcomes,
        "volume_quote": _amount(pnl.volume),
        "maker_share": _ratio(pnl.maker_share),
        "realized_pnl": _amount(pnl.realized),
        "unrealized_pnl": _amount(pnl.unrealized_mark),
        "fees": _amount(pnl.fees),
        "funding": _amount(pnl.funding),
        "net_pnl": _amount(pnl.net),
        "position": _amount(row.position),
        "open_orders_left": len(row.orders),
        "reason_stopped": row.stop_reason or None,
        "orders_amended": row.orders_amended,
        "fees_complete": pnl.fees_complete,
        "cost_per_million": _ratio(pnl.cost_per_million),
        "wear_rate_pct": _ratio(pnl.wear_rate_pct),
        "attribution": _attribution(row.attribution),
        "markouts": [_markout(markout) for markout in row.markouts],
        **({} if row.rewards is None else {"rewards": _rewards(row.rewards)}),
    }


def _rewards(row: RewardFigures) -> dict[str, object]:
    """What the meter of a maker programme counted."""
    values = {name: getattr(row, name) for name in row.__struct_fields__}
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in values.items()}


def _attribution(row: AttributionRow) -> dict[str, str]:
    return {name: decimal_text(getattr(row, name)) for name in row.__struct_fields__}


def _markout(row: MarkoutRow) -> dict[str, float | int | None]:
    return {
        "horizon_s": row.horizon_s,
        "n": row.n,
        "missing": row.missing,
        "pending": row.pending,
        "markout_bps": _rounded(row.markout_bps),
        "standard_error_bps": _rounded(row.standard_error_bps),
        "adverse_selection_bps": _rounded(row.adverse_selection_bps),
    }


def _amount(value: Decimal | None) -> str | None:
    return None if value is None else decimal_text(value)


def _ratio(value: Decimal | None) -> str | None:
    """A quotient has no exact text: it is cut, not rounded, so that a share of 1 means all of it."""
    return None if value is None else decimal_text(value.quantize(_RATIO_STEP, ROUND_DOWN))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _BPS_DIGITS)
