"""A local Backpack: spot and perps, REST and streams, written from the venue's documents; no code of the adapter."""
