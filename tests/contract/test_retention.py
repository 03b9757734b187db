"""The outbox remembers an event for as long as a queue may lose it."""

import re

import pytest

from lab.core.paths import CHECKOUT
from services.order.settings import OrderSettings

QUEUES = {
    "Terraform": (
        CHECKOUT / "terraform/modules/sqs/variables.tf",
        r'variable "(?:dlq_)?retention_seconds" \{\n.*\n  default +=\s(\d+)()',
    ),
    "LocalStack's ready hook": (
        CHECKOUT / "lab/embedded/ready.d/queues.py",
        r'"MessageRetentionPeriod": str\((\d+) \* (DAY)\)',
    ),
}


@pytest.mark.parametrize("maker", QUEUES)
def test_published_events_stay_in_the_outbox_until_queue_and_dlq_forgot_them(maker: str) -> None:
    file, pattern = QUEUES[maker]
    kept = [int(number) * (24 * 3600 if unit else 1) for number, unit in re.findall(pattern, file.read_text())]
    assert len(kept) == 2, "the queue and its DLQ"
    assert OrderSettings.model_fields["outbox_hours"].default * 3600 >= sum(kept)


@pytest.mark.parametrize("tree", ["gitops", "terraform/environments"])
def test_nothing_sets_another_time(tree: str) -> None:
    files = [file for kind in ("*.yaml", "*.tf") for file in (CHECKOUT / tree).rglob(kind)]
    assert files
    assert [file for file in files if re.search(r"OUTBOX_HOURS|retention_seconds", file.read_text())] == []
