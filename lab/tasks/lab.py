"""The lab itself: raised, looked at, fed with what is on disk, ended."""

from dataclasses import asdict
from json import dumps
from pathlib import Path

from invoke.context import Context
from invoke.tasks import task

from lab.core.config import PROFILES, RUNTIMES, load_config
from lab.core.state import SERVICES
from lab.flows import cluster, doctor, down, fetch, logs, push, status, trace, up, verify
from lab.flows.command import job, number, out, plainly, rung


@task(
    help={
        "runtime": f"rung: {', '.join(RUNTIMES)}",
        "profile": f"of the kind rung: {', '.join(PROFILES)}; by memory where not said",
        "port": "first of three service ports (8001)",
        "nodes": "of the cluster, 2 to 6",
        "offline": "ask nothing of the internet",
        "substitutes": "take what stands in for a locked version",
        "plain": "no live progress",
    }
)
@job
def lab_up(
    _: Context,
    runtime: str | None = None,
    profile: str | None = None,
    port: str | None = None,
    nodes: str | None = None,
    offline: bool = False,
    substitutes: bool = False,
    plain: bool = False,
) -> None:
    """Raise the lab on the highest rung this machine holds, and prove it with an order."""
    first, count = number("port", port, int), number("nodes", nodes, int)
    kinds = {"profile": profile, "nodes": count, "offline": offline or None, "substitutes": substitutes or None}
    config = load_config(port=first, **kinds)
    typed = [name for name, value in kinds.items() if value is not None]
    up.up(rung(runtime), config.port, plainly(plain), config, typed)


@task(help={"wipe": "remove the data too", "plain": "no live progress"})
@job
def lab_down(_: Context, wipe: bool = False, plain: bool = False) -> None:
    """Stop the lab and prove that nothing is left; data stays unless --wipe."""
    down.down(wipe, plainly(plain))


@task(help={"json": "machine-readable"})
@job
def lab_status(_: Context, json: bool = False) -> None:
    """Show what is up, where, and what is not."""
    seen = status.status()
    print(seen.model_dump_json(indent=2)) if json else out.print(status.render(seen))


@task(help={"json": "machine-readable", "plain": "no live progress"})
@job
def lab_verify(_: Context, json: bool = False, plain: bool = False) -> bool:
    """Send an order through and count the ledger: accepted = notified + pending + DLQ."""
    verdict = verify.verify(plainly(plain))
    print(verdict.model_dump_json(indent=2)) if json else out.print(verify.render(verdict))
    return verdict.ok


@task(help={"json": "machine-readable", "port": "first of three service ports (8001)"})
@job
def lab_doctor(_: Context, json: bool = False, port: str | None = None) -> bool:
    """Look for what would keep the lab from rising; each finding with its fix."""
    findings = doctor.doctor(load_config(port=number("port", port, int)).port)
    print(dumps([f.model_dump() for f in findings], indent=2)) if json else out.print(doctor.render(findings))
    return all(finding.ok for finding in findings)


@task(
    help={
        "service": "one service or server; all by default",
        "follow": "go on as lines come",
        "lines": "of each log (50)",
    },
)
@job
def lab_logs(_: Context, service: str | None = None, follow: bool = False, lines: str = "50") -> None:
    """Show the logs of the services and servers."""
    logs.logs(service, follow, number("lines", lines, int) or 0)


@task(
    positional=["order_id"],
    help={"order_id": "as POST /orders answered it; new places one", "json": "machine-readable"},
)
@job
def lab_trace(_: Context, order_id: str, json: bool = False) -> None:
    """Show an order's way through the services as a tree of spans (kind, profile full)."""
    found = trace.trace(order_id)
    spans = [[asdict(span) for span in spans] for spans in found]
    print(dumps(spans, indent=2)) if json else out.print(trace.render(found))


@task(
    help={
        "bundle": "folder that lab.bundle wrote; asks nothing of the internet for what is in it",
        "substitutes": "take what stands in for a locked version",
        "plain": "no live progress",
    }
)
@job
def lab_fetch(_: Context, bundle: str | None = None, substitutes: bool = False, plain: bool = False) -> None:
    """Bring all that lab.lock names here; then lab.up --offline works (kind)."""
    fetch.fetch(load_config(bundle=bundle, substitutes=substitutes or None), plainly(plain))


@task(positional=["folder"], help={"folder": "new folder to write to", "plain": "no live progress"})
@job
def lab_bundle(_: Context, folder: str, plain: bool = False) -> None:
    """Write all that lab.lock names to one folder, for a machine without internet (kind)."""
    fetch.bundle(Path(folder), load_config(), plainly(plain))


@task(help={"service": f"one of {', '.join(SERVICES)}; all by default", "plain": "no live progress"})
@job
def lab_push(_: Context, service: str | None = None, plain: bool = False) -> None:
    """Build and push the working tree; Argo CD syncs it within seconds (kind)."""
    push.push(service, plainly(plain))


@task(help={"words": "as one argument, such as 'get pods -A'"})
@job
def lab_kubectl(_: Context, words: str | None = None) -> None:
    """Run kubectl on the lab's cluster (kind)."""
    cluster.kubectl(words or "get pods --all-namespaces")


@task()
@job
def lab_kubeconfig(_: Context) -> None:
    """Print the path of the lab's kubeconfig: export KUBECONFIG=$(./inv lab.kubeconfig)."""
    print(cluster.kubeconfig())


@task()
@job
def lab_shell(_: Context) -> None:
    """Start your shell with kubectl and AWS tools pointed at the lab (kind)."""
    cluster.shell()


@task(help={"json": "machine-readable"})
@job
def lab_open(_: Context, json: bool = False) -> None:
    """Show the URL of everything that can be opened."""
    seen = cluster.urls()
    print(dumps(seen, indent=2) if json else "\n".join(f"{name:<26} {url}" for name, url in seen.items()))


@task()
@job
def lab_argocd_password(_: Context) -> None:
    """Print the password of Argo CD's user admin (kind)."""
    print(cluster.argocd_password())


@task()
@job
def lab_grafana_password(_: Context) -> None:
    """Print the password of Grafana's user admin (kind, profile full)."""
    print(cluster.grafana_password())
