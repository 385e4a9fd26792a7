"""The strategies, one file each (Settings and decide), and the registry that everything else finds them in."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from mmtui.ports.errors import SettingsError
from mmtui.strategies import (
    dual_hedge,
    maker_hedge,
    perp_maker,
    single,
)
from mmtui.strategies.arbitrage import decide as arbitrage_rules
from mmtui.strategies.arbitrage import settings as arbitrage_settings
from mmtui.strategies.bps_maker import decide as bps_maker_rules
from mmtui.strategies.bps_maker import settings as bps_maker_settings
from mmtui.strategies.grid import decide as grid_rules
from mmtui.strategies.martingale import decide as martingale_rules
from mmtui.strategies.martingale import plan as martingale_plan
from mmtui.strategies.martingale import settings as martingale_settings
from mmtui.strategies.spot_maker import decide as spot_maker_rules
from mmtui.strategies.spot_maker import settings as spot_maker_settings


class Kind(Struct, frozen=True):
    """One kind of strategy as the rest of mmtui sees it.

    ``decide(settings, snapshot, memory)`` is pure. ``check(settings)`` gives the faults between two fields, one line
    each. ``presets`` are named changes to the default settings, in the shape of the configuration file.

    ``defaults`` are this kind's own defaults of fields beside the settings, by their names in the configuration
    (``on_start_orders``, ``on_stop_position`` ...). A kind of two or more ``legs`` trades that many accounts, each with
    a symbol of its own or all with the same one; its ``decide`` gets a LegsSnapshot and gives a LegsDecision, and
    ``thresholds(settings, mid)`` tells from what spread in bps it (sells, buys) the first leg against the second.
    ``depth`` is how many levels of the book a snapshot shows.
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
    depth: int = 5
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
    "spot_maker": Kind(
        name="spot_maker",
        title=spot_maker_rules.TITLE,
        settings_type=spot_maker_settings.Settings,
        memory_type=spot_maker_rules.Memory,
        decide=spot_maker_rules.decide,
        initial_memory=spot_maker_rules.Memory,
        check=spot_maker_settings.check,
        presets=spot_maker_settings.PRESETS,
    ),
    "bps_maker": Kind(
        name="bps_maker",
        title=bps_maker_rules.TITLE,
        settings_type=bps_maker_settings.Settings,
        memory_type=bps_maker_rules.Memory,
        decide=bps_maker_rules.decide,
        initial_memory=bps_maker_rules.Memory,
        check=bps_maker_settings.check,
        presets=bps_maker_settings.PRESETS,
        defaults=bps_maker_rules.DEFAULTS,
        depth=bps_maker_rules.DEPTH,
    ),
    "grid": Kind(
        name="grid",
        title=grid_rules.TITLE,
        settings_type=grid_rules.Settings,
        memory_type=grid_rules.Memory,
        decide=grid_rules.decide,
        initial_memory=grid_rules.Memory,
        check=grid_rules.check,
        presets=grid_rules.PRESETS,
        defaults={"on_start_orders": "cancel_mine"},
    ),
    "martingale": Kind(
        name="martingale",
        title=martingale_rules.TITLE,
        settings_type=martingale_settings.Settings,
        memory_type=martingale_rules.Memory,
        decide=martingale_rules.decide,
        initial_memory=martingale_rules.Memory,
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
        title=arbitrage_settings.TITLE,
        settings_type=arbitrage_settings.Settings,
        memory_type=arbitrage_rules.Memory,
        decide=arbitrage_rules.decide,
        initial_memory=arbitrage_rules.Memory,
        check=arbitrage_settings.check,
        presets=arbitrage_settings.PRESETS,
        defaults=arbitrage_settings.DEFAULTS,
        legs=2,
        depth=20,
        thresholds=arbitrage_settings.thresholds,
    ),
    "single": Kind(
        name="single",
        title=single.TITLE,
        settings_type=single.Settings,
        memory_type=single.Memory,
        decide=single.decide,
        initial_memory=single.Memory,
        check=single.check,
        presets=single.PRESETS,
        defaults=single.DEFAULTS,
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
