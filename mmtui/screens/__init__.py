"""The terminal's screens: they look at the Board, speak through the CommandSink, and know no engine and no venue."""
