"""No decision knows the future: change everything that comes after a moment, and all before it stays the same."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from mmtui.engine.codec import decode_batch
from mmtui.exchanges.replay.catalogue import STANDX_BOOK, STANDX_TRADES
from mmtui.model.events import Stop
from mmtui.storage.journal_reader import JournalReader
from mmtui.storage.records import RecordKind
from tests.acceptance.processes import journal_bytes, mmtui, only_journal, replay_document, write_config

START_MS = 1_767_657_600_000
SECONDS = 150
NS_PER_MS = 1_000_000


class Row(NamedTuple):
    """One row of a recording: when it was received, the mid or price, and for trades the size."""

    received_ms: int
    price: float
    size: float = 0.0


def recorded(seed: int) -> tuple[list[Row], list[Row]]:
    """Books and trades of two and a half minutes, with a hole in them."""
    rng = random.Random(seed)
    books: list[Row] = []
    trades: list[Row] = []
    price, moment = 93_000.0, START_MS
    while moment < START_MS + SECONDS * 1_000:
        hole = rng.random() < 0.01
        moment += rng.randint(4_000, 8_000) if hole else rng.randint(150, 400)
        price = round(price + rng.gauss(0, 4), 1)
        books.append(Row(moment, price))
        trades += [
            Row(moment + rng.randint(1, 140), round(price + rng.gauss(0, 12), 2), round(rng.uniform(0.001, 0.05), 4))
            for _ in range(rng.randint(0, 2))
        ]
    return books, sorted(trades)


def book_line(row: Row) -> str:
    bids = [f"{row.price - 0.1 - i / 10:.1f},{0.01 + i / 100:.4f}" for i in range(20)]
    asks = [f"{row.price + 0.1 + i / 10:.1f},{0.01 + i / 100:.4f}" for i in range(20)]
    return ",".join([str(row.received_ms - 50), str(row.received_ms * 1_000), *bids, *asks])


def trade_line(row: Row) -> str:
    return f"{row.received_ms - 50},{row.received_ms * 1_000},{row.price:.2f},{row.size:.4f}"


def replayed(home: Path, books: list[Row], trades: list[Row]) -> Path:
    """The journal of a replay of these rows."""
    data = home / "data"
    data.mkdir(parents=True)
    (data / "book_x.csv").write_text("\n".join([STANDX_BOOK.header.decode(), *map(book_line, books)]) + "\n")
    (data / "trades_x.csv").write_text("\n".join([STANDX_TRADES.header.decode(), *map(trade_line, trades)]) + "\n")
    document = replay_document("standx-btc")
    document["strategies"][0]["settings"] |= {"interval": 1, "spread_pct": "0.01"}
    config = write_config(home, document)
    ran = mmtui(home, "replay", "--config", config, "--data", "data", "--journal", "j", "--json")
    assert ran.code == 0, ran.err
    assert ran.summary["strategies"][0]["fills"] > 5
    assert ran.summary["residual"] == "0"
    return home / "j"


def until(journal: Path, moment_ms: int) -> list[tuple[RecordKind, bytes]]:
    """What the run saw and decided up to a moment; the end of the data is no decision of the strategy."""
    kept: list[tuple[RecordKind, bytes]] = []
    for record in JournalReader(only_journal(journal)):
        if record.kind is RecordKind.BATCH:
            batch = decode_batch(record.payload)
            if batch.now_ns > moment_ms * NS_PER_MS or any(isinstance(event, Stop) for event in batch.events):
                break
        kept.append((record.kind, record.payload))
    return kept


Change = Callable[[list[Row]], list[Row]]


def nothing(_rows: list[Row]) -> list[Row]:
    return []


def crash(rows: list[Row]) -> list[Row]:
    return [row._replace(price=round(row.price * 0.97, 1)) for row in rows]


def later(rows: list[Row]) -> list[Row]:
    return [row._replace(received_ms=row.received_ms + 2_500) for row in rows]


def huge(rows: list[Row]) -> list[Row]:
    return [row._replace(size=round(row.size * 100, 4)) for row in rows]


@pytest.mark.parametrize("seed", [1])
def test_decisions_up_to_a_moment_do_not_depend_on_what_follows(tmp_path: Path, seed: int) -> None:
    books, trades = recorded(seed)
    whole = replayed(tmp_path / "whole", books, trades)
    assert journal_bytes(whole) == journal_bytes(replayed(tmp_path / "again", books, trades))
    for number, (change, share) in enumerate([(nothing, 0.5), (crash, 0.3), (later, 0.6), (huge, 0.8), (crash, 0.9)]):
        moment_ms = books[int(len(books) * share)].received_ms
        changed = [
            [row for row in rows if row.received_ms <= moment_ms]
            + change([row for row in rows if row.received_ms > moment_ms])
            for rows in (books, trades)
        ]
        other = replayed(tmp_path / str(number), *changed)
        before, kept = until(whole, moment_ms), until(other, moment_ms)
        assert any(kind is RecordKind.RESULT for kind, _ in kept)
        if change is nothing:  # the end of the data comes with its last row; what was on its way by then is not awaited
            assert len(before) - len(kept) <= 2
            assert kept == before[: len(kept)]
        else:
            assert kept == before
        assert journal_bytes(whole) != journal_bytes(other)
