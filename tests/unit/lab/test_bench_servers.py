"""What a benchmark's servers inherit from the user's shell: no more than the host rung's own programs."""

from pathlib import Path

import pytest

from lab.core.paths import Paths
from lab.core.wait import wait
from lab.stages.bench_servers import server

_THEIRS = ("DATABASE_PASSWORD", "REDIS_PASSWORD", "AWS_PROFILE", "AWS_DEFAULT_PROFILE")
_TOLD = (
    "import os, time\nprint(*(f'{k}={v}' for k, v in os.environ.items()), 'END', sep='\\n', flush=True)\ntime.sleep(60)"
)


@pytest.mark.parametrize("pinned", [True, False])
def test_passwords_and_profiles_of_another_project_reach_no_server_and_the_benchmarks_own_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pinned: bool
) -> None:
    (tmp_path / "told.py").write_text(_TOLD)
    for name in (*_THEIRS, "HTTPS_PROXY"):
        monkeypatch.setenv(name, "theirs")
    paths = Paths(tmp_path)
    log = paths.logs / "bench-sink.log"
    with server(paths, ["told"], {"DATABASE_PASSWORD": "ours"}, "sink", pinned=pinned):
        lines = wait(
            "environment", lambda: log.read_text().splitlines(), lambda seen: "END" in seen, explain=lambda _: ""
        )
    seen = {line for line in lines if line.endswith(("=theirs", "=ours"))}
    assert seen == {"HTTPS_PROXY=theirs", "DATABASE_PASSWORD=ours"}
