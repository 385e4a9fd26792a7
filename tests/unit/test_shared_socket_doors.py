"""Where a websocket goes: addresses, refusals, redirects, proxies; and what it never tells."""

import asyncio
import logging
import sys

import pytest
from msgspec.structs import replace
from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Response

from mmtui.exchanges.shared.socket import SocketHandlers, SocketSession
from mmtui.ports.errors import BugError, SettingsError
from tests.unit.loopback import PATIENCE_S, HttpProxy, SocksProxy, WallClock, listening
from tests.unit.loopback_streams import CANARY, HOSTS, Adapter, listen, running, session_at, venue


async def test_address_and_headers_are_asked_anew_each_time() -> None:
    keys = iter(["/ws/one", "/ws/two"])

    async def address() -> str:
        return next(keys)

    async def drop(connection: ServerConnection) -> None:
        connection.transport.abort()

    adapter = Adapter()
    async with (
        venue(drop, listen) as place,
        running(
            session_at(
                place, adapter, handlers=replace(adapter.handlers, address=address, headers=lambda: {"X-Key": "abc"})
            )
        ),
    ):
        await adapter.until(lambda: adapter.ups == 2)
    assert place.paths == ["/stream/ws/one", "/stream/ws/two"]
    assert [headers["X-Key"] for headers in place.headers] == ["abc", "abc"]


async def test_a_handshake_told_to_wait_waits() -> None:
    adapter = Adapter()
    async with venue() as place:
        place.refusals = [Response(429, "Too many", Headers({"Retry-After": "0"})), Response(503, "Busy", Headers())]
        async with running(session_at(place, adapter)):
            await adapter.until(lambda: adapter.ups == 1)
    assert adapter.downs == ["handshake refused with status 429"]


async def test_redirects_are_not_followed() -> None:
    adapter = Adapter()
    async with venue() as trap, venue() as place:
        place.refusals = [Response(302, "Found", Headers({"Location": trap.url}))]
        async with running(
            session_at(place, adapter, handlers=replace(adapter.handlers, headers=lambda: {"X-Key": CANARY}))
        ):
            await adapter.until(lambda: adapter.ups == 1)
        assert not trap.paths
    assert adapter.downs == ["handshake refused with status 302"]


def test_an_unknown_address_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match=r"wss://evil\.example .* lighter"):
        SocketSession(
            "wss://evil.example/stream",
            hosts=HOSTS,
            handlers=SocketHandlers(on_message=lambda _data, _ns: None, on_up=lambda: None, on_down=lambda _why: None),
            clock=WallClock(),
        )


@pytest.mark.parametrize("kind", ["http", "socks5"])
async def test_the_death_of_the_proxy_is_a_lost_stream(kind: str) -> None:
    proxy = HttpProxy("pa55word") if kind == "http" else SocksProxy()
    await proxy.start()
    secret = "user:pa55word@" if kind == "http" else ""
    adapter = Adapter()
    async with venue() as place:
        session = session_at(place, adapter, proxy=f"{kind}://{secret}127.0.0.1:{proxy.port}")
        async with running(session):
            await adapter.until(lambda: adapter.ups == 1)
            port = proxy.port
            await proxy.stop()
            await adapter.until(lambda: len(adapter.downs) == 1)
            await proxy.start(port)
            await adapter.until(lambda: adapter.ups == 2)
            await proxy.stop()
    assert len(proxy.targets) == 2
    assert str(place.port) in proxy.targets[0]


async def test_a_proxy_that_refuses_is_a_lost_stream_without_its_password() -> None:
    adapter = Adapter()
    async with venue() as place, listening(HttpProxy("pa55word")) as proxy:
        session = session_at(place, adapter, proxy=f"http://user:wr0ngpass@127.0.0.1:{proxy.port}")
        async with running(session):
            await adapter.until(lambda: len(adapter.downs) == 1)
    assert "407" in adapter.downs[0]
    assert "wr0ngpass" not in adapter.downs[0] + repr(session.__dict__)


async def test_no_secret_in_logs_or_reasons(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def talk(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.close(4001, f"bad key {CANARY}")

    async def address() -> str:
        return f"/ws/{CANARY.strip('=').replace('/', '').replace('+', '')}"

    adapter = Adapter()
    adapter.subscriptions = [f'{{"signature":"{CANARY}"}}']
    async with (
        venue(talk) as place,
        running(
            session_at(
                place, adapter, handlers=replace(adapter.handlers, address=address, headers=lambda: {"X-Key": CANARY})
            )
        ),
    ):
        place.server.logger = logging.getLogger("quiet.server")  # type: ignore[union-attr]
        await adapter.until(lambda: len(adapter.downs) >= 2)
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("websockets.server")]
    assert not [text for text in [*ours, *adapter.downs] if CANARY in text or "cAnArY" in text]


async def test_an_address_cannot_change_the_host() -> None:
    async def address() -> str:
        return ".evil.example/ws"

    adapter = Adapter()
    async with venue() as place:
        session = session_at(place, adapter, handlers=replace(adapter.handlers, address=address))
        with pytest.raises(BugError):
            await asyncio.wait_for(session.run(), PATIENCE_S)


@pytest.mark.skipif(sys.platform == "win32", reason="uvloop runs on Unix only")
@pytest.mark.parametrize("kind", ["http", "socks5"])
def test_proxies_on_uvloop(kind: str) -> None:
    import uvloop

    uvloop.run(test_the_death_of_the_proxy_is_a_lost_stream(kind))
