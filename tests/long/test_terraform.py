"""terraform/: formatted, valid, and each module does and refuses what its tests say."""

import re
import shutil
from pathlib import Path

import pytest

from lab.core import proc
from lab.core.errors import LabError
from lab.core.paths import CHECKOUT
from lab.tools.programs import program

MODULES = sorted(folder.name for folder in (CHECKOUT / "terraform" / "modules").iterdir())
FILES = sorted(file for part in ("modules", "environments") for file in (CHECKOUT / "terraform" / part).rglob("*.tf"))
ENVIRONMENTS = sorted(folder.name for folder in (CHECKOUT / "terraform" / "environments").iterdir())


@pytest.fixture(scope="module")
def terraform() -> Path:
    try:
        return program("terraform")
    except LabError as error:
        pytest.skip(f"{error.what}: {error.why}")


@pytest.fixture(scope="module")
def tree(terraform: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of terraform/, so that what `init` writes stays out of the checkout."""
    tree = Path(shutil.copytree(CHECKOUT / "terraform", tmp_path_factory.mktemp("terraform") / "terraform"))
    tried = run(terraform, tree / "modules" / MODULES[0], "init", "-backend=false", "-no-color", check=False)
    if "Failed to query available provider packages" in tried.stderr:
        pytest.skip("neither a registry nor a mirror has Terraform's AWS provider")
    for lock in tree.rglob(
        ".terraform.lock.hcl"
    ):  # a mirror may have another version; the files must be valid with it too
        lock.unlink()
    return tree


def run(terraform: Path, folder: Path, *words: str, check: bool = True) -> proc.Completed:
    return proc.run([terraform, f"-chdir={folder}", *words], timeout=120, check=check)


def test_every_file_is_formatted(terraform: Path) -> None:
    proc.run([terraform, "fmt", "-check", "-recursive", "-diff", CHECKOUT / "terraform"], timeout=60)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_an_environment_is_valid(terraform: Path, tree: Path, name: str) -> None:
    folder = tree / "environments" / name
    run(terraform, folder, "init", "-backend=false", "-input=false")
    run(terraform, folder, "validate")


@pytest.mark.parametrize("name", MODULES)
def test_a_module_does_and_refuses_what_its_tests_say(terraform: Path, tree: Path, name: str) -> None:
    folder = tree / "modules" / name
    run(terraform, folder, "init", "-backend=false", "-input=false")
    said = run(terraform, folder, "test", "-no-color").stdout
    assert " 0 failed" in said
    assert "Success! 0 passed" not in said


@pytest.mark.parametrize("name", MODULES)
def test_a_module_has_the_usual_files_and_no_provider_of_its_own(name: str) -> None:
    folder = CHECKOUT / "terraform" / "modules" / name
    assert {"main.tf", "variables.tf", "outputs.tf", "tests"} <= {entry.name for entry in folder.iterdir()}
    assert not [file.name for file in folder.glob("*.tf") if "\nprovider " in f"\n{file.read_text()}"]


@pytest.mark.parametrize("name", MODULES)
def test_each_rule_of_a_module_is_seen_to_refuse(name: str) -> None:
    folder = CHECKOUT / "terraform" / "modules" / name
    declared = re.split(r"^variable ", (folder / "variables.tf").read_text(), flags=re.MULTILINE)[1:]
    rules = {block.split('"')[1]: block.count("  validation {") for block in declared}
    refused = re.findall(
        r"expect_failures = \[var\.(\w+)\]", "".join(f.read_text() for f in folder.glob("tests/*.hcl"))
    )
    assert {
        variable: refused.count(variable) for variable, count in rules.items() if refused.count(variable) < count
    } == {}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(CHECKOUT)))
def test_every_variable_and_output_says_what_it_is(file: Path) -> None:
    blocks = re.findall(r'^(?:variable|output) "(\w+)" \{(.*?)^\}', file.read_text(), re.MULTILINE | re.DOTALL)
    assert [name for name, body in blocks if not re.search(r'^  description = ".{10,}"$', body, re.MULTILINE)] == []
    assert [name for name, body in blocks if "sensitive" not in body and re.search("password|token", name)] == []


def test_dev_and_prod_differ_by_their_settings_alone() -> None:
    dev, prod = (CHECKOUT / "terraform" / "environments" / name for name in ("dev", "prod"))
    for file in ("main.tf", "variables.tf", "outputs.tf", ".terraform.lock.hcl"):
        assert (dev / file).read_text() == (prod / file).read_text()
    names = [re.findall(r"^  (\w+) +=", (folder / "settings.tf").read_text(), re.MULTILINE) for folder in (dev, prod)]
    assert names[0] == names[1]
