"""What a text of the configuration must look like, by the form its field names."""

import re
from urllib.parse import urlsplit

from msgspec import Struct

from mmtui.config.faults import looks_secret

ENVIRONMENT = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]{0,63})")
REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]{0,63}|file:\S.*|keyring:\S.*")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*(_[A-Za-z0-9-]+)*")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_LONGEST_NAME = 40
_SCHEMES = {
    "http_url": ("http", "https"),
    "ws_url": ("ws", "wss"),
    "proxy_url": ("http", "https", "socks4", "socks4a", "socks5", "socks5h"),
}


class FormFault(Struct, frozen=True):
    """What is wrong with a text; ``hide`` where the text itself may be a secret."""

    text: str
    hide: bool = False


def form_fault(form: str | None, text: str) -> FormFault | None:
    """Check a text against its form; None where it is right (or the field names no form)."""
    if not _encodable(text):
        return FormFault("holds half a character (a lone surrogate); write the text anew")
    if form == "secret":
        sound = REFERENCE.fullmatch(text) and not (ENVIRONMENT.fullmatch(text) and looks_secret(text))
        return (
            None
            if sound
            else FormFault(
                "a secret may not stand here; name it: env:NAME (an environment variable), file:PATH or keyring:NAME",
                hide=True,
            )
        )
    if form == "address":
        return None if _ADDRESS.fullmatch(text) else FormFault("must be an address: 0x and 40 hex digits", hide=True)
    if form == "name":
        return name_fault(text)
    if form in _SCHEMES:
        return None if form == "proxy_url" and ENVIRONMENT.fullmatch(text) else _url_fault(text, form)
    if form == "path" and "\0" in text:
        return FormFault("holds a zero byte; write a path")
    return None


def name_fault(text: str) -> FormFault | None:
    """Check a name of an account or a strategy: it becomes part of file names and environment variables."""
    if len(text) <= _LONGEST_NAME and _NAME.fullmatch(text):
        return None
    return FormFault(f"must be letters, digits, - and single _ (at most {_LONGEST_NAME}), a letter or digit first")


def _url_fault(text: str, form: str) -> FormFault | None:
    schemes = _SCHEMES[form]
    try:
        parts = urlsplit(text)
        credentials = bool(parts.username or parts.password or "@" in parts.netloc)
        usable = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return FormFault("is no URL", hide=True)
    if credentials:
        remedy = "keep the URL in the environment and write env:NAME" if form == "proxy_url" else "leave it out"
        return FormFault(f"a name or password may not stand in a URL; {remedy}", hide=True)
    if not usable or any(sign.isspace() for sign in text):
        return FormFault(
            f"must be a URL that begins with {' or '.join(f'{scheme}://' for scheme in schemes)}", hide="@" in text
        )
    return None


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
