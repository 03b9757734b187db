"""GitOps on the kind rung: Argo CD, the git server, the secrets, and what is pushed for Argo CD to sync."""

import shutil
import time
from base64 import b64decode
from collections.abc import Mapping, Sequence

import yaml

from lab.checks import workloads
from lab.checks.applications import Seen, Watch
from lab.checks.workloads import Blocker
from lab.core.errors import LabError, UsageError, WaitHopeless, WaitTimeout
from lab.core.paths import Paths
from lab.core.profiles import CLUSTERS, part_of
from lab.core.say import say
from lab.core.secrets import Secrets
from lab.core.state import SERVICES, LabState
from lab.core.wait import wait
from lab.stages.kind_base import REGISTRY_HOST, Ground
from lab.stages.kind_images import GIT_SERVER, PAGER, TAG
from lab.stages.kind_valkey import valkey_secret
from lab.tools import argocd
from lab.tools.answers import silent
from lab.tools.history import History
from lab.tools.kubectl import Kubectl, render, secret
from lab.tools.localstack import CREDENTIALS
from lab.tools.overlay import with_digest
from lab.tools.registry import Registry
from lab.tools.snapshot import Snapshots
from lab.tools.wordless import wordless

_NEW_TAG = f"newTag: {TAG}"
_CLUSTER = "path: gitops/clusters/local"
_AGAIN = 10  # seconds after which an Application that can't be synced is asked to look again
_STALE = 20  # seconds without a change after which any is: Argo CD may have missed that something became healthy


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
        self._kubectl.apply_once(wordless(f"{render(folder / 'overlays' / 'local')}\n---\n{repository}"), "argocd")
        self._retry("argocd")
        for kind, name in (
            ("Deployment", "argocd-redis"),
            ("Deployment", "argocd-repo-server"),
            ("StatefulSet", "argocd-application-controller"),
            ("Deployment", "argocd-server"),
        ):
            self.workload("argocd", kind, name)

    def git_server(self) -> None:
        """The git server in the cluster, with the token that a push must bring."""
        text = self._with_digest(render(self._gitops / "platform" / "git-server"), GIT_SERVER)
        token = secret("git", "git-server", {"token": self._secrets.get("git-server", "token")})
        self._kubectl.apply_once(f"{text}\n---\n{token}", "git")
        self._retry("git")
        self.workload("git", "Deployment", "git-server")
        wait(
            "git-server's port",
            self._git_answers,
            lambda missing: not missing,
            timeout=60,
            fix="./inv lab.logs git-server",
        )

    def secrets(self, values: Mapping[str, Mapping[str, str]]) -> None:
        """The namespaces, and the Secrets that services and datastores read; `values` is what Secrets Manager holds."""
        passwords = {service: values[service]["database_password"] for service in SERVICES}
        manifests = [
            *self._namespaces(),
            secret("data", "postgres", {**passwords, "postgres": self._secrets.get("postgres", "password")}),
            valkey_secret(values["notification"]["redis_password"]),
            *(secret("shop", f"{service}-service", values[service]) for service in SERVICES),
        ]
        if self._state.profile == "full":
            keys = {"access-key-id": CREDENTIALS["AWS_ACCESS_KEY_ID"]}
            keys |= {"secret-access-key": CREDENTIALS["AWS_SECRET_ACCESS_KEY"]}
            manifests += [secret("monitoring", name, values[name]) for name in ("grafana", "pager")]
            manifests.append(secret("external-secrets", "localstack", keys))
        self._kubectl.apply("\n---\n".join(manifests))

    def _namespaces(self) -> list[str]:
        """Return the namespaces of the lab's profile, which Secrets must be put into before Argo CD makes them."""
        text = (self._gitops / "platform" / "cluster" / "namespaces.yaml").read_text()
        found = list(yaml.safe_load_all(text))
        wanted = [
            space for space in found if part_of(self._state.profile, space["metadata"]["labels"].get("profile", ""))
        ]
        return [yaml.safe_dump(space) for space in wanted]

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
        self._retry("data", "shop", "kube-system", "monitoring", "node-agents", "kyverno", "external-secrets")
        text = (self._gitops / "platform" / "argocd" / "app-of-apps.yaml").read_text()
        self._kubectl.apply(text.replace(_CLUSTER, f"path: gitops/clusters/{CLUSTERS[self._state.profile]}"))
        self.refresh()

    def refresh(self, names: Sequence[str] = ()) -> None:
        """Have the Applications `names`, all by default, look at the repository now."""
        for name in names or [app.name for app in argocd.applications(self._cluster)]:
            argocd.refresh(self._cluster, name)

    def synced(self, name: str, revision: str | None, timeout: float = 420) -> None:
        """Wait until an Application is synced (to `revision`) and healthy; on failure show events and log lines."""
        watch, last, asked = Watch(self._cluster, name, revision), Seen(None), time.monotonic()

        def look() -> Seen:
            nonlocal last, asked
            before, last = last, watch.look()
            if before != last and not last.unsynced:
                asked = time.monotonic()
            if time.monotonic() - asked > (_AGAIN if last.unsynced else _STALE):  # by itself it would after minutes
                argocd.refresh(self._cluster, last.unsynced or name)
                asked = time.monotonic()
            return last

        try:
            wait(
                name,
                look,
                lambda seen: seen.blocker is None,
                error=lambda seen: seen.blocker.words if seen.blocker and seen.blocker.hopeless else None,
                explain=lambda seen: str(seen.blocker),
                delay=0.5,
                timeout=timeout,
                fix=f"./inv lab.logs {name}" if name in SERVICES else _describe(name),
            )
        except (WaitHopeless, WaitTimeout) as error:
            if last.unsynced:
                again = last.fix or "mend what it says and ./inv lab.push"
                error.fix = f"{again}; {_describe(last.unsynced)} tells more"
            self._show(error, last.namespace, last.blocker)
            raise

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

    def _retry(self, *namespaces: str) -> None:
        """Have pods that an earlier attempt left in a back-off tried again now."""
        for namespace in namespaces:
            for found in workloads.stuck(self._cluster, namespace):
                say(f"trying again: {found.words.partition(':')[0]}")
                self._cluster.delete(f"/api/v1/namespaces/{namespace}/pods/{found.pod}")

    def workload(self, namespace: str, kind: str, name: str, timeout: float = 240) -> None:
        """Wait until a workload is as it should be; on failure show events and log lines."""
        last: Blocker | None = None

        def look() -> Blocker | None:
            nonlocal last
            try:
                last = workloads.blocker(self._cluster, namespace, kind, name)
            except LabError as error:
                last = Blocker(f"{error.what} ({error.why})")
            return last

        try:
            wait(
                name,
                look,
                lambda found: found is None,
                error=lambda found: found.words if found and found.hopeless else None,
                delay=0.5,
                timeout=timeout,
                fix=f"./inv lab.kubectl 'describe {kind.lower()} {name} -n {namespace}'",
            )
        except (WaitHopeless, WaitTimeout) as error:
            self._show(error, namespace, last)
            raise

    def _show(self, error: LabError, namespace: str, found: Blocker | None) -> None:
        """Put events and log lines into an error; that they can't be had must not hide it."""
        if found is None or not namespace:
            return
        try:
            error.detail = workloads.evidence(self._cluster, namespace, found)
        except LabError as unreachable:
            error.detail = f"no events: {unreachable.what}"

    def _digest(self, image: str) -> str:
        digest = self._registry.digest(image, TAG)
        if digest is None:
            raise LabError(f"the registry has no image {image}", fix="./inv lab.up builds and pushes it")
        return digest

    def _with_digest(self, text: str, image: str) -> str:
        return text.replace(f"{REGISTRY_HOST}/{image}:{TAG}", f"{REGISTRY_HOST}/{image}@{self._digest(image)}")


def _describe(application: str) -> str:
    return f"./inv lab.kubectl 'describe application {application} -n argocd'"
