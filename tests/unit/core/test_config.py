"""The lab's settings: a wrong one is named, with the way out."""

import pytest

from lab.core.config import load_config
from lab.core.errors import UsageError


@pytest.mark.parametrize(
    ("name", "value"), [("LAB_PORT", "eighty"), ("LAB_PORT", "80"), ("LAB_RUNTIME", "vmware"), ("LAB_PLAIN", "maybe")]
)
def test_a_wrong_setting_is_named_with_its_value(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(UsageError) as caught:
        load_config()
    assert name in str(caught.value)
    assert value in str(caught.value)
    assert caught.value.exit_code == 2


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_PORT", "8101")
    monkeypatch.setenv("LAB_RUNTIME", "host")
    config = load_config()
    assert (config.port, config.runtime) == (8101, "host")
