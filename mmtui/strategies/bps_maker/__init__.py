"""Quotes at a fixed distance from the mark price, kept inside a band; built for rewards paid for quote uptime."""
