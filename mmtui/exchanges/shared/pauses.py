"""How long to be silent after a venue said "not now" (429, 418)."""

import email.utils

from mmtui.exchanges.shared.backoff import Backoff
from mmtui.model.units import NS_PER_S


class Pauses:
    """Pauses of one account: as told; else ``first_s``, doubled with every refusal in a row up to ``cap_s``.

    Answers to requests that were under way when the venue first said so belong to the same refusal.
    """

    def __init__(self, first_s: float, cap_s: float) -> None:
        self._backoff = Backoff(first_s, cap_s, lambda: 0.0)
        self._refused_ns = 0
        self._until_ns = 0

    def until_ns(self, sent_ns: int, now_ns: int, told_s: float | None, least_s: float = 0.0) -> int:
        """Refused now, asked at ``sent_ns`` (both monotonic): silence until the time returned."""
        if told_s is not None:
            until_ns = now_ns + int(told_s * NS_PER_S)
        elif sent_ns < self._refused_ns:
            until_ns = self._until_ns
        else:
            until_ns = now_ns + int(max(self._backoff.next_s(), least_s) * NS_PER_S)
        self._refused_ns = now_ns
        self._until_ns = max(self._until_ns, until_ns)
        return until_ns

    def accepted(self, sent_ns: int) -> None:
        """An answer that is no refusal, asked at ``sent_ns``: if that was after the last refusal, all is well."""
        if sent_ns >= self._refused_ns:
            self._backoff.reset()


def retry_after_s(text: str | None, now_ns: int) -> float | None:
    """Seconds that a Retry-After header asks for (a number, or a date); None: none, or unreadable."""
    if text is None:
        return None
    try:
        return max(0.0, float(text)) if float(text) < float("inf") else None
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - now_ns / NS_PER_S)
    except (ValueError, OverflowError):
        return None
