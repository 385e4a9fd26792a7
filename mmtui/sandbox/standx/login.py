"""Who trades here, and how a wallet becomes a token with a key that signs bodies.

Two accounts log in by their wallets. A third has logged in already, as users do in the browser: it has a token and the
key that belongs to it.
"""

import base64
import hashlib
import hmac
from typing import Any, Final

import msgspec
from eth_account import Account
from eth_account.messages import encode_defunct
from msgspec import Struct
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from mmtui.model.units import NS_PER_MS, NS_PER_S
from mmtui.sandbox.calls import Call
from mmtui.sandbox.standx import base58
from mmtui.sandbox.standx.errors import bad_request, forbidden, unauthorized
from mmtui.sandbox.standx.times import iso_ms

CHAIN: Final = "bsc"
CHAIN_ID: Final = 56
SIGNIN_S: Final = 180
WEEK_S: Final = 604_800
LEAST_TOKEN_S: Final = 30
WINDOW_MS: Final = 10_000
"""How far a request's timestamp may be from the venue's clock."""
KEY_BYTES: Final = 32
REMEMBERED: Final = 10_000


class Member(Struct):
    """One account. ``leverage`` and ``margin_mode`` are its settings by symbol."""

    name: str
    wallet_key: str
    address: str
    leverage: dict[str, int]
    margin_mode: dict[str, str]

    @property
    def user(self) -> str:
        """Its name at the venue."""
        return f"{CHAIN}_{self.address}"


class Session(Struct, frozen=True):
    """A token: whose it is, until when, and the key that signs with it."""

    member: Member
    key: VerifyKey
    expires_ns: int


def make_members(names: tuple[str, ...], seed: int) -> list[Member]:
    """Accounts with wallets that follow from the seed."""
    members = []
    for name in names:
        wallet_key = "0x" + hashlib.sha256(f"standx {seed} {name}".encode()).hexdigest()
        members.append(Member(name, wallet_key, str(Account.from_key(wallet_key).address), {}, {}))
    return members


class Door:
    """Logs wallets in, and checks tokens and signatures."""

    def __init__(self, members: list[Member], seed: int) -> None:
        self._by_address = {member.address.lower(): member for member in members}
        self._secret = hashlib.sha256(f"standx tokens {seed}".encode()).digest()
        self._offers: dict[str, tuple[dict[str, Any], int]] = {}
        self._sessions: dict[str, Session] = {}
        self._used: dict[str, None] = {}

    # ------------------------------------------------------------------------------------------------------- login

    def prepare(self, address: str, request_id: str, now_ns: int) -> str:
        """What a wallet must sign, as the payload of a JWT. Raises ApiError."""
        try:
            raw = base58.decode(request_id)
        except ValueError:
            raw = b""
        if len(raw) != KEY_BYTES:
            raise bad_request("invalid requestId")
        if not address.startswith("0x") or len(address) != 42:  # noqa: PLR2004 - 0x and 20 bytes
            raise bad_request("invalid address")
        nonce = hashlib.sha256(f"{request_id} {now_ns}".encode()).hexdigest()[:17]
        issued = iso_ms(now_ns)
        message = (
            f"standx.com wants you to sign in with your Ethereum account:\n{address}\n\n"
            "Sign in with Ethereum to access more StandX features.\n\n"
            f"URI: https://standx.com\nVersion: 1\nChain ID: {CHAIN_ID}\nNonce: {nonce}\n"
            f"Issued At: {issued}\nRequest ID: {request_id}"
        )
        payload = {
            "domain": "standx.com", "uri": "https://standx.com", "statement":
            "Sign in with Ethereum to access more StandX features.", "version": "1", "chainId": CHAIN_ID,
            "nonce": nonce, "address": address, "requestId": request_id, "issuedAt": issued, "message": message,
            "exp": now_ns // NS_PER_S + SIGNIN_S, "iat": now_ns // NS_PER_S,
        }  # fmt: skip
        signed = self._jwt("ES256", payload)
        self._offers[signed] = payload, now_ns + SIGNIN_S * NS_PER_S
        return signed

    def login(self, signature: str, signed_data: str, expires_s: int, now_ns: int) -> dict[str, Any]:
        """A token for a signed message. Each message is good once. Raises ApiError."""
        offer = self._offers.pop(signed_data, None)
        if offer is None or offer[1] < now_ns:
            raise bad_request("signedData has expired")
        payload, _ = offer
        try:
            text = signature if signature.startswith("0x") else f"0x{signature}"
            address = Account.recover_message(encode_defunct(text=payload["message"]), signature=text)
        except Exception:  # noqa: BLE001 - whatever the library makes of bytes that are no signature
            raise forbidden("invalid signature") from None
        if str(address).lower() != payload["address"].lower():
            raise forbidden("invalid signature")
        member = self._by_address.get(str(address).lower())
        if member is None:
            raise forbidden("user not found")
        if not LEAST_TOKEN_S <= expires_s <= WEEK_S:
            raise bad_request("invalid expiresSeconds")
        key = VerifyKey(base58.decode(payload["requestId"]))
        return {
            "token": self._issue(member, key, expires_s, now_ns), "address": member.address, "alias": "",
            "chain": CHAIN, "perpsAlpha": True,
        }  # fmt: skip

    def logged_in(self, member: Member, now_ns: int) -> tuple[str, str]:
        """A token and its key in base58, for who logs in elsewhere."""
        seed = hashlib.sha256(f"{member.wallet_key} signs".encode()).digest()
        token = self._issue(member, SigningKey(seed).verify_key, WEEK_S, now_ns)
        return token, base58.encode(seed)

    def _issue(self, member: Member, key: VerifyKey, expires_s: int, now_ns: int) -> str:
        until_s = now_ns // NS_PER_S + expires_s
        payload = {
            "address": member.address, "chain": CHAIN, "user_id": member.user, "iat": now_ns // NS_PER_S,
            "exp": until_s, "jti": base58.encode(bytes(key))[:12] + str(len(self._sessions)),
        }  # fmt: skip
        token = self._jwt("HS256", payload)
        self._sessions[token] = Session(member, key, until_s * NS_PER_S)
        return token

    def _jwt(self, algorithm: str, payload: dict[str, Any]) -> str:
        head = _part(msgspec.json.encode({"alg": algorithm, "typ": "JWT"}))
        body = f"{head}.{_part(msgspec.json.encode(payload))}"
        return f"{body}.{_part(hmac.digest(self._secret, body.encode(), 'sha256'))}"

    def expire_all(self) -> int:
        """A drill: no token is good any more; how many were."""
        ended, self._sessions = len(self._sessions), {}
        return ended

    # ------------------------------------------------------------------------------------------------------ requests

    def admit(self, token: str, now_ns: int) -> Session:
        """The session of a token. Raises ApiError."""
        session = self._sessions.get(token)
        if session is None:
            raise unauthorized()
        if session.expires_ns <= now_ns:
            raise unauthorized("token has expired")
        return session

    def enter(self, call: Call) -> Session:
        """Who asks. Raises ApiError."""
        kind, _, token = call.headers.get("Authorization", "").partition(" ")
        if kind != "Bearer":
            raise unauthorized("missing token")
        return self.admit(token, call.now_ns)

    def signed(self, call: Call) -> Session:
        """Who wants something done, with the signature of the body checked. Raises ApiError."""
        session = self.enter(call)
        if call.headers.get("x-request-sign-version") != "v1":
            raise forbidden("invalid signature version")
        names = ("x-request-id", "x-request-timestamp", "x-request-signature")
        request_id, timestamp, signature = (call.headers.get(name, "") for name in names)
        self.check(session, request_id, timestamp, signature, call.body, call.now_ns)
        return session

    def check(
        self, session: Session, request_id: str, timestamp: str, signature: str, body: bytes, now_ns: int
    ) -> None:
        """Check a signature over the exact bytes. Raises ApiError."""
        if not request_id or not timestamp.isdecimal():
            raise forbidden("missing signature headers")
        if abs(int(timestamp) - now_ns // NS_PER_MS) > WINDOW_MS:
            raise forbidden("signature has expired")
        try:
            raw = base64.b64decode(signature, validate=True)
            session.key.verify(f"v1,{request_id},{timestamp},".encode() + body, raw)
        except (ValueError, BadSignatureError):
            raise forbidden("invalid signature") from None
        if request_id in self._used:
            raise forbidden("request id has been used")
        self._used[request_id] = None
        if len(self._used) > REMEMBERED:
            del self._used[next(iter(self._used))]


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
