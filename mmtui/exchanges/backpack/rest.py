"""Backpack's REST: sends calls, signs those that need it with the venue's own time, measures that time."""

import contextlib
from typing import TypeVar

import msgspec

from mmtui.exchanges.backpack import encode
from mmtui.exchanges.backpack.encode import Call
from mmtui.exchanges.backpack.facts import REQUEST, VENUE
from mmtui.exchanges.backpack.refusals import ErrorBody, read_error
from mmtui.exchanges.backpack.signing import Signer
from mmtui.exchanges.backpack.wire import UNREADABLE
from mmtui.exchanges.shared.clock_offset import ClockOffset
from mmtui.exchanges.shared.http import HttpAnswer, HttpSession, Parts
from mmtui.exchanges.shared.limiter import Kind
from mmtui.exchanges.shared.redact import Redactor
from mmtui.model.orders import RefusalCode
from mmtui.model.units import NS_PER_MS
from mmtui.ports.errors import Ambiguous, BadMessage, RateLimited, Refused, Unreachable, VenueError

T = TypeVar("T")

OK = 200
ACCEPTED = 202
_REFUSED = 400
_CONVINCING = 3


class BackpackRest:
    """One account's way to the REST host; without a signer only public questions can be asked."""

    def __init__(self, http: HttpSession, offset: ClockOffset, signer: Signer | None, redactor: Redactor) -> None:
        self._http = http
        self._signer = signer
        self._redactor = redactor
        self.offset = offset

    @property
    def can_sign(self) -> bool:
        """True with credentials."""
        return self._signer is not None

    async def send(self, call: Call, kind: Kind = Kind.QUERY) -> HttpAnswer:
        """Send a call; the answer is given back whatever its status below 500, its body unread.

        Raises:
            SettingsError: this machine's clock is too wrong to sign anything. Nothing was sent.
            VenueError: as ``HttpSession.request``; Refused where there are no credentials.
        """
        signer = self._signer
        if not call.pieces:
            parts = Parts(call.query, call.body)
            return await self._http.request(
                call.method, call.path, kind=kind, parts=parts, costs=REQUEST, expect_json=False
            )
        if signer is None:
            raise Refused(RefusalCode.NOT_ALLOWED, "this account has no key and secret; only market data can be read")
        await self.know_time()

        def signed() -> Parts:
            headers = signer.headers(call.pieces, self.offset.venue_now() // NS_PER_MS)
            return Parts(call.query, call.body, headers)

        return await self._http.request(
            call.method, call.path, kind=kind, parts=signed, costs=REQUEST, expect_json=False
        )

    async def read(self, call: Call, decoder: msgspec.json.Decoder[T]) -> tuple[T, HttpAnswer]:
        """Ask and decode.

        Raises:
            Refused: the venue said no.
            BadMessage: the answer cannot be read.
            VenueError, SettingsError: as ``send``.
        """
        answer = await self.send(call)
        if answer.status != OK:
            raise self.refused(answer, f"{call.method} {call.path}")
        try:
            return decoder.decode(answer.body), answer
        except UNREADABLE as error:
            raise BadMessage(f"{call.method} {call.path}: {self._redactor.sample(str(error))}") from None

    def refused(self, answer: HttpAnswer, what: str) -> Refused | BadMessage:
        """What an answer other than the one hoped for means to a question."""
        error = read_error(answer.body)
        if answer.status < _REFUSED or error is None:
            return BadMessage(f"{what}: status {answer.status}: {self._redactor.sample(answer.body)}")
        return Refused(error.refusal, self.words(error))

    def words(self, error: ErrorBody) -> str:
        """An error of the venue, fit to be shown."""
        return self._redactor.sample(str(error))

    async def measure_time(self) -> None:
        """Ask the venue's time once.

        Raises:
            VenueError: no answer, or none that is a time.
        """
        answer = await self.send(encode.venue_time())
        text = answer.body.strip()
        if answer.status != OK or not text.isdigit() or len(text) > 15:  # noqa: PLR2004 - milliseconds until 5138
            raise BadMessage(f"{VENUE} time: status {answer.status}: {self._redactor.sample(answer.body)}")
        self.offset.add(answer.sent, answer.received, int(text) * NS_PER_MS)

    async def do(self, call: Call, kind: Kind) -> HttpAnswer:
        """Send a command.

        An answer that neither confirms nor refuses in the venue's own words is Ambiguous.

        Raises:
            Refused: the venue's definite no.
            Ambiguous, Unreachable, RateLimited, SettingsError: as ``send``.
        """
        answer = await self.send(call, kind)
        if answer.status in (OK, ACCEPTED):
            return answer
        error = read_error(answer.body)
        what = f"{call.method} {call.path}"
        if answer.status < _REFUSED or error is None or error.is_unclear:
            raise Ambiguous(f"{what}: status {answer.status}: {self._redactor.sample(answer.body)}")
        if error.is_about_clock:
            await self._measure_again()
        raise Refused(error.refusal, self.words(error))

    def venue_ms(self, wall_ns: int) -> int:
        """This machine's wall time on the venue's clock, in milliseconds, a little early rather than late."""
        skew_ms = self.offset.skew_ms
        return wall_ns // NS_PER_MS + (0 if skew_ms is None else int(skew_ms) - 1)

    async def know_time(self) -> None:
        """Make sure that a signature can carry the venue's time; where it cannot, nothing is sent.

        Raises:
            SettingsError: this machine's clock is too wrong to be corrected.
            Unreachable, RateLimited: the time is not known.
        """
        try:
            if not self.offset.known:
                await self.measure_time()
            self.offset.require()
        except RateLimited:
            raise
        except VenueError as error:
            raise Unreachable(f"{error}; nothing was sent") from None

    async def _measure_again(self) -> None:
        """The venue dislikes our time: ask as often as it takes to believe answers that contradict the estimate."""
        with contextlib.suppress(VenueError):
            for _ in range(_CONVINCING):
                await self.measure_time()
