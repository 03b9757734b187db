"""Freezing a program of a pod where it runs: it is there, holds its connections, and answers nobody."""

from lab.drills.field import Field

_EACH = (
    'for p in /proc/[0-9]*; do if grep -qs {pattern} "$p/cmdline"; then kill -{signal} "${{p#/proc/}}"; fi; done; true'
)


def freeze(field: Field, pattern: str) -> None:
    """Stop every process on any node whose command line has `pattern`, a grep pattern that is not itself: k[a]fka."""
    _signal(field, pattern, "STOP")


def thaw(field: Field, pattern: str) -> None:
    """Let them go on; those that were not stopped do not notice."""
    _signal(field, pattern, "CONT")


def _signal(field: Field, pattern: str, signal: str) -> None:
    for node in field.nodes():
        field.on_node(node, "sh", "-c", _EACH.format(pattern=pattern, signal=signal))
