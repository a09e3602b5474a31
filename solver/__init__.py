"""Sitewright's placement library: it knows nothing of HTTP, SQL or maps."""
