"""How many of a run's users there are at which time. Knows nothing of Locust, so that the lab can read it too."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Shape:
    """A line through `points`: (share of the run's time, share of its users), from (0, …) to (1, …).

    `seconds` is how long a run takes when nobody says.
    """

    title: str
    seconds: int
    points: tuple[tuple[float, float], ...]

    def users(self, at: float, most: int) -> int:
        """Return the users at `at` (share of the run's time) of a run with at most `most`; always one or more."""
        reached = [point for point in self.points if point[0] <= at]
        before, after = reached[-1], next((point for point in self.points if point[0] > at), reached[-1])
        way = (at - before[0]) / (after[0] - before[0]) if after[0] > before[0] else 0.0
        return max(1, round((before[1] + way * (after[1] - before[1])) * most))


SHAPES: Mapping[str, Shape] = MappingProxyType({
    "steady": Shape("all users from start to end", 30, ((0, 1), (1, 1))),
    "ramp": Shape("from few to all: where does it begin to hurt?", 120, ((0, 0), (1, 1))),
    "spike": Shape("a fifth, then all at once, then a fifth again", 120, (
        (0, 0.2), (0.4, 0.2), (0.4, 1), (0.6, 1), (0.6, 0.2), (1, 0.2),
    )),
    "soak": Shape("half of them, for long: what leaks, what fills up?", 1800, ((0, 0.5), (1, 0.5))),
    "black-friday": Shape("a crowd before the doors, the rush, a long day, the last hour", 300, (
        (0, 0.1), (0.15, 0.4), (0.2, 0.4), (0.2, 1), (0.3, 1), (0.4, 0.6), (0.75, 0.5), (0.85, 0.8), (0.9, 0.8),
        (1, 0.1),
    )),
})  # fmt: skip
