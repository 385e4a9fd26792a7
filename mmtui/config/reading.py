"""Read JSON without losing anything: numbers stay as written, duplicate keys and the place of an error are kept."""

import json
from pathlib import Path
from typing import Any

from mmtui.ports.errors import SettingsError

Raw = Any
"""Any JSON value, or a value made of one: what it is, is being found out."""

LARGEST_FILE = 1 << 20
"""A configuration is a few kilobytes; what is larger is not one."""


class Written(str):
    """A JSON number (also NaN and Infinity) exactly as it was written."""

    __slots__ = ()


class Members(dict[str, Any]):
    """A JSON object that remembers which of its keys stood there more than once."""

    duplicates: tuple[str, ...] = ()


class Plain(str):
    """Text from the environment or the command line: what JSON kind it is depends on where it goes."""

    __slots__ = ()


def _members(pairs: list[tuple[str, Any]]) -> Members:
    members = Members(pairs)
    if len(members) != len(pairs):
        keys = [key for key, _ in pairs]
        members.duplicates = tuple(key for key in members if keys.count(key) > 1)
    return members


def read_text(path: Path, what: str = "configuration") -> str:
    """Read a UTF-8 file a user named. Raises SettingsError with the file and what to do about it."""
    try:
        if path.is_dir():
            raise SettingsError(f"{path}: is a directory; name the {what} file in it")
        if path.stat().st_size > LARGEST_FILE:
            raise SettingsError(f"{path}: larger than 1 MiB; this is no {what}")
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise SettingsError(f"{path}: no such file; check the path (relative paths start at home)") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a usable path"
        raise SettingsError(f"{path}: cannot be read: {reason}") from None


DEEPEST = 64
"""How deep a configuration may nest; beyond it the parser's own recursion could run out of stack."""


def _nests_too_deeply(text: str) -> bool:
    """Whether brackets outside of strings nest deeper than any configuration does."""
    depth = 0
    in_string = escaped = False
    for sign in text:
        if in_string:
            in_string = escaped or sign != '"'
            escaped = sign == "\\" and not escaped
        elif sign == '"':
            in_string = True
        elif sign in "[{":
            depth += 1
            if depth > DEEPEST:
                return True
        elif sign in "]}":
            depth -= 1
    return False


def parse_json(text: str, name: str) -> Members:
    """Parse a JSON object. Raises SettingsError as ``name:line:column``."""
    if not text.strip():
        raise SettingsError(f"{name}: is empty; `mmtui config init` writes one to begin with")
    if _nests_too_deeply(text):
        raise SettingsError(f"{name}: nested too deeply to be a configuration")
    try:
        parsed = json.loads(
            text, object_pairs_hook=_members, parse_float=Written, parse_int=Written, parse_constant=Written
        )
    except json.JSONDecodeError as error:
        raise SettingsError(f"{name}:{error.lineno}:{error.colno}: not JSON: {error.msg}") from None
    except RecursionError:
        raise SettingsError(f"{name}: nested too deeply to be a configuration") from None
    if not isinstance(parsed, Members):
        raise SettingsError(f"{name}: must be a JSON object ({{...}}), not {json_kind(parsed)}")
    return parsed


def json_kind(raw: object) -> str:
    """Name a raw JSON value's kind for a message."""
    if raw is None:
        return "null"
    if isinstance(raw, bool):
        return "a boolean"
    if isinstance(raw, Written):
        return "a number"
    if isinstance(raw, str):
        return "a string"
    return "an object" if isinstance(raw, dict) else "a list"
