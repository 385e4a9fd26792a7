"""Arbitrage: buy on one market and sell on another in the same moment."""
