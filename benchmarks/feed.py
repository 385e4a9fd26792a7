"""A generated market in the likeness of a Backpack depth stream: seeded, endless, and it knows its own best prices.

A book of some 300 to 620 levels a side; messages of 2 to 20 changed levels, 6.4 on average; the best price changes in
about 30 % of them. The generator counts in whole ticks and lots and keeps its own sorted lists, so that the best prices
it tells are a check on whoever reads prices as text or float.
"""

import random
from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import Final, NamedTuple

SEED: Final = 7
SYMBOL: Final = "SOL_USDC"
TICKS_PER_UNIT: Final = 100
LOTS_PER_UNIT: Final = 100
START_US: Final = 1_767_225_600_000_000
START_SEQUENCE: Final = 94_978_271
START_TICKS: Final = 15_000

TOUCH_SHARE: Final = 0.299
LEVELS_MEAN: Final = 5.05
LEVELS_MOST: Final = 20
GAP_US: Final = 50_000
DEPTH_TICKS: Final = 800
FEWEST, MOST = 320, 600
TRADES_PER_MESSAGE: Final = 37_251 / 150_130

Rows = list[tuple[int, int]]
"""(price in ticks, size in lots), as in a frame: ascending by price, size 0 deletes."""


class Diff(NamedTuple):
    """Changed levels, with the best prices that hold after them."""

    time_us: int
    sequence: int
    bids: Rows
    asks: Rows
    best_bid: int
    best_ask: int


class Trade(NamedTuple):
    """A trade at the touch; it changes no level by itself."""

    time_us: int
    number: int
    price: int
    size: int
    buyer_is_maker: bool


class Side:
    """One side of the generator's book."""

    def __init__(self, rng: random.Random, best: int, sign: int) -> None:
        self.sign = sign
        self.sizes = {
            best - sign * offset: rng.randint(1, 22_000)
            for offset in range(DEPTH_TICKS)
            if offset == 0 or rng.random() < 0.57
        }
        self.prices = sorted(self.sizes)

    @property
    def best(self) -> int:
        """Best price in ticks."""
        return self.prices[-1 if self.sign > 0 else 0]

    def put(self, price: int, size: int) -> None:
        """Set one level; 0 takes it away."""
        if not size:
            del self.sizes[price]
            del self.prices[bisect_left(self.prices, price)]
            return
        if price not in self.sizes:
            insort(self.prices, price)
        self.sizes[price] = size

    def rows(self) -> Rows:
        """All levels."""
        return [(price, self.sizes[price]) for price in self.prices]


class Feed:
    """The generator. Two with equal arguments tell the same."""

    def __init__(self, seed: int = SEED, trades_per_message: float = 0.0) -> None:
        self._random = rng = random.Random(seed)
        self._trades_per_message = trades_per_message
        self._time_us = START_US
        self._sequence = START_SEQUENCE
        self._trades = 0
        self.bids = Side(rng, START_TICKS, 1)
        self.asks = Side(rng, START_TICKS + 2, -1)
        self.first = self._diff(self.bids.rows(), self.asks.rows())

    def messages(self, count: int) -> Iterator[Diff | Trade]:
        """The next ``count`` diffs, and the trades between them."""
        for _ in range(count):
            while self._random.random() < self._trades_per_message / (1 + self._trades_per_message):
                yield self._trade()
            yield self._next()

    def _next(self) -> Diff:
        rng = self._random
        self._time_us += 1 + int(rng.expovariate(1 / GAP_US))
        self._sequence += 1
        wanted = min(LEVELS_MOST, 2 + int(rng.expovariate(1 / LEVELS_MEAN)))
        bids: dict[int, int] = {}
        asks: dict[int, int] = {}
        if rng.random() < TOUCH_SHARE:
            self._move_touch(bids, asks)
        while len(bids) + len(asks) < wanted:
            if rng.random() < 0.5:
                self._edit(self.bids, bids)
            else:
                self._edit(self.asks, asks)
        return self._diff(sorted(bids.items()), sorted(asks.items()))

    def _diff(self, bids: Rows, asks: Rows) -> Diff:
        return Diff(self._time_us, self._sequence, bids, asks, self.bids.best, self.asks.best)

    def _move_touch(self, bids: dict[int, int], asks: dict[int, int]) -> None:
        """One best price steps: in towards the other side where there is room, or back by losing its best level."""
        rng = self._random
        side, changes = (self.bids, bids) if rng.random() < 0.5 else (self.asks, asks)
        spread = self.asks.best - self.bids.best
        if spread > 1 and rng.random() < (0.5 if spread <= 3 else 0.8):
            self._set(side, changes, side.best + side.sign, rng.randint(1, 22_000))
        else:
            self._set(side, changes, side.best, 0)

    def _edit(self, side: Side, changes: dict[int, int]) -> None:
        """Change a level that is not the best one, near ones more often than far ones."""
        rng = self._random
        offset = 1 + int(rng.expovariate(1 / 60) if rng.random() < 0.7 else rng.random() * DEPTH_TICKS)
        price = side.best - side.sign * offset
        if price in changes or price <= 0:
            return
        count, roll = len(side.prices), rng.random()
        if price in side.sizes:
            deleted = count > MOST or (count > FEWEST and roll < 0.35)
            self._set(side, changes, price, 0 if deleted else rng.randint(1, 22_000))
        elif count < FEWEST or (count < MOST and roll < 0.5):
            self._set(side, changes, price, rng.randint(1, 22_000))

    def _set(self, side: Side, changes: dict[int, int], price: int, size: int) -> None:
        side.put(price, size)
        changes[price] = size

    def _trade(self) -> Trade:
        rng = self._random
        self._time_us += 1 + int(rng.expovariate(1 / 1_000))
        self._trades += 1
        sold = rng.random() < 0.5
        side = self.bids if sold else self.asks
        size = 1 + int(rng.expovariate(1 / 1_500))
        return Trade(self._time_us, self._trades, side.best, size, sold)


# ------------------------------------------------------------------------------------------------------- as frames


def frame_of(message: Diff | Trade) -> str:
    """The message as the venue's websocket would carry it."""
    if isinstance(message, Trade):
        return (
            f'{{"stream":"trade.{SYMBOL}","data":{{"e":"trade","E":{message.time_us},"s":"{SYMBOL}",'
            f'"p":"{price_text(message.price)}","q":"{size_text(message.size)}","t":{message.number},'
            f'"T":{message.time_us},"m":{"true" if message.buyer_is_maker else "false"}}}}}'
        )
    return (
        f'{{"stream":"depth.{SYMBOL}","data":{{"e":"depth","E":{message.time_us},"s":"{SYMBOL}",'
        f'"a":[{_levels(message.asks)}],"b":[{_levels(message.bids)}],'
        f'"U":{message.sequence},"u":{message.sequence},"T":{message.time_us}}}}}'
    )


def price_text(ticks: int) -> str:
    """A price as the venue writes it."""
    return f"{ticks // TICKS_PER_UNIT}.{ticks % TICKS_PER_UNIT:02d}"


def size_text(lots: int) -> str:
    """A size as the venue writes it."""
    return f"{lots // LOTS_PER_UNIT}.{lots % LOTS_PER_UNIT:02d}"


def _levels(rows: Rows) -> str:
    return ",".join(f'["{price_text(price)}","{size_text(size)}"]' for price, size in rows)
