"""Single containers, networks and volumes of the Docker Engine, all labelled with the lab they belong to."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lab.core import proc
from lab.core.errors import CommandError, LabError, UsageError

LABEL = "kubeflow-ops.lab"
_SAID = "kubeflow-ops.subnet"  # of a network that was made with its subnet said


@dataclass(frozen=True)
class Spec:
    """A container as it should be. `publish` maps ports of 127.0.0.1 to ports inside; `volumes` names to folders."""

    name: str
    image: str
    network: str
    aliases: Sequence[str] = ()
    publish: Mapping[int, int] = field(default_factory=dict)
    volumes: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    options: Sequence[str] = ()

    def argv(self, lab_id: str) -> list[str]:
        """Return `docker run` for it: no capability beyond `options`, no new privilege, restarted by the Engine."""
        words = ["docker", "run", "--detach", "--name", self.name, "--network", self.network, "--pull", "never"]
        words += ["--restart", "unless-stopped", "--label", f"{LABEL}={lab_id}", "--cap-drop", "ALL"]
        words += ["--security-opt", "no-new-privileges:true"]
        for flag, values in (
            ("--network-alias", self.aliases),
            ("--publish", [f"127.0.0.1:{out}:{inside}" for out, inside in self.publish.items()]),
            ("--volume", [f"{name}:{folder}" for name, folder in self.volumes.items()]),
            ("--env", [f"{name}={value}" for name, value in self.env.items()]),
        ):
            words += [word for value in values for word in (flag, value)]
        return [*words, *self.options, self.image]


def inspect(kind: str, name: str) -> dict[str, Any] | None:
    """Return what `docker KIND inspect` tells, None when there is no such thing."""
    seen = proc.run(["docker", kind, "inspect", name], timeout=30, check=False)
    found = json.loads(seen.stdout or "[]")
    if seen.code != 0 and "o such" not in seen.stderr and "not found" not in seen.stderr:
        raise LabError(f"docker {kind} inspect {name} failed", why=seen.stderr.strip(), fix="./inv lab.doctor")
    return dict(found[0]) if found else None


def ensure_network(name: str, lab_id: str) -> None:
    """Make the lab's bridge network, on a subnet that the Engine chooses.

    It is made a second time with that subnet said: only then may a container ask for the address it had.
    """
    found = inspect("network", name)
    if found is not None and (found["Labels"] or {}).get(_SAID):
        return
    create = ["docker", "network", "create", "--label", f"{LABEL}={lab_id}"]
    if found is None:
        proc.run([*create, name], timeout=60, fix=_POOLS)
        found = inspect("network", name) or {}
    users = ["docker", "ps", "--all", "--quiet", "--filter", f"network={name}"]
    if proc.run(users, timeout=30).stdout:
        return  # made by an earlier version, and in use
    subnet = found["IPAM"]["Config"][0]["Subnet"]
    proc.run(["docker", "network", "rm", name], timeout=60)
    proc.run([*create, "--label", f"{_SAID}=yes", "--subnet", subnet, name], timeout=60, fix="call again")


def ensure_volume(name: str, lab_id: str) -> None:
    """Make a named volume that carries the lab's label."""
    if inspect("volume", name) is None:
        proc.run(["docker", "volume", "create", "--label", f"{LABEL}={lab_id}", name], timeout=60)


_POOLS = "docker network prune: the Engine may be out of address pools"


def ensure(spec: Spec, lab_id: str) -> None:
    """Run the container; one that stands for other settings or a removed image is made anew.

    Raises UsageError for a port that somebody else holds.
    """
    seen = inspect("container", spec.name)
    wanted = json.dumps(spec.argv(lab_id))
    if seen is not None and seen["Config"]["Labels"].get(f"{LABEL}.spec") != wanted:
        remove(spec.name)
        seen = None
    if seen is None:
        words = spec.argv(lab_id)
        argv = [*words[:2], "--label", f"{LABEL}.spec={wanted}", *words[2:]]
        try:
            proc.run(argv, timeout=120)
        except CommandError as error:
            remove(spec.name)  # a container whose port can't be had stays behind as `created`
            if "port is already allocated" in error.detail or "address already in use" in error.detail:
                fix = "./inv lab.down, end who holds it, then ./inv lab.up"
                raise UsageError(f"{spec.name}: a port is held", why=error.detail.splitlines()[-1], fix=fix) from error
            raise
    elif not seen["State"]["Running"]:
        proc.run(["docker", "start", spec.name], timeout=60)


def remove(name: str) -> None:
    """Remove a container with its anonymous volumes, running or not; it need not be there."""
    proc.run(["docker", "rm", "--force", "--volumes", name], timeout=60, check=False)


def remove_network(name: str) -> None:
    """Remove a network; whatever is still on it is taken off first."""
    seen = inspect("network", name) or {"Containers": {}}
    for container in seen["Containers"]:
        proc.run(["docker", "network", "disconnect", "--force", name, container], timeout=30, check=False)
    proc.run(["docker", "network", "rm", name], timeout=30)


def remove_volume(name: str) -> None:
    """Remove a volume with its content."""
    proc.run(["docker", "volume", "rm", "--force", name], timeout=60)


def pause(name: str) -> None:
    """Have a container's processes stand still: connections are taken, and nobody answers."""
    proc.run(["docker", "pause", name], timeout=30)


def go_on(name: str) -> None:
    """Let a container go on, if it is paused; it need not be there."""
    if (inspect("container", name) or {}).get("State", {}).get("Paused"):
        proc.run(["docker", "unpause", name], timeout=30)


def exited(name: str) -> str | None:
    """Return why the container does not run, with its last lines; None while it does."""
    seen = inspect("container", name)
    if seen is None:
        return "it is gone"
    state = seen["State"]
    if state["Running"] and not state.get("Restarting"):
        return None
    said = proc.run(["docker", "logs", "--tail", "15", name], timeout=30, check=False)
    return f"{state['Status']}, exit code {state['ExitCode']}\n{said.stdout}{said.stderr}"


def of_lab(lab_id: str) -> dict[str, list[str]]:
    """Return the names of everything in the Engine that carries the lab's label, by kind."""
    label = f"label={LABEL}={lab_id}"
    listing = {
        "container": ["docker", "ps", "--all", "--format", "{{.Names}}"],
        "network": ["docker", "network", "ls", "--format", "{{.Name}}"],
        "volume": ["docker", "volume", "ls", "--format", "{{.Name}}"],
    }
    return {kind: proc.run([*argv, "--filter", label], timeout=30).stdout.split() for kind, argv in listing.items()}


def memory(lab_id: str, cluster: str) -> dict[str, float]:
    """Return the MiB that each of the lab's running containers and nodes takes, as `docker stats` tells."""
    label = f"label=io.x-k8s.kind.cluster={cluster}"
    nodes = proc.run(["docker", "ps", "--filter", label, "--format", "{{.Names}}"], timeout=30).stdout.split()
    names = [*of_lab(lab_id)["container"], *nodes]
    if not names:
        return {}
    form = "{{.Name}} {{.MemUsage}}"
    seen = proc.run(["docker", "stats", "--no-stream", "--format", form, *names], timeout=60).stdout.splitlines()
    return {name: _mebibytes(used) for name, used, *_ in (line.split() for line in seen)}


def _mebibytes(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)([A-Za-z]+)", text).groups()  # type: ignore[union-attr] # docker's own form
    return float(number) * {"B": 1 / 1024**2, "KiB": 1 / 1024, "MiB": 1.0, "GiB": 1024.0}[unit]
