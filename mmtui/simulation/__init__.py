"""The simulated venue: accounts, order life, a matching engine and the market that feeds it. Pure and deterministic."""
