"""The signature: SHA-1 over the sorted parts of a request, the secret among them, beside a nonce that is used once.

The parts are sorted byte by byte, capital letters before small ones. One of the venue's samples sorts without regard to
case; for secrets in small letters, as its own are, both give the same.
"""

import hashlib
import re
import secrets
import string
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from mmtui.model.units import NS_PER_S
from mmtui.ports.errors import SecretsError

Pair = tuple[str, str]

_SIGNS: Final = string.ascii_letters + string.digits
_TAIL: Final = 5
_REMEMBERED: Final = 10_000
_TEXT: Final = re.compile(r"[!-~]{4,200}")


def signature(token: str, secret: str, nonce: str, pairs: Iterable[Pair]) -> str:
    """The signature of a request with these parameters, whose values are the texts that are sent, not encoded.

    >>> signature("57ba172a6be125c", "ca2f449826f9980ca", "1534927978_ab43c", [("symbol", "BTC-USDT"), ("type", "1")])
    '731faa3d170bb746a767cea58ae563830594e1fe'
    """
    parts = [token, secret, nonce, *(f"{name}={value}" for name, value in pairs)]
    return hashlib.sha1("".join(sorted(parts, key=str.encode)).encode(), usedforsecurity=False).hexdigest()


class Signer:
    """Signs for one key. Its repr shows nothing.

    Args:
        token: the public half.
        secret: the other half, which is never sent.
        now_ns: the venue's time.

    Raises:
        SecretsError: token or secret is none. The message does not hold it.
    """

    __slots__ = ("_known", "_nonces", "_now_ns", "_secret", "_token")

    def __init__(self, token: str, secret: str, now_ns: Callable[[], int]) -> None:
        for name, text in (("token", token), ("secret", secret)):
            if not _TEXT.fullmatch(text):
                raise SecretsError(f"websea {name}: is empty or holds blanks; copy it from the Open API page again")
        self._token = token
        self._secret = secret
        self._now_ns = now_ns
        self._nonces: deque[str] = deque()
        self._known: set[str] = set()

    def nonce(self) -> str:
        """Seconds of the venue's time and five random signs; never the same twice."""
        while True:
            tail = "".join(secrets.choice(_SIGNS) for _ in range(_TAIL))
            nonce = f"{self._now_ns() // NS_PER_S}_{tail}"
            if nonce not in self._known:
                break
        self._nonces.append(nonce)
        self._known.add(nonce)
        if len(self._nonces) > _REMEMBERED:
            self._known.discard(self._nonces.popleft())
        return nonce

    def headers(self, pairs: Iterable[Pair]) -> dict[str, str]:
        """Headers of a request with these parameters."""
        nonce = self.nonce()
        return {"Token": self._token, "Nonce": nonce, "Signature": signature(self._token, self._secret, nonce, pairs)}

    def __repr__(self) -> str:
        return "Signer(hidden)"
