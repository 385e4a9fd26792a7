"""The simulated venue in the app's own event loop: the same ports as a real venue, on the wall clock."""
