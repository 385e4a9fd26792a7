"""Lighter: perpetual futures (and spot) whose orders are transactions signed by the venue's own native library."""
