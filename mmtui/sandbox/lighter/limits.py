"""Rate limits: requests by weight, transactions apart for premium accounts, rare kinds of transactions, the quota."""

from typing import Final

from mmtui.model.units import NS_PER_S
from mmtui.sandbox.calls import Call
from mmtui.sandbox.lighter.errors import TOO_MANY_REQUESTS, ApiError, rate_limited
from mmtui.sandbox.lighter.members import Member
from mmtui.sandbox.lighter.transactions import LEVERAGE, AnyTx, CreateTx, LeverageTx, ModifyTx
from mmtui.sandbox.windows import RateWindow

MINUTE_S: Final = 60
PREMIUM: Final = "premium"
STANDARD: Final = "standard"
TIERS: Final = (PREMIUM, STANDARD)
STANDARD_REQUESTS: Final = 60
PREMIUM_WEIGHT: Final = 24_000
PREMIUM_SENDS: Final = 4_000
RARE_SENDS: Final = 40
"""How many transactions a minute that set leverage."""
DEFAULT_WEIGHT: Final = 300
WEIGHTS: Final = {"nextNonce": 6, "accountInactiveOrders": 100, "apikeys": 150, "trades": 600, "recentTrades": 600}
START_QUOTA: Final = 20_000
FREE_EVERY_NS: Final = 15 * NS_PER_S


class Limits:
    """Counts what accounts and addresses ask."""

    def __init__(self, tier: str) -> None:
        self.tier = tier
        self._requests = RateWindow(PREMIUM_WEIGHT if tier == PREMIUM else STANDARD_REQUESTS, MINUTE_S)
        self._sends = RateWindow(PREMIUM_SENDS, MINUTE_S)
        self._rare = RateWindow(RARE_SENDS, MINUTE_S)
        self._free_ns: dict[str, int] = {}

    def spend(self, call: Call, name: str) -> None:
        """Count a request. Raises ApiError if it is one too many."""
        weight = WEIGHTS.get(name, DEFAULT_WEIGHT) if self.tier == PREMIUM else 1
        owner = call.parameter("account_index") or call.parameter("value") or call.remote
        if not self._requests.take(owner, call.now_ns, weight):
            raise rate_limited()

    def send(self, member: Member, transactions: tuple[AnyTx, ...], now_ns: int) -> None:
        """Count a request that brings transactions. Raises ApiError."""
        window = self._sends if self.tier == PREMIUM else self._requests
        if not window.take(str(member.account_index), now_ns):
            raise rate_limited()
        for transaction in transactions:
            if isinstance(transaction, LeverageTx) and not self._rare.take((member.name, LEVERAGE), now_ns):
                raise rate_limited()
        self._check_quota(member, transactions, now_ns)

    def _check_quota(self, member: Member, transactions: tuple[AnyTx, ...], now_ns: int) -> None:
        needed = consumed(transactions)
        if self.tier != PREMIUM or needed <= member.quota:
            return
        if needed > 1 or now_ns - self._free_ns.get(member.name, 0) < FREE_EVERY_NS:
            raise ApiError(TOO_MANY_REQUESTS, "Too Many Requests! not enough volume quota", 429)
        self._free_ns[member.name] = now_ns

    def consume(self, member: Member, transactions: tuple[AnyTx, ...]) -> int | None:
        """Take the quota of accepted transactions; what is left, None where an account has none."""
        if self.tier != PREMIUM:
            return None
        member.quota = max(member.quota - consumed(transactions), 0)
        return member.quota


def consumed(transactions: tuple[AnyTx, ...]) -> int:
    """How much quota they cost: cancels are free."""
    return sum(isinstance(transaction, CreateTx | ModifyTx) for transaction in transactions)
