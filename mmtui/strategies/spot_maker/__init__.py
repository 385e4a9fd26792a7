"""Spot market maker: a ladder around mid, and a rebalance that keeps a share of the account in the base asset."""
