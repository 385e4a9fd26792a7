"""The files that users of the older arbitrage bot read: its log, its prices and its trades as CSV, in the logs folder.

Same names and the same columns first; after them what the old files lacked: what was really filled, at what price, at
what fee. Dated files begin anew at UTC midnight. A thread writes them, so a slow disk delays nothing.
"""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from msgspec import Struct

from mmtui.core.legs import LegsState
from mmtui.core.state import State
from mmtui.core.step import StepResult
from mmtui.engine.cell import Cell
from mmtui.model.notes import FillNote, Note
from mmtui.model.units import NS_PER_S, ZERO, decimal_text
from mmtui.strategies.arbitrage.decide import Memory, Shot

log = logging.getLogger("mmtui.engine")

PRICES_EVERY_NS = 5 * NS_PER_S


class LegFills(Struct):
    """What one leg traded since the last finished trade: signed quantity, signed cash without fees, fees."""

    quantity: Decimal = ZERO
    cash: Decimal = ZERO
    fees: Decimal = ZERO

    def add(self, note: FillNote) -> None:
        """One fill."""
        change = note.quantity * note.side.sign
        self.quantity += change
        self.cash -= change * note.price
        self.fees += note.fee_cash

    @property
    def price(self) -> str:
        """Mean price of what is left of it; empty where nothing is."""
        return decimal_text((abs(self.cash) / abs(self.quantity)).quantize(Decimal("1E-8"))) if self.quantity else ""


class Diary(Struct):
    """What has been noted of one strategy."""

    names: tuple[str, str]
    ticker: str
    fills: tuple[LegFills, LegFills]
    prices_ns: int = 0
    shots: int = 0
    shot: Shot | None = None
    total: int = 0
    balanced: int = 0
    ended: bool = False


class PairLogs:
    """Writes the files of all arbitrage strategies of a run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._diaries: dict[str, Diary] = {}
        self._thread: ThreadPoolExecutor | None = None
        self._failed = False

    def observe(self, cell: Cell, result: StepResult) -> None:
        """Hear one step."""
        desk = cell.desk
        if desk is None or not isinstance(desk.memory, Memory):
            return
        diary = self._diaries.get(cell.name)
        if diary is None:
            diary = self._diaries[cell.name] = _open(desk)
        for index, (_, notes) in enumerate(cell.told(result)):
            for note in notes:
                if isinstance(note, FillNote):
                    diary.fills[index].add(note)
                elif isinstance(note, Note) and index == 0:
                    self._say(diary, note.time_ns, note.level.value, note.message)
        self._prices(diary, desk)
        self._trades(diary, desk, desk.memory)
        if cell.stopped and not diary.ended:
            diary.ended = True
            words = f"total {diary.total}, successful {diary.balanced}, failed {diary.total - diary.balanced}"
            self._say(diary, desk.now_ns, "info", words)

    def close(self) -> None:
        """Wait until all is written."""
        if self._thread is not None:
            self._thread.shutdown()
            self._thread = None

    # ------------------------------------------------------------------------------------------------ the files

    def _prices(self, diary: Diary, desk: LegsState) -> None:
        """Best prices every 5 s."""
        first, second = desk.legs
        if desk.now_ns - diary.prices_ns < PRICES_EVERY_NS or first.mid is None or second.mid is None:
            return
        diary.prices_ns = desk.now_ns
        one, other = diary.names
        touches = [first.best_bid or ZERO, first.best_ask or ZERO, second.best_bid or ZERO, second.best_ask or ZERO]
        spreads = [touches[2] - touches[1], touches[0] - touches[3]]
        net = [spreads[0] - _fees(first, second, touches[1], touches[2])]
        net.append(spreads[1] - _fees(first, second, touches[0], touches[3]))
        header = ["timestamp", f"{one}_bid", f"{one}_ask", f"{other}_bid", f"{other}_ask", "long_spread",
                  "short_spread", "signal", "long_spread_after_fees", "short_spread_after_fees"]  # fmt: skip
        cells = [_time(desk.now_ns), *map(decimal_text, touches + spreads), _signal(desk.memory.signal, one)]
        self._row(f"bbo_{diary.ticker}_{_day(desk.now_ns)}.csv", header, cells + [decimal_text(part) for part in net])

    def _trades(self, diary: Diary, desk: LegsState, memory: Memory) -> None:
        """One row per trade, once the legs are in balance again, or the run has ended without."""
        if memory.shots > diary.shots:
            diary.shots, diary.shot = memory.shots, memory.last
        shot = diary.shot
        ended = desk.stopped
        if shot is None or (memory.shot is not None and not ended):
            return
        diary.shot = None
        fills, diary.fills = diary.fills, (LegFills(), LegFills())
        if not any(leg.cash for leg in fills):
            return  # the gate refused it, or neither order found a match
        diary.total += 1
        diary.balanced += memory.shot is None
        one, other = diary.names
        sides = ("buy", "sell") if shot.direction == "long" else ("sell", "buy")
        gap = shot.prices[1] - shot.prices[0] if shot.direction == "long" else shot.prices[0] - shot.prices[1]
        header = ["timestamp", "direction", "quantity", f"{one}_side", f"{one}_price", f"{other}_side",
                  f"{other}_price", "spread_captured", "pnl_estimate"]  # fmt: skip
        cells = [_time(shot.time_ns), _signal(shot.direction, one), decimal_text(shot.quantity), sides[0],
                 decimal_text(shot.prices[0]), sides[1], decimal_text(shot.prices[1]), decimal_text(gap),
                 decimal_text(gap * shot.quantity)]  # fmt: skip
        for name, leg in zip((one, other), fills, strict=True):
            header += [f"{name}_filled", f"{name}_fill_price", f"{name}_fee"]
            cells += [decimal_text(leg.quantity), leg.price, decimal_text(leg.fees)]
        self._row(f"trades_{diary.ticker}_{_day(shot.time_ns)}.csv", header, cells)
        outcome = "in balance" if memory.shot is None else "NOT in balance"
        self._say(diary, desk.now_ns, "info", f"{cells[1]} {cells[2]} {diary.ticker}, spread {cells[7]}: {outcome}")

    def _say(self, diary: Diary, time_ns: int, level: str, text: str) -> None:
        name = f"{'_'.join(diary.names)}_{diary.ticker}.log"
        self._put(self._folder / name, "", f"{_time(time_ns)} - {level.upper()} - {text}\n")

    def _row(self, name: str, header: Sequence[str], cells: Sequence[str]) -> None:
        self._put(self._folder / name, ",".join(header) + "\n", ",".join(cells) + "\n")

    def _put(self, path: Path, header: str, line: str) -> None:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "pair-logs")
        self._thread.submit(self._write, path, header, line)

    def _write(self, path: Path, header: str, line: str) -> None:
        """On the thread: a full disk costs these files, which only repeat what journal and ledger hold."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as file:
                file.write(line if file.tell() else header + line)
        except OSError as error:
            if not self._failed:
                self._failed = True
                log.error("%s: %s; the files of the pair are not complete", path, error.strerror)  # noqa: TRY400 - told


def _open(desk: LegsState) -> Diary:
    """Legs are called by their venue, or by their account where both are on one."""
    first, second = desk.legs
    names = (first.instrument.venue, second.instrument.venue)
    if names[0] == names[1]:
        names = (first.account, second.account)
    return Diary(names, first.instrument.base_asset, (LegFills(), LegFills()))


def _fees(first: State, second: State, one: Decimal, other: Decimal) -> Decimal:
    return -first.instrument.fee_cash(one, Decimal(1), maker=False) - second.instrument.fee_cash(
        other, Decimal(1), maker=False
    )


def _signal(direction: str, first: str) -> str:
    return "NONE" if direction == "none" else f"{direction}_{first}".upper()


def _time(time_ns: int) -> str:
    return datetime.fromtimestamp(time_ns / NS_PER_S, UTC).isoformat(timespec="milliseconds")


def _day(time_ns: int) -> str:
    return f"{datetime.fromtimestamp(time_ns / NS_PER_S, UTC):%Y%m%d}"
