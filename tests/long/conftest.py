"""Labs for the tests that take longer: those of the end-to-end tests, and one whose databases are overwritten."""

from collections.abc import Iterator

import pytest

from tests.e2e.conftest import fresh_lab, idle_lab, lab
from tests.e2e.host_lab import Lab, copied_lab

__all__ = ["data_lab", "fresh_lab", "idle_lab", "lab"]


@pytest.fixture(scope="session")
def data_lab() -> Iterator[Lab]:
    """A lab up on the host rung whose databases a test may overwrite; leave it healthy."""
    with copied_lab() as lab:
        lab.up()
        yield lab
