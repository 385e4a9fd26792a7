"""Foreign bytes: nothing is raised, nothing that cannot be gets through, what is not understood is counted."""

import math
import random
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmtui.exchanges.standx.account_frames import decode_result
from mmtui.exchanges.standx.figures import from_iso
from mmtui.exchanges.standx.refusals import read_error
from mmtui.exchanges.standx.wire import AuthData
from mmtui.model.events import BookSnapshot, Event, Fill, OrderReport, Unrecognised
from tests.conformance.test_cards_market import mutated
from tests.unit.standx_payloads import (
    BOOK,
    ERROR,
    FILL,
    NOW_NS,
    ORDER,
    PRICE,
    TRADE,
    account_decoder,
    market_decoder,
)

PUBLIC = (BOOK, BOOK, PRICE, TRADE, ERROR)
PRIVATE = (ORDER, FILL, ORDER, ERROR)


def proper(event: Event) -> None:
    """Every figure can be one, and the event can be written to a journal and read again."""
    assert msgspec.json.decode(msgspec.json.encode(event), type=type(event)) == event
    if isinstance(event, BookSnapshot):
        for price, size in (*event.bids, *event.asks):
            assert math.isfinite(price)
            assert price > 0
            assert math.isfinite(size)
            assert size > 0
        assert event.bids == sorted(event.bids, reverse=True)
        assert event.asks == sorted(event.asks)
        assert not event.bids or not event.asks or event.bids[0][0] < event.asks[0][0]
    elif isinstance(event, OrderReport | Fill):
        for name in event.__struct_fields__:
            value = getattr(event, name)
            assert not isinstance(value, Decimal) or (value.is_finite() and abs(value) < Decimal("1e60"))


def fuzzed(rounds: int, seed: int) -> dict[str, int]:
    """Mutate, decode, check; counts the events of each kind."""
    chance = random.Random(seed)
    market, account = market_decoder(), account_decoder()
    counts: dict[str, int] = {}
    for number in range(rounds):
        message = mutated(chance.choice(PUBLIC if number % 2 else PRIVATE), chance)
        if number % 2:
            events: list[Event] = [market.decode(message, NOW_NS)]
        else:
            found = account.decode(message, NOW_NS)
            events = [] if isinstance(found, AuthData) else found
        decode_result(message)
        read_error(message, 200)
        for event in events:
            proper(event)
            name = type(event).__name__
            counts[name] = counts.get(name, 0) + 1
    return counts


def test_mutated_messages() -> None:
    counts = fuzzed(6_000, seed=3)
    assert min(counts[name] for name in ("BookSnapshot", "OrderReport", "Fill", "MarkPrice", "PublicTrade")) > 10
    assert counts["Unrecognised"] > 1_000


@pytest.mark.acceptance
def test_many_mutated_messages() -> None:
    assert fuzzed(400_000, seed=4)["Unrecognised"] > 100_000


@given(st.binary(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["channel", "data", "symbol", "id", "qty", "price", "code", "bids", "asks"]), inner, max_size=5
    ),
).map(msgspec.json.encode))  # fmt: skip
def test_any_bytes_and_any_json(data: bytes) -> None:
    event = market_decoder().decode(data, NOW_NS)
    assert isinstance(event, Unrecognised)
    found = account_decoder().decode(data, NOW_NS)
    assert isinstance(found, list | AuthData)
    decode_result(data)
    read_error(data, 400)


@given(st.text(max_size=40) | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]{0,12})?Z?", fullmatch=True))
def test_any_time(text: str) -> None:
    found = from_iso(text)
    assert found is None or found > 0


@pytest.mark.parametrize(
    "change",
    [(b'"0.839"', b'"-1"'), (b'"121880"', b'"NaN"'), (b'"121880"', b'"1e400"'), (b"BTC-", b"XRP-"), (b"[[", b"[")],
    ids=str,
)
def test_figures_that_cannot_be_are_counted(change: tuple[bytes, bytes]) -> None:
    assert isinstance(market_decoder().decode(BOOK.replace(*change), NOW_NS), Unrecognised)


@pytest.mark.parametrize(
    "change",
    [(b'"open"', b'"weird"'), (b'"buy"', b'"both"'), (b'"0.1"', b'"NaN"'), (b'"0.1"', b'"-3"'), (b"1820682", b"-7")],
    ids=str,
)
def test_an_order_that_cannot_be_is_counted(change: tuple[bytes, bytes]) -> None:
    (event,) = account_decoder().decode(ORDER.replace(*change), NOW_NS)  # type: ignore[misc]
    assert isinstance(event, Unrecognised)
