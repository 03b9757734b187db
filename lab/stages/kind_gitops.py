"""GitOps on the kind rung: Argo CD, the git server, and what is pushed for Argo CD to sync."""

import shutil
from base64 import b64decode
from collections.abc import Sequence

from lab.core.errors import LabError, UsageError
from lab.core.paths import Paths
from lab.core.profiles import CLUSTERS
from lab.core.say import say
from lab.core.secrets import Secrets
from lab.core.state import SERVICES, LabState
from lab.core.wait import wait
from lab.stages import kind_waits
from lab.stages.kind_base import Ground
from lab.stages.kind_images import GIT_SERVER, PAGER, TAG
from lab.stages.kind_mirrors import REGISTRY_HOST
from lab.tools import argocd
from lab.tools.answers import silent
from lab.tools.history import History
from lab.tools.kubectl import Kubectl, render, secret
from lab.tools.lean import lean
from lab.tools.overlay import with_digest
from lab.tools.registry import Registry
from lab.tools.snapshot import Snapshots

_NEW_TAG = f"newTag: {TAG}"
_CLUSTER = "path: gitops/clusters/local"
_SYNCED = ("data", "shop", "kube-system", "monitoring", "node-agents", "kyverno", "external-secrets")  # namespaces


class GitOps:
    """Ensures each part; every call is a no-op where its state holds."""

    def __init__(self, paths: Paths, state: LabState, ground: Ground) -> None:
        self._paths, self._state, self._ground = paths, state, ground
        self._cluster, self._kubectl = ground.cluster, Kubectl(paths.kubeconfig)
        self._registry, self._secrets = Registry(state.registry), Secrets(paths)
        self._snapshots = Snapshots(paths.state / "git", paths.checkout)
        self._gitops = paths.checkout / "gitops"
        self._repository = f"http://127.0.0.1:{state.git}/lab.git"

    def argocd(self) -> None:
        """Argo CD from its release's manifests and gitops/platform/argocd/install; and its way to the lab's charts."""
        folder = self._paths.run / "argocd"
        shutil.copytree(self._gitops / "platform" / "argocd" / "install", folder, dirs_exist_ok=True)
        shutil.copyfile(self._ground.artifacts.manifest("argo-cd"), folder / "base" / "install.yaml")
        charts = {"type": "helm", "name": "charts", "url": f"{REGISTRY_HOST}:5000/charts"}
        label = {"argocd.argoproj.io/secret-type": "repository"}
        flags = {"enableOCI": "true", "insecureOCIForceHttp": "true"}
        repository = secret("argocd", "charts", charts | flags, label)
        self._kubectl.apply_once(lean(f"{render(folder / 'overlays' / 'local')}\n---\n{repository}"), "argocd")
        kind_waits.try_again(self._cluster, "argocd")
        for kind, name in (
            ("Deployment", "argocd-redis"),
            ("Deployment", "argocd-repo-server"),
            ("StatefulSet", "argocd-application-controller"),
            ("Deployment", "argocd-server"),
        ):
            kind_waits.workload(self._cluster, "argocd", kind, name)

    def git_server(self) -> None:
        """The git server in the cluster, with the token that a push must bring."""
        text = self._with_digest(render(self._gitops / "platform" / "git-server"), GIT_SERVER)
        token = secret("git", "git-server", {"token": self._secrets.get("git-server", "token")})
        self._kubectl.apply_once(f"{text}\n---\n{token}", "git")
        kind_waits.try_again(self._cluster, "git")
        kind_waits.workload(self._cluster, "git", "Deployment", "git-server")
        wait(
            "git-server's port",
            self._git_answers,
            lambda missing: not missing,
            timeout=60,
            fix="./inv lab.logs git-server",
        )

    def push(self, message: str = "Working tree") -> str:
        """Push the working tree with the images' digests in it; return the commit."""
        replaced = {}
        places = {f"{service}-service": f"gitops/apps/{service}/overlays/local" for service in SERVICES}
        if self._state.profile == "full":
            places[PAGER] = "gitops/platform/pager/overlays/local"
        for image, folder in places.items():
            file = f"{folder}/kustomization.yaml"
            text = (self._paths.checkout / file).read_text()
            if _NEW_TAG not in text:
                fix = f"write `{_NEW_TAG}` below its image: lab.push puts the digest in its place"
                raise UsageError(f"{file} does not say `{_NEW_TAG}`", fix=fix)
            replaced[file] = with_digest(text, image, self._digest(image))
        self._snapshots.follow(self._repository)
        commit = self._snapshots.take(message, replaced)
        self._snapshots.push(self._repository, self._secrets.get("git-server", "token"))
        say(f"pushed {commit[:8]}")
        return commit

    def history(self, author: str) -> History:
        """Return the commits that Argo CD reads, to look at, add to and revert; `refresh` has it look at once."""
        return History(self._repository, self._secrets.get("git-server", "token"), author=author)

    def root(self) -> None:
        """The app of apps of the lab's profile; and every Application looks at what was pushed."""
        kind_waits.try_again(self._cluster, *_SYNCED)
        text = (self._gitops / "platform" / "argocd" / "app-of-apps.yaml").read_text()
        self._kubectl.apply(text.replace(_CLUSTER, f"path: gitops/clusters/{CLUSTERS[self._state.profile]}"))
        self.refresh()

    def refresh(self, names: Sequence[str] = ()) -> None:
        """Have the Applications `names`, all by default, look at the repository now."""
        for name in names or [app.name for app in argocd.applications(self._cluster)]:
            argocd.refresh(self._cluster, name)

    def argocd_password(self) -> str:
        """Return the password that Argo CD made for its user admin."""
        found = self._cluster.get("/api/v1/namespaces/argocd/secrets/argocd-initial-admin-secret")
        if found is None:
            raise LabError(
                "Argo CD has no initial password any more", fix="somebody changed and removed it: argocd account"
            )
        return b64decode(found["data"]["password"]).decode()

    def _git_answers(self) -> str:
        """Return "" when the git server answers on this machine: its pod may be ready before its port leads to it.

        It is asked for the repository itself: after a restart the port may lead to another pod for some seconds.
        """
        url = f"{self._repository}/info/refs?service=git-upload-pack"
        return silent(url, timeout=3)

    def _digest(self, image: str) -> str:
        digest = self._registry.digest(image, TAG)
        if digest is None:
            raise LabError(f"the registry has no image {image}", fix="./inv lab.up builds and pushes it")
        return digest

    def _with_digest(self, text: str, image: str) -> str:
        return text.replace(f"{REGISTRY_HOST}/{image}:{TAG}", f"{REGISTRY_HOST}/{image}@{self._digest(image)}")
