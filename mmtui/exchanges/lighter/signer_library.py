"""The venue's native signer, bound by ctypes: the library that lighter-sdk ships, without importing lighter-sdk.

Importing the SDK takes more than a second; the library alone some ten milliseconds. Its functions take bare integers in
an order that changes between versions (a wrong order signs something else without a word), so the argument lists stand
here for the versions that were looked at, and every start signs an order and reads it back.
"""

import ctypes
import importlib.metadata
import platform
from pathlib import Path
from typing import Any, Final

import msgspec

from mmtui.model.orders import RefusalCode
from mmtui.ports.errors import Refused, SecretsError, SettingsError

PINNED: Final = "1.1."
"""Versions of lighter-sdk whose argument lists these are."""

_PACKAGE: Final = "lighter-sdk"
_LIBRARIES: Final = {
    ("Linux", "x64"): "lighter-signer-linux-amd64.so",
    ("Linux", "arm"): "lighter-signer-linux-arm64.so",
    ("Darwin", "x64"): "lighter-signer-darwin-amd64.dylib",
    ("Darwin", "arm"): "lighter-signer-darwin-arm64.dylib",
    ("Windows", "x64"): "lighter-signer-windows-amd64.dll",
}
_MACHINES: Final = {"amd64": "x64", "x86_64": "x64", "arm64": "arm", "aarch64": "arm"}

_LONG, _INT, _BYTE = ctypes.c_longlong, ctypes.c_int, ctypes.c_uint8
_TAIL: Final = [_BYTE, _LONG, _INT, _LONG]
"""Skip nonce, nonce, key index, account index: the end of every list."""

_ARGUMENTS: Final[dict[str, list[Any]]] = {
    "SignCreateOrder": [_LONG] * 3 + [_INT] * 6 + [_LONG] * 2 + [_INT] * 2 + [_BYTE] * 2 + _TAIL,
    "SignCancelOrder": [_LONG, _LONG, *_TAIL],
    "SignCancelAllOrders": [_INT, _LONG, _LONG, *_TAIL],
    "SignUpdateLeverage": [_LONG, _INT, _INT, *_TAIL],
}


class _Signed(ctypes.Structure):
    """What a signing function returns; all texts are the library's, to be given back to it."""

    _fields_ = (
        ("kind", ctypes.c_uint8),
        ("info", ctypes.c_void_p),
        ("hash", ctypes.c_void_p),
        ("message", ctypes.c_void_p),
        ("error", ctypes.c_void_p),
    )


class _Token(ctypes.Structure):
    _fields_ = (("text", ctypes.c_void_p), ("error", ctypes.c_void_p))


class SignerLibrary:
    """The loaded library. Its calls take half a millisecond and release the interpreter's lock.

    Raises:
        SettingsError: lighter-sdk is missing, of a version that was not looked at, or has no library for this machine.
    """

    def __init__(self) -> None:
        self._library = ctypes.CDLL(str(library_path()))
        self._library.CreateClient.argtypes = [ctypes.c_char_p, ctypes.c_char_p, _INT, _INT, _LONG]
        self._library.CreateClient.restype = ctypes.c_void_p
        self._library.CreateAuthToken.argtypes = [_LONG, _INT, _LONG]
        self._library.CreateAuthToken.restype = _Token
        self._library.Free.argtypes = [ctypes.c_void_p]
        self._library.Free.restype = None
        for name, arguments in _ARGUMENTS.items():
            function = getattr(self._library, name)
            function.argtypes = arguments
            function.restype = _Signed

    def register(self, url: str, private_key: str, chain_id: int, key_index: int, account_index: int) -> None:
        """Give the library the key of an account; it keeps one per account and key index, for the whole process.

        Raises SecretsError with the library's words, which do not hold the key.
        """
        error = self._taken(
            self._library.CreateClient(
                url.encode(), private_key.encode(errors="replace"), chain_id, key_index, account_index
            )
        )
        if error is not None:
            raise SecretsError(f"api_key_private: {error if private_key not in error else 'cannot be used'}")

    def token(self, deadline_s: int, key_index: int, account_index: int) -> str:
        """An auth token that is valid until then (Unix seconds). Raises Refused."""
        made = self._library.CreateAuthToken(deadline_s, key_index, account_index)
        error, text = self._taken(made.error), self._taken(made.text)
        if error is not None or text is None:
            raise Refused(RefusalCode.NOT_ALLOWED, f"the signer gives no token: {error}")
        return text

    def sign(self, function: str, arguments: tuple[int, ...], nonce: int, key_index: int, account_index: int) -> str:
        """The JSON of a signed transaction. Raises Refused for what the library itself finds wrong."""
        signed = getattr(self._library, function)(*arguments, 0, nonce, key_index, account_index)
        error, info = self._taken(signed.error), self._taken(signed.info)
        self._taken(signed.hash)
        self._taken(signed.message)
        if error is not None or info is None:
            raise Refused(RefusalCode.OTHER, f"the signer refuses it: {error}")
        return info

    def _taken(self, pointer: int | None) -> str | None:
        """A text of the library, copied and given back."""
        if not pointer:
            return None
        try:
            return ctypes.string_at(pointer).decode("utf-8", "replace")
        finally:
            self._library.Free(pointer)


def library_path() -> Path:
    """Where the library of this machine is: in the installed package, whatever else has its name.

    Raises SettingsError.
    """
    try:
        package = importlib.metadata.distribution(_PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        raise SettingsError(f"lighter: {_PACKAGE} is not installed; install {_PACKAGE}=={PINNED}*") from None
    version = package.version
    if not version.startswith(PINNED):
        raise SettingsError(
            f"lighter: {_PACKAGE} {version} is installed, whose argument lists are not known; "
            f"install {_PACKAGE}=={PINNED}*"
        )
    name = _LIBRARIES.get((platform.system(), _MACHINES.get(platform.machine().lower(), "")))
    path = Path(str(package.locate_file("lighter/signers"))) / (name or "")
    if name is None or not path.is_file():
        raise SettingsError(f"lighter: {_PACKAGE} {version} has no signer for {platform.system()} {platform.machine()}")
    return path


class SignedFields(msgspec.Struct, rename="pascal", kw_only=True):
    """What stands in a signed order; read back by the self-test."""

    account_index: int
    api_key_index: int
    market_index: int
    client_order_index: int
    base_amount: int
    price: int
    is_ask: int
    type: int
    time_in_force: int
    reduce_only: int
    trigger_price: int
    order_expiry: int
    nonce: int
    sig: str
    l2_tx_attributes: dict[str, int] | None = msgspec.field(name="L2TxAttributes", default=None)
