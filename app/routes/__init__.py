"""One module per part of the URL space."""
