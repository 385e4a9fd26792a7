"""What the tests of strategies over two legs share: pictures of a leg, and a run of two legs on the simulated venue."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from mmtui.core.legs import LegsState
from mmtui.engine.audit import Auditor, journals_below
from mmtui.engine.timeline import ResultObserver
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.quotes import LegsSnapshot, Snapshot
from mmtui.model.units import NS_PER_S
from tests.unit.engine_cells import Bench

D = Decimal
NOW_NS = 1_700_000_000 * NS_PER_S
FIRST = Instrument("a:BTC", "a", "BTC", MarketType.PERP, "BTC", "USDC", D("0.1"), D("0.001"), D("0.001"))
SECOND = Instrument("b:BTC", "b", "BTC", MarketType.PERP, "BTC", "USDC", D("0.1"), D("0.001"), D("0.001"))


def leg(
    instrument: Instrument = FIRST, bid: str | None = "99999", ask: str | None = "100000", position: str | None = "0",
    **fields: Any,  # noqa: ANN401 - any field of Snapshot
) -> Snapshot:  # fmt: skip
    """One leg's picture; the book shows 5 of each side."""
    best_bid, best_ask = None if bid is None else D(bid), None if ask is None else D(ask)
    given: dict[str, Any] = {
        "now_ns": NOW_NS,
        "instrument": instrument,
        "best_bid": best_bid,
        "best_ask": best_ask,
        "mid": None if best_bid is None or best_ask is None else (best_bid + best_ask) / 2,
        "mark": None,
        "book_time_ns": NOW_NS,
        "position": None if position is None else D(position),
        "average_entry": None,
        "unrealized_pnl": D(0),
        "base_total": None,
        "quote_total": D(100_000),
        "fills": 0,
        "stale_after_ns": 2 * NS_PER_S,
        "bids": [] if best_bid is None else [(float(best_bid), 5.0)],
        "asks": [] if best_ask is None else [(float(best_ask), 5.0)],
    }
    return Snapshot(**given | fields)


def pair(first: Snapshot, second: Snapshot) -> LegsSnapshot:
    """Both legs now."""
    return LegsSnapshot(max(first.now_ns, second.now_ns), (first, second))


def document(kind: str, settings: Mapping[str, object], seed: int = 7, **venue: object) -> dict[str, object]:
    """A configuration of one strategy over two simulated accounts on two markets; ``venue`` are the venue's manners."""
    market = {"volatility_bps": "4", "taker_fee_bps": "0.2", "level_notional": "4000"}
    return {
        "version": 1,
        "stage": "sim",
        "accounts": {
            name: {"venue": "sim", "market": {"name": f"m{name}", "seed": seed + at, **market}, "settings": venue}
            for at, name in enumerate(("one", "two"))
        },
        "strategies": [
            {"name": "pair", "kind": kind, "accounts": ["one", "two"], "symbol": "BTC-PERP", "settings": settings}
        ],
    }


class LegsRun:
    """A finished run of two legs."""

    def __init__(
        self,
        home: Path,
        config: Mapping[str, object],
        seconds: int,
        watch: Callable[[LegsState], None] | None = None,
    ) -> None:
        self.bench = Bench(home, config)
        (self.cell,) = self.bench.cells
        assert self.cell.desk is not None
        self.desk = self.cell.desk
        observe: ResultObserver | None = None if watch is None else lambda _cell, _result: watch(self.desk)
        self.bench.run(seconds, observe)

    @property
    def positions(self) -> tuple[Decimal | None, ...]:
        """What each leg holds."""
        return tuple(state.position for state in self.desk.legs)

    def audit(self) -> None:
        """The journal, fed again, gives the same commands."""
        (path,) = journals_below(self.bench.journal)
        report = Auditor(path).run()
        assert report.identical, report.mismatch
        assert report.commands
