"""The venue's own SDK drives the local Lighter: its signer, its HTTP client, its book of the stream."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.sandbox_process import SandboxProcess, sandbox

lighter = pytest.importorskip("lighter", reason="lighter-sdk is not installed")

pytestmark = [pytest.mark.peers, pytest.mark.timeout(120)]

SOL = 2
TICK = Decimal("0.001")

_numbers = itertools.count(time.time_ns() // 1_000_000)


@pytest.fixture(scope="module")
def venue() -> Iterator[SandboxProcess]:
    with sandbox("lighter") as process:
        yield process


@pytest.fixture
async def client(venue: SandboxProcess) -> AsyncIterator[Any]:
    """The SDK's client for account a, with nothing left from other tests."""
    row: dict[str, Any] = dict(venue.accounts["a"])
    keys = {row["api_key_index"]: row["api_key_private"]}
    client = lighter.SignerClient(venue.rest, row["account_index"], keys, chain_id=row["chain_id"])
    await done(client.cancel_all_orders(client.CANCEL_ALL_TIF_IMMEDIATE, 0))
    yield client
    await client.close()


async def done(call: Any) -> Any:  # noqa: ANN401 - the SDK's answers
    """The answer to a transaction; the SDK returns errors instead of raising them."""
    *_, answer, error = await call
    assert error is None, error
    assert answer.code == 200
    return answer


def away(venue: SandboxProcess, side: str = "buy", ticks: int = 500) -> int:
    book = venue.state()["books"]["SOL"]
    best, way = (book["bids"][0][0], -1) if side == "buy" else (book["asks"][0][0], 1)
    return int(Decimal(best) / TICK) + way * ticks


def open_orders(venue: SandboxProcess) -> dict[int, tuple[str, str]]:
    """Price and quantity by client order index."""
    rows = venue.account()["open_orders"]
    return {int(row["client_id"]): (row["price"], row["quantity"]) for row in rows}


def number() -> int:
    return next(_numbers)


def resting(client: Any, price: int, index: int, **more: Any) -> Any:  # noqa: ANN401 - the SDK
    return client.create_order(
        SOL, index, 1_000, price, is_ask=False,
        order_type=client.ORDER_TYPE_LIMIT, time_in_force=client.ORDER_TIME_IN_FORCE_POST_ONLY, **more,
    )  # fmt: skip


async def test_the_key_is_the_one_that_is_registered(client: Any, venue: SandboxProcess) -> None:  # noqa: ANN401
    assert await asyncio.to_thread(client.check_client) is None
    row: dict[str, Any] = dict(venue.accounts["b"])
    wrong = {row["api_key_index"]: venue.accounts["a"]["api_key_private"]}
    other = lighter.SignerClient(venue.rest, row["account_index"], wrong, chain_id=row["chain_id"])
    try:
        assert "private key does not match" in await asyncio.to_thread(other.check_client)
    finally:
        await other.close()


async def test_an_order_from_place_to_cancel(client: Any, venue: SandboxProcess) -> None:  # noqa: ANN401
    index, price = number(), away(venue)
    answer = await done(resting(client, price, index))
    assert (len(answer.tx_hash), answer.volume_quota_remaining > 10_000) == (80, True)
    assert open_orders(venue) == {index: (str(price * TICK), "1")}
    await done(client.modify_order(SOL, index, 1_500, price - 10, 0))
    assert open_orders(venue) == {index: (str((price - 10) * TICK), "1.5")}
    await done(client.cancel_order(SOL, index))
    assert open_orders(venue) == {}
    _, answer, error = await client.cancel_order(SOL, index)
    assert (answer, "21600" in error) == (None, True)


async def test_cancel_all_now_and_later(client: Any, venue: SandboxProcess) -> None:  # noqa: ANN401
    for _ in range(3):
        await done(resting(client, away(venue), number()))
    await done(client.cancel_all_orders(client.CANCEL_ALL_TIF_SCHEDULED, int(time.time() * 1_000) + 360_000))
    await done(client.cancel_all_orders(client.CANCEL_ALL_TIF_ABORT, 0))
    assert len(open_orders(venue)) == 3
    await done(client.cancel_all_orders(client.CANCEL_ALL_TIF_IMMEDIATE, 0, cancel_all_market_index=0))
    assert len(open_orders(venue)) == 3
    await done(client.cancel_all_orders(client.CANCEL_ALL_TIF_IMMEDIATE, 0))
    assert open_orders(venue) == {}


async def test_market_orders_and_what_the_reads_say(client: Any, venue: SandboxProcess) -> None:  # noqa: ANN401
    await done(client.update_leverage(SOL, client.CROSS_MARGIN_MODE, 10))
    bought = number()
    await done(client.create_market_order(SOL, bought, 2_000, away(venue, "sell", 3_000), is_ask=False))
    assert venue.account()["positions"]["SOL"]["quantity"] == "2"
    token, error = client.create_auth_token_with_expiry(600, api_key_index=5)
    assert error is None
    accounts = await lighter.AccountApi(client.api_client).account(by="index", value="65")
    held = {row.symbol: row for row in accounts.accounts[0].positions}["SOL"]
    assert (held.sign, Decimal(held.position), held.initial_margin_fraction) == (1, Decimal(2), "10.00")
    limits = await lighter.AccountApi(client.api_client).account_limits(65, authorization=token)
    assert limits.user_tier == "premium"
    orders = lighter.OrderApi(client.api_client)
    inactive = await orders.account_inactive_orders(account_index=65, limit=10, authorization=token)
    assert [(row.client_order_index, row.status) for row in inactive.orders][:1] == [(bought, "filled")]
    trades = await orders.trades(
        "timestamp", 100, authorization=token, account_index=65, order_index=inactive.orders[0].order_index
    )
    assert sum(Decimal(row.size) for row in trades.trades) == 2
    reduce = client.create_market_order(SOL, number(), 2_000, away(venue, "buy", 3_000), is_ask=True, reduce_only=True)
    await done(reduce)
    assert venue.account()["positions"].get("SOL", {"quantity": "0"})["quantity"] == "0"


async def test_open_orders_by_the_sdk(client: Any, venue: SandboxProcess) -> None:  # noqa: ANN401
    index = number()
    await done(resting(client, away(venue), index))
    token, _ = client.create_auth_token_with_expiry(600, api_key_index=5)
    listed = await lighter.OrderApi(client.api_client).account_active_orders(
        account_index=65, market_id=SOL, authorization=token
    )
    [row] = listed.orders
    assert (row.client_order_index, row.status, row.time_in_force) == (index, "open", "post-only")


async def test_public_reads(client: Any) -> None:  # noqa: ANN401 - the SDK
    orders = lighter.OrderApi(client.api_client)
    books = await orders.order_books()
    assert {row.symbol for row in books.order_books} == {"SOL", "ETH", "BTC"}
    assert [row.symbol for row in (await orders.asset_details()).asset_details] == ["USDC"]
    details = await orders.order_book_details(market_id=SOL)
    assert (details.order_book_details[0].symbol, details.order_book_details[0].price_decimals) == ("SOL", 3)
    book = await orders.order_book_orders(SOL, 5)
    assert Decimal(book.bids[0].price) < Decimal(book.asks[0].price)
    assert len((await orders.recent_trades(SOL, 10)).trades) == 10
    now_s = int(time.time())
    candles = await lighter.CandlestickApi(client.api_client).candles(
        SOL, "1m", (now_s - 3_600) * 1_000, now_s * 1_000, 10
    )
    assert candles.c
    rates = await lighter.FundingApi(client.api_client).funding_rates()
    assert {row.exchange for row in rates.funding_rates} == {"lighter", "binance"}
    assert (await lighter.RootApi(client.api_client).status()).status == 200
    nonce = await lighter.TransactionApi(client.api_client).next_nonce(65, 5)
    keys = await lighter.AccountApi(client.api_client).apikeys(65, api_key_index=5)
    assert keys.api_keys[0].nonce == nonce.nonce


async def test_a_batch(client: Any, venue: SandboxProcess) -> None:  # noqa: ANN401 - the SDK
    price, indexes, types, infos = away(venue), [number(), number()], [], []
    for index in indexes:
        key, nonce = client.nonce_manager.next_nonce()
        kind, info, _, error = client.sign_create_order(
            SOL, index, 1_000, price, False, client.ORDER_TYPE_LIMIT, client.ORDER_TIME_IN_FORCE_GOOD_TILL_TIME,  # noqa: FBT003
            nonce=nonce, api_key_index=key,
        )  # fmt: skip
        assert error is None
        types.append(kind)
        infos.append(info)
    answer = await client.send_tx_batch(types, infos)
    assert (answer.code, len(answer.tx_hash)) == (200, 2)
    assert list(open_orders(venue)) == indexes


async def test_the_book_of_its_stream(venue: SandboxProcess) -> None:
    """Its book is that of the sandbox, also after many changes."""
    seen: list[Any] = []
    full = asyncio.Event()

    def on_book(market: str, book: Any) -> None:  # noqa: ANN401 - the SDK
        assert market == str(SOL)
        seen.append(book)
        best = max(Decimal(row["price"]) for row in book["bids"]), min(Decimal(row["price"]) for row in book["asks"])
        assert best[0] < best[1]
        if len(seen) > 30:
            full.set()

    stream = lighter.WsClient(ws_url=venue.ws, order_book_ids=[SOL], on_order_book_update=on_book)
    task = asyncio.create_task(stream.run_async())
    await asyncio.wait([task, asyncio.create_task(full.wait())], return_when=asyncio.FIRST_COMPLETED)
    assert full.is_set(), task.exception()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
