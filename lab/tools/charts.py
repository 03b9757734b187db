"""Helm charts: archives, pushed to the lab's registry as OCI artefacts."""

import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from lab.core import proc
from lab.core.errors import LabError
from lab.tools.programs import program


def push(file: Path, version: str, registry: str) -> None:
    """Push a chart's archive to `registry` under charts/<name>:<version>.

    A chart that stands for another version is packaged anew under the version that it stands for.
    """
    with TemporaryDirectory() as folder:
        archive = file if version_of(file) == version else _as(file, version, Path(folder))
        proc.run([program("helm"), "push", archive, f"oci://{registry}/charts", "--plain-http"], timeout=120)


def version_of(file: Path) -> str:
    """Return the version that a chart's archive says it is. Raises LabError for a file that is no chart."""
    try:
        with tarfile.open(file) as archive:
            name = next(name for name in archive.getnames() if name.count("/") == 1 and name.endswith("/Chart.yaml"))
            content = archive.extractfile(name)
            return str(yaml.safe_load(content.read() if content else b"")["version"])
    except (OSError, tarfile.TarError, StopIteration, yaml.YAMLError, KeyError, TypeError) as error:
        why = f"{type(error).__name__}: {error}"
        raise LabError(f"{file} is no Helm chart", why=why, fix="remove it, or look into the bundle") from error


def _as(file: Path, version: str, folder: Path) -> Path:
    with tarfile.open(file) as archive:
        archive.extractall(folder, filter="data")
    source = next(found.parent for found in folder.glob("*/Chart.yaml"))
    proc.run([program("helm"), "package", source, "--version", version, "--destination", folder], timeout=60)
    return next(folder.glob(f"*-{version}.tgz"))
