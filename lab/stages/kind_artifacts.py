"""What the cluster takes from elsewhere, brought into the lab's registry and cache; remembered by digest."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import httpx
from pydantic import BaseModel

from lab.core import proc
from lab.core.config import Config
from lab.core.errors import LabError, UsageError
from lab.core.paths import Paths
from lab.core.say import progress, say
from lab.core.state import LabState
from lab.core.versions import Chart, Image, Lock, Manifest, load_lock
from lab.tools import images
from lab.tools.programs import program
from lab.tools.registry import Registry

_TAKE = "--substitutes (or LAB_SUBSTITUTES=1) takes it in its place, and every report says so"


class Fetched(BaseModel):
    """One artefact that is here: what lab.lock asked for, what stands for it ("" when it is that), where it is."""

    locked: str
    substitute: str = ""
    digest: str = ""


class Artifacts:
    """Fetches by lab.lock, once; what is here already is proven and left."""

    def __init__(self, paths: Paths, state: LabState, config: Config, lock: Lock | None = None) -> None:
        self._paths, self._config, self._lock = paths, config, lock or load_lock()
        self._registry = Registry(state.registry)
        self._file = paths.cache / f"fetched-{state.lab_id}.json"

    def engine_image(self, name: str) -> str:
        """Return the reference under which the Engine has the locked image `name`."""
        image = self._lock.the_image(name)
        return self._in_engine(image).substitute or image.reference

    def engine_images(self) -> None:
        """Have every image that runs in the Engine, or is built upon, in the Engine."""
        wanted = [image for image in self._lock.image if image.use != "cluster"]
        for count, image in enumerate(wanted):
            progress(count, len(wanted))
            self._in_engine(image)

    def manifests(self) -> None:
        """Have every manifest in the cache."""
        for manifest in self._lock.manifest:
            self.manifest(manifest.name)

    def build_arguments(self) -> dict[str, str]:
        """Return what our Dockerfiles call their base images, each by digest, or by what stands for it."""
        named = {"PYTHON_IMAGE": "library/python", "UV_IMAGE": "astral-sh/uv", "RUNTIME_IMAGE": "/python3-debian13"}
        found = {}
        for argument, name in named.items():
            image = self._lock.the_image(name)
            found[argument] = self._in_engine(image).substitute or f"{image.name}@{image.digest}"
        return found

    def mirror(self) -> None:
        """Bring every image that runs in the cluster into the registry, under <host>/<path>:<tag>."""
        wanted = [image for image in self._lock.image if image.use == "cluster"]
        for count, image in enumerate(wanted):
            progress(count, len(wanted))
            path = f"{image.host}/{image.name.partition('/')[2]}"
            known = self._usable(image.reference, image.digest)
            if known is not None and self._registry.digest(path, image.version) == known.digest:
                continue
            found = self._in_engine(image)
            say(
                f"{image.reference} into the registry"
                + (f", {found.substitute} in its place" if found.substitute else "")
            )
            remote = f"{self._registry.address}/{path}:{image.version}"
            digest = images.push(found.substitute or image.reference, remote)
            self._remember(image.reference, found.model_copy(update={"digest": digest}))

    def charts(self) -> None:
        """Bring every chart into the registry, under charts/<name>:<version>."""
        for chart in self._lock.chart:
            file = self._chart(chart)
            digest = self._registry.digest(f"charts/{chart.name}", chart.version)
            known = self._known()[f"chart {chart.name} {chart.version}"]
            if digest is not None and digest == known.digest:
                continue
            target = f"oci://{self._registry.address}/charts"
            proc.run([program("helm"), "push", file, target, "--plain-http"], timeout=120)
            digest = self._registry.digest(f"charts/{chart.name}", chart.version)
            if digest is None:
                why = f"{file.name} calls itself another version than {chart.version}"
                raise LabError(f"chart {chart.name} is not in the registry", why=why, fix="look into the bundle")
            self._remember(f"chart {chart.name} {chart.version}", known.model_copy(update={"digest": digest}))

    def manifest(self, name: str) -> Path:
        """Return the file of a release's own manifests."""
        pin: Manifest = next(manifest for manifest in self._lock.manifest if manifest.name == name)
        sources: list[tuple[str, Callable[[], bytes]]] = []
        if self._config.bundle and (kept := self._config.bundle / "manifests" / name / Path(pin.url).name).is_file():
            sources.append((str(kept), kept.read_bytes))
        sources.append((pin.url, lambda: self._download(pin.url)))
        return self._file_of(f"manifest {name} {pin.version}", f"{name}-{pin.version}.yaml", pin.sha256, sources)

    def save(self, folder: Path) -> None:
        """Write every image, chart and manifest to `folder`, and what stands for what, as `--bundle` reads them."""
        for name in ("images", "charts", "manifests"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        for count, image in enumerate(self._lock.image):
            progress(count, len(self._lock.image))
            say(f"saving {image.reference}")
            local = self._in_engine(image).substitute or image.reference
            if local != image.reference:
                images.tag(local, image.reference)
            images.save(image.reference, folder / "images" / archive_name(image.reference))
        for chart in self._lock.chart:
            shutil.copyfile(self._chart(chart), folder / "charts" / chart.file)
        for manifest in self._lock.manifest:
            target = folder / "manifests" / manifest.name / Path(manifest.url).name
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(self.manifest(manifest.name), target)
        lines = [f"{name}: {substitute} stands for it" for name, substitute in self.substituted().items()]
        (folder / "substitutes.txt").write_text("\n".join([*lines, ""]))

    def substituted(self) -> dict[str, str]:
        """Return what stands for what: locked artefact -> its substitute."""
        known = ((name, self._known().get(name)) for name in self._names())
        return {name: seen.substitute for name, seen in known if seen is not None and seen.substitute}

    def _names(self) -> list[str]:
        """Return every artefact of lab.lock as it is remembered."""
        charts = [f"chart {chart.name} {chart.version}" for chart in self._lock.chart]
        manifests = [f"manifest {manifest.name} {manifest.version}" for manifest in self._lock.manifest]
        return [image.reference for image in self._lock.image] + charts + manifests

    def _in_engine(self, image: Image) -> Fetched:
        known = self._usable(image.reference, image.digest)
        if known is not None and known.substitute and images.repository_digests(known.substitute) is not None:
            return known
        self._from_bundle(image)
        digests = images.repository_digests(image.reference)
        if digests and image.digest in digests:
            return Fetched(locked=image.digest)
        found = None if digests is None else image.reference
        if found is None and self._config.substitutes:
            found = next((f"{image.name}:{tag}" for tag in images.tags_of(image.name)), None)
        if found is not None and self._config.substitutes:
            note = Fetched(locked=image.digest, substitute=found)
            self._remember(image.reference, note)
            return note
        if self._config.offline:
            why = (
                f"{found} is in the Engine, but not by its digest {image.digest}" if found else "the Engine has it not"
            )
            raise UsageError(f"{image.reference} is not here, and offline nothing is pulled", why=why, fix=_TAKE)
        try:
            images.pull(image)
        except LabError as error:
            if found is not None:
                error.fix += f"; the Engine has {found} by another digest: {_TAKE}"
            raise
        return Fetched(locked=image.digest)

    def _from_bundle(self, image: Image) -> None:
        archive = self._config.bundle / "images" / archive_name(image.reference) if self._config.bundle else None
        if archive is not None and archive.is_file() and images.repository_digests(image.reference) is None:
            say(f"loading {archive.name}")
            images.load(archive)

    def _chart(self, chart: Chart) -> Path:
        sources: list[tuple[str, Callable[[], bytes]]] = []
        if self._config.bundle and (kept := self._config.bundle / "charts" / chart.file).is_file():
            sources.append((str(kept), kept.read_bytes))
        url = f"{chart.repository}/{chart.file}"
        sources.append((url, lambda: self._download(url)))
        return self._file_of(f"chart {chart.name} {chart.version}", chart.file, chart.sha256, sources)

    def _file_of(self, key: str, name: str, sha256: str, sources: list[tuple[str, Callable[[], bytes]]]) -> Path:
        """Return the cached file, taken from the first source that has what is pinned, or may stand for it."""
        file = self._paths.cache / name
        known = self._usable(key, sha256)
        if (
            known is not None
            and file.is_file()
            and _sha256(file.read_bytes()) == (known.substitute.removeprefix("sha256:") or sha256)
        ):
            return file
        for where, read in sources:
            content = read()
            got = _sha256(content)
            if got != sha256 and not self._config.substitutes:
                why = f"{where} has SHA-256 {got}, lab.lock says {sha256}"
                raise LabError(f"{key} is not what lab.lock pins", why=why, fix=_TAKE)
            file.parent.mkdir(parents=True, exist_ok=True)
            part = file.with_suffix(".part")
            part.write_bytes(content)
            part.rename(file)
            self._remember(key, Fetched(locked=sha256, substitute="" if got == sha256 else f"sha256:{got}"))
            return file
        raise LabError(f"{key} has no source")

    def _download(self, url: str) -> bytes:
        if self._config.offline:
            raise UsageError(f"{url} is not here, and offline nothing is downloaded", fix="./inv lab.fetch first")
        say(f"downloading {url}")
        try:
            answer = httpx.get(url, follow_redirects=True, timeout=60).raise_for_status()
        except httpx.HTTPError as error:
            fix = "./inv lab.fetch with a way to the internet, or ./inv lab.fetch --bundle DIR"
            raise UsageError(f"{url} can't be downloaded", why=f"{type(error).__name__}: {error}", fix=fix) from error
        return answer.content

    def _usable(self, name: str, locked: str) -> Fetched | None:
        """Return what was fetched for `name`, when lab.lock still says so and it may stand for it."""
        known = self._known().get(name)
        allowed = known is not None and (not known.substitute or self._config.substitutes)
        return known if known is not None and known.locked == locked and allowed else None

    def _known(self) -> dict[str, Fetched]:
        try:
            raw = json.loads(self._file.read_text())
            return {name: Fetched.model_validate(seen) for name, seen in raw.items()}
        except (OSError, ValueError):
            return {}  # nothing is remembered: all is looked at again

    def _remember(self, name: str, seen: Fetched) -> None:
        known = {**self._known(), name: seen}
        self._file.parent.mkdir(parents=True, exist_ok=True)
        part = self._file.with_suffix(".part")
        part.write_text(json.dumps({key: value.model_dump() for key, value in known.items()}, indent=2))
        part.rename(self._file)


def archive_name(reference: str) -> str:
    """Return the file name of an image in a bundle."""
    return f"{reference.replace('/', '_').replace(':', '_')}.tar"


def forget(paths: Paths, lab_id: str) -> None:
    """Forget what the registry has; called when its volume goes."""
    (paths.cache / f"fetched-{lab_id}.json").unlink(missing_ok=True)
    shutil.rmtree(paths.cache / f"built-{lab_id}", ignore_errors=True)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
