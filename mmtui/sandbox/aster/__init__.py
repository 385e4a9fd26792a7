"""A local Aster: its REST and websocket protocol, perps and spot, on a simulated floor, from the venue's sheet."""
