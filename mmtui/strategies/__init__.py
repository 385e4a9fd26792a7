"""The strategies, one file each (Settings and decide), and the registry that everything else finds them in."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from mmtui.model.quotes import Decision
from mmtui.ports.errors import SettingsError
from mmtui.strategies import perp_maker


class Kind(Struct, frozen=True):
    """One kind of strategy as the rest of mmtui sees it.

    ``decide(settings, snapshot, memory)`` is pure. ``check(settings)`` gives the faults between two fields, one line
    each. ``presets`` are named changes to the default settings, in the shape of the configuration file.
    """

    name: str
    title: str
    settings_type: type[Struct]
    memory_type: type[Struct]
    decide: Callable[..., Decision[Any]]
    initial_memory: Callable[[], Struct]
    check: Callable[[Any], list[str]]
    presets: Mapping[str, Mapping[str, str | int]]


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
