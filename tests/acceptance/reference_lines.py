"""What users of the reference bots type after ``python ...py``, word for word."""

from typing import Final

_PERP: Final = (
    "--spread 0.05 --quantity 0.1 --max-orders 2 --target-position 0 --max-position 0.5 --position-threshold 0.4 "
    "--inventory-skew 0 --duration 999999999 --interval 10"
)

LINES: Final = (
    f"--exchange backpack --market-type perp --symbol SOL_USDC_PERP {_PERP}",
    f"--exchange aster --market-type perp --symbol SOLUSDT {_PERP}",
    "--symbol SOL_USDC --spread 0.1",
    "--symbol SOL_USDC --spread 0.5 --max-orders 3 --duration 3600 --interval 60",
    "--symbol SOL_USDC --spread 0.1 --duration 86400 --interval 120",
    "--symbol SOL_USDC --spread 0.3 --quantity 0.5 --max-orders 3 --duration 7200 --interval 60",
    "--ticker BTC --size 0.001",
    "--ticker ETH --size 0.01 --long-threshold 3 --short-threshold 3",
    "--ticker BTC --size 0.001 --max-position 0.1",
)
