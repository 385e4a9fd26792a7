"""Show a configuration: every value with where it came from. Secrets are shown as the references they are."""

from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from typing import Any

from msgspec import Struct

from mmtui.config.accounts import Account
from mmtui.config.checking import struct_info, unwrap
from mmtui.config.faults import Place, place_text
from mmtui.config.load import LoadedConfig
from mmtui.config.reading import Raw
from mmtui.model.units import decimal_text

DEFAULT = "default"


class ShownValue(Struct, frozen=True):
    """One value as it may be printed, and its source: a file, a variable, a flag or ``default``."""

    place: Place
    value: Raw
    source: str
    unit: str = ""


def shown_values(loaded: LoadedConfig) -> list[ShownValue]:
    """List every value of a configuration in the order of its definition."""
    return [
        ShownValue(place, value, loaded.sources.get(place, DEFAULT), unit)
        for place, value, unit in _struct(loaded.config, ())
    ]


def show_text(loaded: LoadedConfig) -> str:
    """Write the values for a person, one line each."""
    rows = [
        (place_text(value.place), f"{_person(value.value)}{f' {value.unit}' if value.unit else ''}", value.source)
        for value in shown_values(loaded)
    ]
    width = max(len(place) for place, _, _ in rows)
    return "\n".join(f"{place:<{width}} = {value}   ({source})" for place, value, source in rows)


def show_document(loaded: LoadedConfig) -> dict[str, Any]:
    """Give the values and their sources as one JSON document."""
    values = shown_values(loaded)
    return {
        "file": None if loaded.path is None else str(loaded.path),
        "home": str(loaded.home),
        "config": as_json(loaded.config),
        "sources": {place_text(value.place): value.source for value in values},
    }


def as_json(value: object) -> Raw:
    """Turn a checked value into plain JSON: decimals become text without exponent, absent values are left out."""
    if isinstance(value, Struct):
        tag = {"venue": value.venue} if isinstance(value, Account) else {}
        members = ((field.encode_name, getattr(value, field.name)) for field in struct_info(type(value)).fields)
        return tag | {name: as_json(member) for name, member in members if member is not None}
    if isinstance(value, dict):
        return {key: as_json(member) for key, member in value.items()}
    if isinstance(value, tuple | list):
        return [as_json(member) for member in value]
    return _scalar(value)


def _struct(value: Struct, place: Place) -> Iterator[tuple[Place, Any, str]]:
    if isinstance(value, Account):
        yield (*place, "venue"), value.venue, ""
    for field in struct_info(type(value)).fields:
        member = getattr(value, field.name)
        if member is not None:
            rules = unwrap(field.type)[1]
            yield from _walk(member, (*place, field.encode_name), str(rules.get("unit", "")))


def _walk(value: Raw, place: Place, unit: str) -> Iterator[tuple[Place, Any, str]]:
    if isinstance(value, Struct):
        yield from _struct(value, place)
    elif isinstance(value, dict):
        for key, member in value.items():
            yield from _walk(member, (*place, key), unit)
    elif isinstance(value, tuple) and any(isinstance(member, Struct) for member in value):
        for index, member in enumerate(value):
            yield from _walk(member, (*place, index), unit)
    else:
        yield place, as_json(value), unit


def _scalar(value: object) -> Raw:
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, Enum):
        return value.value
    return value


def _person(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(member) for member in value) or "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
