"""An order's way after it was accepted: outbox, SQS, notification; and where it strands."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from lab.dashboards.parts import board, figure, lines, link, now, prom

UID = "kubeflow-ops-queues"
_DLQ = 'queue_messages{queue=~".*-dlq"}'
_WAYS_ON = [
    link("Logs of notification-service", "kubeflow-ops-logs", workload="notification-service"),
    link("Traces of notification", "kubeflow-ops-traces", service="notification"),
]


def rate(counter: str, by: str = "") -> str:
    """Return a counter's growth a second."""
    return f"sum{f' by ({by}) ' if by else ''}(rate({counter}[$__rate_interval]))"


def quantile(share: float, histogram: str) -> str:
    """Return the value that `share` of what was observed stays under."""
    return f"histogram_quantile({share}, {rate(f'{histogram}_bucket', 'le')})"


def build() -> Dashboard:
    """Return the dashboard. Every replica measures the same outbox and queues, so the largest value is taken."""
    return board(
        UID,
        "Outbox, SQS, DLQ, notifications",
        "Does every accepted order become a notification, soon, once? Where does one wait?",
        figure(
            "Waiting in the outbox",
            "Accepted, and not yet taken by SQS.",
            now("max(outbox_pending)"),
            unit="short",
            limits=[(100, "orange"), (1000, "red")],
        ),
        figure(
            "Oldest in the outbox",
            "Grows while the relay can't publish. No order is lost by it.",
            now("max(outbox_oldest_age_seconds)"),
            unit="s",
            limits=[(30, "orange"), (60, "red")],
        ),
        figure(
            "Waiting in the queue",
            "Published, and not yet received.",
            now('max(queue_messages{queue="order-queue",state="waiting"})'),
            unit="short",
            limits=[(100, "orange"), (1000, "red")],
        ),
        figure(
            "In the DLQ",
            "Failed three times: docs/runbook.md says how to bring them back.",
            now(f"sum(max by (queue, state) ({_DLQ})) or vector(0)"),
            unit="short",
            limits=[(1, "red")],
        ),
        "Outbox",
        lines(
            "Events in the outbox",
            "Pending ones, and the age of the oldest.",
            prom("max(outbox_pending)", "pending"),
            prom("max(outbox_oldest_age_seconds)", "oldest, seconds"),
            unit="short",
        ),
        lines(
            "Published",
            "What SQS took and what it refused; republished were lost with their queue.",
            prom(rate("outbox_published_total"), "published"),
            prom(rate("outbox_refused_total"), "refused"),
            prom(rate("outbox_republished_total"), "republished"),
            unit="eps",
        ),
        lines(
            "Orders",
            "Accepted for the first time, or answered again for a known key.",
            prom(rate("orders_accepted_total"), "accepted"),
            prom(rate("orders_replayed_total"), "replayed"),
            unit="reqps",
        ),
        lines(
            "Time to publish a batch",
            "Of up to 200 events.",
            *(prom(quantile(share, "outbox_batch_seconds"), f"p{share * 100:.0f}") for share in (0.5, 0.95)),
            unit="s",
        ),
        "Queues",
        lines(
            "Messages",
            "By queue and state, as SQS counts them.",
            prom("max by (queue, state) (queue_messages)", "{{queue}} {{state}}"),
            unit="short",
            links=_WAYS_ON,
        ),
        lines(
            "Trouble",
            "Rejected: no events, on their way to the DLQ. Failed: they come again. Held: another worker has them.",
            prom(rate("messages_rejected_total"), "rejected"),
            prom(rate("messages_failed_total"), "failed"),
            prom(rate("messages_held_total"), "held"),
            prom(rate("leases_unavailable_total"), "without leases"),
            unit="mps",
            links=_WAYS_ON,
        ),
        "Notifications",
        lines(
            "Sent",
            "By event, and deliveries that were repeats: nothing was sent for those.",
            prom(rate("notifications_sent_total", "event_type"), "{{event_type}}"),
            prom(rate("notifications_duplicates_total"), "repeats"),
            unit="mps",
            links=_WAYS_ON,
        ),
        lines(
            "From the order to its notification",
            "The whole way: outbox, queue and effect.",
            *(prom(quantile(share, "notification_lag_seconds"), f"p{share * 100:.0f}") for share in (0.5, 0.95)),
            unit="s",
            links=_WAYS_ON,
        ),
        lines(
            "Checks of users",
            "Remembered ones cost no request. Timeout or unavailable: orders are refused with 503.",
            prom(rate("user_checks_total", "outcome"), "{{outcome}}"),
            unit="reqps",
            span=24,
            links=[link("Services", "kubeflow-ops-services", service="user")],
        ),
    )
