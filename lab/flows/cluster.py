"""Ways into the cluster for a person: its kubeconfig, kubectl, a shell, the URLs of what has a page."""

import os
import shlex
import signal
from collections.abc import Mapping

from lab.core.errors import UsageError
from lab.core.paths import Paths
from lab.core.secrets import Secrets
from lab.core.state import SERVICES, LabState, require
from lab.flows.push import kind_rung
from lab.tools.grafana import Grafana
from lab.tools.localstack import CREDENTIALS
from lab.tools.observed import port
from lab.tools.programs import linked, program


def kubeconfig() -> str:
    """Return the path of the lab's kubeconfig."""
    paths = Paths()
    kind_rung(paths)
    return str(paths.kubeconfig)


def kubectl(words: str) -> None:
    """Become kubectl with `words` on the lab's cluster; returns only by an error."""
    paths = Paths()
    kind_rung(paths)
    try:
        given = shlex.split(words)
    except ValueError as error:
        raise UsageError(
            f"{words!r} is no list of words", why=str(error), fix="./inv lab.kubectl 'get pods -A'"
        ) from error
    _become([str(program("kubectl")), "--kubeconfig", str(paths.kubeconfig), *given], os.environ)


def urls() -> dict[str, str]:
    """Return what can be opened: name to URL, and to how to sign in where that is asked."""
    paths = Paths()
    state = require(paths.run)
    found = {f"{name}-service": f"{state.url(name)}/docs" for name in SERVICES}
    found["AWS endpoint (LocalStack)"] = state.aws
    if state.runtime == "kind":
        found["Argo CD"] = f"http://127.0.0.1:{state.argocd} (user admin; password: ./inv lab.argocd-password)"
        found |= {words: f"http://127.0.0.1:{at}{more}" for words, at, more in _platform(state) if at}
        found["git"] = f"http://127.0.0.1:{state.git}/lab.git"
        found["registry"] = f"http://127.0.0.1:{state.registry}/v2/_catalog"
    return found


def _platform(state: LabState) -> list[tuple[str, int, str]]:
    """Return name, port and what to know of each page of the platform; the port is 0 where the profile has none."""
    return [
        ("Grafana", state.grafana, " (user admin; password: ./inv lab.grafana-password)"),
        ("Prometheus", state.prometheus, ""),
        ("Alertmanager", state.alertmanager, ""),
        ("pager", state.pager, ""),
    ]


def grafana() -> Grafana:
    """Return the lab's Grafana, as its user admin. Raises UsageError for a lab that has none."""
    found = port(require(Paths().run), "grafana", "Grafana")
    return Grafana(f"http://127.0.0.1:{found}", "admin", grafana_password())


def grafana_password() -> str:
    """Return the password of Grafana's user admin. Raises UsageError for a lab without Grafana."""
    paths = Paths()
    port(require(paths.run), "grafana", "Grafana")
    return Secrets(paths).get("grafana", "password")


def argocd_password() -> str:
    """Return Argo CD's first password of its user admin."""
    paths = Paths()
    rung = kind_rung(paths)
    return rung.gitops.argocd_password()


def shell() -> None:
    """Become the user's shell with kubectl, helm and AWS tools pointed at the lab; returns only by an error."""
    paths = Paths()
    state = kind_rung(paths).state
    env = {**os.environ, **CREDENTIALS, "KUBECONFIG": str(paths.kubeconfig), "AWS_ENDPOINT_URL": state.aws}
    env["PATH"] = f"{linked(paths.run / 'bin')}:{env['PATH']}"
    _become([os.environ.get("SHELL", "/bin/sh")], env)


def _become(argv: list[str], env: Mapping[str, str]) -> None:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and so would whatever takes its place
    try:
        os.execvpe(argv[0], argv, env)  # noqa: S606 - the user's own words
    except OSError as error:
        raise UsageError(f"`{argv[0]}` can't be run", why=error.strerror or "") from error
