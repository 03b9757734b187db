"""`lab.up`: raises the lab on a rung and proves it with an order."""

import os
from collections.abc import Collection

from rich.console import Console

from lab.checks import smoke
from lab.core.config import Config, Runtime
from lab.core.errors import UsageError
from lab.core.graph import Step, run_graph
from lab.core.lock import lock
from lab.core.paths import Paths
from lab.core.say import say
from lab.core.state import PLATFORM, SERVICES, LabState, load, save
from lab.core.view import view_for
from lab.flows import up_ports, up_report, up_rung
from lab.flows.doctor import doctor
from lab.flows.drilling.way_back import mend
from lab.flows.up_report import UpReport
from lab.stages import held_ports
from lab.stages.host_programs import server_ports
from lab.stages.rung import rung_of
from lab.tools import ports, processes
from lab.tools.claims import Claims


def up(runtime: Runtime | None, port: int | None, plain: bool, config: Config, kinds: Collection[str] = ()) -> UpReport:
    """Raise the lab, or prove that it is up; goes on where an earlier call was interrupted. Return what each step took.

    `kinds` names the options of the kind rung that were typed. Raises UsageError for a busy port, a lab that is up
    elsewhere or an option that its rung does not know, StepError for a step that failed.
    """
    paths, console = Paths(), Console(stderr=True)
    with lock(paths.state / "lock"), Claims() as claims:
        state = load(paths.run)
        if state is None:
            _refuse_unfit_machine()
            state = _choose(paths, claims, runtime, port, config)
            _refuse_kinds(state.runtime, kinds)
            save(paths.run, state)
        else:
            _refuse_kinds(state.runtime, kinds)
            _refuse_another(state, runtime, port, config)
            up_ports.claim_again(claims, state)
        os.environ[ports.MARK] = state.lab_id  # whatever we start from here on can be found by lab.down
        mend(paths, state)
        steps = rung_of(paths, state, config).steps()
        proof = Step("smoke order", lambda: smoke.send_order(state), tuple(step.name for step in steps))
        timings = run_graph([*steps, proof], view_for(console, plain=plain))
    made = up_report.write(paths, state, timings)
    up_report.tell(made, state, console)
    return made


def _choose(paths: Paths, claims: Claims, runtime: Runtime | None, port: int | None, config: Config) -> LabState:
    if orphans := processes.of_lab(paths.lab_id):
        say(f"ending {len(orphans)} processes of a lab that was not ended in order")
        processes.end(orphans)
    if runtime is None:
        runtime, why = up_rung.highest()
        say(f"rung: {runtime}, because {why}")
    else:
        up_rung.refuse_unfit_engine(runtime)
    first = up_ports.first_of(claims, port)
    servers = server_ports(paths, claims)
    state = LabState(
        runtime=runtime,
        lab_id=paths.lab_id,
        checkout=str(paths.checkout),
        services={name: first + n for n, name in enumerate(SERVICES)},
        localstack=servers["localstack"],
        postgres=servers["postgres"] if runtime == "host" else 0,
        redis=servers["valkey"] if runtime == "host" else 0,
        supervisor=servers["supervisor"] if runtime == "host" else 0,
    )
    if runtime == "kind":
        profile = up_rung.profile(config)
        platform = [name for name in PLATFORM if profile == "full" or name == "prometheus"]
        argocd, git, *others = claims.take_free(2 + len(platform))
        update = {
            "profile": profile,
            **dict(zip(platform, others, strict=True)),
            "localstack": claims.near(4566),  # as in pods, so that one URL of a queue serves both
            "registry": claims.near(5001),
            "argocd": argocd,
            "git": git,
            "nodes": config.nodes or up_rung.default_nodes(),
            "substitutes": config.substitutes,
        }
        state = state.model_copy(update=update)
    held_ports.refuse_services(state)
    return state


def _refuse_unfit_machine() -> None:
    """Raise UsageError for what lab.doctor finds and lab.up can't work with; say what may matter later."""
    for finding in doctor(None):
        if finding.blocks:
            raise UsageError(f"{finding.what}: {finding.saw}", fix=finding.fix)


def _refuse_kinds(runtime: Runtime, kinds: Collection[str]) -> None:
    """Raise UsageError for an option that the rung would pass over in silence."""
    if kinds and runtime != "kind":
        names = ", ".join(f"--{name}" for name in kinds)
        fix = "leave it out, or ask for a cluster: ./inv lab.down, then ./inv lab.up --runtime kind"
        raise UsageError(f"{names}: only the kind rung has it", why=f"this lab is on the {runtime} rung", fix=fix)


def _refuse_another(state: LabState, runtime: Runtime | None, port: int | None, config: Config) -> None:
    first, is_kind = state.services[SERVICES[0]], state.runtime == "kind"
    profile, nodes = (config.profile, config.nodes) if is_kind else (None, None)
    other = (runtime or state.runtime, port or first, profile or state.profile, nodes or state.nodes)
    if other != (state.runtime, first, state.profile, state.nodes):
        shown = f", profile {state.profile}, {state.nodes} nodes" if is_kind else ""
        raise UsageError(
            f"the lab is up already, on the {state.runtime} rung at port {first}{shown}",
            fix="./inv lab.down, then lab.up as you like it",
        )
