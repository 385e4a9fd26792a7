"""The venue's own heartbeat, beside the protocol's: it may ask with a frame, and wants a word every two minutes."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Final

from mmtui.exchanges.shared.socket import SocketSession
from mmtui.ports.errors import VenueError

PING: Final = json.dumps({"type": "ping"})
PONG: Final = json.dumps({"type": "pong"})


def subscribe(channel: str, token: str | None = None) -> str:
    """The frame that asks for a channel (``name/number``), private ones with a token."""
    frame = {"type": "subscribe", "channel": channel}
    return json.dumps(frame if token is None else {**frame, "auth": token})


def unsubscribe(channel: str) -> str:
    """The frame that ends a channel."""
    return json.dumps({"type": "unsubscribe", "channel": channel})


class Speaker:
    """Sends frames from where nothing can be waited for; what cannot be sent is lost with its connection."""

    def __init__(self, socket: Callable[[], SocketSession | None]) -> None:
        self._socket = socket
        self._tasks: set[asyncio.Task[None]] = set()

    def say(self, *frames: str) -> None:
        """Send these in turn, soon."""
        task = asyncio.create_task(self._send(frames), name="lighter frames")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def attend(self, kind: str) -> None:
        """Do what a frame of this type asks of the socket's owner."""
        socket = self._socket()
        if kind == "ping":
            self.say(PONG)
        elif kind == "shutdown" and socket is not None:
            socket.renew("the venue shuts this connection down")

    async def _send(self, frames: tuple[str, ...]) -> None:
        socket = self._socket()
        with contextlib.suppress(VenueError):
            for frame in frames:
                if socket is not None:
                    await socket.send(frame)
