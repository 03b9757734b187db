"""Admission policies tried by kyverno's command line: each refuses what it must, lets the rest pass, and says why."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.checks.manifests.pods import pods
from lab.checks.manifests.registries import excluded
from tests.contract.policies import Kyverno, cases, policies, resources
from tests.contract.test_policies import DOCS, NAMES, RULE, deployed

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def kyverno(tmp_path: Path) -> Kyverno:
    return Kyverno(tmp_path)


def body(name: str, namespace: str) -> dict[str, Any]:
    """A pod that no policy lets pass."""
    pod = {"hostNetwork": True, "containers": [{"name": "cart", "image": "cart"}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace}, "spec": pod}


def refused(text: str) -> set[tuple[str, str]]:
    """Return what was refused: policy and resource, as `kyverno apply` says it."""
    return set(re.findall(r"policy (\S+) -> resource (\S+) failed", text))


def test_every_policys_tests_pass(kyverno: Kyverno) -> None:
    done = kyverno.test()
    assert done.code == 0, done.stdout
    number = sum(len(cases(name, operation)) for name in NAMES for operation in ("", "UPDATE"))
    assert f"{number} tests passed and 0 tests failed" in done.stdout


@pytest.mark.parametrize("wrong", ["[]", "['always']"])
@pytest.mark.parametrize("name", sorted(RULE))
def test_a_policy_that_refuses_nothing_or_everything_is_noticed(kyverno: Kyverno, name: str, wrong: str) -> None:
    broken = [yaml.safe_load(yaml.safe_dump(policy.body)) for policy in policies()]
    policy = next(found for found in broken if found["metadata"]["name"] == name)
    next(v for v in policy["spec"]["variables"] if v["name"] == "wrong")["expression"] = wrong
    kyverno.write("policies.yaml", broken)
    assert kyverno.test(name).code == 1


def test_everything_that_we_deploy_passes(kyverno: Kyverno) -> None:
    judged = [found.owner for found in pods(deployed()) if found.owner.namespace not in excluded(policies()[-1])]
    made = [o.body | {"metadata": {**o.body["metadata"], "namespace": o.namespace}} for o in judged]
    done = kyverno.apply(made)
    assert done.code == 0, done.stdout
    assert refused(done.stdout) == set()
    assert f"pass: {len(RULE) * len(made)}," in done.stdout


def test_namespaces_left_out_are_not_judged_and_all_others_are(kyverno: Kyverno) -> None:
    done = kyverno.apply([body("one", "monitoring"), body("two", "git")])
    assert done.code == 1
    assert refused(done.stdout) == {(name, "git/Pod/two") for name in RULE}


@pytest.mark.parametrize("name", sorted(RULE))
def test_a_refusal_names_object_field_and_the_way_out(kyverno: Kyverno, name: str) -> None:
    done = kyverno.apply([found.body for found in resources(name)])
    bad = [resource for resource, result in cases(name).items() if result == "fail"]
    said = {
        (kind, resource): re.findall(rf"^\d+ -  ?({kind} shop/{resource}: .*)$", done.stdout, re.MULTILINE)
        for kind, resource in bad
    }
    for messages in said.values():
        assert any(re.search(r": (spec|metadata)\.\S+ .+: \w.+ \(docs/policies\.md\)$", words) for words in messages)
    every = {words.removesuffix(" (docs/policies.md)") for messages in said.values() for words in messages}
    row = next(line for line in DOCS.splitlines() if line.startswith(f"| `{name}`"))
    (shown,) = re.findall(r"`((?:Pod|Deployment|CronJob) shop/[^`]+)`", row)
    assert shown in every


def test_the_container_of_a_debugger_is_judged_but_for_its_limits(kyverno: Kyverno) -> None:
    """It can reserve nothing, so nobody may ask it to."""
    good = next(found.body for found in resources("require-limits") if found.name == "whole")
    labels = {"app": "cart", "team": "shop", "env": "local"}
    debugger = {"name": "look", "image": "busybox", "securityContext": {"capabilities": {"add": ["SYS_PTRACE"]}}}
    spec = {**good["spec"], "ephemeralContainers": [debugger]}
    done = kyverno.apply([{**good, "metadata": {**good["metadata"], "labels": labels}, "spec": spec}])
    wanted = {"allowed-registries", "disallow-latest-tag", "disallow-privileged"}
    assert refused(done.stdout) == {(name, "shop/Pod/whole") for name in wanted}
    assert "spec.ephemeralContainers[look].image is 'busybox'" in done.stdout
