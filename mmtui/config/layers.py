"""Lay the environment over the raw object: ``MMTUI__SECTION__KEY`` becomes one value, and its source is kept."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct, inspect

from mmtui.config.checking import struct_info, unwrap
from mmtui.config.document import account_type, normal_name
from mmtui.config.envfile import Environment
from mmtui.config.faults import Fault, Place, nearest
from mmtui.config.reading import Plain, Raw
from mmtui.config.schema import Config, StrategyConfig
from mmtui.strategies import KINDS

PREFIX = "MMTUI__"


class Layered:
    """A raw object with values laid over it; ``sources`` says where each of those came from."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw = raw
        self.sources: dict[Place, str] = {}
        self.faults: list[Fault] = []

    def put(self, place: Place, text: str, source: str) -> None:
        """Set one value. A branch that is no object stays as it is: the check names that fault."""
        node: Raw = self.raw
        for part in place[:-1]:
            if isinstance(part, int):
                node = node[part]
            elif isinstance(node, dict):
                node = node.setdefault(part, {})
        if isinstance(node, dict):
            node[place[-1]] = Plain(text)
            self.sources[place] = source

    def put_environment(self, environment: Environment) -> None:
        """Lay every MMTUI__ name over the object; an unknown one is a fault with the nearest name."""
        for name in sorted(environment):
            if not name.upper().startswith(PREFIX):
                continue
            place = self._find(name)
            if place is not None:
                self.put(place, environment[name], environment.origin(name))

    def _find(self, name: str) -> Place | None:
        segments = name.upper().removeprefix(PREFIX).split("__")
        place: Place = ()
        node: Raw = self.raw
        kind: inspect.Type | type[Struct] = Config
        for position, segment in enumerate(segments):
            choices = _choices(kind, node, place)
            part = choices.get(segment)
            if part is None:
                known = [
                    PREFIX + "__".join([*segments[:position], choice, *segments[position + 1 :]]) for choice in choices
                ]
                self.faults.append(
                    Fault((), f"environment {name}: unknown{nearest(name.upper(), known) if known else ''}")
                )
                return None
            key, kind = part
            place = (*place, key)
            node = _member(node, key)
        if not _is_leaf(kind):
            self.faults.append(Fault((), f"environment {name}: names a whole section; name one value in it"))
            return None
        return place


def _choices(kind: Raw, node: Raw, place: Place) -> dict[str, tuple[str | int, Any]]:
    """What a segment may be here: its folded name -> the key in the object and what lies behind it."""
    if place == ("accounts",):
        return {normal_name(key): (key, account_type(node[key])) for key in _keys(node)}
    if place == ("strategies",):
        strategies = node if isinstance(node, list) else []
        return {
            normal_name(strategy["name"]): (index, StrategyConfig)
            for index, strategy in enumerate(strategies)
            if isinstance(strategy, dict) and isinstance(strategy.get("name"), str)
        }
    if isinstance(kind, inspect.DictType):
        return {normal_name(key): (key, kind.value_type) for key in _keys(node)}
    struct = kind.cls if isinstance(kind, inspect.StructType) else kind
    if not (isinstance(struct, type) and issubclass(struct, Struct)):
        return {}
    return {
        normal_name(field.encode_name): (field.encode_name, _behind(field, node, place))
        for field in struct_info(struct).fields
        if field.encode_name != "$schema"
    }


def _behind(field: inspect.Field, node: Raw, place: Place) -> Raw:
    if field.name == "settings" and len(place) == 2 and place[0] == "strategies":  # noqa: PLR2004 - a strategy's place
        kind = KINDS.get(str(node.get("kind"))) if isinstance(node, dict) else None
        return kind.settings_type if kind else None
    return unwrap(field.type)[0]


def _is_leaf(kind: Raw) -> bool:
    section = inspect.StructType | inspect.DictType
    return kind is not None and not isinstance(kind, section) and not isinstance(kind, type)


def _member(node: Raw, key: str | int) -> Raw:
    if isinstance(key, int):
        return node[key]
    return node.get(key) if isinstance(node, dict) else None


def _keys(node: Raw) -> Iterable[str]:
    return node if isinstance(node, dict) else ()
