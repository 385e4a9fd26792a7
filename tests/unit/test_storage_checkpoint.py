"""Checkpoints, atomic files and leases: whole or not at all, and never somebody else's."""

import errno
import signal
import subprocess
import sys
from pathlib import Path
from zlib import crc32

import pytest

from mmtui.ports.errors import StorageError
from mmtui.storage.atomic import set_aside, write_atomically
from mmtui.storage.checkpoint import SCHEMA_VERSION, CheckpointKey, CheckpointStore
from mmtui.storage.faults import storage_error
from mmtui.storage.lease import Lease

ROOT = str(Path(__file__).parents[2])
KEY = CheckpointKey("aster", "0xAbC/1", "sol maker")
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="a POSIX matter")


# ------------------------------------------------------------------------------------------------ atomic files


def test_a_file_is_replaced_whole_and_private(tmp_path: Path) -> None:
    path = tmp_path / "settings" / "panel.json"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["panel.json"]


@posix_only
def test_a_full_disk_leaves_the_old_file_and_no_rest(tmp_path: Path) -> None:
    path = tmp_path / "panel.json"
    path.write_bytes(b"old")
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from mmtui.ports.errors import StorageError\n"
        "from mmtui.storage.atomic import write_atomically\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n"
        "    write_atomically(Path(sys.argv[1]), bytes(5000))\n"
        "except StorageError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], check=True, capture_output=True, text=True, cwd=ROOT
    )
    assert f"cannot be written: {path}" in done.stdout
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_path_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="cannot be written"):
        write_atomically(tmp_path / "file" / "x", b"")
    with pytest.raises(StorageError, match="cannot be renamed"):
        set_aside(tmp_path / "absent")


@pytest.mark.parametrize(
    ("number", "remedy"),
    [(errno.ENOSPC, "free space"), (errno.EROFS, "read-only"), (errno.EACCES, "writable"), (0, "")],
)
def test_an_error_of_the_system_becomes_one_line_with_a_remedy(number: int, remedy: str) -> None:
    line = str(storage_error("journal cannot be written", "/data/j", OSError(number, "reason of the system")))
    assert line.startswith("journal cannot be written: /data/j: reason of the system; ")
    assert remedy in line


# ------------------------------------------------------------------------------------------------ checkpoints


def test_a_checkpoint_comes_back(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path / "checkpoints")
    assert store.load(KEY).payload is None
    store.save(KEY, b"state 1")
    store.save(KEY, b"state 2")
    found = store.load(KEY)
    assert (found.payload, found.problem) == (b"state 2", None)


def test_each_key_has_a_file_of_its_own(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path)
    keys = [KEY, CheckpointKey("aster", "0xAbC/2", "sol maker"), CheckpointKey("aster", "0xAbC/1", "sol_maker")]
    for number, key in enumerate(keys):
        store.save(key, b"%d" % number)
    assert [store.load(key).payload for key in keys] == [b"0", b"1", b"2"]
    assert all("0xAbC" not in path.name for path in tmp_path.iterdir())


def test_any_cut_or_changed_byte_is_noticed_and_the_file_kept(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path)
    store.save(KEY, b"state")
    path = store.path(KEY)
    whole = path.read_bytes()
    spoilt = [whole[:size] for size in range(len(whole))]
    spoilt += [whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :] for place in range(len(whole))]
    for number, data in enumerate(spoilt, start=1):
        path.write_bytes(data)
        found = store.load(KEY)
        aside = path.with_name(f"{path.name}.broken-{number}")
        assert found.payload is None
        assert found.problem is not None
        assert str(aside) in found.problem
        assert aside.read_bytes() == data
        assert not path.exists()


def test_the_checkpoint_of_another_is_kept_aside(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path)
    other = CheckpointKey("backpack", "a", "btc")
    store.save(other, b"state")
    store.path(other).rename(store.path(KEY))
    found = store.load(KEY)
    assert found.payload is None
    assert "belongs to backpack, strategy btc" in str(found.problem)


def test_a_newer_checkpoint_is_refused_and_left(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path)
    store.save(KEY, b"state")
    path = store.path(KEY)
    data = path.read_bytes().replace(b'"schema":%d' % SCHEMA_VERSION, b'"schema":%d' % (SCHEMA_VERSION + 1))
    body = data[20:]
    path.write_bytes(data[:16] + crc32(body).to_bytes(4, "little") + body)
    with pytest.raises(StorageError, match=f"schema version {SCHEMA_VERSION + 1}"):
        store.load(KEY)
    assert path.exists()


def test_a_checkpoint_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path)
    store.path(KEY).mkdir()
    with pytest.raises(StorageError, match="checkpoint cannot be read"):
        store.load(KEY)


# ------------------------------------------------------------------------------------------------ leases

HOLDER = (
    "import sys\n"
    "from pathlib import Path\n"
    "from mmtui.storage.lease import Lease\n"
    "lease = Lease(Path(sys.argv[1]), 'aster', 'a1', 'sol')\n"
    "print('held', flush=True)\n"
    "sys.stdin.read()\n"
)


def test_a_lease_is_held_once(tmp_path: Path) -> None:
    with Lease(tmp_path / "leases", "aster", "a1", "sol") as lease:
        with pytest.raises(StorageError, match="aster sol: this process works this account already"):
            Lease(tmp_path / "leases", "aster", "a1", "sol")
        Lease(tmp_path / "leases", "aster", "a2", "sol").release()
    Lease(tmp_path / "leases", "aster", "a1", "sol").release()
    lease.release()


@posix_only
def test_a_lease_names_its_holder_and_dies_with_it(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(StorageError, match=f"process {holder.pid} works this account already"):
        Lease(tmp_path, "aster", "a1", "sol")
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdin.close()
    holder.stdout.close()
    Lease(tmp_path, "aster", "a1", "sol").release()


def test_a_lease_without_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="lease cannot be taken"):
        Lease(tmp_path / "file", "aster", "a1", "sol")
