"""What every request passes: limits, the check who it is, and the words for a refusal."""

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from mmtui.sandbox.aster.budgets import Budgets
from mmtui.sandbox.aster.errors import ApiError
from mmtui.sandbox.aster.markets import Room
from mmtui.sandbox.aster.parameters import Parameters
from mmtui.sandbox.aster.signing import API_KEY, Door, Member
from mmtui.sandbox.calls import Call, Handler, json_response

Weight = int | Callable[[Parameters], int]
PublicAnswer = Callable[[Parameters, Call], Any]
MemberAnswer = Callable[[Member, Parameters, Call], Any]


def without_symbol(weight: int, otherwise: int = 1) -> Weight:
    """The weight of a call that costs more where it asks for every symbol."""
    return lambda parameters: otherwise if parameters.text("symbol") is not None else weight


class Gate:
    """Turns answers into handlers of one room."""

    def __init__(self, room: Room, door: Door, budgets: Budgets) -> None:
        self.room = room
        self._door = door
        self._budgets = budgets

    def public(self, weight: Weight, answer: PublicAnswer) -> Handler:
        """Anybody may ask."""

        def serve(call: Call) -> web.Response:
            parameters = Parameters(call.query)
            return self._guarded(call, _weight(weight, parameters), lambda: (answer(parameters, call), None))

        return serve

    def member(
        self, weight: Weight, answer: MemberAnswer, *, orders: Callable[[Parameters], int] | None = None
    ) -> Handler:
        """Only members, signed the way that the path's version asks for; ``orders`` counts what the call places."""

        def work(call: Call) -> tuple[Any, Member | None]:
            member, parameters = self._admit(call)
            if orders is None:
                return answer(member, parameters, call), None
            self._budgets.count_orders(member, call, orders(parameters))
            return answer(member, parameters, call), member

        def serve(call: Call) -> web.Response:
            return self._guarded(call, _weight(weight, Parameters(call.query)), lambda: work(call))

        return serve

    def key_only(self, weight: Weight, answer: MemberAnswer) -> Handler:
        """V1 calls that need the key in the header and no signature."""

        def work(call: Call) -> tuple[Any, Member | None]:
            parameters = Parameters(call.query)
            return answer(self._door.key_holder(call), parameters, call), None

        def serve(call: Call) -> web.Response:
            return self._guarded(call, _weight(weight, Parameters(call.query)), lambda: work(call))

        return serve

    def _admit(self, call: Call) -> tuple[Member, Parameters]:
        """V3 signs as an agent, older versions by HMAC; the newest old path, v4, is asked in both ways."""
        agent = "/v3/" in call.path or ("/v4/" in call.path and API_KEY not in call.headers)
        return self._door.admit_agent(call) if agent else self._door.admit_hmac(call)

    def _guarded(self, call: Call, weight: int, work: Callable[[], tuple[Any, Member | None]]) -> web.Response:
        headers: Mapping[str, str]
        try:
            self._budgets.spend(call, weight)
            document, placed_by = work()
        except ApiError as error:
            headers = self._budgets.headers(call) | (error.headers or {})
            return json_response(error.document(), error.status, headers)
        return json_response(document, headers=self._budgets.headers(call, placed_by))


def _weight(weight: Weight, parameters: Parameters) -> int:
    return weight if isinstance(weight, int) else weight(parameters)
