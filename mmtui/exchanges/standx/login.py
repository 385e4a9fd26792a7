"""Ways to a token and the key that belongs to it: by the wallet, or both given by the user."""

import base64
from collections.abc import Callable
from typing import Final, Protocol

import msgspec
from msgspec import Struct

from mmtui.exchanges.shared.http import HttpSession, Parts
from mmtui.exchanges.shared.limiter import Kind
from mmtui.exchanges.shared.redact import Redactor
from mmtui.exchanges.standx.facts import CHAIN, CHAIN_ID, DOMAIN, PUBLIC_COSTS, TOKEN_LIFE_S
from mmtui.exchanges.standx.figures import UNREADABLE
from mmtui.exchanges.standx.refusals import StandxRefused, read_error
from mmtui.exchanges.standx.signing import BodyKey, Wallet
from mmtui.exchanges.standx.wire import LoginAnswer, SignInAnswer, SignInTerms, TokenTerms, read
from mmtui.model.orders import RefusalCode
from mmtui.model.units import NS_PER_S
from mmtui.ports.errors import BadMessage, Refused, SecretsError

_JSON: Final = {"Content-Type": "application/json"}
_QUERY: Final = f"chain={CHAIN}"
_SIGN_IN: Final = msgspec.json.Decoder(SignInAnswer)
_LOGIN: Final = msgspec.json.Decoder(LoginAnswer)
_TERMS: Final = msgspec.json.Decoder(SignInTerms, strict=False)
_EXPIRY: Final = msgspec.json.Decoder(TokenTerms, strict=False)
_JWT_PARTS: Final = 3


class Credential(Struct, frozen=True):
    """A token with the only key whose body signatures the venue takes with it. Its repr shows nothing.

    ``expires_ns`` is on the venue's clock, None where the token does not say.
    """

    token: str
    key: BodyKey
    expires_ns: int | None

    def __repr__(self) -> str:
        return "Credential(hidden)"


class Entry(Protocol):
    """A way to credentials."""

    can_renew: bool

    async def enter(self) -> Credential:
        """New credentials. Raises Refused, VenueError."""
        ...


class WalletEntry:
    """Logs in with the wallet, each time with a new body key.

    Args:
        wallet: signs the login.
        http: the login host.
        redactor: learns each token.
    """

    can_renew = True

    def __init__(self, wallet: Wallet, http: HttpSession, redactor: Redactor) -> None:
        self._wallet = wallet
        self._http = http
        self._redactor = redactor

    async def enter(self) -> Credential:
        """Log in.

        Raises:
            Refused: the venue refuses this wallet, or asks it to sign what is no login of ours.
            VenueError: the venue cannot be reached, or its answer cannot be read.
        """
        key = BodyKey.fresh()
        asked = {"address": self._wallet.address, "requestId": key.request_id}
        signed_data = read(_SIGN_IN, await self._post("prepare-signin", asked), "prepare-signin").signed_data
        message = self._checked(signed_data, key)
        answer = await self._post(
            "login",
            {"signature": self._wallet.sign(message), "signedData": signed_data, "expiresSeconds": TOKEN_LIFE_S},
        )
        token = read(_LOGIN, answer, "login").token
        self._redactor.register(token)
        return Credential(token, key, expiry_of(token))

    def _checked(self, signed_data: str, key: BodyKey) -> str:
        """The text to sign: only one that names our wallet and the key just made. Raises Refused, BadMessage."""
        try:
            terms = _TERMS.decode(payload_of(signed_data))
        except UNREADABLE:
            raise BadMessage("prepare-signin: the text to sign cannot be read") from None
        ours = terms.address.lower() == self._wallet.address.lower() and terms.request_id == key.request_id
        named = self._wallet.address.lower() in terms.message.lower() and key.request_id in terms.message
        if not ours or not named or terms.domain != DOMAIN or terms.chain_id not in (None, CHAIN_ID):
            raise Refused(
                RefusalCode.NOT_ALLOWED,
                f"login: the venue asked the wallet to sign what is no login at {DOMAIN} with our address and key; "
                "nothing was signed",
            )
        return terms.message

    async def _post(self, name: str, fields: dict[str, object] | dict[str, str]) -> bytes:
        parts = Parts(query=_QUERY, body=msgspec.json.encode(fields), headers=_JSON)
        answer = await self._http.request(
            "POST", f"/v1/offchain/{name}", kind=Kind.CANCEL, parts=parts, costs=PUBLIC_COSTS
        )  # a cancel may be waiting for the token
        error = read_error(answer.body, answer.status)
        shown = self._redactor.sample(error.message if error is not None else answer.body)
        if error is not None or answer.status >= 400:  # noqa: PLR2004 - HTTP
            raise StandxRefused(answer.status, RefusalCode.NOT_ALLOWED, f"{name} was refused: {shown}")
        return answer.body


class GivenEntry:
    """A token and its key as the user gave them: good until the token ends, and then no more.

    Args:
        token: the access token.
        signing_key: the key it was made with.
        wall_ns: this machine's time, to tell at once a token that has ended.

    Raises:
        SecretsError: the key is none, or the token is no JSON web token, or has ended.
    """

    can_renew = False

    def __init__(self, token: str, signing_key: str, wall_ns: Callable[[], int]) -> None:
        token = token.strip()
        expires_ns = expiry_of(token)
        if token.count(".") != _JWT_PARTS - 1:
            raise SecretsError("standx token: is no access token (three parts with dots); copy it again")
        if expires_ns is not None and expires_ns <= wall_ns():
            raise SecretsError("standx token: has expired; make a new one with its key on the venue's session page")
        self._credential = Credential(token, BodyKey.from_text(signing_key), expires_ns)

    async def enter(self) -> Credential:
        """The credentials given."""
        return self._credential


def payload_of(token: str) -> bytes:
    """The middle part of a JSON web token; its signature is not looked at. Raises ValueError."""
    parts = token.split(".")
    if len(parts) != _JWT_PARTS:
        raise ValueError("no JSON web token")
    return base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))


def expiry_of(token: str) -> int | None:
    """When a token ends, in the venue's nanoseconds; None where it does not say."""
    try:
        return _EXPIRY.decode(payload_of(token)).exp * NS_PER_S
    except UNREADABLE:
        return None
