"""Replay: recorded frames, already decoded, through the real engine and a simulated venue with latency and queues."""

import gc
from bisect import bisect_left, insort
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from time import process_time
from typing import Final

from msgspec import Struct

from benchmarks.environments import PeerProcess, PeerSkippedError, python_of
from benchmarks.frames import decode, event_time_ns, opening_book
from benchmarks.recording import Line, read
from benchmarks.rounds import Design, Spread, ratio, take_turns
from benchmarks.scene import ACCOUNT, SOL, quoting_cell
from benchmarks.tables import Table
from mmtui.engine.cell import Cell
from mmtui.engine.proof import residual
from mmtui.engine.room import AccountRoom
from mmtui.engine.timeline import Timeline
from mmtui.model.events import BookDelta, BookSnapshot, Level, MarketEvent, PublicTrade
from mmtui.model.facts import VenueFacts
from mmtui.simulation.account import VenueAccount
from mmtui.simulation.recorded import RecordedMarket
from mmtui.simulation.venue import Venue, VenueSettings

FLOOR: Final = "floor: bisect book + on_book / on_trade, no orders, no venue"
CASH: Final = Decimal(10_000_000)


class Manner(Struct, frozen=True):
    """How one run of ours quotes: the least time between two re-pricings, and how orders move."""

    title: str
    interval_s: Decimal
    can_amend: bool


MANNERS: Final = (
    Manner("mmtui: 1x1, re-priced once a second, amends", Decimal(1), can_amend=True),
    Manner("mmtui: 1x1, re-priced as often as frames come, amends", Decimal("0.05"), can_amend=True),
    Manner("mmtui: 1x1, re-priced as often as frames come, cancel and place", Decimal("0.05"), can_amend=False),
)
PEERS: Final = {
    "nautilus_trader 1.221.0: 1x1, at every best price, latency, no queue": ("nautilus", "nautilus_replay", ""),
    "hftbacktest 2.4.4 HashMap: 1x1, at every best price, latency and queue": (
        "hftbacktest",
        "hftbacktest_replay",
        "hashmap",
    ),
    "hftbacktest 2.4.4 ROIVector: 1x1, at every best price, latency and queue": (
        "hftbacktest",
        "hftbacktest_replay",
        "roivector",
    ),
}
NAUTILUS_SHARE: Final = 8
"""nautilus replays one part in so many: it is slow, and the slower the more orders it has seen."""


def events_of(lines: list[Line]) -> list[MarketEvent]:
    """A recording as model events, received at the venue's own times."""
    opening = lines[0].frame
    events: list[MarketEvent] = [opening_book(opening, SOL.id, event_time_ns(opening))]
    events += [decode(line.frame, SOL.id, event_time_ns(line.frame)) for line in lines[1:]]
    return events


def rows_of(events: list[MarketEvent]) -> int:
    """How many levels and trades the events carry: what peers that keep one record a level call events."""
    return sum(
        len(event.bids) + len(event.asks) if isinstance(event, BookDelta | BookSnapshot) else 1 for event in events
    )


# ------------------------------------------------------------------------------------------------------- designs


class Watcher:
    """A strategy that only looks: what the floor calls."""

    def __init__(self) -> None:
        self.mid = 0.0
        self.volume = 0.0

    def on_book(self, best_bid: float, best_ask: float) -> None:
        """Best prices after a frame."""
        self.mid = (best_bid + best_ask) / 2

    def on_trade(self, _price: float, size: float) -> None:
        """A trade of the market."""
        self.volume += size


def floor(events: list[MarketEvent]) -> tuple[float, float]:
    """CPU seconds of the plain loop, and the last mid."""
    opening = events[0]
    assert isinstance(opening, BookSnapshot)
    watcher = Watcher()
    bids, asks = dict(opening.bids), dict(opening.asks)
    bid_prices, ask_prices = sorted(bids), sorted(asks)
    started = process_time()
    for event in events:
        if isinstance(event, BookDelta):
            _apply(bids, bid_prices, event.bids)
            _apply(asks, ask_prices, event.asks)
            watcher.on_book(bid_prices[-1], ask_prices[0])
        elif isinstance(event, PublicTrade):
            watcher.on_trade(event.price, event.size)
    return process_time() - started, watcher.mid


def _apply(sizes: dict[float, float], prices: list[float], levels: list[Level]) -> None:
    for price, size in levels:
        if size:
            if price not in sizes:
                insort(prices, price)
            sizes[price] = size
        elif sizes.pop(price, None) is not None:
            del prices[bisect_left(prices, price)]


class Run:
    """One replay of ours: a fresh cell on a fresh venue."""

    def __init__(self, manner: Manner) -> None:
        settings = VenueSettings(can_amend=manner.can_amend)
        self.cell = quoting_cell(
            VenueFacts(venue="bench", can_amend=manner.can_amend), interval=manner.interval_s,
            spread_pct=Decimal("0.05"), quantity=Decimal("0.1"), max_position=Decimal(50),
            position_threshold=Decimal(50), requote_tolerance_bps=Decimal(0),
        )  # fmt: skip
        venue = Venue({SOL.id: RecordedMarket(SOL)}, [VenueAccount(ACCOUNT, {"USDC": CASH})], settings)
        room = AccountRoom(ACCOUNT)
        room.join(self.cell.name)
        self.timeline = Timeline([self.cell], venue, {ACCOUNT: room})

    def seconds(self, events: list[MarketEvent]) -> float:
        """CPU seconds of the whole replay, the proven stop at its end included."""
        started = process_time()
        self.timeline.run_recorded(events)
        return process_time() - started


def told(cell: Cell) -> str:
    """What a run did, for the notes."""
    counters = cell.state.orders.counters
    return (
        f"{counters.placed:,} placed, {counters.amended:,} amended, {counters.cancelled:,} cancelled, "
        f"{counters.fills:,} fills"
    )


# ------------------------------------------------------------------------------------------------------- the table


def measure(path: Path, messages: int, rounds: int, environments: Path | None) -> Table:
    """The table; peers only if there is a folder for their environments."""
    events = events_of(read(path, messages))
    rows, trades = rows_of(events), sum(isinstance(event, PublicTrade) for event in events)
    table = Table(
        f"Replay: {messages:,} depth messages + {trades:,} trades = {rows:,} rows, {rounds} rounds",
        ["engine", "depth messages/s", "min", "max", "rows/s", "time x floor", "x nautilus"],
        notes=["CPU time, frames decoded before. A depth message is one frame; rows count every level in it."],
    )
    designs: dict[str, Design] = {FLOOR: lambda _: messages / floor(events)[0]}
    for manner in MANNERS:
        run = Run(manner)
        run.seconds(events)
        assert residual([run.cell.state]) == 0, manner.title
        assert (run.cell.state.book.best_bid, run.cell.state.book.best_ask) == _last_best(path, messages)
        table.notes.append(f"{manner.title}: {told(run.cell)}.")
        designs[manner.title] = _ours(manner, events, messages)
    with ExitStack() as stack:
        if environments is not None:
            _add_peers(designs, stack, table, (path, messages, environments))
        gc.collect()
        gc.freeze()
        figures = take_turns(designs, rounds)
        gc.unfreeze()
    nautilus = next((figures[name] for name in figures if name.startswith("nautilus")), None)
    for name, values in figures.items():
        spread = Spread.of(values)
        ahead = None if nautilus is None else ratio(values, nautilus)
        table.rows.append(
            [name, spread.median, spread.low, spread.high, spread.median * rows / messages,
             ratio(figures[FLOOR], values), ahead]
        )  # fmt: skip
    return table


def _last_best(path: Path, messages: int) -> tuple[float, float] | None:
    return read(path, messages)[-1].best


def _ours(manner: Manner, events: list[MarketEvent], messages: int) -> Design:
    return lambda _: messages / Run(manner).seconds(events)


def _add_peers(designs: dict[str, Design], stack: ExitStack, table: Table, where: tuple[Path, int, Path]) -> None:
    path, messages, environments = where
    for title, (name, script, variant) in PEERS.items():
        share = messages // NAUTILUS_SHARE if name == "nautilus" else messages
        try:
            peer = PeerProcess(python_of(name, environments), script, str(path), str(share), variant)
        except PeerSkippedError as error:
            table.notes.append(f"skipped {error}")
            continue
        stack.enter_context(peer)
        designs[title] = _peer_design(peer, share)
        table.notes.append(f"{title}: {share:,} depth messages, {peer.hello['told']}.")


def _peer_design(peer: PeerProcess, messages: int) -> Design:
    return lambda number: messages / float(peer.ask(number=number)["seconds"])
