"""terraform/ as checkov sees it: nothing is found, and what is passed over says why."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from lab.core import proc
from lab.core.errors import CommandError
from lab.core.paths import CHECKOUT, Paths
from lab.tools import isolated

MODULES = CHECKOUT / "terraform" / "modules"


@pytest.fixture(scope="module")
def checkov() -> Path:
    try:
        return isolated.tool(Paths(), "checkov", "checkov, a scanner of Terraform")
    except CommandError as error:
        pytest.skip(f"checkov can't be installed: {error.why}")


def findings(checkov: Path, folder: Path) -> set[str]:
    words = ["--directory", str(folder), "--framework", "terraform", "--quiet", "--skip-download", "--output", "json"]
    done = proc.run([checkov, "-m", "checkov.main", *words], timeout=900, check=False)
    seen: dict[str, Any] = json.loads(done.stdout)
    assert seen["summary"]["parsing_errors"] == 0
    return {
        f"{found['resource']}: {found['check_id']} {found['check_name']}" for found in seen["results"]["failed_checks"]
    }


@pytest.mark.timeout(1000)
def test_the_modules_are_as_they_should_be(checkov: Path) -> None:
    assert findings(checkov, MODULES) == set()


@pytest.mark.timeout(1000)
def test_a_database_that_is_open_and_unencrypted_is_found(checkov: Path) -> None:
    found = findings(checkov, CHECKOUT / "tests" / "invalid" / "terraform")
    assert any("CKV_AWS_16 " in line for line in found)
    assert any("CKV_AWS_17 " in line for line in found)


def test_what_is_passed_over_says_why() -> None:
    skips = [line for file in MODULES.rglob("*.tf") for line in file.read_text().splitlines() if "checkov:" in line]
    assert skips
    assert [line for line in skips if not re.fullmatch(r"  #checkov:skip=CKV2?_AWS_\d+:.{20,}", line)] == []
