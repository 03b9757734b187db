"""What bench.orders runs as processes: a minimal handler to compare with, a client, a trace sink, a queue driver."""
