"""Where the lab keeps what it makes: everything under <checkout>/.lab, nothing in the user's home."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Paths:
    """The folders of one lab. `data` survives lab.down unless --wipe; `run` never does."""

    checkout: Path = CHECKOUT

    @property
    def state(self) -> Path:
        return self.checkout / ".lab"

    @property
    def data(self) -> Path:
        return self.state / "data"

    @property
    def run(self) -> Path:
        return self.state / "run"

    @property
    def rehearsals(self) -> Path:
        """What rehearsals make while they run: nothing of it is the lab's, so lab.up and lab.down pass it by."""
        return self.state / "rehearsals"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def reports(self) -> Path:
        return self.state / "reports"

    @property
    def bin(self) -> Path:
        """Pinned tools that PATH did not have."""
        return self.state / "bin"

    @property
    def cache(self) -> Path:
        """Charts and manifests that were fetched; what lab.lock pins, so nothing of it is stale."""
        return self.state / "cache"

    @property
    def kubeconfig(self) -> Path:
        """The lab's own; the user's is never touched."""
        return self.state / "kubeconfig"

    @property
    def embedded(self) -> Path:
        """The environment of the embedded servers, apart from the project's own."""
        return self.state / "embedded"

    @property
    def lab_id(self) -> str:
        """A name for this checkout's lab that no other checkout on the machine has (8 hex digits)."""
        return hashlib.sha256(str(self.checkout).encode()).hexdigest()[:8]
