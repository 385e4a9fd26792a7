"""Backpack: spot and perpetual futures over one REST host and one socket."""
