"""Every drill there is, in the order in which chaos.all runs them."""

from lab.core.errors import UsageError
from lab.drills.base import Drill
from lab.drills.kill_pod import KillPod

DRILLS: tuple[type[Drill], ...] = (KillPod,)


def drill(name: str) -> type[Drill]:
    """Return the drill called `name`. Raises UsageError that names those there are."""
    found = next((one for one in DRILLS if one.name == name), None)
    if found is None:
        raise UsageError(f"no drill is called {name!r}", fix=f"one of: {', '.join(one.name for one in DRILLS)}")
    return found
