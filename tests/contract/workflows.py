"""What a workflow must keep, beyond what actionlint and zizmor look for; each rule returns where it is broken."""

import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from typing import Any

import yaml

from lab.core.state import SERVICES
from lab.core.versions import load_lock
from lab.flows.quality import LEVELS
from tasks import namespace

type Workflow = dict[Any, Any]
_PINNED = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
_COMMAND = re.compile(r"\./inv ([a-z]+(?:\.[a-z-]+)?)([^)\n]*)")
_OVERLAYS = [f"gitops/apps/{service}/overlays/dev/kustomization.yaml" for service in SERVICES]


def actions_are_pinned_by_commit(text: str) -> list[str]:
    """An action is named by a commit, and the comment beside it says which version that is."""
    used = [line.strip().removeprefix("- ") for line in text.splitlines() if re.match(r"\s*(- )?uses:", line)]
    return [line for line in used if not _PINNED.fullmatch(line)]


def no_run_of_strangers_with_our_rights(text: str) -> list[str]:
    """Nothing starts in a way by which a fork's code may get the repository's token."""
    return [name for name in ("pull_request_target", "workflow_run", "issue_comment") if name in _triggers(text)]


def nothing_is_pasted_into_a_shell(text: str) -> list[str]:
    """A shell gets values by its environment alone."""
    return [step["run"] for _, step in _steps(text) if "${{" in step.get("run", "")]


def each_job_says_what_it_may(text: str) -> list[str]:
    """A workflow may nothing; each job names what it needs."""
    found = [] if yaml.safe_load(text).get("permissions") == {} else ["the workflow"]
    return found + [name for name, job in _jobs(text) if "permissions" not in job]


def who_may_write_runs_for_main_alone(text: str) -> list[str]:
    """A job that may push, or prove who it is, does not run for a fork's pull request."""
    return [name for name, job in _jobs(text) if _writes(job) and not _guarded(text, job)]


def each_job_ends(text: str) -> list[str]:
    """A job has a time limit, and a machine whose version is named."""
    return [name for name, job in _jobs(text) if "timeout-minutes" not in job or "latest" in job["runs-on"]]


def checkouts_keep_no_token(text: str) -> list[str]:
    """The token of a checkout does not stay on the disk, where every later step finds it."""
    used = [(name, step) for name, step in _steps(text) if step.get("uses", "").startswith("actions/checkout@")]
    return [name for name, step in used if step.get("with", {}).get("persist-credentials") is not False]


def runs_do_not_meet(text: str) -> list[str]:
    """Two runs of a branch do not run at once."""
    return [] if "github.ref" in yaml.safe_load(text).get("concurrency", {}).get("group", "") else ["concurrency"]


def commands_exist(text: str) -> list[str]:
    """Each ./inv command and option is one that there is."""
    known = {str(context.name): set(context.flags) for context in namespace.to_contexts()}
    found = []
    for _, step in _steps(text):
        for task, words in _COMMAND.findall(step.get("run", "")):
            options = set(re.findall(r" (--[a-z-]+)", words))
            found += [task] if task not in known else [f"{task} {name}" for name in options - known[task]]
    return found


def a_deploy_starts_no_run(text: str) -> list[str]:
    """A workflow that commits to the overlays is not started by such a commit."""
    if "gitops.bump" not in text:
        return []
    ignored = _triggers(text)["push"].get("paths-ignore", [])
    return [path for path in _OVERLAYS if not any(fnmatch(path, pattern) for pattern in ignored)]


def every_service_and_level_is_there(text: str) -> list[str]:
    """A matrix of services or levels has all of them."""
    wanted = {"service": list(SERVICES), "level": list(LEVELS)}
    matrices = [(name, job.get("strategy", {}).get("matrix", {})) for name, job in _jobs(text)]
    return [name for name, matrix in matrices for key, values in matrix.items() if wanted.get(key, values) != values]


def environments_are_the_repositorys(text: str) -> list[str]:
    """Which environments there are is a variable of the repository: one may have dev alone."""
    matrices = [(name, job.get("strategy", {}).get("matrix", {})) for name, job in _jobs(text)]
    listed = [
        name
        for name, matrix in matrices
        if "vars.ENVIRONMENTS" not in str(matrix.get("environment", "vars.ENVIRONMENTS"))
    ]
    return listed + [name for name, step in _steps(text) if re.search(r"\bdev prod\b", step.get("run", ""))]


def tools_are_those_of_the_lock(text: str) -> list[str]:
    """A tool that a step installs has the version that lab.lock has."""
    lock = load_lock()
    terraform = set(re.findall(r"terraform_version: (\S+)", text)) - {lock.the_tool("terraform").version}
    actionlint = set(re.findall(r"cmd/actionlint@v(\S+)", text)) - {lock.the_tool("actionlint").version}
    return sorted(terraform | actionlint)


RULES: tuple[Callable[[str], list[str]], ...] = (
    actions_are_pinned_by_commit,
    no_run_of_strangers_with_our_rights,
    nothing_is_pasted_into_a_shell,
    each_job_says_what_it_may,
    who_may_write_runs_for_main_alone,
    each_job_ends,
    checkouts_keep_no_token,
    runs_do_not_meet,
    commands_exist,
    a_deploy_starts_no_run,
    every_service_and_level_is_there,
    environments_are_the_repositorys,
    tools_are_those_of_the_lock,
)


def _triggers(text: str) -> Workflow:
    found: Workflow = yaml.safe_load(text)[True]  # YAML 1.1 reads the key `on` as true
    return found


def _jobs(text: str) -> list[tuple[str, Workflow]]:
    return list(yaml.safe_load(text)["jobs"].items())


def _steps(text: str) -> Iterator[tuple[str, Workflow]]:
    for name, job in _jobs(text):
        for number, step in enumerate(job["steps"], 1):
            yield f"{name}, step {number}", step


def _writes(job: Workflow) -> bool:
    may = job.get("permissions", {})
    return may == "write-all" or (
        isinstance(may, dict) and any(may.get(k) == "write" for k in ("contents", "id-token"))
    )


def _guarded(text: str, job: Workflow) -> bool:
    """Return whether a job, or one that it needs, runs for pushes alone, or not for a fork."""
    if "pull_request" not in _triggers(text):
        return True
    condition = str(job.get("if", ""))
    alone = re.search(r"github\.event_name == 'push'", condition) and (
        "||" not in condition or "head.repo.full_name == github.repository" in condition
    )
    needs = job.get("needs", [])
    jobs = dict(_jobs(text))
    return bool(alone) or any(_guarded(text, jobs[need]) for need in ([needs] if isinstance(needs, str) else needs))
