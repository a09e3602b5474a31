"""A plan as a document for a board: one HTML page that prints well and carries its own map."""
