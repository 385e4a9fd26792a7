"""From a venue's frame to signed orders ready to be sent: Backpack's batch, Aster's and Lighter's signatures.

ccxt stands beside the first two, lighter-sdk (whose library ccxt calls as well) beside the third.
"""

import asyncio
import gc
import statistics
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from time import perf_counter_ns, time_ns
from typing import Any, Final

from eth_account import Account

from benchmarks.environments import PeerProcess, PeerSkippedError, python_of
from benchmarks.feed import SYMBOL
from benchmarks.lighter_signing import BY_SDK, LAG_IDLE, LAG_SIGNING, SIGNED, LighterSigning
from benchmarks.rounds import percentile
from benchmarks.scene import ACCOUNT, NEVER_NS, quoting_cell, yes
from benchmarks.swing import Swing
from benchmarks.tables import Table
from mmtui.core.risk import Approved
from mmtui.core.state import Policy
from mmtui.exchanges.aster import encode as aster
from mmtui.exchanges.aster.signing import WalletSigner
from mmtui.exchanges.backpack import encode as backpack
from mmtui.exchanges.backpack.decode import MarketDecoder
from mmtui.exchanges.backpack.facts import FACTS
from mmtui.exchanges.backpack.ids import ClientIds
from mmtui.exchanges.backpack.signing import Signer
from mmtui.exchanges.shared.nonce import Nonces
from mmtui.exchanges.shared.redact import Redactor
from mmtui.model.commands import CancelOrder, PlaceOrder
from mmtui.model.events import AccountTotals, BookDelta, BookSnapshot, Event, Start
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.units import NS_PER_MS, Side

SOL: Final = Instrument(
    backpack.instrument_id(SYMBOL), "backpack", SYMBOL, MarketType.PERP, "SOL", "USDC", Decimal("0.01"),
    Decimal("0.01"), maker_fee_bps=Decimal(2), taker_fee_bps=Decimal(5),
)  # fmt: skip
KEY: Final = "iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w="
SECRET: Final = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="  # noqa: S105 - 32 bytes of 1
WALLET_KEY: Final = "0x" + "11" * 32
STEP_NS: Final = 2_000_000_000
ROUNDS: Final = 10
PEER: Final = ("ccxt", "ccxt_wire")

QUOTES, BACKPACK_SIGNED = "Backpack: frame -> two signed orders, one batch", "  of it: encode and sign"
ASTER_SIGNED = "Aster V3: one order, encoded and signed"
BY_LIBRARY = "  the signature by eth-account (sign_typed_data), the rest as ours"
CCXT_QUOTES = "ccxt.pro: frame -> watched book -> two orders -> sign, Backpack"
CCXT_SIGNED = "ccxt: sign, one order of Aster V3"

Samples = dict[str, list[float]]


class Quoting:
    """The engine's path with everything of a live run on it but the socket, the journal and HTTP."""

    def __init__(self) -> None:
        self.cell = quoting_cell(
            FACTS, policy=Policy(reconcile_every_ns=NEVER_NS), instrument=SOL, spread_pct=Decimal("0.2"),
            quantity=Decimal("0.1"), interval=Decimal(1), requote_tolerance_bps=Decimal(2),
        )  # fmt: skip
        self._decode = MarketDecoder([SYMBOL], Redactor()).decode
        self._signer = Signer(KEY, SECRET)
        self._ids = ClientIds(0, tag=1)
        self._form = backpack.OrderForm(SYMBOL, is_perp=True)
        self._swing = Swing()
        self._now_ns = time_ns()
        self._start()

    def _start(self) -> None:
        now = self._now_ns
        started = self.cell.feed(now, [AccountTotals(ACCOUNT, now, granted=True), Start(now)])
        assert started is not None
        self.cell.feed(now, yes(started.commands, now))
        (opening,) = self._decode(self._swing.opening, now)
        assert isinstance(opening, BookDelta)
        book = BookSnapshot(SOL.id, now, opening.bids[::-1], opening.asks, opening.sequence)
        self._agree(self._feed([book]), PlaceOrder)

    def _feed(self, events: Sequence[Event]) -> Sequence[Approved]:
        result = self.cell.feed(self._now_ns, events)
        return () if result is None else result.commands

    def _agree(self, commands: Sequence[Approved], kind: type) -> None:
        """The venue does what it is asked, which must be two of a kind."""
        assert [type(row.command) for row in commands] == [kind, kind], commands
        assert not self._feed(yes(commands, self._now_ns))

    def timed(self) -> tuple[float, float]:
        """Cross the book, so that our orders go; time the frame that ends it: all of it, and encoding and signing."""
        crossed, right = self._swing.pair()
        self._now_ns += STEP_NS
        self._agree(self._feed(self._decode(crossed, self._now_ns)), CancelOrder)
        self._now_ns += STEP_NS
        now_ns = self._now_ns
        started = perf_counter_ns()
        result = self.cell.feed(now_ns, self._decode(right, now_ns))
        assert result is not None
        decided = perf_counter_ns()
        headers, call = self._signed([row.command for row in result.commands], now_ns)
        ended = perf_counter_ns()
        assert headers["X-Signature"]
        assert call.body is not None
        assert call.body.count(b'"clientId"') == 2
        self._agree(result.commands, PlaceOrder)
        return (ended - started) / 1_000, (ended - decided) / 1_000

    def _signed(self, commands: Sequence[Any], now_ns: int) -> tuple[dict[str, str], backpack.Call]:
        mint, form = self._ids.mint, self._form
        call = backpack.place_batch([(command, mint(command.client_order_id), form) for command in commands])
        return self._signer.headers(call.pieces, now_ns // NS_PER_MS), call


class Signing:
    """One order of Aster, signed by us and by the library everybody uses; both must agree."""

    def __init__(self) -> None:
        self._wallet = Account.from_key(WALLET_KEY)
        address = self._wallet.address
        self._signer = WalletSigner(WALLET_KEY, address, address, Nonces(time_ns), 1666)
        self._number = 0

    def _order(self) -> PlaceOrder:
        self._number += 1
        return PlaceOrder(
            ACCOUNT, aster_id(), f"mm-maker-{self._number}", Side.BUY, Decimal("149.85"), Decimal("0.1"),
            post_only=True,
        )  # fmt: skip

    def timed(self) -> tuple[float, float]:
        """Microseconds by us and by the library."""
        order = self._order()
        started = perf_counter_ns()
        request = aster.place(order)
        parts = self._signer.parts(request.method, request.text)
        ours_us = (perf_counter_ns() - started) / 1_000
        assert isinstance(parts.body, bytes)
        message, _, signature = parts.body.decode().rpartition("&signature=")
        started = perf_counter_ns()
        text = aster.place(order).text
        signed = self._wallet.sign_typed_data(DOMAIN, MESSAGE, {"msg": message})
        library_us = (perf_counter_ns() - started) / 1_000
        assert message.startswith(text)
        assert "0x" + signed.signature.hex() == signature
        return ours_us, library_us


DOMAIN: Final = {
    "name": "AsterSignTransaction", "version": "1", "chainId": 1666, "verifyingContract": "0x" + 40 * "0",
}  # fmt: skip
MESSAGE: Final = {"Message": [{"name": "msg", "type": "string"}]}


def aster_id() -> str:
    """The perp that is signed for."""
    return "aster:SOLUSDT"


def measure(count: int, environments: Path | None) -> Table:
    """The table of about ``count`` samples a row, in rounds that take turns with the peer's."""
    table = Table(
        f"Wire: frame to signed orders, {count:,} samples a row",
        ["what", "us median", "p99", "peer / it"],
        notes=[
            "Wall time. Nothing is sent: socket, HTTP and journal are not in it.",
            "The book is the generated one to begin with: some 450 levels a side.",
        ],
    )
    peer: PeerProcess | None = None
    try:
        if environments is not None:
            peer = PeerProcess(python_of(PEER[0], environments), PEER[1])
    except PeerSkippedError as error:
        table.notes.append(f"skipped {error}")
    try:
        samples = _rounds(count, peer)
    finally:
        if peer is not None:
            peer.close()
    medians = {name: statistics.median(values) for name, values in samples.items()}
    rivals = {QUOTES: CCXT_QUOTES, ASTER_SIGNED: CCXT_SIGNED, SIGNED: BY_SDK}
    table.rows = [
        [
            name, medians[name], percentile(values, 0.99),
            medians[rivals[name]] / medians[name] if rivals.get(name) in medians else None,
        ]
        for name, values in samples.items()
    ]  # fmt: skip
    return table


def _rounds(count: int, peer: PeerProcess | None) -> Samples:
    quoting, signing = Quoting(), Signing()
    for _ in range(50):
        quoting.timed()
        signing.timed()
    gc.collect()
    gc.freeze()
    samples: Samples = {}
    for _ in range(ROUNDS):
        each = count // ROUNDS
        _keep(samples, (QUOTES, BACKPACK_SIGNED), [quoting.timed() for _ in range(each)])
        _keep(samples, (ASTER_SIGNED, BY_LIBRARY), [signing.timed() for _ in range(each)])
        if peer is not None:
            answer = peer.ask(quotes=each, signatures=max(1, each // 50))
            samples.setdefault(CCXT_QUOTES, []).extend(answer["quotes"])
            samples.setdefault(CCXT_SIGNED, []).extend(answer["signatures"])
    samples |= asyncio.run(_lighter(max(10, count // 20)))
    gc.unfreeze()
    return samples


async def _lighter(count: int) -> Samples:
    """Signing is ten times slower than the rest: fewer samples, and the loop's lag for as many tenths of a second."""
    signing = LighterSigning()
    try:
        idle = await signing.lag(count / 20, signs=False)
        busy = await signing.lag(count / 20, signs=True)
        ours = await signing.ours(count)
        return {SIGNED: ours, BY_SDK: await signing.sdk(count // 2), LAG_SIGNING: busy, LAG_IDLE: idle}
    finally:
        signing.close()


def _keep(samples: Samples, names: tuple[str, str], pairs: list[tuple[float, float]]) -> None:
    for name, values in zip(names, zip(*pairs, strict=True), strict=True):
        samples.setdefault(name, []).extend(values)
