"""Kept websockets against a real server that drops, falls silent and lies; also on uvloop."""

import asyncio
import sys
from collections.abc import Awaitable, Callable

import pytest
from msgspec.structs import replace
from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from mmtui.exchanges.shared.limiter import RateLimiter, RateRule
from mmtui.exchanges.shared.socket import LoginChannel, SocketSession
from mmtui.model.orders import RefusalCode
from mmtui.model.units import NS_PER_S
from mmtui.ports.errors import RateLimited, Refused, Unreachable
from tests.unit.loopback import PATIENCE_S, Listener, WallClock, listening
from tests.unit.loopback_streams import CANARY, HOSTS, QUICK, Adapter, Venue, listen, running, session_at, venue


async def test_messages_arrive_as_bytes_whatever_their_frame() -> None:
    async def talk(connection: ServerConnection) -> None:
        await connection.send("text é")
        await connection.send(b"\xff\x00binary")
        await listen(connection)

    adapter = Adapter()
    async with venue(talk) as place, running(session_at(place, adapter)):
        await adapter.until(lambda: len(adapter.messages) == 2)
    assert adapter.messages == ["text é".encode(), b"\xff\x00binary"]


async def test_after_a_loss_everything_is_subscribed_again_in_the_same_order() -> None:
    async def drop_after_three(connection: ServerConnection) -> None:
        for _ in range(3):
            await connection.recv()
        connection.transport.abort()

    adapter = Adapter()
    adapter.subscriptions = ["a", b"b", "c"]
    async with venue(drop_after_three, drop_after_three, listen) as place, running(session_at(place, adapter)) as task:
        await adapter.until(lambda: adapter.ups == 3)
        async with asyncio.timeout(PATIENCE_S):
            while len(place.heard[2]) < 3:
                place.word.clear()
                await place.word.wait()
        assert not task.done()
    assert place.heard == [["a", b"b", "c"]] * 3
    assert len(adapter.downs) == 2


async def test_silence_is_a_loss_though_pings_are_answered_and_pongs_come() -> None:
    async def half_dead(connection: ServerConnection) -> None:
        async def chatter() -> None:
            while True:
                await connection.ping()
                await connection.send("pong")
                await asyncio.sleep(0.01)

        await connection.send("data")
        await asyncio.gather(chatter(), listen(connection))

    adapter = Adapter()
    settings = replace(QUICK, idle_s=0.3, ping_interval_s=0.05)
    async with venue(half_dead, listen) as place, running(session_at(place, adapter, settings)):
        await adapter.until(lambda: adapter.ups >= 2)
    assert adapter.downs[0] == "no data for 0.3 s"
    assert adapter.messages == [b"data"]


async def test_data_keeps_the_connection() -> None:
    async def talk(connection: ServerConnection) -> None:
        for _ in range(30):
            await connection.send("tick")
            await asyncio.sleep(0.05)
        await listen(connection)

    adapter = Adapter()
    async with venue(talk) as place, running(session_at(place, adapter, replace(QUICK, idle_s=1.0))):
        await adapter.until(lambda: len(adapter.messages) == 30)
        assert len(place.heard) == 1
    assert not adapter.downs


async def test_a_peer_that_answers_no_ping_is_lost() -> None:
    class Mute(Listener):
        """Completes the handshake, then reads and says nothing."""

        async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            from websockets.server import ServerProtocol

            protocol = ServerProtocol()
            protocol.receive_data(await reader.readuntil(b"\r\n\r\n"))
            (request,) = protocol.events_received()
            assert isinstance(request, Request)
            protocol.send_response(protocol.accept(request))
            writer.writelines(protocol.data_to_send())
            await reader.read(-1)

    adapter = Adapter()
    async with listening(Mute()) as mute:
        place = Venue(listen)
        place.port = mute.port
        async with running(session_at(place, adapter, replace(QUICK, ping_interval_s=0.05, ping_timeout_s=0.1))):
            await adapter.until(lambda: len(adapter.downs) == 1)
    assert "1011" in adapter.downs[0]


async def test_a_handshake_that_never_ends_is_given_up() -> None:
    class Deaf(Listener):
        async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(-1)

    adapter = Adapter()
    async with listening(Deaf()) as deaf:
        place = Venue(listen)
        place.port = deaf.port
        async with running(session_at(place, adapter, replace(QUICK, open_s=0.1))):
            await adapter.until(lambda: len(adapter.downs) == 1)
    assert "timed out" in adapter.downs[0]


async def test_a_down_is_told_once_per_loss_not_once_per_attempt() -> None:
    async def drop_when_told(connection: ServerConnection) -> None:
        await connection.recv()
        connection.transport.abort()

    adapter = Adapter()
    async with venue(drop_when_told) as place:
        session = session_at(place, adapter)
        async with running(session):
            await adapter.until(lambda: adapter.ups == 1)
            place.refusals = [Response(503, "Busy", Headers())] * 5
            await session.send("drop")
            await adapter.until(lambda: adapter.ups == 2)
            assert session.health.connections == 2
            assert session.health.failures_in_a_row == 6
    assert len(place.paths) == 7
    assert len(adapter.downs) == 1


async def test_the_connection_is_renewed_before_its_life_ends() -> None:
    adapter = Adapter()
    async with venue() as place, running(session_at(place, adapter, replace(QUICK, life_s=0.1))):
        await adapter.until(lambda: adapter.ups == 3)
    assert adapter.downs[:2] == ["renewed after 0.1 s"] * 2


async def test_an_adapter_may_ask_for_a_new_connection() -> None:
    adapter = Adapter()
    async with venue() as place:
        session = session_at(place, adapter)
        session.renew("nothing is connected yet")
        async with running(session):
            await adapter.until(lambda: adapter.ups == 1)
            session.renew(f"sequence gap, key {CANARY}")
            await adapter.until(lambda: adapter.ups == 2)
    assert adapter.downs == ["sequence gap, key (hidden)"]


async def test_login_speaks_before_subscriptions_and_a_refused_one_is_tried_again() -> None:
    async def doorkeeper(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send("no" if len(place.heard) == 1 else "yes")
        await listen(connection)

    async def login(channel: LoginChannel) -> None:
        await channel.send("key")
        if await channel.receive() != b"yes":
            raise Refused(RefusalCode.NOT_ALLOWED, "login refused")

    adapter = Adapter()
    adapter.subscriptions = ["orders"]
    async with (
        venue(doorkeeper) as place,
        running(session_at(place, adapter, handlers=replace(adapter.handlers, login=login))),
    ):
        await adapter.until(lambda: adapter.ups == 1)
        async with asyncio.timeout(PATIENCE_S):
            while len(place.heard[1]) < 2:
                place.word.clear()
                await place.word.wait()
    assert place.heard == [["key"], ["key", "orders"]]
    assert adapter.downs == ["Refused: not_allowed: login refused"]


async def test_a_login_without_an_answer_is_given_up() -> None:
    async def login(channel: LoginChannel) -> None:
        await channel.receive()

    adapter = Adapter()
    async with (
        venue() as place,
        running(
            session_at(place, adapter, replace(QUICK, login_s=0.1), handlers=replace(adapter.handlers, login=login))
        ),
    ):
        await adapter.until(lambda: len(adapter.downs) == 1)
    assert adapter.ups == 0


async def test_a_login_that_loses_its_connection_is_tried_again() -> None:
    async def hang_up(connection: ServerConnection) -> None:
        await connection.close(1008, "go away")

    async def login(channel: LoginChannel) -> None:
        await channel.receive()

    adapter = Adapter()
    async with (
        venue(hang_up) as place,
        running(session_at(place, adapter, handlers=replace(adapter.handlers, login=login))),
    ):
        await adapter.until(lambda: len(adapter.downs) == 1)
    assert "1008" in adapter.downs[0]


async def test_a_bad_message_is_counted_and_a_bug_is_not_swallowed() -> None:
    async def talk(connection: ServerConnection) -> None:
        await connection.send("bad")
        await connection.send("fine")
        await connection.recv()
        await connection.send("bug")
        await listen(connection)

    adapter = Adapter()
    async with venue(talk) as place:
        session = session_at(place, adapter)
        async with running(session) as task:
            await adapter.until(lambda: adapter.messages == [b"fine"] and session.up)
            assert session.health.bad_messages == 1
            await session.send("go on")
            with pytest.raises(ZeroDivisionError):
                await asyncio.wait_for(task, PATIENCE_S)


async def test_what_is_too_large_ends_the_connection() -> None:
    async def talk(connection: ServerConnection) -> None:
        await connection.send("x" * 2_000)
        await listen(connection)

    adapter = Adapter()
    async with venue(talk) as place, running(session_at(place, adapter, replace(QUICK, max_message=1_000))):
        await adapter.until(lambda: len(adapter.downs) >= 1)
    assert "1009" in adapter.downs[0]
    assert not adapter.messages


async def test_sending_without_a_connection_is_unreachable() -> None:
    place = Venue(listen)
    with pytest.raises(Unreachable, match="nothing was sent"):
        await session_at(place, Adapter()).send("x")


async def test_the_venues_own_heartbeat_is_sent() -> None:
    adapter = Adapter()
    settings = replace(QUICK, beat_interval_s=0.02)
    handlers = replace(adapter.handlers, beat=lambda: '{"type":"ping"}')
    async with venue() as place, running(session_at(place, adapter, settings, handlers=handlers)):
        async with asyncio.timeout(PATIENCE_S):
            while not place.heard or len(place.heard[0]) < 3:
                place.word.clear()
                await place.word.wait()
    assert set(place.heard[0]) == {'{"type":"ping"}'}


async def test_frames_are_counted_by_the_venues_rule() -> None:
    limiter = RateLimiter([RateRule("frames", 4, 3_600 * NS_PER_S, reserve_share=0.0)], WallClock())
    adapter = Adapter()
    adapter.subscriptions = ["a", "b", "c"]
    async with venue() as place:
        session = SocketSession(
            place.url,
            hosts=HOSTS,
            handlers=adapter.handlers,
            clock=WallClock(),
            settings=replace(QUICK, frames_rule="frames", gap_s=0.001),
            limiter=limiter,
        )
        async with running(session):
            await adapter.until(lambda: adapter.ups == 1)
            await session.send("d")
            with pytest.raises(RateLimited):
                await session.send("e")


async def test_cancelling_closes_the_connection_and_tells_no_loss() -> None:
    closed = asyncio.Event()

    async def talk(connection: ServerConnection) -> None:
        await connection.wait_closed()
        closed.set()

    adapter = Adapter()
    async with venue(talk) as place:
        async with running(session_at(place, adapter)):
            await adapter.until(lambda: adapter.ups == 1)
        await asyncio.wait_for(closed.wait(), PATIENCE_S)
    assert not adapter.downs


async def test_being_cancelled_while_the_connection_breaks_still_ends_the_run() -> None:
    """Some Python versions lose a cancellation that meets a failing task group."""

    async def address() -> str:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        raise Unreachable("no key")

    adapter = Adapter()
    async with venue() as place:
        session = session_at(place, adapter, handlers=replace(adapter.handlers, address=address))
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(asyncio.ensure_future(session.run()), PATIENCE_S)
    assert not adapter.downs


@pytest.mark.skipif(sys.platform == "win32", reason="uvloop runs on Unix only")
@pytest.mark.parametrize(
    "scenario",
    [
        test_messages_arrive_as_bytes_whatever_their_frame,
        test_after_a_loss_everything_is_subscribed_again_in_the_same_order,
        test_silence_is_a_loss_though_pings_are_answered_and_pongs_come,
        test_a_down_is_told_once_per_loss_not_once_per_attempt,
        test_cancelling_closes_the_connection_and_tells_no_loss,
    ],
)
def test_the_same_on_uvloop(scenario: Callable[[], Awaitable[None]]) -> None:
    import uvloop

    async def main() -> None:
        await scenario()

    uvloop.run(main())
