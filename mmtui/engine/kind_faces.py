"""Strategies as forms show them: one description of fields for the configuration file, the schema and the screen."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

from mmtui.strategies import KINDS, Kind
from mmtui.views.queries import FieldFace, KindFace


@cache
def kind_faces() -> tuple[KindFace, ...]:
    """All kinds with their forms."""
    return tuple(_kind_face(kind) for kind in KINDS.values())


def _kind_face(kind: Kind) -> KindFace:
    info = inspect.type_info(kind.settings_type)
    assert isinstance(info, inspect.StructType)  # noqa: S101 - Settings are Structs
    fields = tuple(_field_face(field) for field in info.fields)
    presets = {name: {key: str(value) for key, value in preset.items()} for name, preset in kind.presets.items()}
    return KindFace(kind.name, kind.title, fields, presets)


def _field_face(field: inspect.Field) -> FieldFace:
    plain, about, optional = _unwrapped(field.type)
    extra = about.get("extra") or {}
    default = field.default
    exclusive = "exclusive_minimum" in extra
    return FieldFace(
        name=field.name,
        title=about.get("title") or field.name,
        help=about.get("description") or "",
        unit=str(extra.get("unit", "")),
        type=_type_name(plain),
        default="" if default is None or default is msgspec.NODEFAULT else str(default),
        minimum=str(extra.get("exclusive_minimum" if exclusive else "minimum", "")),
        maximum=str(extra.get("maximum", "")),
        exclusive_minimum=exclusive,
        optional=optional,
        choices=tuple(str(value) for value in plain.values) if isinstance(plain, inspect.LiteralType) else (),
    )


def _unwrapped(kind: inspect.Type) -> tuple[inspect.Type, Mapping[str, Any], bool]:
    """The type itself, what its Meta says, and whether it may be left empty."""
    about: dict[str, Any] = {}
    optional = False
    while True:
        if isinstance(kind, inspect.Metadata):
            about |= kind.extra_json_schema or {}
            if kind.extra:
                about["extra"] = kind.extra
            kind = kind.type
        elif isinstance(kind, inspect.UnionType):
            optional = any(isinstance(part, inspect.NoneType) for part in kind.types)
            kind = next(part for part in kind.types if not isinstance(part, inspect.NoneType))
        else:
            return kind, about, optional


def _type_name(kind: inspect.Type) -> str:
    names = {
        inspect.DecimalType: "decimal",
        inspect.IntType: "integer",
        inspect.BoolType: "boolean",
        inspect.LiteralType: "choice",
    }
    return names.get(type(kind), "text")
