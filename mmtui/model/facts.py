"""What a venue can and cannot do, as data; adapters fill it in with source and date."""

import enum

from msgspec import Struct


class ClientIdRule(enum.Enum):
    """Shape of the client order ids a venue accepts."""

    TEXT = "text"
    UINT32 = "uint32"
    NONE = "none"


class VenueFacts(Struct, frozen=True, kw_only=True):
    """Capabilities that the core's planners depend on.

    ``unknown_proof_ns``: how long after sending a "not found" answer proves that a request never arrived (the venue's
    request validity window plus its own lag). ``probe_interval_ns``: least time between two probes of one order.
    """

    venue: str
    can_amend: bool = False
    can_batch: bool = False
    has_post_only: bool = True
    has_cancel_all: bool = True
    has_private_stream: bool = True
    has_dead_mans_switch: bool = False
    client_id_rule: ClientIdRule = ClientIdRule.TEXT
    client_id_max_length: int = 32
    unknown_proof_ns: int = 10_000_000_000
    probe_interval_ns: int = 1_000_000_000
