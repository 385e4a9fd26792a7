"""Raw Aster clients, written from the venue's sheet alone: they share nothing with the sandbox or the adapter."""

import hashlib
import hmac
import itertools
import json
import time
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx
import pytest
import websockets.asyncio.client as ws_client
from eth_account import Account
from eth_account.messages import encode_typed_data

from tests.sandbox.sandbox_process import PATIENCE_S, ROOT, SandboxProcess

WIRE: Final = ROOT.parent / "shared" / "data" / "wire" / "aster"
CHAIN_ID: Final = 1666
SYMBOL: Final = "SOLUSDT"

_nonces = itertools.count(time.time_ns() // 1_000)


def recorded(name: str) -> Any:  # noqa: ANN401 - JSON
    """A payload of the real venue; the test is skipped where it is missing."""
    path = Path(WIRE) / name
    if not path.is_file():
        pytest.skip(f"../shared/data/wire/aster/{name} is not here")
    return json.loads(path.read_text(encoding="utf-8"))


def encoded(fields: dict[str, Any]) -> str:
    return "&".join(f"{key}={quote(_text(value), safe='')}" for key, value in fields.items())


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def eip712_signature(message: str, private_key: str, chain_id: int = CHAIN_ID) -> str:
    """The agent's signature of a request's text, by eth-account."""
    document = {
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
            ],
            "Message": [{"name": "msg", "type": "string"}],
        },
        "primaryType": "Message",
        "domain": {
            "name": "AsterSignTransaction",
            "version": "1",
            "chainId": chain_id,
            "verifyingContract": "0x" + "00" * 20,
        },
        "message": {"msg": message},
    }
    signed = Account.sign_message(encode_typed_data(full_message=document), private_key)
    return f"0x{bytes(signed.signature).hex()}"


class AsterClient:
    """One account's requests: an agent's on V3 paths, or an old key's on V1 paths."""

    def __init__(self, sandbox: SandboxProcess, account: str = "a") -> None:
        self.sandbox = sandbox
        self.account = sandbox.accounts[account]
        self.name = account
        self.http = httpx.Client(base_url=sandbox.rest, timeout=PATIENCE_S, trust_env=False)
        self.skew_ms = 0
        self.ahead_s = 0.0
        self._client_ids = itertools.count(1)
        self.catch_up()

    def close(self) -> None:
        self.http.close()

    # ----------------------------------------------------------------------------------------------------- requests

    def public(self, path: str, **query: object) -> httpx.Response:
        return self.http.get(path, params={key: str(value) for key, value in query.items()})

    def get(self, path: str, **query: object) -> Any:  # noqa: ANN401 - JSON
        answer = self.public(path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def nonce(self) -> int:
        """Microseconds, never twice in this process."""
        return max(next(_nonces), time.time_ns() // 1_000) + round(self.ahead_s * 1e6)

    def signed_v3(self, fields: dict[str, Any], *, nonce: int | None = None) -> str:
        message = encoded({**fields, "nonce": str(nonce or self.nonce()), "signer": self.account["signer"]})
        return f"{message}&signature={eip712_signature(message, self.account['signer_key'])}"

    def signed_v1(self, fields: dict[str, Any]) -> str:
        stamp = time.time_ns() // 1_000_000 + self.skew_ms + round(self.ahead_s * 1e3)
        message = encoded({"recvWindow": 5_000, **fields, "timestamp": stamp})
        return f"{message}&signature={hmac_signature(message, self.account['secret'])}"

    def send(self, method: str, path: str, text: str) -> httpx.Response:
        """A signed text: in the query of a GET, in the form body of the rest."""
        headers = {"X-MBX-APIKEY": self.account["key"]} if "key" in self.account else {}
        if method == "GET":
            return self.http.get(f"{path}?{text}", headers=headers)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return self.http.request(method, path, content=text, headers=headers)

    def call(self, method: str, path: str, **fields: Any) -> httpx.Response:  # noqa: ANN401 - parameters
        signed = self.signed_v1(fields) if "key" in self.account else self.signed_v3(fields)
        return self.send(method, path, signed)

    def answer(self, method: str, path: str, **fields: Any) -> Any:  # noqa: ANN401
        response = self.call(method, path, **fields)
        assert response.status_code == 200, response.text
        return response.json()

    def refusal(self, method: str, path: str, **fields: Any) -> tuple[int, int]:  # noqa: ANN401
        response = self.call(method, path, **fields)
        return response.status_code, response.json()["code"]

    # ------------------------------------------------------------------------------------------------------- orders

    def version(self) -> str:
        return "v1" if "key" in self.account else "v3"

    def base(self, *, spot: bool = False) -> str:
        return f"/{'api' if spot else 'fapi'}/{self.version()}"

    def order(self, side: str, quantity: str, price: str | None = None, **more: Any) -> dict[str, Any]:  # noqa: ANN401
        """Fields of an order with a fresh client id: a limit order where there is a price."""
        fields: dict[str, Any] = {"symbol": SYMBOL, "side": side, "type": "MARKET" if price is None else "LIMIT"}
        if price is not None:
            fields |= {"timeInForce": "GTC", "price": price}
        return fields | {"quantity": quantity, "newClientOrderId": f"mm-{next(self._client_ids)}-{self.nonce()}"} | more

    def place(
        self,
        side: str,
        quantity: str,
        price: str | None = None,
        *,
        spot: bool = False,
        **more: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        return self.answer("POST", f"{self.base(spot=spot)}/order", **self.order(side, quantity, price, **more))

    def query(self, order_id: int, *, spot: bool = False) -> Any:  # noqa: ANN401
        return self.answer("GET", f"{self.base(spot=spot)}/order", symbol=SYMBOL, orderId=order_id)

    def touch(self, *, spot: bool = False) -> tuple[float, float]:
        path = f"/{'api' if spot else 'fapi'}/v3/ticker/bookTicker"
        row = self.get(path, symbol=SYMBOL)
        return float(row["bidPrice"]), float(row["askPrice"])

    def far_bid(self, *, spot: bool = False) -> str:
        """A price that rests."""
        return f"{self.touch(spot=spot)[0] * 0.95:.2f}"

    def cancel_all(self) -> None:
        for spot in (False, True):
            self.answer("DELETE", f"{self.base(spot=spot)}/allOpenOrders", symbol=SYMBOL)

    def catch_up(self) -> None:
        """Read the venue's clock, which drills advance."""
        self.ahead_s = self.get("/fapi/v3/time")["serverTime"] / 1_000 - time.time_ns() / 1e9

    def listen_key(self, *, spot: bool = False) -> str:
        path = f"{self.base(spot=spot)}/listenKey"
        if "key" in self.account:
            answer = self.http.post(path, headers={"X-MBX-APIKEY": self.account["key"]}).json()
        else:
            answer = self.answer("POST", path)
        key: str = answer["listenKey"]
        return key


def hmac_signature(message: str, secret: str) -> str:
    return hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()


class Socket:
    """A raw websocket whose frames are waited for."""

    def __init__(self, connection: ws_client.ClientConnection) -> None:
        self.connection = connection

    async def say(self, **message: object) -> Any:  # noqa: ANN401 - JSON
        """Send a control frame; gives back its answer."""
        await self.connection.send(json.dumps(message))
        while True:
            frame = json.loads(await self.connection.recv())
            if isinstance(frame, dict) and ("result" in frame or "code" in frame):
                return frame

    async def next(self, event: str | None = None) -> Any:  # noqa: ANN401 - JSON
        """The next frame (of an event); others are passed over."""
        while True:
            frame = json.loads(await self.connection.recv())
            if event is None or (isinstance(frame, dict) and frame.get("e") == event):
                return frame


def connect(sandbox: SandboxProcess, path: str, *, spot: bool = False) -> ws_client.connect:
    base = sandbox.line["spot_ws"] if spot else sandbox.ws
    return ws_client.connect(base + path, proxy=None, open_timeout=PATIENCE_S)
