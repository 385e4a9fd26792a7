"""One key, one sequence of nonces: whatever is refused, lost or late, nothing is executed twice or out of order."""

import asyncio
import random
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmtui.exchanges.lighter import encode
from mmtui.exchanges.lighter.encode import Transaction
from mmtui.exchanges.lighter.outbox import Outbox
from mmtui.exchanges.lighter.refusals import LighterRefused
from mmtui.exchanges.shared.backoff import Backoff
from mmtui.exchanges.shared.limiter import Kind
from mmtui.model.orders import RefusalCode
from mmtui.ports.errors import Ambiguous, RateLimited, Refused, Unreachable, VenueError
from tests.unit.loopback import HandClock

REST: tuple[int, ...] = (50, 100, 0, 0, 2, 0, 0, -1, 0, 0, 0, 0, 0)


def placing(number: int) -> Transaction:
    return Transaction(encode.CREATE, "SignCreateOrder", (1, number, *REST))


def cancelling(number: int) -> Transaction:
    return encode.cancel_number(1, number)


class Paper:
    """Writes nonce and transaction down instead of signing them."""

    def __init__(self) -> None:
        self.refuses: set[int] = set()

    async def sign(self, transactions: Sequence[Transaction], first_nonce: int) -> list[str]:
        await asyncio.sleep(0)
        for row in transactions:
            if row.arguments[1:2] and row.arguments[1] in self.refuses:
                raise Refused(RefusalCode.OTHER, "the signer refuses it")
        return [
            f"{first_nonce + index} {row.kind} {row.arguments[1] if len(row.arguments) > 1 else 0}"
            for index, row in enumerate(transactions)
        ]


class Sequencer:
    """The venue's side of the nonces. ``fate`` says what becomes of each request: taken, lost before or after, ..."""

    def __init__(self, fate: Callable[[int], str] = lambda _: "take") -> None:
        self.nonce = 100
        self.executed: list[str] = []
        self.requests: list[list[str]] = []
        self.late: list[list[str]] = []
        self.bad: set[str] = set()
        self.under_way = 0
        self.reads = 0
        self.deaf = False
        self._fate = fate

    async def read(self) -> int:
        self.reads += 1
        await asyncio.sleep(0)
        if self.deaf:
            raise Ambiguous("GET nextNonce: timed out")
        return self.nonce

    async def send(self, kinds: Sequence[int], signed: Sequence[str], _kind: Kind) -> None:
        assert self.under_way == 0, "two requests of one key under way"
        assert len(kinds) == len(signed)
        self.under_way += 1
        try:
            await asyncio.sleep(0)
            fate = self._fate(len(self.requests))
            self.requests.append(list(signed))
            await self._suffer(fate, list(signed))
        finally:
            self.under_way -= 1

    async def _suffer(self, fate: str, signed: list[str]) -> None:
        if fate == "lost before":
            raise Ambiguous("timed out")
        if fate == "late":
            self.late.append(signed)
            raise Ambiguous("timed out")
        if fate == "limited":
            raise RateLimited(500, "429")
        if fate == "unreachable":
            raise Unreachable("nothing was sent")
        self.take(signed)
        if fate == "lost after":
            raise Ambiguous("timed out")

    def take(self, signed: list[str]) -> None:
        if int(signed[0].split()[0]) != self.nonce:
            raise LighterRefused(21104, RefusalCode.OTHER, "21104: invalid nonce")
        if any(text.split(maxsplit=1)[1] in self.bad for text in signed):
            raise LighterRefused(21701, RefusalCode.BELOW_MINIMUM, "21701: amount below minimum")
        self.nonce += len(signed)
        self.executed += [text.split(maxsplit=1)[1] for text in signed]

    def arrive(self) -> int:
        """What was late reaches the venue now; returns how many requests it still takes."""
        taken = 0
        for signed in self.late:
            try:
                self.take(signed)
                taken += 1
            except LighterRefused:
                pass
        self.late = []
        return taken


def outbox(venue: Sequencer, **how: object) -> Outbox:
    return Outbox(Paper(), venue.send, venue.read, HandClock(), **how)  # type: ignore[arg-type]


async def outcome(answer: "asyncio.Future[None]") -> VenueError | None:
    try:
        await answer
    except VenueError as error:
        return error
    return None


async def test_what_waits_travels_together_in_order() -> None:
    venue = Sequencer()
    out = outbox(venue, max_batch=4)
    await asyncio.gather(*[out.submit(placing(number), Kind.ORDER, number) for number in range(1, 10)])
    assert venue.executed == [f"14 {number}" for number in range(1, 10)]
    assert [len(request) for request in venue.requests] == [4, 4, 1]
    assert venue.reads == 1


async def test_cancels_pass_orders_but_not_the_one_they_end() -> None:
    venue = Sequencer()
    out = outbox(venue)
    answers = [out.submit(placing(1), Kind.ORDER, 1)]
    answers += [out.submit(placing(2), Kind.ORDER, 2), out.submit(cancelling(7), Kind.CANCEL, 7)]
    answers += [out.submit(cancelling(2), Kind.CANCEL, 2)]
    await asyncio.gather(*answers)
    assert venue.executed == ["15 7", "14 1", "14 2", "15 2"]


async def test_cancel_all_keeps_its_place() -> None:
    venue = Sequencer()
    out = outbox(venue)
    everything = encode.cancel_market(encode.MarketForm(1, 1, 5))
    answers = [out.submit(placing(1), Kind.ORDER, 1), out.submit(everything, Kind.CANCEL)]
    await asyncio.gather(*answers, out.submit(placing(2), Kind.ORDER, 2))
    assert [text.split()[0] for text in venue.executed] == ["14", "16", "14"]


async def test_a_wrong_nonce_is_read_anew_and_sent_once_more() -> None:
    venue = Sequencer()
    out = outbox(venue)
    await out.submit(placing(1), Kind.ORDER, 1)
    venue.nonce += 5  # another program used our key
    await out.submit(placing(2), Kind.ORDER, 2)
    assert venue.executed == ["14 1", "14 2"]
    assert len(venue.requests) == 3


async def test_a_nonce_that_stays_wrong_is_a_refusal() -> None:
    venue = Sequencer()
    out = outbox(venue)

    async def behind() -> int:
        return venue.nonce - 1

    out._read_nonce = behind  # noqa: SLF001 - a venue whose two answers contradict each other
    error = await outcome(out.submit(placing(1), Kind.ORDER, 1))
    assert isinstance(error, Refused)
    assert (len(venue.requests), venue.executed) == (2, [])


async def test_one_bad_order_does_not_take_the_batch_with_it() -> None:
    venue = Sequencer()
    venue.bad = {"14 2"}
    out = outbox(venue)
    errors = [
        await outcome(answer) for answer in [out.submit(placing(number), Kind.ORDER, number) for number in (1, 2, 3)]
    ]
    assert [type(error) for error in errors] == [type(None), LighterRefused, type(None)]
    assert sorted(venue.executed) == ["14 1", "14 3"]


async def test_what_the_signer_refuses_costs_no_nonce() -> None:
    venue = Sequencer()
    paper = Paper()
    paper.refuses = {2}
    out = Outbox(paper, venue.send, venue.read, HandClock())
    answers = [out.submit(placing(number), Kind.ORDER, number) for number in (1, 2, 3)]
    errors = [await outcome(answer) for answer in answers]
    assert [type(error) for error in errors] == [type(None), Refused, type(None)]
    assert (venue.nonce, venue.reads) == (102, 1)


async def test_a_lost_order_is_fenced_so_that_it_can_never_arrive() -> None:
    venue = Sequencer(lambda number: "late" if number == 0 else "take")
    out = outbox(venue)
    assert isinstance(await outcome(out.submit(placing(1), Kind.ORDER, 1)), Ambiguous)
    await out.settle(1)
    assert venue.executed == ["15 1"]  # the fence: the end of an order that never came
    assert venue.arrive() == 0


async def test_the_switchs_renewal_is_the_fence_where_it_is_armed() -> None:
    venue = Sequencer(lambda number: "late" if number == 0 else "take")
    out = outbox(venue)
    out.harmless = lambda: encode.schedule_cancel_all(77)
    await outcome(out.submit(placing(1), Kind.ORDER, 1))
    await out.settle(1)
    assert venue.executed == ["16 77"]


async def test_a_lost_order_that_arrived_is_settled_by_the_nonce() -> None:
    venue = Sequencer(lambda number: "lost after" if number == 0 else "take")
    out = outbox(venue)
    assert isinstance(await outcome(out.submit(placing(1), Kind.ORDER, 1)), Ambiguous)
    await out.settle(1)
    assert venue.executed == ["14 1"]


async def test_an_order_that_arrives_before_its_fence_is_not_ended_by_it() -> None:
    venue = Sequencer(lambda number: "late" if number == 0 else "take")
    out = outbox(venue)
    read = venue.read

    async def read_then_arrive() -> int:
        nonce = await read()
        venue.arrive()
        return nonce

    out._read_nonce = read_then_arrive  # noqa: SLF001 - the race, made certain
    await outcome(out.submit(placing(1), Kind.ORDER, 1))
    await out.settle(1)
    assert venue.executed == ["14 1"]


async def test_nothing_is_settled_while_the_nonce_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mmtui.exchanges.lighter.outbox._SETTLE_S", 0.05)
    venue = Sequencer(lambda number: "lost before" if number == 0 else "take")
    out = outbox(venue)
    first = out.submit(placing(1), Kind.ORDER, 1)
    await outcome(first)
    venue.deaf = True
    with pytest.raises(Ambiguous, match="may still be used"):
        await out.settle(1)
    refused = await outcome(out.submit(placing(2), Kind.ORDER, 2))
    assert isinstance(refused, Unreachable)
    venue.deaf = False
    monkeypatch.undo()
    await out.settle(1)
    await out.close()
    assert "14 2" not in venue.executed


@pytest.mark.parametrize("fate", ["limited", "unreachable"])
async def test_what_was_certainly_not_taken_is_not_lost(fate: str) -> None:
    venue = Sequencer(lambda number: fate if number == 0 else "take")
    out = outbox(venue)
    error = await outcome(out.submit(placing(1), Kind.ORDER, 1))
    assert isinstance(error, RateLimited | Unreachable)
    await out.settle(1)
    assert (venue.executed, len(venue.requests)) == ([], 1)
    await out.submit(placing(2), Kind.ORDER, 2)
    assert venue.executed == ["14 2"]


async def test_an_order_that_waited_too_long_is_not_sent() -> None:
    venue = Sequencer()
    clock = HandClock()
    out = Outbox(Paper(), venue.send, venue.read, clock)
    late = out.submit(placing(1), Kind.ORDER, 1)
    cancel = out.submit(cancelling(3), Kind.CANCEL, 3)
    clock.pass_ns(5_000_000_000)
    assert isinstance(await outcome(late), RateLimited)
    await cancel
    assert venue.executed == ["15 3"]


async def test_closing_refuses_what_waits_and_leaves_open_what_is_under_way() -> None:
    venue = Sequencer()
    out = outbox(venue, max_batch=1)
    answers = [out.submit(placing(number), Kind.ORDER, number) for number in (1, 2)]
    while not venue.under_way:  # noqa: ASYNC110 - the fake has no event
        await asyncio.sleep(0)
    await out.close()
    assert isinstance(await outcome(answers[0]), Ambiguous)
    assert isinstance(await outcome(answers[1]), Unreachable)
    assert isinstance(await outcome(out.submit(placing(3), Kind.ORDER, 3)), Unreachable)


FATES = ("take", "take", "take", "late", "lost before", "lost after", "limited", "unreachable")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 60), st.integers(1, 15))
def test_no_order_is_lost_or_doubled_whatever_happens(seed: int, count: int, batch: int) -> None:
    asyncio.run(storm(seed, count, batch))


# The pauses between fences are real time; in the storm they are none.
async def storm(seed: int, count: int, batch: int) -> None:
    chance = random.Random(seed)
    venue = Sequencer(lambda _: chance.choice(FATES))
    out = outbox(venue, max_batch=batch)
    out._backoff = Backoff(0.0, 0.0)  # noqa: SLF001 - as said above
    answers: dict[int, asyncio.Future[None]] = {}
    for number in range(1, count + 1):
        answers[number] = out.submit(placing(number), Kind.ORDER, number)
        if chance.random() < 0.3:
            await asyncio.sleep(0)
        if chance.random() < 0.1:
            venue.nonce += 1  # another program
    results = {number: await outcome(answer) for number, answer in answers.items()}
    for number in results:
        await out.settle(number)
    assert venue.arrive() == 0
    placed = [int(text.split()[1]) for text in venue.executed if text.startswith("14")]
    assert len(placed) == len(set(placed))
    for number, error in results.items():
        if error is None:
            assert number in placed
        elif not isinstance(error, Ambiguous):
            assert number not in placed
    await out.close()
