"""What a user or a venue gets wrong at the start: one helpful line, the right exit code, no storm of requests."""

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from coincurve import PrivateKey
from nacl.signing import SigningKey

from mmtui.exchanges.aster.signing import Wallet
from tests.acceptance.live import VENUES, agrees, trading
from tests.acceptance.processes import Ended
from tests.sandbox.sandbox_process import SandboxProcess, sandbox

PREFIX = "MMTUI__ACCOUNTS__MAIN__"
MOST_REQUESTS = 5
USAGE, UNREACHABLE = 2, 3
SEED = bytes([3]) * 32


def strangers_keys(name: str) -> dict[str, str]:
    """Credentials that fit together, of nobody whom the venue knows."""
    if name == "backpack":
        public = bytes(SigningKey(SEED).verify_key)
        return {"BACKPACK_KEY": base64.b64encode(public).decode(), "BACKPACK_SECRET": base64.b64encode(SEED).decode()}
    key = PrivateKey(SEED).to_hex()
    return {"ASTER_SIGNER_KEY": key, f"{PREFIX}SIGNER": Wallet(key, 1666).address}


def refused(home: Path, venue: SandboxProcess, changes: dict[str, str] | None = None) -> tuple[Ended, int]:
    """Try to run; how it ended, and with how many requests."""
    before = sum(venue.state()["requests"].values())
    ended = trading(home, venue, "--duration", "2", changes=changes).end()
    return ended, sum(venue.state()["requests"].values()) - before


def assert_told(ended: Ended, code: int, *words: str) -> None:
    assert (ended.code, ended.out) == (code, ""), ended.err
    (line,) = ended.err.splitlines()
    assert "Traceback" not in line
    for word in words:
        assert word in line


@pytest.mark.parametrize("name", VENUES)
def test_what_the_user_got_wrong(name: str, tmp_path: Path) -> None:
    with sandbox(name) as venue:
        keys = strangers_keys(name)
        ended, requests = refused(tmp_path, venue, keys)
        assert_told(ended, USAGE, "accounts.main", f"{name} refuses it", "credentials")
        assert requests <= MOST_REQUESTS
        secret = "BACKPACK_SECRET" if name == "backpack" else "ASTER_SIGNER_KEY"
        assert keys[secret] not in ended.err
        for wrong in (keys[secret], "nonsense"):
            ended, requests = refused(tmp_path, venue, {secret: wrong})
            assert_told(ended, USAGE, name)
            assert wrong not in ended.err
            assert requests == 0
        ended, requests = refused(tmp_path, venue, {"MMTUI__STRATEGIES__SOL__SYMBOL": "NOPE"})
        assert_told(ended, USAGE, "strategies[0].symbol", "NOPE", "known: ")
        assert requests <= MOST_REQUESTS
        assert venue.account()["open_orders"] == []


@pytest.mark.parametrize("setting", ["REST_URL", "WS_URL"])
@pytest.mark.parametrize("name", VENUES)
def test_a_foreign_address_is_sent_nothing(name: str, setting: str, tmp_path: Path) -> None:
    scheme = "https" if setting == "REST_URL" else "wss"
    with sandbox(name) as venue:
        ended, requests = refused(tmp_path, venue, {f"{PREFIX}{setting}": f"{scheme}://example.com"})
    assert_told(ended, USAGE, setting.lower(), f"{scheme}://example.com", "nothing is sent there")
    assert requests == 0


@pytest.mark.parametrize("name", VENUES)
def test_a_venue_that_cannot_be_used_now(name: str, tmp_path: Path) -> None:
    with sandbox(name) as venue:
        for fault, word in (("maintenance", "503"), ("rate_limit", "429"), ("ban", "418")):
            venue.faults({"on": "*", "do": fault, "times": None})
            ended, requests = refused(tmp_path, venue)
            assert_told(ended, UNREACHABLE, "accounts.main", f"{name} cannot be used now", word)
            assert requests <= MOST_REQUESTS, fault
            venue.clear_faults()


@pytest.mark.parametrize("name", VENUES)
def test_a_clock_that_is_half_a_minute_off_is_corrected(name: str, tmp_path: Path) -> None:
    with sandbox(name) as venue:
        venue.faults({"on": "*", "do": "clock_skew_ms", "ms": 30_000, "times": None})
        ended, _ = refused(tmp_path, venue)
        agrees(ended, venue.account())


class Page(BaseHTTPRequestHandler):
    """Says Hello in HTML, whatever it is asked."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<html><body>Hello</body></html>")
        assert isinstance(self.server, WebSite)
        self.server.asked += 1

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        pass


class WebSite(ThreadingHTTPServer):
    asked = 0


@contextmanager
def web_site() -> Iterator[WebSite]:
    with WebSite(("127.0.0.1", 0), Page) as site:
        thread = threading.Thread(target=site.serve_forever, daemon=True)
        thread.start()
        try:
            yield site
        finally:
            site.shutdown()
            thread.join()


@pytest.mark.parametrize("name", VENUES)
def test_a_host_that_answers_with_a_page(name: str, tmp_path: Path) -> None:
    with sandbox(name) as venue, web_site() as site:
        ended, requests = refused(tmp_path, venue, {f"{PREFIX}REST_URL": f"http://127.0.0.1:{site.server_port}"})
        assert_told(ended, UNREACHABLE, "accounts.main", f"{name} cannot be used now", "check address")
        assert requests == 0
        assert 1 <= site.asked <= MOST_REQUESTS
