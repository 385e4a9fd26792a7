"""The one pass over the raw object: types, bounds, unknown and duplicate keys, all faults at once.

The Structs say what is right (``fields.about``); this module compares. It knows no section by name: what only some
sections need stands in ``document``.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, Final

from msgspec import Struct, inspect

from mmtui.config.faults import HIDDEN, Fault, Place, nearest, shown
from mmtui.config.forms import form_fault
from mmtui.config.reading import Members, Plain, Raw, Written, json_kind
from mmtui.model.units import decimal_text

INVALID: Final = object()
"""Stands where a value was at fault, so that the rest can still be checked."""

_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_INTEGER = re.compile(r"-?[0-9]+")
_SCIENTIFIC = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)[eE][+-]?[0-9]{1,2}")
_MOST_DIGITS = 40
_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")

Rules = Mapping[str, Any]
Info = Any
"""One of msgspec's types: which one, ``_CHECKS`` says."""
Special = Callable[[Any, Place], Any]


@cache
def struct_info(struct: type[Struct]) -> inspect.StructType:
    """Return what msgspec knows of a Struct."""
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)  # noqa: S101 - of a Struct it is
    return info


def unwrap(info: inspect.Type) -> tuple[inspect.Type, Rules, bool]:
    """Take a field's type apart: the type itself, what it says of itself, and whether null is allowed."""
    rules: dict[str, Any] = {}
    optional = False
    while True:
        if isinstance(info, inspect.Metadata):
            rules |= info.extra_json_schema or {}
            rules |= info.extra or {}
            info = info.type
        elif isinstance(info, inspect.UnionType) and any(isinstance(kind, inspect.NoneType) for kind in info.types):
            optional = True
            info = next(kind for kind in info.types if not isinstance(kind, inspect.NoneType))
        else:
            return info, rules, optional


class Checker:
    """Walks a raw object beside its Structs and builds the typed value; what is wrong goes into ``faults``."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fault(self, place: Place, problem: str, value: str | None = None) -> Raw:
        """Note a fault; returns INVALID."""
        self.faults.append(Fault(place, problem, value))
        return INVALID

    def value(self, raw: Raw, info: inspect.Type, place: Place) -> Raw:
        """Check one value; returns it typed, or INVALID."""
        kind, rules, optional = unwrap(info)
        if optional and (raw is None or (isinstance(raw, Plain) and raw.lower() in ("", "null", "none"))):
            return None
        if isinstance(raw, Members) and raw.duplicates and not isinstance(kind, inspect.StructType | inspect.DictType):
            self.duplicates(raw, place)
        check = _CHECKS.get(type(kind))
        if check is None:
            return raw
        return check(self, raw, kind, place, rules)

    def fields(
        self,
        raw: Raw,
        struct: type[Struct],
        place: Place,
        special: Mapping[str, Special] | None = None,
    ) -> dict[str, Any]:
        """Check the members of an object against a Struct; each comes back typed or INVALID, absent ones not at all."""
        info = struct_info(struct)
        if not isinstance(raw, dict):
            self.fault(place, f"must be an object ({{...}}), not {json_kind(raw)}")
            return {field.name: INVALID for field in info.fields if field.required}
        self.duplicates(raw, place)
        known = {field.encode_name: field for field in info.fields}
        tag = {info.tag_field} if info.tag_field else set()
        for key in raw:
            if key not in known and key not in tag:
                self.fault((*place, key), f"unknown key{nearest(key, [*known, *tag])}")
        values: dict[str, Any] = {}
        for key, field in known.items():
            here = (*place, key)
            if key not in raw:
                if field.required:
                    values[field.name] = self.fault(here, f"is missing{_described(field.type)}")
            elif special and key in special:
                values[field.name] = special[key](raw[key], here)
            else:
                values[field.name] = self.value(raw[key], field.type, here)
        return values

    def struct(self, raw: Raw, struct: type[Struct], place: Place) -> Raw:
        """Check an object and build its Struct; INVALID where anything in it is."""
        return self.build(struct, self.fields(raw, struct, place), place)

    def build(self, struct: type[Struct], values: Mapping[str, Any], place: Place) -> Raw:
        """Build a Struct from checked members; INVALID where one of them is."""
        if any(value is INVALID for value in values.values()):
            return INVALID
        try:
            return struct(**values)
        except ValueError as error:
            return self.fault(place, str(error))

    def duplicates(self, raw: Raw, place: Place) -> None:
        """Note the keys that stand in an object more than once."""
        for key in getattr(raw, "duplicates", ()):
            self.fault((*place, key), "stands there more than once; keep one of them")

    def _text(self, raw: Raw, _info: inspect.Type, place: Place, rules: Rules) -> Raw:
        form = rules.get("form")
        secret = form == "secret"
        if not isinstance(raw, str) or isinstance(raw, Written):
            return self.fault(place, f"must be a string, not {json_kind(raw)}", HIDDEN if secret else shown(raw))
        if not raw.strip():
            return self.fault(place, "is empty")
        problem = form_fault(form, raw)
        if problem is not None:
            return self.fault(place, problem.text, HIDDEN if secret or problem.hide else shown(raw))
        return str(raw)

    def _boolean(self, raw: Raw, _info: inspect.Type, place: Place, _rules: Rules) -> Raw:
        if isinstance(raw, bool):
            return raw
        if isinstance(raw, Plain) and raw.lower() in _TRUE + _FALSE:
            return raw.lower() in _TRUE
        return self.fault(place, "must be true or false", shown(raw))

    def _integer(self, raw: Raw, info: inspect.Type, place: Place, rules: Rules) -> Raw:
        number = self._number(raw, place, _INTEGER, "a whole number")
        return number if number is INVALID else self._bounded(int(number), raw, info, place, rules)

    def _decimal(self, raw: Raw, info: inspect.Type, place: Place, rules: Rules) -> Raw:
        number = self._number(raw, place, _DECIMAL, "a decimal number")
        return number if number is INVALID else self._bounded(number, raw, info, place, rules)

    def _float(self, raw: Raw, info: inspect.Type, place: Place, rules: Rules) -> Raw:
        number = self._decimal(raw, info, place, rules)
        return number if number is INVALID else float(number)

    def _number(self, raw: Raw, place: Place, pattern: re.Pattern[str], noun: str) -> Raw:
        if isinstance(raw, bool):
            return self.fault(place, f"a boolean is no number; write {noun}", shown(raw))
        if not isinstance(raw, str):
            return self.fault(place, f"must be {noun}, not {json_kind(raw)}", shown(raw))
        text = str(raw)
        if pattern.fullmatch(text):
            if len(text) > _MOST_DIGITS:
                return self.fault(place, f"has more than {_MOST_DIGITS} digits", shown(raw))
            return Decimal(text)
        if _SCIENTIFIC.fullmatch(text):
            return self.fault(
                place, f"scientific notation is not read; write {decimal_text(Decimal(text))}", shown(raw)
            )
        if text.strip("+-").lower() in ("nan", "inf", "infinity", "snan"):
            return self.fault(place, "is not finite; write a finite number", shown(raw))
        return self.fault(place, f"must be {noun}, like {'3' if pattern is _INTEGER else '0.1'}", shown(raw))

    def _bounded(
        self,
        number: Raw,
        raw: Raw,
        info: inspect.Type,
        place: Place,
        rules: Rules,
    ) -> Raw:
        unit = f" {rules['unit']}" if "unit" in rules else ""
        for name, wrong, words in _BOUNDS:
            bound = rules.get(name, getattr(info, _MSGSPEC_BOUND[name], None))
            if bound is not None and wrong(number, Decimal(str(bound))):
                return self.fault(place, f"must be {words} {decimal_text(Decimal(str(bound)))}{unit}", shown(raw))
        return number

    def _choice(self, raw: Raw, info: Info, place: Place, _rules: Rules) -> Raw:
        if isinstance(info, inspect.EnumType):
            names = {str(member.value): member for member in info.cls}
        else:
            names = {str(value): value for value in info.values}
        if isinstance(raw, str) and raw in names:
            return names[raw]
        near = nearest(raw, names) if isinstance(raw, str) else ""
        return self.fault(place, f"must be one of {', '.join(names)}{near if 'mean' in near else ''}", shown(raw))

    def _list(self, raw: Raw, info: Info, place: Place, _rules: Rules) -> Raw:
        if isinstance(raw, Plain):
            raw = [Plain(part.strip()) for part in raw.split(",")]
        if not isinstance(raw, list):
            return self.fault(place, f"must be a list ([...]), not {json_kind(raw)}", None)
        if not raw and info.min_length:
            return self.fault(place, "is empty; at least one belongs here")
        items = [self.value(item, info.item_type, (*place, index)) for index, item in enumerate(raw)]
        return INVALID if any(item is INVALID for item in items) else tuple(items)

    def _mapping(self, raw: Raw, info: Info, place: Place, _rules: Rules) -> Raw:
        if not isinstance(raw, dict):
            return self.fault(place, f"must be an object ({{...}}), not {json_kind(raw)}")
        self.duplicates(raw, place)
        values = {key: self.value(item, info.value_type, (*place, key)) for key, item in raw.items()}
        return INVALID if any(item is INVALID for item in values.values()) else values

    def _object(self, raw: Raw, info: Info, place: Place, _rules: Rules) -> Raw:
        return self.struct(raw, info.cls, place)


def _described(info: inspect.Type) -> str:
    _, rules, _ = unwrap(info)
    title, unit = rules.get("title"), rules.get("unit")
    return f" ({title}{f', in {unit}' if unit else ''})" if title else ""


_BOUNDS: tuple[tuple[str, Callable[[Any, Decimal], bool], str], ...] = (
    ("exclusive_minimum", lambda number, bound: number <= bound, "greater than"),
    ("minimum", lambda number, bound: number < bound, "at least"),
    ("exclusive_maximum", lambda number, bound: number >= bound, "less than"),
    ("maximum", lambda number, bound: number > bound, "at most"),
)
_MSGSPEC_BOUND = {"exclusive_minimum": "gt", "minimum": "ge", "exclusive_maximum": "lt", "maximum": "le"}

_CHECKS: Mapping[type[inspect.Type], Callable[..., Any]] = {
    inspect.StrType: Checker._text,  # noqa: SLF001
    inspect.BoolType: Checker._boolean,  # noqa: SLF001
    inspect.IntType: Checker._integer,  # noqa: SLF001
    inspect.DecimalType: Checker._decimal,  # noqa: SLF001
    inspect.FloatType: Checker._float,  # noqa: SLF001
    inspect.LiteralType: Checker._choice,  # noqa: SLF001
    inspect.EnumType: Checker._choice,  # noqa: SLF001
    inspect.VarTupleType: Checker._list,  # noqa: SLF001
    inspect.ListType: Checker._list,  # noqa: SLF001
    inspect.DictType: Checker._mapping,  # noqa: SLF001
    inspect.StructType: Checker._object,  # noqa: SLF001
}
