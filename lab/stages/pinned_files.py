"""Charts and manifests: files that lab.lock pins by SHA-256, from a bundle or the internet, kept in the cache."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx

from lab.core.config import Config
from lab.core.errors import LabError, UsageError
from lab.core.files import replace
from lab.core.say import say
from lab.core.versions import Chart, Manifest
from lab.stages.fetched import Fetched, Notes
from lab.tools import internet

TAKE = "--substitutes (or LAB_SUBSTITUTES=1) takes it in its place, and every report says so"

type _Source = tuple[str, Callable[[], bytes]]  # where it is, and what reads it


class PinnedFiles:
    """The files of lab.lock in the folder `cache`."""

    def __init__(self, cache: Path, config: Config, notes: Notes) -> None:
        self._cache, self._config, self._notes = cache, config, notes

    def chart(self, pin: Chart) -> Path:
        """Return a chart's archive."""
        sources = self._sources(f"charts/{pin.file}", pin.url)
        if len(sources) == 1 and (other := self._other_version(pin)) is not None:
            sources = [(str(other), other.read_bytes)]
        return self._file(chart_name(pin), pin.file, pin.sha256, sources)

    def manifest(self, pin: Manifest) -> Path:
        """Return the file of a release's own manifests."""
        sources = self._sources(f"manifests/{pin.name}/{Path(pin.url).name}", pin.url)
        return self._file(manifest_name(pin), f"{pin.name}-{pin.version}.yaml", pin.sha256, sources)

    def _other_version(self, pin: Chart) -> Path | None:
        """Return the bundle's chart of that name and of another version, where substitutes are taken."""
        if self._config.bundle is None or not self._config.substitutes:
            return None
        return next(iter(sorted(self._config.bundle.glob(f"charts/{pin.name}-[0-9]*.tgz"))), None)

    def _sources(self, in_bundle: str, url: str) -> list[_Source]:
        kept = self._config.bundle / in_bundle if self._config.bundle else None
        bundled: list[_Source] = [(str(kept), kept.read_bytes)] if kept is not None and kept.is_file() else []
        return [*bundled, (url, lambda: self._download(url))]

    def _file(self, key: str, name: str, sha256: str, sources: Sequence[_Source]) -> Path:
        """Return the cached file, or take it from the first source; it must be what is pinned, or may stand for it."""
        file = self._cache / name
        known = self._notes.usable(key, sha256)
        if known is not None and file.is_file():
            wanted = known.substitute.removeprefix("sha256:") or sha256
            if _sha256(file.read_bytes()) == wanted:
                return file
        where, read = sources[0]
        content = read()
        got = _sha256(content)
        if got != sha256 and not self._config.substitutes:
            why = f"{where} has SHA-256 {got}, lab.lock says {sha256}"
            raise LabError(f"{key} is not what lab.lock pins", why=why, fix=TAKE)
        replace(file, content)
        self._notes.remember(key, Fetched(locked=sha256, substitute="" if got == sha256 else f"sha256:{got}"))
        return file

    def _download(self, url: str) -> bytes:
        if self._config.offline:
            raise UsageError(f"{url} is not here, and offline nothing is downloaded", fix="./inv lab.fetch first")
        say(f"downloading {url}")
        try:
            with internet.client() as client:
                answer = client.get(url).raise_for_status()
        except httpx.HTTPError as error:
            fix = "./inv lab.fetch with a way to the internet, or ./inv lab.fetch --bundle DIR"
            raise UsageError(f"{url} can't be downloaded", why=f"{type(error).__name__}: {error}", fix=fix) from error
        return answer.content


def chart_name(pin: Chart) -> str:
    """Return how a chart is called in notes and reports."""
    return f"chart {pin.name} {pin.version}"


def manifest_name(pin: Manifest) -> str:
    """Return how a manifest is called in notes and reports."""
    return f"manifest {pin.name} {pin.version}"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
