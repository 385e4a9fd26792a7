"""Martingale: average into a moving market in layers, and leave with the whole position at once."""
