"""Where anything may be sent: the venue's own origins, what the user allowed, and this machine."""

import ipaddress
from urllib.parse import urlsplit

from msgspec import Struct

from mmtui.ports.errors import SettingsError

_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


class HostPolicy(Struct, frozen=True):
    """Origins (``scheme://host[:port]``) of one venue.

    ``known`` stands in the venue's facts; ``allowed`` is what the user allowed explicitly. Loopback is always allowed.
    """

    venue: str
    known: tuple[str, ...]
    allowed: tuple[str, ...] = ()

    def check(self, url: str, where: str) -> str:
        """Give the base URL back without a trailing slash; ``where`` names the setting it came from.

        Raises:
            SettingsError: it is no usable base URL, or its origin is neither the venue's nor allowed nor loopback.
        """
        origin = _origin(url, where)
        allowed = [_origin(known, where) for known in self.known]
        allowed += [_origin(host, "allowed_hosts") for host in self.allowed]
        if _is_loopback(url) or origin in allowed:
            return url.rstrip("/")
        raise SettingsError(
            f"{where}: {_shown(origin)} is no address of {self.venue} (known: {', '.join(self.known)}); "
            "nothing is sent there until you allow it explicitly, in allowed_hosts of the account"
        )


def _origin(url: str, where: str) -> tuple[str, str, int]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise SettingsError(f"{where}: is no URL; write scheme://host") from None
    if parts.username is not None or parts.password is not None:
        raise SettingsError(f"{where}: a name or password may not stand in a base URL; leave it out")
    if parts.scheme not in _PORTS or not parts.hostname or any(sign.isspace() or sign == "\\" for sign in url):
        raise SettingsError(f"{where}: must be a URL that begins with https:// or wss://")
    if parts.query or parts.fragment:
        raise SettingsError(f"{where}: a base URL has no ? and no #; leave them out")
    return parts.scheme, parts.hostname.rstrip("."), _PORTS[parts.scheme] if port is None else port


def _is_loopback(url: str) -> bool:
    host = (urlsplit(url).hostname or "").rstrip(".")
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _shown(origin: tuple[str, str, int]) -> str:
    scheme, host, port = origin
    name = f"[{host}]" if ":" in host else host
    return f"{scheme}://{name}" if port == _PORTS[scheme] else f"{scheme}://{name}:{port}"
