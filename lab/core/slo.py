"""The service level objectives, in the one place that reports, load tests and docs take them from."""

ERROR_RATIO = 0.001  # of all requests: 99.9 % availability
P95_SECONDS = 0.5
