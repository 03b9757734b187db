"""Objects as if they were rendered, and which rules a check says they break."""

from typing import Any

from lab.checks.manifests.problem import Problem
from lab.tools.rendered import Origin, Rendered

ORIGIN = Origin("cart", "gitops/cart", "shop")


def made(kind: str, name: str = "cart", api: str = "v1", origin: Origin = ORIGIN, **content: Any) -> Rendered:
    return Rendered({"apiVersion": api, "kind": kind, "metadata": {"name": name}, **content}, "", origin)


def deployment(container: dict[str, Any] | None = None, **pod: Any) -> Rendered:
    spec = {"containers": [{"name": "cart", **(container or {})}], **pod}
    template = {"metadata": {"labels": {"app": "cart"}}, "spec": spec}
    return made("Deployment", api="apps/v1", spec={"template": template})


def told(problems: Any) -> set[str]:
    found: list[Problem] = list(problems)
    return {problem.rule for problem in found}
