"""The markets of a sandbox: a lively crowd for each symbol, or recorded data where there is some."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from mmtui.model.events import MarketEvent, MarkPrice, StreamDown, StreamUp, Unrecognised
from mmtui.model.instrument import Instrument
from mmtui.model.units import NS_PER_S, ZERO
from mmtui.simulation.generator import PRICE_STEP_NS, FairPrice, MarketGenerator
from mmtui.simulation.market import Market
from mmtui.simulation.market_settings import AssetSettings, MarketSettings
from mmtui.simulation.matching import MatchingMarket
from mmtui.simulation.recorded import RecordedMarket, RecordedSettings

START_PRICES: Final[Mapping[str, Decimal]] = {"SOL": Decimal(150), "BTC": Decimal(95_000), "ETH": Decimal(3_100)}
"""Where the crowd's price begins."""

RECORDED_BOOK_AGE_MS: Final = 60_000
SIZE_WHERE_UNKNOWN: Final = Decimal(1)
"""Shown and tradable at best prices that were recorded without sizes."""


class Recorded(Struct, frozen=True):
    """Recorded market data for some symbols: events in time order named by the sandbox's instrument ids.

    ``events`` may be called again; the recording then starts anew. ``book_step`` is the grid to which its books were
    aggregated, if coarser than the tick.
    """

    instruments: tuple[Instrument, ...]
    events: Callable[[], Iterable[MarketEvent]]
    book_step: Decimal | None = None


class StillPrice(FairPrice):
    """A wandering price that can be told to stay where it is until a time."""

    def stay_until(self, time_ns: int) -> None:
        """Take none of the steps before ``time_ns``."""
        self._step = max(self._step, time_ns // PRICE_STEP_NS)


class SleepyCrowd(MarketGenerator):
    """A crowd that can be told to keep still while a drill lets hours pass."""

    sleep_until_ns = 0

    @property
    def next_time_ns(self) -> int:
        """When the crowd acts next."""
        return max(super().next_time_ns, self.sleep_until_ns)


class FloorMarkets:
    """Every symbol's market. ``by_id`` is keyed by instrument id."""

    def __init__(
        self,
        instruments: Iterable[Instrument],
        seed: int,
        *,
        funding_interval_s: int = 8 * 3_600,
        manners: MarketSettings | None = None,
        recorded: Recorded | None = None,
    ) -> None:
        self.seed = seed
        known = {row.id: row for row in recorded.instruments} if recorded is not None else {}
        self.instruments = tuple(known.get(row.id, row) for row in instruments)
        self.by_id: dict[str, Market] = {}
        self._crowds: list[SleepyCrowd] = []
        book_step = recorded.book_step if recorded is not None else None
        self._book_step = book_step or ZERO
        rules = RecordedSettings(
            book_max_age_ms=RECORDED_BOOK_AGE_MS, size_where_unknown=SIZE_WHERE_UNKNOWN, book_step=book_step
        )
        settings = replace(manners or MarketSettings(), seed=seed, name="sandbox")
        fair: dict[str, StillPrice] = {}
        for row in self.instruments:
            if row.id in known:
                self.by_id[row.id] = RecordedMarket(row, rules)
                continue
            asset = AssetSettings(row.base_asset, START_PRICES[row.base_asset], row.tick_size, row.lot_size)
            price = fair.setdefault(row.base_asset, StillPrice(settings, asset))
            crowd = SleepyCrowd(row, settings, price)
            self._crowds.append(crowd)
            self.by_id[row.id] = MatchingMarket(row, crowd, funding_interval_s)
        self._prices = tuple(fair.values())
        self._player = _Player(recorded) if recorded is not None else None

    def is_recorded(self, instrument: str) -> bool:
        """True if this market plays recorded data."""
        return isinstance(self.by_id[instrument], RecordedMarket)

    def slack(self, instrument: str) -> Decimal:
        """How much worse than a price shown the real one may have been: recorded books can be coarser than the tick."""
        return self._book_step if self.is_recorded(instrument) else ZERO

    def sleep_until(self, time_ns: int) -> None:
        """Let the crowds keep still until then, and recordings skip what lies before."""
        for crowd in self._crowds:
            crowd.sleep_until_ns = time_ns
        for price in self._prices:
            price.stay_until(time_ns)
        if self._player is not None:
            self._player.pause_until(time_ns)

    def take_recorded(self, now_ns: int) -> list[MarketEvent]:
        """The recorded events due until now, restamped to the sandbox's time."""
        return self._player.take(now_ns) if self._player is not None else []

    def next_recorded_ns(self) -> int | None:
        """When the next recorded event is due; None without a recording."""
        return self._player.next_ns() if self._player is not None else None


class _Player:
    """Plays a recording in real time, from the start again a second after its end."""

    def __init__(self, recorded: Recorded) -> None:
        self._recorded = recorded
        self._events: Iterator[MarketEvent] = iter(())
        self._next: MarketEvent | None = None
        self._shift_ns: int | None = None

    def pause_until(self, time_ns: int) -> None:
        """Go on from where we are, but not before ``time_ns``."""
        if self._next is not None and self._shift_ns is not None:
            self._shift_ns = max(self._shift_ns, time_ns - self._next.time_ns)

    def take(self, now_ns: int) -> list[MarketEvent]:
        """Everything due by now."""
        due = []
        while (found := self._peek(now_ns)) is not None and found[0].time_ns + found[1] <= now_ns:
            due.append(_restamped(*found))
            self._next = None
        return due

    def next_ns(self) -> int | None:
        """When the next event is due; 0 before the first."""
        return 0 if self._next is None else self._next.time_ns + (self._shift_ns or 0)

    def _peek(self, now_ns: int) -> tuple[MarketEvent, int] | None:
        """The next event and how far the sandbox's time is from the recording's; None for an empty recording."""
        if self._next is None:
            self._next = next(self._events, None)
        if self._next is None:
            pause_ns = 0 if self._shift_ns is None else NS_PER_S
            self._events = iter(self._recorded.events())
            self._next = next(self._events, None)
            self._shift_ns = None if self._next is None else now_ns + pause_ns - self._next.time_ns
        return None if self._next is None or self._shift_ns is None else (self._next, self._shift_ns)


def _restamped(event: MarketEvent, shift_ns: int) -> MarketEvent:
    time_ns = event.time_ns + shift_ns
    if isinstance(event, StreamUp | StreamDown | Unrecognised):
        return replace(event, time_ns=time_ns)
    if isinstance(event, MarkPrice) and event.next_funding_ns is not None:
        return replace(event, time_ns=time_ns, venue_time_ns=None, next_funding_ns=event.next_funding_ns + shift_ns)
    return replace(event, time_ns=time_ns, venue_time_ns=None)
