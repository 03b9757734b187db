"""The lab's commands: `./inv --list`, `./inv --help lab.up`. The only file that imports invoke."""

import sys
from collections.abc import Callable
from dataclasses import asdict
from json import dumps
from pathlib import Path

from invoke.collection import Collection
from invoke.context import Context
from invoke.program import Program
from invoke.tasks import Task, task

from lab.core.config import PROFILES, RUNTIMES, load_config
from lab.core.paths import Paths
from lab.core.state import SERVICES
from lab.drills.base import Drill
from lab.drills.catalogue import DRILLS
from lab.flows import (
    alerts,
    aws,
    aws_look,
    backups,
    bench,
    bump,
    cluster,
    cycles,
    dashboards,
    diagrams,
    doctor,
    down,
    drill,
    fetch,
    gameday,
    gitops,
    history,
    load,
    load_plan,
    logs,
    manifests,
    picture,
    publish,
    push,
    quality,
    rehearse,
    rehearse_nodes,
    restore,
    rotate,
    ship,
    ship_report,
    status,
    trace,
    up,
    verify,
)
from lab.flows import load_limit as own_limit
from lab.flows import load_ui as load_page
from lab.flows.command import job, named, number, out, piped, plainly, rung
from lab.flows.drilling import figures
from loadtests.shapes import SHAPES

OPTIONAL = {  # may come without its option
    "lab.logs": "service",
    "lab.kubectl": "words",
    "gitops.validate": "cluster",
    "gitops.revert": "commit",
    "db.backup": "service",
}


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


@task(positional=["order_id"], help={"order_id": "as POST /orders answered it", "json": "machine-readable"})
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


@task(
    help={
        "service": f"one of {', '.join(SERVICES)}; all by default",
        "level": f"of tests that run first: one of {', '.join(quality.LEVELS)}; {' and '.join(ship.LEVELS)} by default",
        "skip_tests": "run none",
        "time": "under load that judges the new version, such as 30s or 2m",
        "json": "machine-readable",
        "plain": "no live progress",
    },
    name="ship",
)
@job
def ship_tree(
    _: Context,
    service: str | None = None,
    level: str | None = None,
    skip_tests: bool = False,
    time: str = "30s",
    json: bool = False,
    plain: bool = False,
) -> bool:
    """Test, scan, build, push, sync and prove the working tree; roll back by itself what breaks an SLO (kind)."""
    levels = () if skip_tests else (level,) if level else ship.LEVELS
    made = ship.ship(service, levels, load_plan.seconds(time), plainly(plain))
    print(made.model_dump_json(indent=2)) if json else out.print(ship_report.render(made))
    return made.ok


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


@task(
    help={
        "scenario": f"what users do: {', '.join(load_plan.SCENARIOS)}",
        "shape": f"how users come and go: {', '.join(SHAPES)}",
        "users": "at once, at most",
        "rate": "arrivals/s of all users, answered or not; 0: each asks again when it was answered",
        "time": "such as 30s or 2m; by default the shape's own",
        "workers": "processes that share the users; pods with --in-cluster",
        "in_cluster": "from pods of the lab's cluster (kind)",
        "plain": "no live progress",
    }
)
@job
def load_run(
    _: Context,
    scenario: str = "mixed",
    shape: str = "steady",
    users: str = "10",
    rate: str = "0",
    time: str | None = None,
    workers: str = "1",
    in_cluster: bool = False,
    plain: bool = False,
) -> bool:
    """Load the lab and judge it by its SLOs; writes an HTML report."""
    plan = load_plan.plan(scenario, users, rate, time, shape, workers)
    report = load.run_in_cluster(plan, plainly(plain)) if in_cluster else load.run(plan, plainly(plain))
    out.print(load.render(report))
    return report.ok


@task(
    help={
        "users": "at once, to begin with",
        "rate": "arrivals/s of so many users; 0: each asks again when it was answered",
        "time": "after which it ends, such as 30m",
        "port": "of 127.0.0.1 (8089)",
    }
)
@job
def load_ui(_: Context, users: str = "10", rate: str = "0", time: str = "30m", port: str = "8089") -> None:
    """Open Locust's web page to load the lab by hand; Ctrl-C ends it, and the ledger is counted."""
    plan = load_plan.plan("mixed", users, rate, time)
    out.print(load_page.render(load_page.serve(plan, number("port", port, int) or 0)))


@task(help={"time": "of the measurement, such as 5s", "workers": "processes"})
@job
def load_limit(_: Context, time: str = "5s", workers: str = "1") -> None:
    """Measure how many requests/s this machine's load generator reaches by itself."""
    plan = load_plan.plan("order", "50", "0", time, workers=workers)
    out.print(str(own_limit.measure(Paths(), plan.workers, plan.seconds)))


@task(help={"time": "for the handlers in all, such as 60s", "plain": "no live progress"})
@job
def bench_orders(_: Context, time: str = "40s", plain: bool = False) -> None:
    """Measure orders beside a minimal handler, the relay and the consumer."""
    out.print(bench.render(bench.orders(load_plan.seconds(time), plainly(plain))))


@task(
    help={
        "count": "cycles (3)",
        "runtime": f"rung: {', '.join(RUNTIMES)}",
        "plain": "no live progress",
    }
)
@job
def bench_cycles(_: Context, count: str = "3", runtime: str | None = None, plain: bool = False) -> None:
    """Raise and end the lab again and again; what each step takes, and what it takes when idle."""
    made = cycles.cycles(number("count", count, int) or 0, rung(runtime), plainly(plain), load_config())
    out.print(cycles.render(made))


@task(positional=["cluster"], help={"cluster": "folder of gitops/clusters", "out": "file; standard output by default"})
@job
def gitops_render(_: Context, cluster: str, out: str | None = None) -> None:
    """Print every object of a cluster and what makes it; charts are shown as their Applications alone."""
    content = gitops.render(cluster)
    gitops.write(content, Path(out)) if out else print(content, end="")


@task(
    positional=["a", "b"],
    help={"a": "cluster", "b": "cluster", "json": "machine-readable", "why": "by reasons (B's differences.yaml)"},
)
@job
def gitops_diff(_: Context, a: str, b: str, json: bool = False, why: bool = False) -> None:
    """Show exactly what differs between two clusters: objects, then fields, A's value -> B's value."""
    found, show = gitops.diff(a, b), gitops.as_json if json else gitops.as_text
    print(gitops.explained(found, a, b) if why else show(found, a, b))


@task(positional=["cluster"], help={"cluster": "folder of gitops/clusters, on AWS"})
@job
def gitops_root(_: Context, cluster: str) -> None:
    """Print the one Application that is applied by hand, as of a cluster's cluster.yaml: for kubectl apply -f -."""
    print(gitops.root(cluster))


@task(help={"cluster": "folder of gitops/clusters; all by default"})
@job
def gitops_validate(_: Context, cluster: str | None = None) -> bool:
    """Check every rendered object: schemas, duplicates, names that lead nowhere, our own rules."""
    verdicts = manifests.validate(cluster)
    print("\n".join(line for verdict in verdicts for line in manifests.lines(verdict)))
    return not any(verdict.problems for verdict in verdicts)


@task(
    positional=["service", "digest"],
    help={
        "service": f"one of {', '.join(SERVICES)}",
        "digest": "of its image: sha256:...",
        "cluster": "whose overlay",
        "repository": f"URL to push the commit to, with the token in {bump.TOKEN}; by default the file here is changed",
        "branch": "of the repository (main)",
    },
)
@job
def gitops_bump(
    _: Context, service: str, digest: str, cluster: str = "dev", repository: str | None = None, branch: str = "main"
) -> None:
    """Put a new image of a service into a cluster's overlay: what CI does after it pushed one."""
    print(bump.bump(service, digest, cluster, repository, branch))


@task(help={"count": "commits (10)"})
@job
def gitops_log(_: Context, count: str = "10") -> None:
    """Show the commits that Argo CD reads, the newest first (kind)."""
    print("\n".join(f"{commit.id[:8]} {commit.subject}" for commit in history.log(number("count", count, int) or 0)))


@task(help={"commit": "as gitops.log shows it; the last one by default", "plain": "no live progress"})
@job
def gitops_revert(_: Context, commit: str | None = None, plain: bool = False) -> None:
    """Take a deployed commit back by `git revert`, and wait until what was before runs (kind)."""
    print(f"reverted by {history.revert(commit, plainly(plain))[:8]}")


@task(positional=["service"], help={"service": f"one of {', '.join(SERVICES)}"})
@job
def image_build(_: Context, service: str) -> None:
    """Build a service's image upon the pinned ones, as CI does, and print its name."""
    print(publish.build(service))


@task(
    positional=["service", "target"],
    help={"service": f"one of {', '.join(SERVICES)}", "target": "host/path:tag; a tag that is there stays as it is"},
)
@job
def image_push(_: Context, service: str, target: str) -> None:
    """Push what image.build made, and print its digest there."""
    print(publish.push(service, target))


@task(help={"bundle": "folder that has them; asks nothing of the internet for what is in it"})
@job
def gitops_fetch(_: Context, bundle: str | None = None) -> None:
    """Bring the definitions that gitops.validate holds Karpenter's objects to; no cluster is needed."""
    for file in manifests.fetch(load_config(bundle=bundle)):
        print(f"here: {file.name}")


@task(help={"json": "machine-readable"})
@job
def alerts_list(_: Context, json: bool = False) -> None:
    """Show what fires or is pending, and how long after it began to fire it was delivered (kind)."""
    seen = alerts.listed()
    print(dumps([one.model_dump(mode="json") for one in seen], indent=2)) if json else out.print(alerts.render(seen))


@task(help={"name": "one alert", "status": "firing or resolved", "json": "machine-readable"})
@job
def alerts_inbox(_: Context, name: str | None = None, status: str | None = None, json: bool = False) -> None:
    """Show what the pager was told, the newest first (kind)."""
    found = alerts.inbox(name, status)
    told = [one.model_dump(mode="json", by_alias=True) for one in found] if json else []
    print(dumps(told, indent=2)) if json else out.print(alerts.render_inbox(found))


@task(
    positional=["name"],
    help={"name": "alert", "minutes": "from now on", "comment": "why", "json": "machine-readable"},
)
@job
def alerts_silence(_: Context, name: str, minutes: str = "30", comment: str | None = None, json: bool = False) -> None:
    """Keep an alert from being told of for a while; once more makes it longer (kind)."""
    made = alerts.silence(name, number("minutes", minutes, int), comment)
    print(made.model_dump_json(indent=2) if json else alerts.render_silence(made))


@task(positional=["which"], help={"which": "alert, or id of a silence", "json": "machine-readable"})
@job
def alerts_unsilence(_: Context, which: str, json: bool = False) -> None:
    """End the silences of an alert, or one silence (kind)."""
    done = alerts.unsilence(which)
    print(done.model_dump_json(indent=2) if json else done.words)


@task()
@job
def gitops_dashboards(_: Context) -> None:
    """Write Grafana's dashboards anew from lab/dashboards; what changed is for you to commit."""
    print(dashboards.render(dashboards.write()))


@task(
    positional=["name"],
    help={"name": f"one of {', '.join(rotate.NAMES)}", "json": "machine-readable", "plain": "no live progress"},
)
@job
def secrets_rotate(_: Context, name: str, json: bool = False, plain: bool = False) -> bool:
    """Change a password in Secrets Manager and prove that the pods use it, with no failed request (kind)."""
    made = rotate.rotate(name, plainly(plain))
    print(made.model_dump_json(indent=2)) if json else out.print(rotate.render(made))
    return made.ok


@task(help={"service": f"one of {', '.join(SERVICES)}; all by default", "plain": "no live progress"})
@job
def db_backup(_: Context, service: str | None = None, plain: bool = False) -> None:
    """Dump the services' databases, read the dumps back, keep them on disk and in S3."""
    made = backups.backup(service, plainly(plain))
    print(f"{made.name}: {backups.rows(made)}")


@task(help={"json": "machine-readable"})
@job
def db_list(_: Context, json: bool = False) -> None:
    """Show the backups and where each is."""
    kept = backups.listed()
    print(dumps([one.model_dump(mode="json") for one in kept], indent=2)) if json else out.print(backups.render(kept))


@task(
    positional=["name"],
    help={
        "name": "of a backup, or latest",
        "service": f"one of {', '.join(SERVICES)}; all by default",
        "confirm": "don't have its name typed",
        "json": "machine-readable",
        "plain": "no live progress",
    },
)
@job
def db_restore(
    _: Context, name: str, service: str | None = None, confirm: bool = False, json: bool = False, plain: bool = False
) -> None:
    """Put a backup in the place of the databases, and say how long it took and which orders are gone."""
    done = restore.restore(name, service, confirm, plainly(plain))
    print(done.model_dump_json(indent=2)) if json else out.print(restore.render(done))


_ENVIRONMENT = {"environment": "dev or prod"}
_SUBSTITUTES = {"substitutes": "take another version of Terraform's provider where the locked one is not to be had"}


@task(positional=["environment"], help=_ENVIRONMENT)
@job
def aws_bootstrap(_: Context, environment: str) -> None:
    """Make what Terraform needs on an account before its first plan: the state's bucket, and passwords."""
    made = aws.bootstrap(environment)
    print("\n".join(f"made: {one}" for one in made) or "all of it was there")


@task(positional=["environment"], help=_ENVIRONMENT | _SUBSTITUTES)
@job
def aws_plan(_: Context, environment: str, substitutes: bool = False) -> None:
    """Plan an environment into a file, and show what it would do and cost."""
    saved = aws.plan(environment, load_config(substitutes=substitutes or None))
    out.print(aws.render(saved, "planned"))


@task(positional=["environment"], help=_ENVIRONMENT | {"confirm": "the environment's name, where nobody can type it"})
@job
def aws_apply(_: Context, environment: str, confirm: str | None = None) -> None:
    """Do what the saved plan says, once the environment's name was typed."""
    aws.apply(environment, confirm, load_config())


@task(
    positional=["environment"],
    help=_ENVIRONMENT
    | {"confirm": "the environment's name, where nobody can type it", "wipe": "state and passwords too"},
)
@job
def aws_destroy(_: Context, environment: str, confirm: str | None = None, wipe: bool = False) -> bool:
    """Delete an environment once its name was typed, and list by tag what is still there."""
    left = aws.destroy(environment, confirm, wipe, load_config())
    out.print(aws.render_left(left))
    return all(item.kept for item in left)


@task(positional=["environment"], help=_ENVIRONMENT | _SUBSTITUTES)
@job
def aws_outputs(_: Context, environment: str, substitutes: bool = False) -> None:
    """Print what gitops/ and workflows need to know of an environment: names, ARNs, URLs."""
    print(dumps(aws.outputs(environment, load_config(substitutes=substitutes or None)), indent=2))


@task(positional=["environment"], help=_ENVIRONMENT)
@job
def aws_kubeconfig(_: Context, environment: str) -> None:
    """Write .lab/eks-<environment>.kubeconfig and print its path: export KUBECONFIG=$(./inv aws.kubeconfig dev)."""
    print(aws_look.kubeconfig(environment))


@task(positional=["environment"], help=_ENVIRONMENT | {"json": "machine-readable"})
@job
def aws_status(_: Context, environment: str, json: bool = False) -> None:
    """Show what of an environment is on its account."""
    seen = aws_look.status(environment, load_config())
    print(seen.model_dump_json(indent=2)) if json else out.print(aws_look.render(seen))


@task(positional=["environment"], help=_ENVIRONMENT | _SUBSTITUTES | {"json": "machine-readable"})
@job
def aws_cost(_: Context, environment: str, json: bool = False, substitutes: bool = False) -> None:
    """Estimate what an environment costs a month; no account is asked."""
    costs, prices = aws_look.costs(environment, load_config(substitutes=substitutes or None))
    lines = {"note": prices.note, "currency": prices.currency, "costs": [line.model_dump() for line in costs]}
    print(dumps(lines, indent=2)) if json else out.print(aws.render_costs(costs, prices))


@task(help=_SUBSTITUTES | {"json": "machine-readable", "plain": "no live progress"})
@job
def aws_rehearse(_: Context, json: bool = False, substitutes: bool = False, plain: bool = False) -> None:
    """Apply dev to an AWS emulator, plan it again, destroy it; say what was really exercised."""
    made = rehearse.rehearse(plainly(plain), load_config(substitutes=substitutes or None))
    print(made.model_dump_json(indent=2)) if json else out.print(rehearse.render(made))


@task(
    help={
        "json": "machine-readable",
        "substitutes": "take what stands in for a locked version",
        "plain": "no live progress",
    }
)
@job
def aws_rehearse_nodes(_: Context, json: bool = False, substitutes: bool = False, plain: bool = False) -> bool:
    """Show on simulated nodes what Karpenter does by dev's NodePool; it needs Docker, Karpenter's program and KWOK."""
    made = rehearse_nodes.rehearse(plainly(plain), load_config(substitutes=substitutes or None))
    print(made.model_dump_json(indent=2)) if json else out.print(rehearse_nodes.render(made))
    return made.ok


_DRILL = {"dry": "leave the fault out: nothing may be seen", "json": "machine-readable", "plain": "no live progress"}


@task()
@job
def docs_picture(_: Context) -> None:
    """Record a rise and fall on the host rung as the README's picture."""
    print(picture.record())


@task()
@job
def docs_drills(_: Context) -> None:
    """Write docs/drills.md's figures anew from the drills' reports; what changed is for you to commit."""
    print(figures.write())


@task()
@job
def docs_diagrams(_: Context) -> None:
    """Draw the diagrams of docs/img anew from lab/diagrams; what changed is for you to commit."""
    print("\n".join(diagrams.write()) or "every diagram is as its data draws it")


@task(help={"plain": "no live progress"})
@job
def lint(_: Context, plain: bool = False) -> None:
    """Ruff, mypy and the import contracts."""
    quality.lint(plain=plainly(plain))


@task(
    name="test",
    help={
        "level": f"one of {', '.join(quality.LEVELS)}, {quality.CLUSTER}; all but the last two by default",
        "keyword": "as pytest -k",
        "plain": "no live progress",
    },
)
@job
def run_tests(_: Context, level: str | None = None, keyword: str | None = None, plain: bool = False) -> None:
    """Everything that must pass: lint, types, contracts, unit, services, end to end."""
    if level is None and keyword is None:
        quality.lint(plain=plainly(plain))
    quality.test(level, keyword)


def _chaos(kind: type[Drill]) -> Task[Callable[..., None]]:
    """Return the task of one drill."""

    @task(name=kind.name, help={"service": f"one of {', '.join(kind.targets) or 'none'}", **_DRILL})
    @job
    def run(_: Context, service: str | None = None, dry: bool = False, json: bool = False, plain: bool = False) -> bool:
        return drill.tell([drill.one(kind.name, service, dry, plainly(plain))], json)

    run.__doc__ = f"{kind.title}: seen, survived, recovered (kind, profile full)."
    made: Task[Callable[..., None]] = run
    return made


@task()
@job
def chaos_list(_: Context) -> None:
    """Show every drill, and which alerts it must bring."""
    out.print(drill.catalogue())


@task(help={"only": "names, with commas", "skip": "names, with commas", "count": "of each (1)", **_DRILL})
@job
def chaos_all(
    _: Context,
    only: str | None = None,
    skip: str | None = None,
    count: str = "1",
    dry: bool = False,
    json: bool = False,
    plain: bool = False,
) -> bool:
    """Run every drill, one after the other; one report of all (kind, profile full)."""
    return drill.tell(drill.every(only, skip, number("count", count, int) or 1, dry, plainly(plain)), json)


@task(help={"time": "such as 15m", "json": "machine-readable", "plain": "no live progress"})
@job
def chaos_quiet(_: Context, time: str = "15m", json: bool = False, plain: bool = False) -> bool:
    """Break nothing, under load: no alert may fire (kind, profile full)."""
    return drill.tell([drill.quiet(load_plan.seconds(time), plainly(plain))], json)


@task(help={"plain": "no live progress"})
@job
def chaos_rollback(_: Context, plain: bool = False) -> None:
    """Take back whatever a drill may have left (kind, profile full)."""
    print(f"rolled back: {', '.join(drill.rollback(plainly(plain)))}")


@task(help={"seed": "the same one hides the same fault", "plain": "no live progress"})
@job
def gameday_start(_: Context, seed: str | None = None, plain: bool = False) -> None:
    """Hide a fault in the lab, under load: find it, name it, mend it (kind, profile full)."""
    hosted = gameday.start(number("seed", seed, int), plainly(plain))
    print(f"game day {hosted.seed}: something is wrong. ./inv lab.open shows where to look; ./inv gameday.hint helps,")
    print("./inv gameday.answer DRILL names it (./inv chaos.list has the names); then mend it: ./inv gameday.report")


@task()
@job
def gameday_hint(_: Context) -> None:
    """Tell a little more of the hidden fault; costs points."""
    print(gameday.hint())


@task(positional=["name"], help={"name": "a drill's name, as chaos.list shows them"})
@job
def gameday_answer(_: Context, name: str) -> bool:
    """Name the hidden fault; a wrong answer costs points."""
    right = gameday.answer(name)
    print("right: now mend it" if right else "that is not it")
    return right


@task(
    help={"give-up": "take the fault back, and end the game", "json": "machine-readable", "plain": "no live progress"}
)
@job
def gameday_report(_: Context, give_up: bool = False, json: bool = False, plain: bool = False) -> None:
    """Show how the game ended: the score, the report, a postmortem to fill in."""
    hosted, played, score = gameday.report(give_up, plainly(plain))
    print(score.model_dump_json(indent=2)) if json else out.print(gameday.render(hosted, played, score))


def _group(name: str, **tasks: Task[Callable[..., None]]) -> Collection:
    group = Collection(name)
    for word, body in tasks.items():
        group.add_task(body, name=word)
    return group


namespace = Collection(
    lint,
    run_tests,
    ship_tree,
    _group(
        "lab",
        up=lab_up,
        down=lab_down,
        status=lab_status,
        verify=lab_verify,
        doctor=lab_doctor,
        logs=lab_logs,
        trace=lab_trace,
        push=lab_push,
        fetch=lab_fetch,
        bundle=lab_bundle,
        open=lab_open,
        shell=lab_shell,
        kubectl=lab_kubectl,
        kubeconfig=lab_kubeconfig,
        argocd_password=lab_argocd_password,
        grafana_password=lab_grafana_password,
    ),
    _group(
        "gitops",
        render=gitops_render,
        diff=gitops_diff,
        root=gitops_root,
        validate=gitops_validate,
        fetch=gitops_fetch,
        dashboards=gitops_dashboards,
        bump=gitops_bump,
        log=gitops_log,
        revert=gitops_revert,
    ),
    _group("image", build=image_build, push=image_push),
    _group("secrets", rotate=secrets_rotate),
    _group("db", backup=db_backup, list=db_list, restore=db_restore),
    _group("alerts", list=alerts_list, inbox=alerts_inbox, silence=alerts_silence, unsilence=alerts_unsilence),
    _group(
        "aws",
        bootstrap=aws_bootstrap,
        plan=aws_plan,
        apply=aws_apply,
        destroy=aws_destroy,
        outputs=aws_outputs,
        kubeconfig=aws_kubeconfig,
        status=aws_status,
        cost=aws_cost,
        rehearse=aws_rehearse,
        **{"rehearse-nodes": aws_rehearse_nodes},
    ),
    _group(
        "chaos",
        list=chaos_list,
        all=chaos_all,
        rollback=chaos_rollback,
        quiet=chaos_quiet,
        **{kind.name: _chaos(kind) for kind in DRILLS},
    ),
    _group("gameday", start=gameday_start, hint=gameday_hint, answer=gameday_answer, report=gameday_report),
    _group("docs", picture=docs_picture, drills=docs_drills, diagrams=docs_diagrams),
    _group("load", run=load_run, ui=load_ui, limit=load_limit),
    _group("bench", orders=bench_orders, cycles=bench_cycles),
)

if __name__ == "__main__":
    program = Program(namespace=namespace, name="inv", binary="./inv")
    piped(lambda: program.run(["inv", *named(sys.argv[1:], OPTIONAL)]))
