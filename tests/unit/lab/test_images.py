"""Pulling: progress by layer, and a rate limit that says what to do."""

from pathlib import Path

import pytest

from lab.core.errors import LabError
from lab.core.say import Listener, listening
from lab.core.versions import Image
from lab.tools import images

IMAGE = Image(name="docker.io/library/web", version="1", digest=f"sha256:{'a' * 64}", use="cluster")
_LAYERS = """#!/bin/sh
case "$1" in
  pull) printf 'a1: Pulling fs layer\\nb2: Pulling fs layer\\na1: Pull complete\\nb2: Pull complete\\n' ;;
  tag) [ "$3" = docker.io/library/web:1 ] ;;
  *) exit 64 ;;
esac
"""
_LIMIT = """#!/bin/sh
echo 'toomanyrequests: You have reached your unauthenticated pull rate limit.' >&2
exit 1
"""


def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    file = tmp_path / "docker"
    file.write_text(script)
    file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")


def test_a_pull_shows_its_layers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker(tmp_path, monkeypatch, _LAYERS)
    seen: list[tuple[float, float]] = []
    with listening(Listener(lambda _text: None, lambda done, total: seen.append((done, total)))):
        images.pull(IMAGE)
    assert seen == [(0, 1), (0, 2), (1, 2), (2, 2)]


def test_a_rate_limit_says_how_to_be_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker(tmp_path, monkeypatch, _LIMIT)
    with pytest.raises(LabError) as caught:
        images.pull(IMAGE)
    assert "toomanyrequests" in caught.value.why
    assert "docker login docker.io" in caught.value.fix


_LISTED = """#!/bin/sh
[ "$*" = "images --format {{.Repository}}:{{.Tag}}" ] || exit 64
printf '%s\\n' library/web:3 example.org/library/web:4 web:2 'web:<none>' example.org/other/web:1 example.org/web:5
"""


def test_stand_ins_are_of_the_same_repository_then_of_its_path_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker(tmp_path, monkeypatch, _LISTED)
    assert images.stand_ins("docker.io/library/web") == [
        "docker.io/library/web:3",
        "docker.io/library/web:2",
        "library/web:3",
        "example.org/library/web:4",
        "web:2",
    ]
