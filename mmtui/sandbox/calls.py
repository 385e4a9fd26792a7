"""One request on its way through a sandbox: what a venue's handler sees of it, and how handlers are registered."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from aiohttp import web
from msgspec import Struct

from mmtui.model.units import NS_PER_MS

Handler = Callable[["Call"], web.Response]
"""Answers a request at once: everything behind the wire is synchronous."""


class Call:
    """A request whose body has been read. ``now_ns`` is the venue's clock as this request meets it, skew included."""

    def __init__(self, request: web.Request, body: bytes, now_ns: int) -> None:
        self.method = request.method
        self.path = request.path
        self.headers: Mapping[str, str] = request.headers
        self.query: list[tuple[str, str]] = list(request.rel_url.query.items())
        self.raw_query: str = request.rel_url.raw_query_string
        self.body = body
        self.now_ns = now_ns
        self.remote = request.remote or ""
        self.match: Mapping[str, str] = request.match_info

    @property
    def now_ms(self) -> int:
        """The venue's clock in whole milliseconds."""
        return self.now_ns // NS_PER_MS

    def parameter(self, name: str) -> str | None:
        """A query parameter; the first where it is repeated, None where it is absent."""
        return next((value for key, value in self.query if key == name), None)


class Endpoint(Struct, frozen=True):
    """One path of the protocol. ``kind`` is what faults call it: place, cancel, amend, query, or None for the rest.

    Where one path takes several kinds of requests, ``kind_of`` tells which one a body with its content type is.
    """

    method: str
    path: str
    handler: Handler
    kind: str | None = None
    kind_of: Callable[[bytes, str], str] | None = None


def json_response(document: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:  # noqa: ANN401
    """A JSON answer; decimals are written as strings."""
    return web.Response(
        body=msgspec.json.encode(document), status=status, content_type="application/json", headers=headers
    )
