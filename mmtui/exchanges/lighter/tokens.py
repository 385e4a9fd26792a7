"""Auth tokens for what is read privately; orders need none, their signature speaks for itself."""

from mmtui.exchanges.lighter.facts import RENEW_SHARE, TOKEN_LIFE_S
from mmtui.exchanges.lighter.signing import Signer
from mmtui.exchanges.shared.clock_offset import ClockOffset
from mmtui.model.units import NS_PER_S


class Tokens:
    """The present token of one key, made anew when most of its life is over.

    Args:
        signer: signs it.
        offset: the venue's clock, by which it expires.
        life_s: for how long it is made, in seconds; the venue takes up to 8 hours.
    """

    def __init__(self, signer: Signer, offset: ClockOffset, life_s: float = TOKEN_LIFE_S) -> None:
        self._signer = signer
        self._offset = offset
        self._life_s = life_s
        self._token = ""
        self._renew_ns = 0

    @property
    def renew_after_s(self) -> float:
        """How long after it was made a token should be replaced, in seconds."""
        return self._life_s * RENEW_SHARE

    async def current(self) -> str:
        """A token with a good part of its life before it."""
        if not self._token or self._offset.venue_now() >= self._renew_ns:
            return await self.fresh()
        return self._token

    async def fresh(self) -> str:
        """A new token, whatever the present one is worth."""
        now_ns = self._offset.venue_now()
        self._token = await self._signer.token(now_ns // NS_PER_S + max(1, round(self._life_s)))
        self._renew_ns = now_ns + round(self.renew_after_s * NS_PER_S)
        return self._token

    def forget(self) -> None:
        """The venue does not take the present token."""
        self._token = ""

    def __repr__(self) -> str:
        return "Tokens(hidden)"
