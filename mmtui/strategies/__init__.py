"""The strategies, one file each (Settings and decide), and the registry that everything else finds them in."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from mmtui.ports.errors import SettingsError
from mmtui.strategies import (
    arbitrage,
    dual_hedge,
    maker_hedge,
    perp_maker,
)
from mmtui.strategies.grid import decide as grid
from mmtui.strategies.martingale import decide as martingale
from mmtui.strategies.martingale import plan as martingale_plan
from mmtui.strategies.martingale import settings as martingale_settings


class Kind(Struct, frozen=True):
    """One kind of strategy as the rest of mmtui sees it.

    ``decide(settings, snapshot, memory)`` is pure. ``check(settings)`` gives the faults between two fields, one line
    each. ``presets`` are named changes to the default settings, in the shape of the configuration file.

    ``defaults`` are this kind's own defaults of fields beside the settings, by their names in the configuration
    (``on_start_orders``, ``on_stop_position`` ...). A kind of two or more ``legs`` trades that many accounts, each with
    a symbol of its own or all with the same one; its ``decide`` gets a LegsSnapshot and gives a LegsDecision, and
    ``thresholds(settings, mid)`` tells from what spread in bps it (sells, buys) the first leg against the second.
    """

    name: str
    title: str
    settings_type: type[Struct]
    memory_type: type[Struct]
    decide: Callable[..., Any]
    initial_memory: Callable[[], Struct]
    check: Callable[[Any], list[str]]
    presets: Mapping[str, Mapping[str, str | int]]
    defaults: Mapping[str, str] = MappingProxyType({})
    legs: int = 1
    thresholds: Callable[[Any, Decimal], tuple[Decimal, Decimal]] | None = None


KINDS: dict[str, Kind] = {
    "perp_maker": Kind(
        name="perp_maker",
        title=perp_maker.TITLE,
        settings_type=perp_maker.Settings,
        memory_type=perp_maker.Memory,
        decide=perp_maker.decide,
        initial_memory=perp_maker.Memory,
        check=perp_maker.check,
        presets=perp_maker.PRESETS,
    ),
    "grid": Kind(
        name="grid",
        title=grid.TITLE,
        settings_type=grid.Settings,
        memory_type=grid.Memory,
        decide=grid.decide,
        initial_memory=grid.Memory,
        check=grid.check,
        presets=grid.PRESETS,
        defaults={"on_start_orders": "cancel_mine"},
    ),
    "martingale": Kind(
        name="martingale",
        title=martingale.TITLE,
        settings_type=martingale_settings.Settings,
        memory_type=martingale.Memory,
        decide=martingale.decide,
        initial_memory=martingale.Memory,
        check=martingale_plan.check,
        presets=martingale_settings.PRESETS,
        defaults=martingale_settings.DEFAULTS,
    ),
    "maker_hedge": Kind(
        name="maker_hedge",
        title=maker_hedge.TITLE,
        settings_type=maker_hedge.Settings,
        memory_type=maker_hedge.Memory,
        decide=maker_hedge.decide,
        initial_memory=maker_hedge.Memory,
        check=maker_hedge.check,
        presets=maker_hedge.PRESETS,
    ),
    "dual_hedge": Kind(
        name="dual_hedge",
        title=dual_hedge.TITLE,
        settings_type=dual_hedge.Settings,
        memory_type=dual_hedge.Memory,
        decide=dual_hedge.decide,
        initial_memory=dual_hedge.Memory,
        check=dual_hedge.check,
        presets=dual_hedge.PRESETS,
        defaults=dual_hedge.DEFAULTS,
        legs=2,
    ),
    "arbitrage": Kind(
        name="arbitrage",
        title=arbitrage.TITLE,
        settings_type=arbitrage.Settings,
        memory_type=arbitrage.Memory,
        decide=arbitrage.decide,
        initial_memory=arbitrage.Memory,
        check=arbitrage.check,
        presets=arbitrage.PRESETS,
        defaults=arbitrage.DEFAULTS,
        legs=2,
        thresholds=arbitrage.thresholds,
    ),
}


def kind(name: str) -> Kind:
    """The kind of that name.

    Raises:
        SettingsError: there is none; the message names the nearest and all known kinds.
    """
    found = KINDS.get(name)
    if found is not None:
        return found
    from difflib import get_close_matches  # needed only to word an error

    near = get_close_matches(name, KINDS, n=1)
    hint = f'; did you mean "{near[0]}"?' if near else ""
    raise SettingsError(f'unknown strategy kind "{name}"{hint} (known: {", ".join(KINDS)})')
