"""The command line: reads arguments, loads the configuration, hands over to a runner, turns errors into exit codes.

The runners are imported when called, with exactly these signatures:

* ``mmtui.headless.run.main(loaded: LoadedConfig, options: RunOptions) -> int``
* ``mmtui.commands.replay.run(loaded: LoadedConfig, data: Path, *, speed: float, journal: Path | None, as_json: bool)
  -> int`` (``speed`` is times real time, ``math.inf`` for max)
* ``mmtui.commands.audit.run(journal: Path) -> int``

They return the exit code. What they raise of ``mmtui.ports.errors`` becomes one line on stderr per fault and the code
of its class; anything else is a bug: one line, code 1, and the traceback in the log. No value of an argument is ever
repeated by this module: it may be a secret.
"""

import os
import re
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

from mmtui import __version__
from mmtui.commands.options import (
    QuietGroup,
    Session,
    given,
    home_of,
    load_given,
    location_options,
    names_configuration,
    override_options,
    panel_loaded,
    speed_of,
)

EXIT_BUG: Final = 1
EXIT_USAGE: Final = 2
EXIT_UNREACHABLE: Final = 3
EXIT_INTERRUPTED: Final = 130

EPILOG = """\
Precedence: flags, then environment (MMTUI__SECTION__KEY, for example MMTUI__STRATEGIES__SOL__SETTINGS__SPREAD_PCT),
then the file, then defaults. Relative paths start at home. No flag takes a secret: an argument is visible to every
user of the machine; the configuration names secrets (env:NAME, file:PATH, keyring:NAME).

Exit codes: 0 ended as asked, 1 bug or failed check, 2 usage or configuration, 3 venue unreachable at start, 4 risk
stop, 5 stopped but orders may remain, 130 interrupted before trading began.
"""

SECRET_FLAGS: Final = {
    "api-key": "key",
    "key": "key",
    "token": "key",
    "access-token": "key",
    "secret-key": "secret",
    "api-secret": "secret",
    "secret": "secret",
    "private-key": "secret",
    "api-key-private": "secret",
    "wallet-key": "secret",
    "wallet-private-key": "secret",
    "signer-key": "secret",
    "signing-key": "secret",
    "password": "secret",
    "passphrase": "secret",
    "mnemonic": "secret",
}
"""Flags that somebody might hope for, and which of a venue's two secrets they mean."""

VENUE_SECRETS: Final = {
    "aster": {"key": "ASTER_API_KEY", "secret": "ASTER_SECRET_KEY"},
    "websea": {"key": "WEBSEA_TOKEN", "secret": "WEBSEA_SECRET"},
    "standx": {"key": "WALLET_PRIVATE_KEY", "secret": "WALLET_PRIVATE_KEY"},
    "lighter": {"key": "API_KEY_PRIVATE_KEY", "secret": "API_KEY_PRIVATE_KEY"},
    "backpack": {"key": "BACKPACK_KEY", "secret": "BACKPACK_SECRET"},
}

_OPTION_NAME = re.compile(r"-{1,2}[a-z][a-z-]{0,30}")


class Commands(QuietGroup):
    """The group of all commands; ``config``, ``sandbox`` and ``serve`` are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands for --help."""
        return [*super().list_commands(ctx), "config", "sandbox", "serve"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Find a command by its name."""
        if cmd_name == "config":
            from mmtui.commands.config import group

            return group
        if cmd_name == "sandbox":
            from mmtui.commands.sandbox import command

            return command
        if cmd_name == "serve":
            from mmtui.commands.serve import command as serve

            return serve
        return super().get_command(ctx, cmd_name)


@click.group(cls=Commands, invoke_without_command=True, epilog="\b\n" + EPILOG)
@click.option("--headless", is_flag=True, help="Run without a terminal: JSON lines on stdout.")
@click.option("--speed", help="max: as fast as it goes (stage sim only).")
@click.option("--read-only", is_flag=True, help="Look, and refuse every action (terminal).")
@click.option("--panel", is_flag=True, help="The terminal (what mmtui opens anyway).")
@click.option("--yes", is_flag=True, help="The consent that a live start needs once per configuration.")
@location_options
@override_options
@click.version_option(__version__, "--version", prog_name="mmtui", message="%(prog)s %(version)s")
@click.pass_context
def root(
    context: click.Context, /, *, headless: bool, panel: bool, read_only: bool, speed: str | None, yes: bool,
    **_options: str | None,
) -> int:  # fmt: skip
    """Make markets, with or without a terminal."""
    if context.invoked_subcommand is not None:
        return 0
    if headless:
        if panel:
            return _say("--headless, --panel: give one of them", EXIT_USAGE)
        return _run_headless(context, speed, consent=yes)
    return _run_terminal(context, read_only=read_only)


def _run_terminal(context: click.Context, *, read_only: bool) -> int:
    from mmtui.commands.terminal import open_panel, run

    in_a_page = "TEXTUAL_DRIVER" in os.environ
    if not in_a_page and not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        where = "stdin, stdout and stderr"
        return _say(f"the terminal needs a terminal on {where}; without one: mmtui --headless", EXIT_USAGE)
    loaded = load_given(context) if names_configuration(context) else None
    home = home_of(context)
    panel = open_panel(home, loaded)
    if loaded is None:
        loaded = panel_loaded(context, panel.config)
    return run(loaded, panel, read_only=read_only)


def _run_headless(context: click.Context, speed: str | None, *, consent: bool) -> int:
    from mmtui.config.run import RunOptions
    from mmtui.ports.errors import SettingsError

    if speed not in (None, "max"):
        raise SettingsError("--speed: a headless run knows only max; leave it out for real time")
    loaded = load_given(context)
    config = loaded.config
    if not config.enabled:
        raise SettingsError("nothing to run: no strategy is enabled; add one, or set enabled to true")
    venues = {name: config.accounts[name].venue for strategy in config.enabled for name in strategy.account_names}
    for name, venue in venues.items():
        if venue == "replay":
            raise SettingsError(f"accounts.{name}: venue replay has no data here; use mmtui replay --data PATH")
    if speed == "max" and config.stage != "sim":
        raise SettingsError(f"--speed max: needs stage sim, this is {config.stage}; put every account on venue sim")
    from mmtui.headless.run import main as run

    return run(loaded, RunOptions(max_speed=speed == "max", consent=consent))


@root.command()
@location_options
@override_options
@click.option("--data", required=True, help="The recording: a folder or a file.")
@click.option("--speed", default=None, help="max, or times real time [default: max].")
@click.option("--journal", help="Write the journal here.")
@click.option("--json", "as_json", is_flag=True, help="One document on stdout.")
@click.pass_context
def replay(context: click.Context, /, *, data: str, journal: str | None, as_json: bool, **_options: str | None) -> int:
    """Run a configuration over recorded market data."""
    speed = speed_of(given(context).get("speed", "max"))
    loaded = load_given(context)
    from mmtui.commands.replay import run

    return run(
        loaded,
        loaded.under_home(data),
        speed=speed,
        journal=None if journal is None else loaded.under_home(journal),
        as_json=as_json,
    )


@root.command()
@click.argument("journal")
@click.option("--home", help="Where relative paths start.")
@click.pass_context
def audit(context: click.Context, /, *, journal: str, **_options: str | None) -> int:
    """Feed a journal again: exit 0 only if every command comes out the same."""
    from mmtui.config.load import under

    path = under(home_of(context), journal)
    from mmtui.commands.audit import run

    return run(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    session = Session()
    refusal = secret_refusal(words)
    if refusal is not None:
        return _say(refusal, EXIT_USAGE)
    try:
        result: Any = root.main(args=words, prog_name="mmtui", standalone_mode=False, obj=session)
        return result if isinstance(result, int) else 0
    except click.UsageError as error:
        return _say(worded(error), EXIT_USAGE)
    except (click.Abort, KeyboardInterrupt):
        return _say("interrupted", EXIT_INTERRUPTED)
    except BrokenPipeError:  # `mmtui config show | head`: nobody reads on, and Python would complain at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - the app's exit: one line for the person, the rest for the log
        return _failed(error, session)


def secret_refusal(words: Sequence[str]) -> str | None:
    """Refuse a flag that would take a secret, naming the variable to use instead; None where there is none."""
    for word in words:
        flag = word.partition("=")[0].lower().replace("_", "-")
        which = SECRET_FLAGS.get(flag.removeprefix("--").rstrip("2")) if flag.startswith("--") else None
        if which is not None:
            venue = next((name for name in VENUE_SECRETS if _exchange(words) == name), "backpack")
            name = VENUE_SECRETS[venue][which]
            return (
                f"{flag}: no flag takes a secret, every user of the machine can see it; set {name} in the environment"
            )
    return None


def worded(error: click.UsageError) -> str:
    """Word an error of usage without repeating a value."""
    if isinstance(error, click.NoSuchOption):
        known = _OPTION_NAME.fullmatch(error.option_name)
        near = f"; did you mean {error.possibilities[0]}?" if error.possibilities else "; see mmtui --help"
        return f"no such option: {error.option_name if known else '(hidden)'}{near}"
    text = error.format_message().rstrip(".")
    if "unexpected extra argument" in text:
        return "too many arguments; see mmtui --help"
    return text


def _exchange(words: Sequence[str]) -> str:
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == "--exchange":
            return following
        if word.startswith("--exchange="):
            return word.partition("=")[2]
    return ""


def _failed(error: Exception, session: Session) -> int:
    from mmtui.ports import errors

    codes: tuple[tuple[type[Exception], int], ...] = (
        (errors.SettingsError, EXIT_USAGE),
        (errors.SecretsError, EXIT_USAGE),
        (errors.DataError, EXIT_USAGE),
        (errors.StorageError, EXIT_USAGE),
        (errors.Unreachable, EXIT_UNREACHABLE),
        (errors.VenueError, EXIT_BUG),
    )
    for kind, code in codes:
        if isinstance(error, kind):
            return _say(str(error), code)
    return _say(f"bug: {type(error).__name__}; the traceback is in {_log_traceback(error, session)}", EXIT_BUG)


def _log_traceback(error: Exception, session: Session) -> str:
    path = (session.logs or Path(os.environ.get("MMTUI_HOME", ".")) / "logs") / "crash.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="utf-8") as file:
            file.write("".join(traceback.format_exception(error)))
    except OSError as failed:
        return f"no log ({path}: {failed.strerror})"
    return str(path)


def _say(text: str, code: int) -> int:
    for line in text.splitlines():
        print(f"mmtui: {line}", file=sys.stderr)
    return code
