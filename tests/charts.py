"""Charts that were fetched, for the tests that render them, and what they get of a cluster."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from lab.core.config import load_config
from lab.core.paths import CHECKOUT, Paths
from lab.core.versions import Chart, load_lock

KUBERNETES = load_lock().the_image("kindest/node").version


def the_chart(name: str) -> Chart:
    """Return what lab.lock pins."""
    return next(chart for chart in load_lock().chart if chart.name == name)


def archive(chart: Chart) -> Path | None:
    """Return a chart's archive, from the cache or a bundle, where another version may stand for it; None without."""
    bundle = load_config().bundle
    places = [Paths().cache / chart.file]
    if bundle:
        places += [bundle / "charts" / chart.file, *sorted(bundle.glob(f"charts/{chart.name}-[0-9]*.tgz"))]
    return next((file for file in places if file.is_file()), None)


def values(application: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of an Application's chart: of those of its files that are there."""
    names = application["spec"]["sources"][0]["helm"]["valueFiles"]
    files = [CHECKOUT / name.removeprefix("$values/") for name in names]
    return laid_over(file for file in files if file.is_file())


def laid_over(files: Iterable[Path]) -> dict[str, Any]:
    """Return the values of files, each laid over those before it, as helm does it."""
    whole: dict[str, Any] = {}
    for file in files:
        _lay_over(whole, yaml.safe_load(file.read_text()))
    return whole


def _lay_over(whole: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Put values on top of those that are there: maps key by key, everything else as a whole."""
    for name, value in more.items():
        if isinstance(value, Mapping) and isinstance(whole.get(name), dict):
            _lay_over(whole[name], value)
        else:
            whole[name] = value
