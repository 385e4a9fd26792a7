"""Limits and injected faults of the local Lighter."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
import websockets

from tests.sandbox.lighter_client import SOL, LighterClient, Socket, clients, connect, fresh_number
from tests.sandbox.sandbox_process import SandboxProcess, sandbox

BOOK = f"order_book/{SOL}"
SHORT_S = 0.3


@pytest.mark.parametrize(
    ("do", "status", "code", "placed"),
    [
        ("error_500_before", 500, 29500, 0),
        ("error_500_after", 500, 29500, 1),
        ("error_503_after", 503, 29501, 1),
        ("rate_limit", 429, 23000, 0),
        ("ban", 418, 23000, 0),
        ("reject", 400, 21120, 0),
        ("maintenance", 503, 29500, 0),
    ],
)
def test_errors_come_in_the_venues_shape(trader: LighterClient, do: str, status: int, code: int, placed: int) -> None:
    trader.sandbox.faults({"on": "place", "do": do})
    answer = trader.send(trader.create("buy", 1_000, trader.away()))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert len(trader.open_numbers()) == placed
    assert trader.next_nonce() == trader.nonce + placed


@pytest.mark.parametrize(("do", "placed"), [("timeout_before_accept", 0), ("timeout_after_accept", 1), ("reset", 0)])
def test_a_lost_answer_is_found_by_the_nonce(trader: LighterClient, do: str, placed: int) -> None:
    trader.sandbox.faults({"on": "place", "do": do})
    with pytest.raises(httpx.TransportError):
        trader.send(trader.create("buy", 1_000, trader.away()), timeout=SHORT_S)
    assert trader.next_nonce() == trader.nonce + placed
    assert len(trader.open_numbers()) == placed


def test_faults_tell_the_kinds_of_transactions_apart(trader: LighterClient) -> None:
    number = trader.rest()
    trader.sandbox.faults(
        {"on": "cancel", "do": "reject", "code": "21506", "message": "too many pending txs"},
        {"on": "amend", "do": "reject", "code": "21601"},
        {"on": "query", "do": "reject", "code": "20013"},
    )
    trader.rest()
    trader.accepted(trader.leverage(500))
    assert trader.send(trader.modify(number, 2_000, trader.away())).json()["code"] == 21601
    answer = trader.send(trader.cancel_all()).json()
    assert (answer["code"], answer["message"]) == (21506, "too many pending txs")
    assert trader.get("accountLimits", trader.token(), account_index=trader.owner).json()["code"] == 20013
    trader.accepted(trader.cancel(number))  # each struck once


def test_a_batch_that_places_anything_is_a_place(trader: LighterClient) -> None:
    first, second = trader.rest(), trader.rest()
    trader.sandbox.faults({"on": "place", "do": "rate_limit"})
    trader.accepted(trader.cancel(first), trader.cancel(second, ahead=1))
    price = trader.away()
    rows = trader.cancel_all(), trader.create("buy", 1_000, price, number=fresh_number(), ahead=1)
    assert trader.send_batch(*rows).status_code == 429
    trader.accepted(*rows)


async def test_a_private_stream_is_dropped_apart_from_a_public_one(trader: LighterClient) -> None:
    async with connect(trader.sandbox) as first, connect(trader.sandbox) as second:
        public, private = Socket(first), Socket(second)
        await public.subscribe(BOOK)
        await private.subscribe(f"account_all_orders/{trader.owner}", trader.token())
        await asyncio.to_thread(trader.sandbox.faults, {"on": "ws_private", "do": "drop"})
        with pytest.raises(websockets.ConnectionClosed):
            await private.next("nothing")
        assert await public.next("update/order_book")


async def test_a_gap_breaks_the_chain(trader: LighterClient) -> None:
    async with connect(trader.sandbox) as connection:
        socket = Socket(connection)
        nonce = (await socket.subscribe(BOOK))["order_book"]["nonce"]
        await asyncio.to_thread(trader.sandbox.faults, {"on": "ws_public", "do": "gap"})
        while True:
            book = (await socket.next("update/order_book"))["order_book"]
            if book["begin_nonce"] != nonce:
                break
            nonce = book["nonce"]
        assert book["begin_nonce"] > nonce


# ------------------------------------------------------------------------------------------------------------- limits


def test_questions_weigh(trader: LighterClient) -> None:
    """24,000 a minute: forty lists of trades at 600 each, and nothing is left for the account."""
    query = {"account_index": trader.owner, "limit": 1, "sort_by": "timestamp"}
    trader.pass_windows()
    codes = [trader.get("trades", trader.token(), **query).status_code for _ in range(41)]
    assert codes == [200] * 40 + [429]
    answer = trader.get("nextNonce", account_index=trader.owner, api_key_index=trader.key)
    assert (answer.status_code, answer.json()["code"]) == (429, 23000)
    trader.rest()  # transactions are counted apart
    trader.pass_windows()
    assert trader.next_nonce() == trader.nonce


def test_leverage_is_set_rarely(trader: LighterClient) -> None:
    for _ in range(40):
        trader.accepted(trader.leverage(500))
    answer = trader.send(trader.leverage(500))
    assert (answer.status_code, answer.json()["code"]) == (429, 23000)
    trader.rest()


@pytest.fixture(scope="module")
def standard_venue() -> Iterator[SandboxProcess]:
    with sandbox("lighter", "--tier", "standard", "--symbols", "SOL") as process:
        yield process


@pytest.fixture
def standard(standard_venue: SandboxProcess) -> Iterator[LighterClient]:
    yield from clients(standard_venue, "a")


def test_a_standard_account_has_no_quota_and_sixty_requests(standard: LighterClient) -> None:
    limits = standard.answer("accountLimits")
    assert limits["user_tier"] == "standard"
    [row] = standard.get("orderBooks", market_id=SOL).json()["order_books"]
    assert (row["maker_fee"], row["taker_fee"]) == ("0.0000", "0.0000")
    standard.pass_windows()
    for _ in range(30):
        standard.next_nonce()
    for _ in range(30):
        assert "volume_quota_remaining" not in standard.accepted(standard.cancel_all())
    assert standard.send(standard.cancel_all()).status_code == 429
    assert standard.get("nextNonce", account_index=65, api_key_index=5).status_code == 429
    standard.pass_windows()
    assert standard.next_nonce() == standard.nonce


def test_markets_that_were_not_chosen_are_none(standard: LighterClient) -> None:
    assert standard.get("orderBookDetails", market_id=0).json()["code"] == 21602
    assert standard.refused(standard.create("buy", 1_000, 100_00, market=0)) == 21602
