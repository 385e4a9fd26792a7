"""Both sockets of a session: books kept in step by their numbers, the account's channels kept alive by fresh tokens."""

import json
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from mmtui.model.events import (
    BookDelta,
    BookSnapshot,
    Event,
    Fill,
    MarkPrice,
    OrderReport,
    PublicTrade,
    StreamDown,
    StreamUp,
    Unrecognised,
)
from mmtui.model.orders import OrderStatus
from tests.unit.aster_desk import Desk
from tests.unit.lighter_desk import QUICK, open_desk, running
from tests.unit.lighter_payloads import (
    ACCOUNT_INDEX,
    BOOK,
    CHANGE,
    ETH,
    ORDER_ROW,
    OWN_ORDERS,
    OWN_TRADES,
    STATS,
    TRADES,
    framed,
)


def change(begin: int, end: int, price: str = "2320.00") -> bytes:
    frame = json.loads(CHANGE)
    frame["order_book"] |= {"begin_nonce": begin, "nonce": end, "asks": [{"price": price, "size": "1"}], "bids": []}
    return framed(frame)


def acknowledged(channel: str, **content: object) -> bytes:
    return framed({"channel": f"{channel}:{ACCOUNT_INDEX}", "type": f"subscribed/{channel}", **content})


PRIVATE = (
    acknowledged("account_all_orders", orders={"0": [ORDER_ROW]}),
    acknowledged("account_all_trades", trades=[], total_volume=0),
)


async def say(desk: Desk, number: int, *frames: bytes) -> None:
    for frame in frames:
        await desk.sockets[number].send_str(frame.decode())


def asked(desk: Desk, kind: str, prefix: str) -> list[dict[str, Any]]:
    return [frame for frame in desk.frames if frame["type"] == kind and frame["channel"].startswith(prefix)]


def heard_of(heard: list[Event], kind: type) -> list[Any]:
    return [event for event in heard if isinstance(event, kind)]


async def test_a_book_begins_with_its_snapshot_and_follows_its_numbers() -> None:
    async with open_desk(signs=False) as (desk, _, session):
        eth = next(iter(await session.start()))
        session.watch([eth])
        heard: list[Event] = []
        async with running(session, heard):
            await desk.until(lambda: len(desk.frames) >= 3)
            assert [frame["channel"] for frame in desk.frames] == ["order_book/0", "trade/0", "market_stats/0"]
            await say(desk, 0, change(1, 2), BOOK, change(904845, 904850), change(904845, 904850))
            await say(desk, 0, change(904850, 904851), TRADES, STATS)
            await desk.until(lambda: heard_of(heard, MarkPrice))
        kinds = [type(event) for event in heard]
        assert kinds == [BookSnapshot, StreamUp, BookDelta, BookDelta, PublicTrade, MarkPrice]


async def test_a_gap_takes_the_book_away_and_asks_for_it_anew() -> None:
    async with open_desk(signs=False) as (desk, _, session):
        eth = next(iter(await session.start()))
        session.watch([eth])
        heard: list[Event] = []
        async with running(session, heard):
            await desk.until(lambda: len(desk.frames) >= 3)
            await say(desk, 0, BOOK, change(904849, 904850), change(904850, 904851))
            await desk.until(lambda: asked(desk, "unsubscribe", "order_book"))
            await desk.until(lambda: len(asked(desk, "subscribe", "order_book")) == 2)
            await say(desk, 0, b'{"type":"unsubscribed","channel":"order_book:0"}', BOOK, change(904845, 904850))
            await desk.until(lambda: heard_of(heard, BookDelta))
        kinds = [type(event) for event in heard]
        assert kinds == [BookSnapshot, StreamUp, StreamDown, BookSnapshot, StreamUp, BookDelta]
        assert heard_of(heard, StreamDown)[0].reason.startswith("sequence gap")


async def test_a_frame_without_numbers_is_a_gap() -> None:
    async with open_desk(signs=False) as (desk, _, session):
        eth = next(iter(await session.start()))
        session.watch([eth])
        heard: list[Event] = []
        async with running(session, heard):
            await desk.until(lambda: len(desk.frames) >= 3)
            frame = json.loads(CHANGE)
            for name in ("nonce", "begin_nonce"):
                del frame["order_book"][name]
            await say(desk, 0, BOOK, framed(frame))
            await desk.until(lambda: heard_of(heard, StreamDown))
        assert not heard_of(heard, BookDelta)


async def test_the_venues_own_pings_are_answered_and_its_shutdown_is_obeyed() -> None:
    async with open_desk(signs=False) as (desk, _, session):
        eth = next(iter(await session.start()))
        session.watch([eth])
        heard: list[Event] = []
        async with running(session, heard):
            await desk.until(lambda: len(desk.frames) >= 3)
            await say(desk, 0, b'{"type":"ping"}')
            await desk.until(lambda: {"type": "pong"} in desk.frames)
            await say(desk, 0, b'{"type":"shutdown","close_in_ms":500}')
            await desk.until(lambda: len(desk.sockets) == 2)
        assert "shuts" in heard_of(heard, StreamDown)[0].reason


async def test_the_account_is_up_when_both_channels_are() -> None:
    async with open_desk() as (desk, _, session):
        await session.start()
        heard: list[Event] = []
        async with running(session, heard):
            await desk.until(lambda: len(desk.frames) >= 2)
            assert {frame["channel"] for frame in desk.frames} == {"account_all_orders/1234", "account_all_trades/1234"}
            assert all(frame["auth"].split(":")[1] == "1234" for frame in desk.frames)
            await say(desk, 0, PRIVATE[0])
            await desk.until(lambda: heard)
            assert not heard_of(heard, StreamUp)
            await say(desk, 0, PRIVATE[1], OWN_ORDERS, OWN_TRADES)
            await desk.until(lambda: heard_of(heard, Fill))
        assert [type(event) for event in heard] == [OrderReport, StreamUp, OrderReport, Fill]
        assert heard[0].status is OrderStatus.OPEN  # type: ignore[union-attr]
        assert heard_of(heard, Fill)[0].fee_cash == -Decimal("302.466") * 28 / 1_000_000


async def test_a_refused_token_is_replaced_on_a_new_connection() -> None:
    async with open_desk() as (desk, _, session):
        await session.start()
        heard: list[Event] = []
        async with running(session, heard):
            await desk.until(lambda: len(desk.frames) >= 2)
            await say(desk, 0, b'{"error":{"code":20013,"message":"invalid auth"}}')
            await desk.until(lambda: len(desk.frames) >= 4)
            assert desk.frames[0]["auth"] != desk.frames[2]["auth"]
            await say(desk, 1, *PRIVATE)
            await desk.until(lambda: heard_of(heard, StreamUp))
        assert heard_of(heard, Unrecognised)
        assert "20013" in heard_of(heard, StreamDown)[0].reason


async def test_a_token_is_renewed_on_the_same_socket_before_it_ends() -> None:
    async with open_desk(replace(QUICK, token_life_s=0.5)) as (desk, _, session):
        await session.start()
        heard: list[Event] = []
        async with running(session, heard):
            await desk.until(lambda: len(desk.frames) >= 2)
            await say(desk, 0, *PRIVATE)
            await desk.until(lambda: len(asked(desk, "subscribe", "account")) >= 4)
            await say(desk, 0, *PRIVATE)
            await desk.until(lambda: len(heard_of(heard, OrderReport)) == 2)
        assert len(asked(desk, "unsubscribe", "account")) >= 2
        first, *_, last = asked(desk, "subscribe", "account")
        assert first["auth"] != last["auth"]
        assert len(desk.sockets) == 1
        assert len(heard_of(heard, StreamUp)) == 1
        assert not heard_of(heard, StreamDown)


async def test_books_are_read_by_rest_only_where_somebody_wants_them() -> None:
    async with open_desk(signs=False) as (desk, _, session):
        await session.start()
        desk.say(
            "GET /api/v1/orderBookOrders",
            {"code": 200, "asks": [{"price": "11", "remaining_base_amount": "2"}], "bids": []},
        )
        snapshot = await session.feed._snapshot_of(ETH)  # noqa: SLF001 - what the poller calls
        assert snapshot.asks == [(11.0, 2.0)]
        assert desk.calls("GET /api/v1/orderBookOrders") == [{"market_id": "0", "limit": "250"}]
