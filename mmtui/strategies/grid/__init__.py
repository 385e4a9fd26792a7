"""Grid: buy at each level below the price, sell at each above it, and earn the distance again and again."""
