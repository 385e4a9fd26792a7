"""The command line as a process: what it imports, what it leaves behind."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "settings" / "examples" / "perp_maker.sim.json"
CANARY = "canary-5f2c9e7a"


def mmtui(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mmtui", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=home,
        env={"PYTHONPATH": str(ROOT), "PATH": "", **environment},
    )


def test_the_command_line_imports_nothing_heavy() -> None:
    heavy = ("msgspec", "decimal", "asyncio", "aiohttp", "httpx", "textual", "rich", "dotenv", "mmtui.config")
    code = f"import sys, mmtui.cli; print([name for name in {heavy} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert ran.stdout == "[]\n"


def test_version_and_usage_leave_by_their_codes(tmp_path: Path) -> None:
    assert mmtui(tmp_path, "--version").stdout.startswith("mmtui ")
    assert mmtui(tmp_path).returncode == 2
    assert mmtui(tmp_path, "--help").returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_no_run_writes_a_secret_anywhere(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"BACKPACK_KEY={CANARY}\nBACKPACK_SECRET={CANARY}\n", encoding="utf-8")
    (tmp_path / ".env").chmod(0o600)
    (tmp_path / "bad.json").write_text(
        f'{{"accounts": {{"a": {{"venue": "backpack", "secret": "{CANARY}"}}}}, "strategies": []}}', encoding="utf-8"
    )
    perp = ("--market-type", "perp", "--symbol", "SOL_USDC_PERP", "--spread", "0.1")
    runs = [
        (0, ("--headless", "--config", str(EXAMPLE), "--duration", "5", "--speed", "max")),
        (0, ("config", "show", *perp)),
        (2, ("config", "check", "--config", "bad.json", "--json")),
        (2, ("--headless", "--config", "bad.json")),
        (2, ("--headless", *perp, f"--api-key={CANARY}")),
        (2, ("--headless", *perp, "--secret-key", CANARY)),
    ]
    for code, arguments in runs:
        ran = mmtui(tmp_path, *arguments, ASTER_SECRET_KEY=CANARY)
        assert (ran.returncode, CANARY in ran.stdout + ran.stderr) == (code, False), ran.stderr
    written = [path for path in tmp_path.rglob("*") if path.is_file() and path.name not in (".env", "bad.json")]
    assert not any(CANARY.encode() in path.read_bytes() for path in written)
