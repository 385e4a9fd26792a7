"""StandX: perps settled in DUSD, entered with a wallet, written to with an ed25519 key of each login's own."""
