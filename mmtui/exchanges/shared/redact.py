"""Keeps secrets out of texts: by value where they are known, by shape and by name where they are not.

Every text of this package that leaves it (errors, reasons, samples) went through a ``Redactor``.
"""

import base64
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

HIDDEN = "(hidden)"

_SHORTEST = 4
_LOOKED_AT = 65_536

_NAMES = (
    r"(?:x-)?(?:mbx-)?(?:api[-_]?key(?:[-_]?private)?|signature|signing[-_]?key|wallet[-_]?key|signer[-_]?key|secret(?:[-_]?key)?"
    r"|(?:access|auth|id|refresh|api)?[-_]?token|listen[-_]?key|private[-_]?key|pass(?:word|phrase)|jwt|auth|sig"
    r"|authorization|proxy-authorization|cookie|set-cookie|x-request-signature|signed[-_]?data)"
)
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # scheme://name:password@host
    (re.compile(r"(?<=://)[^/\s@\"']+@"), f"{HIDDEN}@"),
    # "name": "value" and "name": [ ... ], also escaped once inside another JSON text
    (re.compile(rf'(?i)(\\?["\']{_NAMES}\\?["\']\s*:\s*)(?:\[[^\]]*\]?|\\?["\'][^"\']*["\']?)'), rf"\1{HIDDEN}"),
    # Authorization: Bearer value
    (re.compile(r"(?i)\b((?:bearer|basic)\s+)[^\s,\"']+"), rf"\1{HIDDEN}"),
    # name=value and name: value
    (
        re.compile(rf"(?i)(?<![a-z0-9])({_NAMES}\s*[=:]\s*)(?!\(hidden\)|\\?[\"'\[]|bearer|basic)[^\s&,;\"']+"),
        rf"\1{HIDDEN}",
    ),
    # JSON web tokens
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?"), HIDDEN),
    # listen keys in stream addresses
    (re.compile(r"(/ws/)[A-Za-z0-9_-]{32,}"), rf"\1{HIDDEN}"),
    # 32 bytes and more in hex: private keys, hashes, signatures
    (re.compile(r"(?i)\b(?:0x)?[0-9a-f]{64,}\b"), HIDDEN),
    # 32 or 64 bytes in base64: ed25519 keys and signatures
    (re.compile(r"(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{86}==|[A-Za-z0-9+/]{43}=)(?![A-Za-z0-9+/=])"), HIDDEN),
)


class Redactor:
    """Hides secrets in texts. Values are registered at start, before anything is signed with them."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._values: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        for secret in secrets:
            self.register(secret)

    def register(self, secret: str) -> None:
        """Hide this value from now on, also percent-encoded, JSON-escaped, in base64 and in hex.

        Values shorter than 4 characters are left to the rules by name: hiding them would eat every text.
        """
        if len(secret) < _SHORTEST:
            return
        raw = secret.encode()
        forms = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), json.dumps(secret)[1:-1], raw.hex()}
        forms |= {base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()}
        if secret.lower().startswith("0x") and len(secret) > _SHORTEST + 2:
            forms.add(secret[2:])
        self._values |= {form for form in forms if len(form) >= _SHORTEST}
        longest_first = sorted(self._values, key=lambda form: (-len(form), form))
        self._pattern = re.compile("|".join(re.escape(form) for form in longest_first), re.IGNORECASE)

    def text(self, text: str) -> str:
        """The text without secrets."""
        if self._pattern is not None:
            text = self._pattern.sub(HIDDEN, text)
        for pattern, replacement in _RULES:
            text = pattern.sub(replacement, text)
        return text

    def sample(self, data: bytes | str, limit: int = 200) -> str:
        """One line of at most ``limit`` characters that shows what ``data`` was, without secrets."""
        text = data[:_LOOKED_AT].decode("utf-8", "replace") if isinstance(data, bytes) else data[:_LOOKED_AT]
        text = " ".join(self.text(text).split())
        text = "".join(sign if sign.isprintable() else "?" for sign in text)
        return text if len(text) <= limit else f"{text[: limit - 1]}…"

    def __repr__(self) -> str:
        return f"Redactor({len(self._values)} forms)"
