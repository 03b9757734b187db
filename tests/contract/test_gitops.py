"""gitops/: the tree is valid, whatever breaks a rule is told, and what differs between clusters is what is shown."""

import json
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from lab.checks.manifests import known
from lab.checks.manifests.problem import RULES
from lab.checks.manifests.references import references
from lab.core import proc
from lab.core.config import PROFILES, Profile
from lab.core.errors import CommandError, UsageError
from lab.core.paths import CHECKOUT
from lab.core.profiles import APPLICATIONS, CLUSTERS
from lab.core.versions import load_lock
from lab.flows import gitops, manifests
from lab.tools import gitops as tools
from lab.tools.crds import Crds

INVALID = CHECKOUT / "tests" / "invalid"
FIXTURES = sorted(folder.name for folder in (INVALID / "gitops" / "clusters").iterdir())
VALID = "valid"
pytestmark = pytest.mark.usefixtures("_kubectl")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A checkout with the clusters `local` and `other`, which is `local` under another name."""
    shutil.copytree(CHECKOUT / "gitops", tmp_path / "gitops")
    shutil.copytree(tmp_path / "gitops" / "clusters" / "local", tmp_path / "gitops" / "clusters" / "other")
    return tmp_path


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def patched(tree: Path, target: str, operation: str, option: str = "") -> None:
    """Have the cluster `other` change an object of its own."""
    cluster = tree / "gitops/clusters/other/kustomization.yaml"
    options = f"    options: {{{option}: true}}\n" if option else ""
    patch = f"  - target: {{kind: {target}}}\n    patch: |-\n      - {operation}\n{options}"
    cluster.write_text(cluster.read_text() + patch)


def test_every_cluster_is_valid() -> None:
    for verdict in manifests.validate():
        assert [str(problem) for problem in verdict.problems] == []
        assert verdict.objects > 30


def test_what_lab_up_applies_itself_is_looked_at_too(tree: Path) -> None:
    edit(tree / "gitops/platform/git-server/git-server.yaml", "git-server:lab", "git-server")
    edit(tree / "gitops/platform/argocd/app-of-apps.yaml", "project: default", "project: nowhere")
    (verdict,) = manifests.validate("local", tree)
    assert {(problem.rule, problem.found.name) for problem in verdict.problems} == {
        ("image-tag", "git-server"),
        ("project", "root"),
    }


def test_what_could_not_be_looked_at_is_said(tmp_path: Path) -> None:
    none = Crds(tmp_path, load_lock(), "v1.34.3")
    (verdict,) = manifests.validate("local", crds=none)
    *unchecked, charts = verdict.notes
    (argocd,) = (note for note in unchecked if "argoproj.io" in note)
    assert argocd.startswith("not checked against a schema: AppProject, Application (")
    assert argocd.endswith(
        f" of argoproj.io): argo-cd {load_lock().manifest[0].version} is not in .lab/cache: ./inv lab.fetch brings it"
    )
    assert charts.startswith("not looked into: what Application ")
    assert "metrics-server" in charts
    assert charts.endswith(" makes: charts are not rendered")


@pytest.mark.parametrize("rule", [name for name in FIXTURES if name != VALID])
def test_a_cluster_that_breaks_one_rule_fails_by_that_rule_alone(rule: str) -> None:
    (verdict,) = manifests.validate(rule, INVALID)
    assert {problem.rule for problem in verdict.problems} == {rule}
    said = manifests.lines(verdict)[0]
    assert said.startswith(f"{rule}: ")
    assert said.endswith(f"[{rule}]")


def test_the_cluster_that_they_change_is_valid() -> None:
    (verdict,) = manifests.validate(VALID, INVALID)
    assert verdict.problems == ()


def test_every_rule_has_a_cluster_that_breaks_it() -> None:
    assert set(FIXTURES) == {*RULES, VALID}


def test_the_tasks_exit_codes_are_1_for_what_is_wrong_2_for_wrong_use_0_for_a_report(tree: Path) -> None:
    for part in ("lab", "loadtests", "tasks.py", "lab.lock"):
        source = CHECKOUT / part
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, tree / part)
    patched(tree, "Namespace, name: data", "{op: replace, path: /metadata/name, value: dato}", "allowNameChange")

    def run(*words: str) -> proc.Completed:
        return proc.run([sys.executable, "-m", "invoke", *words], cwd=tree, check=False)

    whole, one = run("gitops.validate"), run("gitops.validate", "--cluster", "local")
    assert (whole.code, one.code) == (1, 0)
    assert "other: StatefulSet data/redis: metadata.namespace: nothing makes Namespace data" in whole.stdout
    assert run("gitops.validate", "--cluster", "nowhere").code == 2
    diff = run("gitops.diff", "local", "other", "--json")
    assert (diff.code, json.loads(diff.stdout)["only_b"]) == (0, ["Namespace dato"])
    render = run("gitops.render", "other", "--out", "made.yaml")
    assert (render.code, render.stdout) == (0, "")
    assert (tree / "made.yaml").read_text() == gitops.render("other", tree)


def test_rendering_shows_every_object_once_and_what_makes_it() -> None:
    text = gitops.render("local")
    made = [document for document in yaml.safe_load_all(text) if document]
    assert text.count("# Application ") == len(made)
    assert "# Application order: gitops/apps/order/overlays/local\napiVersion: apps/v1\nkind: Deployment" in text
    assert gitops.render("local") == text


def test_the_children_of_an_application_are_rendered_too(tree: Path) -> None:
    nested = tree / "gitops/platform/nested"
    shutil.copytree(tree / "gitops/platform/argocd/applications", nested)
    (nested / "kustomization.yaml").write_text("namespace: argocd\nresources: [user.yaml]\n")
    edit(nested / "user.yaml", "repoURL: CLUSTER", "repoURL: http://git-server.git.svc.cluster.local/lab.git")
    edit(nested / "user.yaml", "overlays/CLUSTER", "overlays/local")
    edit(tree / "gitops/clusters/other/datastores.yaml", "gitops/platform/datastores", "gitops/platform/nested")
    (verdict,) = manifests.validate("other", tree)
    assert "Application argocd/user" in {str(p.found) for p in verdict.problems if p.rule == "duplicate"}
    assert "Deployment shop/user-service" in {str(p.found) for p in verdict.problems if p.rule == "duplicate"}


def test_an_application_that_makes_itself_is_refused(tree: Path) -> None:
    edit(tree / "gitops/clusters/other/datastores.yaml", "gitops/platform/datastores", "gitops/clusters/other")
    with pytest.raises(UsageError, match="Application datastores makes itself"):
        gitops.render("other", tree)


def test_clusters_that_are_the_same_do_not_differ(tree: Path) -> None:
    assert gitops.as_text(gitops.diff("local", "other", tree), "local", "other") == "local and other make the same"


def test_a_difference_is_told_by_object_and_field(tree: Path) -> None:
    label = "/metadata/labels/pod-security.kubernetes.io~1enforce"
    patched(tree, "Namespace, name: data", f"{{op: replace, path: {label}, value: baseline}}")
    edit(tree / "gitops/clusters/other/kustomization.yaml", ", datastores.yaml", "")
    found = gitops.diff("local", "other", tree)
    text = gitops.as_text(found, "local", "other").splitlines()
    assert text[0] == "Application argocd/datastores: only in local"
    assert text[2:4] == [
        "Namespace data:",
        '  metadata.labels["pod-security.kubernetes.io/enforce"]: "restricted" -> "baseline"',
    ]
    seen = json.loads(gitops.as_json(found, "local", "other"))
    assert "StatefulSet data/postgres" in seen["only_a"]
    assert seen["only_b"] == []


def test_a_generated_name_is_no_difference_but_its_content_is(tree: Path) -> None:
    shutil.copytree(tree / "gitops/apps/user/overlays/local", tree / "gitops/apps/user/overlays/other")
    overlay = tree / "gitops/apps/user/overlays/other/kustomization.yaml"
    settings = "configMapGenerator: [{name: microservice, behavior: merge, literals: [DRAIN_SECONDS=20]}]\n"
    overlay.write_text(overlay.read_text() + settings)
    path = "{op: replace, path: /spec/source/path, value: gitops/apps/user/overlays/other}"
    patched(tree, "Application, name: user", path)
    assert gitops.as_text(gitops.diff("local", "other", tree), "local", "other").splitlines() == [
        "Application argocd/user:",
        '  spec.source.path: "gitops/apps/user/overlays/local" -> "gitops/apps/user/overlays/other"',
        "ConfigMap shop/user-service:",
        '  data.DRAIN_SECONDS: "10" -> "20"',
    ]


def test_an_unknown_cluster_is_refused_with_those_there_are(tree: Path) -> None:
    for call in (gitops.render, manifests.validate):
        for name in ("production", "../clusters/local", ""):
            with pytest.raises(UsageError) as refused:
                call(name, tree)
            assert refused.value.fix == "one of: core, dev, local, other, prod"


def test_an_error_of_kustomize_is_shown_in_its_words(tree: Path) -> None:
    edit(tree / "gitops/clusters/other/kustomization.yaml", "datastores.yaml", "nothing.yaml")
    with pytest.raises(CommandError, match=r"nothing\.yaml.*no such file or directory"):
        manifests.validate("other", tree)


@pytest.mark.parametrize(("content", "words"), [("- a list\n", "data.repository"), ("a: [", "is no YAML")])
def test_settings_that_are_no_mapping_are_refused(tree: Path, content: str, words: str) -> None:
    (tree / "gitops/clusters/other/cluster.yaml").write_text(content)
    edit(tree / "gitops/clusters/other/kustomization.yaml", "cluster.yaml, ", "")
    edit(tree / "gitops/clusters/other/kustomization.yaml", "components: [../../platform/argocd/cluster]", "")
    with pytest.raises(UsageError, match=words):
        gitops.render("other", tree)


def test_a_path_that_is_not_there_keeps_a_cluster_from_being_rendered(tree: Path) -> None:
    edit(tree / "gitops/clusters/other/datastores.yaml", "gitops/platform/datastores", "gitops/platform/database")
    with pytest.raises(UsageError, match="gitops/platform/database"):
        gitops.render("other", tree)


def test_a_set_of_applications_is_refused_for_nobody_knows_what_it_makes(tree: Path) -> None:
    edit(tree / "gitops/clusters/other/datastores.yaml", "kind: Application", "kind: ApplicationSet")
    with pytest.raises(UsageError, match="ApplicationSet argocd/datastores"):
        gitops.render("other", tree)


def test_what_argo_cd_would_put_on_top_of_a_path_is_refused(tree: Path) -> None:
    edit(
        tree / "gitops/clusters/other/datastores.yaml",
        "    path: gitops/platform/datastores\n",
        "    path: gitops/platform/datastores\n    kustomize: {namePrefix: big-}\n",
    )
    with pytest.raises(UsageError, match=r"spec\.source\.kustomize"):
        gitops.render("other", tree)


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere"):
        gitops.write("text", tmp_path / "nowhere" / "out.yaml")
    gitops.write("text", tmp_path / "out.yaml")
    assert (tmp_path / "out.yaml").read_text() == "text"


def test_every_secret_that_the_lab_is_said_to_make_is_needed() -> None:
    """One that nothing needs any more would hide a mistake later."""
    parts = [part for path, home in known.LAB_PARTS.items() for part in tools.render_part(path, home, CHECKOUT)]
    needed = {
        problem.what
        for lab in known.LABS
        for problem in references([*tools.render(lab, CHECKOUT).objects, *parts], {})
        if problem.rule == "secret"
    }
    assert needed == {f"nothing makes Secret {namespace}/{name}" for namespace, name in known.LAB_SECRETS}


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_waits_for_what_its_cluster_makes(profile: Profile) -> None:
    objects = tools.render(CLUSTERS[profile], CHECKOUT).objects
    made = {found.name for found in objects if found.kind == "Application"}
    assert made == set(APPLICATIONS[profile])


def test_the_small_lab_is_the_whole_one_less_what_only_that_has() -> None:
    small, whole = (
        {str(found): found.body for found in tools.render(cluster, CHECKOUT).objects} for cluster in ("core", "local")
    )
    changed = {name for name in small if small[name] != whole.get(name)}
    assert changed == {"Application argocd/kube-prometheus-stack"}
