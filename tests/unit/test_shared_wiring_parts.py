"""Hosts, proxies, waits and nonces."""

import pytest

from mmtui.exchanges.shared.backoff import Backoff
from mmtui.exchanges.shared.hosts import HostPolicy
from mmtui.exchanges.shared.nonce import NonceBook, Nonces
from mmtui.exchanges.shared.proxies import proxy_route
from mmtui.ports.errors import SettingsError
from tests.unit.loopback import HandClock

HOSTS = HostPolicy(
    "aster", ("https://fapi.asterdex.com", "wss://fstream.asterdex.com"), ("https://fapi3.asterdex.com",)
)


@pytest.mark.parametrize(
    "url",
    [
        "https://fapi.asterdex.com",
        "https://FAPI.asterdex.com:443/",
        "wss://fstream.asterdex.com/ws",
        "https://fapi3.asterdex.com",
        "http://127.0.0.1:8080",
        "ws://127.9.9.9:1",
        "http://[::1]:8080",
        "http://localhost:8080/prefix",
    ],
)
def test_known_allowed_and_loopback_addresses_pass(url: str) -> None:
    assert HOSTS.check(url, "rest_url") == url.rstrip("/")


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("https://fapi.asterdex.com.evil.example", "https://fapi.asterdex.com.evil.example"),
        ("https://evil.example/fapi.asterdex.com", "https://evil.example"),
        ("http://fapi.asterdex.com", "http://fapi.asterdex.com"),
        ("https://fapi.asterdex.com:8443", "https://fapi.asterdex.com:8443"),
        ("https://localhost.evil.example", "https://localhost.evil.example"),
        ("http://0.0.0.0:80", "http://0.0.0.0"),
        ("http://[::2]:9", r"http://\[::2\]:9"),
        ("https://10.0.0.1", "https://10.0.0.1"),
    ],
)
def test_an_unknown_address_is_named_and_refused(url: str, named: str) -> None:
    words = rf"^rest_url: {named} is no address of aster .* explicitly, in allowed_hosts of the account$"
    with pytest.raises(SettingsError, match=words):
        HOSTS.check(url, "rest_url")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "fapi.asterdex.com",
        "ftp://fapi.asterdex.com",
        "https://",
        "https://fapi.asterdex.com:port",
        "https://user:pw@fapi.asterdex.com",
        "https://fapi.asterdex.com?x=1",
        "https://fapi.asterdex.com#x",
        "https://evil.example\\@fapi.asterdex.com",
        "https://fapi.asterdex.com /x",
        "https://[::1",
    ],
)
def test_what_is_no_base_url_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(SettingsError, match=r"^rest_url: ") as caught:
        HOSTS.check(url, "rest_url")
    assert "pw" not in str(caught.value)


def test_one_proxy_serves_both_transports() -> None:
    assert proxy_route(None) is None
    route = proxy_route("socks5://user:pw@h:1080")
    assert route is not None
    assert (route.http, route.stream) == ("socks5://user:pw@h:1080", "socks5h://user:pw@h:1080")
    assert "pw" not in repr(route)
    plain = proxy_route("http://h:3128")
    assert plain is not None
    assert plain.stream == "http://h:3128"


@pytest.mark.parametrize(
    "proxy", ["h:3128", "ftp://h", "socks4://h:1080", "http://", "http://h:0", "http://[::1", "http://a b"]
)
def test_what_is_no_proxy_is_refused_without_quoting_it(proxy: str) -> None:
    with pytest.raises(SettingsError, match=r"^proxy: "):
        proxy_route(proxy)


def test_waits_double_up_to_the_cap_and_start_anew() -> None:
    backoff = Backoff(0.25, 30.0, lambda: 0.0)
    assert [backoff.next_s() for _ in range(9)] == [0.25, 0.5, 1, 2, 4, 8, 16, 30, 30]
    backoff.reset()
    assert backoff.next_s() == 0.25


def test_a_wait_is_drawn_from_all_of_its_range() -> None:
    assert Backoff(0.25, 30.0, lambda: 0.999).next_s() < 0.001
    waits = [Backoff(8.0, 8.0).next_s() for _ in range(50)]
    assert all(0 < wait <= 8 for wait in waits)
    assert len(set(waits)) == 50


def test_two_sessions_of_a_user_never_share_a_nonce() -> None:
    clock = HandClock()
    book = NonceBook()
    first = book.of("aster", "0xABC", clock.now)
    second = book.of("aster", "0xabc", clock.now)
    other = book.of("aster", "0xdef", clock.now)
    given_out = [first.next(), second.next(), first.next()]
    assert given_out == [clock.wall // 1_000 + step for step in range(3)]
    assert other.next() == clock.wall // 1_000


def test_how_far_nonces_ran_ahead_is_known() -> None:
    clock = HandClock(wall=10_000_000)
    nonces = Nonces(clock.now)
    for _ in range(51):
        nonces.next()
    assert nonces.ahead_ns() == 50_000
    clock.wall += 1_000_000
    assert nonces.ahead_ns() == 0


def test_what_the_user_allowed_is_allowed_and_must_be_an_origin() -> None:
    own = HostPolicy("aster", ("https://fapi.asterdex.com",), ("https://mine.example",))
    assert own.check("https://mine.example/", "rest_url") == "https://mine.example"
    broken = HostPolicy("aster", ("https://fapi.asterdex.com",), ("mine.example",))
    with pytest.raises(SettingsError, match=r"^allowed_hosts: must be a URL"):
        broken.check("https://mine.example", "rest_url")
