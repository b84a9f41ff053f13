"""Names of objects, and of the containers and volumes of a pod."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from cnlint.data.api_versions import builtin_groups, builtin_kinds
from cnlint.findings import Fix, Place, Related, Report, report
from cnlint.graph.apply_sets import ApplySet, environment_of, same_environment
from cnlint.graph.project import Project
from cnlint.graph.resources import Resource
from cnlint.manifests.kubernetes import Manifest
from cnlint.manifests.patches import looks_like_patch
from cnlint.manifests.placeholders import has_placeholder, is_unquoted_placeholder
from cnlint.manifests.scalar_edits import replace_value
from cnlint.manifests.schema_definitions import custom_groups, custom_resource
from cnlint.manifests.view import Path, View
from cnlint.manifests.workloads import PodTemplate
from cnlint.rules import Context, check
from cnlint.syntax.patterns import regex

# SERVICE_NAME keeps the place of a name, as people write it.
_CONSTANT = regex(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_NAME: Path = ("metadata", "name")
_GENERATE_NAME: Path = ("metadata", "generateName")


# What a name may look like.


class _Form(NamedTuple):
    """A form of names, and the words for it."""

    pattern: re.Pattern[str]
    longest: int
    words: str


_SUBDOMAIN = _Form(
    regex(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*"),
    253,
    "lower-case letters, digits, dashes and dots, with a letter or digit at both ends of each part",
)
_LABEL = _Form(
    regex(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"),
    63,
    "lower-case letters, digits and dashes, with a letter or digit at both ends",
)
_SERVICE = _Form(
    regex(r"[a-z](?:[-a-z0-9]*[a-z0-9])?"),
    63,
    "lower-case letters, digits and dashes, with a letter first and a letter or digit at the end",
)
_SEGMENT = _Form(regex(r"(?!\.{1,2}$)[^/%]+"), 10_000, "any characters but / and %")
_FORMS = {
    ("", "Namespace"): _LABEL,
    ("", "Service"): _SERVICE,
    ("batch", "CronJob"): _SUBDOMAIN._replace(longest=52),
    # The name becomes a label of the pods.
    ("batch", "Job"): _SUBDOMAIN._replace(longest=63),
    **dict.fromkeys(
        (("rbac.authorization.k8s.io", kind) for kind in ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")),
        _SEGMENT,
    ),
    ("certificates.k8s.io", "CertificateSigningRequest"): _SEGMENT,
}
# Names made of an address, a group or the name of a signer.
_OF_THEIR_OWN = frozenset(
    {"APIService", "ClusterTrustBundle", "ComponentStatus", "IPAddress", "List", "StorageVersion"}
)
# What is asked of the server and never stored, and files of clients.
_WITHOUT_NAME = frozenset({"Binding", "Config", "Eviction", "Policy", "Scale", "TokenRequest"})


# Groups of workloads that are no builtin ones, and of which no schemas are shipped.
_WORKLOAD_GROUPS = frozenset({"apps.openshift.io", "serving.knative.dev"})


@check("K8S115")
def invalid_resource_name(manifest: Manifest) -> Iterator[Report]:
    form = _FORMS.get((manifest.group, manifest.kind), _SUBDOMAIN)
    found = [
        *_malformed(manifest, _NAME, form, f"name of {manifest.kind}"),
        *_malformed(manifest, _GENERATE_NAME, form, f"generateName of {manifest.kind}"),
    ]
    if found and _is_of_cluster(manifest) and manifest.kind not in _OF_THEIR_OWN and not looks_like_patch(manifest):
        yield from found


@check("K8S115")
def invalid_name_in_pod(pod: PodTemplate) -> Iterator[Report]:
    for container in pod.containers:
        yield from _malformed(container, ("name",), _LABEL, f"container name of {pod.ref}")
    for volume in pod.volumes:
        yield from _malformed(volume, ("name",), _LABEL, f"volume name of {pod.ref}")


def _malformed(view: View, path: Path, form: _Form, what: str) -> Iterator[Report]:
    name = view.string(*path)
    if not name:
        return
    # The server adds letters to a prefix, so that it may end with a dash.
    judged = f"{name[:-1]}a" if path == _GENERATE_NAME and name.endswith("-") else name
    problem = _problem(judged, form)
    if not problem or has_placeholder(name) or _CONSTANT.fullmatch(name):
        return
    better = judged.lower().replace("_", "-")
    fixes = []
    if path != _GENERATE_NAME and better != name and not _problem(better, form):
        fixes = [Fix(f'write "{better}"', (replace_value(view, path, better),))]
    yield report(view.value_at(*path), f'{what} is "{name}", {problem}', fixes=fixes)


def _problem(name: str, form: _Form) -> str:
    """Say why a name has not the form; empty where it has."""
    if len(name) > form.longest:
        return f"{len(name)} characters long; at most {form.longest} are allowed"
    return "" if form.pattern.fullmatch(name) else f"and names there consist of {form.words}"


def _is_of_cluster(manifest: Manifest) -> bool:
    """Tell whether an object is one of a cluster for certain: other tools have files with apiVersion and kind, too."""
    if manifest.group in custom_groups():
        return custom_resource(*manifest.gvk) is not None
    if manifest.group in _WORKLOAD_GROUPS:
        return True
    return manifest.group in builtin_groups() and manifest.api_version in builtin_kinds().get(manifest.kind, ())


# Names that are missing.


@check("K8S120")
def unset_metadata_name(manifest: Manifest) -> Iterator[Report]:
    metadata = manifest.get("metadata")
    if not isinstance(metadata, dict | None) or manifest.get(*_NAME) or manifest.get(*_GENERATE_NAME):
        return
    if not _is_of_cluster(manifest) or manifest.kind in _WITHOUT_NAME or manifest.kind.endswith(("Review", "List")):
        return
    if looks_like_patch(manifest) or is_unquoted_placeholder(manifest, ("metadata",)):
        return
    place = manifest.value_at("kind")
    if "metadata" in manifest.value:
        place = manifest.at(*_NAME) if "name" in manifest.mapping("metadata") else manifest.key_at("metadata")
    yield report(place, f"this {manifest.kind} has no name")


# Names that are there twice.


@check("K8S126")
def duplicate_container_name(pod: PodTemplate) -> Iterator[Report]:
    named = [(one.name, one.ref, one.value_at("name")) for one in pod.containers if "$patch" not in one.mapping()]
    yield from _repeated(named, "container", pod)
    volumes = [(one.name, one.ref, one.value_at("name")) for one in pod.volumes if "$patch" not in one.mapping()]
    yield from _repeated(volumes, "volume", pod)


def _repeated(named: list[tuple[str, str, Place]], what: str, pod: PodTemplate) -> Iterator[Report]:
    seen: dict[str, tuple[str, Place]] = {}
    for name, ref, place in named:
        if not name or has_placeholder(name):
            continue
        first_ref, first = seen.setdefault(name, (ref, place))
        if first is not place:
            text = f'two {what}s of {pod.ref} have the name "{name}"'
            yield report(place, text, related=[Related(first, f"{first_ref} is the first")])


@check("K8S113")
def duplicate_resource(manifest: Manifest, context: Context) -> Iterator[Report]:
    resource = context.project.resource_of(manifest)
    if resource is None or not resource.name or resource.kind in context.options["skip_kinds"]:
        return
    first = _first_definition(resource, context)
    if first is not None and not has_placeholder(resource.name) and not _is_partial(manifest):
        text = f"{manifest.ref} is defined twice, and the last definition that is applied wins"
        related = [Related(first.view.value_at(*_NAME), "the first definition")]
        yield report(manifest.value_at(*_NAME), text, related=related)


def _is_partial(manifest: Manifest) -> bool:
    return bool(getattr(manifest, "is_fragment", False)) or any(str(key).startswith("$") for key in manifest.mapping())


def _first_definition(resource: Resource, context: Context) -> Resource | None:
    """Give what stands before an object and is the same object in the cluster, applied by the same means."""
    project = context.project
    for one in project.apply_sets.of(resource):
        for other in one.index.by_kind_and_name.get((resource.kind, resource.name), ()):
            if other is resource:
                break
            if other.group != resource.group or not _are_applied_together(one, other.file, resource.file, project):
                continue
            if _is_same_object(one, other, resource, context) and not _is_partial(other.view):
                return other
    return None


def _is_same_object(one: ApplySet, other: Resource, resource: Resource, context: Context) -> bool:
    if one.name_of(other) != one.name_of(resource):
        return False
    if context.project.is_cluster_scoped(*resource.group_kind):
        return True
    if other.namespace != resource.namespace and any(map(has_placeholder, (other.namespace, resource.namespace))):
        return False
    default = context.options["default_namespace"]
    return (one.namespace_of(other) or default) == (one.namespace_of(resource) or default)


def _are_applied_together(one: ApplySet, file: str, other: str, project: Project) -> bool:
    """Tell whether one step of a set applies two files. That files share a folder does not say that it is so."""
    if file == other:
        return True
    if one.kind == "folder" or not same_environment(environment_of(file), environment_of(other)):
        return False
    if one.kind != "commands" or one.build is not None:
        return True
    # Files that a script applies one by one may be meant to replace each other.
    applied = project.links.applied_paths.get(one.root, ())
    return any(_is_in(file, path, recurse) and _is_in(other, path, recurse) for path, _, _, recurse in applied)


def _is_in(file: str, folder: str, recurse: bool) -> bool:
    parent = file.rpartition("/")[0]
    return parent == folder or (recurse and (not folder or parent.startswith(f"{folder}/")))
