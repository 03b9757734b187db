"""Load from inside of the cluster: judged as load from outside is, every order counted, and gone afterwards."""

import json
import os
import signal
from typing import Any

import pytest

from lab.core.wait import wait
from lab.tools import locust, processes
from lab.tools.cluster import Cluster
from tests.e2e.host_lab import Lab

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1200)]
SPACE = "/api/v1/namespaces/load"
IN_CLUSTER = ("load.run", "--scenario", "order", "--in-cluster", "--plain")


def report(lab: Lab) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((lab.paths.reports / "load-order-latest.json").read_text())
    return found


def running(cluster: Cluster) -> list[str]:
    pods = cluster.items(f"{SPACE}/pods")
    return [pod["metadata"]["uid"] for pod in pods if pod["status"]["phase"] == "Running"]


def begun(lab: Lab, cluster: Cluster) -> int:
    """Start a run of two workers and return its pid once all of its pods run."""
    pid, _ = lab.start(*IN_CLUSTER, "--users", "4", "--rate", "10", "--workers", "2", "--time", "5m")
    wait("pods", lambda: running(cluster), lambda pods: len(pods) == 3, explain=str, delay=1, timeout=300)
    return pid


def ended(pid: int) -> None:
    wait("its end", lambda: processes.lives(pid), lambda alive: not alive, delay=0.5, timeout=180)


def test_workers_in_the_cluster_tell_of_every_order_and_none_is_lost(lab: Lab, cluster: Cluster) -> None:
    words = ("--users", "6", "--rate", "30", "--workers", "3", "--time", "20s")
    done = lab.run(*IN_CLUSTER, *words, check=False, timeout=900)
    assert "3 of 3 workers connected" in done.stderr
    assert "3 workers in the cluster reaches is not known" in " ".join(done.stdout.split())
    seen = report(lab)
    generator, ledger = seen["measured"]["generator"], seen["ledger"]
    assert (generator["processes"], ledger["lost"], ledger["duplicated"]) == (3, [], [])
    (orders,) = (one for one in seen["measured"]["endpoints"] if one["name"] == "POST /orders")
    assert generator["arrivals"] == orders["requests"] > 100
    assert len(locust.placed(lab.paths.reports / "locust")) == orders["requests"] - orders["failures"]
    assert ledger["accepted"] >= orders["requests"] - orders["failures"]
    assert (done.code == 0) == seen["ok"]
    assert cluster.get(SPACE) is None


def test_a_worker_that_is_ended_leaves_its_users_to_the_other_and_its_figures_are_doubted(
    lab: Lab, cluster: Cluster
) -> None:
    pid, _ = lab.start(*IN_CLUSTER, "--users", "4", "--rate", "20", "--workers", "2", "--time", "30s")
    wait("pods", lambda: running(cluster), lambda pods: len(pods) == 3, explain=str, delay=1, timeout=300)
    first = cluster.items(f"{SPACE}/pods", labelSelector="app=load-worker")[0]["metadata"]
    wait("orders", lambda: _master_says(cluster), lambda said: "2 of 2 workers connected" in said, timeout=60)
    cluster.delete(f"{SPACE}/pods/{first['name']}")
    ended(pid)
    assert "1 of 2 workers were lost" in report(lab)["doubt"]
    assert report(lab)["ledger"]["lost"] == []


def _master_says(cluster: Cluster) -> str:
    return cluster.log("load", "master", "locust", previous=False, lines=1000)


def test_an_interrupted_run_takes_its_namespace_with_it(lab: Lab, cluster: Cluster) -> None:
    pid = begun(lab, cluster)
    os.kill(pid, signal.SIGINT)
    ended(pid)
    assert cluster.get(SPACE) is None


def test_what_a_killed_run_left_goes_before_the_next_begins(lab: Lab, cluster: Cluster) -> None:
    pid = begun(lab, cluster)
    lab.crash(pid)
    left = running(cluster)
    assert len(left) == 3
    lab.run(*IN_CLUSTER, "--users", "2", "--rate", "5", "--time", "5s", check=False, timeout=600)
    assert report(lab)["plan"]["users"] == 2
    assert report(lab)["measured"]["generator"]["processes"] == 1
    assert cluster.get(SPACE) is None


def test_two_at_once_are_refused(lab: Lab, cluster: Cluster) -> None:
    pid = begun(lab, cluster)
    done = lab.run(*IN_CLUSTER, "--users", "2", "--time", "5s", check=False, timeout=120)
    assert done.code == 1
    assert f"another command is at work: pid {pid}" in done.stderr
    assert len(running(cluster)) == 3
    os.kill(pid, signal.SIGINT)
    ended(pid)
