"""From a promise in ms to what the network may take, and which sites can host a model: budget, calibration, tiers."""
