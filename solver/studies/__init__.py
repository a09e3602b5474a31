"""Questions asked around a plan: trade-off curves, the price of resilience, roll-out order, what-if."""
