"""Who sent a request: Token, Nonce and Signature, and the one order in which the signed strings are sorted."""

import hashlib
import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from mmtui.model.units import NS_PER_S
from mmtui.sandbox.websea.errors import ApiError

WINDOW_S: Final = 60
REMEMBERED_NS: Final = 180 * NS_PER_S
"""A nonce is refused as expired long before it is forgotten."""
NONCE: Final = re.compile(r"([0-9]{10})_[A-Za-z0-9]{5}")


class Member(Struct, frozen=True):
    """One account with its key."""

    name: str
    token: str
    secret: str


def make_member(name: str, seed: int) -> Member:
    """An account whose key follows from the sandbox's seed.

    The secrets of the accounts after the first begin with a capital letter: who sorts without regard to case fails.
    """
    token = hashlib.sha256(f"mmtui sandbox websea token {seed} {name}".encode()).hexdigest()[:32]
    secret = hashlib.sha256(f"mmtui sandbox websea secret {seed} {name}".encode()).hexdigest()[:20]
    return Member(name, token, ("k" if name == "a" else "Z") + secret)


def signature(token: str, secret: str, nonce: str, parameters: Iterable[tuple[str, str]]) -> str:
    """SHA-1 of the strings, sorted by their bytes and joined with nothing between."""
    words = [token, secret, nonce, *(f"{name}={value}" for name, value in parameters)]
    joined = b"".join(sorted(word.encode() for word in words))
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()


class Door:
    """Lets in who can prove to be a member, each nonce once."""

    def __init__(self, members: Iterable[Member]) -> None:
        self._members = {member.token: member for member in members}
        self._used: dict[str, set[str]] = {}
        self._ages: dict[str, deque[tuple[int, str]]] = {}

    def admit(self, headers: Mapping[str, str], parameters: Sequence[tuple[str, str]], now_ns: int) -> Member:
        """Check the three headers over the request's parameters. Raises ApiError."""
        return self.check(headers.get("Token"), headers.get("Nonce"), headers.get("Signature"), parameters, now_ns)

    def check(
        self,
        token: str | None,
        nonce: str | None,
        signed: str | None,
        parameters: Sequence[tuple[str, str]],
        now_ns: int,
    ) -> Member:
        """Check in the venue's order: presence, token, nonce's time, nonce's use, signature. Raises ApiError."""
        if not token or not nonce or not signed:
            raise ApiError(20521)
        member = self._members.get(token)
        if member is None:
            raise ApiError(20525)
        read = NONCE.fullmatch(nonce)
        if read is None or abs(now_ns - int(read[1]) * NS_PER_S) > WINDOW_S * NS_PER_S:
            raise ApiError(20520)
        self._use(member, nonce, now_ns)
        if signature(token, member.secret, nonce, parameters) != signed:
            raise ApiError(20506)
        return member

    def _use(self, member: Member, nonce: str, now_ns: int) -> None:
        used, ages = self._used.setdefault(member.name, set()), self._ages.setdefault(member.name, deque())
        while ages and ages[0][0] < now_ns - REMEMBERED_NS:
            used.discard(ages.popleft()[1])
        if nonce in used:
            raise ApiError(20519)
        used.add(nonce)
        ages.append((now_ns, nonce))
