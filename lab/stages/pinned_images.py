"""Images: what lab.lock pins by digest, or what may stand for it, in the Engine; from a bundle or pulled."""

from pathlib import Path

from lab.core.config import Config
from lab.core.errors import LabError, UsageError
from lab.core.say import say
from lab.core.versions import Image
from lab.stages.fetched import Fetched, Notes
from lab.stages.pinned_files import TAKE
from lab.tools import image_proof, images


class PinnedImages:
    """The images of lab.lock in the Engine."""

    def __init__(self, config: Config, notes: Notes) -> None:
        self._config, self._notes = config, notes

    def image(self, pin: Image) -> Fetched:
        """Have the image in the Engine: what lab.lock pins, or what may stand for it."""
        if (known := self._known(pin)) is not None:
            return known
        if (loaded := self._from_bundle(pin)) is not None:
            return loaded
        digests = images.repository_digests(pin.reference)
        if digests and pin.digest in digests:
            return Fetched(locked=pin.digest)
        found = None if digests is None else pin.reference
        if self._config.substitutes:
            found = found or next(iter(images.stand_ins(pin.name)), None)
            if found is not None:
                return self._noted(pin, Fetched(locked=pin.digest, substitute=found))
        if self._config.offline:
            why = f"{found} is in the Engine, but not by its digest {pin.digest}" if found else "the Engine lacks it"
            raise UsageError(f"{pin.reference} is not here, and offline nothing is pulled", why=why, fix=TAKE)
        try:
            images.pull(pin)
        except LabError as error:
            if found is not None:
                error.fix += f"; the Engine has {found} by another digest: {TAKE}"
            raise
        return Fetched(locked=pin.digest)

    def save(self, image: Image, folder: Path) -> None:
        """Write an image with the proof that it is what lab.lock pins; a substitute has none, and is not called so."""
        found, archive = self.image(image), archive_name(image.reference)
        images.save(found.substitute or image.reference, folder / archive)
        if not found.substitute:
            image_proof.write(image, folder, archive, images.image_id(image.reference))

    def _known(self, image: Image) -> Fetched | None:
        """Return what is remembered of the image, when the Engine still has that very one."""
        known = self._notes.usable(image.reference, image.digest)
        if known is None:
            return None
        if known.image_id:
            return known if images.image_id(image.reference) == known.image_id else None
        there = bool(known.substitute) and images.repository_digests(known.substitute) is not None
        return known if there else None

    def _from_bundle(self, image: Image) -> Fetched | None:
        """Load the image from the bundle, once; return it when the bundle proves that it is what lab.lock pins."""
        name = archive_name(image.reference)
        folder = self._config.bundle / "images" if self._config.bundle else None
        if folder is None or not (folder / name).is_file() or images.repository_digests(image.reference) is not None:
            return None
        say(f"loading {name}")
        images.load(folder / name)
        image_id = images.image_id(image.reference)
        if not (flaw := image_proof.flaw(image, folder, name, image_id)):
            return self._noted(image, Fetched(locked=image.digest, image_id=image_id))
        if not self._config.substitutes:
            images.untag(image.reference)
            raise LabError(f"{folder / name} is not what lab.lock pins", why=flaw, fix=TAKE)
        return None

    def _noted(self, image: Image, seen: Fetched) -> Fetched:
        self._notes.remember(image.reference, seen)
        return seen


def archive_name(reference: str) -> str:
    """Return the file name of an image in a bundle."""
    return f"{reference.replace('/', '_').replace(':', '_')}.tar"
