"""A local Aster: its REST and websocket protocol, perps and spot, on a simulated floor; written from the venue's sheet."""
