"""Trades that a recorder fetched after the fact: they are no news, and no order of ours could have met them."""

from typing import Final

from mmtui.exchanges.replay.tables import BackfillRule, TradeRow
from mmtui.model.units import NS_PER_S

LATE_NS: Final = 2 * NS_PER_S
SERIES_APART: Final = 0.9
"""The streamed ids lie below this share of the fetched ones (55 % in the recordings)."""


def received_late() -> BackfillRule:
    """A trade received more than 2 s after it happened came with the history that a new connection sends first.

    Hyperliquid's delay is 0.83 s in the median and 1.1 s at 99 %.
    """

    def late(row: TradeRow) -> bool:
        venue_ns = row.trade.venue_time_ns
        return venue_ns is not None and row.trade.time_ns - venue_ns > LATE_NS

    return late


def second_id_series() -> BackfillRule:
    """Aster: a file opens with trades fetched over REST, whose ids are a series of their own far above the stream's.

    The same happens after each reconnect. A row belongs to the series whose last id is nearer; a streamed id that does
    not rise was seen before. Rows are judged by earlier rows only.
    """
    fetched = streamed = 0

    def foreign(row: TradeRow) -> bool:
        nonlocal fetched, streamed
        number = row.number
        if not streamed:
            of_stream = bool(fetched) and number < fetched * SERIES_APART
        else:
            of_stream = abs(number - streamed) < abs(number - fetched)
        if not of_stream:
            fetched = number
            return True
        if number <= streamed:
            return True
        streamed = number
        return False

    return foreign
