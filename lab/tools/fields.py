"""Ways into nested content that may not be what it should: nothing here raises for a wrong shape."""

import re
from collections.abc import Sequence
from typing import Any

type Body = dict[str, Any]

_PLAIN = re.compile(r"[A-Za-z_][\w-]*")


def dig(value: Any, *keys: str) -> Any:
    """Return what lies below `keys`, None when one of them is not there."""
    for key in keys:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def body(value: Any, *keys: str) -> Body:
    """Return the mapping below `keys`, an empty one when there is none."""
    found = dig(value, *keys)
    return found if isinstance(found, dict) else {}


def bodies(value: Any, *keys: str) -> list[Body]:
    """Return the mappings of the list below `keys`."""
    found = dig(value, *keys)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def text(value: Any, *keys: str) -> str:
    """Return the string below `keys`, "" when there is none."""
    found = dig(value, *keys)
    return found if isinstance(found, str) else ""


def field(path: Sequence[str | int]) -> str:
    """Return a path as people write it: spec.containers[0].image, metadata.labels["a.b/c"]; "" for no path."""
    parts = [
        f"[{part}]" if isinstance(part, int) else f".{part}" if _PLAIN.fullmatch(part) else f'["{part}"]'
        for part in path
    ]
    return "".join(parts).removeprefix(".")
