"""Transactions as clients send them: what kinds there are, which fields each must have, and what is legal in them."""

import base64
import binascii
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec
from msgspec import Struct

from mmtui.model.units import NS_PER_MS, NS_PER_S
from mmtui.sandbox.lighter.digits import whole
from mmtui.sandbox.lighter.errors import (
    BAD_CLIENT_INDEX,
    BAD_EXPIRY,
    BAD_ORDER_INDEX,
    BAD_SIGNATURE,
    BAD_TX,
    BAD_TYPE,
    TOO_MANY_IN_BATCH,
    UNEQUAL_LENGTHS,
    ApiError,
    bad_parameter,
)

CREATE: Final = 14
CANCEL: Final = 15
CANCEL_ALL: Final = 16
MODIFY: Final = 17
LEVERAGE: Final = 20

LIMIT, MARKET = 0, 1
IOC, GOOD_TILL_TIME, POST_ONLY = 0, 1, 2
AT_ONCE, SCHEDULED, ABORT = 0, 1, 2

FIRST_SERVER_INDEX: Final = 2**48
"""Indexes from here on are the venue's; smaller ones are clients'."""
MAX_PRICE: Final = 2**32
MAX_AMOUNT: Final = 2**48
MAX_REST_BATCH: Final = 50
LONGEST_LIFE_NS: Final = 15 * 60 * NS_PER_S
"""A transaction may not expire later than that."""
SHORTEST_AHEAD_NS: Final = 290 * NS_PER_S
"""Five minutes, less what a request may travel: no order and no plan ends sooner."""
LONGEST_ORDER_LIFE_NS: Final = 30 * 86_400 * NS_PER_S
LONGEST_SCHEDULE_NS: Final = 15 * 86_400 * NS_PER_S
SIGNATURE_BYTES: Final = 80
_MARKET_ATTRIBUTE: Final = "5"
_SKIP_NONCE: Final = "4"
KINDS: Final = {CREATE: "place", CANCEL: "cancel", CANCEL_ALL: "cancel", MODIFY: "amend"}
"""What faults call a transaction."""


class Tx(Struct, frozen=True, rename="pascal", kw_only=True):
    """What every transaction carries."""

    account_index: int
    api_key_index: int
    expired_at: int
    nonce: int
    sig: str
    l2_tx_attributes: dict[str, int] | None = msgspec.field(default=None, name="L2TxAttributes")

    @property
    def skips_nonce(self) -> bool:
        """Whether any larger nonce will do."""
        return bool((self.l2_tx_attributes or {}).get(_SKIP_NONCE))


class CreateTx(Tx, frozen=True, rename="pascal", kw_only=True):
    """A new order; price and amount are integers in the market's decimals."""

    market_index: int
    client_order_index: int
    base_amount: int
    price: int
    is_ask: int
    type: int
    time_in_force: int
    reduce_only: int
    trigger_price: int
    order_expiry: int

    @property
    def may_rest(self) -> bool:
        """Whether it is a maker's order."""
        return self.time_in_force != IOC


class CancelTx(Tx, frozen=True, rename="pascal", kw_only=True):
    """The end of one order; ``index`` is the client's or the venue's."""

    market_index: int
    index: int


class CancelAllTx(Tx, frozen=True, rename="pascal", kw_only=True):
    """The end of all orders: at once, at ``time`` (ms), or the end of such a plan."""

    time_in_force: int
    time: int

    @property
    def market(self) -> int | None:
        """The only market meant; None for all."""
        return (self.l2_tx_attributes or {}).get(_MARKET_ATTRIBUTE)


class ModifyTx(Tx, frozen=True, rename="pascal", kw_only=True):
    """New price and size of a resting order."""

    market_index: int
    index: int
    base_amount: int
    price: int
    trigger_price: int


class LeverageTx(Tx, frozen=True, rename="pascal", kw_only=True):
    """The margin fraction of a market, in 1/10000."""

    market_index: int
    initial_margin_fraction: int
    margin_mode: int


AnyTx = CreateTx | CancelTx | CancelAllTx | ModifyTx | LeverageTx
_TYPES: Final[dict[int, Any]] = {
    CREATE: CreateTx,
    CANCEL: CancelTx,
    CANCEL_ALL: CancelAllTx,
    MODIFY: ModifyTx,
    LEVERAGE: LeverageTx,
}


class Parcel(Struct, frozen=True):
    """What one request brought: transactions in order, and whether as a batch."""

    transactions: tuple[AnyTx, ...]
    is_batch: bool


# ------------------------------------------------------------------------------------------------------------- reading


def read_single(form: dict[str, str]) -> Parcel:
    """The form of ``sendTx``. Raises ApiError."""
    kind = whole(form.get("tx_type", ""))
    if kind is None:
        raise bad_parameter("tx_type")
    return Parcel((decode(kind, form.get("tx_info", "")),), is_batch=False)


def read_batch(form: dict[str, str], limit: int = MAX_REST_BATCH) -> Parcel:
    """The form of ``sendTxBatch``: two JSON arrays, the second of JSON texts. Raises ApiError."""
    try:
        kinds = msgspec.json.decode(form.get("tx_types", ""), type=list[int])
        texts = msgspec.json.decode(form.get("tx_infos", ""), type=list[str])
    except msgspec.MsgspecError:
        raise bad_parameter("tx_types or tx_infos") from None
    if not kinds or len(kinds) != len(texts):
        raise ApiError(UNEQUAL_LENGTHS, "tx types and tx infos are not of one length")
    if len(kinds) > limit:
        raise ApiError(TOO_MANY_IN_BATCH, "too many txs in the batch")
    return Parcel(tuple(decode(kind, text) for kind, text in zip(kinds, texts, strict=True)), is_batch=True)


def read_form(body: bytes, content_type: str) -> dict[str, str]:
    """The fields of a form, urlencoded or multipart."""
    if not content_type.startswith("multipart/form-data"):
        return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
    boundary = content_type.partition("boundary=")[2].strip('"').encode()
    fields = {}
    for part in body.split(b"--" + boundary):
        head, _, value = part.partition(b"\r\n\r\n")
        _, found, name = head.partition(b'name="')
        if found:
            fields[name.partition(b'"')[0].decode("utf-8", "replace")] = value.removesuffix(b"\r\n").decode(
                "utf-8", "replace"
            )
    return fields


def fault_kind(body: bytes, content_type: str) -> str:
    """What faults call this request: place where it places anything, else what its first transaction is."""
    form = read_form(body, content_type)
    try:
        numbers = msgspec.json.decode(form.get("tx_types") or f"[{form.get('tx_type', '')}]", type=list[int])
    except msgspec.MsgspecError:
        return "place"
    kinds = [KINDS.get(number, "place") for number in numbers]
    return "place" if "place" in kinds or not kinds else kinds[0]


def decode(kind: int, text: str) -> AnyTx:
    """One transaction. Raises ApiError."""
    as_type = _TYPES.get(kind)
    if as_type is None:
        raise ApiError(BAD_TYPE, "unsupported tx type")
    try:
        found: AnyTx = msgspec.json.decode(text, type=as_type)
        signature = base64.b64decode(found.sig, validate=True)
    except (msgspec.MsgspecError, binascii.Error) as error:
        raise ApiError(BAD_TX, f"invalid tx info: {error}") from None
    if len(signature) != SIGNATURE_BYTES:
        raise ApiError(BAD_SIGNATURE, "invalid signature")
    return found


# ------------------------------------------------------------------------------------------------------------ checking


def check_times(transaction: AnyTx, now_ns: int) -> None:
    """Whether a transaction may still be executed, and when it wants to end what. Raises ApiError."""
    expires_ns = transaction.expired_at * NS_PER_MS
    if not now_ns < expires_ns <= now_ns + LONGEST_LIFE_NS:
        raise ApiError(BAD_EXPIRY, "invalid expired at")
    if isinstance(transaction, CancelAllTx):
        _check_schedule(transaction, now_ns)
    if isinstance(transaction, CreateTx):
        _check_order(transaction, now_ns)


def _check_order(order: CreateTx, now_ns: int) -> None:
    if not 1 <= order.client_order_index < FIRST_SERVER_INDEX:
        raise ApiError(BAD_CLIENT_INDEX, "invalid client order index")
    if order.type not in (LIMIT, MARKET) or order.time_in_force not in (IOC, GOOD_TILL_TIME, POST_ONLY):
        raise ApiError(BAD_TX, "unsupported order type or time in force")
    if order.is_ask not in (0, 1) or order.reduce_only not in (0, 1) or order.trigger_price:
        raise ApiError(BAD_TX, "invalid order fields")
    if not order.may_rest:
        if order.order_expiry:
            raise ApiError(BAD_EXPIRY, "order expiry must be 0")
        return
    if order.type == MARKET:
        raise ApiError(BAD_TX, "a market order must be immediate-or-cancel")
    ahead_ns = order.order_expiry * NS_PER_MS - now_ns
    if not SHORTEST_AHEAD_NS <= ahead_ns <= LONGEST_ORDER_LIFE_NS:
        raise ApiError(BAD_EXPIRY, "invalid order expiry")


def _check_schedule(plan: CancelAllTx, now_ns: int) -> None:
    if plan.time_in_force not in (AT_ONCE, SCHEDULED, ABORT):
        raise ApiError(BAD_TX, "invalid cancel all time in force")
    if plan.time_in_force != SCHEDULED:
        if plan.time:
            raise ApiError(BAD_TX, "cancel all time should be nil")
        return
    if plan.market is not None:
        raise ApiError(BAD_TX, "one market can only be cancelled at once")
    if not SHORTEST_AHEAD_NS <= plan.time * NS_PER_MS - now_ns <= LONGEST_SCHEDULE_NS:
        raise ApiError(BAD_EXPIRY, "invalid cancel all time")


def check_index(index: int) -> None:
    """Whether an order may be named so. Raises ApiError."""
    if index < 1:
        raise ApiError(BAD_ORDER_INDEX, "invalid order index")
