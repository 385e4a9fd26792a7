"""Two lines that say what the market is: instrument, touch, spread, book age; mark, index, funding."""

from collections.abc import Hashable, Iterable
from decimal import Decimal
from typing import Final, NamedTuple

from mmtui.model.units import BPS, HUNDRED
from mmtui.screens import numbers
from mmtui.screens.folding import Part, fold
from mmtui.screens.widgets.ladder_rows import touch_spread
from mmtui.screens.widgets.line_pane import LinePane, Run, Translate
from mmtui.views.board import MarketRow

_RATE_PLACES: Final = 4
_BASIS_PLACES: Final = 1


class PartsRow(NamedTuple):
    """One line of parts that fold."""

    parts: tuple[Part, ...]


class Place(NamedTuple):
    """Which instrument of how many is shown, the first being 1."""

    number: int
    instruments: int


class MarketHead(LinePane):
    """The head of the market screen."""

    def __init__(self, translate: Translate = str, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(translate, id=id)
        self._shown: tuple[PartsRow, ...] = ()

    def show(self, market: MarketRow | None, place: Place, now_ns: int, *, stale: bool) -> int:
        """Draw this picture of time ``now_ns``; returns how many lines changed."""
        if market is None:
            self._shown = (PartsRow((Part("none", 1, (self._("no instrument yet"),), "warning"),)),)
        else:
            reference = self._reference(market, now_ns)
            self._shown = (PartsRow(self._touch(market, place, stale=stale)), PartsRow(reference))
        return self.draw()

    def draw(self) -> int:
        """Show the pane's two lines."""
        return self.show_rows(self._shown)

    def paint(self, row: Hashable) -> Iterable[Run]:
        """One row as runs."""
        if not isinstance(row, PartsRow):
            return []
        runs: list[Run] = []
        for shown in fold(row.parts, self.extent.width - 2):
            runs.append(("  " if runs else " ", "text"))
            runs.append((shown.text, shown.style or "text"))
        return runs

    def _touch(self, market: MarketRow, place: Place, *, stale: bool) -> tuple[Part, ...]:
        _ = self._
        symbol, venue = market.symbol, market.venue
        where = _("{number}/{count} [ ]").format(number=place.number, count=place.instruments)
        bid = market.bids[0][0] if market.bids else None
        ask = market.asks[0][0] if market.asks else None
        touch = _("bid {bid}  ask {ask}").format(
            bid=numbers.price(bid, market.tick_size), ask=numbers.price(ask, market.tick_size)
        )
        age = numbers.age(market.book_age_ns)
        streams = {"up": _("stream up"), "down": _("STREAM DOWN"), "starting": _("stream starting")}
        stream = streams.get(market.stream, market.stream)
        alarm = stale or market.stream != "up"
        return (
            Part("symbol", 1, (f"{symbol}  {venue}", symbol), "strong"),
            *([] if place.instruments <= 1 else [Part("place", 4, (where,), "dim")]),
            Part("touch", 2, (touch,)),
            Part("spread", 3, (_spread_text(market, _),)),
            Part("stream", 2, (stream,), "error" if market.stream != "up" else "dim"),
            Part("age", 2, (_("book {age}").format(age=age),), "error" if alarm else "dim"),
        )

    def _reference(self, market: MarketRow, now_ns: int) -> tuple[Part, ...]:
        _ = self._
        mark, index = market.mark, market.index
        known = mark is not None or index is not None or market.funding_rate is not None
        if not known:
            text = _("mark, index and funding: not sent by the venue")
            return (Part("unknown", 1, (text,), "dim"),)
        basis = None if mark is None or not index else (mark - index) / index * BPS
        return (
            Part("mark", 1, (_("mark {price}").format(price=_finer(mark, market.tick_size)),)),
            Part("index", 2, (_("index {price}").format(price=_finer(index, market.tick_size)),)),
            Part("basis", 4, (_("mark-index {bps} bps").format(bps=numbers.signed(basis, _BASIS_PLACES)),), "dim"),
            Part("funding", 1, self._funding(market.funding_rate, market.next_funding_ns, now_ns)),
        )

    def _funding(self, rate: Decimal | None, next_ns: int | None, now_ns: int) -> tuple[str, ...]:
        """Rate of one funding, signed: positive means longs pay shorts."""
        _ = self._
        if rate is None:
            return (_("funding: not sent"),)
        percent = f"{numbers.signed(rate * HUNDRED, _RATE_PLACES)}%"
        short = _("funding {percent}").format(percent=percent)
        if next_ns is None:
            return (short,)
        left = numbers.age(max(0, next_ns - now_ns))
        payer = _("longs pay") if rate > 0 else _("shorts pay")
        return (
            _("funding {percent} {payer} in {left}").format(percent=percent, payer=payer if rate else "", left=left),
            _("funding {percent} in {left}").format(percent=percent, left=left),
            short,
        )


def _spread_text(market: MarketRow, translate: Translate) -> str:
    """The spread in ticks and bps of mid; unknown where a side is empty."""
    _ = translate
    spread = touch_spread(market)
    if spread is None:
        return _("spread unknown")
    words = _("spread 1 tick {bps} bps") if spread.ticks == 1 else _("spread {ticks} ticks {bps} bps")
    return words.format(ticks=spread.ticks, bps=numbers.bps(spread.bps, 2))


def _finer(price: Decimal | None, tick_size: Decimal) -> str:
    """Mark and index lie off the grid: one place more than the tick."""
    return numbers.number(price, numbers.places_of(tick_size) + 1)
