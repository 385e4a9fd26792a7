"""Lighter's REST: questions, public and with a token, and the one way transactions are sent."""

from collections.abc import Sequence
from typing import Final, TypeVar
from urllib.parse import urlencode

import msgspec

from mmtui.exchanges.lighter.facts import TRANSACTION, weight_of
from mmtui.exchanges.lighter.refusals import BAD_TOKEN, LighterRefused, read_error
from mmtui.exchanges.lighter.tokens import Tokens
from mmtui.exchanges.lighter.wire import NonceAnswer, RootAnswer, SentAnswer, read
from mmtui.exchanges.shared.clock_offset import ClockOffset
from mmtui.exchanges.shared.http import HttpAnswer, HttpSession, Parts
from mmtui.exchanges.shared.limiter import Kind
from mmtui.exchanges.shared.redact import Redactor
from mmtui.model.orders import RefusalCode
from mmtui.model.units import NS_PER_S
from mmtui.ports.errors import Ambiguous, BadMessage, Refused, VenueError

T = TypeVar("T")

_ROOT: Final = "/api/v1/"
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
_REFUSED_STATUS: Final = 400
_CLOCK: Final = msgspec.json.Decoder(RootAnswer)
_NONCE: Final = msgspec.json.Decoder(NonceAnswer)
_SENT: Final = msgspec.json.Decoder(SentAnswer)

Fields = Sequence[tuple[str, object]]


class Calls:
    """One account's way to the REST host; without tokens only public questions can be asked."""

    def __init__(self, http: HttpSession, offset: ClockOffset, tokens: Tokens | None, redactor: Redactor) -> None:
        self._http = http
        self._tokens = tokens
        self._redactor = redactor
        self.offset = offset
        self.quota: int | None = None
        """What is left of the volume quota, as the last answer told; None where the account has none."""

    async def read(
        self, endpoint: str, decoder: "msgspec.json.Decoder[T]", *fields: tuple[str, object]
    ) -> tuple[T, HttpAnswer]:
        """Ask a public question.

        Raises:
            Refused: the venue said no.
            VenueError: as ``HttpSession.request``; BadMessage where the answer cannot be read.
        """
        answer = await self._get(endpoint, fields, {})
        return read(decoder, answer.body, f"GET {endpoint}"), answer

    async def read_own(
        self, endpoint: str, decoder: "msgspec.json.Decoder[T]", *fields: tuple[str, object]
    ) -> tuple[T, HttpAnswer]:
        """Ask about the account; a token that is refused is replaced once.

        Documents name the header in some places and the query in others, so the token goes both ways.

        Raises as ``read``.
        """
        tokens = self._tokens
        if tokens is None:
            raise Refused(RefusalCode.NOT_ALLOWED, "this account has no credentials; only market data can be read")
        token = await tokens.current()
        try:
            answer = await self._get(endpoint, (*fields, ("auth", token)), {"Authorization": token})
        except LighterRefused as error:
            if error.number != BAD_TOKEN:
                raise
            token = await tokens.fresh()
            answer = await self._get(endpoint, (*fields, ("auth", token)), {"Authorization": token})
        return read(decoder, answer.body, f"GET {endpoint}"), answer

    async def book_orders(self, market_id: int, limit: int) -> tuple[bytes, int]:
        """The public book, order by order, and when it came (wall ns). Raises VenueError."""
        answer = await self._get("orderBookOrders", (("market_id", market_id), ("limit", limit)), {})
        return answer.body, answer.received.wall

    async def next_nonce(self, account_index: int, key_index: int) -> int:
        """The nonce that the venue expects of a key now; nothing that is sent waits longer for it than need be.

        Raises VenueError.
        """
        fields = (("account_index", account_index), ("api_key_index", key_index))
        answer = await self._get("nextNonce", fields, {}, Kind.CANCEL)
        return read(_NONCE, answer.body, "GET nextNonce").nonce

    async def transact(self, kinds: Sequence[int], signed: Sequence[str], kind: Kind) -> SentAnswer:
        """Send signed transactions, several as one batch, which is taken or refused as a whole.

        Success means that they are queued, not that they were executed.

        Raises:
            Refused, RateLimited: none of them was taken.
            Unreachable: nothing was sent.
            Ambiguous: nobody knows.
        """
        if len(kinds) == 1:
            endpoint, fields = "sendTx", {"tx_type": str(kinds[0]), "tx_info": signed[0]}
        else:
            endpoint = "sendTxBatch"
            fields = {"tx_types": _text(list(kinds)), "tx_infos": _text(list(signed))}
        parts = Parts(body=urlencode(fields).encode(), headers=_FORM)
        answer = await self._http.request("POST", f"{_ROOT}{endpoint}", kind=kind, parts=parts, costs=TRANSACTION)
        self._judge(answer, f"POST {endpoint}")
        try:
            sent = _SENT.decode(answer.body)
        except (msgspec.DecodeError, ValueError) as error:
            raise Ambiguous(f"POST {endpoint}: an answer that cannot be read ({type(error).__name__})") from None
        self.quota = sent.volume_quota_remaining
        return sent

    async def measure_time(self) -> None:
        """Ask the venue's time once; it is told in whole seconds. Raises VenueError."""
        answer = await self._http.request("GET", "/", kind=Kind.QUERY, costs=weight_of("time"))
        self._judge(answer, "GET /")
        stamp_s = read(_CLOCK, answer.body, "GET /").timestamp
        self.offset.add(answer.sent, answer.received, stamp_s * NS_PER_S, NS_PER_S)

    async def _get(self, endpoint: str, fields: Fields, headers: dict[str, str], kind: Kind = Kind.QUERY) -> HttpAnswer:
        parts = Parts(query=urlencode(fields), headers=headers)
        answer = await self._http.request(
            "GET", f"{_ROOT}{endpoint}", kind=kind, parts=parts, costs=weight_of(endpoint)
        )
        self._judge(answer, f"GET {endpoint}")
        return answer

    def _judge(self, answer: HttpAnswer, what: str) -> None:
        """Raise what an answer means that is no success; a success may carry the code of a refusal."""
        error = read_error(answer.body)
        if error is not None:
            raise error.as_error(self._redactor.sample(error.message))
        if answer.status >= _REFUSED_STATUS:
            raise self._odd(answer, what)

    def _odd(self, answer: HttpAnswer, what: str) -> VenueError:
        """A refusing status without the venue's own words."""
        shown = f"{what}: status {answer.status}: {self._redactor.sample(answer.body)}"
        return BadMessage(shown) if what.startswith("GET") else Ambiguous(shown)


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()
