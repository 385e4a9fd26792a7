"""The reference of every key as Markdown tables, generated from the Structs like the JSON schema."""

from collections.abc import Iterator
from typing import Any

from msgspec import NODEFAULT, Struct, inspect

from mmtui.config.accounts import ACCOUNT_TYPES
from mmtui.config.checking import Info, Rules, struct_info, unwrap
from mmtui.config.schema import Config, StrategyConfig
from mmtui.config.show import as_json
from mmtui.strategies import KINDS


def reference_text() -> str:
    """Write a table per section: key, what it takes, unit, default, meaning."""
    tables: dict[str, type[Struct]] = {"The whole": Config, "`StrategyConfig`": StrategyConfig}
    tables |= {f"`settings` of the kind `{name}`": kind.settings_type for name, kind in KINDS.items()}
    tables |= {f"`accounts.NAME` with `venue` `{venue}`": struct for venue, struct in ACCOUNT_TYPES.items()}
    written: list[str] = []
    shown: set[type[Struct]] = {StrategyConfig}
    for title, struct in tables.items():
        written.append(_table(title, struct))
        written += [_table(f"`{inner.__name__}`", inner) for inner in _inner(struct, shown)]
    return "\n".join(written)


def _inner(struct: type[Struct], shown: set[type[Struct]]) -> Iterator[type[Struct]]:
    """The Structs inside a Struct that have not been written yet; marks them as written."""
    for field in struct_info(struct).fields:
        info = _of_items(unwrap(field.type)[0])
        if isinstance(info, inspect.StructType) and info.cls not in shown and info.tag_field is None:
            shown.add(info.cls)
            yield info.cls
            yield from _inner(info.cls, shown)


def _of_items(info: Info) -> Info:
    return unwrap(info.item_type)[0] if isinstance(info, inspect.VarTupleType) else info


def _table(title: str, struct: type[Struct]) -> str:
    rows = [f"### {title}", "", (struct.__doc__ or "").strip().splitlines()[0].replace("``", "`"), ""]
    rows += ["| key | takes | unit | default | meaning |", "| --- | --- | --- | --- | --- |"]
    for field in struct_info(struct).fields:
        info, rules, _ = unwrap(field.type)
        meaning = f"{rules.get('title', '')}. {rules.get('description', '')}".strip(". ") + "."
        cells = (f"`{field.encode_name}`", _takes(info, rules), rules.get("unit", ""), _default(field), meaning)
        rows.append(f"| {' | '.join(str(cell) for cell in cells)} |")
    return "\n".join([*rows, ""])


def _takes(info: Info, rules: Rules) -> str:
    told = {sign: rules[name] for name, sign in _SIGNS.items() if name in rules}
    told = told or {sign: getattr(info, name, None) for name, sign in _MSGSPEC_SIGNS.items()}
    bounds = [f"{sign} {bound}" for sign, bound in told.items() if bound is not None]
    return f"{_noun(info, rules)}{' ' if bounds else ''}{', '.join(bounds)}"


def _noun(info: Info, rules: Rules) -> str:
    if rules.get("form") == "secret":
        return "reference"
    if isinstance(info, inspect.LiteralType | inspect.EnumType):
        values = info.values if isinstance(info, inspect.LiteralType) else [member.value for member in info.cls]
        return ", ".join(f"`{value}`" for value in values)
    if isinstance(info, inspect.StructType):
        return f"[`{info.cls.__name__}`](#{info.cls.__name__.lower()})" if info.tag_field is None else "an account"
    if isinstance(info, inspect.VarTupleType):
        return f"list of {_noun(unwrap(info.item_type)[0], {})}"
    if isinstance(info, inspect.DictType):
        return f"object of {_noun(unwrap(info.value_type)[0], {})}"
    return next((noun for kind, noun in _NOUNS.items() if isinstance(info, kind)), "by kind")


def _default(field: inspect.Field) -> str:
    if field.required:
        return "required"
    value: Any = field.default if field.default is not NODEFAULT else field.default_factory()
    if value is None:
        return ""
    plain = as_json(value)
    if isinstance(value, Struct) or isinstance(plain, list):
        return "as below"
    if isinstance(plain, dict):
        return ", ".join(f"{key} {member}" for key, member in plain.items())
    return f"`{str(plain).lower() if isinstance(plain, bool) else plain}`"


_SIGNS = {"exclusive_minimum": ">", "minimum": "≥", "exclusive_maximum": "<", "maximum": "≤"}
_MSGSPEC_SIGNS = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}
_NOUNS: dict[type[inspect.Type], str] = {
    inspect.StrType: "text",
    inspect.BoolType: "true, false",
    inspect.IntType: "whole number",
    inspect.DecimalType: "decimal",
    inspect.FloatType: "number",
}
