"""A proxy on loopback that lives in a thread, and dies when it is told to."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from tests.unit.loopback import HttpProxy, SocksProxy

PATIENCE_S = 20.0

Proxy = HttpProxy | SocksProxy
KINDS: dict[str, type[Proxy]] = {"http": HttpProxy, "socks5": SocksProxy}


class ProxyThread:
    """A proxy that another thread serves."""

    def __init__(self, kind: str, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._kind = kind
        self._proxy = KINDS[kind]()
        self._do(self._proxy.start())

    @property
    def url(self) -> str:
        return f"{self._kind}://127.0.0.1:{self._proxy.port}"

    @property
    def targets(self) -> list[str]:
        """What was asked of it."""
        return list(self._proxy.targets)

    def die(self) -> None:
        """Close its port and cut every connection."""
        self._do(self._proxy.stop())

    def rise(self) -> None:
        """Listen on the same port again."""
        self._do(self._proxy.start(self._proxy.port))

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)


@contextmanager
def proxy(kind: str) -> Iterator[ProxyThread]:
    """A proxy of this kind for the length of a block."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    served = ProxyThread(kind, loop)
    try:
        yield served
    finally:
        served.die()
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE_S)
        loop.close()
