"""One account's way to the venue: paths, costs, signatures, and every answer judged by its code first."""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Final

from mmtui.exchanges.aster.answers import TimeAnswer, read
from mmtui.exchanges.aster.encode import Request
from mmtui.exchanges.aster.facts import Version, costs
from mmtui.exchanges.aster.refusals import CLOCK_CODES, AsterRefused, ErrorBody, read_error
from mmtui.exchanges.aster.signing import Signer
from mmtui.exchanges.shared.clock_offset import ClockOffset
from mmtui.exchanges.shared.http import HttpAnswer, HttpSession, Parts
from mmtui.exchanges.shared.limiter import RateLimiter
from mmtui.exchanges.shared.redact import Redactor
from mmtui.model.instrument import MarketType
from mmtui.model.orders import RefusalCode
from mmtui.model.units import NS_PER_MS
from mmtui.ports.errors import Ambiguous, BadMessage, Refused, SettingsError, VenueError

_CONVINCING: Final = 3
"""So many answers that contradict the estimate of the venue's time are believed."""
_DOUBT_S: Final = 0.5
_REFUSED_STATUS: Final = 400

_ROOTS: Final = {MarketType.PERP: "/fapi", MarketType.SPOT: "/api"}

_V1_PATHS: Final = {
    "balance": "/fapi/v2/balance",
    "positionRisk": "/fapi/v2/positionRisk",
    "accountWithJoinMargin": "/fapi/v4/account",
}
"""Where V1 differs from the rule by more than its number."""

_HEADERS: Final = {
    MarketType.PERP: (("x-mbx-used-weight-1m", "weight"), ("x-mbx-order-count-1m", "orders")),
    MarketType.SPOT: (("x-mbx-used-weight-1m", "spot_weight"), ("x-mbx-order-count-1m", "spot_orders")),
}


def path_of(market: MarketType, version: Version, name: str) -> str:
    """Path of a call."""
    if version is Version.V1 and market is MarketType.PERP and name in _V1_PATHS:
        return _V1_PATHS[name]
    return f"{_ROOTS[market]}/{version.value}/{name}"


class Calls:
    """Public and signed calls of one account.

    Args:
        sites: the REST session of each market.
        signer: makes signed requests; None: public calls only.
        limiter: the account's, for what the answers' headers count.
        offset: the venue's clock.
        redactor: knows the account's secrets.
    """

    def __init__(
        self,
        sites: Mapping[MarketType, HttpSession],
        signer: Signer | None,
        limiter: RateLimiter,
        offset: ClockOffset,
        redactor: Redactor,
    ) -> None:
        self._sites = sites
        self._signer = signer
        self._limiter = limiter
        self._offset = offset
        self._redactor = redactor
        self._doubted = asyncio.Event()
        self._measuring = asyncio.Lock()

    @property
    def version(self) -> Version:
        """Which API is spoken; V3 where nothing is signed."""
        return Version.V3 if self._signer is None else self._signer.version

    async def read_public(self, market: MarketType, name: str, query: str = "", weight: int = 1) -> HttpAnswer:
        """A call that nobody signs.

        Raises:
            VenueError: as ``HttpSession.request``, and Refused where the venue says no.
        """
        return await self._call(Request(market, "GET", name, query, weight), public=True)

    async def send(self, request: Request) -> bytes:
        """A signed call; its answer is no error.

        Raises:
            Refused: definitely not done (AsterRefused with the venue's number).
            RateLimited: definitely not done, wait.
            Unreachable: not sent.
            Ambiguous: nobody knows.
            BadMessage: a read whose answer is no answer.
        """
        await self._trust_clock()
        return (await self._call(request, public=False)).body

    async def measure(self) -> None:
        """Ask for the venue's time once. Raises VenueError."""
        market = next(iter(self._sites))
        answer = await self.read_public(market, "time")
        stamp_ms = read(TimeAnswer, answer.body).server_time
        self._offset.add(answer.sent, answer.received, stamp_ms * NS_PER_MS)

    async def keep_clock(self) -> None:
        """Measure now and then, and at once when the venue doubts our time; until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._offset.keep(self.measure), name="aster clock")
            while True:
                await self._doubted.wait()
                with contextlib.suppress(VenueError):
                    for _ in range(_CONVINCING):
                        await self.measure()
                await asyncio.sleep(_DOUBT_S)
                self._doubted.clear()

    async def _trust_clock(self) -> None:
        """Signatures carry the venue's time: without an idea of it nothing is signed."""
        if not self._offset.known:
            async with self._measuring:
                if not self._offset.known:
                    with contextlib.suppress(VenueError):
                        await self.measure()
        try:
            self._offset.require()
        except (SettingsError, VenueError) as error:
            raise Refused(RefusalCode.NOT_ALLOWED, f"{error}; nothing was sent") from None

    async def _call(self, request: Request, *, public: bool) -> HttpAnswer:
        signer = self._signer
        if not public and signer is None:
            raise Refused(RefusalCode.NOT_ALLOWED, "aster: this session has no credentials; nothing was sent")
        path = path_of(request.market, self.version, request.name)
        site = self._sites[request.market]
        charged = costs(request.market, request.weight, request.orders)
        if public or signer is None:
            query = Parts(query=request.text)
            answer = await site.request("GET", path, kind=request.kind, parts=query, costs=charged)
        else:
            signs = signer
            answer = await site.request(
                request.method,
                path,
                kind=request.kind,
                parts=lambda: signs.parts(request.method, request.text, signed=request.signed),
                costs=charged,
            )
        self._count(request, answer)
        error = read_error(answer.body)
        if error is not None:
            raise self.error_of(error)
        if answer.status >= _REFUSED_STATUS:
            raise self._odd(request, answer)
        return answer

    def error_of(self, error: ErrorBody) -> VenueError:
        """The error of ours; a doubt about the clock makes it be measured again."""
        if error.code in CLOCK_CODES:
            self._doubted.set()
        return error.as_error(self._redactor.sample(error.msg))

    def _odd(self, request: Request, answer: HttpAnswer) -> VenueError:
        """A refusing status without the venue's own words."""
        shown = f"{request.method} {request.name}: status {answer.status}: {self._redactor.sample(answer.body)}"
        return BadMessage(shown) if request.method == "GET" else Ambiguous(shown)

    def _count(self, request: Request, answer: HttpAnswer) -> None:
        for header, rule in _HEADERS[request.market]:
            text = answer.headers.get(header, "")
            if text.isascii() and text.isdigit():
                self._limiter.observe(rule, min(int(text[:9]), 1_000_000))


def is_about(error: VenueError, *numbers: int) -> bool:
    """True where the venue refused with one of these numbers."""
    return isinstance(error, AsterRefused) and error.number in numbers
