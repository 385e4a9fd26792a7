"""The same seed tells the same story in every process, whatever the hash seed."""

import hashlib
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from mmtui.model.commands import CancelAll, PlaceOrder, QueryBalances
from mmtui.model.units import NS_PER_MS, NS_PER_S, Side
from mmtui.simulation.build import AccountSettings, build_sim_venue
from mmtui.simulation.market_settings import MarketSettings
from mmtui.simulation.settings import VenueSettings

ROOT = Path(__file__).parents[2]


def digest(seed: int) -> str:
    """Three accounts quote on two instruments for some seconds, with every kind of fault; a hash of all they hear."""
    settings = VenueSettings(latency_jitter_ms=7, reject_rate=0.1, timeout_rate=0.1, loss_rate=0.1, read_fail_rate=0.1)
    names = ("a", "b", "c")
    venue = build_sim_venue(
        [MarketSettings(name="m1", seed=seed), MarketSettings(name="m2", seed=seed + 1)],
        [AccountSettings(name) for name in names],
        settings,
    )
    encoder = msgspec.json.Encoder()
    story = hashlib.sha256()
    for step in range(100):
        now = NS_PER_S + step * 50 * NS_PER_MS
        for name in names:
            for instrument in ("sim.m1:SOL-PERP", "sim.m2:SOL-USDC"):
                side = Side.BUY if step % 2 else Side.SELL
                price = Decimal(150) + side.opposite.sign * Decimal("0.02")
                venue.submit(CancelAll(name, instrument), now)
                order = PlaceOrder(name, instrument, f"{step}", side, price, Decimal("0.5"), post_only=step % 3 > 0)
                venue.submit(order, now)
            venue.submit(QueryBalances(name), now)
        for event in venue.advance(now):
            story.update(encoder.encode(event))
    return story.hexdigest()


@pytest.mark.parametrize("hash_seed", ["0", "12345"])
def test_the_hash_seed_changes_nothing(hash_seed: str) -> None:
    code = f"import runpy; print(runpy.run_path({str(Path(__file__))!r})['digest'](5))"
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == digest(5)


def test_another_seed_changes_everything() -> None:
    assert digest(5) != digest(6)
