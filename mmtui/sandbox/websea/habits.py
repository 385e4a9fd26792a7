"""Manners that the venue may have, set by ``POST /_sandbox/habits``: delays, shapes, what it leaves out."""

import msgspec
from aiohttp import web
from msgspec import Struct

from mmtui.model.units import NS_PER_MS
from mmtui.sandbox.calls import Call, json_response


class Habits(Struct, kw_only=True, forbid_unknown_fields=True):
    """How the venue behaves beside its rules.

    ``closable_after_ms``: so long after a fill its contracts are not yet closable. ``cancelling_ms``: so long an order
    stays in status 4 before it is cancelled, and may still trade. ``listed_after_ms``: so long a new order is missing
    from the open orders. ``split_rows``: the book repeats a price on consecutive rows. ``numbers``: the book's rows are
    numbers instead of texts. ``zero_mark``: marks read "0". ``fail_cancels``: so many of the next cancelled ids fail.
    ``no_trade``: accounts whose key may only read. ``binary_frames``: sockets opened from now on send binary frames.
    """

    closable_after_ms: int = 250
    cancelling_ms: int = 60
    listed_after_ms: int = 0
    split_rows: bool = True
    numbers: bool = False
    zero_mark: bool = False
    fail_cancels: int = 0
    no_trade: tuple[str, ...] = ()
    binary_frames: bool = False

    @property
    def closable_after_ns(self) -> int:
        """``closable_after_ms`` in nanoseconds."""
        return self.closable_after_ms * NS_PER_MS

    @property
    def cancelling_ns(self) -> int:
        """``cancelling_ms`` in nanoseconds."""
        return self.cancelling_ms * NS_PER_MS

    def serve(self, call: Call) -> web.Response:
        """Change what the body names; answers all of them."""
        try:
            changed = msgspec.json.decode(call.body or b"{}", type=Habits)
            named = msgspec.json.decode(call.body or b"{}", type=dict[str, object])
        except msgspec.DecodeError as error:
            return json_response({"error": f"habits: {error}"}, 400)
        for name in named:
            setattr(self, name, getattr(changed, name))
        return json_response(msgspec.to_builtins(self))
