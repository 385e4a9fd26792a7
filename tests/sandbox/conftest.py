"""Fixtures of the sandbox tests: servers as processes."""

from collections.abc import Iterator

import pytest

from tests.sandbox.aster_client import AsterClient
from tests.sandbox.backpack_client import BackpackClient
from tests.sandbox.lighter_client import LighterClient
from tests.sandbox.lighter_client import clients as lighter_clients
from tests.sandbox.sandbox_process import SandboxProcess, sandbox
from tests.sandbox.websea_client import WebseaClient, clients


@pytest.fixture(scope="module")
def backpack() -> Iterator[SandboxProcess]:
    """One Backpack for all tests of a module."""
    with sandbox("backpack") as process:
        yield process


@pytest.fixture
def client(backpack: SandboxProcess) -> Iterator[BackpackClient]:
    """Account a, with no order and no fault left from other tests."""
    backpack.clear_faults()
    client = BackpackClient(backpack)
    for symbol in backpack.line["symbols"]:
        client.cancel_all(symbol)
    yield client
    backpack.clear_faults()
    client.close()


@pytest.fixture
def other(backpack: SandboxProcess) -> Iterator[BackpackClient]:
    """Account b."""
    client = BackpackClient(backpack, "b")
    for symbol in backpack.line["symbols"]:
        client.cancel_all(symbol)
    yield client
    client.close()


@pytest.fixture(scope="module")
def aster() -> Iterator[SandboxProcess]:
    """One Aster for all tests of a module."""
    with sandbox("aster") as process:
        yield process


def _aster_client(aster: SandboxProcess, account: str) -> Iterator[AsterClient]:
    aster.clear_faults()
    client = AsterClient(aster, account)
    client.cancel_all()
    yield client
    aster.clear_faults()
    client.close()


@pytest.fixture
def own_agent(aster: SandboxProcess) -> Iterator[AsterClient]:
    """Account a: a wallet that signs for itself, with no order and no fault left from other tests."""
    yield from _aster_client(aster, "a")


@pytest.fixture
def agent(aster: SandboxProcess) -> Iterator[AsterClient]:
    """Account b: an agent signs for another wallet."""
    yield from _aster_client(aster, "b")


@pytest.fixture
def key_pair(aster: SandboxProcess) -> Iterator[AsterClient]:
    """Account c: a key of the old kind."""
    yield from _aster_client(aster, "c")


@pytest.fixture(scope="module")
def websea() -> Iterator[SandboxProcess]:
    """One Websea for all tests of a module."""
    with sandbox("websea") as process:
        yield process


@pytest.fixture
def hedger(websea: SandboxProcess) -> Iterator[WebseaClient]:
    """Account a, with no order, row or fault left from other tests."""
    yield from clients(websea, "a")


@pytest.fixture
def capital(websea: SandboxProcess) -> Iterator[WebseaClient]:
    """Account b, whose secret begins with a capital letter."""
    yield from clients(websea, "b")


@pytest.fixture(scope="module")
def lighter() -> Iterator[SandboxProcess]:
    """One Lighter for all tests of a module."""
    with sandbox("lighter") as process:
        yield process


@pytest.fixture
def trader(lighter: SandboxProcess) -> Iterator[LighterClient]:
    """Account a, with no order, plan, position or fault left from other tests."""
    yield from lighter_clients(lighter, "a")


@pytest.fixture
def neighbour(lighter: SandboxProcess) -> Iterator[LighterClient]:
    """Account b."""
    yield from lighter_clients(lighter, "b")
