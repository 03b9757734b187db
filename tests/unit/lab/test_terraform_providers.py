"""Terraform's providers in the cache: asked alone once an init proved them, else begun anew."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from lab.core.config import Config
from lab.core.errors import CommandError
from lab.core.paths import Paths
from lab.stages.fetched import Notes
from lab.stages.terraform_providers import ENVIRONMENT, LOCK, Providers
from lab.tools.terraform import Terraform
from tests.full_disk import full_disk

VERSION, CONTENT = "6.49.0", b"all of a provider"


def _file(root: Path) -> Path:
    return root / "registry.terraform.io/hashicorp/aws" / VERSION / "linux_amd64" / f"terraform-provider-aws_v{VERSION}"


def _put(root: Path, content: bytes) -> Path:
    file = _file(root)
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    return file


class _FakeTerraform(Terraform):
    """Puts the provider where it is told to; a provider that is there already is proven by its content."""

    def __init__(self, env: Mapping[str, str], *, internet: bool = True) -> None:
        self._internet = internet and "TF_PLUGIN_CACHE_DIR" in env
        mirror = "" if "TF_PLUGIN_CACHE_DIR" in env else Path(env["TF_CLI_CONFIG_FILE"]).read_text().split('"')[1]
        self._cache = Path(mirror or env["TF_PLUGIN_CACHE_DIR"])

    def init(self, *, backend: bool = True, settings: Mapping[str, str] | None = None) -> None:
        assert (backend, settings) == (True, None)
        file = _file(self._cache)
        if self._internet and not file.exists():
            _put(self._cache, CONTENT)
        if not file.is_file() or file.read_bytes() != CONTENT:
            raise CommandError(("terraform", "init"), 1, why="doesn't match any of the checksums", detail="")


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    lock = tmp_path / "terraform" / ENVIRONMENT / LOCK
    lock.parent.mkdir(parents=True)
    lock.write_text(f'version = "{VERSION}"\n')
    return Paths(tmp_path)


def _init(paths: Paths, config: Config | None = None, *, internet: bool = True) -> bool:
    """Initialise as a command does; return whether the cache alone was asked."""
    providers = Providers(paths, config or Config(), Notes(paths.cache / "notes.json", substitutes=False))
    env = providers.environment()
    providers.init(_FakeTerraform(env, internet=internet), paths.run)
    return "TF_CLI_CONFIG_FILE" in env


def test_the_cache_alone_is_asked_once_an_init_succeeded(paths: Paths) -> None:
    assert not _init(paths)
    assert _init(paths, internet=False)


def test_half_a_provider_is_begun_anew(paths: Paths) -> None:
    _put(paths.cache / "terraform-plugins", CONTENT[:4])
    with pytest.raises(CommandError):
        _init(paths, internet=False)
    assert not _init(paths)
    assert _init(paths, internet=False)


def test_offline_what_is_there_is_asked_alone_and_stays(paths: Paths) -> None:
    """It may be whole: a cache of a lab that put no stamp on it, or one whose stamp the disk had no room for."""
    _put(paths.cache / "terraform-plugins", CONTENT)
    assert _init(paths, Config(offline=True), internet=False)


def test_what_another_version_has_stays(paths: Paths) -> None:
    other = _put(paths.cache / "terraform-plugins", CONTENT)
    _init(paths)
    (paths.checkout / "terraform" / ENVIRONMENT / LOCK).write_text('version = "6.50.0"\n')
    with pytest.raises(CommandError):
        Providers(paths, Config(), Notes(paths.cache / "notes.json", substitutes=False)).init(
            _FakeTerraform({"TF_PLUGIN_CACHE_DIR": str(paths.cache)}, internet=False), paths.run
        )
    assert other.is_file()


def test_a_bundle_that_found_no_room_is_copied_again(paths: Paths, tmp_path: Path) -> None:
    config = Config(bundle=tmp_path / "bundle")
    _put(tmp_path / "bundle" / "terraform-plugins", CONTENT)
    with full_disk(), pytest.raises(OSError, match="too large"):
        _init(paths, config, internet=False)
    assert not _file(paths.cache / "terraform-plugins").exists()
    assert [file for file in paths.cache.rglob("*") if file.is_file()] == []
    assert _init(paths, config, internet=False)
    assert _init(paths, internet=False)


def test_a_bundle_takes_the_place_of_half_a_provider(paths: Paths, tmp_path: Path) -> None:
    _put(paths.cache / "terraform-plugins", CONTENT[:4])
    _put(tmp_path / "bundle" / "terraform-plugins", CONTENT)
    assert _init(paths, Config(bundle=tmp_path / "bundle"), internet=False)
