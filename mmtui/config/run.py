"""What a run is asked beside its configuration."""

from msgspec import Struct


class RunOptions(Struct, frozen=True, kw_only=True):
    """How to run. ``max_speed``: simulated time as fast as it goes (stage sim only). ``consent``: --yes was given."""

    max_speed: bool = False
    consent: bool = False
