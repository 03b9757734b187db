"""What this machine can hold: the highest rung, the kind rung's profile, and how many nodes."""

import os

from lab.core.config import Config, Profile, Runtime
from lab.core.errors import UsageError
from lab.core.profiles import FULL_MEMORY, fitting
from lab.core.say import say
from lab.tools import docker

_GIB = 1024**3
_CLUSTER_MEMORY = 4 * _GIB
_MANY_CPUS = 4


def highest() -> tuple[Runtime, str]:
    """Return the highest rung that this machine can hold, and why it is that one."""
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


def profile(config: Config) -> Profile:
    """Return the profile that was asked for, else the one that the Engine's memory allows."""
    if config.profile is not None:
        return config.profile
    memory = docker.engine().memory_bytes
    found = fitting(memory)
    say(f"profile: {found}, because Docker has {memory / _GIB:.1f} GiB and all of it wants {FULL_MEMORY // _GIB}")
    return found


def refuse_unfit_engine(runtime: Runtime) -> None:
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


def default_nodes() -> int:
    """Return how many nodes this machine's lab has: two, which spreading needs, three where there is room."""
    return 3 if (os.cpu_count() or 1) > _MANY_CPUS else 2
