"""Load: Locust scenarios, and what the benchmarks run."""
