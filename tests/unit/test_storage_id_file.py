from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mmtui.ports.errors import StorageError
from mmtui.storage.id_file import PROCESSES, IdFile

Opened = Callable[..., IdFile]


@pytest.fixture
def opened() -> Iterator[Opened]:
    """Opens files, and lets them all go in the end."""
    files: list[IdFile] = []

    def open_one(folder: Path, key: str = "a secret") -> IdFile:
        files.append(IdFile(folder, "backpack", key))
        return files[-1]

    yield open_one
    for file in files:
        file.close()


def test_the_next_process_knows_what_the_last_one_sent(opened: Opened, tmp_path: Path) -> None:
    first = opened(tmp_path)
    assert first.own == {}
    first.keep(17, "mm-sol-1")
    first.keep(18, "mm-sol-2")
    first.close()
    assert list(opened(tmp_path).own.items()) == [(17, "mm-sol-1"), (18, "mm-sol-2")]


def test_two_processes_have_a_file_each_and_know_both(opened: Opened, tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.keep(17, "mm-sol-1")
    second = opened(tmp_path)
    assert (second.own, second.others) == ({}, {17: "mm-sol-1"})
    assert second.path != first.path
    second.keep(99, "mm-eth-1")
    first.close()
    third = opened(tmp_path)
    assert (third.own, third.others) == ({17: "mm-sol-1"}, {99: "mm-eth-1"})


def test_a_torn_or_damaged_line_costs_that_line_only(opened: Opened, tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.close()
    first.path.write_bytes(b"17 mm-sol-1\nnonsense\n \xff\xfe 3\n18 mm-sol-2\n19 mm-so")
    second = opened(tmp_path)
    assert second.own == {17: "mm-sol-1", 18: "mm-sol-2"}
    second.keep(20, "mm-sol-3")
    second.close()
    assert opened(tmp_path).own == {17: "mm-sol-1", 18: "mm-sol-2", 20: "mm-sol-3"}


def test_a_disk_that_refuses_is_told_once_and_stops_nothing(
    opened: Opened, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = opened(tmp_path)
    file.close()  # as good as a disk that was taken away
    file.keep(17, "mm-sol-1")
    file.keep(18, "mm-sol-2")
    (told,) = caplog.messages
    assert str(file.path) in told


def test_too_many_processes_are_refused(opened: Opened, tmp_path: Path) -> None:
    files = [opened(tmp_path) for _ in range(PROCESSES)]
    with pytest.raises(StorageError, match="works this account already"):
        opened(tmp_path)
    assert len({file.path for file in files}) == PROCESSES


def test_another_account_has_its_own_numbers_and_the_key_is_in_no_name(opened: Opened, tmp_path: Path) -> None:
    opened(tmp_path).keep(17, "mm-sol-1")
    other = opened(tmp_path, "another secret")
    assert (other.own, other.others) == ({}, {})
    assert not [path for path in tmp_path.iterdir() if "secret" in path.name]
