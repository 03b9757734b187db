"""What differs between two clusters: which objects only one has, and which fields of the others, from what to what."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lab.core.errors import UsageError
from lab.tools.fields import Body, field
from lab.tools.rendered import Rendered

_HASH = re.compile(r"(.+)-[2456789bcdfghkmt]{10}")  # what kustomize appends to the names it generates
_KEYS = ("name", "mountPath", "containerPort", "key")  # by one of which the items of a list are told apart


class Absent:
    """What stands for a value that is not there: null is one."""

    def __repr__(self) -> str:
        return "(absent)"


ABSENT = Absent()


@dataclass(frozen=True)
class Change:
    """One field, and what either side says; ABSENT where a side does not."""

    field: str
    a: Any
    b: Any


@dataclass(frozen=True)
class Difference:
    """One object: `only` "a" or "b" when the other side has none, else "" and what changed."""

    name: str
    only: str
    changes: tuple[Change, ...] = ()


def differences(a: Sequence[Rendered], b: Sequence[Rendered]) -> list[Difference]:
    """Return what differs, sorted by kind, namespace and name; objects are the same by group, kind, namespace, name.

    The hash in a generated name is taken off first, on both sides and wherever the name is used: it says no more than
    that the content differs, and the content is compared. Raises UsageError for an object that a side has twice.
    """
    ours, theirs = _by_name(a), _by_name(b)
    found = []
    for key in sorted(ours.keys() | theirs.keys()):
        one, other = ours.get(key), theirs.get(key)
        if one is None or other is None:
            found.append(Difference(key[0], "a" if other is None else "b"))
        elif changes := tuple(_changes((), _with_maker(one), _with_maker(other))):
            found.append(Difference(key[0], "", changes))
    return found


def _by_name(objects: Sequence[Rendered]) -> dict[tuple[str, str], Rendered]:
    generated = _generated(objects)
    made: dict[tuple[str, str], Rendered] = {}
    for found in objects:
        named = replace(found, body=_renamed(found.body, generated))
        key = str(named), named.group
        if key in made:
            raise UsageError(f"{found} is made twice", fix="./inv gitops.validate names by which Applications")
        made[key] = named
    return made


def _with_maker(found: Rendered) -> Body:
    """Return the content, and which Application makes it: that may differ too."""
    return {**found.body, "madeBy": found.origin.application}


def _generated(objects: Sequence[Rendered]) -> dict[str, str]:
    """Return generated names and what they were generated from."""
    names = {found.name for found in objects if found.kind in {"ConfigMap", "Secret"}}
    bare = {name: match[1] for name in names if (match := _HASH.fullmatch(name))}
    return {name: short for name, short in bare.items() if short not in names}


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _renamed(below, names) for key, below in value.items()}
    if isinstance(value, list):
        return [_renamed(below, names) for below in value]
    return names.get(value, value) if isinstance(value, str) else value


def _changes(path: tuple[str | int, ...], a: Any, b: Any) -> Iterator[Change]:
    lists = isinstance(a, list) and isinstance(b, list)
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted(a.keys() | b.keys()):
            yield from _changes((*path, key), a.get(key, ABSENT), b.get(key, ABSENT))
    elif lists and (key := _key(a, b)):
        yield from _items(path, key, a, b)
    elif lists and len(a) == len(b) and any(isinstance(x, dict) for x in (*a, *b)):
        for n, (ours, theirs) in enumerate(zip(a, b, strict=True)):
            yield from _changes((*path, n), ours, theirs)
    elif not _same(a, b):
        yield Change(field(path), a, b)


def _items(path: tuple[str | int, ...], key: str, a: list[Body], b: list[Body]) -> Iterator[Change]:
    """Compare two lists item by item; a common order that differs is a difference of its own."""
    ours, theirs = {item[key]: item for item in a}, {item[key]: item for item in b}
    for name in sorted(ours.keys() | theirs.keys(), key=str):
        below = f"{field(path)}[{name}]"
        yield from _under(below, ours.get(name, ABSENT), theirs.get(name, ABSENT))
    order, other = [name for name in ours if name in theirs], [name for name in theirs if name in ours]
    if order != other:
        yield Change(f"{field(path)}(order)", order, other)


def _under(prefix: str, a: Any, b: Any) -> Iterator[Change]:
    for change in _changes((), a, b):
        joint = "" if not change.field or change.field.startswith("[") else "."
        yield Change(f"{prefix}{joint}{change.field}", change.a, change.b)


def _key(a: list[Any], b: list[Any]) -> str | None:
    """Return the key by which the items of both lists are told apart, None when there is no such key."""
    for key in _KEYS:
        if all(_told_apart(items, key) for items in (a, b)):
            return key
    return None


def _told_apart(items: list[Any], key: str) -> bool:
    names = [item.get(key) for item in items if isinstance(item, dict)]
    plain = all(isinstance(name, str | int) for name in names)
    return plain and len(names) == len(items) and len({str(name) for name in names}) == len(names)


def _same(a: Any, b: Any) -> bool:
    """Return whether two values are alike in a manifest; Python takes 1, 1.0 and True for one another."""
    if a is ABSENT or b is ABSENT:
        return a is b
    return json.dumps(a, sort_keys=True) == json.dumps(b, sort_keys=True)
