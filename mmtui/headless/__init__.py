"""The runtime without a terminal: JSON lines on stdout, narration on stderr, signals, exit codes."""
