"""The service level objectives, in the one place that reports, load tests and docs take them from."""

ERROR_RATIO = 0.001  # of all requests: 99.9 % availability
P95_SECONDS = 0.5
SLOW_RATIO = 0.05  # of all requests may take longer than P95_SECONDS: what P95 says, as a budget
BUDGET_DAYS = 30
BURN_RATES = (  # how many times faster than BUDGET_DAYS allow; over a long and a short window; what it becomes
    (14.4, "1h", "5m", "page"),
    (6.0, "6h", "30m", "page"),
    (3.0, "1d", "2h", "ticket"),
    (1.0, "3d", "6h", "ticket"),
)
