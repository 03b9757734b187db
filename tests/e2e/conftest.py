"""Labs for the end-to-end tests: one that is up for the whole session, and copies not yet up."""

from collections.abc import Iterator

import pytest

from tests.e2e.host_lab import Lab, copied_lab


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """A lab up on the host rung; leave it healthy."""
    with copied_lab() as lab:
        lab.up()
        yield lab


@pytest.fixture
def fresh_lab() -> Iterator[Lab]:
    """A copy of the checkout whose lab was never up."""
    with copied_lab() as lab:
        yield lab


@pytest.fixture(scope="session")
def idle_lab() -> Iterator[Lab]:
    """A copy of the checkout for what needs no lab; don't raise it."""
    with copied_lab() as lab:
        yield lab
