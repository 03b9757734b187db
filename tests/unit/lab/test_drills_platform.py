"""What the platform's drills read out of what they are told."""

from pathlib import Path
from typing import Any

from lab.drills.partition import dropped
from lab.tools import argocd
from lab.tools.argocd import Sync
from lab.tools.cluster import Cluster

_COUNTED = """\
Chain LAB-CHAOS (1 references)
    pkts      bytes target     prot opt in     out     source               destination
      12      720 DROP       0    --  *      *       10.244.0.5           10.244.1.7
       3      180 DROP       0    --  *      *       10.244.0.5           10.244.1.8
      40     2400 ACCEPT     0    --  *      *       10.244.0.5           10.244.1.9
"""


def test_dropped_packets_are_those_of_all_rules_that_drop() -> None:
    assert dropped(_COUNTED) == 15


def test_a_chain_that_is_not_there_dropped_nothing() -> None:
    assert dropped("") == 0


class FakeCluster(Cluster):
    """Has one Application."""

    def __init__(self, status: dict[str, Any]) -> None:
        super().__init__(Path("/nowhere"))
        self._status = status

    def get(self, path: str, **_query: str) -> dict[str, Any] | None:
        assert path == "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/user", path
        return {"metadata": {"name": "user"}, "status": self._status}


def test_a_sync_that_heals_names_what_it_heals() -> None:
    named = [{"group": "apps", "kind": "Deployment", "name": "user-service"}]
    state = {"startedAt": "2026-01-02T03:04:05Z", "operation": {"sync": {"resources": named}}}
    found = argocd.last_sync(FakeCluster({"operationState": state}), "user")
    assert found == Sync("2026-01-02T03:04:05Z", frozenset({"Deployment/user-service"}))


def test_a_sync_of_all_names_nothing_and_one_that_never_was_never_began() -> None:
    state = {"startedAt": "2026-01-02T03:04:05Z", "operation": {"sync": {"revision": "abc"}}}
    assert argocd.last_sync(FakeCluster({"operationState": state}), "user").resources == frozenset()
    assert argocd.last_sync(FakeCluster({}), "user") == Sync("", frozenset())
