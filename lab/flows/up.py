"""`lab.up`: raises the lab on a rung and proves it with an order."""

import os
from collections.abc import Collection

from rich.console import Console

from lab.checks import smoke
from lab.core.config import Config, Profile, Runtime
from lab.core.errors import UsageError
from lab.core.graph import Step, run_graph
from lab.core.lock import lock
from lab.core.paths import Paths
from lab.core.profiles import FULL_MEMORY, fitting
from lab.core.say import say
from lab.core.state import PLATFORM, SERVICES, LabState, load, save
from lab.core.view import view_for
from lab.flows import up_report
from lab.flows.doctor import FIRST_PORT, doctor
from lab.flows.drilling.way_back import mend
from lab.flows.up_report import UpReport
from lab.stages import held_ports
from lab.stages.compose import PROJECT_PREFIX
from lab.stages.host_programs import server_ports
from lab.stages.kind_base import default_nodes
from lab.stages.rung import rung_of
from lab.tools import docker, ports, processes
from lab.tools.claims import Claims

_GIB = 1024**3
_CLUSTER_MEMORY = 4 * _GIB
_BLOCKS = range(FIRST_PORT, FIRST_PORT + 1000, 10)  # where a second checkout's lab looks for room


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
            _claim_again(claims, state)
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
        runtime, why = _highest()
        say(f"rung: {runtime}, because {why}")
    else:
        _refuse_unfit_engine(runtime)
    first = _room(claims) if port is None else _claimed(claims, port)
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
        profile = _profile(config)
        platform = [name for name in PLATFORM if profile == "full" or name == "prometheus"]
        argocd, git, *others = claims.take_free(2 + len(platform))
        update = {
            "profile": profile,
            **dict(zip(platform, others, strict=True)),
            "localstack": claims.near(4566),  # as in pods, so that one URL of a queue serves both
            "registry": claims.near(5001),
            "argocd": argocd,
            "git": git,
            "nodes": config.nodes or default_nodes(),
            "substitutes": config.substitutes,
        }
        state = state.model_copy(update=update)
    held_ports.refuse_services(state)
    return state


def _highest() -> tuple[Runtime, str]:
    engine = docker.engine()
    if engine.why:
        return "host", f"no Docker Engine answers ({engine.why})"
    if engine.lacks:
        return "host", f"Docker {engine.version} answers, but `docker {engine.lacks}` is not there"
    memory = f"{engine.memory_bytes / _GIB:.1f} GiB"
    if engine.memory_bytes < _CLUSTER_MEMORY:
        return (
            "compose",
            f"Docker {engine.version} answers, but has {memory}: a cluster wants {_CLUSTER_MEMORY // _GIB}",
        )
    return "kind", f"Docker {engine.version} answers and has {memory}"


def _profile(config: Config) -> Profile:
    if config.profile is not None:
        return config.profile
    memory = docker.engine().memory_bytes
    profile = fitting(memory)
    say(f"profile: {profile}, because Docker has {memory / _GIB:.1f} GiB and all of it wants {FULL_MEMORY // _GIB}")
    return profile


def _refuse_unfit_engine(runtime: Runtime) -> None:
    """Raise UsageError when the rung that was asked for needs an Engine that is not there, or a bigger one."""
    if runtime == "host":
        return
    engine, ask_less = docker.engine(), "or ask less: ./inv lab.up --runtime host"
    if engine.why:
        raise UsageError(f"the {runtime} rung needs Docker", why=engine.why, fix=f"start Docker, {ask_less}")
    if engine.lacks:
        fix = f"install docker's {engine.lacks} plugin, {ask_less}"
        raise UsageError(f"the {runtime} rung needs `docker {engine.lacks}`", why="it is not there", fix=fix)
    if runtime == "kind" and engine.memory_bytes < _CLUSTER_MEMORY:
        why = f"a cluster wants {_CLUSTER_MEMORY // _GIB} GiB"
        fix = "give Docker more (Docker Desktop: Settings, Resources), or ask less: ./inv lab.up --runtime compose"
        raise UsageError(f"Docker has {engine.memory_bytes / _GIB:.1f} GiB of memory", why=why, fix=fix)


def _block(first: int) -> list[int]:
    return [first + n for n in range(len(SERVICES))]


def _claimed(claims: Claims, first: int) -> int:
    if not claims.take_all(_block(first)):
        raise UsageError(
            f"ports {first}-{first + 2} are being taken by another checkout's lab, which is rising now",
            fix="take three other ports: ./inv lab.up --port 8101",
        )
    return first


def _claim_again(claims: Claims, state: LabState) -> None:
    """Claim the lab's ports. Raise UsageError for one that another takes, now that nothing of this lab is on it."""
    for port in filter(None, [*state.services.values(), *state.servers.values()]):
        if not claims.take(port) and ports.is_free(port):
            what = f"port {port} of this lab is being taken by another checkout's lab, which is rising now"
            raise UsageError(what, fix="let this one look for room: ./inv lab.down, then ./inv lab.up")


def _room(claims: Claims) -> int:
    """Claim the first block of three ports that no other checkout's lab holds or claims; return its first."""
    for first in _BLOCKS:
        if not claims.take_all(_block(first)):
            say(f"ports {first}-{first + 2} are being taken by a lab that is rising: looking further")
            continue
        held = [ports.holder(port) for port in _block(first) if not ports.is_free(port)]
        labs = {holder.lab for holder in held if holder.lab}
        if held and not labs:  # a compose or kind lab's ports are the Engine's
            labs = docker.labs_on({holder.port for holder in held}, PROJECT_PREFIX)
        if not labs:
            return first
        claims.release(_block(first))
        say(f"ports {first}-{first + 2} belong to another checkout's lab ({labs.pop()}): looking further")
    raise UsageError("every block of ports is held by another lab", fix="./inv lab.up --port 20001")


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
