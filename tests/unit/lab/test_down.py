"""lab.down where Docker does not answer: what it may hold of the lab is not taken for nothing."""

from pathlib import Path

import pytest

from lab.core.errors import LabError
from lab.core.paths import Paths
from lab.core.state import LabState, save
from lab.flows import down as flow


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """A checkout, and a docker command that gives no answer."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "docker").write_text("#!/bin/sh\nexec sleep 30\n")
    (programs / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setattr(flow, "_ENGINE_TIMEOUT", 0.5)
    paths = Paths(tmp_path / "checkout")
    paths.run.mkdir(parents=True)
    monkeypatch.setattr(flow, "Paths", lambda: paths)
    return paths


def test_an_engine_that_is_slow_to_answer_is_not_taken_for_none(paths: Paths) -> None:
    with pytest.raises(LabError) as caught:
        flow.down(wipe=False, plain=True)
    assert "what Docker holds of this lab is not known" in str(caught.value)
    assert "time limit of 0.5 s" in str(caught.value)
    assert paths.run.exists(), "lab.down is to be run again"


def test_a_lab_of_the_host_ends_whatever_docker_does(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    class Rung:
        def stop(self) -> None: ...

    monkeypatch.setattr(flow, "rung_of", lambda *_: Rung())
    save(paths.run, LabState(runtime="host", lab_id=paths.lab_id, services={}, localstack=0))
    flow.down(wipe=False, plain=True)
    assert "nothing is left" in capfd.readouterr().err
    assert not paths.run.exists()
