"""Readers of one kind of file each; ``solver.geodata`` is the door to them."""
