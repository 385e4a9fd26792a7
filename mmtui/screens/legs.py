"""Two instruments side by side: what the pair view knows of each leg, and what the two are worth against each other."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from mmtui.model.units import BPS, ZERO
from mmtui.views.board import Board, MarketRow, PairRow, StrategyRow


class Leg(NamedTuple):
    """One instrument: its best prices, and what we hold of it; None is unknown, ``traded`` False: not ours at all."""

    instrument: str
    venue: str
    symbol: str
    base_asset: str
    quote_asset: str
    tick_size: Decimal
    lot_size: Decimal
    best_bid: Decimal | None
    best_ask: Decimal | None
    book_age_ns: int | None
    stream: str
    strategies: tuple[str, ...]
    position: Decimal | None

    @property
    def traded(self) -> bool:
        """Whether one of our strategies trades it."""
        return bool(self.strategies)

    @property
    def mid(self) -> Decimal | None:
        """The middle of the best prices."""
        if self.best_bid is None or self.best_ask is None:
            return None
        return (self.best_bid + self.best_ask) / 2


class Spread(NamedTuple):
    """What selling one leg at its bid and buying the other at its ask brings, before fees."""

    quote: Decimal | None
    bps: Decimal | None


def legs_of(board: Board) -> tuple[Leg, ...]:
    """All instruments that the Board knows, those that we trade first, each once."""
    markets = {row.instrument: row for row in board.markets}
    instruments = list(dict.fromkeys([*(row.instrument for row in board.strategies), *markets]))
    return tuple(_leg(board, instrument, markets.get(instrument)) for instrument in instruments)


def likely_legs(legs: Sequence[Leg]) -> tuple[Leg | None, Leg | None]:
    """The first two of one asset; failing that the first two."""
    for k, first in enumerate(legs):
        for second in legs[k + 1 :]:
            if comparable(first, second):
                return first, second
    return (legs[0], legs[1]) if len(legs) > 1 else (legs[0] if legs else None, None)


def pair_legs(board: Board, pair: PairRow) -> tuple[Leg | None, Leg | None]:
    """The legs of a two-leg strategy, with the positions and accounts that it says they have."""
    known = {leg.instrument: leg for leg in legs_of(board)}
    positions = pair.first_position, pair.second_position
    found = []
    for instrument, position, account in zip((pair.first, pair.second), positions, pair.accounts, strict=True):
        leg = known.get(instrument)
        if leg is not None:
            strategies = leg.strategies or (pair.strategy,)
            leg = leg._replace(position=position, strategies=strategies, venue=account or leg.venue)
        found.append(leg)
    return found[0], found[1]


def _leg(board: Board, instrument: str, market: MarketRow | None) -> Leg:
    rows = [row for row in board.strategies if row.instrument == instrument]
    face: StrategyRow | MarketRow = rows[0] if market is None else market
    bid, ask = _touch(rows, market)
    positions = [row.position for row in rows]
    known = [position for position in positions if position is not None]
    return Leg(
        instrument=instrument,
        venue=", ".join(dict.fromkeys(row.account for row in rows)) or ("" if market is None else market.venue),
        symbol=face.symbol,
        base_asset=face.base_asset,
        quote_asset=face.quote_asset,
        tick_size=face.tick_size,
        lot_size=face.lot_size,
        best_bid=bid,
        best_ask=ask,
        book_age_ns=face.book_age_ns,
        stream="" if market is None else market.stream,
        strategies=tuple(row.name for row in rows),
        position=sum(known, ZERO) if known and len(known) == len(positions) else None,
    )


def _touch(rows: list[StrategyRow], market: MarketRow | None) -> tuple[Decimal | None, Decimal | None]:
    """The best prices as a strategy has them, exactly; else as the market's book has them."""
    for row in rows:
        if row.best_bid is not None and row.best_ask is not None:
            return row.best_bid, row.best_ask
    if market is None:
        return None, None
    bid = Decimal(repr(market.bids[0][0])) if market.bids else None
    ask = Decimal(repr(market.asks[0][0])) if market.asks else None
    return bid, ask


def sell_buy(sold: Leg, bought: Leg) -> Spread:
    """Sell ``sold`` at its bid, buy ``bought`` at its ask; bps of the middle of the two. Unknown without both."""
    if sold.best_bid is None or bought.best_ask is None:
        return Spread(None, None)
    quote = sold.best_bid - bought.best_ask
    middle = (sold.best_bid + bought.best_ask) / 2
    return Spread(quote, quote / middle * BPS if middle else None)


def comparable(first: Leg, second: Leg) -> bool:
    """Whether prices and positions of the two can be set against each other."""
    return first.base_asset == second.base_asset


def net_exposure(first: Leg, second: Leg) -> Decimal | None:
    """Base units that the two positions leave unhedged; None where they are unknown or of different assets."""
    if first.instrument == second.instrument:
        return first.position
    if not comparable(first, second) or first.position is None or second.position is None:
        return None
    return first.position + second.position


def net_value(first: Leg, second: Leg) -> Decimal | None:
    """What both positions are worth together at their mids, in the quote asset."""
    if first.quote_asset != second.quote_asset:
        return None
    worth = ZERO
    for leg in (first, second):
        if leg.position is None or leg.mid is None:
            return None
        worth += leg.position * leg.mid
    return worth


def ratio(first: Leg, second: Leg) -> Decimal | None:
    """The first mid in units of the second."""
    return None if first.mid is None or not second.mid else first.mid / second.mid


def distance_to(spread: Spread, threshold_bps: Decimal | None) -> Decimal | None:
    """How far a spread is above its threshold, in bps; negative while it is below."""
    return None if spread.bps is None or threshold_bps is None else spread.bps - threshold_bps


def least_lot(first: Leg, second: Leg) -> Decimal:
    """The larger lot: what is below it cannot be hedged."""
    return max(first.lot_size, second.lot_size)
