"""A raw Websea client, written from the venue's sheet alone: it shares nothing with the sandbox or the adapter."""

import hashlib
import json
import secrets
import string
import time
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import pytest
import websockets.asyncio.client as ws_client

from tests.sandbox.sandbox_process import PATIENCE_S, ROOT, SandboxProcess

WIRE: Final = ROOT.parent / "shared" / "data" / "wire" / "websea"
SYMBOL: Final = "SOL-USDT"
CONTRACT: Final = Decimal("0.1")
TICK: Final = Decimal("0.01")
FUTURES: Final = "/v1/futures/"
LETTERS: Final = string.ascii_letters + string.digits
LIMIT_S: Final = 10.1
PLAIN_HABITS: Final[dict[str, object]] = {
    "closable_after_ms": 0, "cancelling_ms": 0, "listed_after_ms": 0, "fail_cancels": 0, "no_trade": [],
    "split_rows": True, "numbers": False, "zero_mark": False, "binary_frames": False,
}  # fmt: skip


def documented(name: str) -> Any:  # noqa: ANN401 - JSON
    """A documented payload; the test is skipped where it is missing."""
    path = WIRE / f"{name}.json"
    if not path.is_file():
        pytest.skip(f"../shared/data/wire/websea/{name}.json is not here")
    return json.loads(path.read_text(encoding="utf-8"))


def sha1(token: str, secret: str, nonce: str, fields: Mapping[str, str]) -> str:
    words = [token, secret, nonce] + [f"{name}={value}" for name, value in fields.items()]
    return hashlib.sha1("".join(sorted(words)).encode(), usedforsecurity=False).hexdigest()


class WebseaClient:
    """One account's requests, in isolated margin unless told otherwise. ``skew_s`` is how far its clock is ahead."""

    def __init__(self, sandbox: SandboxProcess, account: str = "a") -> None:
        row = sandbox.accounts[account]
        self.sandbox = sandbox
        self.account = account
        self.token = row["token"]
        self.secret = row["secret"]
        self.skew_s = 0.0
        self._http = httpx.Client(base_url=sandbox.rest, timeout=PATIENCE_S, trust_env=False)
        self.rest()

    def close(self) -> None:
        self._http.close()

    def rest(self) -> None:
        """Let the venue's clock run past every window of its limits, and follow it."""
        self.skew_s = self.sandbox.advance(LIMIT_S) / 1_000 - time.time()

    def nonce(self) -> str:
        return f"{int(time.time() + self.skew_s)}_{''.join(secrets.choice(LETTERS) for _ in range(5))}"

    def headers(self, fields: Mapping[str, str], nonce: str | None = None) -> dict[str, str]:
        nonce = nonce or self.nonce()
        return {"Token": self.token, "Nonce": nonce, "Signature": sha1(self.token, self.secret, nonce, fields)}

    def public(self, path: str, **query: object) -> Any:  # noqa: ANN401 - JSON
        answer = self._http.get(_path(path), params={name: str(value) for name, value in query.items()})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def call(self, method: str, path: str, **fields: object) -> httpx.Response:
        """A signed request: query for GET, form for POST."""
        texts = {name: str(value) for name, value in fields.items()}
        return self.send(method, path, texts, self.headers(texts))

    def send(self, method: str, path: str, texts: Mapping[str, str], headers: Mapping[str, str]) -> httpx.Response:
        if method == "GET":
            return self._http.get(_path(path), params=texts, headers=headers)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._http.post(_path(path), content=urlencode(texts), headers={**headers, **form})

    def answer(self, method: str, path: str, **fields: object) -> Any:  # noqa: ANN401 - JSON
        response = self.call(method, path, **fields)
        document = response.json()
        assert (response.status_code, document["errno"]) == (200, 0), response.text
        return document["result"]

    def refusal(self, method: str, path: str, **fields: object) -> tuple[int, str]:
        """Number and text of an error, which has no result."""
        response = self.call(method, path, **fields)
        document = response.json()
        assert response.status_code == 200, response.text
        assert set(document) == {"errno", "errmsg"}, document
        return document["errno"], document["errmsg"]

    # ------------------------------------------------------------------------------------------------------- orders

    def form(self, action: str, side: str, amount: object, price: object = None, **more: object) -> dict[str, object]:
        """Fields of an order: ``action`` open or close, ``side`` buy or sell."""
        fields: dict[str, object] = {
            "contract_type": action,
            "type": f"{side}-{'market' if price is None else 'limit'}",
            "symbol": SYMBOL,
            "amount": amount,
            "is_full": 1,
        }
        if price is not None:
            fields["price"] = price
        if action == "open":
            fields["lever_rate"] = 10
        return fields | more

    def place(self, action: str, side: str, amount: object, price: object = None, **more: object) -> str:
        answer = self.answer("POST", "order/create", **self.form(action, side, amount, price, **more))
        assert set(answer) == {"order_id"}
        order_id: str = answer["order_id"]
        return order_id

    def detail(self, order_id: str) -> Any:  # noqa: ANN401 - JSON
        return self.answer("GET", "order/detail", order_id=order_id)

    def cancel(self, *order_ids: str) -> Any:  # noqa: ANN401 - JSON
        return self.answer("POST", "order/cancel", order_ids=",".join(order_ids))

    def until_final(self, order_id: str) -> Any:  # noqa: ANN401 - JSON
        """The order once it rests no more; the truth is watched, which no limit counts."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            resting = self.sandbox.account(self.account)["open_orders"]
            if order_id not in {row["order_id"] for row in resting}:
                return self.detail(order_id)
        raise AssertionError(self.detail(order_id))

    def rows(self, **query: object) -> dict[int, Any]:
        """The rows of the symbol by type: 1 long, 2 short."""
        found = self.answer("GET", "position", **({"symbol": SYMBOL, "is_full": 1} | query))
        return {row["type"]: row for row in found}

    def away(self, side: str = "buy", ticks: int = 500) -> Decimal:
        """A price that rests: some ticks behind the touch; across the touch if negative."""
        book = self.sandbox.state()["books"][SYMBOL]
        if side == "buy":
            return Decimal(book["bids"][0][0]) - ticks * TICK
        return Decimal(book["asks"][0][0]) + ticks * TICK

    def habits(self, **changes: object) -> None:
        self.sandbox.ask("POST", "habits", changes)

    def flatten(self) -> None:
        """Leave nothing behind: no order, no row, no habit."""
        self.habits(**PLAIN_HABITS)
        listed = self.answer("GET", "orders/open", limit=100)
        if listed:
            self.cancel(*(row["order_id"] for row in listed))
        assert self.answer("POST", "close_all")["failed"] == 0


def _path(path: str) -> str:
    return path if path.startswith("/") else FUTURES + path


class Socket:
    """A raw websocket whose frames are waited for by channel."""

    def __init__(self, connection: ws_client.ClientConnection) -> None:
        self.connection = connection

    async def say(self, message: object) -> None:
        await self.connection.send(message if isinstance(message, str) else json.dumps(message))

    async def subscribe(self, channel: str, **more: object) -> Any:  # noqa: ANN401 - JSON
        """Subscribe, and return the acknowledgement."""
        await self.say({"op": "sub", "channel": channel, **more})
        while True:
            frame = json.loads(await self.connection.recv())
            if "op" in frame:
                return frame

    async def next(self, channel: str) -> Any:  # noqa: ANN401 - JSON
        """The next push of a channel; everything else is passed over."""
        while True:
            frame = json.loads(await self.connection.recv())
            if frame.get("channel") == channel and "op" not in frame:
                return frame


def connect(sandbox: SandboxProcess, path: str, ping_interval: float | None = 10.0) -> ws_client.connect:
    return ws_client.connect(sandbox.ws + path, proxy=None, open_timeout=PATIENCE_S, ping_interval=ping_interval)


def signed_channel(client: WebseaClient) -> dict[str, str]:
    """The fields that sign a private subscription."""
    nonce = client.nonce()
    return {"token": client.token, "Nonce": nonce, "Signature": sha1(client.token, client.secret, nonce, {})}


def clients(sandbox: SandboxProcess, account: str) -> Iterator[WebseaClient]:
    """A client that finds nothing left from other tests."""
    sandbox.clear_faults()
    client = WebseaClient(sandbox, account)
    client.flatten()
    yield client
    client.close()
