"""Options that several commands share, and how they become a loaded configuration.

Every option takes its text as it is: bounds and choices are checked once, in ``mmtui.config``, whatever the source.
"""

import difflib
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from mmtui.config import Config, LoadedConfig

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

OVERRIDES: Final[Mapping[str, str]] = {
    "--exchange": "Venue [default: backpack], or the account on that venue of --config.",
    "--symbol": "What to trade.",
    "--market-type": "spot or perp [default: spot]; only without --config.",
    "--strategy": "Kind of strategy.",
    "--spread": "Total distance of the first buy from the first sell, percent of mid.",
    "--quantity": "Size of each order, base units.",
    "--max-orders": "Orders per side [default: 3].",
    "--duration": "Seconds to run, of all strategies where --name names none [default: 3600].",
    "--interval": "Least seconds between two re-pricings [default: 60].",
    "--target-position": "Position that is tolerated, base units.",
    "--max-position": "Largest position, base units.",
    "--position-threshold": "Distance above the target at which the excess is closed, base units.",
    "--inventory-skew": "How far quotes lean against the position, 0 to 1.",
    "--ws-proxy": "Proxy of the account; one with a password belongs into the environment.",
    "--stage": "live, paper or sim.",
    "--language": "en or zh.",
}
"""Flag -> help. Shown by --help."""

KIND_OVERRIDES: Final[Mapping[str, str]] = {
    "--base-asset-target": "spot_maker: share of the account held in the base asset, percent [default: 30].",
    "--rebalance-threshold": "spot_maker: drift from that share which is traded back, percent [default: 15].",
    "--ticker": "Build an arbitrage of Backpack against Lighter on this asset.",
    "--size": "arbitrage: size of each trade, base units.",
    "--long-threshold": "arbitrage: least spread for buying on the first venue.",
    "--short-threshold": "arbitrage: least spread for selling on the first venue.",
    "--check-interval": "arbitrage: rest between two trades, seconds.",
    "--threshold-unit": "arbitrage: bps or quote [default with --ticker: quote].",
    "--total-capital": "martingale: capital over all layers, quote asset.",
    "--price-step-down": "martingale: distance between layers, a fraction of the entry price.",
    "--take-profit-pct": "martingale: gain that closes all, a fraction of the average cost.",
    "--stop-loss-pct": "martingale: loss that closes all, a (negative) fraction of the average cost.",
    "--max-layers": "martingale: how many layers, the first included.",
    "--multiplier": "martingale: how much larger each layer is than the one before.",
    "--entry-type": "martingale: manual, market or offset.",
    "--entry-price": "martingale: where a manual entry waits.",
}
"""Flag of one kind -> help. Shown by --help after the others."""

REFUSED_OVERRIDES: Final = ("--first-order-amount", "--entry-gap-after-tp")
"""Flags of the reference bots that no kind has: read, so that the answer says so, but not shown by --help."""

KIND_SWITCHES: Final[Mapping[str, str]] = {
    "--enable-rebalance": "spot_maker: trade back to the base share.",
    "--disable-rebalance": "spot_maker: never trade back.",
    "--use-market-order": "martingale: enter at market.",
}
"""Switch of one kind -> help."""

ALL_OVERRIDES: Final = (*OVERRIDES, *KIND_OVERRIDES, *REFUSED_OVERRIDES, *KIND_SWITCHES)
"""Every flag that overrides a value of the configuration."""


class QuietGroup(click.Group):
    """A group of commands that does not repeat an unknown command: it may be a secret in the wrong place."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of the arguments; of an unknown one only say what it may have meant."""
        if self.get_command(ctx, args[0]) is None:
            known = self.list_commands(ctx)
            near = difflib.get_close_matches(args[0], known, n=1)
            hint = f'did you mean "{near[0]}"?' if near else f"commands are {', '.join(known)}"
            raise click.UsageError(f"no such command; {hint}")
        return super().resolve_command(ctx, args)


def location_options(command: Decorated) -> Decorated:
    """Add the options that say which configuration is meant and where it lies."""
    for option in (
        click.option("--name", help="The strategy that overrides mean, where there are several."),
        click.option("--home", help="Where relative paths start [default: MMTUI_HOME, else the working directory]."),
        click.option("--env-file", help="The .env file to read; ENV=name reads config/.env.name."),
        click.option("--config", help="The configuration file."),
    ):
        command = option(command)
    return command


def override_options(command: Decorated) -> Decorated:
    """Add the flags that override single values."""
    for flag in REFUSED_OVERRIDES:
        command = click.option(flag, hidden=True)(command)
    for flag, text in reversed(list(KIND_SWITCHES.items())):
        command = click.option(flag, is_flag=True, flag_value="true", default=None, help=text)(command)
    for flag, text in reversed(list({**OVERRIDES, **KIND_OVERRIDES}.items())):
        command = click.option(flag, help=text)(command)
    return command


def given(context: click.Context) -> dict[str, Any]:
    """Collect the options of a command and of the commands around it; the innermost wins."""
    outer = given(context.parent) if context.parent else {}
    return outer | {name: value for name, value in context.params.items() if value is not None and value is not False}


def home_of(context: click.Context) -> Path:
    """Find where relative paths start. Raises SettingsError."""
    from mmtui.config import find_home

    home = find_home(given(context).get("home"))
    if isinstance(context.obj, Session):
        context.obj.logs = home / "logs"
    return home


def names_configuration(context: click.Context) -> bool:
    """Whether the options name or build a configuration."""
    options = given(context)
    return options.get("config") is not None or any(
        flag.removeprefix("--").replace("-", "_") in options for flag in ALL_OVERRIDES
    )


def panel_loaded(context: click.Context, config: "Config") -> "LoadedConfig":
    """The terminal's own configuration with the environment that resolves its secrets. Raises SecretsError."""
    import os

    from mmtui.config import LoadedConfig
    from mmtui.config.envfile import load_environment

    home = home_of(context)
    env_file = given(context).get("env_file")
    environment = load_environment(os.environ, home, None if env_file is None else Path(env_file).expanduser())
    if isinstance(context.obj, Session):
        context.obj.logs = home / config.logs.directory
    return LoadedConfig(config=config, home=home, path=None, sources={}, environment=environment)


def load_given(context: click.Context) -> "LoadedConfig":
    """Load the configuration that the options name or build. Raises SettingsError, SecretsError."""
    from mmtui.config import load
    from mmtui.ports.errors import SettingsError

    options = given(context)
    flags = {
        flag: str(options[key])
        for flag in ALL_OVERRIDES
        if (key := flag.removeprefix("--").replace("-", "_")) in options
    }
    home = home_of(context)
    if options.get("config") is None and not flags.keys() - {"--stage", "--language"}:
        raise SettingsError("no configuration: name one with --config FILE, or build one with --symbol and --spread")
    loaded = load(options.get("config"), home, env_file=options.get("env_file"), flags=flags, name=options.get("name"))
    if isinstance(context.obj, Session):
        context.obj.logs = loaded.under_home(loaded.config.logs.directory)
    return loaded


def speed_of(text: str) -> float:
    """Read a speed: ``max`` (infinity), or how many times real time. Raises SettingsError."""
    from mmtui.ports.errors import SettingsError

    if text == "max":
        return math.inf
    try:
        speed = float(text) if text.replace(".", "", 1).isdecimal() and text.isascii() else 0.0
    except ValueError:
        speed = 0.0
    if not 0 < speed < math.inf:
        raise SettingsError("--speed: must be max, or a number above 0 like 10 (times real time)")
    return speed


class Session:
    """What is known of a call when it ends unexpectedly: where its log goes (None: nothing said yet)."""

    def __init__(self) -> None:
        self.logs: Path | None = None
