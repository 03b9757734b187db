"""Names that objects give to others, and that lead nowhere."""

from collections.abc import Iterator, Mapping, Sequence

from lab.checks.manifests import known
from lab.checks.manifests.pods import Pods, pods, scaled
from lab.checks.manifests.problem import Problem, Rule
from lab.tools.fields import Body, bodies, body, text
from lab.tools.gitops import Source
from lab.tools.rendered import Rendered

type _Place = tuple[str, str]  # namespace, name
type _Reference = tuple[Rule, str, str, Body]  # rule, field, name, what may say `optional`

_KINDS: dict[Rule, str] = {"config-map": "ConfigMap", "secret": "Secret", "claim": "PersistentVolumeClaim"}


def references(objects: Sequence[Rendered], secrets: Mapping[_Place, str]) -> Iterator[Problem]:
    """Yield every name in a pod, an autoscaler or an Application that no object has.

    `secrets` are those that something else makes: where, and why they are not among the objects.
    """
    there = {rule: _places(objects, kind) for rule, kind in _KINDS.items()}
    there["secret"] |= set(secrets) | _external(objects)
    accounts = _places(objects, "ServiceAccount")
    for found in pods(objects):
        namespace = found.owner.namespace
        for rule, field, name, holder in _named(found):
            optional = holder.get("optional") is True or name == known.ROOT_CERTIFICATE
            if name and (namespace, name) not in there[rule] and not optional:
                yield _nowhere(rule, found.owner, field, f"{_KINDS[rule]} {namespace}/{name}")
        account = text(found.spec, "serviceAccountName") or "default"
        if account != "default" and (namespace, account) not in accounts:
            field = found.field("spec", "serviceAccountName")
            yield _nowhere("service-account", found.owner, field, f"ServiceAccount {namespace}/{account}")
    yield from _scale_targets(objects)
    yield from _projects(objects)


def sources(found: Sequence[Source]) -> Iterator[Problem]:
    """Yield every source of an Application whose path is not there, or is ours under another repository's URL."""
    for source in found:
        if source.outcome == "missing":
            what, fix = f"{source.where!r} is no folder of this repository", "correct it, or make the folder"
            yield Problem("path", source.application, f"{source.field}.path", what, fix)
        elif source.outcome == "wrong repository":
            what = f"{source.where} is of this repository, {source.repository!r} is not what the cluster calls it"
            fix = "write data.repository of its cluster.yaml"
            yield Problem("repository", source.application, f"{source.field}.repoURL", what, fix)


def namespaces(objects: Sequence[Rendered]) -> Iterator[Problem]:
    """Yield every object, and every Application's destination, in a namespace that nothing makes."""
    made = {found.name for found in objects if found.kind == "Namespace"} | set(known.NAMESPACES)
    for found in objects:
        named = {"metadata.namespace": found.namespace}
        if found.kind == "Application":
            named["spec.destination.namespace"] = _unless_made(found)
        for field, namespace in named.items():
            if namespace and namespace not in made:
                yield _nowhere("namespace", found, field, f"Namespace {namespace}")


def _nowhere(rule: Rule, found: Rendered, field: str, missing: str) -> Problem:
    return Problem(rule, found, field, f"nothing makes {missing}", "correct the name, or add the object")


def _places(objects: Sequence[Rendered], kind: str) -> set[_Place]:
    return {(found.namespace, found.name) for found in objects if found.kind == kind}


def _external(objects: Sequence[Rendered]) -> set[_Place]:
    """Return the Secrets that ExternalSecrets make."""
    wanted = (found for found in objects if found.kind == "ExternalSecret")
    return {(found.namespace, text(found.body, "spec", "target", "name") or found.name) for found in wanted}


def _named(found: Pods) -> Iterator[_Reference]:
    """Yield every place where a pod may name a ConfigMap, Secret or claim; its name is "" where it does not."""
    for volume in bodies(found.spec, "volumes"):
        at = found.field("spec", f"volumes[{text(volume, 'name')}]")
        for n, part in enumerate([volume, *bodies(volume, "projected", "sources")]):
            below = at if n == 0 else f"{at}.projected.sources[{n - 1}]"
            config, secret, key = body(part, "configMap"), body(part, "secret"), "secretName" if n == 0 else "name"
            yield "config-map", f"{below}.configMap.name", text(config, "name"), config
            yield "secret", f"{below}.secret.{key}", text(secret, key), secret
        claim = body(volume, "persistentVolumeClaim")
        yield "claim", f"{at}.persistentVolumeClaim.claimName", text(claim, "claimName"), claim
    for n, pull in enumerate(bodies(found.spec, "imagePullSecrets")):
        yield "secret", found.field("spec", f"imagePullSecrets[{n}].name"), text(pull, "name"), pull
    for container in found.containers():
        froms = [(f"envFrom[{n}]", "Ref", part) for n, part in enumerate(bodies(container.body, "envFrom"))]
        envs = bodies(container.body, "env")
        keys = [(f"env[{text(env, 'name')}].valueFrom", "KeyRef", body(env, "valueFrom")) for env in envs]
        for where, ending, part in froms + keys:
            config, secret, below = body(part, f"configMap{ending}"), body(part, f"secret{ending}"), container.field
            yield "config-map", f"{below}.{where}.configMap{ending}.name", text(config, "name"), config
            yield "secret", f"{below}.{where}.secret{ending}.name", text(secret, "name"), secret


def _scale_targets(objects: Sequence[Rendered]) -> Iterator[Problem]:
    there = {found.key for found in objects}
    for found in objects:
        if found.kind == "HorizontalPodAutoscaler" and (target := scaled(found)) not in there:
            group, kind, namespace, name = target
            what = f"{kind} {namespace}/{name}" + (f" of the group {group}" if group else "")
            yield _nowhere("scale-target", found, "spec.scaleTargetRef", what)


def _projects(objects: Sequence[Rendered]) -> Iterator[Problem]:
    there = {found.name for found in objects if found.kind == "AppProject"} | {"default"}
    for found in objects:
        if found.kind == "Application" and (name := text(found.body, "spec", "project")) not in there:
            yield _nowhere("project", found, "spec.project", f"AppProject {name}")


def _unless_made(application: Rendered) -> str:
    """Return an Application's destination, "" when Argo CD makes that namespace."""
    options = body(application.body, "spec", "syncPolicy").get("syncOptions")
    makes = isinstance(options, list) and "CreateNamespace=true" in options
    return "" if makes else text(application.body, "spec", "destination", "namespace")
