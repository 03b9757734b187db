"""Terraform's providers: pinned by the environment's .terraform.lock.hcl, kept in the cache, taken from it afterwards.

The cache is laid out as Terraform's plugin cache and as its filesystem mirror, which are the same
(https://developer.hashicorp.com/terraform/cli/config/config-file#provider-installation).
"""

import hashlib
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from lab.core.config import Config
from lab.core.errors import CommandError
from lab.core.paths import Paths
from lab.core.say import say
from lab.stages.fetched import Fetched, Notes
from lab.stages.pinned_files import TAKE
from lab.tools.terraform import Terraform

LOCK = ".terraform.lock.hcl"
ENVIRONMENT = Path("environments") / "local"
_AWS = "*/hashicorp/aws"
_MIRRORED = "a mirror's version "
_MIRROR = 'provider_installation {{\n  filesystem_mirror {{\n    path = "{path}"\n  }}\n}}\n'


class Providers:
    """The providers of one lab; `notes` tell which stand for others."""

    def __init__(self, paths: Paths, config: Config, notes: Notes) -> None:
        self._paths, self._config, self._notes = paths, config, notes
        self._cache = paths.cache / "terraform-plugins"

    def environment(self) -> Mapping[str, str]:
        """Return what tells Terraform where providers are: the cache alone once it has them: nobody else is asked."""
        self._from_bundle()
        if not self._alone():
            self._cache.mkdir(parents=True, exist_ok=True)
            return {"TF_PLUGIN_CACHE_DIR": str(self._cache), "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE": "1"}
        file = self._paths.cache / "terraform.rc"
        file.write_text(_MIRROR.format(path=str(self._cache).replace("\\", "\\\\").replace('"', '\\"')))
        return {"TF_CLI_CONFIG_FILE": str(file)}

    def init(
        self, terraform: Terraform, folder: Path, *, backend: bool = True, settings: Mapping[str, str] | None = None
    ) -> None:
        """Initialise `folder` with what is locked, or what may stand for it; `settings` as Terraform.init takes them.

        What an earlier one left without its stamp is begun anew. Raises CommandError when neither can be had.
        """
        if not self._alone():
            for left in self._cache.glob(f"{_AWS}/*"):
                if not self._stamp(left.name).is_file():
                    shutil.rmtree(left)
        self._init(terraform, folder, backend=backend, settings=settings)
        self._stamp(self._version()).touch()

    def _init(self, terraform: Terraform, folder: Path, *, backend: bool, settings: Mapping[str, str] | None) -> None:
        name, _, digest = locked(self._paths)
        known = self._notes.usable(name, digest)
        if known is None or not known.substitute:
            try:
                terraform.init(backend=backend, settings=settings)
            except CommandError as error:
                if not self._config.substitutes:
                    error.fix = f"./inv lab.fetch with a way to the internet; if a mirror has another version, {TAKE}"
                    raise
            else:
                return
        (folder / LOCK).unlink(missing_ok=True)
        terraform.init(backend=backend, settings=settings)
        taken = next(folder.glob(".terraform/providers/*/hashicorp/aws/*"))
        say(f"{name}: {taken.name} in its place")
        self._notes.remember(name, Fetched(locked=digest, substitute=f"{_MIRRORED}{taken.name}"))

    def _alone(self) -> bool:
        """Return whether the cache is all that is asked: offline and with a bundle also for what no init proved yet."""
        version, bundle = self._version(), self._bundled()
        stamped = self._stamp(version).is_file()
        return _has(self._cache, version) and (
            stamped or self._config.offline or (bundle is not None and _has(bundle, version))
        )

    def _stamp(self, version: str) -> Path:
        """Return the file that says that an init succeeded with this version in the cache: all of it is there."""
        return self._cache.with_name(f"{self._cache.name}-{version}.whole")

    def _bundled(self) -> Path | None:
        return self._config.bundle / self._cache.name if self._config.bundle else None

    def _version(self) -> str:
        """Return the version that is used: what is locked, or what stands for it."""
        name, version, digest = locked(self._paths)
        known = self._notes.usable(name, digest)
        return known.substitute.removeprefix(_MIRRORED) if known and known.substitute else version

    def save(self, folder: Path) -> None:
        """Write the cache to a bundle, links of a local mirror as what they lead to."""
        if self._cache.is_dir():
            shutil.copytree(self._cache, folder / self._cache.name)

    def _from_bundle(self) -> None:
        """Bring a bundle's providers, each whole or not at all, unless what is used of them is here already."""
        kept, version = self._bundled(), self._version()
        if kept is None or not _has(kept, version) or (_has(self._cache, version) and self._stamp(version).is_file()):
            return
        part = self._cache.with_name(f"{self._cache.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        try:
            shutil.copytree(kept, part)
            for whole in part.glob(f"{_AWS}/*"):
                place = self._cache / whole.relative_to(part)
                shutil.rmtree(place, ignore_errors=True)
                place.parent.mkdir(parents=True, exist_ok=True)
                whole.rename(place)
        finally:
            shutil.rmtree(part, ignore_errors=True)


def _has(root: Path, version: str) -> bool:
    return any(root.glob(f"{_AWS}/{version}/*/terraform-provider-*"))


def locked(paths: Paths) -> tuple[str, str, str]:
    """Return the locked provider as reports call it, its version, and the digest of what locks it."""
    text = (paths.checkout / "terraform" / ENVIRONMENT / LOCK).read_text()
    found = re.search(r'version\s*=\s*"([^"]+)"', text)
    version = found[1] if found else ""
    return f"provider hashicorp/aws {version}", version, hashlib.sha256(text.encode()).hexdigest()


def sources(root: Path) -> dict[str, str]:
    """Return every configuration file of ours below `root` with its content, none that init or tflocal wrote."""
    files = (f for f in root.rglob("*.tf*") if f.is_file() and ".terraform" not in f.parts)
    return {str(f.relative_to(root)): f.read_text() for f in files if f.name != "localstack_providers_override.tf"}
