"""promtool, for the tests that need it."""

from pathlib import Path

import pytest

from lab.core.errors import UsageError
from lab.tools.programs import program


def promtool() -> Path:
    """Return where promtool is. Skips the test, in one line that says why, where it can't be had."""
    try:
        return program("promtool")
    except UsageError as error:
        pytest.skip(f"no query was parsed or run: {error.what}")
