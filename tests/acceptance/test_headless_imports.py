"""What a run without a terminal does not import, at its end as at its beginning."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.processes import EXAMPLES, MARKET_DATA, PATIENCE_S, environment

ABSENT = (
    "textual", "rich", "httpx", "aiohttp", "numpy", "pandas", "pydantic", "eth_account", "lighter", "websockets",
    "nacl", "Crypto", "coincurve", "keyring", "requests", "sqlalchemy",
)  # fmt: skip
CODE = """
import json, sys
from mmtui.cli import main
code = main(sys.argv[1:])
top = sorted({name.partition(".")[0] for name in sys.modules})
print(json.dumps([code, top]), file=sys.stderr)
"""

HEADLESS = ["--headless", "--config", str(EXAMPLES / "perp_maker.sim.json"), "--duration", "0.3"]


def imported_by(home: Path, *arguments: str) -> tuple[int, set[str]]:
    ran = subprocess.run(
        [sys.executable, "-c", CODE, *arguments, "--home", str(home)],
        capture_output=True,
        text=True,
        check=True,
        env=environment(),
        timeout=PATIENCE_S,
    )
    code, names = json.loads(ran.stderr.splitlines()[-1])
    return code, set(names)


@pytest.mark.parametrize("speed", [[], ["--speed", "max"]])
def test_a_headless_run_imports_no_terminal_and_nothing_heavy(tmp_path: Path, speed: list[str]) -> None:
    code, names = imported_by(tmp_path, *HEADLESS, *speed)
    assert code == 0
    assert "mmtui" in names
    assert not names & set(ABSENT)


def test_neither_do_replay_and_audit(tmp_path: Path) -> None:
    data = MARKET_DATA / "hyperliquid-eth"
    if not data.is_dir():
        pytest.skip("no recorded data at hyperliquid-eth in ../shared/data/market beside the checkout")
    config = str(EXAMPLES / "perp_maker.replay.hyperliquid-eth.json")
    code, names = imported_by(tmp_path, "replay", "--config", config, "--data", str(data), "--journal", "j")
    assert code == 0
    assert not names & {*ABSENT, "sqlite3"}
    code, names = imported_by(tmp_path, "audit", "j")
    assert code == 0
    assert not names & {*ABSENT, "sqlite3", "asyncio"}
