"""How a load run is judged and refused, and how Locust's numbers are read."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.checks import objectives
from lab.checks.ledger import Ledger
from lab.core.errors import UsageError, WaitTimeout
from lab.core.paths import Paths
from lab.flows import load, load_plan, report
from lab.tools.locust import Endpoint, Measured
from lab.tools.locust_figures import Generator, endpoint, moments, percentile

GOOD = Ledger(accepted=1, notified=1, pending=0, dlq=0, lost=[], duplicated=[])


def measured(requests: int = 1000, failures: int = 0, p95: float = 0.1) -> Measured:
    total = Endpoint(name="all", requests=requests, failures=failures, p50=0.01, p95=p95, p99=p95)
    return Measured(total=total, endpoints=[], moments=[], failures=[])


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (measured(requests=0), "no request"),
        (measured(failures=2), "2 of 1000 requests failed"),
        (measured(p95=0.5), "P95 was 500 ms"),
    ],
)
def test_a_run_that_breaks_an_objective_says_which(seen: Measured, words: str) -> None:
    assert words in " ".join(objectives.judge(seen, GOOD))


def test_a_run_at_the_edge_of_the_objectives_passes_and_a_lost_order_does_not() -> None:
    edge = measured(failures=1, p95=0.499)
    assert objectives.judge(edge, GOOD) == []
    assert "1 orders lost" in objectives.judge(edge, GOOD.model_copy(update={"lost": ["a"]}))[0]


@pytest.mark.parametrize(("text", "seconds"), [("30s", 30), ("2m", 120), ("1h", 3600), ("45", 45)])
def test_times_are_read(text: str, seconds: int) -> None:
    assert load_plan.seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "0s", "-1s", "5 s", "1d", "soon"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--time"):
        load_plan.seconds(text)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"scenario": "surf"}, "--scenario"),
        ({"shape": "square"}, "--shape"),
        ({"users": "0"}, "--users"),
        ({"users": "501"}, "--users"),
        ({"users": "many"}, "--users"),
        ({"rate": "-1"}, "--rate"),
        ({"rate": "nan"}, "--rate"),
        ({"time": "3601"}, "--time"),
        ({"workers": "0"}, "--workers"),
        ({"workers": "3", "users": "2"}, "--workers"),
    ],
)
def test_an_option_out_of_bounds_is_named(given: dict[str, str], named: str) -> None:
    with pytest.raises(UsageError, match=named):
        load_plan.plan(**given)


def test_a_shape_has_a_time_of_its_own_where_none_is_given() -> None:
    assert load_plan.plan(shape="soak").seconds == 1800
    assert load_plan.plan(shape="soak", time="9s").seconds == 9


def test_load_goes_to_this_machine_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for service in ("ORDER", "USER", "NOTIFICATION"):
        monkeypatch.setenv(f"LOAD_{service}_URL", "http://example.org")
    with pytest.raises(UsageError, match=r"example\.org"):
        load.judged(load_plan.plan(), plain=True)


def test_two_loads_at_once_are_not_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "Paths", lambda: Paths(tmp_path))
    monkeypatch.setattr(load, "judged", lambda *_: pytest.fail("two at once"))
    with load.alone(Paths(tmp_path)), pytest.raises(WaitTimeout, match="lab was not ready") as caught:
        load.run(load_plan.plan(), plain=True)
    assert "another command is at work: pid" in caught.value.why


def test_an_endpoint_of_few_requests_is_not_hidden_by_fast_ones() -> None:
    seen = measured()
    slow = Endpoint(name="GET /notifications", requests=20, failures=0, p50=0.6, p95=0.6, p99=0.6)
    assert objectives.judge(seen.model_copy(update={"endpoints": [slow]}), GOOD) == [
        "P95 of GET /notifications was 600 ms; it must be below 500 ms"
    ]
    few = slow.model_copy(update={"requests": 19})
    assert objectives.judge(seen.model_copy(update={"endpoints": [few]}), GOOD) == []


def test_failed_orders_are_not_hidden_by_other_requests() -> None:
    order = Endpoint(name="POST /orders", requests=500, failures=1, p50=0.1, p95=0.1, p99=0.1)
    seen = measured(failures=1).model_copy(update={"endpoints": [order]})
    assert objectives.judge(seen, GOOD) == ["1 of 500 requests for orders failed; 0.1% may"]


@pytest.mark.parametrize(
    ("own", "rate", "words"),
    [
        (Generator(arrivals=1000, late=11), 10, "11 of 1000 requests began late"),
        (Generator(cpu=0.95), 0, "it took 95% of a CPU"),
        (Generator(arrivals=1000), 501, "501 requests/s are more than the 500"),
    ],
)
def test_a_generator_that_was_the_bottleneck_is_told_of(own: Generator, rate: float, words: str) -> None:
    assert words in objectives.doubt(measured().model_copy(update={"generator": own}), rate, 500)


def test_a_generator_with_room_leaves_no_doubt() -> None:
    own = Generator(arrivals=1000, late=10, cpu=0.9)
    assert objectives.doubt(measured().model_copy(update={"generator": own}), 500, 500) == ""
    assert objectives.doubt(measured(), 500, 0) == ""


@given(st.lists(st.integers(0, 100), min_size=1), st.sampled_from([0.5, 0.95, 0.99]))
def test_a_percentile_is_an_answers_time_that_the_share_did_not_exceed(times: list[int], share: float) -> None:
    found = percentile(Counter(float(t) for t in times), share)
    assert found in times
    assert sum(t <= found for t in times) >= share * len(times)
    assert sum(t < found for t in times) < share * len(times)


def test_endpoints_are_summed() -> None:
    rows = [
        {"num_requests": 2, "num_failures": 1, "response_times": {"10": 2}},
        {"num_requests": 1, "num_failures": 0, "response_times": {"2000": 1}},
    ]
    total = endpoint("all", rows)
    assert (total.requests, total.failures, total.p50, total.p99) == (3, 1, 0.01, 2.0)


def test_moments_cover_the_seconds_without_an_answer() -> None:
    rows = [{"num_reqs_per_sec": {"101": 3, "104": 2}, "num_fail_per_sec": {"104": 1}}]
    history = [{"Name": "Aggregated", "Timestamp": "101", "95%": "250"}]
    assert [(m.second, m.rps, m.failures, m.p95) for m in moments(rows, history)] == [
        (0, 3, 0, 0.25), (1, 0, 0, 0), (2, 0, 0, 0),
    ]  # fmt: skip
    assert [m.rps for m in moments(rows, history, 99, 107)] == [0, 0, 3, 0, 0, 2, 0, 0]
    assert moments([], [], 99, 101)[-1].second == 1


def test_reports_are_named_by_what_ran_and_when(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    assert report.page(paths, "load-orders", "2026-01-31T23:59:58+00:00") == (
        paths.reports / "load-orders-20260131T235958.html"
    )
