"""What a plan of Terraform would do, read from its JSON (https://developer.hashicorp.com/terraform/internals/json-format)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict


class Changes(BaseModel):
    """How many resources a plan makes, changes and deletes; one that is replaced is deleted and made."""

    model_config = ConfigDict(frozen=True)

    make: int
    change: int
    delete: int

    def __str__(self) -> str:
        return f"{self.make} to make, {self.change} to change, {self.delete} to delete"

    @property
    def any(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.make or self.change or self.delete)


@dataclass(frozen=True)
class Resource:
    """A resource as it will be: its type, address, and the values that are known before it is made."""

    type: str
    address: str
    values: Mapping[str, Any]


def changes(plan: Mapping[str, Any]) -> Changes:
    """Count what a plan would do."""
    done = [action for change in _changed(plan) for action in change["change"]["actions"]]
    return Changes(make=done.count("create"), change=done.count("update"), delete=done.count("delete"))


def protected(plan: Mapping[str, Any]) -> list[str]:
    """Return the addresses that a plan would delete though they are protected against it."""
    return [
        change["address"]
        for change in _changed(plan)
        if "delete" in change["change"]["actions"] and (change["change"]["before"] or {}).get("deletion_protection")
    ]


def planned(plan: Mapping[str, Any]) -> list[Resource]:
    """Return every resource that is there once a plan was applied."""
    return list(_resources(plan.get("planned_values", {}).get("root_module", {})))


def _changed(plan: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return [change for change in plan.get("resource_changes", []) if change["mode"] == "managed"]


def _resources(module: Mapping[str, Any]) -> Iterator[Resource]:
    for found in module.get("resources", []):
        if found["mode"] == "managed":
            yield Resource(found["type"], found["address"], found["values"])
    for child in module.get("child_modules", []):
        yield from _resources(child)
