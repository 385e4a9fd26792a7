"""The rate budget under random load, judged from the other side of the wire: by when the venue saw each request."""

import heapq
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmtui.exchanges.shared.budget import Budget, Kind, RateRule, Ticket
from mmtui.exchanges.shared.nonce import Nonces

rules = st.lists(
    st.builds(
        RateRule,
        name=st.just(""),
        limit=st.integers(3, 30),
        per_ns=st.integers(5, 400),
        reserve_share=st.sampled_from([0.0, 0.1, 0.3]),
    ),
    min_size=1,
    max_size=3,
).map(lambda found: [RateRule(f"r{i}", r.limit, r.per_ns, r.reserve_share) for i, r in enumerate(found)])


class Life:
    """What happened to one request."""

    def __init__(self, asked_ns: int, kind: Kind, costs: dict[str, int]) -> None:
        self.asked_ns = asked_ns
        self.kind = kind
        self.costs = costs
        self.granted_ns: int | None = None
        self.arrived_ns: int | None = None
        self.others_waiting: list[Life] = []


def simulate(table: list[RateRule], seed: int, requests: int) -> list[Life]:
    """Ask at random times, answer after random delays, follow ``next_ns`` and nothing else."""
    random_ = random.Random(seed)
    budget = Budget(table)
    lives: dict[Ticket, Life] = {}
    todo: list[tuple[int, int, str, Ticket | None]] = []
    serial = 0

    def plan(when_ns: int, what: str, ticket: Ticket | None) -> None:
        nonlocal serial
        serial += 1
        heapq.heappush(todo, (when_ns, serial, what, ticket))

    when_ns = 1
    for _ in range(requests):
        when_ns += random_.choice([0, 0, 1, 3, 20, 100])
        plan(when_ns, "ask", None)
    while todo:
        now_ns, _, what, ticket = heapq.heappop(todo)
        if what == "ask":
            kind = random_.choice([Kind.CANCEL, Kind.ORDER, Kind.ORDER, Kind.QUERY])
            costs = {rule.name: random_.randint(0, max(1, rule.limit // 3)) for rule in table}
            lives[budget.ask("a", costs, kind, now_ns)] = Life(now_ns, kind, costs)
        elif what == "settle":
            assert ticket is not None
            budget.settle(ticket, now_ns)
        for granted in budget.grant(now_ns):
            life = lives[granted]
            life.granted_ns = now_ns
            life.others_waiting = [other for other in lives.values() if other.granted_ns is None]
            delay_ns = random_.choice([0, 1, 5, 60, 500])
            life.arrived_ns = now_ns + random_.randint(0, delay_ns)
            plan(now_ns + delay_ns, "settle", granted)
        next_ns = budget.next_ns(now_ns)
        if next_ns is not None and not any(at <= next_ns for at, *_ in todo):
            assert next_ns > now_ns
            plan(next_ns, "look", None)
    return list(lives.values())


@given(rules, st.integers(0, 2**32), st.integers(1, 120))
def test_the_venue_never_counts_more_than_a_rule_allows(table: list[RateRule], seed: int, requests: int) -> None:
    lives = simulate(table, seed, requests)
    for rule in table:
        seen = sorted((life.arrived_ns or 0, life.costs[rule.name]) for life in lives)
        for at_ns, _ in seen:
            inside = sum(units for when_ns, units in seen if at_ns <= when_ns < at_ns + rule.per_ns)
            assert inside <= rule.limit


@given(rules, st.integers(0, 2**32), st.integers(1, 120))
def test_everybody_is_served_in_the_end(table: list[RateRule], seed: int, requests: int) -> None:
    assert all(life.granted_ns is not None for life in simulate(table, seed, requests))


@given(rules, st.integers(0, 2**32), st.integers(1, 120))
def test_only_cancels_use_the_reserve(table: list[RateRule], seed: int, requests: int) -> None:
    lives = [life for life in simulate(table, seed, requests) if life.kind is not Kind.CANCEL]
    for rule in table:
        reserve = max(1, round(rule.limit * rule.reserve_share)) if rule.reserve_share else 0
        seen = sorted((life.arrived_ns or 0, life.costs[rule.name]) for life in lives)
        for at_ns, _ in seen:
            inside = sum(units for when_ns, units in seen if at_ns <= when_ns < at_ns + rule.per_ns)
            assert inside <= rule.limit - reserve


@given(rules, st.integers(0, 2**32), st.integers(1, 120))
def test_nobody_overtakes_a_waiting_cancel_and_a_kind_keeps_its_order(
    table: list[RateRule], seed: int, requests: int
) -> None:
    for life in simulate(table, seed, requests):
        rules_used = {name for name, units in life.costs.items() if units}
        for other in life.others_waiting:
            meets = rules_used & {name for name, units in other.costs.items() if units}
            if not meets:
                continue
            assert other.kind is not Kind.CANCEL or (life.kind is Kind.CANCEL and life.asked_ns <= other.asked_ns)
            assert other.kind is not life.kind or life.asked_ns <= other.asked_ns


@pytest.mark.parametrize("orders", [1, 50])
def test_a_cancel_goes_at_once_however_many_orders_wait(orders: int) -> None:
    budget = Budget([RateRule("weight", 10, 100, reserve_share=0.2)])
    for _ in range(8 + orders):
        budget.ask("a", {"weight": 1}, Kind.ORDER, 0)
    assert len(budget.grant(0)) == 8
    cancel = budget.ask("a", {"weight": 1}, Kind.CANCEL, 1)
    assert budget.grant(1) == [cancel]


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=200))
def test_nonces_only_grow_whatever_the_clock_does(times_ns: list[int]) -> None:
    left = iter(times_ns)
    nonces = Nonces(lambda: next(left))
    given_out = [nonces.next() for _ in times_ns]
    assert given_out == sorted(set(given_out))
    assert all(number >= now_ns // 1_000 for number, now_ns in zip(given_out, times_ns, strict=True))
