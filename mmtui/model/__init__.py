"""The nouns of mmtui: instruments, events, commands, orders, quotes. Frozen values that know nothing of any venue."""
