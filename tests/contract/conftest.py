"""What contract tests can't be run without, each told in one line where it is missing."""

import pytest

from lab.core.errors import UsageError
from lab.tools.programs import program


@pytest.fixture(scope="session")
def _kubectl() -> None:
    """Skip, in one line that says why, where kubectl can't be had: it brings kustomize."""
    try:
        program("kubectl")
    except UsageError as error:
        pytest.skip(f"nothing can be rendered: {error.what}")
