"""tflocal asks LocalStack for the state's bucket: whatever proxy and profile the user's shell names."""

from pathlib import Path

import pytest

from lab.core.config import Config
from lab.core.paths import CHECKOUT, Paths
from lab.stages.fetched import Notes
from lab.stages.terraform_local import LocalCloud
from lab.stages.terraform_providers import Providers
from tests.serving import Asked, serving

_TERRAFORM = """#!/bin/sh
[ "$1" = version ] && echo '{"terraform_version": "1.14.0"}'
exit 0
"""


def test_the_states_bucket_is_asked_for_directly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terraform, asked = tmp_path / "terraform-program", list[str]()
    terraform.write_text(_TERRAFORM)
    terraform.chmod(0o755)
    monkeypatch.setattr("lab.tools.terraform.program", lambda _: terraform)
    (tmp_path / "terraform").symlink_to(CHECKOUT / "terraform")
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv("no_proxy", "10.0.0.0/8")
    monkeypatch.setenv("AWS_PROFILE", "of-another-project")

    def answer(request: Asked) -> tuple[int, bytes]:
        asked.append(f"{request.method} {request.url.path}")
        return 200, b""

    with serving(answer) as port:
        paths = Paths(tmp_path)
        providers = Providers(paths, Config(), Notes(tmp_path / "notes.json", substitutes=False))
        LocalCloud(paths, f"http://127.0.0.1:{port}", {}, providers)._prepared()
    assert asked == ["HEAD /kubeflow-ops-state"]
