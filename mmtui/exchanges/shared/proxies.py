"""One proxy setting for both transports, so that REST and streams leave by the same door."""

from urllib.parse import urlsplit

from msgspec import Struct

from mmtui.ports.errors import SettingsError


class ProxyRoute(Struct, frozen=True):
    """A proxy address in the words of each transport. It may hold a password and is never shown."""

    http: str
    stream: str
    password: str

    def __repr__(self) -> str:
        return "ProxyRoute(hidden)"


def proxy_route(proxy: str | None, where: str = "proxy") -> ProxyRoute | None:
    """Read a proxy address: http, https, socks5 or socks5h; the proxy resolves names in all of them.

    Raises:
        SettingsError: it is none, or of a kind that REST cannot use (socks4).
    """
    if proxy is None:
        return None
    try:
        parts = urlsplit(proxy)
        usable = bool(parts.hostname) and parts.port != 0 and not any(sign.isspace() for sign in proxy)
    except ValueError:
        raise SettingsError(f"{where}: is no URL; write http://host:port or socks5://host:port") from None
    if parts.scheme in ("socks4", "socks4a"):
        raise SettingsError(f"{where}: a {parts.scheme} proxy cannot carry REST; use its socks5 or http port")
    if not usable or parts.scheme not in ("http", "https", "socks5", "socks5h"):
        raise SettingsError(f"{where}: must be a URL that begins with http://, https://, socks5:// or socks5h://")
    # httpx always leaves names to a SOCKS proxy; the stream's library does so only when it is called socks5h.
    stream = f"socks5h{proxy[len(parts.scheme) :]}" if parts.scheme == "socks5" else proxy
    return ProxyRoute(http=proxy, stream=stream, password=parts.password or "")
