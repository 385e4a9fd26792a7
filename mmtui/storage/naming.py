"""Names of files that belong to one (venue, account, strategy or symbol)."""

import hashlib
import re
from typing import Final

import msgspec

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")
_READABLE: Final = 40


def file_stem(venue: str, account: str, subject: str) -> str:
    """A file name for this key: readable venue and subject, and a digest that tells apart whatever reads alike.

    The account stands in the digest only: file names end up in listings and support mails.
    """
    digest = hashlib.sha256(msgspec.json.encode((venue, account, subject))).hexdigest()[:16]
    readable = _UNSAFE.sub("_", f"{venue}-{subject}").strip(".")[:_READABLE]
    return f"{readable}-{digest}"
