"""A raw Lighter client, written from the venue's sheet: only the signatures come from the venue's own library.

The library takes the time from this machine's clock, so ``ExpiredAt`` is moved after signing where the sandbox's clock
was moved, and forms that the library will not sign are made by altering signed ones: the sandbox cannot know.
"""

import ctypes
import itertools
import json
import time
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

import httpx
import websockets.asyncio.client as ws_client

from tests.sandbox.sandbox_process import PATIENCE_S, SandboxProcess

CREATE, CANCEL, CANCEL_ALL, MODIFY, LEVERAGE = 14, 15, 16, 17, 20
IOC, TILL_TIME, POST_ONLY = 0, 1, 2
LIMIT, MARKET = 0, 1
AT_ONCE, SCHEDULED, ABORT = 0, 1, 2
SYMBOL: Final = "SOL"
SOL: Final = 2
ALL_MARKETS: Final = 255
TICK: Final = Decimal("0.001")
LOT: Final = Decimal("0.001")
API: Final = "/api/v1/"
WINDOW_S: Final = 60.5
MINUTE_MS: Final = 60_000

Tx = tuple[int, str]
"""Type and JSON of a transaction."""

_numbers = itertools.count(time.time_ns() // 1_000_000)


class Signer:
    """The venue's native library for one key."""

    def __init__(self, row: Mapping[str, Any], url: str) -> None:
        from lighter import signer_client  # takes a second

        self._library = signer_client.get_signer()  # type: ignore[no-untyped-call]
        self._text: Callable[[Any], Any] = signer_client.decode_and_free
        self._owner = (row["api_key_index"], row["account_index"])
        private = row["api_key_private"].encode()
        error = self._text(self._library.CreateClient(url.encode(), private, row["chain_id"], *self._owner))
        assert error is None, error

    def token(self, deadline_s: int) -> str:
        answer = self._library.CreateAuthToken(ctypes.c_longlong(deadline_s), *self._owner)
        text: str = self._text(answer.str)
        assert self._text(answer.err) is None
        return text

    def sign(self, function: str, nonce: int, *arguments: int, version: tuple[int, ...] = ()) -> Tx:
        answer = getattr(self._library, function)(*arguments, 0, nonce, *version, *self._owner)
        text, error = self._text(answer.txInfo), self._text(answer.err)
        self._text(answer.txHash)
        self._text(answer.messageToSign)
        assert error is None, error
        return answer.txType, text


def altered(tx: Tx, **fields: object) -> Tx:
    """A signed transaction with other fields; None leaves one out."""
    document = json.loads(tx[1]) | fields
    return tx[0], json.dumps({name: value for name, value in document.items() if value is not None})


class LighterClient:
    """One account's requests. ``nonce`` is the next one to use; ``skew_s`` how far the venue's clock is ahead."""

    def __init__(self, sandbox: SandboxProcess, account: str = "a") -> None:
        row: Mapping[str, Any] = sandbox.accounts[account]
        self.sandbox = sandbox
        self.account = account
        self.owner = int(row["account_index"])
        self.key = int(row["api_key_index"])
        self.signer = Signer(row, sandbox.rest)
        self.skew_s = 0.0
        self.http = httpx.Client(base_url=sandbox.rest, timeout=PATIENCE_S, trust_env=False)
        self.pass_windows()
        self.nonce = self.next_nonce()

    def close(self) -> None:
        self.http.close()

    def pass_windows(self, seconds: float = WINDOW_S) -> None:
        """Let the venue's clock run past every window of its limits, and follow it."""
        self.skew_s = self.sandbox.advance(seconds) / 1_000 - time.time()

    def now_ms(self) -> int:
        return int((time.time() + self.skew_s) * 1_000)

    # ----------------------------------------------------------------------------------------------------- questions

    def token(self, ahead_s: float = 3_600) -> str:
        return self.signer.token(int(time.time() + self.skew_s + ahead_s))

    def get(self, name: str, token: str | None = None, /, **query: object) -> httpx.Response:
        headers = {} if token is None else {"Authorization": token}
        return self.http.get(API + name, params={key: str(value) for key, value in query.items()}, headers=headers)

    def answer(self, name: str, **query: object) -> Any:  # noqa: ANN401 - JSON
        """A private answer."""
        response = self.get(name, self.token(), account_index=self.owner, **query)
        assert (response.status_code, response.json()["code"]) == (200, 200), response.text
        return response.json()

    def next_nonce(self) -> int:
        nonce: int = self.get("nextNonce", account_index=self.owner, api_key_index=self.key).json()["nonce"]
        return nonce

    # -------------------------------------------------------------------------------------------------- transactions

    def signed(self, function: str, *arguments: int, ahead: int = 0, version: tuple[int, ...] = ()) -> Tx:
        """A transaction with the next nonce, or one ``ahead`` of it."""
        tx = self.signer.sign(function, self.nonce + ahead, *arguments, version=version)
        return altered(tx, ExpiredAt=json.loads(tx[1])["ExpiredAt"] + int(self.skew_s * 1_000))

    def create(
        self, side: str, amount: int, price: int, time_in_force: int = TILL_TIME, *,
        number: int | None = None, kind: int = LIMIT, market: int = SOL, reduce_only: int = 0, ahead: int = 0,
    ) -> Tx:  # fmt: skip
        """A signed order; amount and price in lots and ticks."""
        number = next(_numbers) if number is None else number
        expiry = 0 if time_in_force == IOC else self.now_ms() + 60 * MINUTE_MS
        order = (market, number, amount, price, int(side == "sell"), kind, time_in_force, reduce_only, 0, expiry)
        return self.signed("SignCreateOrder", *order, 0, 0, 0, 0, 0, ahead=ahead)

    def cancel(self, index: int, market: int = SOL, ahead: int = 0) -> Tx:
        return self.signed("SignCancelOrder", market, index, ahead=ahead)

    def cancel_all(self, how: int = AT_ONCE, time_ms: int = 0, market: int = ALL_MARKETS) -> Tx:
        return self.signed("SignCancelAllOrders", how, time_ms, market)

    def modify(self, index: int, amount: int, price: int) -> Tx:
        return self.signed("SignModifyOrder", SOL, index, amount, price, 0, 0, 0, 0, 0, 0, version=(0,))

    def leverage(self, fraction: int, market: int = SOL) -> Tx:
        return self.signed("SignUpdateLeverage", market, fraction, 0)

    def send(self, tx: Tx, **options: Any) -> httpx.Response:  # noqa: ANN401 - httpx
        return self.http.post(f"{API}sendTx", data={"tx_type": tx[0], "tx_info": tx[1]}, **options)

    def send_batch(self, *rows: Tx) -> httpx.Response:
        form = {"tx_types": json.dumps([row[0] for row in rows]), "tx_infos": json.dumps([row[1] for row in rows])}
        return self.http.post(f"{API}sendTxBatch", data=form)

    def accepted(self, *rows: Tx) -> Any:  # noqa: ANN401 - JSON
        """Send, as a batch if there are several; what is accepted uses up the nonces."""
        response = self.send(rows[0]) if len(rows) == 1 else self.send_batch(*rows)
        assert (response.status_code, response.json()["code"]) == (200, 200), response.text
        self.nonce += len(rows)
        return response.json()

    def refused(self, *rows: Tx) -> int:
        """The number of a refusal, which leaves the nonce as it was."""
        response = self.send(rows[0]) if len(rows) == 1 else self.send_batch(*rows)
        assert response.status_code == 400, response.text
        assert set(response.json()) == {"code", "message"}
        assert self.next_nonce() == self.nonce
        number: int = response.json()["code"]
        return number

    # ------------------------------------------------------------------------------------------------------- orders

    def away(self, side: str = "buy", ticks: int = 500) -> int:
        """A price in ticks that rests: some ticks behind the touch; across the touch if negative."""
        book = self.sandbox.state()["books"][SYMBOL]
        best, way = (book["bids"][0][0], -1) if side == "buy" else (book["asks"][0][0], 1)
        return int(Decimal(best) / TICK) + way * ticks

    def rest(self, side: str = "buy", amount: int = 1_000, ticks: int = 500) -> int:
        """Place an order that rests; its client order index."""
        number = next(_numbers)
        self.accepted(self.create(side, amount, self.away(side, ticks), number=number))
        return number

    def open_numbers(self) -> list[int]:
        """Client order indexes of what rests, by the sandbox's own books."""
        return [int(row["client_id"]) for row in self.sandbox.account(self.account)["open_orders"]]

    def order(self, number: int) -> Any:  # noqa: ANN401 - JSON
        """One order as the venue tells it."""
        [row] = self.answer("accountOrders", client_order_indexes=number)["orders"]
        return row

    def position(self) -> Decimal:
        held = self.sandbox.account(self.account)["positions"].get(SYMBOL)
        return Decimal(held["quantity"]) if held else Decimal(0)

    def flatten(self) -> None:
        """Leave nothing behind: no order, no plan, no position."""
        self.accepted(self.cancel_all())
        self.accepted(self.cancel_all(ABORT))
        held = self.position()
        if held:
            side = "sell" if held > 0 else "buy"
            price = self.away(side, -5_000)
            self.accepted(self.create(side, int(abs(held) / LOT), price, IOC, kind=MARKET, reduce_only=1))
        assert self.position() == 0


def fresh_number() -> int:
    """A client order index that nobody has used."""
    return next(_numbers)


def clients(sandbox: SandboxProcess, account: str) -> Iterator[LighterClient]:
    """A client that finds nothing left from other tests."""
    sandbox.clear_faults()
    client = LighterClient(sandbox, account)
    client.flatten()
    yield client
    sandbox.clear_faults()
    client.close()


class Socket:
    """A raw websocket whose frames are waited for by type."""

    def __init__(self, connection: ws_client.ClientConnection) -> None:
        self.connection = connection

    async def say(self, message: object) -> None:
        await self.connection.send(message if isinstance(message, str) else json.dumps(message))

    async def subscribe(self, channel: str, token: str | None = None) -> Any:  # noqa: ANN401 - JSON
        """Subscribe, and return the snapshot or the error."""
        fields = {"type": "subscribe", "channel": channel} | ({} if token is None else {"auth": token})
        await self.say(fields)
        return await self.next(f"subscribed/{channel.partition('/')[0]}", "error")

    async def next(self, *kinds: str) -> Any:  # noqa: ANN401 - JSON
        """The next frame of one of these types; everything else is passed over."""
        while True:
            frame = json.loads(await self.connection.recv())
            if frame.get("type") in kinds or ("error" in frame and "error" in kinds):
                return frame


def connect(sandbox: SandboxProcess) -> ws_client.connect:
    return ws_client.connect(sandbox.ws, proxy=None, open_timeout=PATIENCE_S)
