"""``mmtui replay`` over every recorded dataset, and its journal through ``mmtui audit``."""

from pathlib import Path

import pytest

from tests.acceptance.processes import (
    EXAMPLES,
    MARKET_DATA,
    Ended,
    Line,
    journal_bytes,
    mmtui,
    replay_document,
    sim_document,
    write_config,
)

SMALL = {
    "aster": "aster",
    "hyperliquid-eth": "hyperliquid-eth",
    "standx-btc": "standx-btc/book_2026-01-06_03.csv.gz",
}


def data_of(place: str) -> str:
    path = MARKET_DATA / place
    if not path.exists():
        pytest.skip(f"no recorded data at {place} in ../shared/data/market beside the checkout")
    return str(path)


def replay(home: Path, dataset: str, place: str, *arguments: str, seed: str = "0") -> Ended:
    home.mkdir(exist_ok=True)
    config = str(EXAMPLES / f"perp_maker.replay.{dataset}.json")
    words = ("replay", "--config", config, "--data", data_of(place), "--json", *arguments)
    return mmtui(home, *words, seed=seed, patience_s=900)


def timeless(summary: Line) -> Line:
    assert summary["seconds"] >= 0
    assert summary["wall_seconds"] >= 0
    return {**summary, "seconds": 0, "wall_seconds": 0}


def assert_replays_the_same_twice(tmp_path: Path, dataset: str, place: str) -> None:
    one = replay(tmp_path / "one", dataset, place, "--journal", "j", seed="1")
    two = replay(tmp_path / "two", dataset, place, "--journal", "j", seed="2")
    assert (one.code, two.code) == (0, 0), one.err
    assert len(one.lines) == 1
    summary = one.summary
    assert timeless(summary) == timeless(two.summary)
    assert summary["residual"] == "0"
    assert summary["events"] > 1_000
    assert summary["seconds_of_market"] > 60
    assert str(tmp_path) not in one.out
    (strategy,) = summary["strategies"]
    assert strategy["fills"] > 0
    assert (strategy["open_orders_left"], strategy["unknown_outcomes"]) == (0, 0)
    journals = [journal_bytes(tmp_path / home / "j") for home in ("one", "two")]
    assert journals[0] == journals[1]
    audited = mmtui(tmp_path / "one", "audit", "j", patience_s=900)
    assert (audited.code, audited.err) == (0, "")
    assert "identical" in audited.out


@pytest.mark.parametrize("dataset", SMALL)
def test_a_replay_is_the_same_twice_proved_and_auditable(tmp_path: Path, dataset: str) -> None:
    assert_replays_the_same_twice(tmp_path, dataset, SMALL[dataset])


@pytest.mark.acceptance
def test_the_binance_frames_replay_the_same_twice(tmp_path: Path) -> None:
    assert_replays_the_same_twice(tmp_path, "binance-btcusdt-raw", "binance-btcusdt-raw")


@pytest.mark.acceptance
@pytest.mark.timeout(900)
def test_the_standx_day_replays_the_same_twice(tmp_path: Path) -> None:
    assert_replays_the_same_twice(tmp_path, "standx-btc", "standx-btc")


def test_a_journal_changes_nothing_about_the_summary(tmp_path: Path) -> None:
    bare = replay(tmp_path, "aster", "aster")
    kept = replay(tmp_path, "aster", "aster", "--journal", "j")
    assert timeless(bare.summary) == timeless(kept.summary)


def test_a_second_replay_into_the_same_folder_keeps_the_first(tmp_path: Path) -> None:
    for _ in range(2):
        assert replay(tmp_path, "hyperliquid-eth", "hyperliquid-eth", "--journal", "j").code == 0
    first, second = sorted((tmp_path / "j").iterdir())
    assert second.name == f"{first.name}-2"
    assert mmtui(tmp_path, "audit", "j").out.count("identical") == 2


def test_without_json_stdout_stays_empty(tmp_path: Path) -> None:
    config = str(EXAMPLES / "perp_maker.replay.hyperliquid-eth.json")
    ran = mmtui(tmp_path, "replay", "--config", config, "--data", data_of("hyperliquid-eth"))
    assert (ran.code, ran.out) == (0, "")
    assert "Report: maker" in ran.err


def test_a_short_name_resolves_and_fills_are_configurable(tmp_path: Path) -> None:
    """The base asset is name enough; an unlimited trade-through must fill more than the pessimistic default."""
    document = replay_document("aster", accounts={"recorded": {"fills": {"through_fills": "all"}}})
    document["strategies"][0]["symbol"] = "ETH"
    ran = mmtui(tmp_path, "replay", "--config", write_config(tmp_path, document), "--data", data_of("aster"), "--json")
    assert ran.code == 0, ran.err
    usual = replay(tmp_path, "aster", "aster").summary
    assert ran.summary["residual"] == "0"
    assert ran.summary["strategies"][0]["volume_quote"] != usual["strategies"][0]["volume_quote"]


def test_a_journal_of_ours_is_a_recording_too(tmp_path: Path) -> None:
    """What a run saw can be traded again, by other settings."""
    config = write_config(tmp_path, sim_document({"duration": "60"}))
    assert mmtui(tmp_path, "--headless", "--speed", "max", "--config", config).code == 0
    document = sim_document({"symbol": "BTC", "settings": {"spread_pct": "0.02"}})
    document["accounts"] = {"sim": {"venue": "replay", "dataset": "journal", "maker_fee_bps": "0"}}
    config = write_config(tmp_path, document)
    ran = mmtui(tmp_path, "replay", "--config", config, "--data", "data/journal", "--json", "--journal", "j")
    assert ran.code == 0, ran.err
    assert ran.summary["residual"] == "0"
    assert ran.summary["strategies"][0]["orders_placed"] > 0
    assert mmtui(tmp_path, "audit", "j").code == 0
