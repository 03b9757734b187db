"""Charts: their own version, and the one that they stand for."""

import tarfile
from pathlib import Path

import pytest

from lab.core import proc
from lab.core.errors import LabError, UsageError
from lab.tools import charts
from lab.tools.programs import program


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    folder = tmp_path / "web"
    folder.mkdir()
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: web\nversion: 0.9.0\n")
    with tarfile.open(tmp_path / "web-0.9.0.tgz", "w:gz") as archive:
        archive.add(folder, "web")
    return tmp_path / "web-0.9.0.tgz"


def test_a_chart_says_its_version(chart: Path) -> None:
    assert charts.version_of(chart) == "0.9.0"


@pytest.mark.parametrize("content", [b"", b"no archive"])
def test_what_is_no_chart_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "web-1.0.0.tgz"
    file.write_bytes(content)
    with pytest.raises(LabError) as caught:
        charts.version_of(file)
    assert "web-1.0.0.tgz is no Helm chart" in caught.value.what


def test_a_chart_is_pushed_under_the_version_that_it_stands_for(chart: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        program("helm", offline=True)
    except UsageError as error:
        pytest.skip(str(error.what))
    pushed: list[tuple[str, str]] = []
    run = proc.run

    def registry(argv: list[str | Path], **options: object) -> proc.Completed:
        if argv[1] != "push":
            return run(argv, **options)  # type: ignore[arg-type] # as it was called
        pushed.append((Path(argv[2]).name, charts.version_of(Path(argv[2]))))
        return proc.Completed(("helm",), 0, "", "", 0)

    monkeypatch.setattr(proc, "run", registry)
    charts.push(chart, "0.9.0", "127.0.0.1:1")
    charts.push(chart, "1.0.0", "127.0.0.1:1")
    assert pushed == [("web-0.9.0.tgz", "0.9.0"), ("web-1.0.0.tgz", "1.0.0")]
