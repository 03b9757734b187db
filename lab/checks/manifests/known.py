"""What objects may name though no object of the tree makes it; each with its reason."""

LABS = frozenset({"local", "core"})  # the clusters that lab.up raises, one by each profile

EXAMPLE_ACCOUNT = "123456789012"  # of AWS's own documents: a cluster that names it is nobody's yet

NAMESPACES = {
    "argocd": "lab.up makes it with Argo CD, before there is anything to sync",
    "kube-system": "Kubernetes makes it",
    "default": "Kubernetes makes it",
}

# Kubernetes puts it into every namespace.
ROOT_CERTIFICATE = "kube-root-ca.crt"

_STORED = "lab.up takes its values from LocalStack's Secrets Manager"
LAB_SECRETS = {
    ("shop", "order-service"): _STORED,
    ("shop", "user-service"): _STORED,
    ("shop", "notification-service"): _STORED,
    ("data", "postgres"): "lab.up: the passwords of the superuser and of each service's role",
    ("data", "redis"): "lab.up: Valkey's password, and its configuration, which holds it",
    ("git", "git-server"): "lab.up: the token that a push must bring",
}
# What lab.up makes too, though the tree does: so that nothing waits for External Secrets, which then takes it over.
EARLY_SECRETS = {
    ("monitoring", "grafana"): _STORED,
    ("monitoring", "pager"): _STORED,
    ("external-secrets", "localstack"): "the keys by which External Secrets asks LocalStack, which takes any",
}
# What lab.up applies itself: Argo CD has nothing to read before it; and load.run, for a run. Path -> namespace of what
# names none.
LAB_PARTS = {
    "gitops/platform/git-server": "git",
    "gitops/platform/load": "load",
    "gitops/platform/argocd/app-of-apps.yaml": "argocd",
}
