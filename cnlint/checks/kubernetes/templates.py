"""Manifests that are templates: something has to fill in their placeholders before they can be applied."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from cnlint.data.api_versions import builtin_groups
from cnlint.findings import Place, Report, report
from cnlint.graph.kustomize import image_of
from cnlint.manifests.kubernetes import Manifest, ManifestProblem
from cnlint.manifests.pasted import template_sign
from cnlint.manifests.placeholders import is_unquoted_placeholder
from cnlint.manifests.view import Path, View
from cnlint.manifests.workloads import Workload
from cnlint.rules import Context, check
from cnlint.syntax.patterns import matches_any, regex

if TYPE_CHECKING:
    from cnlint.graph.project import Project
    from cnlint.graph.resources import Resource

_PLACEHOLDER = regex(r"\{\{|\{%|<<[A-Za-z_]|\$[({]?([A-Za-z_][A-Za-z0-9_]*)|__([A-Z][A-Z0-9_]*?)__")
_WORKLOAD_GROUPS = frozenset({"apps.openshift.io", "argoproj.io", "serving.knative.dev"})
# clusterctl fills in the manifests of Cluster API.
_TEMPLATED_DOMAINS = ("cluster.x-k8s.io",)
_TEMPLATE_NAMES = regex(r"templ|tmpl|tpl|jinja|j2|skel|scaffold|cookiecutter|envsubst|boilerplate")
_FOLDERS_OF_CODE = frozenset(
    {"assets", "bindata", "docs", "e2e", "embed", "fixtures", "lib", "pkg", "internal", "roles", "src", "test"}
    | {"testdata", "tests"}
)
_CODE = (".go", ".py", ".rb", ".js", ".ts", ".rs", ".java", ".kt", ".cs", ".php", ".tf")
_RENDERERS = regex(r"envsubst|gomplate|jinja|\bytt\b|\besh\b|mustache|helmfile|\bsed\b|\byq\b|substitut|ansible")


class _Found(NamedTuple):
    """A placeholder in a manifest."""

    place: Place
    what: str
    written: str
    variable: str
    """The name of the variable; empty where it has none that could be looked for."""


@check("K8S130", scope="file")
def unreadable_template(problem: ManifestProblem) -> Iterator[Report]:
    sign = template_sign(problem)
    if sign is not None:
        yield report(
            Place(problem.source.path, sign),
            "this file is a template that has not been rendered, and no YAML before it is",
        )


@check("K8S130", scope="project")
def unrendered_template(manifest: Manifest, context: Context) -> Iterator[Report]:
    if manifest.group not in builtin_groups() and manifest.group not in _WORKLOAD_GROUPS:
        return
    found = next(_placeholders(manifest, context.options["placeholders"]), None)
    if found is None or not _is_first(manifest, context) or _is_rendered(manifest, found, context.project):
        return
    written = f'"{found.written}"' if found.written else "a placeholder"
    text = f"the {found.what} is {written}, so this file cannot be applied before something renders it"
    yield report(found.place, text)


def _placeholders(manifest: Manifest, patterns: Iterable[str]) -> Iterator[_Found]:
    """Yield the placeholders in names, namespaces, images and numbers of replicas."""
    for what, view, path in _fields(manifest):
        value = view.get(*path)
        if isinstance(value, str):
            match = _PLACEHOLDER.search(value) if value else None
            if match is not None or matches_any(value, patterns):
                variable = (match[1] or match[2] or "") if match else ""
                yield _Found(view.value_at(*path), what, value, variable)
        elif isinstance(value, dict) and is_unquoted_placeholder(view, path):
            yield _Found(view.value_at(*path), what, "", "")


def _fields(manifest: Manifest) -> Iterator[tuple[str, View, Path]]:
    for field in ("name", "namespace"):
        yield f"{field} of {manifest.kind}", manifest, ("metadata", field)
    if isinstance(manifest, Workload):
        yield f"number of replicas of {manifest.kind}", manifest, ("spec", "replicas")
        for container in manifest.containers:
            yield f"image of {container.ref}", container, ("image",)


def _is_first(manifest: Manifest, context: Context) -> bool:
    """Tell whether no object above in the file has a placeholder: one finding says enough of a file."""
    own = context.project.resource_of(manifest)
    for resource in context.project.index.by_file.get(manifest.document.path, ()):
        if resource is own:
            return True
        if next(_placeholders(resource.view, context.options["placeholders"]), None) is not None:
            return False
    return False


def _is_rendered(manifest: Manifest, found: _Found, project: "Project") -> bool:
    """Tell whether anything in the project shows that the file is meant to be rendered, or changes the value."""
    path = manifest.document.path
    folder = path.rpartition("/")[0]
    if _TEMPLATE_NAMES.search(path.casefold()) or not _FOLDERS_OF_CODE.isdisjoint(folder.casefold().split("/")):
        return True
    if any(file.endswith(_CODE) for file in project.files_in(folder)):
        return True
    resource = project.resource_of(manifest)
    if resource is None or _is_replaced(resource, found, project):
        return True
    if any(one.group.endswith(_TEMPLATED_DOMAINS) for one in project.index.by_file.get(path, ())):
        return True
    if any(one.get("spec", "postBuild") for one in project.manifests("Kustomization", "kustomize.toolkit.fluxcd.io")):
        return True
    instructions = project.instructions
    if _RENDERERS.search(instructions):
        return True
    return len(found.variable) > 2 and found.variable in instructions


def _is_replaced(resource: "Resource", found: _Found, project: "Project") -> bool:
    """Tell whether a kustomization may put something else in the place of a value."""
    for one in project.apply_sets.of(resource):
        layers = one.files.get(resource.file, ())
        if one.unknown or (found.what.startswith("image") and image_of(layers, found.written) != found.written):
            return True
        if found.what.startswith("namespace") and (one.namespace or any(layer.namespace for layer in layers)):
            return True
    fields = {"name": ("metadata", "name"), "namespace": ("metadata", "namespace"), "number": ("spec", "replicas")}
    field = fields.get(found.what.partition(" ")[0], ("spec", "template", "spec", "containers"))
    return project.is_patched(resource.view, *field)
