"""A raw StandX client, written from the venue's sheet alone: it shares nothing with the sandbox or the adapter."""

import base64
import json
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import httpx
from eth_account import Account
from eth_account.messages import encode_defunct
from nacl.signing import SigningKey
from websockets.sync.client import ClientConnection, connect

from tests.sandbox.sandbox_process import PATIENCE_S, SandboxProcess

LETTERS: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
SEED: Final = bytes(range(32))


def base58(data: bytes) -> str:
    number, text = int.from_bytes(data), ""
    while number:
        number, rest = divmod(number, 58)
        text = LETTERS[rest] + text
    return text


def payload_of(token: str) -> Any:  # noqa: ANN401 - JSON
    middle = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))


class StandxClient:
    """One wallet with one key for bodies."""

    def __init__(self, venue: SandboxProcess, wallet_key: str, seed: bytes = SEED) -> None:
        self.venue = venue
        self.key = SigningKey(seed)
        self.wallet = Account.from_key(wallet_key)
        self.http = httpx.Client(base_url=venue.rest, timeout=PATIENCE_S, trust_env=False)
        self.token = ""
        self._pause = threading.Event()
        self.session_id = str(uuid.uuid4())

    def close(self) -> None:
        self.http.close()

    def sent(self, method: str, path: str, **request: Any) -> httpx.Response:  # noqa: ANN401 - what httpx takes
        """The answer, after waiting as long as the venue's limits want it."""
        while (answer := self.http.request(method, path, **request)).status_code == 429:
            self._pause.wait(0.05)
        return answer

    # ------------------------------------------------------------------------------------------------------- login

    def prepare(self, address: str | None = None, request_id: str | None = None) -> httpx.Response:
        body = {
            "address": address or self.wallet.address,
            "requestId": base58(bytes(self.key.verify_key)) if request_id is None else request_id,
        }
        return self.sent("POST", "/v1/offchain/prepare-signin", params={"chain": "bsc"}, json=body)

    def login(self, seconds: int = 604_800, *, signed_data: str | None = None, message: str | None = None) -> Any:  # noqa: ANN401 - JSON
        """Log in as the sheet says; the answer, whatever it is."""
        offered = self.prepare().json()["signedData"] if signed_data is None else signed_data
        text = payload_of(offered)["message"] if message is None else message
        signature = "0x" + self.wallet.sign_message(encode_defunct(text=text)).signature.hex().removeprefix("0x")
        body = {"signature": signature, "signedData": offered, "expiresSeconds": seconds}
        answer = self.sent("POST", "/v1/offchain/login", params={"chain": "bsc"}, json=body).json()
        self.token = answer.get("token", self.token)
        return answer

    # ------------------------------------------------------------------------------------------------------ requests

    def sign(self, body: str, request_id: str, timestamp_ms: int) -> dict[str, str]:
        text = f"v1,{request_id},{timestamp_ms},{body}".encode()
        return {
            "x-request-sign-version": "v1", "x-request-id": request_id, "x-request-timestamp": str(timestamp_ms),
            "x-request-signature": base64.b64encode(self.key.sign(text).signature).decode(),
        }  # fmt: skip

    def post(self, path: str, fields: Mapping[str, Any], **changed: str) -> httpx.Response:
        """A signed request; ``changed`` headers replace the right ones, with _ for -."""
        body = json.dumps(fields, separators=(",", ":"))
        headers = self.sign(body, str(uuid.uuid4()), time.time_ns() // 1_000_000)
        headers |= {"Authorization": f"Bearer {self.token}", "x-session-id": self.session_id}
        headers |= {name.replace("_", "-"): value for name, value in changed.items()}
        return self.sent("POST", f"/api/{path}", content=body, headers=headers)

    def get(self, path: str, **query: str | int) -> Any:  # noqa: ANN401 - JSON
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.sent("GET", f"/api/{path}", params=query, headers=headers).json()

    def order(self, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """The body of a resting buy, far from the market, with some fields changed."""
        bid = float(self.get("query_symbol_price", symbol="BTC-USD")["spread_bid"])
        usual = {
            "symbol": "BTC-USD", "side": "buy", "order_type": "limit", "qty": "0.01", "price": f"{bid * 0.9:.2f}",
            "time_in_force": "alo", "reduce_only": False, "cl_ord_id": uuid.uuid4().hex,
        }  # fmt: skip
        return {name: value for name, value in (usual | fields).items() if value is not None}

    @contextmanager
    def results(self) -> Iterator[ClientConnection]:
        """The channel of orders, logged in under the client's session id."""
        with connect(f"{self.venue.ws.rstrip('/')}/ws-api/v1", proxy=None) as socket:
            self.say(socket, "auth:login", {"token": self.token})
            assert heard(socket)["code"] == 0
            yield socket

    def say(self, socket: ClientConnection, method: str, fields: Mapping[str, Any]) -> str:
        """Send a request on the channel of orders; its id."""
        request_id, params = str(uuid.uuid4()), json.dumps(fields)
        header = self.sign(params, request_id, time.time_ns() // 1_000_000)
        message = {"session_id": self.session_id, "request_id": request_id, "method": method, "params": params}
        socket.send(json.dumps(message | {"header": header}))
        return request_id


def heard(socket: ClientConnection) -> Any:  # noqa: ANN401 - JSON
    return json.loads(socket.recv(PATIENCE_S))
