"""A local StandX: wallet login, signed bodies, orders that are queued first and answered later."""
