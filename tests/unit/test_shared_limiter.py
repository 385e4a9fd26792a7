"""The limiter in an event loop: waiting, patience, penalties, shared rules."""

import asyncio

import pytest

from mmtui.exchanges.shared.limiter import Kind, RateLimiter, RateRule, Scope
from mmtui.model.units import NS_PER_MS, NS_PER_S, MonoNs
from mmtui.ports.errors import BugError, RateLimited
from tests.unit.loopback import PATIENCE_S, HandClock, WallClock

HOUR_NS = 3_600 * NS_PER_S


def limiter_of(*rules: RateRule) -> tuple[RateLimiter, HandClock]:
    clock = HandClock()
    return RateLimiter(rules, clock), clock


async def test_orders_leave_the_reserve_to_cancels() -> None:
    limiter, _ = limiter_of(RateRule("weight", 10, HOUR_NS, reserve_share=0.2))
    for _ in range(8):
        limiter.settle(await limiter.acquire(kind=Kind.ORDER))
    with pytest.raises(RateLimited) as caught:
        await limiter.acquire(kind=Kind.ORDER)
    assert caught.value.retry_after_ms == 3_600_000
    for _ in range(2):
        limiter.settle(await limiter.acquire(kind=Kind.CANCEL))
    with pytest.raises(RateLimited):
        await limiter.acquire(kind=Kind.CANCEL)


async def test_a_refund_gives_the_room_back_and_settling_twice_does_nothing() -> None:
    limiter, _ = limiter_of(RateRule("weight", 2, HOUR_NS, reserve_share=0.0))
    first = await limiter.acquire({"weight": 2})
    limiter.refund(first)
    limiter.settle(first)
    second = await limiter.acquire({"weight": 2})
    limiter.settle(second)
    limiter.refund(second)
    assert limiter.snapshot()[0].used == 2


async def test_one_who_waits_is_woken_when_the_window_moves() -> None:
    limiter = RateLimiter([RateRule("weight", 2, 50 * NS_PER_MS, reserve_share=0.0)], WallClock())
    async with asyncio.timeout(PATIENCE_S):
        for _ in range(10):
            limiter.settle(await limiter.acquire(kind=Kind.QUERY))


async def test_one_who_waits_for_an_answer_under_way_is_woken_by_it() -> None:
    limiter, _ = limiter_of(RateRule("weight", 1, HOUR_NS, reserve_share=0.0))
    under_way = await limiter.acquire()
    waiting = asyncio.ensure_future(limiter.acquire(patience_s=PATIENCE_S))
    await asyncio.sleep(0)
    assert limiter.snapshot()[0].waiting == 1
    limiter.refund(under_way)
    assert (await asyncio.wait_for(waiting, PATIENCE_S)).granted


async def test_patience_ends_a_wait_for_an_answer() -> None:
    limiter, _ = limiter_of(RateRule("weight", 1, HOUR_NS, reserve_share=0.0))
    await limiter.acquire()
    with pytest.raises(RateLimited, match="nothing was sent"):
        await limiter.acquire(patience_s=0.01)
    assert limiter.snapshot()[0].waiting == 0


async def test_a_cancelled_wait_leaves_no_trace() -> None:
    limiter, _ = limiter_of(RateRule("weight", 1, HOUR_NS, reserve_share=0.0))
    first = await limiter.acquire()
    waiting = asyncio.ensure_future(limiter.acquire(patience_s=PATIENCE_S))
    await asyncio.sleep(0)
    limiter.refund(first)  # grants it, and then it is cancelled before it runs
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert limiter.snapshot()[0].used == 0


async def test_a_penalty_holds_back_everything_also_cancels() -> None:
    limiter, clock = limiter_of(RateRule("weight", 10, NS_PER_S), RateRule("orders", 5, NS_PER_S))
    limiter.penalise(MonoNs(clock.mono + 40 * NS_PER_S))
    for kind in Kind:
        with pytest.raises(RateLimited) as caught:
            await limiter.acquire({"weight": 1}, kind)
        assert caught.value.retry_after_ms == 40_000
    clock.pass_ns(40 * NS_PER_S)
    assert (await limiter.acquire({"weight": 1}, Kind.ORDER)).granted


async def test_a_penalty_of_one_rule_leaves_the_others() -> None:
    limiter, clock = limiter_of(RateRule("weight", 10, NS_PER_S), RateRule("orders", 5, NS_PER_S))
    limiter.penalise(MonoNs(clock.mono + 40 * NS_PER_S), ["orders"])
    assert (await limiter.acquire({"weight": 1}, Kind.ORDER)).granted
    with pytest.raises(RateLimited):
        await limiter.acquire({"weight": 1, "orders": 1}, Kind.ORDER)


async def test_what_the_venue_counted_corrects_us_upwards_only() -> None:
    limiter, _ = limiter_of(RateRule("weight", 100, HOUR_NS))
    limiter.settle(await limiter.acquire({"weight": 10}))
    limiter.observe("weight", 4)
    assert limiter.snapshot()[0].used == 10
    limiter.observe("weight", 60)
    assert limiter.snapshot()[0].used == 60


async def test_the_venue_may_name_another_limit() -> None:
    limiter, _ = limiter_of(RateRule("weight", 2, HOUR_NS, reserve_share=0.0))
    limiter.set_limit("weight", 3)
    for _ in range(3):
        limiter.settle(await limiter.acquire())
    with pytest.raises(RateLimited):
        await limiter.acquire()


async def test_accounts_share_what_counts_per_machine() -> None:
    limiter, _ = limiter_of(
        RateRule("weight", 2, HOUR_NS, reserve_share=0.0, scope=Scope.MACHINE),
        RateRule("orders", 2, HOUR_NS, reserve_share=0.0),
    )
    other = limiter.for_account("second")
    limiter.settle(await limiter.acquire({"orders": 2, "weight": 1}))
    other.settle(await other.acquire({"orders": 2, "weight": 1}))
    with pytest.raises(RateLimited):
        await other.acquire({"weight": 1})
    assert [state.used for state in other.snapshot()] == [2, 2]


async def test_a_query_yields_to_orders_for_a_second_but_not_for_ever() -> None:
    limiter, clock = limiter_of(RateRule("weight", 1, NS_PER_S, reserve_share=0.0))
    under_way = await limiter.acquire()
    served: list[str] = []

    async def ask(name: str, kind: Kind) -> None:
        ticket = await limiter.acquire(kind=kind, patience_s=PATIENCE_S)
        served.append(name)
        limiter.refund(ticket)

    tasks = [asyncio.ensure_future(ask("query", Kind.QUERY))]
    await asyncio.sleep(0)
    clock.pass_ns(NS_PER_S // 2)
    tasks.append(asyncio.ensure_future(ask("order soon after", Kind.ORDER)))
    await asyncio.sleep(0)
    clock.pass_ns(NS_PER_S)
    tasks.append(asyncio.ensure_future(ask("order much later", Kind.ORDER)))
    tasks.append(asyncio.ensure_future(ask("cancel", Kind.CANCEL)))
    await asyncio.sleep(0)
    limiter.refund(under_way)
    await asyncio.wait_for(asyncio.gather(*tasks), PATIENCE_S)
    assert served == ["cancel", "order soon after", "query", "order much later"]


@pytest.mark.parametrize("costs", [{"wieght": 1}, {"weight": 11}, {"weight": 10}])
async def test_a_rule_that_is_not_there_or_a_cost_that_never_fits_is_a_bug(costs: dict[str, int]) -> None:
    limiter, _ = limiter_of(RateRule("weight", 10, NS_PER_S))
    with pytest.raises(BugError):
        await limiter.acquire(costs, Kind.ORDER)


async def test_a_limit_of_one_can_still_be_used_by_orders() -> None:
    limiter, _ = limiter_of(RateRule("leverage", 1, NS_PER_S))
    assert (await limiter.acquire(kind=Kind.ORDER)).granted


async def test_the_picture_for_the_screens() -> None:
    limiter, clock = limiter_of(RateRule("weight", 100, 10 * NS_PER_S, reserve_share=0.1))
    ticket = await limiter.acquire({"weight": 30})
    limiter.settle(ticket)
    clock.pass_ns(4 * NS_PER_S)
    (state,) = limiter.snapshot()
    assert (state.name, state.used, state.limit, state.reserve) == ("weight", 30, 100, 10)
    assert state.resets_in_ns == 6 * NS_PER_S
    clock.pass_ns(6 * NS_PER_S)
    assert limiter.snapshot()[0].used == 0
