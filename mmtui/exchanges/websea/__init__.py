"""Websea: perps in USDT whose positions have a long and a short row; orders count contracts and have no ids of ours."""
