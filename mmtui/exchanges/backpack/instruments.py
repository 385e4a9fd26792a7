"""Markets and the account's habits: steps, minimums, fees, leverage."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import msgspec

from mmtui.exchanges.backpack import encode
from mmtui.exchanges.backpack.encode import OrderForm, instrument_id
from mmtui.exchanges.backpack.facts import VENUE
from mmtui.exchanges.backpack.rest import BackpackRest
from mmtui.exchanges.backpack.wire import UNREADABLE, AccountAnswer, MarketRow, sound
from mmtui.exchanges.shared.limiter import Kind
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.orders import RefusalCode
from mmtui.model.units import decimal_text
from mmtui.ports.errors import BadMessage, Refused

_MARKETS: Final = msgspec.json.Decoder(list[msgspec.Raw])
_MARKET: Final = msgspec.json.Decoder(MarketRow)
_ACCOUNT: Final = msgspec.json.Decoder(AccountAnswer)

_TYPES: Final = {"SPOT": MarketType.SPOT, "PERP": MarketType.PERP}
_TRADABLE: Final = "Open"
_SYMBOL: Final = re.compile(r"[A-Z0-9._]{3,60}")
"""Symbols go into signed text and JSON as they are."""

_DEFAULT_FEES: Final = {MarketType.PERP: (Decimal(2), Decimal(5)), MarketType.SPOT: (Decimal(8), Decimal(10))}
"""Maker and taker in basis points where no account can be asked: a cautious guess, since the venue publishes tiers."""


class Listing:
    """The instruments of the venue as one account may trade them; the source that knows them.

    ``known`` is filled by ``instruments``; ``forms`` says how orders of each symbol are written, ``closed`` which
    markets exist but are not open for trading now (in the venue's words).
    """

    def __init__(self, rest: BackpackRest) -> None:
        self._rest = rest
        self.known: dict[str, Instrument] = {}
        self.forms: dict[str, OrderForm] = {}
        self.closed: dict[str, str] = {}

    async def instruments(self) -> Sequence[Instrument]:
        """All spot and perp markets that are open. Raises VenueError, SettingsError."""
        listed, _ = await self._rest.read(encode.markets(), _MARKETS)
        rows = [row for row in map(_read_row, listed) if row is not None]
        account = await read_account(self._rest) if self._rest.can_sign else None
        known: dict[str, Instrument] = {}
        forms: dict[str, OrderForm] = {}
        closed: dict[str, str] = {}
        for row in rows:
            instrument = _instrument(row, account)
            if instrument is None:
                continue
            if row.order_book_state != _TRADABLE:
                closed[row.symbol] = row.order_book_state
                continue
            known[instrument.id] = instrument
            is_perp = instrument.market_type is MarketType.PERP
            forms[row.symbol] = OrderForm(row.symbol, is_perp, redeem_lent=account is not None and account.auto_lend)
        if not known:
            raise BadMessage("markets: the venue lists none that is open")
        # Others hold these dicts: they are filled, not replaced.
        self.known.update(known)
        self.forms.update(forms)
        self.closed = closed
        return list(known.values())


def _read_row(raw: msgspec.Raw) -> MarketRow | None:
    """One market; None for a kind of market that is written differently, which must not hide the others."""
    try:
        return _MARKET.decode(raw)
    except UNREADABLE:
        return None


def _instrument(row: MarketRow, account: AccountAnswer | None) -> Instrument | None:
    """A market that can be traded here; None for other kinds (dated, prediction, ...) and rules that cannot be."""
    market_type = _TYPES.get(row.market_type)
    tick, step, least = row.filters.price.tick_size, row.filters.quantity.step_size, row.filters.quantity.min_quantity
    if market_type is None or not _SYMBOL.fullmatch(row.symbol) or not sound(tick, step, least):
        return None
    if tick <= 0 or step <= 0 or least < 0:
        return None
    maker, taker = _DEFAULT_FEES[market_type] if account is None else _fees(account, market_type)
    return Instrument(
        id=instrument_id(row.symbol), venue=VENUE, symbol=row.symbol, market_type=market_type,
        base_asset=row.base_symbol, quote_asset=row.quote_symbol, tick_size=tick, lot_size=step, min_quantity=least,
        maker_fee_bps=maker, taker_fee_bps=taker,
    )  # fmt: skip


def _fees(account: AccountAnswer, market_type: MarketType) -> tuple[Decimal, Decimal]:
    """Maker and taker fee in basis points, a rebate negative: the venue's own convention."""
    if market_type is MarketType.PERP:
        return account.futures_maker_fee, account.futures_taker_fee
    return account.spot_maker_fee, account.spot_taker_fee


async def read_account(rest: BackpackRest) -> AccountAnswer:
    """Fees, leverage and habits of the account. Raises VenueError, SettingsError."""
    answer, _ = await rest.read(encode.account(), _ACCOUNT)
    fees = (answer.futures_maker_fee, answer.futures_taker_fee, answer.spot_maker_fee, answer.spot_taker_fee)
    if not sound(*fees, answer.leverage_limit):
        raise BadMessage("account: a figure that cannot be")
    return answer


async def set_leverage(rest: BackpackRest, leverage: Decimal) -> Decimal:
    """Set the leverage of the whole account (Backpack has none per symbol) and read it back.

    Raises:
        Refused: the venue refuses, or says another leverage afterwards.
        VenueError, SettingsError: it is not known what holds now.
    """
    await rest.do(encode.set_leverage(leverage), Kind.ORDER)
    now = (await read_account(rest)).leverage_limit
    if now != leverage:
        raise Refused(
            RefusalCode.NOT_ALLOWED,
            f"leverage is {decimal_text(now)} after {decimal_text(leverage)} was asked for; set it on the venue's page",
        )
    return now
