"""Lighter's native signer: two orders in its worker thread, the SDK's way beside it, and what it costs the loop."""

import asyncio
from decimal import Decimal
from time import perf_counter_ns
from typing import Any, Final

from mmtui.exchanges.lighter import encode
from mmtui.exchanges.lighter.encode import MarketForm, Transaction
from mmtui.exchanges.lighter.ids import OrderNumbers
from mmtui.exchanges.lighter.signing import Signer
from mmtui.model.commands import PlaceOrder
from mmtui.model.units import Side

KEY: Final = "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728"
FORM: Final = MarketForm(2, 3, 3)
ACCOUNT_INDEX: Final = 65
PER_SECOND: Final = 100
TICK_S: Final = 0.001

SIGNED = "Lighter: two orders, encoded and signed in the worker thread"
BY_SDK = "  by lighter-sdk as it is meant to be used: inline, on the loop's thread"
LAG_SIGNING = f"loop lag while {PER_SECOND} Lighter orders a second are signed"
LAG_IDLE = "  the same loop without signing"


class LighterSigning:
    """Both ways to sign; each must sign what it was given."""

    def __init__(self) -> None:
        self._signer = Signer(ACCOUNT_INDEX, 5, KEY, 304, "http://127.0.0.1:9")
        self._numbers = OrderNumbers()
        self._count = 0

    def _order(self) -> PlaceOrder:
        self._count += 1
        return PlaceOrder(
            "main", "lighter:SOL", f"mm-maker-{self._count}", Side.BUY, Decimal("149.850"), Decimal("0.100")
        )

    def _transactions(self) -> list[Transaction]:
        orders = [self._order(), self._order()]
        return [encode.place(order, FORM, self._numbers.number(order.client_order_id)) for order in orders]

    async def ours(self, count: int) -> list[float]:
        """Microseconds from two commands to two signed transactions back on the loop."""
        samples = []
        for nonce in range(1, count + 1):
            started = perf_counter_ns()
            signed = await self._signer.sign(self._transactions(), nonce)
            samples.append((perf_counter_ns() - started) / 1_000)
            assert f'"Nonce":{nonce},' in signed[0]
            assert '"Price":149850,' in signed[1]
        return samples

    async def sdk(self, count: int) -> list[float]:
        """The same by the SDK's client."""
        from lighter.signer_client import SignerClient

        client: Any = SignerClient("http://127.0.0.1:9", ACCOUNT_INDEX, {6: KEY}, chain_id=304)
        samples = []
        try:
            for nonce in range(1, count + 1):
                started = perf_counter_ns()
                signed = [self._by_sdk(client, nonce) for _ in range(2)]
                samples.append((perf_counter_ns() - started) / 1_000)
                assert all('"Price":149850,' in info for info in signed)
        finally:
            await client.close()
        return samples

    def _by_sdk(self, client: Any, nonce: int) -> str:  # noqa: ANN401 - the SDK has no types
        _, info, _, error = client.sign_create_order(2, nonce, 100, 149_850, 0, 0, 2, nonce=nonce, api_key_index=6)
        assert error is None
        return str(info)

    async def lag(self, seconds: float, *, signs: bool) -> list[float]:
        """How much later than asked for, in microseconds, a timer of 1 ms comes."""
        work = asyncio.create_task(self._keep_signing()) if signs else None
        samples = []
        loop = asyncio.get_running_loop()
        ends = loop.time() + seconds
        while (due := loop.time() + TICK_S) < ends:
            await asyncio.sleep(TICK_S)
            samples.append(max(0.0, loop.time() - due) * 1e6)
        if work is not None:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
        return samples

    async def _keep_signing(self) -> None:
        nonce = 0
        while True:
            nonce += 2
            await self._signer.sign(self._transactions(), nonce)
            await asyncio.sleep(2 / PER_SECOND)

    def close(self) -> None:
        """Give the key back."""
        self._signer.close()
