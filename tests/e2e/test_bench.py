"""What a benchmark makes in a lab is gone afterwards, whatever ended it."""

import pytest

from lab.core import stop
from lab.core.errors import Interrupted
from lab.stages.bench_servers import ground
from lab.tools import localstack
from tests.e2e.databases import databases
from tests.e2e.host_lab import Lab


def test_databases_and_queue_of_a_benchmark_go_also_when_it_is_stopped(lab: Lab) -> None:
    state = lab.up_state()
    before, sqs = databases(lab), localstack.session().client("sqs", endpoint_url=state.aws)

    def stopped() -> None:
        with ground(lab.paths, state):
            assert len(databases(lab)) == len(before) + 2
            stop.stop("a test says so")
            stop.raise_if_stopped()

    try:
        with pytest.raises(Interrupted):
            stopped()
    finally:
        stop.clear()  # else nothing could end the lab
    assert databases(lab) == before
    assert not [url for url in sqs.list_queues().get("QueueUrls", []) if "bench" in url]
