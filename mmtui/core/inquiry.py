"""A question to the venue that must not be forgotten, doubled or asked in a busy loop."""

from msgspec import Struct

ANSWER_TIMEOUT_NS = 5_000_000_000
RETRY_FIRST_NS = 500_000_000
RETRY_MAX_NS = 3_000_000_000


class Inquiry(Struct):
    """One kind of question: open orders, position, balances or fills.

    At most one is under way; it is asked again after a failure with growing pauses. ``answered_ns`` is the ``asked``
    time of the newest answer that counts, 0 while unknown; an answer asked for before ``wanted_ns`` does not count.
    """

    asked_ns: int = 0
    under_way: bool = False
    answered_ns: int = 0
    failures: int = 0
    not_before_ns: int = 0
    wanted_ns: int = 0

    def may_ask(self, now_ns: int) -> bool:
        """True if the question can be sent now (an answer overdue counts as a failure of the last one)."""
        if self.under_way:
            if now_ns - self.asked_ns < ANSWER_TIMEOUT_NS:
                return False
            self.failed(now_ns)
        return now_ns >= self.not_before_ns

    def ask(self, now_ns: int) -> None:
        """The question is on its way."""
        self.asked_ns = now_ns
        self.under_way = True

    def answered(self, asked_ns: int, *, now_ns: int, settles: bool = True) -> None:
        """An answer came (or the venue pushed the same facts).

        One that does not settle the matter is asked for again, after a pause that grows.
        """
        self.under_way = False
        if asked_ns >= self.wanted_ns:
            self.answered_ns = max(self.answered_ns, asked_ns)
        if settles:
            self.failures = 0
            self.not_before_ns = 0
        else:
            self.failed(now_ns)

    def failed(self, now_ns: int) -> None:
        """No answer: ask again later; what was asked for stays as unknown as it was."""
        self.under_way = False
        self.failures += 1
        self.not_before_ns = now_ns + min(RETRY_FIRST_NS << min(self.failures - 1, 6), RETRY_MAX_NS)

    def forget(self, now_ns: int) -> None:
        """What was known is no longer: it must be asked for again, from now on, before it counts."""
        self.answered_ns = 0
        self.wanted_ns = now_ns

    def due_ns(self, now_ns: int) -> int:
        """When to look again."""
        return self.asked_ns + ANSWER_TIMEOUT_NS if self.under_way else max(self.not_before_ns, now_ns)
