"""Cards of the way there: rates, waits, clocks, secrets (C09, C10, C23, C24)."""

import asyncio
import logging
import time

import pytest

from mmtui.model.commands import CancelOrder, QueryBalances, QueryOpenOrders
from mmtui.model.events import Balances, CommandRefused, OpenOrders, OrderReport, ReadFailed
from mmtui.model.orders import OrderStatus, RefusalCode
from mmtui.model.units import Side
from tests.conformance.venue_under_test import VenueUnderTest, eventually, far_order

ROOM = 40


async def test_c09_no_burst_above_the_table_and_a_cancel_passes_all_questions(venue: VenueUnderTest) -> None:
    trader = venue.trader("a")
    order = await far_order(venue, trader, Side.BUY)
    await trader.execute(order)
    opened = await trader.until(OrderReport)
    await venue.squeeze(ROOM)
    before = await venue.requests()
    query = QueryOpenOrders(trader.account, venue.instrument.id)
    questions = [asyncio.create_task(trader.ask(query, OpenOrders)) for _ in range(3 * ROOM)]
    await eventually(lambda: len(trader.heard(OpenOrders)) > 5)
    await asyncio.sleep(0.2)  # a burst would show by now
    asked = len(trader.heard(OpenOrders))
    await trader.execute(CancelOrder(order.account, order.instrument, order.client_order_id, opened.order_id))
    await trader.until(OrderReport, where=lambda event: event.status is OrderStatus.CANCELLED)
    assert asked < ROOM
    assert await venue.requests() - before <= ROOM
    for question in questions:
        question.cancel()
    await asyncio.gather(*questions, return_exceptions=True)


async def test_c10_a_rate_limit_names_a_time_and_is_obeyed(venue: VenueUnderTest) -> None:
    trader = venue.trader("a")
    await venue.fault("place", "rate_limit")
    order = await far_order(venue, trader, Side.BUY)
    await trader.execute(order)
    told = await trader.until(CommandRefused)
    assert told.code is RefusalCode.RATE_LIMITED
    assert told.retry_after_ms is not None
    assert told.retry_after_ms > 0
    begun = time.monotonic()
    await trader.ask(QueryBalances(trader.account), Balances)
    assert time.monotonic() - begun >= told.retry_after_ms / 1_000 * 0.9


async def test_c23_a_skewed_clock_is_measured_and_requests_stay_valid(venue: VenueUnderTest) -> None:
    trader = venue.trader("a")
    skew_ms = await venue.skew_ms()
    assert skew_ms is not None
    assert abs(skew_ms) < 1_000
    await venue.fault("*", "clock_skew_ms", ms=30_000, times=None)
    query = QueryOpenOrders(trader.account, venue.instrument.id)
    for _ in range(10):
        mark = len(trader.events)
        for event in await trader.reports.answer(query):
            trader.hear(event)
        if trader.heard(OpenOrders, mark):
            break
        assert trader.heard(ReadFailed, mark)
        order = await far_order(venue, trader, Side.BUY)
        await trader.execute(order)
    assert trader.heard(OpenOrders)
    skew_ms = await venue.skew_ms()
    assert skew_ms is not None
    assert abs(skew_ms - 30_000) < 1_000


async def test_c24_no_secret_in_logs_events_or_reprs(venue: VenueUnderTest, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    trader = venue.trader("a")
    await venue.fault("place", "reject", message="Invalid signature")
    await trader.execute(await far_order(venue, trader, Side.BUY))
    await venue.fault("place", "error_500_before")
    await trader.execute(await far_order(venue, trader, Side.BUY))
    await venue.fault("ws_private", "drop")
    await trader.ask(QueryBalances(trader.account), Balances)
    assert trader.heard(CommandRefused)
    texts = [caplog.text, *map(repr, trader.events), *map(repr, venue.shown())]
    for secret in venue.secrets():
        assert all(secret not in text for text in texts)
