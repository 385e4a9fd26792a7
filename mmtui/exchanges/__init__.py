"""Venues: one folder each, and ``replay``, which feeds recorded markets. Venue folders do not know one another."""
