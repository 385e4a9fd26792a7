"""Frames of the account's own channels: orders and fills into events. Nothing is raised for what a stream brings."""

from typing import Final

import msgspec

from mmtui.exchanges.shared.redact import Redactor
from mmtui.exchanges.standx.account_rows import AccountRows
from mmtui.exchanges.standx.facts import VENUE
from mmtui.exchanges.standx.figures import UNREADABLE
from mmtui.exchanges.standx.wire import (
    AuthData,
    AuthFrame,
    OrderFrame,
    OwnTradeFrame,
    PositionFrame,
    ResultFrame,
    WalletFrame,
)
from mmtui.model.events import Event, Unrecognised

_FRAMES: Final = msgspec.json.Decoder(
    OrderFrame | OwnTradeFrame | PositionFrame | WalletFrame | AuthFrame, strict=False
)
_RESULT: Final = msgspec.json.Decoder(ResultFrame)

PRIVATE_SOURCE: Final = f"{VENUE} private stream"
CHANNELS: Final = ("order", "trade")
"""The channels that are asked for. A position that is pushed would race with the fills that made it: it is asked for,
like the balance, whose channel shows the wallet and not the account."""


class AccountDecoder:
    """Decodes frames of one account's private channels."""

    def __init__(self, rows: AccountRows, redactor: Redactor) -> None:
        self._rows = rows
        self._redactor = redactor

    def decode(self, data: bytes, time_ns: int) -> list[Event] | AuthData:
        """The events of one frame; none for a position, a balance and a fill that waits for its order.

        The answer to a login is given back as it is.
        """
        try:
            frame = _FRAMES.decode(data)
            if isinstance(frame, OrderFrame):
                report = self._rows.order(frame.data, time_ns)
                return [report, *self._rows.released(report.order_id, time_ns)]
            if isinstance(frame, OwnTradeFrame):
                fill = self._rows.fill(frame.data, time_ns)
                return [] if fill is None else [fill]
            return frame.data if isinstance(frame, AuthFrame) else []
        except UNREADABLE:
            return [Unrecognised(PRIVATE_SOURCE, time_ns, self._redactor.sample(data))]


def decode_result(data: bytes) -> ResultFrame | None:
    """A word of the order socket; None for what is none."""
    try:
        return _RESULT.decode(data)
    except UNREADABLE:
        return None
