"""A local Lighter: perps whose orders are signed transactions, accepted first and executed after."""
