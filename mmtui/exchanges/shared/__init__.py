"""What every network venue stands on; it knows no venue.

``hosts`` says where anything may be sent, ``http`` and ``socket`` are the two sessions, ``limiter`` (on the pure
``budget``) keeps the venue's rate table, ``clock_offset`` its time, ``nonce`` strictly increasing numbers, ``redact``
keeps secrets out of every text, ``polling`` reads books while the public socket is down, ``backoff`` and ``pauses``
say how long to wait. docs/venues/connection.md tells it as a whole.
"""
