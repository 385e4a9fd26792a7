import sys
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks import backtest, environments, ingest, recording, requote
from benchmarks.environments import PeerProcess, PeerSkippedError, python_of
from benchmarks.rounds import Design, Spread, percentile, ratio, take_turns
from benchmarks.tables import Table, text

MESSAGES = requote.ROUNDS * requote.YARD


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("benchmarks") / "feed.txt"
    recording.write(path, MESSAGES)
    return path


def figures_of(table: Table) -> list[float]:
    return [cell for row in table.rows for cell in row if isinstance(cell, float)]


def test_ingest_measures_floor_and_ours_without_peers(feed: Path) -> None:
    table = ingest.measure(feed, 200, 2, None)
    assert [row[0] for row in table.rows] == [ingest.FLOOR, ingest.OURS]
    assert [row[-1] for row in table.rows] == ["0", "0"]
    assert min(figures_of(table)) > 0


def test_ingest_notices_a_design_with_wrong_best_prices(feed: Path) -> None:
    depth = recording.DepthFrames(feed, 50)
    depth.bests[10] = (1.0, 2.0)
    assert ingest.wrong(ingest.Ours(depth), depth) == 1


def test_step_measures_every_kind_of_step(feed: Path) -> None:
    table = requote.measure(feed, 20)
    assert [row[0] for row in table.rows] == [
        requote.CANCELS, requote.PLACES, requote.BOTH, requote.ENDED, requote.AMENDS,
        requote.SETTLED, requote.KEPT, requote.QUIET, requote.JOURNALLED,
    ]  # fmt: skip
    assert min(figures_of(table)) > 0


def test_replay_quotes_in_every_manner_and_its_books_agree(feed: Path) -> None:
    table = backtest.measure(feed, 300, 1, None)
    assert [row[0] for row in table.rows] == [backtest.FLOOR, *(manner.title for manner in backtest.MANNERS)]
    assert min(figures_of(table)) > 0


def test_equal_replays_do_the_same(feed: Path) -> None:
    events = backtest.events_of(recording.read(feed, 300))
    done = []
    for _ in range(2):
        run = backtest.Run(backtest.MANNERS[2])
        run.seconds(events)
        done.append(backtest.told(run.cell))
    assert done[0] == done[1]
    assert not done[0].startswith("0 placed")


def test_designs_take_turns() -> None:
    seen: list[str] = []

    def design(name: str) -> Design:
        def run(_: int) -> float:
            seen.append(name)
            return float(len(seen))

        return run

    figures = take_turns({name: design(name) for name in "abc"}, 3)
    assert "".join(seen) == "abcbcacab"
    assert figures == {"a": [1.0, 6.0, 8.0], "b": [2.0, 4.0, 9.0], "c": [3.0, 5.0, 7.0]}


def test_spread_ratio_and_percentile() -> None:
    assert Spread.of([3.0, 1.0, 2.0]) == Spread(2.0, 1.0, 3.0)
    assert ratio([2.0, 9.0, 8.0], [1.0, 3.0, 2.0]) == 3.0
    values = [float(value) for value in range(100)]
    assert (percentile(values, 0.5), percentile(values, 0.99), percentile([4.0], 0.99)) == (50.0, 99.0, 4.0)


def test_table_is_aligned_and_leaves_unknown_cells_open() -> None:
    table = Table("T", ["what", "us"], [["a", 1.25], ["longer", None], ["b", 12_345.6]], ["so it is"])
    assert text(table).splitlines() == [
        "## T", "", "| what   |     us |", "|--------|--------|", "| a      |   1.25 |", "| longer |      - |",
        "| b      | 12,346 |", "", "- so it is",
    ]  # fmt: skip


def test_environment_that_stands_is_not_installed_again(tmp_path: Path) -> None:
    stamp = tmp_path / "ccxt" / ".installed"
    stamp.parent.mkdir()
    stamp.write_text(f"{sys.version}\n{(environments.PINS / 'ccxt.txt').read_text()}")
    assert python_of("ccxt", tmp_path) == tmp_path / "ccxt" / "bin" / "python"


def test_peer_that_dies_is_skipped_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(PeerSkippedError, match=r"no_such_script: ended with 1: .*No module named"):
        PeerProcess(Path(sys.executable), "no_such_script", str(tmp_path))


def test_every_pinned_peer_names_one_version() -> None:
    for name in ("ccxt", "nautilus", "hftbacktest"):
        lines = (environments.PINS / f"{name}.txt").read_text().split()
        assert lines
        assert all(line.count("==") == 1 for line in lines)


def test_peers_are_not_imported_by_ours() -> None:
    assert not {"ccxt", "nautilus_trader", "hftbacktest", "numba"} & set(sys.modules)


def test_unknown_table_is_a_usage_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmarks", "ingst"])
    with pytest.raises(SystemExit, match="2"):
        command.main()
    assert "unknown table ingst; there are: ingest, step, wire, replay, startup" in capsys.readouterr().err
