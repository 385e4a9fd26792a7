"""All that one worker knows. The worker is its only writer; a segment of the journal opens with the whole of it."""

import enum
from decimal import Decimal
from typing import Any, Protocol

from msgspec import Struct, field

from mmtui.core.account import Holdings
from mmtui.core.book import Book
from mmtui.core.carried import Carried
from mmtui.core.conform import Targets
from mmtui.core.inquiry import Inquiry
from mmtui.core.markout import Markouts
from mmtui.core.order_table import OrderTable
from mmtui.core.pnl import PnlBook
from mmtui.core.reconcile import PositionCheck
from mmtui.core.reward_band import RewardMeter
from mmtui.core.risk import Limits
from mmtui.model.events import AccountTotals
from mmtui.model.facts import VenueFacts
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.notes import AnyNote, FillNote, Note, NoteLevel, OrderNote
from mmtui.model.orders import Order
from mmtui.model.quotes import Decision, Quotes, Snapshot
from mmtui.model.units import ZERO, Side


class Phase(enum.Enum):
    """Where a run is in its life."""

    PREPARING = "preparing"
    QUOTING = "quoting"
    PAUSED = "paused"
    STOPPING = "stopping"
    STOPPED = "stopped"


class OrdersPolicy(enum.Enum):
    """What becomes of orders at start and stop."""

    ADOPT = "adopt"
    LEAVE = "leave"
    CANCEL_MINE = "cancel_mine"
    CANCEL_ALL = "cancel_all"


class PositionPolicy(enum.Enum):
    """What becomes of the position at start and stop."""

    KEEP = "keep"
    FLATTEN = "flatten"


class Policy(Struct, frozen=True, kw_only=True):
    """How a run starts, stops and watches itself. Times in nanoseconds; ``duration_ns`` 0 means until stopped."""

    on_start_orders: OrdersPolicy = OrdersPolicy.ADOPT
    on_start_position: PositionPolicy = PositionPolicy.KEEP
    on_stop_orders: OrdersPolicy = OrdersPolicy.CANCEL_MINE
    on_stop_position: PositionPolicy = PositionPolicy.KEEP
    duration_ns: int = 0
    stop_timeout_ns: int = 30_000_000_000
    in_flight_timeout_ns: int = 5_000_000_000
    reconcile_every_ns: int = 30_000_000_000
    snapshot_depth: int = 5


class StopProgress(Struct):
    """How far a stop has come. ``proofs`` counts the lists, asked for after the last order ended, that showed none.

    ``of_itself``: the strategy has finished, or cannot go on; nobody stopped it.
    """

    reason: str
    risk_stop: bool
    since_ns: int
    proofs: int = 0
    listed_left: int = 0
    last_looks_asked: bool = False
    proven: bool = False
    of_itself: bool = False


HOLD_FIRST_NS = 250_000_000
HOLD_MAX_NS = 5_000_000_000


class Hold(Struct):
    """After refusals one waits before trying again, longer each time, so that nothing loops on a refusal."""

    until_ns: int = 0
    refusals: int = 0

    def refused(self, now_ns: int, retry_ns: int = 0) -> None:
        """One more no; ``retry_ns`` is the least wait that the venue named."""
        self.refusals += 1
        self.until_ns = now_ns + max(min(HOLD_FIRST_NS << min(self.refusals - 1, 6), HOLD_MAX_NS), retry_ns)

    def clear(self) -> None:
        """A good answer: nothing is held back."""
        self.refusals = 0
        self.until_ns = 0


class Kind(Protocol):
    """What step needs of a strategy: how it decides, and its Settings type."""

    @property
    def settings_type(self) -> type[Any]:
        """The Struct type of its settings."""
        ...

    def decide(self, settings: Any, snapshot: Snapshot, memory: Any) -> Decision[Any]:  # noqa: ANN401 - each kind has its own types
        """The strategy's answer to a picture."""
        ...


class State(Struct, kw_only=True):
    """One running strategy on one account and symbol.

    ``fills_owed``: since when the venue has named more filled than fill messages explain. ``fills_needed``: when the
    venue first did not know an order of unknown outcome. ``list_fills_since_ns``: fills since then must be listed
    (0: none). ``earlier_fills_since_ns``: the same for fills from before this run, for the ledger. ``carried``: what
    the memory is about, where it goes on from an earlier run. ``probing``: when an order was asked for and has not
    been answered. ``catching_up``: the account stream is back, but what happened meanwhile is not known yet.
    ``book_stale``: the last decision saw a book too old to use.
    ``targets``: the quotes made to fit the touch, None after either has changed.
    ``watch_due_ns``: until then, and until an account event, nothing needs watching.
    ``stop_target``: where a stop must bring the position of this leg so that the legs balance (None: nowhere).
    ``other_leg_waits``: while it stops, another leg of the strategy is not done yet. ``balances_every_ns``: how old
    balances may become, as the last decision asked (0: as old as the comparison with the venue lets them).
    ``rewards``: the meter of a maker programme, None where the account takes part in none.
    """

    run_id: str
    strategy: str
    kind: str
    account: str
    instrument: Instrument
    facts: VenueFacts
    limits: Limits
    policy: Policy
    settings: Any
    memory: Any
    orders: OrderTable
    pnl: PnlBook
    markouts: Markouts
    now_ns: int = 0
    started_ns: int = 0
    phase: Phase = Phase.PREPARING
    start_wanted: bool = False
    start_orders_done: bool = False
    pause_wanted: bool = False
    pause_reason: str = ""
    stop: StopProgress | None = None
    book: Book = field(default_factory=Book)
    best_bid: Decimal | None = None
    best_ask: Decimal | None = None
    mid: Decimal | None = None
    mark: Decimal | None = None
    index: Decimal | None = None
    funding_rate: Decimal | None = None
    book_stale: bool = False
    public_up: bool = True
    private_up: bool = True
    private_down_ns: int = 0
    catching_up: bool = False
    holdings: Holdings = field(default_factory=Holdings)
    base_total: Decimal | None = None
    quote_total: Decimal | None = None
    base_free: Decimal | None = None
    quote_free: Decimal | None = None
    first_quote_cash: Decimal | None = None
    venue_position: Decimal | None = None
    start_position: Decimal | None = None
    start_position_ns: int = 0
    position_agreed_ns: int = 0
    position_check: PositionCheck = field(default_factory=PositionCheck)
    ask_orders: Inquiry = field(default_factory=Inquiry)
    ask_position: Inquiry = field(default_factory=Inquiry)
    ask_balances: Inquiry = field(default_factory=Inquiry)
    ask_fills: Inquiry = field(default_factory=Inquiry)
    fills_owed: dict[str, int] = field(default_factory=dict)
    fills_needed: dict[str, int] = field(default_factory=dict)
    list_fills_since_ns: int = 0
    earlier_fills_since_ns: int = 0
    carried: Carried | None = None
    probing: dict[str, int] = field(default_factory=dict)
    account_peak: Decimal = ZERO
    cancel_all_wanted: bool = False
    cancel_all_sent_ns: int = 0
    pending_settings: bytes | None = None
    last_reconcile_ns: int = 0
    totals: AccountTotals | None = None
    quotes: Quotes = Quotes(reason="not started")
    targets: Targets | None = None
    settled: bool = False
    why_not: list[str] = field(default_factory=list)
    hold_buy: Hold = field(default_factory=Hold)
    hold_sell: Hold = field(default_factory=Hold)
    cancel_holds: dict[str, Hold] = field(default_factory=dict)
    watch_due_ns: int = 0
    decision_wake_ns: int = 0
    wake_ns: int = 0
    last_order_end_ns: int = 0
    last_fill_ns: int = 0
    stop_target: Decimal | None = None
    other_leg_waits: bool = False
    balances_every_ns: int = 0
    journal_failed: bool = False
    unrecognised: int = 0
    rewards: RewardMeter | None = None
    notes: list[AnyNote] = field(default_factory=list)

    @property
    def position(self) -> Decimal | None:
        """All that is held, signed, in the instrument's units; None until the venue has told what was held before.

        Fees in the base asset reduce a spot holding, though no trade did.
        """
        if self.start_position is None:
            return None
        pnl = self.pnl
        if pnl.market_type is MarketType.PERP:
            return pnl.position.quantity
        return pnl.base_held / pnl.multiplier

    @property
    def reference(self) -> Decimal | None:
        """The price risk is measured at: the venue's mark, else the mid."""
        return self.mid if self.mark is None else self.mark

    def hold(self, side: Side) -> Hold:
        """The refusal back-off of a side's places and amends; cancels never wait for it."""
        return self.hold_buy if side is Side.BUY else self.hold_sell

    def cancel_hold(self, client_order_id: str) -> Hold:
        """The back-off of one order's cancels, made when its first cancel is refused."""
        return self.cancel_holds.setdefault(client_order_id, Hold())

    def may_cancel(self, order: Order) -> bool:
        """False while a refused cancel of this order waits to be tried again."""
        hold = self.cancel_holds.get(order.client_order_id)
        return hold is None or self.now_ns >= hold.until_ns

    @property
    def leaves_at_stop(self) -> bool:
        """True when a stop lets the orders rest; one that must end flat cannot, for they would open it again."""
        policy = self.policy
        return policy.on_stop_orders is OrdersPolicy.LEAVE and policy.on_stop_position is PositionPolicy.KEEP

    def count_rewards(self) -> None:
        """Let the meter count the time since it last looked, and see what rests now."""
        if self.rewards is not None:
            reference = self.mark if self.rewards.rules.reference == "mark" else self.mid
            self.rewards.look(self.now_ns, reference, self.orders.live.values(), self.instrument.multiplier)

    def note(self, level: NoteLevel, event: str, message: str, **fields: str) -> None:
        """Tell a person something; one line per change of state, not per tick."""
        self.notes.append(Note(self.now_ns, level, event, message, fields))

    def note_order(self, event: str, order: Order, reason: str = "") -> None:
        """Tell one step in the life of an order."""
        self.notes.append(
            OrderNote(
                self.now_ns, event, order.client_order_id, order.side, order.price, order.quantity, order.filled, reason
            )
        )

    def note_fill(self, note: FillNote) -> None:
        """Tell a fill."""
        self.notes.append(note)
