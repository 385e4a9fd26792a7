"""Turns operating-system errors into one line a user can act on."""

import errno
from pathlib import Path

from mmtui.ports.errors import StorageError

_REMEDIES = {
    errno.ENOSPC: "free space on this disk or choose another place in the configuration",
    errno.EDQUOT: "your disk quota is used up: free space or choose another place in the configuration",
    errno.EFBIG: "the file size limit of this user or file system is reached: raise it or choose another place",
    errno.EROFS: "the file system is read-only: choose another place in the configuration",
    errno.EACCES: "make it writable for this user or choose another place in the configuration",
    errno.EPERM: "make it writable for this user or choose another place in the configuration",
    errno.ENOTDIR: "a file stands where a folder is needed: move it away or choose another place",
    errno.EEXIST: "another process writes here, or a file stands in the way: stop it or move the file away",
    errno.EISDIR: "a folder stands where a file is needed: move it away or choose another place",
    errno.EIO: "the disk reports an input/output error: check it, then start again",
    errno.EMFILE: "too many open files: raise the limit (ulimit -n) or close other programs",
}


def storage_error(what: str, path: Path | str, error: OSError) -> StorageError:
    """One line that names what failed, the path, the system's reason and the remedy."""
    reason = error.strerror or str(error)
    remedy = _REMEDIES.get(error.errno or 0, "check the disk and the path")
    return StorageError(f"{what}: {path}: {reason}; {remedy}")
