"""A local Websea: hedge-mode perpetuals counted in contracts, written from the venue's documentation."""
