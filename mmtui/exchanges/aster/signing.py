"""The two ways to sign. Both sign exactly the text that is sent.

V3: EIP-712 typed data ``Message(string msg)`` by the agent wallet, where ``msg`` is the encoded parameters with nonce
and signer. The digest is put together by hand, the domain separator once: eth-account gives the same bytes at seven
times the cost. V1: HMAC-SHA256 over the encoded parameters with a time stamp.
"""

import hmac
import re
from collections.abc import Callable
from typing import Final, Protocol

from coincurve import PrivateKey
from Crypto.Hash import keccak

from mmtui.exchanges.aster.facts import WINDOW_MS, Version
from mmtui.exchanges.shared.http import Parts
from mmtui.exchanges.shared.nonce import Nonces
from mmtui.model.units import NS_PER_MS
from mmtui.ports.errors import SecretsError

_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
_KEY_BYTES: Final = 32
_ADDRESS_BYTES: Final = 20
_KEY_TEXT: Final = re.compile(r"[0-9a-fA-F]{64}")
_ADDRESS_TEXT: Final = re.compile(r"0x[0-9a-f]{40}")
_FIRST_V: Final = 27


class Signer(Protocol):
    """Makes a signed request of encoded parameters."""

    version: Version

    def parts(self, method: str, text: str, *, signed: bool = True) -> Parts:
        """Query or form body, and headers. ``signed`` False is a call of the user stream, which V1 does not sign."""
        ...


def keccak256(data: bytes) -> bytes:
    """Ethereum's hash (not NIST's SHA3)."""
    return keccak.new(digest_bits=256, data=data).digest()


_DOMAIN_TYPE: Final = keccak256(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
_MESSAGE_TYPE: Final = keccak256(b"Message(string msg)")
_DOMAIN_NAME: Final = keccak256(b"AsterSignTransaction")
_DOMAIN_VERSION: Final = keccak256(b"1")


def domain_separator(chain_id: int) -> bytes:
    """EIP-712 hash of the venue's domain (``AsterSignTransaction``, version 1, no contract) on this chain."""
    return keccak256(_DOMAIN_TYPE + _DOMAIN_NAME + _DOMAIN_VERSION + chain_id.to_bytes(32, "big") + bytes(_KEY_BYTES))


def checksum_address(address: bytes) -> str:
    """EIP-55 text of an address."""
    text = address.hex()
    digest = keccak256(text.encode()).hex()
    mixed = (sign.upper() if int(check, 16) >= 8 else sign for sign, check in zip(text, digest, strict=False))  # noqa: PLR2004 - EIP-55
    return "0x" + "".join(mixed)


class Wallet:
    """An agent's private key: signs texts for one chain. Its repr shows nothing.

    Raises:
        SecretsError: the key is no 32 bytes of hex. The message does not hold it.
    """

    __slots__ = ("_key", "_prefix", "address")

    def __init__(self, private_key: str, chain_id: int) -> None:
        text = private_key.strip().removeprefix("0x")
        try:
            if not _KEY_TEXT.fullmatch(text):
                text = ""
            self._key = PrivateKey(bytes.fromhex(text))
        except ValueError:
            raise SecretsError(
                "aster signer_key: is no private key (64 hex digits); copy the agent wallet's key again"
            ) from None
        self._prefix = b"\x19\x01" + domain_separator(chain_id)
        self.address = checksum_address(keccak256(self._key.public_key.format(compressed=False)[1:])[-_ADDRESS_BYTES:])

    def sign(self, text: str) -> str:
        """Signature of a text: r, s and v (1b or 1c) in hex with 0x; deterministic (RFC 6979, low s)."""
        digest = keccak256(self._prefix + keccak256(_MESSAGE_TYPE + keccak256(text.encode())))
        signature = self._key.sign_recoverable(digest, hasher=None)
        return f"0x{signature[:64].hex()}{signature[64] + _FIRST_V:x}"

    def __repr__(self) -> str:
        return f"Wallet({self.address})"


class WalletSigner:
    """V3: signs with an agent wallet.

    Args:
        signer_key: the agent's private key in hex.
        signer: the agent's address as configured; must belong to the key.
        user: address of the account's own (master) wallet.
        nonces: the one source of nonces of this user, in microseconds.
        chain_id: 1666, on the test network 714.
        send_user: name ``user`` in every request; the venue knows the account by its agent, so it need not be.

    Raises:
        SecretsError: a key or an address is malformed, or they do not belong together.
    """

    version = Version.V3

    def __init__(
        self, signer_key: str, signer: str, user: str, nonces: Nonces, chain_id: int, *, send_user: bool = False
    ) -> None:
        self._wallet = Wallet(signer_key, chain_id)
        if _address(signer, "signer") != self._wallet.address.lower():
            raise SecretsError(
                f"aster signer: {signer} is not the address of signer_key; copy address and key of one agent wallet"
            )
        checked_user = checksum_address(bytes.fromhex(_address(user, "user")[2:]))
        named_user = f"&user={checked_user}" if send_user else ""
        self._tail = f"{named_user}&signer={self._wallet.address}"
        self._nonces = nonces

    def parts(self, method: str, text: str, *, signed: bool = True) -> Parts:  # noqa: ARG002 - V3 signs every call
        """The parameters, nonce, signer and signature, as query of a GET and as form of anything else."""
        message = f"{text}{'&' if text else ''}nonce={self._nonces.next()}{self._tail}"
        return _sent(method, f"{message}&signature={self._wallet.sign(message)}", {})

    def __repr__(self) -> str:
        return f"WalletSigner({self._wallet.address})"


class KeySigner:
    """V1: signs with key and secret.

    Args:
        key: the API key, opaque text.
        secret: its secret; its text is the HMAC key as it stands.
        venue_now: the venue's time in nanoseconds.
        window_ms: how long each request is valid.

    Raises:
        SecretsError: one of them is empty or holds what no header can carry.
    """

    version = Version.V1

    def __init__(self, key: str, secret: str, venue_now: Callable[[], int], window_ms: int = WINDOW_MS) -> None:
        for name, text in (("key", key), ("secret", secret)):
            if not text or not text.isascii() or not text.isprintable() or " " in text:
                raise SecretsError(f"aster {name}: is empty or holds blanks; copy it again from the API page")
        self._headers = {"X-MBX-APIKEY": key}
        self._secret = secret.encode()
        self._venue_now = venue_now
        self._window = f"recvWindow={window_ms}&timestamp="

    def parts(self, method: str, text: str, *, signed: bool = True) -> Parts:
        """The parameters with window, time and signature; the key alone where nothing is signed."""
        if not signed:
            return _sent(method, text, self._headers)
        message = f"{text}{'&' if text else ''}{self._window}{self._venue_now() // NS_PER_MS}"
        return _sent(method, f"{message}&signature={self.signature(message)}", self._headers)

    def signature(self, message: str) -> str:
        """HMAC-SHA256 of the text in hex."""
        return hmac.digest(self._secret, message.encode(), "sha256").hex()

    def __repr__(self) -> str:
        return "KeySigner(hidden)"


def _sent(method: str, text: str, headers: dict[str, str]) -> Parts:
    if method == "GET":
        return Parts(query=text, headers=headers)
    return Parts(body=text.encode(), headers={**headers, **_FORM})


def _address(text: str, name: str) -> str:
    """An address in lower case. Raises SecretsError."""
    low = text.strip().lower()
    if not _ADDRESS_TEXT.fullmatch(low):
        raise SecretsError(f"aster {name}: is no wallet address (0x and 40 hex digits); copy it again")
    return low
