"""How a change is delivered: by CI to EKS, and by `ship` to the lab, which takes back what breaks an SLO."""

from lab.diagrams.drawing import Arrow, Box, Diagram, Frame

_CI = "GitHub Actions: .github/workflows/ci.yml"
_SHIP = "the lab: ./inv ship"

DIAGRAM = Diagram(
    "KubeFlow Ops: one change, two pipelines of the same steps",
    boxes=(
        Box("push to main", 0, 0, "outside"),
        Box("lint, test, scan", 1, 0, "ours", "all levels, Trivy"),
        Box("build, scan", 2, 0, "ours", "base images by digest"),
        Box("push, sign", 3, 0, "ours", "OIDC, cosign, SBOM"),
        Box("ECR", 3, 1, "data", "tags never change"),
        Box("digest into overlay", 4, 0, "ours", "./inv gitops.bump"),
        Box("GitHub", 4, 1, "outside", "gitops/apps/*/overlays"),
        Box("Argo CD on EKS", 5, 1),
        Box("working tree", 0, 2.4, "outside"),
        Box("steady, test, scan", 1, 2.4, "ours"),
        Box("build, scan images", 2, 2.4, "ours"),
        Box("push, digests in", 3, 2.4, "ours", "registry, git server"),
        Box("Argo CD syncs", 4, 2.4),
        Box("verify, load", 5, 2.4, "ours", "judged by the SLOs"),
        Box("shipped", 5, 3.4, "data"),
        Box("git revert", 4, 3.4, "ours", "and proven again"),
    ),
    frames=(
        Frame(_CI, ("lint, test, scan", "build, scan", "push, sign", "digest into overlay")),
        Frame(
            _SHIP,
            (
                "steady, test, scan",
                "build, scan images",
                "push, digests in",
                "Argo CD syncs",
                "verify, load",
                "git revert",
                "shipped",
            ),
        ),
    ),
    arrows=(
        Arrow("push to main", "right", "lint, test, scan", "left"),
        Arrow("lint, test, scan", "right", "build, scan", "left"),
        Arrow("build, scan", "right", "push, sign", "left"),
        Arrow("push, sign", "right", "digest into overlay", "left"),
        Arrow("push, sign", "bottom", "ECR", "top"),
        Arrow("digest into overlay", "bottom", "GitHub", "top"),
        Arrow("GitHub", "right", "Argo CD on EKS", "left"),
        Arrow("working tree", "right", "steady, test, scan", "left"),
        Arrow("steady, test, scan", "right", "build, scan images", "left"),
        Arrow("build, scan images", "right", "push, digests in", "left"),
        Arrow("push, digests in", "right", "Argo CD syncs", "left"),
        Arrow("Argo CD syncs", "right", "verify, load", "left"),
        Arrow("verify, load", "bottom", "shipped", "top", "held"),
        Arrow("verify, load", "left", "git revert", "right", "broken", shift=(16, 0)),
        Arrow("git revert", "top", "Argo CD syncs", "bottom"),
    ),
)
