"""A real browser without a window, spoken to over its debugging port."""

import base64
import itertools
import json
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.acceptance.terminals import wait_for

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--enable-unsafe-swiftshader", "--remote-debugging-port=0",
    "--window-size=1400,900",
)  # fmt: skip


class Page:
    """One tab."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._numbers = itertools.count(1)

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Ask the browser something and wait for the answer."""
        number = next(self._numbers)
        self._connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._connection.recv(timeout=30))
            if answer.get("id") == number:
                result: dict[str, Any] = answer["result"]
                return result

    def evaluate(self, expression: str) -> Any:  # noqa: ANN401 - whatever the page answers
        return self.call("Runtime.evaluate", expression=expression)["result"].get("value")

    def open(self, address: str) -> None:
        self.call("Page.navigate", url=address)

    def until_shown(self) -> None:
        """Wait for the terminal's first bytes."""
        wait_for(lambda: "-first-byte" in str(self.evaluate("document.body.className")), "the terminal in the page")

    def press(self, key: str, code: int = 0, text: str = "") -> None:
        told = {"key": key, "text": text, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", **told)
        self.call("Input.dispatchKeyEvent", type="keyUp", **told | {"text": ""})

    def type(self, letter: str) -> None:
        self.press(letter, ord(letter.upper()), letter)

    def picture(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))


@contextmanager
def browser(profile: Path) -> Iterator[Page]:
    """A browser with one empty tab."""
    assert PROGRAM is not None
    words = [PROGRAM, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            told = profile / "DevToolsActivePort"
            wait_for(lambda: told.exists() and told.read_text().count("\n"), "the browser's port")
            port = int(told.read_text().split()[0])
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list") as answer:
                (tab,) = [tab for tab in json.load(answer) if tab["type"] == "page"]
            with connect(tab["webSocketDebuggerUrl"], max_size=None) as connection:
                page = Page(connection)
                page.call("Emulation.setFocusEmulationEnabled", enabled=True)
                yield page
        finally:
            process.terminate()
