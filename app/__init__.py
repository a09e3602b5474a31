"""The service: HTTP, durable jobs, maps and the command line around the placement library."""
