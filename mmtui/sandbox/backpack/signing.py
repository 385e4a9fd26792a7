"""Who sent a request: the signed text, its signature, and the time for which it is valid."""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from msgspec import Struct
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from mmtui.sandbox.backpack.errors import ApiError, bad_request

DEFAULT_WINDOW_MS: Final = 5_000
LONGEST_WINDOW_MS: Final = 60_000
FARTHEST_MS: Final = 10 * 60 * 1_000
SIGNATURE_BYTES: Final = 64

Fields = Mapping[str, Any]
"""Top-level fields of a body, or the query parameters."""


class Member(Struct, eq=False):
    """One account with its key, and the switches of its settings page."""

    name: str
    user_id: int
    key: str
    secret: str
    verify_key: VerifyKey
    auto_borrow_settlements: bool = True
    auto_lend: bool = False
    auto_repay_borrows: bool = True


class RawNumber(str):
    """A fraction from a JSON body, as it was written there."""

    __slots__ = ()


def make_member(name: str, number: int, seed: int) -> Member:
    """An account whose key follows from the sandbox's seed."""
    secret = hashlib.sha256(f"mmtui sandbox backpack {seed} {name}".encode()).digest()
    verify_key = SigningKey(secret).verify_key
    return Member(
        name, 1_813_870 + number, base64.b64encode(bytes(verify_key)).decode(), base64.b64encode(secret).decode(),
        verify_key,
    )  # fmt: skip


def read_body(body: bytes) -> Any:  # noqa: ANN401 - JSON can be anything
    """Parse a body, numbers as they were written. Raises ApiError."""
    try:
        return json.loads(body, parse_float=RawNumber)
    except (ValueError, RecursionError) as error:
        raise bad_request(f"parse request payload error: failed to parse JSON: {error}") from None


def value_text(value: object) -> str:
    """A field's value as it stands in the signed text: JSON without the quotes."""
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"))


def piece(instruction: str, fields: Iterable[tuple[str, object]], *, encoded: bool = False) -> str:
    """``instruction=...`` with the fields sorted by key; fields that are null stand for absent ones."""
    words = [f"instruction={instruction}"]
    for key, value in sorted(((key, value) for key, value in fields if value is not None), key=lambda row: row[0]):
        text = value_text(value)
        words.append(f"{key}={quote(text, safe='') if encoded else text}")
    return "&".join(words)


def signed_text(pieces: Sequence[str], timestamp: str, window: str) -> bytes:
    """The bytes that are signed."""
    return f"{'&'.join(pieces)}&timestamp={timestamp}&window={window}".encode()


def check_time(timestamp: str, window: str, now_ms: int) -> None:
    """Refuse what is too old for its window, or not of this time. Raises ApiError."""
    if not (timestamp.isascii() and timestamp.isdecimal()):
        raise bad_request("Invalid X-Timestamp header")
    if not (window.isascii() and window.isdecimal()) or not 0 < int(window) <= LONGEST_WINDOW_MS:
        raise bad_request("Invalid X-Window header")
    age_ms = now_ms - int(timestamp)
    if abs(age_ms) > FARTHEST_MS or -age_ms > int(window):
        raise bad_request("Invalid timestamp: must be within 10 minutes of current time")
    if age_ms > int(window):
        raise bad_request("Request has expired")


def check_signature(member: Member, signature: str, texts: Iterable[bytes]) -> None:
    """Refuse a signature that fits none of the texts. Raises ApiError."""
    try:
        raw = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != SIGNATURE_BYTES:
        raise bad_request("Invalid X-Signature header")
    for text in texts:
        try:
            member.verify_key.verify(text, raw)
        except BadSignatureError:
            continue
        return
    raise bad_request("Invalid signature")


class Door:
    """Lets in who can prove to be a member."""

    def __init__(self, members: Iterable[Member]) -> None:
        self._members = {member.key: member for member in members}

    def member(self, key: str | None) -> Member:
        """The member with this API key. Raises ApiError."""
        found = self._members.get(key or "")
        if found is None:
            raise ApiError("UNAUTHORIZED", "Unauthorized", 401)
        return found

    def admit(
        self, headers: Mapping[str, str], instruction: str, orders: Sequence[Sequence[tuple[str, object]]], now_ms: int
    ) -> Member:
        """Check a request; ``orders`` holds the fields of one piece of the text each. Raises ApiError."""
        member = self.member(headers.get("X-API-Key"))
        timestamp = headers.get("X-Timestamp", "")
        window = headers.get("X-Window", str(DEFAULT_WINDOW_MS))
        check_time(timestamp, window, now_ms)
        texts = (
            signed_text([piece(instruction, fields, encoded=encoded) for fields in orders], timestamp, window)
            for encoded in (False, True)
        )
        check_signature(member, headers.get("X-Signature", ""), texts)
        return member

    def admit_stream(self, signature: object, now_ms: int) -> Member:
        """Check the signature of a subscription: key, signature, timestamp and window, all strings."""
        if not isinstance(signature, list) or len(signature) != 4:  # noqa: PLR2004 - four, as the docstring says
            raise bad_request("Invalid signature")
        if not all(isinstance(word, str) for word in signature):
            raise bad_request("Invalid signature")
        key, signed, timestamp, window = signature
        member = self.member(key)
        check_time(timestamp, window, now_ms)
        check_signature(member, signed, [signed_text(["instruction=subscribe"], timestamp, window)])
        return member
