"""Options that ask for what can't be are refused with the way out, before anything is done or passed over."""

from collections.abc import Callable

import pytest

from lab.core.config import Config
from lab.core.errors import UsageError
from lab.core.state import SERVICES, LabState
from lab.drills.catalogue import DRILLS
from lab.flows import drill, load_plan, load_ui, logs, up

_ONE, _ALL = DRILLS[0].name, ",".join(kind.name for kind in DRILLS)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (lambda: logs.logs(None, follow=False, lines=-1), "--lines -1 is out of bounds"),
        (lambda: load_ui.serve(load_plan.plan(), 80_890), "--port 80890 is out of bounds"),
        (lambda: drill.every(None, None, -1, dry=True, plain=True), "--count -1 is out of bounds"),
        (lambda: drill.every(None, None, 0, dry=True, plain=True), "--count 0 is out of bounds"),
        (lambda: drill.every(_ONE, _ONE, 1, dry=True, plain=True), "no drill is left to run"),
        (lambda: drill.every(None, _ALL, 1, dry=True, plain=True), "no drill is left to run"),
    ],
)
def test_what_can_not_be_is_refused(asked: Callable[[], object], words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        asked()
    assert caught.value.fix


def test_a_lab_that_is_up_is_not_another_one() -> None:
    kind = LabState(
        runtime="kind", lab_id="x", services=dict.fromkeys(SERVICES, 8001), localstack=0, nodes=2, profile="core"
    )
    host = kind.model_copy(update={"runtime": "host", "nodes": 0})
    up._refuse_another(kind, None, None, Config())
    up._refuse_another(kind, "kind", 8001, Config(nodes=2, profile="core"))
    up._refuse_another(host, "host", None, Config(nodes=4, profile="full"))
    for config in (Config(nodes=4), Config(profile="full")):
        with pytest.raises(UsageError, match=r"is up already, .* profile core, 2 nodes"):
            up._refuse_another(kind, None, None, config)
