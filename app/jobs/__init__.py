"""The durable queue, its worker, and the processes that read and solve."""
