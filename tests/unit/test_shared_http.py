"""REST sessions against a real server that misbehaves."""

import asyncio
import gc
import gzip
import logging
from collections.abc import AsyncIterator, Callable

import pytest

from mmtui.exchanges.shared.clock_offset import date_header_ns
from mmtui.exchanges.shared.hosts import HostPolicy
from mmtui.exchanges.shared.http import HttpAnswer, HttpSession, HttpSettings, Parts
from mmtui.exchanges.shared.limiter import Kind, RateLimiter, RateRule
from mmtui.exchanges.shared.pauses import Pauses, retry_after_s
from mmtui.exchanges.shared.redact import Redactor
from mmtui.model.units import NS_PER_S
from mmtui.ports.errors import Ambiguous, BadMessage, BugError, RateLimited, SettingsError, Unreachable
from tests.unit.loopback import (
    PATIENCE_S,
    Handler,
    HttpProxy,
    HttpServer,
    Request,
    SocksProxy,
    WallClock,
    Writer,
    answer,
    listening,
    says,
)

HOSTS = HostPolicy("aster", ("https://fapi.asterdex.com", "wss://fstream.asterdex.com"))
CANARY = "cAnArY-s3cr3t/+key=="
NOTHING = Parts()
PROMPT = HttpSettings(connect_s=0.5, read_s=0.25, total_s=1.0, max_body=10_000)


def session_at(url: str, *, proxy: str | None = None, settings: HttpSettings = PROMPT, limit: int = 100) -> HttpSession:
    limiter = RateLimiter([RateRule("weight", limit, 60 * NS_PER_S)], WallClock())
    redactor = Redactor([CANARY])
    return HttpSession(
        url, hosts=HOSTS, limiter=limiter, clock=WallClock(), proxy=proxy, redactor=redactor, settings=settings
    )


Signed = Parts | Callable[[], Parts]


async def get(
    session: HttpSession, path: str = "/x", parts: Signed = NOTHING, *, expect_json: bool = True
) -> HttpAnswer:
    return await session.request("GET", path, kind=Kind.QUERY, parts=parts, expect_json=expect_json)


async def post(session: HttpSession, path: str = "/order", parts: Signed = NOTHING) -> HttpAnswer:
    return await session.request("POST", path, kind=Kind.ORDER, parts=parts)


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with listening(HttpServer(says(answer(b"{}")))) as running:
        yield running


def resets(part: bytes) -> Handler:
    async def handle(_request: Request, writer: Writer) -> None:
        writer.write(part)
        await writer.drain()
        writer.transport.abort()

    return handle


def hangs(part: bytes) -> Handler:
    async def handle(_request: Request, writer: Writer) -> None:
        writer.write(part)
        await writer.drain()
        await asyncio.Event().wait()

    return handle


BROKEN: dict[str, Handler] = {
    "reset before the answer": resets(b""),
    "reset in the body": resets(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"),
    "silence": hangs(b""),
    "half a head": hangs(b"HTTP/1.1 20"),
    "half a body": hangs(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"),
    "no HTTP": resets(b"\x00\x01\x02 garbage\r\n\r\n"),
    "chunked garbage": resets(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n"),
    "false gzip": says(answer(b"not gzip", headers="content-encoding: gzip\r\n")),
    "500": says(answer(b'{"code":-1000}', 500)),
    "503 in HTML": says(answer(b"<html>busy</html>", 503)),
    "HTML": says(answer(b"<html>hello</html>")),
    "403 in HTML": says(answer(b"<html>WAF</html>", 403)),
    "redirect": says(answer(b"", 302, "location: https://evil.example/\r\n")),
    "empty": says(answer(b"")),
    "huge": says(answer(b'"' + b"x" * 20_000 + b'"')),
    "huge when unpacked": says(
        answer(gzip.compress(b'"' + b"x" * 200_000 + b'"'), headers="content-encoding: gzip\r\n")
    ),
}


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
@pytest.mark.parametrize("fault", BROKEN)
async def test_a_broken_answer_to_a_change_is_ambiguous_and_never_repeated(
    server: HttpServer, fault: str, method: str
) -> None:
    server.handler = BROKEN[fault]
    async with session_at(server.url) as session:
        with pytest.raises(Ambiguous):
            await session.request(method, "/order", kind=Kind.ORDER, parts=Parts(body=b"a=1"))
    assert len(server.requests) == 1


@pytest.mark.parametrize("fault", ["reset before the answer", "500", "503 in HTML", "no HTTP"])
async def test_a_get_is_tried_three_times_then_ambiguous(server: HttpServer, fault: str) -> None:
    server.handler = BROKEN[fault]
    async with session_at(server.url) as session:
        with pytest.raises(Ambiguous):
            await get(session)
    assert len(server.requests) == 3


@pytest.mark.parametrize("fault", ["HTML", "403 in HTML", "empty", "redirect", "huge"])
async def test_an_unreadable_answer_to_a_get_is_a_bad_message(server: HttpServer, fault: str) -> None:
    server.handler = BROKEN[fault]
    async with session_at(server.url) as session:
        with pytest.raises(BadMessage):
            await get(session)


async def test_a_get_succeeds_at_the_third_try(server: HttpServer) -> None:
    server.handler = says(answer(b"{}", 500), answer(b"<html>", 502), answer(b'{"ok":1}'))
    async with session_at(server.url) as session:
        assert (await get(session)).body == b'{"ok":1}'


async def test_each_try_is_signed_anew(server: HttpServer) -> None:
    server.handler = says(answer(b"{}", 500), answer(b"{}"))
    nonces = iter(range(10))
    async with session_at(server.url) as session:
        await get(session, parts=lambda: Parts(query=f"nonce={next(nonces)}"))
    assert [request.target for request in server.requests] == ["/x?nonce=0", "/x?nonce=1"]


async def test_refusals_are_given_back_to_the_adapter(server: HttpServer) -> None:
    server.handler = says(answer(b'{"code":-2010}', 400))
    async with session_at(server.url) as session:
        got = await post(session)
    assert (got.status, got.body) == (400, b'{"code":-2010}')
    assert "2010" not in repr(got)


async def test_signed_bytes_travel_exactly_as_given(server: HttpServer) -> None:
    query = "a=1%2C2&symbol=SOL-USDT&list=%5B%22x%22%5D&plus=%2B&space=a+b&slash=a%2Fb&tilde=~&at=%40&star=*&colon=a:b"
    parts = Parts(query=query, body=b'{"b": 1,"a":2}', headers={"X-Signature": "abc/+=", "Content-Type": "text/x"})
    async with session_at(server.url) as session:
        await post(session, "/wapi/v1/history/orders", parts=parts)
    (request,) = server.requests
    assert request.target == f"/wapi/v1/history/orders?{query}"
    assert request.body == b'{"b": 1,"a":2}'
    assert request.headers["x-signature"] == "abc/+="
    assert request.headers["content-type"] == "text/x"


async def test_nobody_listening_is_unreachable_and_costs_nothing() -> None:
    server = HttpServer(says(answer(b"{}")))
    await server.start()
    await server.stop()
    async with session_at(server.url, limit=10) as session:
        for _ in range(20):
            with pytest.raises(Unreachable):
                await post(session)


@pytest.mark.parametrize("status", [429, 418])
async def test_a_limit_carries_its_time_and_the_limiter_obeys_it(server: HttpServer, status: int) -> None:
    server.handler = says(answer(b'{"msg":"slow down"}', status, "retry-after: 7\r\n"))
    async with session_at(server.url) as session:
        with pytest.raises(RateLimited) as caught:
            await get(session)
        assert caught.value.retry_after_ms == 7_000
        with pytest.raises(RateLimited) as caught:
            await post(session)
        assert 0 < caught.value.retry_after_ms <= 7_000
    assert len(server.requests) == 1


async def test_a_limit_without_a_time_doubles_the_pause(server: HttpServer) -> None:
    server.handler = says(answer(b"{}", 503))
    settings = HttpSettings(limit_statuses=(429, 418, 503), pause_s=0.001)
    async with session_at(server.url, settings=settings) as session:
        pauses = []
        for _ in range(4):
            with pytest.raises(RateLimited) as caught:
                await session.request("DELETE", "/x", kind=Kind.CANCEL)
            pauses.append(caught.value.retry_after_ms)
    assert pauses == [1, 2, 4, 8]


def test_refusals_that_were_under_way_together_count_once() -> None:
    pauses = Pauses(1.0, 60.0)
    first_ns = pauses.until_ns(10, 100, None)
    assert first_ns == 100 + NS_PER_S
    assert [pauses.until_ns(sent_ns, 100 + sent_ns, None) for sent_ns in (20, 30, 40)] == [first_ns] * 3
    pauses.accepted(50)  # it was asked before the refusal
    assert pauses.until_ns(2 * NS_PER_S, 3 * NS_PER_S, None) == 5 * NS_PER_S
    pauses.accepted(6 * NS_PER_S)
    assert pauses.until_ns(7 * NS_PER_S, 8 * NS_PER_S, None) == 9 * NS_PER_S


async def test_a_ban_without_a_time_lasts_two_minutes(server: HttpServer) -> None:
    server.handler = says(answer(b"{}", 418))
    async with session_at(server.url) as session:
        with pytest.raises(RateLimited) as caught:
            await get(session)
    assert caught.value.retry_after_ms == 120_000


async def test_a_slow_drip_ends_at_the_total_time(server: HttpServer) -> None:
    async def drip(_request: Request, writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    server.handler = drip
    settings = HttpSettings(total_s=0.4)
    async with asyncio.timeout(PATIENCE_S), session_at(server.url, settings=settings) as session:
        with pytest.raises(Ambiguous):
            await post(session)


async def test_cancelling_a_request_settles_its_charge(server: HttpServer) -> None:
    server.handler = BROKEN["silence"]
    limiter = RateLimiter([RateRule("weight", 2, NS_PER_S)], WallClock())
    async with HttpSession(server.url, hosts=HOSTS, limiter=limiter, clock=WallClock()) as session:
        task = asyncio.ensure_future(post(session))
        await asyncio.wait_for(server.asked.wait(), PATIENCE_S)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert limiter.snapshot()[0].resets_in_ns > 0


async def test_a_signer_that_fails_costs_nothing(server: HttpServer) -> None:
    def sign() -> Parts:
        raise RuntimeError("signer")

    limiter = RateLimiter([RateRule("weight", 2, NS_PER_S)], WallClock())
    async with HttpSession(server.url, hosts=HOSTS, limiter=limiter, clock=WallClock()) as session:
        with pytest.raises(RuntimeError, match="signer"):
            await post(session, parts=sign)
    assert limiter.snapshot()[0].used == 0


@pytest.mark.parametrize("path", ["order", "@evil.example/", "/a?b=1", "/a#b", "/a b", "/a\r\nX: y"])
async def test_a_path_cannot_leave_the_base_url(server: HttpServer, path: str) -> None:
    async with session_at(server.url) as session:
        with pytest.raises(BugError, match="path begins"):
            await get(session, path)
    assert not server.requests


async def test_a_second_address_shares_client_and_limiter(server: HttpServer) -> None:
    async with listening(HttpServer(says(answer(b"[1]")))) as other, session_at(server.url, limit=2) as session:
        assert (await get(session)).body == b"{}"
        with pytest.raises(RateLimited):
            await get(session.at(other.url))
        with pytest.raises(SettingsError, match="evil"):
            session.at("https://evil.example")


async def test_through_an_http_proxy(server: HttpServer) -> None:
    async with listening(HttpProxy("pa55word")) as proxy:
        address = f"http://user:pa55word@127.0.0.1:{proxy.port}"
        async with session_at(server.url, proxy=address) as session:
            assert (await post(session, parts=Parts(body=b"x"))).status == 200
        assert proxy.targets == [f"POST {server.url}/order"]
        async with session_at(server.url, proxy=address.replace("pa55word", "wrong-one")) as session:
            got = await get(session, expect_json=False)
            assert got.status == 407
    assert len(server.requests) == 1


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
async def test_through_a_socks_proxy(server: HttpServer, scheme: str) -> None:
    async with listening(SocksProxy()) as proxy:
        async with session_at(server.url, proxy=f"{scheme}://127.0.0.1:{proxy.port}") as session:
            assert (await get(session)).status == 200
        assert proxy.targets == [f"127.0.0.1:{server.port}"]


async def test_a_dead_proxy_is_unreachable(server: HttpServer) -> None:
    proxy = SocksProxy()
    await proxy.start()
    await proxy.stop()
    async with session_at(server.url, proxy=f"socks5://127.0.0.1:{proxy.port}") as session:
        with pytest.raises(Unreachable):
            await post(session)
    assert not server.requests


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_proxy_that_says_nothing_is_unreachable_in_time(server: HttpServer) -> None:
    """The library leaves the half-open connection to the garbage collector, and that is said out loud."""
    async with (
        asyncio.timeout(PATIENCE_S),
        listening(SocksProxy(hang=True)) as proxy,
        session_at(server.url, proxy=f"socks5://127.0.0.1:{proxy.port}") as session,
    ):
        with pytest.raises(Unreachable):
            await post(session)
    gc.collect()
    assert not server.requests


async def test_a_tunnel_that_is_refused_is_unreachable() -> None:
    """CONNECT went to the proxy, but nothing of the order did."""
    hosts = HostPolicy("aster", ("https://localhost",))
    async with listening(HttpProxy("pa55word")) as proxy:
        limiter = RateLimiter([RateRule("weight", 10, NS_PER_S)], WallClock())
        async with HttpSession(
            "https://localhost:1",
            hosts=hosts,
            limiter=limiter,
            clock=WallClock(),
            proxy=f"http://127.0.0.1:{proxy.port}",
        ) as session:
            with pytest.raises(Unreachable):
                await post(session)


async def test_the_environment_adds_no_proxy(server: HttpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with session_at(server.url) as session:
        assert (await get(session)).status == 200


async def test_no_secret_in_logs_errors_or_reprs(server: HttpServer, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger().setLevel(logging.DEBUG)
    caplog.set_level(logging.DEBUG)
    texts = []
    parts = Parts(
        query=f"signature={CANARY}", body=CANARY.encode(), headers={"X-MBX-APIKEY": CANARY, "X-Signature": CANARY}
    )
    async with session_at(server.url) as session:
        for handler in (says(answer(CANARY.encode(), 200)), says(answer(f'{{"token":"{CANARY}"}}'.encode(), 500))):
            server.handler = handler
            with pytest.raises(Ambiguous) as caught:
                await post(session, parts=parts)
            texts += [str(caught.value), repr(caught.value), repr(caught.value.__cause__)]
        nowhere = session.at("http://127.0.0.1:1")
        with pytest.raises(Unreachable) as lost:
            await post(nowhere, parts=parts)
        with pytest.raises(Ambiguous) as illegal:
            await post(session, parts=Parts(headers={"X-Signature": f"{CANARY}\n"}))
        texts += [str(illegal.value), repr(illegal.value)]
        texts += [str(lost.value), repr(session.__dict__), repr(parts), repr(session)]
    assert not [text for text in [*texts, caplog.text] if CANARY in text or "cAnArY" in text]


def test_retry_after_is_read_as_seconds_or_date() -> None:
    now_ns = 1_750_000_000 * NS_PER_S
    assert retry_after_s("12", now_ns) == 12
    assert retry_after_s("Sun, 15 Jun 2025 15:06:50 GMT", now_ns) == 10
    assert retry_after_s("Sun, 15 Jun 2020 15:06:50 GMT", now_ns) == 0
    assert [retry_after_s(text, now_ns) for text in (None, "soon", "inf", "nan", "")] == [None] * 5


def test_the_date_header_is_read() -> None:
    assert date_header_ns({"date": "Sun, 15 Jun 2025 15:06:50 GMT"}) == 1_750_000_010 * NS_PER_S
    assert date_header_ns({}) is None
    assert date_header_ns({"date": "yesterday"}) is None
