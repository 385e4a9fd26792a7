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
_JSON_NAMES: dict[type[inspect.Type], str] = {
    inspect.StrType: "string",
    inspect.BoolType: "boolean",
    inspect.IntType: "integer",
    inspect.FloatType: "number",
}


def json_schema() -> dict[str, Any]:
    """Generate the schema (draft 2020-12)."""
    return _Schema().document()


def json_schema_text() -> str:
    """Write the schema as settings/schema.json holds it."""
    return json.dumps(json_schema(), indent=2) + "\n"


class _Schema:
    """Writes Structs as schemas; each Struct stands once, in ``$defs``."""

    def __init__(self) -> None:
        self.definitions: dict[str, dict[str, Any]] = {}

    def document(self) -> dict[str, Any]:
        """Write the whole schema."""
        config = self._struct(Config)
        self.definitions["Account"] = {"oneOf": self._accounts()}
        self.definitions["StrategyConfig"] = self._strategies()
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "mmtui configuration",
            **config,
            "$defs": self.definitions,
        }

    def _accounts(self) -> list[dict[str, Any]]:
        schemas = []
        for venue, struct in ACCOUNT_TYPES.items():
            schema = self._struct(struct)
            schema["properties"] = {"venue": {"const": venue}} | schema["properties"]
            schema["required"] = ["venue", *schema.get("required", [])]
            schemas.append(schema)
        return schemas

    def _strategies(self) -> dict[str, Any]:
        schema = self._struct(StrategyConfig)
        schema["properties"]["kind"]["enum"] = list(KINDS)
        schema["allOf"] = [
            {
                "if": {"properties": {"kind": {"const": name}}},
                "then": {"properties": {"settings": self._struct(kind.settings_type)}},
            }
            for name, kind in KINDS.items()
        ]
        return schema

    def _struct(self, struct: type[Struct]) -> dict[str, Any]:
        info = struct_info(struct)
        properties = {}
        for field in info.fields:
            member = self._type(field.type)
            if field.default is not NODEFAULT and field.default is not None:
                member["default"] = as_json(field.default)
            properties[field.encode_name] = member
        schema: dict[str, Any] = {
            "type": "object",
            "description": (struct.__doc__ or "").strip().splitlines()[0],
            "properties": properties,
            "additionalProperties": False,
        }
        required = [field.encode_name for field in info.fields if field.required]
        return schema | ({"required": required} if required else {})

    def _type(self, info: inspect.Type) -> dict[str, Any]:
        kind, rules, optional = unwrap(info)
        schema = self._bare(kind)
        for keyword, (told, msgspec_name) in _BOUNDS.items():
            bound = rules.get(told, getattr(kind, msgspec_name, None))
            if bound is not None:
                schema[keyword] = json.loads(str(bound))
        if rules.get("form") in _PATTERNS:
            schema["pattern"] = _PATTERNS[rules["form"]]
        if optional:
            schema = {"anyOf": [schema, {"type": "null"}]}
        names = {"title": "title", "description": "description", "unit": "x-unit"}
        return {keyword: rules[name] for name, keyword in names.items() if name in rules} | schema

    def _bare(self, kind: inspect.Type) -> dict[str, Any]:
        if isinstance(kind, inspect.StructType):
            if kind.cls.__name__ not in self.definitions:
                self.definitions[kind.cls.__name__] = {}  # holds its place while the Structs inside it are written
                self.definitions[kind.cls.__name__] = self._struct(kind.cls)
            return {"$ref": f"#/$defs/{kind.cls.__name__}"}
        if isinstance(kind, inspect.DictType):
            return {"type": "object", "additionalProperties": self._type(kind.value_type)}
        if isinstance(kind, inspect.VarTupleType | inspect.ListType):
            return {"type": "array", "items": self._type(kind.item_type)}
        if isinstance(kind, inspect.LiteralType):
            return {"enum": list(kind.values)}
        if isinstance(kind, inspect.EnumType):
            return {"enum": [member.value for member in kind.cls]}
        if isinstance(kind, inspect.DecimalType):
            return {"type": ["string", "number"], "pattern": _DECIMAL_PATTERN}
        return {"type": _JSON_NAMES.get(type(kind), "object")}
