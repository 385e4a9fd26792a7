"""Sends frames on a live socket from where nothing can be waited for."""

import asyncio
import contextlib
from collections.abc import Callable

from mmtui.exchanges.shared.socket import SocketSession
from mmtui.ports.errors import VenueError


class Speaker:
    """What cannot be sent is lost with its connection: the next one begins with a login anyway."""

    def __init__(self, socket: Callable[[], SocketSession | None]) -> None:
        self._socket = socket
        self._tasks: set[asyncio.Task[None]] = set()

    def say(self, frame: str) -> None:
        """Send this soon."""
        task = asyncio.create_task(self._send(frame), name="standx frame")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, frame: str) -> None:
        socket = self._socket()
        with contextlib.suppress(VenueError):
            if socket is not None:
                await socket.send(frame)
