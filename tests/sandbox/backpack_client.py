"""A raw Backpack client, written from the venue's sheet alone: it shares nothing with the sandbox or the adapter."""

import base64
import itertools
import json
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import websockets.asyncio.client as ws_client
from nacl.signing import SigningKey

from tests.sandbox.openapi_check import OpenApi
from tests.sandbox.sandbox_process import PATIENCE_S, ROOT, SandboxProcess

WIRE: Final = ROOT.parent / "shared" / "data" / "wire" / "backpack"
INSTRUCTIONS: Final = {
    ("GET", "/api/v1/account"): "accountQuery",
    ("PATCH", "/api/v1/account"): "accountUpdate",
    ("GET", "/api/v1/account/limits/order"): "maxOrderQuantity",
    ("GET", "/api/v1/capital"): "balanceQuery",
    ("GET", "/api/v1/capital/collateral"): "collateralQuery",
    ("GET", "/api/v1/borrowLend/positions"): "borrowLendPositionQuery",
    ("GET", "/api/v1/position"): "positionQuery",
    ("GET", "/api/v1/order"): "orderQuery",
    ("POST", "/api/v1/order"): "orderExecute",
    ("DELETE", "/api/v1/order"): "orderCancel",
    ("GET", "/api/v1/orders"): "orderQueryAll",
    ("POST", "/api/v1/orders"): "orderExecute",
    ("DELETE", "/api/v1/orders"): "orderCancelAll",
    ("GET", "/wapi/v1/history/fills"): "fillHistoryQueryAll",
    ("GET", "/wapi/v1/history/orders"): "orderHistoryQueryAll",
    ("GET", "/wapi/v1/history/funding"): "fundingHistoryQueryAll",
    ("GET", "/wapi/v1/history/position"): "positionHistoryQueryAll",
    ("GET", "/wapi/v1/history/settlement"): "settlementHistoryQueryAll",
    ("GET", "/wapi/v1/history/borrowLend"): "borrowHistoryQueryAll",
    ("GET", "/wapi/v1/history/interest"): "interestHistoryQueryAll",
    ("GET", "/wapi/v1/history/dust"): "dustHistoryQueryAll",
    ("GET", "/wapi/v1/capital/deposits"): "depositQueryAll",
    ("GET", "/wapi/v1/capital/withdrawals"): "withdrawalQueryAll",
}

Fields = Mapping[str, Any]


def open_api() -> OpenApi:
    """The exchange's own schema; the test is skipped where it is missing."""
    path = WIRE / "openapi.json"
    if not path.is_file():
        pytest.skip("../shared/data/wire/backpack/openapi.json is not here")
    return OpenApi(json.loads(Path(path).read_text(encoding="utf-8")))


def signed_text(instruction: str, rows: Sequence[Fields], timestamp: int, window: int) -> bytes:
    pieces = []
    for row in rows:
        words = [f"{key}={_text(value)}" for key, value in sorted(row.items())]
        pieces.append("&".join([f"instruction={instruction}", *words]))
    return f"{'&'.join(pieces)}&timestamp={timestamp}&window={window}".encode()


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class BackpackClient:
    """One account's requests. ``skew_ms`` is how far its clock is ahead."""

    def __init__(self, sandbox: SandboxProcess, account: str = "a") -> None:
        row = sandbox.accounts[account]
        self.sandbox = sandbox
        self.key = row["key"]
        self.signer = SigningKey(base64.b64decode(row["secret"]))
        self.skew_ms = 0
        self.window = 5_000
        self._http = httpx.Client(base_url=sandbox.rest, timeout=PATIENCE_S, trust_env=False)
        self._client_ids = itertools.count(1)

    def close(self) -> None:
        self._http.close()

    def signature(self, text: bytes) -> str:
        return base64.b64encode(self.signer.sign(text).signature).decode()

    def headers(self, instruction: str, rows: Sequence[Fields]) -> dict[str, str]:
        timestamp = time.time_ns() // 1_000_000 + self.skew_ms
        return {
            "X-API-Key": self.key,
            "X-Timestamp": str(timestamp),
            "X-Window": str(self.window),
            "X-Signature": self.signature(signed_text(instruction, rows, timestamp, self.window)),
        }

    def public(self, path: str, **query: object) -> httpx.Response:
        return self._http.get(path, params={key: str(value) for key, value in query.items()})

    def call(self, method: str, path: str, fields: Any = None, **options: Any) -> httpx.Response:  # noqa: ANN401
        """A signed request: query for GET, JSON body for the rest."""
        fields = {} if fields is None else fields
        rows = fields if isinstance(fields, list) else [fields]
        headers = self.headers(INSTRUCTIONS[method, path], rows) | options.pop("headers", {})
        if method == "GET":
            return self._http.get(path, params=fields, headers=headers, **options)
        headers["Content-Type"] = "application/json; charset=utf-8"
        return self._http.request(method, path, content=json.dumps(fields), headers=headers, **options)

    def answer(self, method: str, path: str, fields: Any = None) -> Any:  # noqa: ANN401
        response = self.call(method, path, fields)
        assert response.status_code == 200, response.text
        return response.json()

    def refusal(self, method: str, path: str, fields: Any = None) -> tuple[int, str, str]:  # noqa: ANN401
        response = self.call(method, path, fields)
        document = response.json()
        return response.status_code, document["code"], document["message"]

    def order(self, symbol: str, side: str, quantity: str, price: str | None = None, **more: object) -> dict[str, Any]:
        """Fields of an order with a fresh client id."""
        fields: dict[str, Any] = {
            "symbol": symbol,
            "side": side,
            "quantity": quantity,
            "orderType": "Market" if price is None else "Limit",
            "clientId": next(self._client_ids),
        }
        if price is not None:
            fields["price"] = price
        return fields | more

    def place(self, symbol: str, side: str, quantity: str, price: str | None = None, **more: object) -> Any:  # noqa: ANN401
        return self.answer("POST", "/api/v1/order", self.order(symbol, side, quantity, price, **more))

    def cancel_all(self, symbol: str) -> Any:  # noqa: ANN401
        return self.answer("DELETE", "/api/v1/orders", {"symbol": symbol})

    def subscribe_private(self, *streams: str) -> dict[str, Any]:
        timestamp = time.time_ns() // 1_000_000 + self.skew_ms
        text = f"instruction=subscribe&timestamp={timestamp}&window={self.window}"
        return {
            "method": "SUBSCRIBE",
            "params": list(streams),
            "signature": [self.key, self.signature(text.encode()), str(timestamp), str(self.window)],
        }


class Socket:
    """A raw websocket whose frames are waited for by stream."""

    def __init__(self, connection: ws_client.ClientConnection) -> None:
        self.connection = connection

    async def say(self, message: object) -> None:
        await self.connection.send(json.dumps(message))

    async def next(self, stream: str | None = None, event: str | None = None) -> Any:  # noqa: ANN401 - JSON
        """The next frame (of a stream, of an event); others are passed over."""
        while True:
            frame = json.loads(await self.connection.recv())
            if stream is None or frame.get("stream") == stream:
                data = frame.get("data", frame)
                if event is None or data.get("e") == event:
                    return data if stream is not None else frame


def connect(sandbox: SandboxProcess) -> ws_client.connect:
    return ws_client.connect(sandbox.ws, proxy=None, open_timeout=PATIENCE_S)


DECIMAL: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")
