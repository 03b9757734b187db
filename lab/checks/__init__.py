"""Read-only probes: each returns what it saw."""
