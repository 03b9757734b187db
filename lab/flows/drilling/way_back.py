"""The way back from a drill's fault, whatever ended the drill: by the same command, or by the next one."""

from collections.abc import Iterator
from contextlib import contextmanager

from lab.core.errors import Interrupted, LabError
from lab.core.paths import Paths
from lab.core.say import say
from lab.core.state import LabState
from lab.core.stop import undisturbed
from lab.drills.catalogue import drill
from lab.drills.field import Field
from lab.drills.loads import end_left, noted
from lab.flows.drilling.engine import Engine
from lab.flows.drilling.game import under_way
from lab.flows.drilling.marker import Marker

ROLLING_BACK = "rolling back first: this ends by itself within a minute"


@contextmanager
def taken_back(engine: Engine) -> Iterator[None]:
    """Run a drill inside: whatever ends it, its fault is taken back, and load and sampler end.

    A fault that can't be taken back stays marked. Raises its LabError then, but Ctrl-C stays what is raised.
    """
    ctrl_c = False
    try:
        yield
    except (Interrupted, KeyboardInterrupt):
        ctrl_c = True
        raise
    finally:
        with undisturbed(ROLLING_BACK):
            try:
                if engine.broken():
                    engine.roll_back()
            except LabError as error:
                if not ctrl_c:
                    raise
                say(f"the fault could not be taken back: {error.words}")
            finally:
                engine.close()


def left(paths: Paths, field: Field) -> None:
    """End the load and take back the fault that a drill left, cut off or not.

    Raises the LabError of a fault that can't be taken back.
    """
    end_left(field)
    marker = Marker(paths)
    if (found := marker.read()) is not None:
        say(f"the fault of the drill {found.drill} is still there: rolling back")
        drill(found.drill)(field, found.target).rollback()
        marker.clear()


def mend(paths: Paths, state: LabState) -> None:
    """As `left`, before anything is raised; what can't be asked now is said.

    A game's load and fault stay: it is its player's to mend.
    """
    if not Marker(paths).is_set() and not noted(paths):
        return
    try:
        if not under_way(paths):
            left(paths, Field(paths, state))
    except LabError as error:
        say(
            f"the drill's fault could not be taken back: {error.what} ({error.why}); ./inv chaos.rollback once it is up"
        )
