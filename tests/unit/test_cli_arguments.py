"""The command line: what it takes, what it refuses, and that no value of an argument is ever repeated."""

import json
import math
import os
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from mmtui import __version__, cli
from mmtui.config import LoadedConfig
from mmtui.config.run import RunOptions
from mmtui.model.orders import RefusalCode
from mmtui.ports.errors import DataError, Refused, StorageError, Unreachable

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = str(ROOT / "settings" / "examples" / "perp_maker.sim.json")
REPLAYED = str(ROOT / "settings" / "examples" / "perp_maker.replay.aster.json")
CANARY = "canary-5f2c9e7a"


class FakeRunner(types.ModuleType):
    """Stands for headless, replay and audit: keeps what it was called with, answers or raises as told."""

    def __init__(self) -> None:
        super().__init__("runner")
        self.calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
        self.answer: int | BaseException = 0

    def main(self, *arguments: object, **options: object) -> int:
        self.calls.append((arguments, options))
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer

    run = main


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeRunner:
    fake = FakeRunner()
    for name in ("mmtui.headless.run", "mmtui.commands.replay", "mmtui.commands.audit"):
        monkeypatch.setitem(sys.modules, name, fake)
    for name in list(os.environ):
        if name.startswith("MMTUI") or name == "ENV":
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return fake


def said(capsys: pytest.CaptureFixture[str]) -> str:
    out, err = capsys.readouterr()
    assert out == ""
    return err


def test_version_and_help_are_answered(runner: FakeRunner, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"mmtui {__version__}\n"
    assert cli.main(["--help"]) == 0
    text = capsys.readouterr().out
    assert "Precedence: flags, then environment" in text
    assert "5 stopped but orders may remain" in " ".join(text.split())
    assert "--size" in text
    assert not any(word in text for word in ("drill", "doctor", "--first-order-amount"))


def test_without_a_terminal_headless_is_named(runner: FakeRunner, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 2
    assert said(capsys).count("\n") == 1
    assert cli.main(["--config", EXAMPLE]) == 2
    assert "--headless" in said(capsys)


def test_headless_gets_the_configuration_and_the_options(runner: FakeRunner) -> None:
    arguments = ["--headless", "--config", EXAMPLE, "--duration", "20", "--spread=0.1", "--speed", "max", "--yes"]
    assert cli.main(arguments) == 0
    ((loaded, options), named) = runner.calls[0]
    assert isinstance(loaded, LoadedConfig)
    (strategy,) = loaded.config.enabled
    assert (str(strategy.duration), str(strategy.settings.spread_pct)) == ("20", "0.1")
    assert options == RunOptions(max_speed=True, consent=True)
    assert named == {}


@pytest.mark.parametrize("code", [0, 1, 4, 5, 130])
def test_the_code_of_the_run_is_the_code_of_the_command(runner: FakeRunner, code: int) -> None:
    runner.answer = code
    assert cli.main(["--headless", "--config", EXAMPLE]) == code


def test_replay_gets_data_speed_and_journal(runner: FakeRunner, tmp_path: Path) -> None:
    arguments = ["replay", "--config", REPLAYED, "--data", "rec", "--journal", "j", "--json"]
    assert cli.main([*arguments, "--speed", "2.5", "--home", str(tmp_path)]) == 0
    assert cli.main(arguments) == 0
    (loaded, data), named = runner.calls[0]
    assert isinstance(loaded, LoadedConfig)
    assert (data, named) == (tmp_path / "rec", {"speed": 2.5, "journal": tmp_path / "j", "as_json": True})
    assert runner.calls[1][1]["speed"] == math.inf


def test_audit_gets_the_journal(runner: FakeRunner, tmp_path: Path) -> None:
    assert cli.main(["audit", "data/journal/x"]) == 0
    assert runner.calls == [((tmp_path / "data/journal/x",), {})]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--headless"], "no configuration: name one with --config FILE"),
        (["--headless", "--config", "no.json"], "no.json: no such file"),
        (["--headless", "--config", EXAMPLE, "--speed", "2"], "--speed: a headless run knows only max"),
        (["--headless", "--config", REPLAYED], "venue replay has no data here; use mmtui replay --data PATH"),
        (["--headless", "--config", EXAMPLE, "--interval", "0"], "settings.interval"),
        (["--headless", "--config", EXAMPLE, "--home", "/no/such/place"], "--home: /no/such/place: no such directory"),
        (["--headless", "--config"], "requires an argument"),
        (["--headless", "--strategy", "x", "--symbol", "X"], 'kind = "x": no such kind'),
        (["replay", "--config", REPLAYED], "--data"),
        (["replay", "--config", REPLAYED, "--data", "x", "--speed", "-1"], "--speed: must be max, or a number above 0"),
        (
            ["replay", "--config", REPLAYED, "--data", "x", "--speed", "nan"],
            "--speed: must be max, or a number above 0",
        ),
        (["repla"], 'no such command; did you mean "replay"?'),
        (["doctor"], "no such command; commands are audit, replay, config"),
        (["--heedless"], "no such option: --heedless; did you mean --headless?"),
        (["audit"], "JOURNAL"),
    ],
)
def test_a_wrong_line_exits_2_with_the_reason(
    runner: FakeRunner, capsys: pytest.CaptureFixture[str], arguments: list[str], expected: str
) -> None:
    assert cli.main(arguments) == 2
    text = said(capsys)
    assert expected in text
    assert "Traceback" not in text
    assert runner.calls == []


def test_max_speed_needs_a_simulated_stage(runner: FakeRunner, capsys: pytest.CaptureFixture[str]) -> None:
    line = ["--headless", "--market-type", "perp", "--symbol", "SOL_USDC_PERP", "--spread", "1", "--speed", "max"]
    assert cli.main(line) == 2
    assert "--speed max: needs stage sim, this is paper" in said(capsys)


def test_nothing_enabled_is_nothing_to_run(
    runner: FakeRunner, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MMTUI__STRATEGIES__MAKER__ENABLED", "false")
    assert cli.main(["--headless", "--config", EXAMPLE]) == 2
    assert "nothing to run" in said(capsys)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["--api-key", CANARY], "BACKPACK_KEY"),
        ([f"--api-key={CANARY}"], "BACKPACK_KEY"),
        (["--secret-key", CANARY, "--headless"], "BACKPACK_SECRET"),
        (["--exchange", "aster", "--secret-key", CANARY], "ASTER_SECRET_KEY"),
        (["--exchange=websea", f"--API_KEY={CANARY}"], "WEBSEA_TOKEN"),
        (["replay", "--private-key", CANARY], "BACKPACK_SECRET"),
        (["config", "show", f"--token={CANARY}"], "BACKPACK_KEY"),
    ],
)
def test_no_flag_takes_a_secret(
    runner: FakeRunner, capsys: pytest.CaptureFixture[str], arguments: list[str], name: str
) -> None:
    assert cli.main(arguments) == 2
    text = said(capsys)
    assert "no flag takes a secret" in text
    assert f"set {name} in the environment" in text
    assert CANARY not in text


@pytest.mark.parametrize(
    "arguments",
    [
        [CANARY],
        ["--headless", CANARY],
        ["--headless", "--bogus", CANARY],
        [f"--bogus={CANARY}"],
        [f"-k{CANARY}"],
        [f"--{CANARY}"],
        ["config", CANARY],
        ["config", "show", CANARY],
        ["config", "check", "--bogus", CANARY],
        ["replay", "--data", "x", CANARY],
        ["audit", "x", CANARY],
        [f"--headless={CANARY}"],
        ["--headless", "--config", EXAMPLE, "--ws-proxy", f"http://u:{CANARY}@h:1"],
        ["--headless", "--config", EXAMPLE, "--speed", CANARY],
        ["--headless", "--config", EXAMPLE, "--name", CANARY, "--spread", "1"],
        ["replay", "--config", REPLAYED, "--data", "x", "--speed", CANARY],
    ],
)
def test_a_secret_in_the_arguments_is_never_repeated(
    runner: FakeRunner, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert cli.main(arguments) == 2
    assert CANARY not in said(capsys)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DataError("d.csv:3: cut"), 2),
        (StorageError("data: disk full"), 2),
        (Unreachable("no connection"), 3),
        (Refused(RefusalCode.OTHER, "no"), 1),
        (KeyboardInterrupt(), 130),
    ],
)
def test_an_error_is_one_line_and_its_code(
    runner: FakeRunner, capsys: pytest.CaptureFixture[str], error: BaseException, code: int
) -> None:
    runner.answer = error
    assert cli.main(["--headless", "--config", EXAMPLE]) == code
    assert said(capsys).strip().count("\n") == 0


def test_a_bug_is_one_line_and_its_traceback_is_in_the_log(
    runner: FakeRunner, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    runner.answer = ZeroDivisionError(CANARY)
    assert cli.main(["--headless", "--config", EXAMPLE]) == 1
    assert said(capsys) == f"mmtui: bug: ZeroDivisionError; the traceback is in {tmp_path / 'logs' / 'crash.log'}\n"
    log = tmp_path / "logs" / "crash.log"
    assert "Traceback" in log.read_text(encoding="utf-8")
    assert log.stat().st_mode & 0o077 == 0


def test_a_bug_without_a_log_is_still_one_line(
    runner: FakeRunner, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "logs").write_text("", encoding="utf-8")
    runner.answer = ZeroDivisionError()
    assert cli.main(["--headless", "--config", EXAMPLE]) == 1
    assert "bug: ZeroDivisionError; the traceback is in no log" in said(capsys)


# ----------------------------------------------------------------------------------------------------------- config


def test_config_check_says_sound_or_all_faults(
    runner: FakeRunner, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert cli.main(["config", "check", "--config", EXAMPLE]) == 0
    assert said(capsys) == "sound: stage sim, 1 of 1 strategies enabled\n"
    (tmp_path / "bad.json").write_text('{"stage": "x", "accounts": [], "strategies": {}}', encoding="utf-8")
    assert cli.main(["config", "check", "--config", "bad.json"]) == 2
    assert len(said(capsys).splitlines()) == 3
    assert cli.main(["config", "check", "--config", "bad.json", "--json"]) == 2
    out, _ = capsys.readouterr()
    document = json.loads(out)
    assert (document["ok"], len(document["faults"])) == (False, 3)


def test_config_check_names_an_env_file_that_others_may_read(
    runner: FakeRunner, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(f"BACKPACK_SECRET={CANARY}", encoding="utf-8")
    (tmp_path / ".env").chmod(0o644)
    for arguments in (["config", "check"], ["--headless"], ["config", "show"]):
        assert cli.main([*arguments, "--config", EXAMPLE]) == 2
        text = said(capsys)
        assert "chmod 600" in text
        assert CANARY not in text


def test_config_show_takes_options_on_either_side(runner: FakeRunner, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (
        ["--config", EXAMPLE, "--spread", "0.3", "config", "show", "--json"],
        ["config", "--config", EXAMPLE, "show", "--spread", "0.3", "--json"],
        ["--spread", "0.1", "config", "show", "--spread", "0.3", "--config", EXAMPLE, "--json"],
    ):
        assert cli.main(arguments) == 0
        document = json.loads(capsys.readouterr().out)
        assert document["config"]["strategies"][0]["settings"]["spread_pct"] == "0.3"
        assert document["sources"]["strategies[0].settings.spread_pct"] == "flag --spread"


def test_config_schema_prints_the_file_of_the_repository(
    runner: FakeRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["config", "schema"]) == 0
    assert capsys.readouterr().out == (ROOT / "settings" / "schema.json").read_text(encoding="utf-8")
    assert cli.main(["config", "schema", "--markdown"]) == 0
    assert capsys.readouterr().out.startswith("### ")


def test_config_init_writes_what_runs(runner: FakeRunner, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert cli.main(["config", "init"]) == 0
    assert cli.main(["--headless", "--config", "mmtui.json"]) == 0
    assert cli.main(["config", "init"]) == 2
    assert cli.main(["config", "init", "--force"]) == 0
    (tmp_path / "bot").write_text(f"BACKPACK_KEY={CANARY}\nBACKPACK_SECRET={CANARY}\n", encoding="utf-8")
    (tmp_path / "bot").chmod(0o600)
    assert cli.main(["config", "init", "--from-env", "bot", "--output", "b.json"]) == 0
    out, err = capsys.readouterr()
    assert CANARY not in out + err + (tmp_path / "b.json").read_text(encoding="utf-8")
    assert "run with --env-file" in err
