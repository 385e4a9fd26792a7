"""What can happen to an order, as one table; what is not in it cannot happen.

Reality is in it too: a fill may come before the acceptance or after the cancel, a refused cancel may mean that the
order is already done, and an order that seemed never to have arrived may turn up after all.
"""

import enum
from typing import Final

from mmtui.model.orders import Action, DoneReason, OrderState, OrderStatus


class Trigger(enum.Enum):
    """What can move an order from one state to another."""

    __hash__ = object.__hash__  # an Enum hashes its name in Python code; members are singletons

    SEND = "send"
    SEND_AMEND = "send_amend"
    SEND_CANCEL = "send_cancel"
    OPENED = "opened"
    AMENDED = "amended"
    ENDED = "ended"
    REFUSED = "refused"
    LOST = "lost"
    NEVER_ARRIVED = "never_arrived"
    TURNED_UP = "turned_up"


_S = OrderState
_T = Trigger

TRANSITIONS: Final[dict[tuple[OrderState, Trigger], OrderState]] = {
    (_S.NEW, _T.SEND): _S.SENT,
    (_S.SENT, _T.OPENED): _S.OPEN,
    (_S.SENT, _T.ENDED): _S.DONE,
    (_S.SENT, _T.REFUSED): _S.DONE,
    (_S.SENT, _T.LOST): _S.UNKNOWN,
    (_S.OPEN, _T.OPENED): _S.OPEN,
    (_S.OPEN, _T.SEND_AMEND): _S.AMEND_SENT,
    (_S.OPEN, _T.SEND_CANCEL): _S.CANCEL_SENT,
    (_S.OPEN, _T.ENDED): _S.DONE,
    (_S.OPEN, _T.LOST): _S.UNKNOWN,
    # A report of the old price may cross an amend on its way: only the new figures end the amend.
    (_S.AMEND_SENT, _T.OPENED): _S.AMEND_SENT,
    (_S.AMEND_SENT, _T.AMENDED): _S.OPEN,
    (_S.AMEND_SENT, _T.REFUSED): _S.OPEN,
    (_S.AMEND_SENT, _T.ENDED): _S.DONE,
    (_S.AMEND_SENT, _T.LOST): _S.UNKNOWN,
    # An acceptance that arrives after the cancel was sent does not revoke the cancel.
    (_S.CANCEL_SENT, _T.OPENED): _S.CANCEL_SENT,
    (_S.CANCEL_SENT, _T.REFUSED): _S.OPEN,
    (_S.CANCEL_SENT, _T.ENDED): _S.DONE,
    (_S.CANCEL_SENT, _T.LOST): _S.UNKNOWN,
    (_S.UNKNOWN, _T.OPENED): _S.OPEN,
    (_S.UNKNOWN, _T.ENDED): _S.DONE,
    (_S.UNKNOWN, _T.LOST): _S.UNKNOWN,
    (_S.UNKNOWN, _T.NEVER_ARRIVED): _S.DONE,
    (_S.DONE, _T.ENDED): _S.DONE,
    # Messages overtake each other: an OPEN report behind the end changes nothing ...
    (_S.DONE, _T.OPENED): _S.DONE,
    # ... unless we had only concluded the end, or the venue contradicts itself; then its newest word counts.
    (_S.DONE, _T.TURNED_UP): _S.OPEN,
}

END_OF: Final = {
    OrderStatus.FILLED: DoneReason.FILLED,
    OrderStatus.CANCELLED: DoneReason.CANCELLED,
    OrderStatus.EXPIRED: DoneReason.EXPIRED,
    OrderStatus.REJECTED: DoneReason.REJECTED,
}

SENT_BY: Final = {
    OrderState.SENT: Action.PLACE,
    OrderState.AMEND_SENT: Action.AMEND,
    OrderState.CANCEL_SENT: Action.CANCEL,
}
"""What an order in such a state waits for the answer to."""
