"""Protocols between the core and the outside, and the error tree. Small, cut by who needs what."""
