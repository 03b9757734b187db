"""Why two clusters differ: a list of patterns, each with its reason, that no difference may be missing from."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from lab.checks.manifests.differences import Difference
from lab.core.errors import UsageError


class Reason(BaseModel):
    """Why some objects differ in some fields. `*` in a name or field stands for anything.

    `fields` is empty for objects that only one cluster has.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    objects: list[str]
    fields: list[str] = []
    why: str

    def explains(self, name: str, field: str) -> bool:
        """Return whether the reason is one for `field` of the object `name`; field "": that only one cluster has it."""
        told = any(_alike(wanted, field) for wanted in self.fields) if self.fields else not field
        return told and any(_alike(wanted, name) for wanted in self.objects)


class Reasons(BaseModel):
    """`than`: the cluster that is differed from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    than: str
    reasons: list[Reason]


def read(file: Path) -> Reasons:
    """Read a cluster's differences.yaml. Raises UsageError when it can't be read."""
    try:
        return Reasons.model_validate(yaml.safe_load(file.read_text()))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        why = " ".join(str(error).split())
        raise UsageError(f"{file} can't be read", why=why, fix="see gitops/clusters/dev/differences.yaml") from error


def why(found: Sequence[Difference], reasons: Reasons) -> dict[tuple[str, str], list[Reason]]:
    """Return every line of a diff, as object and field, with its reasons."""
    return {line: [reason for reason in reasons.reasons if reason.explains(*line)] for line in _lines(found)}


def wrong(found: Sequence[Difference], reasons: Reasons) -> list[str]:
    """Return, in words, each line without a reason or with two, and each pattern that is needed for no line."""
    told = why(found, reasons)
    words = [
        f"{name}: {field or 'only in one'}: {'no reason' if not because else 'more than one reason'}"
        for (name, field), because in told.items()
        if len(because) != 1
    ]
    for reason in reasons.reasons:
        idle = [wanted for wanted in reason.objects if not any(_alike(wanted, name) for name, _ in told)]
        idle += [wanted for wanted in reason.fields if not _used(wanted, reason, list(told))]
        if not any(reason in because for because in told.values()):
            idle = [*reason.objects, *reason.fields]
        words += [f"{wanted}: no difference needs it ({reason.why})" for wanted in idle]
    return words


def _used(field: str, reason: Reason, lines: Sequence[tuple[str, str]]) -> bool:
    return any(reason.explains(name, changed) and _alike(field, changed) for name, changed in lines)


def _lines(found: Sequence[Difference]) -> Iterator[tuple[str, str]]:
    for difference in found:
        yield from (
            [(difference.name, "")] if difference.only else [(difference.name, c.field) for c in difference.changes]
        )


def _alike(pattern: str, text: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), text) is not None
