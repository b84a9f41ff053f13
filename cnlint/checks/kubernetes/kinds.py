"""Kinds that Kubernetes does not have, that nobody can check, or that are not wanted."""

from collections.abc import Iterator
from typing import NamedTuple

from cnlint.data.api_versions import Version, builtin_groups, builtin_kinds, home_of, lifecycle, served_in
from cnlint.findings import Fix, Place, Report, report
from cnlint.graph.names import edit_distance
from cnlint.manifests.kubernetes import Manifest
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.scalar_edits import replace_value
from cnlint.manifests.schema import validator_for
from cnlint.manifests.schema_definitions import custom_kinds
from cnlint.manifests.schema_violations import nearest_name
from cnlint.rules import Context, check
from cnlint.syntax.patterns import matches_any, regex

_STABLE = regex(r"v[0-9]+")
_FARTHEST = 2
# Kinds of v1 that no cluster stores: files of clients and components, and OpenShift's own from before it had groups.
_OTHERS_IN_CORE = frozenset(
    {"Build", "BuildConfig", "Config", "DeploymentConfig", "EncryptionConfig", "Group", "Image", "ImageStream", "Route"}
    | {"ImageStreamTag", "OAuthClient", "Policy", "Project", "ProjectRequest", "SecurityContextConstraints", "Status"}
    | {"Template", "User"}
)
_NOT_STORED = {"apiextensions.k8s.io": ("ConversionReview",), "apps": ("DeploymentRollback",)}


class _Mistake(NamedTuple):
    """What is wrong with an ``apiVersion`` and a ``kind`` of which Kubernetes knows one at most."""

    place: Place
    text: str
    field: str
    meant: str = ""
    """What the field should say, where only one thing can be meant."""


@check("K8S108")
def unknown_builtin_kind(manifest: Manifest, context: Context) -> Iterator[Report]:
    mistake = _mistake(manifest, context.settings.kubernetes_version)
    if mistake is not None:
        fixes = []
        if mistake.meant:
            fixes = [Fix(f"write {mistake.meant}", (replace_value(manifest, (mistake.field,), mistake.meant),))]
        yield report(mistake.place, mistake.text, fixes=fixes)


def _mistake(manifest: Manifest, version: Version) -> _Mistake | None:
    """Compare an object with the kinds of Kubernetes; ``None`` where nothing is wrong or nobody can tell."""
    api_version, kind = manifest.api_version, manifest.kind
    known = builtin_kinds().get(kind, ())
    if api_version in known or kind.endswith("List") or has_placeholder(api_version) or has_placeholder(kind):
        return None
    if manifest.group not in builtin_groups():
        return _wrong_group(manifest, known, version)
    if lifecycle(api_version, kind) is not None or kind in _NOT_STORED.get(manifest.group, ()):
        return None
    if any(_group_of(other) == manifest.group for other in known):
        return _wrong_version(manifest, version) if _is_firm(manifest) else None
    if known or kind in custom_kinds():
        return None if _is_of_others(manifest) else _wrong_home(manifest, known, version)
    return _wrong_kind(manifest)


def _wrong_group(manifest: Manifest, known: tuple[str, ...], version: Version) -> _Mistake | None:
    """Look for a misspelt group of a kind of Kubernetes: ``app/v1`` or ``networking/v1``, but no group of a domain."""
    group = manifest.group
    for other in sorted({_group_of(one) for one in known}):
        short = other.partition(".")[0] or "core"
        alike = (other, short) if "." in group else (short,)
        if group == f"{other}.k8s.io" or any(edit_distance(group, one, _FARTHEST) <= _FARTHEST for one in alike):
            return _wrong_home(manifest, known, version)
    return None


def _wrong_version(manifest: Manifest, version: Version) -> _Mistake:
    served = [one for one in served_in(version).get(manifest.kind, ()) if _group_of(one) == manifest.group]
    end = f"; Kubernetes {version[0]}.{version[1]} serves {' and '.join(served)}" if served else ""
    text = f"{manifest.ref} is of {manifest.api_version}, a version that never existed{end}"
    meant = served[0] if len(served) == 1 else ""
    return _Mistake(manifest.value_at("apiVersion"), text, "apiVersion", meant)


def _wrong_home(manifest: Manifest, known: tuple[str, ...], version: Version) -> _Mistake:
    home = home_of(manifest.kind, version)
    versions = [home] if home else [*served_in(version).get(manifest.kind, ())]
    versions = versions or [*known] or [*custom_kinds().get(manifest.kind, ())]
    text = f"there is no {manifest.kind} in {manifest.api_version}; the kind belongs to {' or '.join(versions)}"
    return _Mistake(manifest.value_at("apiVersion"), text, "apiVersion", home)


def _wrong_kind(manifest: Manifest) -> _Mistake | None:
    near = nearest_name(manifest.kind, builtin_kinds())
    if near and any(_group_of(one) == manifest.group for one in builtin_kinds()[near]):
        if _is_of_others(manifest):
            return None
        text = f'there is no kind "{manifest.kind}" in {manifest.api_version}; did you mean "{near}"?'
        return _Mistake(manifest.value_at("kind"), text, "kind", near)
    # Other tools have files of version v1; in groups with a name, only Kubernetes itself can have kinds.
    if not manifest.group or not _is_firm(manifest):
        return None
    text = f'there is no kind "{manifest.kind}" in {manifest.api_version}'
    if near:
        text += f'; did you mean "{near}" of {" or ".join(builtin_kinds()[near])}?'
    return _Mistake(manifest.value_at("kind"), text, "kind")


def _is_firm(manifest: Manifest) -> bool:
    """Tell whether all kinds of a version are known: stable ones stay, while betas have come and gone."""
    return _STABLE.fullmatch(manifest.version) is not None


def _is_of_others(manifest: Manifest) -> bool:
    """Tell whether the object may be none of a cluster: what has no group may be the file of any tool."""
    return not manifest.group and (manifest.kind in _OTHERS_IN_CORE or not manifest.mapping("metadata"))


def _group_of(api_version: str) -> str:
    return api_version.rpartition("/")[0]


@check("K8S107")
def unknown_resource_schema(manifest: Manifest, context: Context) -> Iterator[Report]:
    kind, api_version, version = manifest.kind, manifest.api_version, context.settings.kubernetes_version
    if kind in _OTHERS_IN_CORE or kind.endswith("List") or has_placeholder(f"{api_version} {kind}"):
        return
    if matches_any(kind, context.options["skip_kinds"]) or f"{api_version}/{kind}" in context.options["skip_kinds"]:
        return
    if validator_for(api_version, kind, version) is not None or context.project.crd_validators(*manifest.gvk):
        return
    # K8S110 and K8S108 speak of these.
    if lifecycle(api_version, kind) is not None or _mistake(manifest, version) is not None:
        return
    text = f"no schema is known for {kind} of {api_version}, so {manifest.ref} was not validated"
    yield report(manifest.value_at("apiVersion"), f"{text}{_known_elsewhere(manifest, context)}")


def _known_elsewhere(manifest: Manifest, context: Context) -> str:
    """Say in which other versions or groups a kind of this name is known."""
    group, kind = manifest.group, manifest.kind
    in_project = [f"{group}/{one}" for one in context.project.crd_versions(group, kind)]
    if manifest.api_version in in_project:
        return ": the definition in the project has no schema for this version"
    served = served_in(context.settings.kubernetes_version).get(kind, ())
    others = sorted({*in_project, *custom_kinds().get(kind, ()), *served} - {manifest.api_version})
    same = [one for one in others if _group_of(one) == group]
    return f"; it is known in {', '.join(same or others)}" if others else ""


@check("K8S109")
def rejected_kind(manifest: Manifest, context: Context) -> Iterator[Report]:
    names = (manifest.kind, f"{manifest.api_version}/{manifest.kind}")
    pattern = next((one for one in context.options["reject_kinds"] for name in names if matches_any(name, [one])), None)
    if pattern is not None:
        yield report(manifest.value_at("kind"), f'{manifest.ref} is of a kind that is rejected here, "{pattern}"')
