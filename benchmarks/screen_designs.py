"""The designs that the screen benchmark compares, each of them run in a process of its own."""

import asyncio
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from time import perf_counter, process_time
from typing import Final

import msgspec
import uvloop
from msgspec import Struct
from textual.app import App, ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import DataTable, RichLog

from benchmarks.screen_market import LiveMarket
from mmtui.app import MmtuiApp
from mmtui.commands.terminal import settle_memory
from mmtui.screens.market import MarketScreen
from mmtui.screens.widgets.line_pane import LinePane
from mmtui.screens.widgets.log_view import LogView
from mmtui.views.board import Board
from mmtui.views.preferences import Preferences
from mmtui.views.queries import KindFace, Preview

NOTHING: Final = "nothing drawn"
LINES: Final = "mmtui: line panes + own log"
TABLES: Final = "DataTable + RichLog"
DESIGNS: Final = (NOTHING, LINES, TABLES)

WARM_UP_S: Final = 5.0
PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
SHARES: Final = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999, "max": 1.0}
_ROWS: Final = 40
_COLUMNS: Final = {"book": ("own", "price", "size", "total"), "trades": ("time", "side", "price", "size")}


class Measured(Struct):
    """What one process found. ``cpu_ms`` is process time per second of each window; ``rss_mb`` once a second."""

    design: str
    cpu_ms: list[float]
    frames_per_s: float
    lateness_ms: dict[str, float]
    held_ms: dict[str, float]
    rss_mb: list[float]
    painted_per_frame: float


class MarketAndLog(MarketScreen):
    """The market screen with the log below it: everything fast on one screen."""

    DEFAULT_CSS = "MarketAndLog LogView { height: 12; }"

    frames = 0

    def compose_body(self) -> ComposeResult:
        """The market's panes, then the log."""
        yield from super().compose_body()
        yield LogView(self.gettext)

    def show(self, board: Board) -> None:
        """Draw both."""
        self.frames += 1
        super().show(board)
        view = self.query_one(LogView)
        view.lines.add(self.terminal.source.log_since(view.lines.last_number))
        view.draw()


class BenchApp(MmtuiApp):
    """The real terminal, opening on the benchmark's screen."""

    MODES = MmtuiApp.MODES | {"bench": MarketAndLog}
    DEFAULT_MODE = "bench"


class TablesApp(App[None]):
    """The same figures as most Textual programs would show them: cells of DataTables updated, lines into a RichLog."""

    CSS = "DataTable { width: 1fr; height: 1fr; } #book { width: 72; } RichLog { height: 12; }"

    def __init__(self, market: LiveMarket) -> None:
        super().__init__()
        self.market = market
        self.frames = 0
        self._version = -1
        self._log_number = 0
        self._cells: dict[tuple[str, int, str], str] = {}

    def compose(self) -> ComposeResult:
        """Book and trades side by side, the log below."""
        with Vertical():
            with Horizontal():
                yield DataTable(id="book")
                yield DataTable(id="trades")
            yield RichLog()

    def on_mount(self) -> None:
        """Rows and columns stay; cells change."""
        for name, columns in _COLUMNS.items():
            table = self.query_one(f"#{name}", DataTable)
            for column in columns:
                table.add_column(column, key=column, width=12)
            for row in range(_ROWS):
                table.add_row(*[""] * len(columns), key=str(row))
        self.set_interval(0.1, self.look)

    def look(self) -> None:
        """Update what changed."""
        board = self.market.latest
        if board.version == self._version:
            return
        self._version = board.version
        self.frames += 1
        market = board.markets[0]
        own = {float(order.price): str(order.quantity) for order in board.strategies[0].orders}
        half = _ROWS // 2
        total = 0.0
        for row, (price, size) in enumerate([*reversed(market.asks[:half]), *market.bids[:half]]):
            total += size
            cells = (own.get(price, ""), f"{price:.2f}", f"{size:.2f}", f"{total:.2f}")
            self._put("book", row, cells)
        for row, trade in enumerate(market.trades[:_ROWS]):
            side = "" if trade.taker_side is None else trade.taker_side.value
            clock = f"{trade.time_ns // 1_000_000 % 86_400_000}"
            self._put("trades", row, (clock, side, f"{trade.price:.2f}", f"{trade.size:.2f}"))
        log = self.query_one(RichLog)
        for line in self.market.log_since(self._log_number):
            self._log_number = line.number
            log.write(f"{line.time_ns} {line.level} {line.source} {line.text}")

    def _put(self, table: str, row: int, cells: tuple[str, ...]) -> None:
        for column, text in zip(_COLUMNS[table], cells, strict=True):
            if self._cells.get((table, row, column)) != text:
                self._cells[table, row, column] = text
                self.query_one(f"#{table}", DataTable).update_cell(str(row), column, text)


class NoSink:
    """The benchmark says nothing to an engine."""

    def _nothing(self, *_words: object) -> None:
        """Nobody listens."""

    start = pause = resume = stop = stop_all = cancel_everything = _nothing
    change_settings = change_risk = add = remove = acknowledge = _nothing

    def undo(self, _strategy: str) -> bool:
        """Nothing to undo."""
        return False


class NoQueries:
    """The benchmark asks nothing."""

    async def preview(self, _kind: str, _account: str, _symbol: str, _values: Mapping[str, str]) -> Preview:
        """Nobody answers."""
        raise NotImplementedError

    def kinds(self) -> tuple[KindFace, ...]:
        """No kinds."""
        return ()

    def symbols(self, _account: str) -> tuple[str, ...]:
        """No symbols."""
        return ()

    def check(self, _kind: str, _values: Mapping[str, str]) -> dict[str, str]:
        """No faults."""
        return {}

    async def _none(self, *_question: object) -> tuple[()]:
        """No rows."""
        return ()

    async def export_csv(self, *_question: object) -> int:
        """No rows."""
        return 0

    async def days(self) -> tuple[()]:
        """No days."""
        return ()

    async def diagnose(self) -> tuple[()]:
        """No findings."""
        return ()

    fills = orders = _none


class MemoryStore:
    """Preferences of nobody."""

    faults: tuple[str, ...] = ()

    def load(self) -> Preferences:
        """The defaults, and no tour."""
        return Preferences(tour_seen=True)

    def save(self, _preferences: Preferences) -> None:
        """Nothing is kept."""


def run(design: str, feed: Path, rate: float, seconds: int, size: tuple[int, int] | None) -> Measured:
    """Run one design for ``seconds`` after its warm-up; ``size`` is for headless runs, None takes the terminal's."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_run(design, LiveMarket(feed), rate, seconds, size))


async def _run(design: str, market: LiveMarket, rate: float, seconds: int, size: tuple[int, int] | None) -> Measured:
    app = _app(design, market)
    async with asyncio.TaskGroup() as group:
        feeding = [group.create_task(market.run(rate)), group.create_task(market.publish())]
        showing = None if app is None else group.create_task(app.run_async(headless=size is not None, size=size))
        measured = await _watch(design, market, app, seconds)
        for task in feeding:
            task.cancel()
        if app is not None and showing is not None:
            app.exit()
            await showing
            assert measured.frames_per_s > 0, "the screen has drawn nothing"
    return measured


def _app(design: str, market: LiveMarket) -> BenchApp | TablesApp | None:
    if design == NOTHING:
        return None
    if design == TABLES:
        return TablesApp(market)
    return BenchApp(market, NoSink(), NoQueries(), MemoryStore(), now_ns=market.now_ns)


async def _watch(design: str, market: LiveMarket, app: BenchApp | TablesApp | None, seconds: int) -> Measured:
    """Look at the process once a second; memory is settled as the product does it, here after the warm-up."""
    await asyncio.sleep(WARM_UP_S)
    settle_memory()
    await asyncio.sleep(0.5)
    market.lateness_ms.clear()
    market.held_ms.clear()
    frames, painted = _frames(app), _painted(app)
    began = perf_counter()
    cpu_ms, rss_mb = [], [_rss_mb()]
    for _ in range(seconds):
        wall, cpu = perf_counter(), process_time()
        await asyncio.sleep(1)
        cpu_ms.append((process_time() - cpu) * 1e3 / (perf_counter() - wall))
        rss_mb.append(_rss_mb())
    drawn = _frames(app) - frames
    return Measured(
        design,
        cpu_ms,
        drawn / (perf_counter() - began),
        {name: market.lateness_ms.percentile(share) for name, share in SHARES.items()},
        {name: market.held_ms.percentile(share) for name, share in SHARES.items()},
        rss_mb,
        (_painted(app) - painted) / drawn if drawn else 0.0,
    )


def _frames(app: BenchApp | TablesApp | None) -> int:
    if isinstance(app, TablesApp):
        return app.frames
    return sum(screen.frames for screen in _screens(app))


def _painted(app: BenchApp | TablesApp | None) -> int:
    if isinstance(app, TablesApp):
        return 0
    return sum(pane.painted for screen in _screens(app) for pane in screen.query(LinePane))


def _screens(app: BenchApp | None) -> Iterable[MarketAndLog]:
    return () if app is None else [screen for screen in app.screen_stack if isinstance(screen, MarketAndLog)]


def _rss_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES / 2**20


def write(path: Path, measured: Measured) -> None:
    """Hand the result to the process that asked, whole or not at all."""
    unfinished = path.with_suffix(".part")
    unfinished.write_bytes(msgspec.json.encode(measured))
    unfinished.rename(path)


def read(path: Path) -> Measured:
    """What the other process found."""
    return msgspec.json.decode(path.read_bytes(), type=Measured)


__all__ = ["DESIGNS", "LINES", "NOTHING", "TABLES", "Measured", "read", "run", "write"]
