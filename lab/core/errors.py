"""Every error that a user of the lab can meet.

LabError                what happened, why, and what to type next     exit code 1
├── UsageError          an argument, setting or file is wrong         exit code 2
├── CommandError        a process failed, or was stopped at its time limit
├── WaitTimeout         a state did not come in time
├── WaitHopeless        a state that can't get better by waiting
├── StepError           a step of a graph failed (its cause is a LabError or a bug)
├── AnswerError         a service or server does not answer, or refuses
├── CheckError          the lab was looked at and is not as it should be
└── Interrupted         Ctrl-C, SIGTERM, or another step's failure     exit code 130
"""

from __future__ import annotations


class LabError(Exception):
    """What happened, why, and what to type next; `detail` carries output worth reading below them."""

    exit_code = 1

    def __init__(self, what: str, *, why: str = "", fix: str = "", detail: str = "") -> None:
        super().__init__(what)
        self.what, self.why, self.fix, self.detail = what, why, fix, detail

    @property
    def words(self) -> str:
        """What happened and why, in one line."""
        return f"{self.what}: {self.why}" if self.why else self.what

    def __str__(self) -> str:
        lines = [self.what]
        if self.why:
            lines.append(f"why: {self.why}")
        if self.detail:
            lines += [f"  | {line}" for line in self.detail.rstrip().splitlines()]
        if self.fix:
            lines.append(f"next: {self.fix}")
        return "\n".join(lines)


class UsageError(LabError):
    exit_code = 2


class CommandError(LabError):
    """A process that failed; `argv`, `code` (None: stopped at its time limit) and the last output are kept."""

    def __init__(self, argv: tuple[str, ...], code: int | None, *, why: str, detail: str, fix: str = "") -> None:
        super().__init__(f"`{' '.join(argv)}` failed", why=why, detail=detail, fix=fix)
        self.argv, self.code = argv, code


class WaitTimeout(LabError): ...


class WaitHopeless(LabError): ...


class StepError(LabError): ...


class AnswerError(LabError): ...


class CheckError(LabError): ...


class Interrupted(LabError):
    exit_code = 130
