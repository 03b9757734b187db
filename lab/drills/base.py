"""What a drill is: a fault, what must be seen of it, the way back. The engine in lab.flows.drill does all the rest."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from lab.core import slo
from lab.drills.field import Field
from lab.tools.locust import Background

type Look = Callable[[], str]  # what was seen, in words; "" while there is nothing to see


@dataclass(frozen=True)
class Sign:
    """Something that can be seen of a fault at most `within` seconds after it, and never without it."""

    name: str
    look: Look
    within: float = 60


@dataclass(frozen=True)
class Page:
    """An alert to be delivered `within` seconds after the fault, and told to have ended `clears` after the rollback.

    `labels` are some of its labels.
    """

    alertname: str
    labels: Mapping[str, str] = field(default_factory=dict)
    within: float = 150
    clears: float = 420

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value}" for name, value in self.labels.items())
        return f"{self.alertname}{{{told}}}" if told else self.alertname


@dataclass(frozen=True)
class Load:
    """What is asked of the services meanwhile: a scenario of loadtests/, users at once, requests/s in all.

    No more than `under_way` requests wait for their answers at once; 0: as many as come.
    """

    scenario: str = "mixed"
    users: int = 4
    rate: float = 20.0
    under_way: int = 0


class Drill(ABC):
    """A drill; every value is a bound that the run is judged by.

    may_fail   share of requests that may fail from the fault to the recovery
    takes      seconds until the fault's effect is proven; a fault without effect fails the drill
    lasts      seconds that the fault stays at least
    heals      whether the lab must mend it by itself: then nothing is rolled back before it has
    recovers   seconds until the steady state is back, from the rollback (from the fault where it `heals`)
    quiet      whether alerts that the drill does not name are a failure
    targets    services that `--service` may name, the first one by default; () where there is no choice
    hints      for a game day, from vague to plain
    """

    name: ClassVar[str]
    title: ClassVar[str]
    targets: ClassVar[tuple[str, ...]] = ()
    pages: tuple[Page, ...] = ()
    load: ClassVar[Load] = Load()
    may_fail: ClassVar[float] = slo.ERROR_RATIO
    takes: ClassVar[float] = 60
    lasts: ClassVar[float] = 0
    heals: ClassVar[bool] = False
    recovers: ClassVar[float] = 180
    quiet: ClassVar[bool] = False
    hints: ClassVar[tuple[str, ...]] = ()

    def __init__(self, field: Field, target: str = "") -> None:
        self.field = field
        self.target = target or next(iter(self.targets), "")

    def prepare(self) -> None:  # noqa: B027 - most have nothing to choose
        """Choose what the fault will hit, and remember how it was; the lab is steady. Raises UsageError for one that
        can't hold it.
        """

    @abstractmethod
    def fault(self) -> None:
        """Break it."""

    @abstractmethod
    def effect(self) -> str:
        """Return in words what proves that the fault took effect, "" while nothing does. A look at the lab, not at what
        `fault` meant to do; after `prepare` alone it is "".
        """

    def loads(self) -> Sequence[Background]:
        """Return the loads that the fault itself is: judged, and what they were promised counted, as `load` is."""
        return ()

    def signs(self) -> Sequence[Sign]:
        """Return what else must be seen, alerts apart."""
        return ()

    def rollback(self) -> None:  # noqa: B027 - what heals by itself has nothing to take back
        """Take the fault back, and whatever an earlier run left. May be called at any time, also in another process, by
        which nothing was prepared, and on a lab that is well.
        """

    def steady(self) -> str:
        """Return what more than the lab's own steady state is not as it must be before and after; "" when all is."""
        return ""
