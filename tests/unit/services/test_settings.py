"""Settings that come by files."""

from pathlib import Path

import pytest

from services.common.settings import Settings, load


def test_a_secret_that_is_no_text_is_named_and_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "database_password").write_bytes(b"secret\xff")
    monkeypatch.setenv("SECRETS_DIR", str(tmp_path))
    for name in ("DATABASE_HOST", "DATABASE_NAME", "DATABASE_USER"):
        monkeypatch.setenv(name, "x")
    with pytest.raises(SystemExit, match="2"):
        load(Settings)
    assert capsys.readouterr().err == "settings: DATABASE_PASSWORD: not UTF-8 text\n"
