"""The kind rung: a real cluster, LocalStack through Terraform, Argo CD syncing the working tree."""

from collections.abc import Mapping, Sequence

from lab.checks import platform
from lab.core.config import Config, load_config
from lab.core.errors import UsageError
from lab.core.graph import Step
from lab.core.paths import Paths
from lab.core.profiles import APPLICATIONS
from lab.core.state import SERVICES, LabState
from lab.stages import cloud, kind_definitions, kind_secrets, kind_waits
from lab.stages.kind_artifacts import forget
from lab.stages.kind_base import Ground
from lab.stages.kind_gitops import GitOps
from lab.stages.kind_images import OwnImages
from lab.tools import containers, git
from lab.tools.kind import Kind
from lab.tools.programs import program

_TOOLS = ("kind", "kubectl", "helm", "terraform")


class KindRung:
    """Steps to the kind rung and back."""

    def __init__(self, paths: Paths, state: LabState, config: Config | None = None) -> None:
        self._paths, self.state = paths, state
        config = config or load_config()
        if state.substitutes:  # what it was raised with, it goes on with
            config = config.model_copy(update={"substitutes": True})
        self._offline = config.offline
        self.ground = Ground(paths, state, config)
        self.gitops = GitOps(paths, state, self.ground)
        self.images = OwnImages(paths, state, config, self.ground.artifacts)
        self._commit: str | None = None
        self._secrets: Mapping[str, Mapping[str, str]] = {}

    def steps(self) -> list[Step]:
        """Return what raises the rung; every step is a no-op where its state holds."""
        ground, gitops = self.ground, self.gitops
        return [
            Step("tools", self._tools),
            Step("network", ground.network),
            Step("registry", ground.registry, ("network",)),
            Step("cluster", ground.nodes, ("tools", "network")),
            Step("localstack", ground.localstack, ("network",)),
            Step("upstream images", ground.artifacts.mirror, ("registry",)),
            Step("charts", ground.artifacts.charts, ("registry", "tools")),
            Step("git-server image", self.images.build_git_server, ("registry",)),
            Step("service images", self.build, ("git-server image",)),
            Step("terraform", self._terraform, ("localstack", "tools")),
            Step("secrets", self._ensure_secrets, ("terraform", "cluster")),
            Step("git-server", gitops.git_server, ("cluster", "git-server image")),
            Step("argocd", gitops.argocd, ("cluster", "upstream images", "charts")),
            Step("definitions", self._definitions, ("cluster", "charts")),
            Step("push", self._push, ("git-server", "service images")),
            Step("app of apps", gitops.root, ("push", "argocd", "secrets", "definitions")),
            *(
                Step(name, lambda n=name: kind_waits.synced(ground.cluster, n, self._commit), ("app of apps",))  # type: ignore[misc] # a default binds each
                for name in APPLICATIONS[self.state.profile]
            ),
            *self._heartbeat(),
        ]

    def _heartbeat(self) -> list[Step]:
        """Return the step that shows the way from Prometheus' rules to the pager, where the profile has one.

        Prometheus gets its rules up to a minute after their Application is synced; until then no alert can fire.
        """
        names = APPLICATIONS[self.state.profile]
        return [Step("heartbeat", lambda: platform.heartbeat(self.state), names)] if self.state.pager else []

    def stop(self) -> None:
        """Remove nodes, containers and the network; the registry's volume stays, with what was fetched."""
        remove(self._paths, self.state.lab_id, volumes=False)

    def _tools(self) -> None:
        if flaw := git.flaw():
            raise UsageError("git can't be used", why=flaw, fix=f"install {git.WANTED} or later")
        for name in _TOOLS:
            program(name, offline=self._offline)

    def _terraform(self) -> None:
        self._secrets = cloud.ensure(self._paths, self.state, self.ground.artifacts.providers)

    def _ensure_secrets(self) -> None:
        kind_secrets.ensure(self._paths, self.state, self._secrets)

    def build(self, services: Sequence[str] = SERVICES) -> None:
        """Build the images of `services`, and the pager's with those of all."""
        self.images.build(services)
        if self.state.profile == "full" and len(services) == len(SERVICES):
            self.images.build_pager()

    def _definitions(self) -> None:
        kind_definitions.ensure(self._paths, self.state.profile)

    def _push(self) -> None:
        self._commit = self.gitops.push()


def remove(paths: Paths, lab_id: str, *, volumes: bool) -> None:
    """Remove everything in the Engine that carries the lab's id, also where the state file is gone."""
    name = f"kubeflow-ops-{lab_id}"
    Kind(name, paths.kubeconfig).delete()
    left = containers.of_lab(lab_id)
    for container in left["container"]:
        containers.remove(container)
    for network in left["network"]:
        containers.remove_network(network)
    if volumes:
        for volume in left["volume"]:
            containers.remove_volume(volume)
        forget(paths, lab_id)


def leftovers(lab_id: str) -> list[str]:
    """Return what the Engine still has of the lab; the registry's volume is data, and no leftover."""
    left = containers.of_lab(lab_id)
    nodes = [f"container {node}" for node in Kind(f"kubeflow-ops-{lab_id}", Paths().kubeconfig).nodes()]
    return nodes + [f"{kind} {name}" for kind in ("container", "network") for name in left[kind]]
