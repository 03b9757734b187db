"""The charts' custom resource definitions, all at once and before Argo CD looks.

Each one that is added later has the API server make its whole schema anew for everybody who asks: one by one they cost
minutes of its CPU and hundreds of MiB. They are as lean as the lab needs them (lab/tools/lean.py); on AWS they are the
charts', whose values in the lab leave them out (ADR 0020).
"""

from lab.core.config import Profile
from lab.core.errors import LabError
from lab.core.paths import Paths
from lab.core.profiles import part_of
from lab.core.versions import load_lock
from lab.tools.crds import Crds
from lab.tools.kubectl import Kubectl


def ensure(paths: Paths, profile: Profile) -> None:
    """Have the definitions of every chart of a profile in the cluster. Raises LabError for those that can't be had."""
    lock, kubectl = load_lock(), Kubectl(paths.kubeconfig)
    crds = Crds(paths.cache, lock, lock.the_image("kindest/node").version)
    for group in crds.groups({chart.name for chart in lock.chart if part_of(profile, chart.profile)}):
        file = crds.file(group)
        if file is None:
            raise LabError(f"the definitions of {group} can't be had", why=crds.lacking[group], fix="./inv lab.fetch")
        kubectl.apply_definitions(file)
