"""What every request passes: the limits, the check who it is, and the envelope around the answer."""

from collections.abc import Callable
from email.utils import formatdate
from typing import Any, Final

from aiohttp import web

from mmtui.model.units import NS_PER_S
from mmtui.sandbox.calls import Call, Handler, json_response
from mmtui.sandbox.websea.errors import TOO_MANY, ApiError, envelope
from mmtui.sandbox.websea.habits import Habits
from mmtui.sandbox.websea.parameters import Parameters, read
from mmtui.sandbox.websea.signing import Door, Member
from mmtui.sandbox.windows import RateWindow

WINDOW_S: Final = 10
PER_WINDOW: Final = 100
UNSIGNED_PER_WINDOW: Final = 50
"""The venue says that unsigned requests have less and not how much: this is a choice."""
TRADE_KINDS: Final = ("place", "cancel")

PublicAnswer = Callable[[Parameters, Call], Any]
MemberAnswer = Callable[[Member, Parameters, Call], Any]


class Bare:
    """A document that is answered without the envelope."""

    def __init__(self, document: object) -> None:
        self.document = document


class Gate:
    """Turns answers into handlers."""

    def __init__(self, door: Door, habits: Habits) -> None:
        self._door = door
        self._habits = habits
        self._by_path = RateWindow(PER_WINDOW, WINDOW_S)
        self._by_key = RateWindow(PER_WINDOW, WINDOW_S)
        self._unsigned = RateWindow(UNSIGNED_PER_WINDOW, WINDOW_S)

    def public(self, answer: PublicAnswer) -> Handler:
        """Anybody may ask; who signs has wider limits, and must sign well."""

        def serve(call: Call) -> web.Response:
            def work() -> Any:  # noqa: ANN401 - a document
                parameters = read(call)
                if call.headers.get("Token") is not None:
                    self._door.admit(call.headers, parameters.pairs, call.now_ns)
                return answer(parameters, call)

            return self._guarded(call, work)

        return serve

    def member(self, answer: MemberAnswer, kind: str) -> Handler:
        """Only members, with leave to do what the path does."""

        def serve(call: Call) -> web.Response:
            def work() -> Any:  # noqa: ANN401 - a document
                parameters = read(call)
                member = self._door.admit(call.headers, parameters.pairs, call.now_ns)
                if kind in TRADE_KINDS and member.name in self._habits.no_trade:
                    raise ApiError(20527)
                return answer(member, parameters, call)

            return self._guarded(call, work)

        return serve

    def _guarded(self, call: Call, work: Callable[[], Any]) -> web.Response:
        """The answer; its Date header is the only way to learn the venue's time."""
        try:
            self._spend(call)
            document = work()
            answer = json_response(document.document if isinstance(document, Bare) else envelope(document))
        except ApiError as error:
            answer = error.response()
        answer.headers["Date"] = formatdate(call.now_ns // NS_PER_S, usegmt=True)
        return answer

    def _spend(self, call: Call) -> None:
        """Count a request. Raises ApiError where it is one too many; the venue names no time to wait."""
        token = call.headers.get("Token")
        if token is None:
            fits = self._unsigned.take((call.remote, call.path), call.now_ns)
        else:
            fits = self._by_path.take((token, call.path), call.now_ns) and self._by_key.take(token, call.now_ns)
        if not fits:
            raise ApiError(TOO_MANY, status=TOO_MANY)
