"""Which drill is under way: .lab/run/drill.json, there from before the fault until it is taken back."""

from pathlib import Path

from pydantic import BaseModel, ValidationError

from lab.core.errors import LabError
from lab.core.files import replace
from lab.core.paths import Paths
from lab.drills.base import Drill


class Underway(BaseModel):
    """A drill whose fault may be in the lab."""

    drill: str
    target: str = ""


class Marker:
    """Outlives the process that set it: whoever comes next takes the fault back."""

    def __init__(self, paths: Paths) -> None:
        self._file: Path = paths.run / "drill.json"

    def set(self, drill: Drill) -> None:
        """Tell that the fault comes now."""
        replace(self._file, Underway(drill=drill.name, target=drill.target).model_dump_json())

    def clear(self) -> None:
        """Tell that it was taken back."""
        self._file.unlink(missing_ok=True)

    def is_set(self) -> bool:
        """Return whether a fault may be in the lab."""
        return self._file.is_file()

    def names(self, drill: Drill) -> bool:
        """Return whether the fault of this drill, on its target, may be in the lab. Raises LabError as `read` does."""
        return self.read() == Underway(drill=drill.name, target=drill.target)

    def read(self) -> Underway | None:
        """Return the drill under way, None where there is none. Raises LabError for a file that is not ours."""
        try:
            return Underway.model_validate_json(self._file.read_text()) if self.is_set() else None
        except ValidationError as error:
            fix = f"rm {self._file}, then ./inv chaos.rollback"
            raise LabError(f"{self._file} can't be read", why=str(error), fix=fix) from error
