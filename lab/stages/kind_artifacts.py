"""What the cluster takes from elsewhere, brought into the lab's registry and cache; remembered by digest."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from lab.core.config import Config
from lab.core.errors import LabError
from lab.core.paths import Paths
from lab.core.profiles import part_of
from lab.core.say import progress, say
from lab.core.state import LabState
from lab.core.versions import Chart, Image, Lock, load_lock
from lab.stages.fetched import Notes
from lab.stages.pinned_files import PinnedFiles, chart_name, manifest_name
from lab.stages.pinned_images import PinnedImages
from lab.stages.terraform_providers import ENVIRONMENT, Providers, locked
from lab.tools import charts, images
from lab.tools.registry import Registry
from lab.tools.terraform import Terraform


class Artifacts:
    """Fetches by lab.lock, once; what is here already is proven and left."""

    def __init__(self, paths: Paths, state: LabState, config: Config, lock: Lock | None = None) -> None:
        self._paths, self._config, self._lock = paths, config, lock or load_lock()
        self._profile = state.profile
        self._registry = Registry(state.registry)
        self._notes = Notes(paths.cache / _notes_of(state.lab_id), substitutes=config.substitutes)
        self._images = PinnedImages(config, self._notes)
        self._files = PinnedFiles(paths.cache, config, self._notes)
        self.providers = Providers(paths, config, self._notes)

    def engine_image(self, name: str) -> str:
        """Return the reference under which the Engine has the locked image `name`."""
        image = self._lock.the_image(name)
        return self._images.image(image).substitute or image.reference

    def engine_images(self) -> None:
        """Have every image that runs in the Engine, or is built upon, in the Engine."""
        wanted = [image for image in self._lock.image if image.use != "cluster"]
        for count, image in enumerate(wanted):
            progress(count, len(wanted))
            self._images.image(image)

    def manifests(self) -> None:
        """Have every manifest in the cache."""
        for manifest in self._lock.manifest:
            self.manifest(manifest.name)

    def terraform_providers(self) -> None:
        """Have Terraform's providers in the cache."""
        with TemporaryDirectory() as folder:
            tree = Path(shutil.copytree(self._paths.checkout / "terraform", Path(folder) / "terraform")) / ENVIRONMENT
            terraform = Terraform(tree, self.providers.environment(), "./inv lab.fetch")
            self.providers.init(terraform, tree, backend=False)

    def build_arguments(self) -> dict[str, str]:
        """Return what our Dockerfiles call their base images, each by digest, or by what stands for it."""
        found = {}
        for argument, image in self._lock.bases().items():
            here = self._images.image(image)
            pinned = image.reference if here.image_id else f"{image.name}@{image.digest}"
            found[argument] = here.substitute or pinned
        return found

    def mirror(self) -> None:
        """Bring every image that runs in the cluster into the registry, under <host>/<path>:<tag>."""
        wanted = [image for image in self._lock.image if image.use == "cluster" and self._takes(image)]
        for count, image in enumerate(wanted):
            progress(count, len(wanted))
            path = f"{image.host}/{image.name.partition('/')[2]}"
            known = self._notes.usable(image.reference, image.digest)
            if known is not None and self._registry.digest(path, image.version) == known.digest:
                continue
            found = self._images.image(image)
            say(
                f"{image.reference} into the registry"
                + (f", {found.substitute} in its place" if found.substitute else "")
            )
            remote = f"{self._registry.address}/{path}:{image.version}"
            digest = images.push(found.substitute or image.reference, remote)
            self._notes.remember(image.reference, found.model_copy(update={"digest": digest}))

    def charts(self) -> None:
        """Bring every chart into the registry, under charts/<name>:<version>."""
        for chart in (chart for chart in self._lock.chart if self._takes(chart)):
            file = self._files.chart(chart)
            digest = self._registry.digest(f"charts/{chart.name}", chart.version)
            known = self._notes.known()[chart_name(chart)]
            if digest is not None and digest == known.digest:
                continue
            say(f"{file.name} into the registry")
            charts.push(file, chart.version, self._registry.address)
            digest = self._registry.digest(f"charts/{chart.name}", chart.version)
            if digest is None:
                raise LabError(f"chart {chart.name} is not in the registry", fix="look into the bundle")
            self._notes.remember(chart_name(chart), known.model_copy(update={"digest": digest}))

    def _takes(self, pin: Image | Chart) -> bool:
        return part_of(self._profile, pin.profile)

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
            self._images.save(image, folder / "images")
        for chart in self._lock.chart:
            shutil.copyfile(self._files.chart(chart), folder / "charts" / chart.file)
        for manifest in self._lock.manifest:
            target = folder / "manifests" / manifest.name / Path(manifest.url).name
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(self.manifest(manifest.name), target)
        self.providers.save(folder)
        lines = [f"{name}: {substitute} stands for it" for name, substitute in self.substituted().items()]
        (folder / "substitutes.txt").write_text("\n".join([*lines, ""]))

    def substituted(self) -> dict[str, str]:
        """Return what stands for what: locked artefact -> its substitute."""
        known = ((name, self._notes.known().get(name)) for name in self._names())
        taken = {name: seen.substitute for name, seen in known if seen is not None and seen.substitute}
        return {name: found if found != name else "the same tag, by another digest" for name, found in taken.items()}

    def _names(self) -> list[str]:
        """Return every artefact of lab.lock as it is remembered."""
        charts = [chart_name(chart) for chart in self._lock.chart]
        manifests = [manifest_name(manifest) for manifest in self._lock.manifest]
        return [image.reference for image in self._lock.image] + charts + manifests + [locked(self._paths)[0]]


def forget(paths: Paths, lab_id: str) -> None:
    """Forget what the registry has; called when its volume goes."""
    (paths.cache / _notes_of(lab_id)).unlink(missing_ok=True)
    shutil.rmtree(paths.cache / f"built-{lab_id}", ignore_errors=True)


def _notes_of(lab_id: str) -> str:
    return f"fetched-{lab_id}.json"
