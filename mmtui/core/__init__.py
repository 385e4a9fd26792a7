"""Decisions and bookkeeping, pure: events go in, approved commands come out. ``step`` is the middle of mmtui."""
