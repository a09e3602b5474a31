"""Peers side by side on the same inputs: `make bench`, see docs/benchmarks.md."""
