"""Websea's REST: forms and queries, signed where there are credentials, answers in an envelope.

A nonce that is used or too old is replaced and the request made once more: the venue has certainly not done it. Every
answer's Date header measures the venue's clock, which no call tells.
"""

import contextlib
from typing import Final, TypeVar
from urllib.parse import urlencode

import msgspec

from mmtui.exchanges.shared.clock_offset import ClockOffset, date_header_ns
from mmtui.exchanges.shared.http import HttpAnswer, HttpSession, Parts
from mmtui.exchanges.shared.limiter import Kind
from mmtui.exchanges.shared.redact import Redactor
from mmtui.exchanges.websea.facts import COSTS, CREATE_V2, PATHS, PathStyle
from mmtui.exchanges.websea.figures import UNREADABLE
from mmtui.exchanges.websea.refusals import NONCE_EXPIRED, NONCE_USED, WebseaRefused, error_of
from mmtui.exchanges.websea.signing import Pair, Signer
from mmtui.exchanges.websea.wire import Envelope
from mmtui.model.orders import RefusalCode
from mmtui.model.units import NS_PER_S
from mmtui.ports.errors import Ambiguous, BadMessage, Refused, VenueError

T = TypeVar("T")

_REFUSED_STATUS: Final = 400
_CONVINCING: Final = 3
"""So many measurements that contradict the estimate of the venue's time are believed."""
_ENVELOPE: Final = msgspec.json.Decoder(Envelope)
_RAW: Final = msgspec.json.Decoder(msgspec.Raw)
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}


class Calls:
    """One account's way to the REST host; without a signer only public questions can be asked."""

    def __init__(
        self, http: HttpSession, offset: ClockOffset, signer: Signer | None, redactor: Redactor, style: PathStyle
    ) -> None:
        self._http = http
        self._signer = signer
        self._redactor = redactor
        self.style = style
        self.offset = offset

    def path(self, name: str) -> str:
        """Where a call lives in the style of this session."""
        if name == "create" and self.style is PathStyle.V2:
            return CREATE_V2
        return PATHS[name][self.style is PathStyle.LEGACY]

    async def read(self, name: str, decoder: "msgspec.json.Decoder[T]", *pairs: Pair) -> tuple[T, HttpAnswer]:
        """Ask a public question; signed where that is possible, because the venue then allows more of them.

        Raises:
            Refused: the venue said no.
            VenueError: as ``HttpSession.request``; BadMessage where the answer cannot be read.
        """
        answer = await self._again("GET", name, pairs, Kind.QUERY)
        return self._result(decoder, answer, f"GET {self.path(name)}"), answer

    async def read_own(self, name: str, decoder: "msgspec.json.Decoder[T]", *pairs: Pair) -> tuple[T, HttpAnswer]:
        """Ask about the account. Raises as ``read``."""
        self._require()
        return await self.read(name, decoder, *pairs)

    async def command(self, name: str, decoder: "msgspec.json.Decoder[T]", kind: Kind, *pairs: Pair) -> T:
        """Send a signed form.

        Raises:
            Refused, RateLimited: it was not done.
            Unreachable: nothing was sent.
            Ambiguous: nobody knows.
        """
        self._require()
        answer = await self._again("POST", name, pairs, kind)
        try:
            return self._result(decoder, answer, f"POST {self.path(name)}")
        except BadMessage as error:
            raise Ambiguous(str(error)) from None

    async def measure_time(self) -> None:
        """Ask something cheap: the clock is read off its header. Raises VenueError."""
        await self.read("funding", _RAW, ("symbol", "BTC-USDT"))

    async def measure_again(self) -> None:
        """The venue doubts our time: ask often enough to be convinced of another."""
        with contextlib.suppress(VenueError):
            for _ in range(_CONVINCING):
                await self.measure_time()

    async def _again(self, method: str, name: str, pairs: tuple[Pair, ...], kind: Kind) -> HttpAnswer:
        try:
            return await self._once(method, name, pairs, kind)
        except WebseaRefused as error:
            if error.number not in (NONCE_USED, NONCE_EXPIRED) or name == "funding":
                raise
            if error.number == NONCE_EXPIRED:
                await self.measure_again()
        return await self._once(method, name, pairs, kind)

    async def _once(self, method: str, name: str, pairs: tuple[Pair, ...], kind: Kind) -> HttpAnswer:
        encoded = urlencode(pairs)

        def parts() -> Parts:
            headers = {} if self._signer is None else self._signer.headers(pairs)
            if method == "GET":
                return Parts(query=encoded, headers=headers)
            return Parts(body=encoded.encode(), headers=headers | _FORM)

        answer = await self._http.request(method, self.path(name), kind=kind, parts=parts, costs=COSTS)
        stamp_ns = date_header_ns(answer.headers)
        if stamp_ns is not None:
            self.offset.add(answer.sent, answer.received, stamp_ns, NS_PER_S)
        self._judge(answer, f"{method} {self.path(name)}")
        return answer

    def _judge(self, answer: HttpAnswer, what: str) -> None:
        """Raise what an answer means that is no success."""
        try:
            envelope = _ENVELOPE.decode(answer.body)
        except UNREADABLE:
            envelope = Envelope()
        error = error_of(envelope, self._redactor.sample(envelope.errmsg))
        if error is not None:
            raise error
        if answer.status >= _REFUSED_STATUS:
            shown = f"{what}: status {answer.status}: {self._redactor.sample(answer.body)}"
            raise BadMessage(shown) if what.startswith("GET") else Ambiguous(shown)

    def _result(self, decoder: "msgspec.json.Decoder[T]", answer: HttpAnswer, what: str) -> T:
        return result_of(decoder, answer.body, what)

    def _require(self) -> None:
        if self._signer is None:
            raise Refused(RefusalCode.NOT_ALLOWED, "this account has no credentials; only market data can be read")


def result_of(decoder: "msgspec.json.Decoder[T]", body: bytes, what: str) -> T:
    """What is inside an envelope, or the whole body where there is none. Raises BadMessage, also for an error."""
    try:
        envelope = _ENVELOPE.decode(body)
        if envelope.errno:
            raise BadMessage(f"{what}: error {envelope.errno}")
        if envelope.errno is None and envelope.result is msgspec.UNSET:
            return decoder.decode(body)
        return decoder.decode(b"null" if isinstance(envelope.result, msgspec.UnsetType) else envelope.result)
    except UNREADABLE as error:
        raise BadMessage(f"{what}: an answer that cannot be read ({type(error).__name__})") from None
