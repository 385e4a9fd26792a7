"""The two signatures: the wallet's under a login, and an ed25519 key's under the body of every command.

The public part of that key is the ``requestId`` of the login that made the token; another key's signatures are refused.
"""

import base64
import re
import secrets
from typing import Final

from nacl.signing import SigningKey

from mmtui.ports.errors import SecretsError

_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE: Final = len(_ALPHABET)
_SEED_BYTES: Final = 32
_KEY_TEXT: Final = re.compile(r"[0-9a-fA-F]{64}")

VERSION: Final = "v1"


def base58(data: bytes) -> str:
    """Bytes in Bitcoin's base58, without checksum."""
    number = int.from_bytes(data, "big")
    text = ""
    while number:
        number, digit = divmod(number, _BASE)
        text = _ALPHABET[digit] + text
    return _ALPHABET[0] * (len(data) - len(data.lstrip(b"\0"))) + text


def from_base58(text: str) -> bytes:
    """The bytes of a base58 text. Raises ValueError for a sign that is not in its alphabet."""
    number = 0
    for sign in text:
        number = number * _BASE + _ALPHABET.index(sign)
    zeros = len(text) - len(text.lstrip(_ALPHABET[0]))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


class BodyKey:
    """An ed25519 key that signs bodies. Its repr shows nothing."""

    __slots__ = ("_key", "request_id")

    def __init__(self, seed: bytes) -> None:
        self._key = SigningKey(seed)
        self.request_id = base58(bytes(self._key.verify_key))

    @classmethod
    def fresh(cls) -> "BodyKey":
        """A new key for a new login."""
        return cls(secrets.token_bytes(_SEED_BYTES))

    @classmethod
    def from_text(cls, text: str) -> "BodyKey":
        """The key that belongs to a token: its seed in base58, as the venue shows it, or in hex.

        Raises:
            SecretsError: it is no seed of 32 bytes. The message does not hold it.
        """
        text = text.strip().removeprefix("0x")
        try:
            seed = bytes.fromhex(text) if _KEY_TEXT.fullmatch(text) else from_base58(text)
        except ValueError:
            seed = b""
        if len(seed) != _SEED_BYTES:
            raise SecretsError("standx signing_key: is no ed25519 key (32 bytes in base58); copy it again")
        return cls(seed)

    def headers(self, body: bytes, request_id: str, stamp_ms: int) -> dict[str, str]:
        """Headers that sign exactly these bytes."""
        return {
            "x-request-sign-version": VERSION,
            "x-request-id": request_id,
            "x-request-timestamp": str(stamp_ms),
            "x-request-signature": self.signature(body, request_id, stamp_ms),
        }

    def signature(self, body: bytes, request_id: str, stamp_ms: int) -> str:
        """Ed25519 over version, request id, time and body, in base64."""
        message = f"{VERSION},{request_id},{stamp_ms},".encode() + body
        return base64.b64encode(self._key.sign(message).signature).decode()

    def __repr__(self) -> str:
        return "BodyKey(hidden)"


class Wallet:
    """The wallet that logs in. Its repr shows nothing.

    Raises:
        SecretsError: the key is no 32 bytes of hex, or no private key. The message does not hold it.
    """

    __slots__ = ("_key", "address")

    def __init__(self, private_key: str) -> None:
        from eth_account import Account  # slow to load, and only a login needs it

        text = private_key.strip().removeprefix("0x")
        if not _KEY_TEXT.fullmatch(text):
            raise SecretsError(
                f"standx wallet_key: is no private key (64 hex digits are needed, {len(text)} characters were given); "
                "copy the wallet's key again"
            )
        try:
            self._key = Account.from_key(bytes.fromhex(text))
        except ValueError:
            raise SecretsError("standx wallet_key: is no private key; copy the wallet's key again") from None
        self.address: str = self._key.address

    def sign(self, message: str) -> str:
        """EIP-191 signature (personal_sign) of a text: r, s and v (1b or 1c) in hex with 0x."""
        from eth_account.messages import encode_defunct

        signed = self._key.sign_message(encode_defunct(text=message))
        return f"0x{bytes(signed.signature).hex()}"

    def __repr__(self) -> str:
        return "Wallet(hidden)"
