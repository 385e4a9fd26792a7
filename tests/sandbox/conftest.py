"""Fixtures of the sandbox tests: servers as processes."""

from collections.abc import Iterator

import pytest

from tests.sandbox.backpack_client import BackpackClient
from tests.sandbox.sandbox_process import SandboxProcess, sandbox


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
