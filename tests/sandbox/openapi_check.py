"""A small validator for the parts of OpenAPI that the exchange's document uses."""

import re
from collections.abc import Iterator
from typing import Any, Final

DECIMAL: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")
NAIVE_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?")
RANGES: Final = {"uint32": (0, 2**32 - 1), "uint16": (0, 2**16 - 1), "int32": (-(2**31), 2**31 - 1)}


class OpenApi:
    """Faults of documents against the schemas of one API description."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document

    def faults(self, method: str, path: str, status: int, body: object) -> list[str]:
        """What is wrong with an answer; empty if it is as described."""
        answers = self._document["paths"][path][method.lower()]["responses"]
        if str(status) not in answers:
            return [f"{method} {path}: status {status} is not described"]
        contents = answers[str(status)].get("content", {})
        if not contents:
            return [] if body is None else [f"{method} {path}: a body where none is described"]
        schema = next(iter(contents.values()))["schema"]
        return list(self._check(body, schema, "$"))

    def _resolve(self, schema: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in schema:
            schema = self._document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return schema

    def _check(self, value: object, schema: dict[str, Any], where: str) -> Iterator[str]:
        schema = self._resolve(schema)
        for part in schema.get("allOf", ()):
            yield from self._check(value, part, where)
        choices = schema.get("anyOf") or schema.get("oneOf")
        if choices:
            yield from self._check_choice(value, schema, choices, where)
        if "enum" in schema and value not in schema["enum"]:
            yield f"{where}: {value!r} is none of the values"
        kind = schema.get("type")
        if kind == "object" and not choices:
            yield from self._check_object(value, schema, where)
        elif kind == "array":
            yield from self._check_array(value, schema, where)
        elif kind is not None and not choices:
            yield from _check_scalar(value, schema, where)

    def _check_choice(
        self, value: object, schema: dict[str, Any], choices: list[dict[str, Any]], where: str
    ) -> Iterator[str]:
        discriminator = schema.get("discriminator")
        if discriminator is None:
            if all(list(self._check(value, choice, where)) for choice in choices):
                yield f"{where}: fits none of the choices"
            return
        name = discriminator["propertyName"]
        tag = value.get(name) if isinstance(value, dict) else None
        if tag not in discriminator["mapping"]:
            yield f"{where}: {name} {tag!r} is unknown"
            return
        yield from self._check(value, {"$ref": discriminator["mapping"][tag]}, where)

    def _check_object(self, value: object, schema: dict[str, Any], where: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{where}: no object"
            return
        required = schema.get("required", ())
        yield from (f"{where}.{name}: missing" for name in required if value.get(name) is None)
        known = schema.get("properties", {})
        for name, item in value.items():
            if name in known and item is not None:
                yield from self._check(item, known[name], f"{where}.{name}")
            elif name not in known and isinstance(schema.get("additionalProperties"), dict):
                yield from self._check(item, schema["additionalProperties"], f"{where}.{name}")

    def _check_array(self, value: object, schema: dict[str, Any], where: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield f"{where}: no array"
            return
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
            yield f"{where}: {len(value)} items"
        for index, item in enumerate(value):
            yield from self._check(item, schema["items"], f"{where}[{index}]")


def _check_scalar(value: object, schema: dict[str, Any], where: str) -> Iterator[str]:
    kind, form = schema["type"], schema.get("format")
    types: dict[str, type | tuple[type, ...]] = {"string": str, "integer": int, "boolean": bool, "number": (int, float)}
    if kind not in types:
        return
    if not isinstance(value, types[kind]) or (kind != "boolean" and isinstance(value, bool)):
        yield f"{where}: {value!r} is no {kind}"
    elif isinstance(value, str) and form == "decimal" and not DECIMAL.fullmatch(value):
        yield f"{where}: {value!r} is no decimal"
    elif isinstance(value, str) and form == "naive-date-time" and not NAIVE_TIME.fullmatch(value):
        yield f"{where}: {value!r} is no time without zone"
    elif isinstance(value, int) and form in RANGES and not RANGES[form][0] <= value <= RANGES[form][1]:
        yield f"{where}: {value!r} is no {form}"
