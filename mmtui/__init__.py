"""mmtui: a market-making terminal with a headless twin."""

__version__ = "0.1.0"
