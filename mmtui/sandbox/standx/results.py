"""What the engine made of requests, told a little later to who listens under their session ids."""

from collections import deque
from typing import Any, Final

import msgspec

from mmtui.model.units import NS_PER_MS
from mmtui.sandbox.faults import WS_PRIVATE
from mmtui.sandbox.sockets import Connection, Hub
from mmtui.sandbox.standx.login import Member

AFTER_NS: Final = 20 * NS_PER_MS
"""How long the engine seems to think."""


def text_of(document: dict[str, Any]) -> str:
    """JSON."""
    return msgspec.json.encode(document).decode()


class Results:
    """The second answer to every request."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._waiting: deque[tuple[int, str, str]] = deque()

    def listen(self, connection: Connection, member: Member, session_id: str) -> None:
        """A connection that has logged in hears what becomes of requests under this session id."""
        self._hub.subscribe(connection, _key(member, session_id), WS_PRIVATE)

    def tell(self, member: Member, session_id: str, request_id: str, verdict: str, now_ns: int) -> None:
        """The engine has decided; nobody hears it where the request named no session."""
        if not session_id:
            return
        answer: dict[str, Any] = {"code": 400, "message": verdict} if verdict else {"code": 0, "message": "success"}
        text = text_of({**answer, "request_id": request_id})
        self._waiting.append((now_ns + AFTER_NS, _key(member, session_id), text))

    def tick(self, now_ns: int) -> None:
        """Send what is due."""
        while self._waiting and self._waiting[0][0] <= now_ns:
            _, key, text = self._waiting.popleft()
            self._hub.publish(key, text)


def _key(member: Member, session_id: str) -> str:
    return f"result {member.name} {session_id}"
