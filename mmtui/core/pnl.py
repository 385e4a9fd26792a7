"""Profit and loss of one account on one instrument, exact to the last digit.

``net = realized + unrealized + fees + funding``, fees and funding being signed cash (docs/accounting.md).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from msgspec import Struct, field

from mmtui.core.account import Position
from mmtui.core.attribution import Attribution, AttributionFigures
from mmtui.core.fees import NO_RATES, Fees
from mmtui.core.volume import Volume
from mmtui.model.events import Fill, FundingPayment
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.units import NS_PER_S, ONE, ZERO, Side
from mmtui.ports.errors import BugError

DAY_NS: Final = 86_400 * NS_PER_S
HALF: Final = Decimal("0.5")


class PnlFigures(Struct, frozen=True, kw_only=True, gc=False):
    """One picture of a ``PnlBook``; amounts are in the quote asset, None where something needed is unknown.

    ``unrealized_pnl`` and ``net_pnl`` are at mark (at mid where the venue has no mark), ``unrealized_touch`` at the
    price one could close at: the bid for longs, the ask for shorts. ``fees_complete`` is False while fees in some asset
    have no known worth: they are missing from ``fees`` and ``net_pnl``. ``day_pnl`` is the net since 00:00 UTC.
    """

    position: Decimal
    average_entry: Decimal | None
    realized_pnl: Decimal
    unrealized_pnl: Decimal | None
    unrealized_touch: Decimal | None
    fees: Decimal
    fees_complete: bool
    funding: Decimal
    net_pnl: Decimal | None
    day_pnl: Decimal | None
    drawdown: Decimal | None
    volume_quote: Decimal
    buy_volume: Decimal
    sell_volume: Decimal
    maker_volume: Decimal
    taker_volume: Decimal
    maker_share: Decimal | None
    cost_per_million: Decimal | None
    wear_rate_pct: Decimal | None
    fills: int


class PnlBook(Struct, kw_only=True):
    """The run's books for one account and instrument.

    ``peak_net`` is the highest net seen by ``observe`` (0 at the start of the run), ``day_baseline`` the net at the
    last 00:00 UTC, ``day_ends_ns`` the next one (0 before the first event). ``taken_over`` is the signed quote worth
    of positions taken over without a fill of this run. ``wallet`` is a perp's position as the venue carries it, kept
    where it was held before the run, so at another entry than ours: what it realises is what the wallet moves by.
    ``lineage`` is the position as a strategy that goes on from an earlier run knows it, at the entry of that run.
    """

    account: str
    instrument: str
    market_type: MarketType
    fees: Fees
    multiplier: Decimal = ONE
    position: Position = field(default_factory=Position)
    attribution: Attribution = field(default_factory=Attribution)
    volume: Volume = field(default_factory=Volume)
    funding: Decimal = ZERO
    taken_over: Decimal = ZERO
    wallet: Position | None = None
    lineage: Position | None = None
    last_mark: Decimal | None = None
    peak_net: Decimal = ZERO
    day_baseline: Decimal = ZERO
    day_ends_ns: int = 0

    @classmethod
    def for_instrument(cls, account: str, instrument: Instrument) -> "PnlBook":
        """Empty books of ``account`` on ``instrument``."""
        return cls(
            account=account,
            instrument=instrument.id,
            market_type=instrument.market_type,
            multiplier=instrument.multiplier,
            fees=Fees(instrument.base_asset, instrument.quote_asset),
        )

    # ------------------------------------------------------------------------------------------------- what happened

    def apply_fill(
        self,
        fill: Fill,
        mid: Decimal | None,
        rates: Mapping[str, Decimal] = NO_RATES,
        intended_price: Decimal | None = None,
    ) -> Decimal:
        """Book one fill (deduplicated by the order table) and return the quote profit it realised, before fees.

        ``mid`` is the market's mid at the fill, None if unknown; ``rates`` are prices of fee assets in the quote
        asset; ``intended_price`` is given for hedges only (see ``Attribution.apply``).

        Raises:
            BugError: the fill belongs to another account or instrument.
        """
        if fill.instrument != self.instrument or fill.account != self.account:
            raise BugError(
                f"fill {fill.trade_id} of {fill.account} {fill.instrument} came to the books of "
                f"{self.account} {self.instrument}"
            )
        if fill.time_ns >= self.day_ends_ns:
            self.roll_day(fill.time_ns, None)
        side, price, quantity, multiplier = fill.side, fill.price, fill.quantity, self.multiplier
        delta = quantity if side is Side.BUY else -quantity
        held = self.position.quantity
        if self.wallet is not None:
            self.wallet.apply(side, price, quantity, multiplier)
        if self.lineage is not None:
            self.lineage.apply(side, price, quantity, multiplier)
        realized = self.position.apply(side, price, quantity, multiplier)
        self.attribution.apply(delta, price, multiplier, held, mid, intended_price)
        self.volume.add(side, price * quantity * multiplier, maker=fill.maker)
        self.fees.book(fill.fee_asset, fill.fee_cash, price, rates)
        return realized

    def apply_funding(self, payment: FundingPayment) -> None:
        """Book funding as the venue's record states it: signed cash in the quote asset.

        Raises:
            BugError: the payment belongs to another account or instrument.
        """
        if payment.instrument != self.instrument or payment.account != self.account:
            raise BugError(
                f"funding {payment.payment_id} of {payment.account} {payment.instrument} came to the books "
                f"of {self.account} {self.instrument}"
            )
        if payment.time_ns >= self.day_ends_ns:
            self.roll_day(payment.time_ns, None)
        self.funding += payment.amount_cash

    def take_over(self, quantity: Decimal, price: Decimal, entry_price: Decimal | None = None) -> None:
        """Add a position change of signed ``quantity`` that no fill of this run made, valued at ``price``.

        For what was held before the run (``price`` = the mark then) and for foreign trades: no volume, no fee, no
        spread earned, and a profit only from ``price`` on. ``entry_price`` is the venue's; None: the same.
        """
        side = Side.BUY if quantity > ZERO else Side.SELL
        if entry_price is not None and self.market_type is MarketType.PERP and not self.volume.fills:
            self.wallet = Position()
        if self.wallet is not None:
            at = price if entry_price is None else entry_price
            self.wallet.apply(side, at, abs(quantity), self.multiplier)
        if self.lineage is not None:
            self.lineage.apply(side, price, abs(quantity), self.multiplier)
        self.attribution.apply(quantity, price, self.multiplier, self.position.quantity, price)
        self.position.apply(side, price, abs(quantity), self.multiplier)
        self.taken_over += quantity * price * self.multiplier

    def go_on_from(self, quantity: Decimal, entry_price: Decimal) -> None:
        """Follow, beside the books, the position that an earlier run of the strategy left: ``quantity`` was taken over.

        The first thing after ``take_over`` at the start; ``known_position`` and ``known_realized`` then go back to it.
        """
        self.lineage = Position()
        side = Side.BUY if quantity > ZERO else Side.SELL
        self.lineage.apply(side, entry_price, abs(quantity), self.multiplier)

    @property
    def known_position(self) -> Position:
        """The position as the strategy knows it: from its first run on."""
        return self.position if self.lineage is None else self.lineage

    @property
    def known_realized(self) -> Decimal:
        """``net_realized`` of this run, with profits counted from the entry that the strategy knows."""
        return self.known_position.realized + self.fees.total + self.funding

    # -------------------------------------------------------------------------------------------------- time and risk

    def observe(self, now_ns: int, mark: Decimal | None) -> Decimal | None:
        """Value the books at ``mark``: roll the day, raise the peak and return the net, None if it is unknown.

        An unknown net moves neither the peak nor the day.
        """
        if now_ns >= self.day_ends_ns:
            self.roll_day(now_ns, mark)
        net = self.net(mark)
        if mark is not None:
            self.last_mark = mark
        if net is not None and net > self.peak_net:
            self.peak_net = net
        return net

    def roll_day(self, now_ns: int, mark: Decimal | None) -> bool:
        """Start a new UTC day if ``now_ns`` lies in one: its baseline is the net at ``mark``; True if it did.

        Without a mark the last known one is taken, failing that the mid of the last fill. The first day of a run
        begins with the run, at net 0.
        """
        if now_ns < self.day_ends_ns:
            return False
        if self.day_ends_ns:
            for price in (mark, self.last_mark, self.attribution.reference):
                net = self.net(price)
                if net is not None:
                    self.day_baseline = net
                    break
        self.day_ends_ns = (now_ns // DAY_NS + 1) * DAY_NS
        return True

    def net(self, mark: Decimal | None) -> Decimal | None:
        """``realized + unrealized + fees + funding`` at ``mark``; None while a position is open and it is unknown."""
        position = self.position
        net = self.net_realized
        if not position.quantity:
            return net
        return None if mark is None else net + position.unrealized(mark, self.multiplier)

    @property
    def net_realized(self) -> Decimal:
        """What is earned for good: realised profit, fees and funding."""
        return self.position.realized + self.fees.total + self.funding

    # ------------------------------------------------------------------------------------------------- proof of cash

    @property
    def quote_cash(self) -> Decimal:
        """Signed cash of this run's fills at full notional, fees in the quote asset and funding: a spot balance's move.

        The wallet of a perp moves by ``wallet_cash`` instead, because there only profit changes hands.
        """
        return self.position.realized - self.position.cost + self.taken_over + self.fees.quote_cash + self.funding

    @property
    def wallet_cash(self) -> Decimal:
        """Signed cash of this run in a perp's wallet: profit as the venue realises it, quote fees and funding."""
        position = self.position if self.wallet is None else self.wallet
        return position.realized + self.fees.quote_cash + self.funding

    @property
    def base_fee_quantity(self) -> Decimal:
        """Base units that fees took from (negative) or added to a spot holding; 0 for a perp, where none is held."""
        if self.market_type is MarketType.PERP:
            return ZERO
        return self.fees.cash.get(self.fees.base_asset, ZERO)

    @property
    def base_held(self) -> Decimal:
        """What the venue must hold because of this run: the position by fills plus base-asset fees, in base units."""
        return self.position.quantity * self.multiplier + self.base_fee_quantity

    # ------------------------------------------------------------------------------------------------------- figures

    def attribute(self, mark: Decimal | None, mid: Decimal | None) -> AttributionFigures:
        """Split the net at ``mark`` into its parts, with ``mid`` as the market's price."""
        return self.attribution.figures(
            self.position.quantity, self.multiplier, mid, mark, self.fees.total, self.funding
        )

    def figures(self, mark: Decimal | None, bid: Decimal | None = None, ask: Decimal | None = None) -> PnlFigures:
        """All figures at ``mark`` (None: the mid of ``bid`` and ``ask``); reading changes nothing."""
        position, volume = self.position, self.volume
        if mark is None and bid is not None and ask is not None:
            mark = (bid + ask) * HALF
        net = self.net(mark)
        return PnlFigures(
            position=position.quantity,
            average_entry=position.average_entry(self.multiplier),
            realized_pnl=position.realized,
            unrealized_pnl=self._unrealized(mark),
            unrealized_touch=self._unrealized(bid if position.quantity > ZERO else ask),
            fees=self.fees.total,
            fees_complete=self.fees.complete,
            funding=self.funding,
            net_pnl=net,
            day_pnl=None if net is None else net - self.day_baseline,
            drawdown=None if net is None else max(self.peak_net, net) - net,
            volume_quote=volume.total,
            buy_volume=volume.buy,
            sell_volume=volume.sell,
            maker_volume=volume.maker,
            taker_volume=volume.taker,
            maker_share=volume.maker_share,
            cost_per_million=None if net is None else volume.cost_per_million(net),
            wear_rate_pct=None if net is None else volume.wear_rate_pct(net),
            fills=volume.fills,
        )

    def _unrealized(self, price: Decimal | None) -> Decimal | None:
        if not self.position.quantity:
            return ZERO
        return None if price is None else self.position.unrealized(price, self.multiplier)
