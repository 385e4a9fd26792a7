"""The only long-running coroutines: workers around the core, dispatch to venues, supervision, publication."""
