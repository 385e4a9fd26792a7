"""Frames of the account's stream to events: pure, one typed decode a frame, never an exception.

What changes nothing by itself is a signal to look: ``KeyExpired`` (the stream is dead though the socket is not) and
``FundingBooked`` (ask for the payments, which alone name symbol and number).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, Literal

import msgspec
from msgspec import Struct

from mmtui.exchanges.aster.decode import UNREADABLE
from mmtui.exchanges.aster.facts import instrument_id
from mmtui.exchanges.aster.figures import Millis, Number, exact, from_ms, positive
from mmtui.exchanges.aster.order_words import SIDES, end_reason, is_post_only, status_of, time_in_force_of
from mmtui.exchanges.shared.redact import Redactor
from mmtui.model.events import Fill, OrderReport, Unrecognised
from mmtui.model.instrument import MarketType
from mmtui.model.units import ZERO
from mmtui.ports.errors import BadMessage


class OrderFigures(Struct, gc=False, kw_only=True):
    """The order of a stream event; one-letter names as the venue's."""

    s: str
    c: str
    S: Literal["BUY", "SELL"]
    o: str
    f: str
    q: Decimal
    p: Decimal
    ap: Decimal = ZERO
    x: str
    X: str
    i: Number
    l: Decimal = ZERO  # noqa: E741 - the venue's name
    z: Decimal = ZERO
    L: Decimal = ZERO
    N: str | None = None
    n: Decimal | None = None
    T: Millis = 0
    t: int = 0
    m: bool = False
    R: bool = False
    ps: str = "BOTH"
    rp: Decimal = ZERO


class OrderFrame(Struct, gc=False, tag_field="e", tag="ORDER_TRADE_UPDATE"):
    """An order of a perp changed."""

    o: OrderFigures
    E: Millis = 0
    T: Millis = 0


class SpotOrderFrame(OrderFigures, gc=False, kw_only=True, tag_field="e", tag="executionReport"):
    """An order of a spot pair changed: the same figures without the wrapper."""

    E: Millis = 0


class WalletChange(Struct, gc=False):
    """One asset: wallet balance, cross wallet, change by other things than profit and commission."""

    a: str
    wb: Decimal
    cw: Decimal = ZERO
    bc: Decimal = ZERO


class PositionChange(Struct, gc=False):
    """One position: signed amount, entry price, realised before fees, unrealised, margin type and side."""

    s: str
    pa: Decimal
    ep: Decimal
    cr: Decimal = ZERO
    up: Decimal = ZERO
    mt: str = ""
    iw: Decimal = ZERO
    ps: str = "BOTH"


class AccountChange(Struct, gc=False):
    """Why, and what changed; only what changed is named."""

    m: str = ""
    B: list[WalletChange] = []
    P: list[PositionChange] = []


class AccountFrame(Struct, gc=False, tag_field="e", tag="ACCOUNT_UPDATE"):
    """Balances or positions of perps changed."""

    a: AccountChange
    E: Millis = 0
    T: Millis = 0


class SpotBalance(Struct, gc=False):
    """One asset of the spot wallet: free and locked."""

    a: str
    f: Decimal
    l: Decimal  # noqa: E741 - the venue's name


class SpotAccountFrame(Struct, gc=False, tag_field="e", tag="outboundAccountPosition"):
    """Balances of the spot wallet changed; only those that did are named."""

    B: list[SpotBalance] = []
    E: Millis = 0
    m: str = ""


class _KeyFrame(Struct, gc=False, tag_field="e", tag="listenKeyExpired"):
    E: Millis = 0


class _MarginFrame(Struct, gc=False, tag_field="e", tag="MARGIN_CALL"):
    E: Millis = 0


class _ConfigFrame(Struct, gc=False, tag_field="e", tag="ACCOUNT_CONFIG_UPDATE"):
    E: Millis = 0


class _NewsFrame(Struct, gc=False, tag_field="e", tag="announcement"):
    pass


Frame = (
    OrderFrame | SpotOrderFrame | AccountFrame | SpotAccountFrame | _KeyFrame | _MarginFrame | _ConfigFrame | _NewsFrame
)

_FRAME: Final[msgspec.json.Decoder[Frame]] = msgspec.json.Decoder(Frame, strict=False)


class KeyExpired(Struct, frozen=True, gc=False):
    """The listen key is over: get another and connect anew."""


class FundingBooked(Struct, frozen=True, gc=False):
    """Funding was paid or received."""


AccountSignal = KeyExpired | FundingBooked
Heard = OrderReport | Fill | Unrecognised | AccountSignal


class AccountDecoder:
    """Decodes the frames of one account's stream on one market.

    Balances and positions are pushed in part only (what changed, without what is free), so they are not passed on: the
    engine asks for whole lists.

    Args:
        account: name of the account.
        market: whose stream it is.
        quote_assets: quote asset by symbol, where a fill without commission names no asset.
        redactor: for samples.
    """

    def __init__(
        self, account: str, market: MarketType, quote_assets: Mapping[str, str], redactor: Redactor | None = None
    ) -> None:
        self._account = account
        self._market = market
        self._quote_assets = quote_assets
        self._redactor = Redactor() if redactor is None else redactor
        self.unrecognised = 0

    def decode(self, data: bytes, now_ns: int) -> list[Heard]:
        """Events and signals of one frame received at ``now_ns``."""
        try:
            return self._heard(read_frame(data), now_ns)
        except UNREADABLE:
            self.unrecognised += 1
            source = f"aster {self._market.value} account stream"
            return [Unrecognised(source, now_ns, self._redactor.sample(data))]

    def _heard(self, frame: Frame, now_ns: int) -> list[Heard]:
        if isinstance(frame, OrderFrame):
            return self._order(frame.o, now_ns, frame.E)
        if isinstance(frame, SpotOrderFrame):
            return self._order(frame, now_ns, frame.E)
        if isinstance(frame, AccountFrame):
            return [FundingBooked()] if frame.a.m == "FUNDING_FEE" else []
        return [KeyExpired()] if isinstance(frame, _KeyFrame) else []

    def _order(self, order: OrderFigures, now_ns: int, stamp_ms: int) -> list[Heard]:
        filled = exact(order.z)
        status = status_of(order.X)
        report = OrderReport(
            account=self._account,
            instrument=instrument_id(self._market, order.s),
            time_ns=now_ns,
            status=status,
            client_order_id=order.c or None,
            order_id=str(order.i),
            side=SIDES[order.S],
            price=positive(order.p),
            quantity=positive(order.q),
            filled=filled,
            reduce_only=order.R,
            time_in_force=time_in_force_of(order.f),
            post_only=is_post_only(order.f),
            reason=end_reason(status, order.f, filled),
            venue_time_ns=from_ms(stamp_ms),
        )
        # The fill first: a report that the order is filled would otherwise seem to owe it.
        return [self._fill(order, report, now_ns), report] if order.x == "TRADE" else [report]

    def _fill(self, order: OrderFigures, report: OrderReport, now_ns: int) -> Fill:
        quantity, price = positive(order.l), positive(order.L)
        if quantity is None or quantity < 0 or price is None or price < 0:
            raise BadMessage("a fill of nothing")
        return Fill(
            account=self._account,
            instrument=report.instrument,
            time_ns=now_ns,
            trade_id=str(order.t),
            side=SIDES[order.S],
            price=price,
            quantity=quantity,
            fee_cash=ZERO if order.n is None else -exact(order.n) or ZERO,
            fee_asset=order.N or self._quote_assets.get(order.s, ""),
            maker=order.m,
            client_order_id=report.client_order_id,
            order_id=report.order_id,
            venue_time_ns=from_ms(order.T),
        )


def read_frame(data: bytes) -> Frame:
    """One frame as the venue writes it. Raises what ``UNREADABLE`` names."""
    return _FRAME.decode(data)
