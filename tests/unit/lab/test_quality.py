"""How far a suite came, as pytest's lines tell it."""

from lab.core.say import Listener, listening
from lab.flows import quality


def test_a_suites_percents_are_its_progress() -> None:
    seen: list[float] = []
    with listening(Listener(lambda _text: None, lambda done, _total: seen.append(done))):
        for line in ("tests/unit/test_one.py ....   [  7%]", "a line of a test [50", "..... [100%]"):
            quality._far(line)
    assert seen == [7, 100]
