"""Local servers that speak the venues' protocols on top of the simulation; loopback only, for rehearsals and tests."""
