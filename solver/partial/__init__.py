"""Partial cover: protect a share of the people, or the most people for given means."""
