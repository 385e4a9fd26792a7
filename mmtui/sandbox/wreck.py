"""Breaking connections on purpose: resets, and answers that never come."""

import asyncio
import socket
import struct
from typing import Final

from aiohttp import web

POLL_S: Final = 0.02
LONGEST_HOLD_S: Final = 120.0
_NO_LINGER: Final = struct.pack("ii", 1, 0)


def abort(request: web.Request) -> None:
    """Reset the TCP connection under a request."""
    transport = request.transport
    if transport is None:
        return
    raw = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()


async def hold(request: web.Request) -> None:
    """Keep the client waiting until it gives up (two minutes at most), then reset the connection."""
    loop = asyncio.get_running_loop()
    end = loop.time() + LONGEST_HOLD_S
    # aiohttp has no event for "the client went away" that a handler could wait for
    while (transport := request.transport) is not None and not transport.is_closing() and loop.time() < end:  # noqa: ASYNC110
        await asyncio.sleep(POLL_S)
    abort(request)
