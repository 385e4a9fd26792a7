"""Aster: perpetual futures and spot, each on hosts of its own, signed by an agent wallet (V3) or an API key (V1)."""
