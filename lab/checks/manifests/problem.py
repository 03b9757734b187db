"""The rules that rendered objects are held to, and how a broken one is said."""

from dataclasses import dataclass
from typing import Literal, get_args

from lab.tools.rendered import Rendered

type Rule = Literal[
    "schema",
    "duplicate",
    # names that lead nowhere
    "config-map",
    "secret",
    "claim",
    "service-account",
    "scale-target",
    "service-selector",
    "budget-selector",
    "policy-selector",
    "project",
    "path",
    "repository",
    "namespace",
    # what our pods must be
    "image-tag",
    "registry",
    "resources",
    "privileged",
    "non-root",
    "read-only-root",
    "capabilities",
    "token",
    "labels",
    "probes",
    "replicas",
]
RULES: tuple[Rule, ...] = get_args(Rule.__value__)


@dataclass(frozen=True)
class Problem:
    """One rule that one object breaks: in which field, what is wrong, and what to do."""

    rule: Rule
    found: Rendered
    field: str
    what: str
    fix: str

    def __str__(self) -> str:
        return f"{self.found}: {self.field}: {self.what}; {self.fix} [{self.rule}]"
