"""Admission policies: what they must say of themselves, and that gitops.validate refuses what they refuse."""

import re
from collections.abc import Callable, Sequence

import pytest
import yaml

from lab.checks.manifests import known
from lab.checks.manifests.pods import pods
from lab.checks.manifests.problem import Problem
from lab.checks.manifests.registries import POLICY, allowed, excluded, registries
from lab.checks.manifests.rules import rules
from lab.core.paths import CHECKOUT
from lab.flows.manifests import fetched_crds, kubernetes_version
from lab.tools import gitops
from lab.tools.fields import dig
from lab.tools.rendered import Rendered
from lab.tools.schemas import Schemas
from tests.contract.policies import CASES, cases, policies, resources

DOCS = (CHECKOUT / "docs" / "policies.md").read_text()
NAMES = sorted(folder.name for folder in CASES.iterdir() if folder.is_dir())
# The rule by which gitops.validate tells the same before anything is pushed.
RULE = {
    "allowed-registries": "registry",
    "disallow-latest-tag": "image-tag",
    "disallow-privileged": "privileged",
    "require-labels": "labels",
    "require-limits": "resources",
}


def the(name: str) -> Rendered:
    return next(policy for policy in policies() if policy.name == name)


def deployed() -> list[Rendered]:
    """Everything that the lab's cluster gets from this tree; lab.up's own parts too."""
    parts = [o for path, home in known.LAB_PARTS.items() for o in gitops.render_part(path, home, CHECKOUT)]
    return [*gitops.render("local", CHECKOUT).objects, *parts]


def test_every_policy_has_tests_and_every_test_its_policy() -> None:
    assert sorted(policy.name for policy in policies()) == NAMES


@pytest.mark.parametrize("name", sorted(RULE))
def test_a_policy_is_tested_both_ways_on_pods_and_on_what_makes_them(name: str) -> None:
    expected = cases(name)
    seen = {(kind, result) for (kind, _), result in expected.items()}
    assert seen >= {(kind, result) for kind in ("Pod", "Deployment", "CronJob") for result in ("pass", "fail")}
    assert set(expected) == {(found.kind, found.name) for found in resources(name)}
    kept = cases(name, "UPDATE")
    assert {expected[resource] for resource in kept} == {"fail"}
    assert sorted((kind, result) for (kind, _), result in kept.items()) == [("Deployment", "skip"), ("Pod", "skip")]


@pytest.mark.parametrize("name", sorted(RULE))
def test_what_a_policy_refuses_gitops_validate_refuses_and_nothing_else(name: str) -> None:
    """The tests' resources are judged by the rule of the same meaning; so two ways of telling one thing stay equal."""

    def told(found: Rendered) -> str:
        problems: list[Problem] = [*rules([found]), *registries([the(POLICY), found])]
        return "fail" if RULE[name] in {problem.rule for problem in problems} else "pass"

    assert {(found.kind, found.name): told(found) for found in resources(name)} == cases(name)


def test_the_lab_refuses_and_a_cluster_that_takes_the_base_only_reports() -> None:
    base = gitops.render_part("gitops/platform/policies/base", "kyverno", CHECKOUT)
    for found, action in ((base, ["Audit"]), (policies(), ["Deny"])):
        actions = [
            dig(policy.body, "spec", "validationActions") for policy in found if policy.kind == "ValidatingPolicy"
        ]
        assert actions == [action] * len(RULE)


def test_kyverno_gone_or_slow_keeps_no_pod_from_starting() -> None:
    for policy in policies():
        assert dig(policy.body, "spec", "failurePolicy") == "Ignore", policy.name
        assert dig(policy.body, "spec", "webhookConfiguration", "timeoutSeconds") <= 5, policy.name


def test_a_mutation_leaves_what_argo_cd_made_as_it_is() -> None:
    for policy in policies():
        if policy.kind == "MutatingPolicy":
            (rule,) = dig(policy.body, "spec", "matchConstraints", "resourceRules")
            assert (rule["resources"], rule["operations"]) == (["pods"], ["CREATE"])
            assert dig(policy.body, "spec", "autogen", "podControllers", "controllers") == []


def test_the_namespaces_left_out_are_those_that_the_docs_justify() -> None:
    (table,) = re.findall(r"\| namespace left out \| why \|\n\|---\|---\|\n((?:\|.*\n)+)", DOCS)
    justified = re.findall(r"^\| `([\w-]+)` \| \S", table, re.MULTILINE)
    assert justified == sorted(justified)
    for policy in policies():
        assert excluded(policy) == frozenset(justified), policy.name


def test_our_own_pods_are_in_no_namespace_that_is_left_out() -> None:
    here = {found.owner.namespace for found in pods(deployed())}
    assert here >= {"shop", "data", "git"}
    assert not here & excluded(the(POLICY)) - {"monitoring"}  # what of ours runs beside the charts there


def test_the_docs_have_a_row_for_every_policy() -> None:
    assert (
        sorted(re.findall(r"^\| `([\w-]+)` \| .+ \| .+ \|$", DOCS.partition("## Left out")[0], re.MULTILINE)) == NAMES
    )


def test_every_registry_on_the_list_is_needed_and_ends_where_no_other_name_can_go_on() -> None:
    _, listed = allowed(the(POLICY))
    images = [c.body["image"] for found in pods(deployed()) for c in found.containers()]
    assert [entry for entry in listed if not entry.endswith(("/", ":", "@"))] == []
    names = [*images, *(image.replace(":", "@") for image in images)]  # a version may be a digest as well
    assert [entry for entry in listed if not any(name.startswith(entry) for name in names)] == []


def test_everything_of_ours_begins_with_one_of_them() -> None:
    assert [str(problem) for problem in registries([the(POLICY), *deployed()])] == []


@pytest.mark.parametrize(
    ("break_it", "field"),
    [
        (lambda spec: spec.update(failurPolicy="Ignore"), "spec"),
        (lambda spec: spec.update(failurePolicy="Perhaps"), "spec.failurePolicy"),
        (lambda spec: spec["variables"][0].update(expression=1), "spec.variables[0].expression"),
        (dict, ""),
    ],
)
def test_policies_are_what_their_crds_say(break_it: Callable[[dict[str, object]], None], field: str) -> None:
    crds = fetched_crds()
    if crds.file("policies.kyverno.io") is None:
        pytest.skip(f"policies are not held to a schema: {crds.lacking['policies.kyverno.io']}")
    schemas = Schemas(kubernetes_version(), crds.file)
    whole: Sequence[Rendered] = policies()
    for policy in whole:
        content = yaml.safe_load(yaml.safe_dump(policy.body))
        if policy.kind == "ValidatingPolicy":
            break_it(content["spec"])
            assert [where for where, _ in schemas.complaints(content) or []] == ([field] if field else [])
        else:
            assert schemas.complaints(content) == []


def test_a_broken_list_of_registries_is_told() -> None:
    """Nothing else reads it before Kyverno does."""
    policy = the(POLICY)
    for expression, named in (
        ("[]", "nothing"),
        ("['quay.io']", "quay.io"),
        ("variables.x", "nothing"),
        ("[", "nothing"),
    ):
        content = yaml.safe_load(yaml.safe_dump(policy.body))
        next(v for v in content["spec"]["variables"] if v["name"] == "registries")["expression"] = expression
        (problem,) = registries([Rendered(content, "", policy.origin)])
        assert problem.what == f"{named} is no beginning of images' names"
