"""Charts and manifests are what lab.lock pins, or are refused by name."""

import hashlib
from pathlib import Path

import pytest

from lab.core.config import Config
from lab.core.errors import LabError, UsageError
from lab.core.versions import Chart
from lab.stages.fetched import Notes
from lab.stages.pinned_files import PinnedFiles
from lab.tools.internet import PROXIES

_RELEASED = b"the chart as released"
CHART = Chart(
    name="web", version="1.0.0", repository="https://example.org/charts", sha256=hashlib.sha256(_RELEASED).hexdigest()
)


def files(folder: Path, content: bytes | None, *, substitutes: bool = False, offline: bool = False) -> PinnedFiles:
    bundle = folder / "bundle"
    (bundle / "charts").mkdir(parents=True, exist_ok=True)
    if content is not None:
        (bundle / "charts" / CHART.file).write_bytes(content)
    config = Config(bundle=bundle, substitutes=substitutes, offline=offline)
    return PinnedFiles(folder / "cache", config, Notes(folder / "notes.json", substitutes=config.substitutes))


def test_a_bundles_file_is_kept(tmp_path: Path) -> None:
    kept = files(tmp_path, _RELEASED).chart(CHART)
    assert kept.read_bytes() == _RELEASED
    (tmp_path / "bundle" / "charts" / CHART.file).unlink()
    assert files(tmp_path, None, offline=True).chart(CHART) == kept


def test_another_digest_is_refused_with_both(tmp_path: Path) -> None:
    with pytest.raises(LabError) as caught:
        files(tmp_path, b"something else").chart(CHART)
    assert "chart web 1.0.0 is not what lab.lock pins" in caught.value.what
    assert CHART.sha256 in caught.value.why
    assert "--substitutes" in caught.value.fix
    assert not (tmp_path / "cache").exists()


def test_a_substitute_is_taken_only_when_asked_for(tmp_path: Path) -> None:
    assert files(tmp_path, b"something else", substitutes=True).chart(CHART).read_bytes() == b"something else"
    with pytest.raises(LabError, match=r"not what lab\.lock pins"):
        files(tmp_path, b"something else").chart(CHART)


def test_a_cached_file_that_was_changed_is_taken_anew(tmp_path: Path) -> None:
    kept = files(tmp_path, _RELEASED).chart(CHART)
    kept.write_bytes(b"cut off")
    assert files(tmp_path, _RELEASED).chart(CHART).read_bytes() == _RELEASED


def test_offline_nothing_is_downloaded(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        files(tmp_path, None, offline=True).chart(CHART)
    assert "offline nothing is downloaded" in caught.value.what
    assert "lab.fetch" in caught.value.fix


def test_a_chart_of_another_version_is_taken_only_when_asked_for(tmp_path: Path) -> None:
    other = tmp_path / "bundle" / "charts" / "web-0.9.0.tgz"
    files(tmp_path, None)
    other.write_bytes(b"an older one")
    (other.parent / "web-server-1.0.0.tgz").write_bytes(b"another chart")
    with pytest.raises(UsageError, match="offline nothing is downloaded"):
        files(tmp_path, None, offline=True).chart(CHART)
    assert files(tmp_path, None, offline=True, substitutes=True).chart(CHART).read_bytes() == b"an older one"
    known = Notes(tmp_path / "notes.json", substitutes=True).known()["chart web 1.0.0"]
    assert known.substitute.startswith("sha256:")


@pytest.mark.parametrize("url", ["socks5://user:secret@127.0.0.1:9", "socks://127.0.0.1:9", "http://proxy:x"])
@pytest.mark.parametrize("setting", ["ALL_PROXY", "https_proxy"])
def test_a_proxy_that_no_download_can_use_is_named_by_its_setting(
    setting: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", "127.0.0.1:9")
    monkeypatch.setenv(setting, url)
    with pytest.raises(UsageError) as caught:
        files(tmp_path, None).chart(CHART)
    assert caught.value.what == f"{setting} can't be used for a download"
    assert "secret" not in str(caught.value)
