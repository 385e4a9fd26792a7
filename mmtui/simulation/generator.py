"""The crowd of a simulated market: a price that wanders, quotes that follow it, takers that come and go.

Everything is drawn from seeded ``random.Random`` instances; the same settings give the same orders. The crowd trades
with ordinary orders in the same book as everybody else: when the price leaves a stale quote of ours behind, the crowd's
next quote takes it.
"""

import random
from math import ceil, exp, floor, log, sqrt
from typing import Final, Protocol

from mmtui.model.instrument import Instrument
from mmtui.model.units import NS_PER_S, Side
from mmtui.simulation.ladder import Ladder
from mmtui.simulation.market_settings import AssetSettings, MarketSettings

__all__ = ["CrowdBook", "FairPrice", "MarketGenerator", "MarketSettings"]

PRICE_STEP_NS: Final = 50_000_000
"""The wandering price moves on this grid, whoever looks at it."""

INSTRUMENTS_PER_ASSET: Final = 2
LEVEL_SIGMA: Final = 0.6
"""Log standard deviation of a level's size around its mean."""
SLACK_LEVELS: Final = 0.4
SLACK_SPREADS: Final = 0.5
"""How far, in level spacings and in spreads, the fair price leaves the crowd's centre before the crowd follows."""
NEAR_LEVELS: Final = 4
"""So many levels from the touch are filled again at once; those further out wait to be refreshed."""
LEAST_LEVELS: Final = 2
"""A side with fewer levels is left alone by the crowd's takers."""
ANY_LOTS: Final = 2**62


class CrowdBook(Protocol):
    """What the crowd may do in a book."""

    def ladder(self, side: Side) -> Ladder:
        """One side, to look at."""
        ...

    def crowd_place(self, side: Side, ticks: int, lots: int) -> None:
        """Match what crosses and rest what remains."""
        ...

    def crowd_take(self, side: Side, ticks: int, lots: int) -> None:
        """Match up to ``lots`` at ``ticks`` or better; nothing rests."""
        ...

    def crowd_cancel(self, side: Side, ticks: int, lots: int, *, behind: bool) -> None:
        """Take up to ``lots`` of the crowd's orders off a level, beginning at its back if ``behind``."""
        ...


class FairPrice:
    """The price that the crowd believes in, shared by the instruments of one asset.

    A geometric random walk on a fixed time grid. Sweeps move it for good (``nudge``); the walk's own volatility is what
    remains of ``volatility_bps`` beside them, half of it at least.
    """

    def __init__(self, settings: MarketSettings, asset: AssetSettings) -> None:
        self._random = random.Random(f"{settings.seed}:{asset.base}:price")
        self._log = log(float(asset.price))
        self._step = -1
        sweeps_per_minute = 60 * INSTRUMENTS_PER_ASSET * settings.trades_per_s * settings.burst_share
        sweep_variance = sweeps_per_minute * 2 * (settings.burst_impact * settings.burst_bps) ** 2
        total = settings.volatility_bps**2
        own = max(total - sweep_variance, total / 4)
        step_s = PRICE_STEP_NS / NS_PER_S
        self._sigma = sqrt(own / 60 * step_s) / 1e4
        self._drift = settings.drift_bps_per_hour / 1e4 / 3_600 * step_s

    def at(self, now_ns: int) -> float:
        """The price at a time; times must not fall."""
        step = now_ns // PRICE_STEP_NS
        if self._step < 0:
            self._step = step
        while self._step < step:
            self._step += 1
            self._log += self._drift + self._sigma * self._random.gauss(0.0, 1.0)
        return exp(self._log)

    def nudge(self, bps: float) -> None:
        """Move the price by so much for good."""
        self._log += bps / 1e4

    def move_to(self, price: float) -> None:
        """Put the price there, as a test or a drill wants it."""
        self._log = log(price)


class MarketGenerator:
    """The crowd of one instrument; acts at ``next_time_ns`` whenever ``act`` is called."""

    def __init__(self, instrument: Instrument, settings: MarketSettings, fair: FairPrice) -> None:
        self._settings = settings
        self._fair = fair
        self._random = random.Random(f"{settings.seed}:{instrument.symbol}")
        self._tick = float(instrument.tick_size)
        self._lot = float(instrument.lot_size * instrument.multiplier)
        self._trade_mu = log(settings.trade_median)
        self._trade_sigma = sqrt(2 * max(0.0, log(settings.trade_mean / settings.trade_median)))
        self._refreshes = max(1, round(settings.levels / settings.updates_per_s))  # every level about once a second
        self._centre = 0.0
        self._spacing = 1
        self._next_update_ns = 0
        self._next_trade_ns = 0

    @property
    def next_time_ns(self) -> int:
        """When the crowd acts next."""
        return min(self._next_update_ns, self._next_trade_ns)

    @property
    def settings(self) -> MarketSettings:
        """The statistics asked for."""
        return self._settings

    def fair_price(self, now_ns: int) -> float:
        """What the crowd believes the price to be: the index of this market."""
        return self._fair.at(now_ns)

    def start(self, book: CrowdBook, now_ns: int) -> None:
        """Fill an empty book."""
        price = self._fair.at(now_ns)
        self._centre = price / self._tick
        self._spacing = max(1, round(self._settings.level_spacing_bps / 1e4 * self._centre))
        for side, best in zip((Side.BUY, Side.SELL), self._touch(), strict=True):
            for level in range(self._settings.levels):
                book.crowd_place(side, self._level_ticks(side, best, level), self._level_lots(level, price))
        self._next_update_ns = now_ns + self._wait(self._settings.updates_per_s)
        self._next_trade_ns = now_ns + self._wait(self._settings.trades_per_s)

    def act(self, book: CrowdBook, now_ns: int) -> None:
        """Do what is due now: one market order or one round of quoting."""
        if self._next_trade_ns <= self._next_update_ns:
            self._trade(book)
            self._next_trade_ns = now_ns + self._wait(self._settings.trades_per_s)
        else:
            self._quote(book, now_ns)
            self._next_update_ns = now_ns + self._wait(self._settings.updates_per_s)

    def move_to(self, price: float, now_ns: int) -> None:
        """Put the fair price there and quote around it at once."""
        self._fair.at(now_ns)
        self._fair.move_to(price)
        self._centre = price / self._tick
        self._next_update_ns = now_ns

    def _wait(self, rate: float) -> int:
        return max(1, int(self._random.expovariate(rate) * NS_PER_S))

    # ---------------------------------------------------------------------------------------------------- takers

    def _trade(self, book: CrowdBook) -> None:
        """One market order; it leaves the last level alone, so that the crowd never empties its own book."""
        draw, settings = self._random, self._settings
        side = Side.BUY if draw.getrandbits(1) else Side.SELL
        prices = book.ladder(side.opposite).ticks()
        if len(prices) < LEAST_LEVELS:
            return
        touch, limit = prices[0], prices[-2]
        notional = draw.lognormvariate(self._trade_mu, self._trade_sigma)
        lots = max(1, round(notional / (touch * self._tick * self._lot)))
        if draw.random() < settings.burst_share:
            reach = floor(touch * draw.expovariate(1 / settings.burst_bps) / 1e4)
            reach = min(reach, abs(limit - touch))
            limit = touch + side.sign * reach
            lots += self._crowd_lots(book.ladder(side.opposite), limit)
            self._fair.nudge(side.sign * settings.burst_impact * reach / touch * 1e4)
        book.crowd_take(side, limit, lots)

    def _crowd_lots(self, ladder: Ladder, limit: int) -> int:
        """What the crowd itself holds up to a price: the most that a sweep takes, so that a wall of ours stops it."""
        worst = ladder.sign * limit
        total = 0
        for key in reversed(ladder.keys):
            if key < worst:
                break
            total += ladder.levels[key].crowd_lots
        return total

    # ---------------------------------------------------------------------------------------------------- quoters

    def _quote(self, book: CrowdBook, now_ns: int) -> None:
        fair = self._fair.at(now_ns)
        ticks = fair / self._tick
        slack = SLACK_LEVELS * self._spacing + SLACK_SPREADS * self._settings.spread_bps / 1e4 * ticks
        if abs(ticks - self._centre) > slack:
            self._centre = ticks
        bid, ask = self._touch()
        self._clear(book, Side.BUY, bid)
        self._clear(book, Side.SELL, ask)
        for side, best in ((Side.BUY, bid), (Side.SELL, ask)):
            self._fill_gaps(book, side, best, fair)
            for _ in range(self._refreshes):
                self._refresh_level(book, side, best, fair)
            self._tidy(book, side, best)

    def _touch(self) -> tuple[int, int]:
        half = self._settings.spread_bps / 2e4 * self._centre
        bid = max(1, floor(self._centre - half))
        return bid, max(bid + 1, ceil(self._centre + half))

    def _clear(self, book: CrowdBook, side: Side, best: int) -> None:
        """Pull the crowd's quotes that are better than its new touch."""
        ladder = book.ladder(side)
        limit = ladder.sign * best
        better = []
        for key in reversed(ladder.keys):
            if key <= limit:
                break
            better.append(ladder.sign * key)
        for ticks in better:
            book.crowd_cancel(side, ticks, ANY_LOTS, behind=True)

    def _fill_gaps(self, book: CrowdBook, side: Side, best: int, price: float) -> None:
        """Quote the touch, and the nearest levels that stand empty."""
        ladder = book.ladder(side)
        left = self._refreshes + 1
        for level in range(min(NEAR_LEVELS, self._settings.levels)):
            ticks = self._level_ticks(side, best, level)
            if not ladder.crowd_lots(ticks):
                book.crowd_place(side, ticks, self._level_lots(level, price))
                left -= 1
                if not left:
                    return

    def _refresh_level(self, book: CrowdBook, side: Side, best: int, price: float) -> None:
        """Let the size of one random level wander towards a newly drawn one."""
        level = int(self._random.random() * self._settings.levels)
        ticks = self._level_ticks(side, best, level)
        held, wanted = book.ladder(side).crowd_lots(ticks), self._level_lots(level, price)
        if held < wanted:
            book.crowd_place(side, ticks, wanted - held)
        elif held > wanted:
            book.crowd_cancel(side, ticks, held - wanted, behind=self._random.random() < self._settings.cancel_behind)

    def _tidy(self, book: CrowdBook, side: Side, best: int) -> None:
        """Pull one level that a moving price has left off the grid or far away."""
        keys = book.ladder(side).keys
        if not keys:
            return  # a giant order of ours has eaten this side
        crowded = len(keys) > 2 * self._settings.levels
        position = 0 if crowded else int(self._random.random() * len(keys))
        ticks = side.sign * keys[position]
        if position == 0 or (ticks != best and ticks % self._spacing):
            reach = self._settings.levels * self._spacing
            if position or abs(ticks - best) > reach:
                book.crowd_cancel(side, ticks, ANY_LOTS, behind=True)

    def _level_ticks(self, side: Side, best: int, level: int) -> int:
        """Level 0 is the touch; the others stand on multiples of the spacing and stay when the touch moves."""
        if level == 0:
            return best
        spacing = self._spacing
        if side is Side.BUY:
            return max(1, (best - 1) // spacing * spacing - (level - 1) * spacing)
        return -(-(best + 1) // spacing) * spacing + (level - 1) * spacing

    def _level_lots(self, level: int, price: float) -> int:
        mean = self._settings.level_notional * min(1.0, 0.3 + 0.15 * level)
        size = self._random.lognormvariate(-(LEVEL_SIGMA**2) / 2, LEVEL_SIGMA)
        return max(1, round(mean * size / (price * self._lot)))
