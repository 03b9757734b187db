"""Where the logs of the kind rung are: pods by label, containers of the Engine."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextvars import copy_context

from lab.core import proc, stop
from lab.core.paths import Paths
from lab.core.say import tell
from lab.core.state import SERVICES, LabState
from lab.tools.kubectl import Kubectl

WHERE = {  # name: namespace and label, or "" for a container of the Engine
    "postgres": ("data", "app=postgres"),
    "redis": ("data", "app=redis"),
    "git-server": ("git", "app=git-server"),
    "argocd": ("argocd", "app.kubernetes.io/part-of=argocd"),
    "metrics-server": ("kube-system", "app.kubernetes.io/name=metrics-server"),
    "localstack": ("", ""),
    "registry": ("", ""),
}
_DAY = 86_400  # seconds that somebody may follow


def show(paths: Paths, state: LabState, names: Sequence[str], lines: int, *, follow: bool) -> None:
    """Write the last `lines` of each log to stdout, every line with its pod; with `follow` until interrupted."""
    kubectl = Kubectl(paths.kubeconfig)

    def one(name: str) -> None:
        namespace, label = ("shop", f"app={name}-service") if name in SERVICES else WHERE[name]
        flags = ["--follow"] if follow else []
        if namespace:
            more = ["--prefix", "--all-containers", "--tail", str(lines), "--max-log-requests", "30", *flags]
            kubectl.run("logs", "-n", namespace, "-l", label, *more, timeout=_DAY, on_line=tell)
        else:
            argv = ["docker", "logs", "--tail", str(lines), *flags, f"{state.name}-{name}"]
            proc.run(argv, timeout=_DAY, on_line=lambda line: tell(f"[{name}] {line}"))

    if not follow:
        for name in names:
            one(name)
        return
    try:
        with ThreadPoolExecutor(len(names)) as pool:
            try:
                for future in as_completed([pool.submit(copy_context().run, one, name) for name in names]):
                    future.result()
            except BaseException:
                stop.stop("the logs are left")  # else the pool waits for programs that follow on
                raise
    finally:
        stop.clear()
