"""StandX's REST: questions, public and with a token, and commands whose bodies are signed.

A token that is refused is replaced and the request made once more: the venue has certainly not done it. So is one
whose signature is too old, after the venue's clock was measured again.
"""

import contextlib
import uuid
from collections.abc import Callable
from typing import Final, TypeVar
from urllib.parse import urlencode

import msgspec

from mmtui.exchanges.shared.clock_offset import ClockOffset
from mmtui.exchanges.shared.http import HttpAnswer, HttpSession, Parts
from mmtui.exchanges.shared.limiter import Kind
from mmtui.exchanges.shared.redact import Redactor
from mmtui.exchanges.standx.facts import COSTS, PUBLIC_COSTS
from mmtui.exchanges.standx.figures import UNREADABLE
from mmtui.exchanges.standx.login import Credential
from mmtui.exchanges.standx.passport import Passport
from mmtui.exchanges.standx.refusals import StampRefused, TokenRefused, read_error
from mmtui.exchanges.standx.wire import QueuedAnswer, read
from mmtui.model.orders import RefusalCode
from mmtui.model.units import NS_PER_MS, NS_PER_S
from mmtui.ports.errors import Ambiguous, BadMessage, Refused, VenueError

T = TypeVar("T")

_ROOT: Final = "/api/"
_REFUSED_STATUS: Final = 400
_CONVINCING: Final = 3
"""So many measurements that contradict the estimate of the venue's time are believed."""
_TIME: Final = msgspec.json.Decoder(int)
_QUEUED: Final = msgspec.json.Decoder(QueuedAnswer)

Field = tuple[str, object]


class Calls:
    """One account's way to the REST host; without a passport only public questions can be asked."""

    def __init__(self, http: HttpSession, offset: ClockOffset, passport: Passport | None, redactor: Redactor) -> None:
        self._http = http
        self._passport = passport
        self._redactor = redactor
        self.offset = offset

    async def read(self, name: str, decoder: "msgspec.json.Decoder[T]", *fields: Field) -> tuple[T, HttpAnswer]:
        """Ask a public question.

        Raises:
            Refused: the venue said no.
            VenueError: as ``HttpSession.request``; BadMessage where the answer cannot be read.
        """
        parts = Parts(query=urlencode(fields))
        answer = await self._http.request("GET", f"{_ROOT}{name}", kind=Kind.QUERY, parts=parts, costs=PUBLIC_COSTS)
        self._judge(answer, f"GET {name}")
        return read(decoder, answer.body, f"GET {name}"), answer

    async def read_own(self, name: str, decoder: "msgspec.json.Decoder[T]", *fields: Field) -> tuple[T, HttpAnswer]:
        """Ask about the account. Raises as ``read``."""
        passport = self._need_passport()
        held = await passport.current()
        try:
            answer = await self._own(name, fields, held)
        except TokenRefused:
            answer = await self._own(name, fields, await passport.renewed(held))
        return read(decoder, answer.body, f"GET {name}"), answer

    async def _own(self, name: str, fields: tuple[Field, ...], held: Credential) -> HttpAnswer:
        parts = Parts(query=urlencode(fields), headers=_bearer(held))
        answer = await self._http.request("GET", f"{_ROOT}{name}", kind=Kind.QUERY, parts=parts, costs=COSTS)
        self._judge(answer, f"GET {name}")
        return answer

    async def command(
        self,
        name: str,
        body: bytes,
        kind: Kind,
        *,
        session_id: str | None = None,
        named: Callable[[str], None] | None = None,
    ) -> str:
        """Send a signed body. Success means that it is queued, not that it was done.

        Args:
            name: of the call.
            body: the bytes that are signed and sent.
            kind: its place in the limiter's queue.
            session_id: of the order socket on which its result is awaited.
            named: is told the id under which the request goes, before it goes.

        Returns:
            The id under which the venue will speak of it; empty where the answer has none.

        Raises:
            Refused, RateLimited: it was not taken.
            Unreachable: nothing was sent.
            Ambiguous: nobody knows.
        """
        passport = self._need_passport()
        held = await passport.current()
        headers = {} if session_id is None else {"x-session-id": session_id}
        try:
            return await self._send(name, body, kind, held, headers, named)
        except TokenRefused:
            held = await passport.renewed(held)
        except StampRefused:
            await self.measure_again()
        return await self._send(name, body, kind, held, headers, named)

    async def _send(
        self,
        name: str,
        body: bytes,
        kind: Kind,
        held: Credential,
        headers: dict[str, str],
        named: Callable[[str], None] | None,
    ) -> str:
        def parts() -> Parts:
            request_id = str(uuid.uuid4())
            if named is not None:
                named(request_id)
            signed = held.key.headers(body, request_id, self.offset.venue_now() // NS_PER_MS)
            json = {"Content-Type": "application/json"}
            return Parts(body=body, headers={**_bearer(held), **json, **signed, **headers})

        answer = await self._http.request("POST", f"{_ROOT}{name}", kind=kind, parts=parts, costs=COSTS)
        self._judge(answer, f"POST {name}")
        if answer.body.strip() == b"[]":
            return ""
        try:
            return _QUEUED.decode(answer.body).request_id
        except UNREADABLE as error:
            raise Ambiguous(f"POST {name}: an answer that cannot be read ({type(error).__name__})") from None

    async def measure_time(self) -> None:
        """Ask the venue's time once; it is told in whole seconds. Raises VenueError."""
        stamp_s, answer = await self.read("kline/time", _TIME)
        self.offset.add(answer.sent, answer.received, stamp_s * NS_PER_S, NS_PER_S)

    async def measure_again(self) -> None:
        """The venue doubts our time: ask often enough to be convinced of another."""
        with contextlib.suppress(VenueError):
            for _ in range(_CONVINCING):
                await self.measure_time()

    def _need_passport(self) -> Passport:
        if self._passport is None:
            raise Refused(RefusalCode.NOT_ALLOWED, "this account has no credentials; only market data can be read")
        return self._passport

    def _judge(self, answer: HttpAnswer, what: str) -> None:
        """Raise what an answer means that is no success; one with status 200 may be a refusal too."""
        error = read_error(answer.body, answer.status)
        if error is not None:
            raise error.as_error(self._redactor.sample(error.message), answer.status)
        if answer.status >= _REFUSED_STATUS:
            shown = f"{what}: status {answer.status}: {self._redactor.sample(answer.body)}"
            raise BadMessage(shown) if what.startswith("GET") else Ambiguous(shown)


def _bearer(held: Credential) -> dict[str, str]:
    return {"Authorization": f"Bearer {held.token}"}
