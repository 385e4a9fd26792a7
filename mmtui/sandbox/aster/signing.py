"""Who sent a request: EIP-712 signatures of agents (V3) and HMAC of old keys (V1), nonces and time windows."""

import hashlib
import hmac
import re
from collections.abc import Iterable
from heapq import heappop, heappush
from typing import Final

import coincurve
from Crypto.Hash import keccak
from msgspec import Struct, field

from mmtui.sandbox.aster.errors import UNAUTHORIZED, ApiError, invalid, missing
from mmtui.sandbox.aster.markets import START_LEVERAGE, Room
from mmtui.sandbox.aster.parameters import Parameters, parse
from mmtui.sandbox.calls import Call

CHAIN_ID: Final = 1666
DEFAULT_WINDOW_MS: Final = 5_000
LONGEST_WINDOW_MS: Final = 60_000
AHEAD_MS: Final = 1_000
NONCE_WINDOW_US: Final = 10 * 1_000_000
NONCES_KEPT: Final = 100
SIGNATURE_BYTES: Final = 65
V_OFFSET: Final = 27
"""The last byte of a signature is 27 or 28: the recovery id with this added."""
API_KEY: Final = "X-MBX-APIKEY"

_SIGNED: Final = re.compile(r"(?s)(.*?)&?signature=([^&]*)")


def keccak256(data: bytes) -> bytes:
    """Ethereum's hash."""
    return keccak.new(digest_bits=256, data=data).digest()


def address_of(public: coincurve.PublicKey) -> str:
    """The lower-case address of a public key."""
    return "0x" + keccak256(public.format(compressed=False)[1:])[-20:].hex()


def checksummed(address: str) -> str:
    """An address with the upper-case letters of EIP-55."""
    plain = address[2:].lower()
    digest = keccak256(plain.encode()).hex()
    return "0x" + "".join(
        letter.upper() if int(mark, 16) >= 8 else letter  # noqa: PLR2004 - as EIP-55 says
        for letter, mark in zip(plain, digest, strict=False)
    )


def _domain_separator(chain_id: int) -> bytes:
    kind = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    parts = (keccak256(kind), keccak256(b"AsterSignTransaction"), keccak256(b"1"), chain_id.to_bytes(32), bytes(32))
    return keccak256(b"".join(parts))


_DOMAIN: Final = _domain_separator(CHAIN_ID)
_MESSAGE: Final = keccak256(b"Message(string msg)")


def digest_of(message: str) -> bytes:
    """What the agent's key signs for a request with this text."""
    return keccak256(b"\x19\x01" + _DOMAIN + keccak256(_MESSAGE + keccak256(message.encode())))


def signer_of(message: str, signature: str) -> str | None:
    """The lower-case address whose key made the signature; None if it is no signature."""
    try:
        raw = bytes.fromhex(signature.removeprefix("0x").removeprefix("0X"))
    except ValueError:
        return None
    if len(raw) != SIGNATURE_BYTES:
        return None
    recovery = raw[-1] - V_OFFSET if raw[-1] >= V_OFFSET else raw[-1]
    if recovery not in (0, 1):
        return None
    try:
        public = coincurve.PublicKey.from_signature_and_message(
            raw[:-1] + bytes([recovery]), digest_of(message), hasher=None
        )
    except Exception:  # noqa: BLE001 - the library raises just that where the numbers are no point of the curve
        return None
    return address_of(public)


# ------------------------------------------------------------------------------------------------------------- members


class Wallet(Struct, frozen=True):
    """A V3 account's credentials: the agent ``signer`` may sign for ``user``. Addresses are checksummed."""

    user: str
    signer: str
    signer_key: str


class KeyPair(Struct, frozen=True):
    """A V1 account's credentials."""

    key: str
    secret: str


class Member(Struct, eq=False):
    """One account: how it signs, its settings, the nonces it has used."""

    name: str
    credentials: Wallet | KeyPair
    hedge_mode: bool = False
    leverages: dict[str, int] = field(default_factory=dict)
    isolated: set[str] = field(default_factory=set)
    nonces: list[int] = field(default_factory=list)

    def wallet(self, room: Room) -> str:
        """The floor's account behind a room: futures and spot have wallets of their own."""
        return f"{self.name}.spot" if room is Room.SPOT else self.name

    def leverage(self, symbol: str) -> int:
        """The leverage set for a symbol."""
        return self.leverages.get(symbol, START_LEVERAGE)

    def use_nonce(self, nonce: int) -> None:
        """Take up a nonce: the hundred most recent ones are kept. Raises ApiError if it is old or used."""
        if nonce in self.nonces or (len(self.nonces) >= NONCES_KEPT and nonce < self.nonces[0]):
            raise ApiError(-4225)
        heappush(self.nonces, nonce)
        if len(self.nonces) > NONCES_KEPT:
            heappop(self.nonces)


def _private_key(seed: int, name: str) -> coincurve.PrivateKey:
    return coincurve.PrivateKey(hashlib.sha256(f"mmtui sandbox aster {seed} {name}".encode()).digest())


def make_wallet(name: str, seed: int, *, own_agent: bool) -> Member:
    """A V3 account whose keys follow from the sandbox's seed; ``own_agent``: the master wallet signs for itself."""
    master = _private_key(seed, name)
    agent = master if own_agent else _private_key(seed, f"{name} agent")
    addresses = [checksummed(address_of(key.public_key)) for key in (master, agent)]
    return Member(name, Wallet(addresses[0], addresses[1], "0x" + agent.secret.hex()))


def make_key_pair(name: str, seed: int) -> Member:
    """A V1 account whose key follows from the sandbox's seed."""
    key, secret = (hashlib.sha256(f"mmtui sandbox aster {seed} {name} {part}".encode()).hexdigest() for part in "ks")
    return Member(name, KeyPair(key, secret))


# ---------------------------------------------------------------------------------------------------------------- door


class Door:
    """Lets in who can prove to be a member. Both ways in give the member and the parameters of the request."""

    def __init__(self, members: Iterable[Member]) -> None:
        rows = list(members)
        self._by_key = {row.credentials.key: row for row in rows if isinstance(row.credentials, KeyPair)}
        self._by_signer = {row.credentials.signer.lower(): row for row in rows if isinstance(row.credentials, Wallet)}

    # ------------------------------------------------------------------------------------------------------------ V1

    def key_holder(self, call: Call) -> Member:
        """Who the key in the header belongs to. Raises ApiError."""
        key = call.headers.get(API_KEY)
        if not key:
            raise ApiError(-2014, status=UNAUTHORIZED)
        member = self._by_key.get(key)
        if member is None:
            raise ApiError(-2015, status=UNAUTHORIZED)
        return member

    def admit_hmac(self, call: Call) -> tuple[Member, Parameters]:
        """Check a V1 request: key, signature over query and body as they were sent, time. Raises ApiError."""
        member = self.key_holder(call)
        query, body = call.raw_query, _form(call)
        signature, parts = "", []
        for part in (query, body):
            match = _SIGNED.fullmatch(part)
            if match is None:
                parts.append(part)
            else:
                parts.append(match[1])
                signature = signature or match[2]
        if not signature:
            raise missing("signature")
        credentials = member.credentials
        assert isinstance(credentials, KeyPair)  # noqa: S101 - found by its key
        wanted = hmac.new(credentials.secret.encode(), "".join(parts).encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(wanted.encode(), signature.lower().encode()):
            raise ApiError(-1022)
        parameters = Parameters([*parse(query), *parse(body)])
        check_time(parameters, call.now_ms)
        return member, parameters

    # ------------------------------------------------------------------------------------------------------------ V3

    def admit_agent(self, call: Call) -> tuple[Member, Parameters]:
        """Check a V3 request: the text before ``&signature=`` is what was signed, as it was sent. Raises ApiError."""
        text = _form(call) or call.raw_query
        match = _SIGNED.fullmatch(text)
        if match is None:
            raise missing("signature")
        parameters = Parameters(parse(match[1]))
        nonce, signer = parameters.whole("nonce"), parameters.needed("signer").lower()
        if nonce is None:
            raise missing("nonce")
        if signer_of(match[1], match[2]) != signer:
            raise ApiError(-1022)
        member = self._by_signer.get(signer)
        if member is None:
            raise ApiError(-1000, "Signature check failed")
        credentials, user = member.credentials, parameters.text("user")
        assert isinstance(credentials, Wallet)  # noqa: S101 - found by its signer
        if user is not None and user.lower() != credentials.user.lower():
            raise ApiError(-1002, status=UNAUTHORIZED)
        if abs(call.now_ns // 1_000 - nonce) > NONCE_WINDOW_US:
            raise ApiError(-4225)
        member.use_nonce(nonce)
        return member, parameters


def check_time(parameters: Parameters, now_ms: int) -> None:
    """Refuse a V1 request from outside its window. Raises ApiError."""
    timestamp, window = parameters.whole("timestamp"), parameters.whole("recvWindow")
    if timestamp is None:
        raise missing("timestamp")
    if window is None:
        window = DEFAULT_WINDOW_MS
    if window > LONGEST_WINDOW_MS:
        raise invalid("recvWindow")
    if timestamp >= now_ms + AHEAD_MS:
        raise ApiError(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    if now_ms - timestamp > window:
        raise ApiError(-1021)


def _form(call: Call) -> str:
    """The body as text where it is a form; JSON bodies are not read."""
    if "json" in call.headers.get("Content-Type", ""):
        return ""
    return call.body.decode("utf-8", "replace")
