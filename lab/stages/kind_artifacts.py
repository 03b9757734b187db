"""What the cluster takes from elsewhere, brought into the lab's registry and cache; remembered by digest."""

import shutil
from pathlib import Path

from lab.core import proc
from lab.core.config import Config
from lab.core.errors import LabError, UsageError
from lab.core.paths import Paths
from lab.core.say import progress, say
from lab.core.state import LabState
from lab.core.versions import Image, Lock, load_lock
from lab.stages.fetched import Fetched, Notes
from lab.stages.pinned_files import TAKE, PinnedFiles, chart_name, manifest_name
from lab.tools import images
from lab.tools.programs import program
from lab.tools.registry import Registry


class Artifacts:
    """Fetches by lab.lock, once; what is here already is proven and left."""

    def __init__(self, paths: Paths, state: LabState, config: Config, lock: Lock | None = None) -> None:
        self._paths, self._config, self._lock = paths, config, lock or load_lock()
        self._registry = Registry(state.registry)
        self._notes = Notes(paths.cache / _notes_of(state.lab_id), substitutes=config.substitutes)
        self._files = PinnedFiles(paths.cache, config, self._notes)

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
            known = self._notes.usable(image.reference, image.digest)
            if known is not None and self._registry.digest(path, image.version) == known.digest:
                continue
            found = self._in_engine(image)
            say(
                f"{image.reference} into the registry"
                + (f", {found.substitute} in its place" if found.substitute else "")
            )
            remote = f"{self._registry.address}/{path}:{image.version}"
            digest = images.push(found.substitute or image.reference, remote)
            self._notes.remember(image.reference, found.model_copy(update={"digest": digest}))

    def charts(self) -> None:
        """Bring every chart into the registry, under charts/<name>:<version>."""
        for chart in self._lock.chart:
            file = self._files.chart(chart)
            digest = self._registry.digest(f"charts/{chart.name}", chart.version)
            known = self._notes.known()[chart_name(chart)]
            if digest is not None and digest == known.digest:
                continue
            target = f"oci://{self._registry.address}/charts"
            proc.run([program("helm"), "push", file, target, "--plain-http"], timeout=120)
            digest = self._registry.digest(f"charts/{chart.name}", chart.version)
            if digest is None:
                why = f"{file.name} calls itself another version than {chart.version}"
                raise LabError(f"chart {chart.name} is not in the registry", why=why, fix="look into the bundle")
            self._notes.remember(chart_name(chart), known.model_copy(update={"digest": digest}))

    def manifest(self, name: str) -> Path:
        """Return the file of a release's own manifests."""
        return self._files.manifest(next(manifest for manifest in self._lock.manifest if manifest.name == name))

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
            shutil.copyfile(self._files.chart(chart), folder / "charts" / chart.file)
        for manifest in self._lock.manifest:
            target = folder / "manifests" / manifest.name / Path(manifest.url).name
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(self.manifest(manifest.name), target)
        lines = [f"{name}: {substitute} stands for it" for name, substitute in self.substituted().items()]
        (folder / "substitutes.txt").write_text("\n".join([*lines, ""]))

    def substituted(self) -> dict[str, str]:
        """Return what stands for what: locked artefact -> its substitute."""
        known = ((name, self._notes.known().get(name)) for name in self._names())
        return {name: seen.substitute for name, seen in known if seen is not None and seen.substitute}

    def _names(self) -> list[str]:
        """Return every artefact of lab.lock as it is remembered."""
        charts = [chart_name(chart) for chart in self._lock.chart]
        manifests = [manifest_name(manifest) for manifest in self._lock.manifest]
        return [image.reference for image in self._lock.image] + charts + manifests

    def _in_engine(self, image: Image) -> Fetched:
        known = self._notes.usable(image.reference, image.digest)
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
            self._notes.remember(image.reference, note)
            return note
        if self._config.offline:
            why = (
                f"{found} is in the Engine, but not by its digest {image.digest}" if found else "the Engine has it not"
            )
            raise UsageError(f"{image.reference} is not here, and offline nothing is pulled", why=why, fix=TAKE)
        try:
            images.pull(image)
        except LabError as error:
            if found is not None:
                error.fix += f"; the Engine has {found} by another digest: {TAKE}"
            raise
        return Fetched(locked=image.digest)

    def _from_bundle(self, image: Image) -> None:
        archive = self._config.bundle / "images" / archive_name(image.reference) if self._config.bundle else None
        if archive is not None and archive.is_file() and images.repository_digests(image.reference) is None:
            say(f"loading {archive.name}")
            images.load(archive)


def archive_name(reference: str) -> str:
    """Return the file name of an image in a bundle."""
    return f"{reference.replace('/', '_').replace(':', '_')}.tar"


def forget(paths: Paths, lab_id: str) -> None:
    """Forget what the registry has; called when its volume goes."""
    (paths.cache / _notes_of(lab_id)).unlink(missing_ok=True)
    shutil.rmtree(paths.cache / f"built-{lab_id}", ignore_errors=True)


def _notes_of(lab_id: str) -> str:
    return f"fetched-{lab_id}.json"
