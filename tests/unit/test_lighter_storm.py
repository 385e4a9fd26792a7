"""A thousand orders and cancels at once through one key, signed and sent for real, with answers that never come."""

import asyncio
import random
from collections import Counter
from typing import Any

from aiohttp import web
from msgspec.structs import replace

from mmtui.exchanges.lighter.ids import OrderNumbers
from mmtui.model.events import CommandUnknown, Event
from tests.unit.aster_desk import hang
from tests.unit.lighter_desk import QUICK, Sequence, cancel, open_desk, place

ORDERS = 500
SILENT_SHARE = 0.05


class Moody:
    """Answers through the sequence; of some requests the answer is lost, before or after they were executed."""

    def __init__(self, sequence: Sequence, seed: int) -> None:
        self.sequence = sequence
        self.refused = 0
        self.silent = 0
        self._chance = random.Random(seed)

    async def one(self, request: web.Request) -> Any:  # noqa: ANN401 - JSON or an answer
        return await self._answer(self.sequence.one, request)

    async def batch(self, request: web.Request) -> Any:  # noqa: ANN401 - as above
        return await self._answer(self.sequence.batch, request)

    async def _answer(self, take: Any, request: web.Request) -> Any:  # noqa: ANN401 - as above
        roll = self._chance.random()
        if roll < SILENT_SHARE / 2:
            self.silent += 1
            return await hang(request)
        taken = await take(request)
        if roll < SILENT_SHARE:
            self.silent += 1
            return await hang(request)
        self.refused += isinstance(taken, web.Response)
        return taken


async def test_a_thousand_at_once_with_lost_answers() -> None:
    async with open_desk(replace(QUICK, order_patience_s=60.0)) as (desk, sequence, session):
        await session.start()
        client, outbox = session.client, session.outbox
        assert client is not None
        assert outbox is not None
        moody = Moody(sequence, 5)
        desk.say("POST /api/v1/sendTx", moody.one)
        desk.say("POST /api/v1/sendTxBatch", moody.batch)
        work = [client.execute([place(number), cancel(number)]) for number in range(ORDERS)]
        events: list[Event] = [event for events in await asyncio.gather(*work) for event in events]
        assert moody.silent >= 2
        assert moody.refused == 0  # no nonce was wrong, not even once
        assert {type(event) for event in events} == {CommandUnknown}
        numbers = OrderNumbers()
        for number in range(ORDERS):
            await outbox.settle(numbers.number(f"mm-eth-{number}"))
        placed = Counter(row["ClientOrderIndex"] for row in sequence.taken if row["type"] == 14)
        assert set(placed.values()) == {1}
        unclear = {numbers.number(event.client_order_id) for event in events if isinstance(event, CommandUnknown)}
        every = {numbers.number(f"mm-eth-{number}") for number in range(ORDERS)}
        assert every - unclear <= set(placed) <= every
        places = [(row["type"], row.get("ClientOrderIndex") or row["Index"]) for row in sequence.taken]
        first_end = {number: index for index, (kind, number) in reversed(list(enumerate(places))) if kind == 15}
        for index, (kind, number) in enumerate(places):
            assert kind != 14 or first_end.get(number, index + 1) > index
