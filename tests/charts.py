"""Charts that were fetched, for the tests that render them."""

from pathlib import Path

from lab.core.config import load_config
from lab.core.paths import Paths
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
