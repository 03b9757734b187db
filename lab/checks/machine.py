"""What of this machine decides whether a lab can rise on it: one probe a function, each returns what it saw."""

import os
import platform
import shutil
import sys
from pathlib import Path

import psutil
from pydantic import BaseModel

from lab.core.paths import Paths
from lab.core.profiles import fitting
from lab.core.state import SERVICES, LabState
from lab.core.versions import load_lock
from lab.tools import docker, git, ports, processes
from lab.tools.internet import PROXIES
from lab.tools.programs import fits, version_of

_GIB = 1024**3
_NEEDED_DISK = 2 * _GIB  # the embedded servers' environment, images' layers, data
_NEEDED_IMAGES = 12 * _GIB  # the kind rung's images in the Engine, in the lab's registry and in the nodes
_NEEDED_MEMORY = 2 * _GIB
_INOTIFY = 128  # instances; several kubelets and log readers exhaust less


class Finding(BaseModel):
    """One thing looked at. Not `ok`: `fix` says what to do. `blocks`: lab.up can't work before that."""

    what: str
    saw: str
    ok: bool = True
    fix: str = ""
    blocks: bool = False


def system() -> Finding:
    """Operating system and architecture: the embedded servers exist for Linux and macOS on x86-64 and ARM."""
    saw = f"{platform.system()} {platform.release()}, {platform.machine()}, {os.cpu_count()} CPUs"
    ok = platform.system() in {"Linux", "Darwin"} and platform.machine() in {"x86_64", "arm64", "aarch64"}
    return Finding(
        what="system", saw=saw, ok=ok, blocks=not ok, fix="" if ok else "use Linux or macOS (WSL 2 on Windows)"
    )


def describe() -> str:
    """Return what figures are measured on, in some words."""
    memory = psutil.virtual_memory().total / _GIB
    return f"{os.cpu_count()} CPUs, {memory:.0f} GiB, {platform.system()} {platform.machine()}"


def python() -> Finding:
    """The interpreter that runs the lab."""
    return Finding(what="python", saw=f"{platform.python_version()} at {sys.prefix}")


def memory() -> Finding:
    """Memory that is free to use."""
    free = psutil.virtual_memory().available
    ok = free >= _NEEDED_MEMORY
    fix = "" if ok else "end other programs: the host rung takes about 1 GiB, compose about 1.5 GiB"
    return Finding(what="memory", saw=f"{free / _GIB:.1f} GiB available", ok=ok, fix=fix)


def disk(paths: Paths) -> Finding:
    """Room where the lab writes."""
    free = shutil.disk_usage(paths.state if paths.state.exists() else paths.checkout).free
    ok = free >= _NEEDED_DISK
    return Finding(
        what="disk",
        saw=f"{free / _GIB:.0f} GiB free",
        ok=ok,
        blocks=not ok,
        fix="" if ok else "free at least 2 GiB: ./inv lab.down --wipe, docker system prune",
    )


def engine_disk() -> Finding:
    """Room where the Engine keeps images and nodes, if that is on this machine."""
    root = docker.engine().root
    try:
        free = shutil.disk_usage(root).free
    except OSError:
        return Finding(what="docker's disk", saw="not on this machine")
    ok = free >= _NEEDED_IMAGES
    fix = "" if ok else f"free {_NEEDED_IMAGES // _GIB} GiB below {root} for the kind rung: docker system prune"
    return Finding(what="docker's disk", saw=f"{free / _GIB:.0f} GiB free in {root}", ok=ok, fix=fix)


def engine() -> Finding:
    """The Docker Engine; its absence is no fault, it decides the rung."""
    seen = docker.engine()
    if seen.why:
        return Finding(what="docker", saw=f"{seen.why}: the highest rung is host")
    if seen.lacks:
        saw = f"{seen.version} without {seen.lacks}: the highest rung is host"
        return Finding(what="docker", saw=saw, ok=False, fix=f"install docker's {seen.lacks} plugin")
    profile = f"{seen.memory_bytes / _GIB:.1f} GiB (profile {fitting(seen.memory_bytes)} of the kind rung)"
    return Finding(what="docker", saw=f"{seen.version}, compose {seen.compose}, {profile}")


def service_ports(first: int, state: LabState | None) -> list[Finding]:
    """Whether the three ports are free, or held by our own lab; who holds them otherwise."""
    ours = set(state.services.values()) if state else set()
    found = []
    for n, name in enumerate(SERVICES):
        port = first + n
        if port in ours:
            found.append(Finding(what=f"port {port}", saw=f"{name}-service of this lab"))
        elif ports.is_free(port):
            found.append(Finding(what=f"port {port}", saw=f"free for {name}-service"))
        else:
            fix = "end that program, or take three other ports: ./inv lab.up --port 8101"
            found.append(Finding(what=f"port {port}", saw=f"held by {ports.holder(port)}", ok=False, fix=fix))
    return found


def leftovers(paths: Paths, state: LabState | None) -> Finding:
    """Processes of this checkout's lab that no state file knows of."""
    found = [] if state else processes.of_lab(paths.lab_id)
    saw = ", ".join(f"{p.name()} (pid {p.pid})" for p in found) or "none"
    return Finding(what="leftovers", saw=saw, ok=not found, fix="./inv lab.down" if found else "")


def tools() -> list[Finding]:
    """The pinned command-line tools of the kind rung: which of them are here, which will be downloaded."""
    found = []
    for tool in load_lock().tool:
        file = shutil.which(tool.name)
        seen = version_of(Path(file), tool) if file else ""
        taken = fits(seen, tool.fits)
        lacks = (seen or "one that tells no version") if file else "not"
        words = f"{seen} at {file}" if taken else f"{lacks} on PATH: {tool.version} will be downloaded to .lab/bin"
        found.append(Finding(what=tool.name, saw=words))
    flaw = git.flaw()
    fix = f"install {git.WANTED} or later: the kind rung needs it" if flaw else ""
    return [*found, Finding(what="git", saw=flaw or shutil.which("git") or "git", ok=not flaw, fix=fix)]


def proxies() -> Finding:
    """Proxy settings; calls to 127.0.0.1 pass them by."""
    names = (*PROXIES, "NO_PROXY", "no_proxy")
    return Finding(what="proxies", saw=", ".join(name for name in names if os.environ.get(name)) or "none set")


def kernel() -> list[Finding]:
    """Linux only: cgroup version and inotify limits, which clusters in containers depend on."""
    if platform.system() != "Linux":
        return []
    version = "v2" if Path("/sys/fs/cgroup/cgroup.controllers").exists() else "v1"
    instances = int(Path("/proc/sys/fs/inotify/max_user_instances").read_text())
    ok = instances >= _INOTIFY
    fix = "" if ok else "sysctl fs.inotify.max_user_instances=512"
    return [
        Finding(what="cgroup", saw=version),
        Finding(what="inotify", saw=f"{instances} instances a user", ok=ok, fix=fix),
    ]


def environment_is_whole() -> Finding:
    """uv, which installs the embedded servers."""
    uv = os.environ.get("UV") or shutil.which("uv")
    ok = uv is not None and Path(uv).exists()
    fix = "" if ok else "start tasks through ./inv, which brings uv"
    return Finding(what="uv", saw=uv or "not found", ok=ok, blocks=not ok, fix=fix)
