"""``mmtui serve``: who may come in, and the terminal in a real browser."""

import http.client
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email.message import Message
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from mmtui.commands.serve import loopback
from mmtui.ports.errors import SettingsError
from tests.acceptance.chromium import PROGRAM, Page, browser
from tests.acceptance.processes import ROOT, environment
from tests.acceptance.terminals import wait_for
from tests.acceptance.test_terminal_life import assert_left_clean, changes, has_filled

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


class Answer(NamedTuple):
    """What the server says."""

    status: int
    headers: Message
    text: str


class Served:
    """A running ``mmtui serve``."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process = process
        self.address = address
        split = urlsplit(address)
        self.authority = split.netloc
        self.key = split.query.removeprefix("key=")
        self.cookie = f"mmtui-{split.port}={self.key}"

    def get(self, path: str, **headers: str) -> Answer:
        connection = http.client.HTTPConnection(self.authority, timeout=20)
        with closing(connection):
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read().decode(errors="replace"))

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


@contextmanager
def serving(home: Path) -> Iterator[Served]:
    (home / "settings").mkdir(parents=True, exist_ok=True)
    words = [sys.executable, "-m", "mmtui", "serve", "--port", "0", "--home", str(home)]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment(), cwd=ROOT
    ) as process:
        assert process.stdout is not None
        try:
            first = process.stdout.readline()
            assert "http://127.0.0.1:" in first, first + process.stdout.read()
            yield Served(process, first.split()[-1])
        finally:
            process.kill()


# ---------------------------------------------------------------------------------------------------- the door


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "example.org", "8.8.8.8", ""])  # noqa: S104 - refused
def test_only_this_machines_own_addresses_are_served(host: str) -> None:
    with pytest.raises(SettingsError, match="only this machine's own address"):
        loopback(host)


def test_loopback_has_several_names() -> None:
    assert [loopback(host) for host in ("localhost", "127.0.0.1", "127.1.2.3", "::1", "[::1]")] == [
        "127.0.0.1",
        "127.0.0.1",
        "127.1.2.3",
        "::1",
        "::1",
    ]


def test_the_door_wants_the_key_the_name_and_our_own_page(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        assert served.get("/").status == 403
        assert served.get("/?key=wrong").status == 403
        assert served.get("/static/js/textual.js").status == 403
        assert served.get(f"/?key={served.key}", Host="evil.example").status == 403, "a name that points here"
        welcome = served.get(f"/?key={served.key}")
        assert (welcome.status, welcome.headers["Location"]) == (302, "/")
        assert "HttpOnly" in welcome.headers["Set-Cookie"]
        assert "SameSite=Strict" in welcome.headers["Set-Cookie"]
        page = served.get("/", Cookie=served.cookie)
        assert page.status == 200
        assert page.headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
        assert served.key not in page.text
        for headers in (
            {},
            {"Origin": f"http://{served.authority}"},
            {"Cookie": served.cookie},
            {"Cookie": served.cookie, "Origin": "http://evil.example"},
        ):
            assert served.get("/ws?width=80&height=24", **UPGRADE, **headers).status == 403
        assert served.end() == 0
    assert not (tmp_path / "data").exists(), "no terminal was opened for any of them"


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        port = served.authority.rpartition(":")[2]
        words = [sys.executable, "-m", "mmtui", "serve", "--port", port, "--home", str(tmp_path)]
        ran = subprocess.run(words, capture_output=True, text=True, env=environment(), check=False, timeout=60)
        assert ran.returncode == 2
        assert f"--port: {port}" in ran.stderr


# ---------------------------------------------------------------------------------------------------- the browser

needs_browser = pytest.mark.skipif(PROGRAM is None, reason="needs Chromium, a system package")


@needs_browser
@pytest.mark.acceptance
@pytest.mark.parametrize("end", ["closed page", "reloaded page", "SIGTERM", "SIGKILL"])
def test_the_terminal_trades_in_a_browser_and_its_end_takes_the_orders_away(tmp_path: Path, end: str) -> None:
    home = tmp_path / "home"
    with serving(home) as served, browser(tmp_path / "profile") as page:
        page.open(served.address)
        page.until_shown()
        wait_for((home / "data" / "mmtui.sqlite").exists, "the terminal opens")
        wait_for(lambda: has_left_the_tour(page, home), "the tour is left")
        wait_for(lambda: has_traded(page, home), "a fill")
        page.picture(tmp_path / "page.png")
        assert (tmp_path / "page.png").stat().st_size > 50_000, "more than an empty page"
        if end == "closed page":
            page.open("about:blank")
        elif end == "reloaded page":
            page.call("Page.reload")
        else:
            served.process.send_signal(signal.Signals[end])
        wait_for(lambda: "shows none of our orders" in first_log(home), "the proof in the log")
        if end == "reloaded page":
            page.until_shown()
            page.open("about:blank")
        elif end == "closed page":
            assert served.end() == 0
            assert_left_clean(home, "the terminal was closed")


def has_left_the_tour(page: Page, home: Path) -> bool:
    """Ask again and again: a key that is pressed before the tour is shown goes nowhere."""
    page.press("Escape", 27)
    return 'tour_seen": true' in settings_text(home)


def has_traded(page: Page, home: Path) -> bool:
    """Start the strategy until it has sent an order; the first key may still meet the closing tour."""
    if not changes(home):
        page.type("s")
    return has_filled(home)


def settings_text(home: Path) -> str:
    path = home / "settings" / "panel_settings.json"
    return path.read_text() if path.exists() else ""


def first_log(home: Path) -> str:
    logs = sorted((home / "logs").glob("*.jsonl"))
    return logs[0].read_text() if logs else ""
