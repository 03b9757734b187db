"""terraform/ as TFLint sees it, where it is on PATH: every name, type, description and version as .tflint.hcl asks."""

import json
import shutil
from pathlib import Path

import pytest

from lab.core import proc
from lab.core.paths import CHECKOUT

TERRAFORM = CHECKOUT / "terraform"
FOLDERS = sorted({file.parent for kind in ("modules", "environments") for file in TERRAFORM.glob(f"{kind}/*/*.tf")})
pytestmark = pytest.mark.skipif(shutil.which("tflint") is None, reason="tflint is not on PATH")


def findings(folder: Path) -> set[str]:
    """Return the rules that `folder` breaks, each with file and words."""
    words: list[str | Path] = ["tflint", "--config", CHECKOUT / ".tflint.hcl", "--chdir", folder, "--format", "json"]
    seen = json.loads(proc.run(words, timeout=120, check=False).stdout)
    assert seen["errors"] == []
    return {
        f"{one['rule']['name']} {one['range']['filename']}:{one['range']['start']['line']}" for one in seen["issues"]
    }


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_nothing_is_found(folder: Path) -> None:
    assert findings(folder) == set()


def test_a_variable_that_breaks_rules_is_found() -> None:
    found = {line.split()[0] for line in findings(CHECKOUT / "tests" / "invalid" / "tflint")}
    assert {"terraform_naming_convention", "terraform_typed_variables", "terraform_unused_declarations"} <= found
