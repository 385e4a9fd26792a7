"""perp_maker from the example, as a process of its own, on a small venue whose tokens end in mid-run."""

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.processes import EXAMPLES, Ended, command, environment
from tests.unit.standx_desk import WALLET_KEY
from tests.unit.standx_market import START_CASH, MarketDesk, market


async def start(home: Path, desk: MarketDesk, seconds: int) -> asyncio.subprocess.Process:
    """The example for so long, on the small venue."""
    place = {
        "MMTUI__ACCOUNTS__MAIN__REST_URL": desk.url,
        "MMTUI__ACCOUNTS__MAIN__WS_URL": desk.url.replace("http", "ws"),
        "STANDX_WALLET_KEY": WALLET_KEY,
    }
    config = str(EXAMPLES / "perp_maker.standx.json")
    arguments = ["--headless", "--yes", "--config", config, "--duration", str(seconds)]
    return await asyncio.create_subprocess_exec(
        *command(home, *arguments), cwd=home, env=environment(**place), stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def end(process: asyncio.subprocess.Process) -> Ended:
    out, err = await process.communicate()
    return Ended(process.returncode or 0, out.decode(), err.decode())


async def run(home: Path, desk: MarketDesk, seconds: int) -> Ended:
    """The example to its end; half-way all tokens end."""
    process = await start(home, desk, seconds)
    async with asyncio.timeout(seconds + 60):
        while not desk.orders:
            await asyncio.sleep(0.05)
            assert process.returncode is None, (await end(process)).err[-2000:]
        await asyncio.sleep(seconds / 2)
        desk.expire_all()
        return await end(process)


def agrees(ended: Ended, desk: MarketDesk) -> dict[str, Any]:
    """What the run says of itself is what the venue has."""
    assert (ended.code, ended.summary["residual"]) == (0, "0"), ended.err[-2000:]
    (strategy,) = ended.summary["strategies"]
    row: dict[str, Any] = strategy
    assert row["open_orders_left"] == 0
    assert not [order for order in desk.orders.values() if order["status"] == "open"]
    assert row["fills"] == len(desk.trades) > 0
    assert Decimal(row["position"]) == desk.position.quantity
    assert Decimal(row["fees"]) == -sum(Decimal(trade["fee_qty"]) for trade in desk.trades)
    assert row["unknown_outcomes"] == 0
    assert desk.logins == 2
    names = {str(line.get("event")) for line in ended.lines}
    assert not {name for name in names if "stream" in name or name in ("unrecognised_message", "order_unknown")}, names
    assert row["rewards"]["hour_watched_s"] > 0
    return row


async def test_a_run_whose_token_ends_tells_the_venues_story(tmp_path: Path) -> None:
    async with market() as desk:
        agrees(await run(tmp_path, desk, 8), desk)
        assert desk.cash != START_CASH


async def test_a_refused_login_is_one_clear_line(tmp_path: Path) -> None:
    async with market() as desk, asyncio.timeout(60):
        desk.refuse_login = True
        ended = await end(await start(tmp_path, desk, 2))
    assert (ended.code, ended.out) == (2, "")
    (line,) = ended.err.strip().splitlines()
    assert "accounts.main: standx refuses it" in line
    assert "region is not served" in line


@pytest.mark.acceptance
async def test_a_minute_on_the_small_venue(tmp_path: Path) -> None:
    async with market() as desk:
        row = agrees(await run(tmp_path, desk, 60), desk)
        assert row["rewards"]["hour_both_s"] + row["rewards"]["lost_hours"] >= 0
