"""Memory as Kubernetes and Docker tell it, in MiB."""

import pytest

from lab.checks.usage import mebibytes


@pytest.mark.parametrize(("quantity", "expected"), [("2048Ki", 2.0), ("96Mi", 96.0), ("1Gi", 1024.0), ("1048576", 1.0)])
def test_quantities_are_read(quantity: str, expected: float) -> None:
    assert mebibytes(quantity) == expected


@pytest.mark.parametrize("quantity", ["", "Mi", "1.5Gi", "12k"])
def test_what_is_no_such_quantity_is_refused(quantity: str) -> None:
    with pytest.raises(ValueError, match=quantity or "^$"):
        mebibytes(quantity)
