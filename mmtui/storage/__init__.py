"""What outlives a run: the journal (the truth), the ledger (for history), checkpoints and leases."""
