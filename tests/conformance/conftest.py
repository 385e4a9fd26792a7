"""Every card is run for every venue in this list; another venue is another line."""

from collections.abc import AsyncIterator, Callable
from importlib.util import find_spec

import pytest

from tests.conformance.aster_under_test import AsterUnderTest
from tests.conformance.backpack_under_test import BackpackUnderTest
from tests.conformance.lighter_under_test import LighterUnderTest
from tests.conformance.sim_under_test import SimUnderTest
from tests.conformance.standx_under_test import StandxUnderTest
from tests.conformance.venue_under_test import VenueUnderTest
from tests.conformance.websea_under_test import WebseaUnderTest

VENUES: dict[str, Callable[[], VenueUnderTest]] = {
    "sim": SimUnderTest,
    "backpack": BackpackUnderTest,
    "aster": AsterUnderTest,
}
if find_spec("mmtui.sandbox.lighter") is not None:
    VENUES["lighter"] = LighterUnderTest
if find_spec("mmtui.sandbox.standx") is not None:
    VENUES["standx"] = StandxUnderTest
if find_spec("mmtui.sandbox.websea") is not None:
    VENUES["websea"] = WebseaUnderTest


@pytest.fixture(params=VENUES)
async def venue(request: pytest.FixtureRequest) -> AsyncIterator[VenueUnderTest]:
    """A venue that has started; a card it is excused from does not start it."""
    made = VENUES[request.param]()
    card = request.node.name.split("_")[1].upper()
    if card in made.excused:
        pytest.skip(f"{card} does not apply to {made.name}: {made.excused[card]}")
    await made.start()
    yield made
    await made.stop()
