"""Files and documents that do not hold the manifests that they seem to hold."""

from collections.abc import Iterator

from cnlint.checks.kubernetes.schema import where
from cnlint.data.api_versions import builtin_groups, home_of
from cnlint.findings import Edit, Fix, Place, Related, Report, report
from cnlint.graph.kustomize import FILE_NAMES
from cnlint.manifests.kubernetes import Manifest, ManifestProblem, YamlDocument, is_manifest, lacks_api_version
from cnlint.manifests.pasted import broken_separator, first_line, seams, template_sign
from cnlint.manifests.patches import looks_like_patch
from cnlint.manifests.placeholders import has_placeholder, is_unquoted_placeholder
from cnlint.manifests.schema_definitions import custom_groups
from cnlint.rules import Context, check
from cnlint.syntax.patterns import regex
from cnlint.syntax.source import Span

_CORE_VERSION = regex(r"v[0-9]+")


@check("K8S100")
def invalid_yaml(problem: ManifestProblem) -> Iterator[Report]:
    # K8S102 and K8S130 say more of these.
    if broken_separator(problem) is None and template_sign(problem) is None:
        yield report(problem.place, f"this document is not valid YAML: {problem.message}")


@check("K8S102")
def missing_document_separator(document: YamlDocument) -> Iterator[Report]:
    if not document.mapping().keys() & {"apiVersion", "metadata"}:
        return
    for seam in seams(document.document):
        lost = f"the {seam.kind_above} above it" if seam.kind_above else "the one above it"
        start = first_line(seam)
        place = Place(seam.source.path, seam.key)
        insert = Edit(Span(start, 1, start, 1), "---\n")
        yield report(
            place,
            f'a second manifest begins here without a "---" line before it, and {lost} is lost',
            fixes=[Fix('insert a "---" line', (insert,), safe=True)] if seam.key.column == 1 else [],
        )


@check("K8S102")
def broken_document_separator(problem: ManifestProblem) -> Iterator[Report]:
    separator = broken_separator(problem)
    if separator is not None:
        path, text = problem.source.path, problem.source.line(separator.line.line)
        yield report(
            Place(path, separator.key),
            f'a second manifest begins here, but the line before it is "{text}" in place of "---"',
            related=[Related(Place(path, separator.line), 'only "---" at the start of a line separates documents')],
            fixes=[Fix('write "---"', (Edit(separator.line, "---"),), safe=True)],
        )


@check("K8S101")
def duplicate_mapping_key(document: YamlDocument) -> Iterator[Report]:
    duplicates = getattr(document.document, "duplicates", ())
    if not duplicates or not _is_of_kubernetes(document):
        return
    # Of manifests pasted together, K8S102 says that most keys stand twice.
    is_pasted = bool(seams(document.document))
    manifests = document.manifests or [Manifest(document.document)]
    for one in duplicates:
        if one.key == "<<" or has_placeholder(one.key) or (is_pasted and not one.path):
            continue
        owner = next((two for two in reversed(manifests) if one.path[: len(two.path)] == two.path), manifests[0])
        parent = where(owner, one.path[len(owner.path) :])
        yield report(
            Place(document.document.path, one.second),
            f'key "{one.key}" comes again in {parent}, and the value above is lost',
            related=[Related(Place(document.document.path, one.first), f'"{one.key}" stands here first')],
        )


def _is_of_kubernetes(document: YamlDocument) -> bool:
    name = document.document.path.rpartition("/")[2]
    return bool(document.manifests) or name in FILE_NAMES or is_manifest(document.value)


@check("K8S103")
def missing_api_version(document: YamlDocument, context: Context) -> Iterator[Report]:
    for found in _objects(document):
        kind, written = found.kind, found.get("apiVersion")
        if (isinstance(written, str) and written) or not lacks_api_version(found.value) or _is_unsettled(found):
            continue
        home = home_of(kind, context.settings.kubernetes_version)
        has = "has no apiVersion" if written in (None, "") else "has an apiVersion that is no text"
        place = found.value_at("kind") if "apiVersion" not in found.value else found.at("apiVersion")
        yield report(place, f"{found.ref} {has}", hint=f"Write apiVersion: {home}" if home else None)


@check("K8S104")
def missing_kind(document: YamlDocument) -> Iterator[Report]:
    for found in _objects(document):
        if found.kind or not _lacks_kind(found) or _is_unsettled(found):
            continue
        name = f' "{found.name}"' if found.name else ""
        has = "has no kind" if found.get("kind") in (None, "") else "has a kind that is no text"
        place = found.key_at("kind") if "kind" in found.value else found.value_at("apiVersion")
        yield report(place, f"this object{name} of {found.api_version} {has}")


def _lacks_kind(found: Manifest) -> bool:
    """Tell whether an object without a kind is one of Kubernetes, and no file of a tool with versions of its own."""
    group = found.group
    if group not in builtin_groups() and group not in custom_groups():
        return False
    if not group and not _CORE_VERSION.fullmatch(found.api_version):
        return False
    return "kind" in found.value or bool(found.mapping("metadata"))


def _objects(document: YamlDocument) -> Iterator[Manifest]:
    """Yield the document, or the items of the list that it is, as objects, whatever they lack."""
    value = document.value
    if not isinstance(value, dict):
        return
    items = value.get("items") if str(value.get("kind", "")).endswith("List") else None
    if not isinstance(items, list):
        yield Manifest(document.document)
        return
    for index, item in enumerate(items):
        if isinstance(item, dict):
            yield Manifest(document.document, ("items", index))


def _is_unsettled(found: Manifest) -> bool:
    """Tell whether what is missing may stand elsewhere, or be filled in."""
    fields = ("apiVersion", "kind")
    if any(is_unquoted_placeholder(found, (field,)) or has_placeholder(found.string(field)) for field in fields):
        return True
    return looks_like_patch(found) or found.document.path.rpartition("/")[2] in FILE_NAMES
