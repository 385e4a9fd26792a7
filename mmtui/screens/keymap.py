"""The user's own keys: overrides by action id, checked, with an error that names the remedy."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

from textual.keys import Keys

from mmtui.screens.actions import ACTIONS, Action, action, actions_of

_MODIFIERS: Final = ("ctrl", "shift", "alt", "super", "meta", "hyper")
_SIGNS: Final = {
    "?": "question_mark",
    ":": "colon",
    "/": "slash",
    "]": "right_square_bracket",
    "[": "left_square_bracket",
    ".": "full_stop",
    ";": "semicolon",
    "-": "minus",
    "+": "plus",
    "=": "equals_sign",
    "!": "exclamation_mark",
    "#": "number_sign",
    "*": "asterisk",
    "<": "less_than_sign",
    ">": "greater_than_sign",
    "@": "at",
    "_": "underscore",
    "|": "vertical_line",
    "~": "tilde",
    "'": "apostrophe",
    "&": "ampersand",
    "%": "percent_sign",
    "$": "dollar_sign",
    "^": "circumflex_accent",
    "(": "left_parenthesis",
    ")": "right_parenthesis",
    "{": "left_curly_bracket",
    "}": "right_curly_bracket",
    "\\": "backslash",
    '"': "quotation_mark",
    "`": "grave_accent",
    " ": "space",
}
_NAMES: Final = {name: sign for sign, name in _SIGNS.items()}
_KNOWN: Final = frozenset(key.value for key in Keys) | frozenset(_NAMES)
_WORDS: Final = {
    "escape": "Esc",
    "enter": "Enter",
    "tab": "Tab",
    "space": "Space",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "delete": "Del",
    "backspace": "Bksp",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
}


class Keymap:
    """Which keys do what: the table's, and the user's where they are given."""

    def __init__(self, overrides: Mapping[str, str] | None = None) -> None:
        self._overrides = {name: _split(keys) for name, keys in (overrides or {}).items()}

    def keys_of(self, action_id: str) -> tuple[str, ...]:
        """Textual's names of the keys of an action, the first the one to show."""
        return self._overrides.get(action_id) or action(action_id).keys

    def shown(self, action_id: str) -> str:
        """The first key of an action as people write it; empty where it has none."""
        keys = self.keys_of(action_id)
        return key_text(keys[0]) if keys else ""

    def shown_all(self, action_id: str) -> str:
        """All its keys as people write them."""
        return " ".join(key_text(key) for key in self.keys_of(action_id))

    def as_textual(self) -> dict[str, str]:
        """What ``App.set_keymap`` takes."""
        return {name: ",".join(keys) for name, keys in self._overrides.items() if keys}


def key_text(key: str) -> str:
    """A key as people write it.

    >>> key_text("ctrl+x"), key_text("question_mark"), key_text("f1"), key_text("A")
    ('^X', '?', 'F1', 'A')
    """
    *modifiers, base = key.split("+")
    text = _WORDS.get(base) or _NAMES.get(base) or (base.upper() if len(base) > 1 else base)
    if modifiers == ["ctrl"]:
        return f"^{text.upper()}"
    return "+".join([*(modifier.title() for modifier in modifiers), text])


def checked_keymap(overrides: Mapping[str, str]) -> tuple[Keymap, tuple[str, ...]]:
    """A keymap of the overrides that can be used, and one line for each that cannot (the table's key stays)."""
    faults: list[str] = []
    sound: dict[str, str] = {}
    for name, keys in overrides.items():
        fault = _fault(name, keys)
        if fault:
            faults.append(fault)
        else:
            sound[name] = keys
    while clash := _clash(Keymap(sound), sound):
        name, fault = clash
        faults.append(fault)
        del sound[name]
    return Keymap(sound), tuple(faults)


def _fault(name: str, keys: str) -> str:
    known = [row.id for row in ACTIONS if row.keys]
    if name not in known:
        near = get_close_matches(name, known, 1)
        return f"keymap: no action {name!r}" + (f"; did you mean {near[0]!r}?" if near else "; see the help for ids")
    parts = _split(keys)
    if not parts:
        return f"keymap.{name}: no key given; write one such as 'ctrl+k', or leave the action out"
    for key in parts:
        if not _is_key(key):
            return f"keymap.{name}: {key!r} is no key; write a letter, f1 to f12, or a name such as 'ctrl+k'"
    if action(name).urgent and all(_is_plain(key) for key in parts):
        return f"keymap.{name}: needs a key that writes no character, such as 'ctrl+k' or 'f12'"
    return ""


def _clash(keymap: Keymap, overrides: Mapping[str, str]) -> tuple[str, str] | None:
    """The first override whose key means something else on the same screen."""
    for name in overrides:
        for key in keymap.keys_of(name):
            for other in _neighbours(action(name)):
                if key in keymap.keys_of(other.id):
                    return name, f"keymap.{name}: {key_text(key)} already means {other.id!r}; give that another key too"
    return None


def _neighbours(row: Action) -> list[Action]:
    contexts = set(row.contexts)
    if "app" in contexts:
        return [other for other in ACTIONS if other.id != row.id]
    near = {other.id: other for context in (*row.contexts, "app") for other in actions_of(context)}
    return [other for other in near.values() if other.id != row.id]


def _split(keys: str) -> tuple[str, ...]:
    return tuple(_normal(key.strip()) for key in keys.split(",") if key.strip())


def _normal(key: str) -> str:
    *modifiers, base = key.rsplit("+", 1) if len(key) > 1 else [key]
    return "+".join([*(modifier.lower() for modifier in modifiers), _SIGNS.get(base, base)])


def _is_key(key: str) -> bool:
    *modifiers, base = key.split("+")
    return all(modifier in _MODIFIERS for modifier in modifiers) and (len(base) == 1 or base in _KNOWN)


def _is_plain(key: str) -> bool:
    return len(key) == 1 or key in _NAMES
