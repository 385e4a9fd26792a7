"""The JSON schema of a configuration, generated from the Structs: titles, meanings, units, bounds."""

import json
from typing import Any

from msgspec import NODEFAULT, Struct, inspect

from mmtui.config.accounts import ACCOUNT_TYPES
from mmtui.config.checking import struct_info, unwrap
from mmtui.config.schema import Config, StrategyConfig
from mmtui.config.show import as_json
from mmtui.strategies import KINDS

_DECIMAL_PATTERN = "^-?[0-9]+(\\.[0-9]+)?$"
_PATTERNS = {
    "secret": "^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+|keyring:.+)$",
    "address": "^0x[0-9a-fA-F]{40}$",
    "http_url": "^https?://",
    "ws_url": "^wss?://",
    "name": "^[A-Za-z0-9][A-Za-z0-9_-]*$",
}
_BOUNDS = {
    "minimum": ("minimum", "ge"),
    "maximum": ("maximum", "le"),
    "exclusiveMinimum": ("exclusive_minimum", "gt"),
    "exclusiveMaximum": ("exclusive_maximum", "lt"),
}


def json_schema() -> dict[str, Any]:
    """Generate the schema (draft 2020-12)."""
    schema = _struct(Config)
    schema["properties"]["accounts"]["additionalProperties"] = _accounts()
    schema["properties"]["strategies"]["items"] = _strategies()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "mmtui configuration",
        **schema,
    }


def json_schema_text() -> str:
    """Write the schema as settings/schema.json holds it."""
    return json.dumps(json_schema(), indent=2) + "\n"


def _accounts() -> dict[str, Any]:
    schemas = []
    for venue, struct in ACCOUNT_TYPES.items():
        schema = _struct(struct)
        schema["properties"] = {"venue": {"const": venue}} | schema["properties"]
        schema["required"] = ["venue", *schema.get("required", [])]
        schemas.append(schema)
    return {"oneOf": schemas}


def _strategies() -> dict[str, Any]:
    schema = _struct(StrategyConfig)
    schema["properties"]["kind"]["enum"] = list(KINDS)
    schema["allOf"] = [
        {
            "if": {"properties": {"kind": {"const": name}}},
            "then": {"properties": {"settings": _struct(kind.settings_type)}},
        }
        for name, kind in KINDS.items()
    ]
    return schema


def _struct(struct: type[Struct]) -> dict[str, Any]:
    info = struct_info(struct)
    properties = {}
    for field in info.fields:
        property_schema = _type(field.type)
        if field.default is not NODEFAULT and field.default is not None:
            property_schema["default"] = as_json(field.default)
        properties[field.encode_name] = property_schema
    schema: dict[str, Any] = {
        "type": "object",
        "description": (struct.__doc__ or "").strip().splitlines()[0],
        "properties": properties,
        "additionalProperties": False,
    }
    required = [field.encode_name for field in info.fields if field.required]
    return schema | ({"required": required} if required else {})


def _type(info: inspect.Type) -> dict[str, Any]:
    kind, rules, optional = unwrap(info)
    schema = _bare(kind)
    for name in ("title", "description"):
        if name in rules:
            schema[name] = rules[name]
    if "unit" in rules:
        schema["x-unit"] = rules["unit"]
    for keyword, (told, msgspec_name) in _BOUNDS.items():
        bound = rules.get(told, getattr(kind, msgspec_name, None))
        if bound is not None:
            schema[keyword] = json.loads(str(bound))
    if rules.get("form") in _PATTERNS:
        schema["pattern"] = _PATTERNS[rules["form"]]
    if optional and "type" in schema:
        types = schema["type"]
        schema["type"] = [*(types if isinstance(types, list) else [types]), "null"]
    return schema


def _bare(kind: inspect.Type) -> dict[str, Any]:
    if isinstance(kind, inspect.StructType):
        return _struct(kind.cls)
    if isinstance(kind, inspect.DictType):
        return {"type": "object", "additionalProperties": _type(kind.value_type)}
    if isinstance(kind, inspect.VarTupleType | inspect.ListType):
        return {"type": "array", "items": _type(kind.item_type)}
    if isinstance(kind, inspect.LiteralType):
        return {"enum": list(kind.values)}
    if isinstance(kind, inspect.EnumType):
        return {"enum": [member.value for member in kind.cls]}
    if isinstance(kind, inspect.DecimalType):
        return {"type": ["string", "number"], "pattern": _DECIMAL_PATTERN}
    names = {
        inspect.StrType: "string",
        inspect.BoolType: "boolean",
        inspect.IntType: "integer",
        inspect.FloatType: "number",
    }
    name = next((json_name for known, json_name in names.items() if isinstance(kind, known)), None)
    return {"type": name} if name else {"type": "object"}
