"""Ed25519 signatures over the text that Backpack prescribes.

``instruction=<name>&<fields sorted by name>&timestamp=<ms>&window=<ms>``; a batch is one such piece per order, joined,
with one timestamp and window at its end.
"""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from typing import Final

from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from mmtui.exchanges.backpack.facts import WINDOW_MS
from mmtui.ports.errors import SecretsError

_SEED_BYTES: Final = 32
_FULL_BYTES: Final = 64
_SIGNATURE_BYTES: Final = 64
_REMEDY: Final = "copy both again from the venue's page of API keys"


class Signer:
    """Signs for one API key; its repr shows nothing.

    Args:
        key: the API key: 32 bytes of public key in base64.
        secret: the secret: 32 bytes of seed in base64 (64 bytes, seed and public key, are accepted).
        window_ms: how long each request is valid.

    Raises:
        SecretsError: either is no such text, or they do not belong together. The message holds neither.
    """

    __slots__ = ("_private", "_window", "key")

    def __init__(self, key: str, secret: str, window_ms: int = WINDOW_MS) -> None:
        public = _decoded(key, "key")
        seed = _decoded(secret, "secret")
        if len(seed) not in (_SEED_BYTES, _FULL_BYTES):
            raise SecretsError(f"backpack secret: holds {len(seed)} bytes, not {_SEED_BYTES}; {_REMEDY}")
        derived, self._private = crypto_sign_seed_keypair(seed[:_SEED_BYTES])
        if public != derived:
            if len(public) == _SEED_BYTES and crypto_sign_seed_keypair(public)[0] == seed[:_SEED_BYTES]:
                raise SecretsError("backpack key and secret: are swapped; put each in the other's place")
            raise SecretsError(f"backpack key and secret: do not belong together; {_REMEDY}")
        self.key = b64encode(derived).decode()
        self._window = str(window_ms)

    def signature(self, pieces: str, timestamp_ms: int) -> str:
        """Sign the pieces of a request (without timestamp and window), in base64."""
        text = f"{pieces}&timestamp={timestamp_ms}&window={self._window}"
        return b64encode(crypto_sign(text.encode(), self._private)[:_SIGNATURE_BYTES]).decode()

    def headers(self, pieces: str, timestamp_ms: int) -> dict[str, str]:
        """The headers of a signed request."""
        return {
            "X-API-Key": self.key,
            "X-Timestamp": str(timestamp_ms),
            "X-Window": self._window,
            "X-Signature": self.signature(pieces, timestamp_ms),
            "Content-Type": "application/json; charset=utf-8",
        }

    def subscription(self, timestamp_ms: int) -> list[str]:
        """The signature of a frame that subscribes to private streams; one for any number of them."""
        return [self.key, self.signature("instruction=subscribe", timestamp_ms), str(timestamp_ms), self._window]

    def __repr__(self) -> str:
        return "Signer(hidden)"


def piece(instruction: str, fields: Mapping[str, str | int | bool]) -> str:
    """The text signed for one instruction: its fields sorted by name, values as the JSON body has them, unquoted."""
    parts = [f"instruction={instruction}"]
    for name in sorted(fields):
        value = fields[name]
        parts.append(f"{name}={str(value).lower() if isinstance(value, bool) else value}")
    return "&".join(parts)


def _decoded(text: str, what: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (Base64Error, ValueError):
        raise SecretsError(f"backpack {what}: is no base64 text; {_REMEDY}") from None
