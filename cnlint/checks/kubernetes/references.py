"""References of pods, Ingresses and ServiceAccounts to ConfigMaps and Secrets."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from cnlint.findings import Place, Related, Report, report
from cnlint.graph import gates
from cnlint.graph.names import nearest_name
from cnlint.graph.references import references_of
from cnlint.manifests.kubernetes import Manifest, mappings
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.view import View
from cnlint.manifests.workloads import ConfigurationReference, Container, Workload
from cnlint.rules import Context, check

_FAMILIES = {"ConfigMap": gates.CONFIG_MAPS, "Secret": gates.SECRETS}


class _Named(NamedTuple):
    """A ConfigMap or Secret that something refers to by name."""

    kind: str
    name: str
    place: Place
    user: str
    """What refers to it, as messages name it."""


@check("K8S380")
def missing_config_map(workload: Workload, context: Context) -> Iterator[Report]:
    yield from _missing(workload, _named_in_pods(workload, "ConfigMap"), context)


@check("K8S381")
def missing_secret(workload: Workload, context: Context) -> Iterator[Report]:
    yield from _missing(workload, [*_named_in_pods(workload, "Secret"), *_pull_secrets(workload)], context)


@check("K8S381")
def missing_secret_of_other_objects(manifest: Manifest, context: Context) -> Iterator[Report]:
    if manifest.kind == "Ingress" and manifest.group in ("networking.k8s.io", "extensions"):
        yield from _missing(manifest, _names_in_list(manifest, ("spec", "tls"), "secretName"), context)
    elif manifest.kind == "ServiceAccount" and not manifest.group:
        yield from _missing(manifest, _names_in_list(manifest, ("imagePullSecrets",), "name"), context)


def _missing(user: Manifest, wanted: list[_Named], context: Context) -> Iterator[Report]:
    """Report what is referred to and made by nothing, once for each name."""
    links = context.project.links
    ignored = [re.compile(pattern) for pattern in context.options["ignored"]]
    for one in {(item.kind, item.name): item for item in reversed(wanted)}.values():
        if any(pattern.search(one.name) for pattern in ignored) or links.exists(one.kind, one.name, user):
            continue
        message = f'{one.user} refers to {one.kind} "{one.name}", which nothing in the project makes'
        near = links.nearest(one.kind, one.name, user)
        if near is not None and context.options["gate"] != "off":
            name = next(iter(sorted(near.names)))
            yield report(
                one.place,
                message,
                related=[Related(near.place, f'{one.kind} "{name}" is made here')],
                hint=f'Write "{name}", or give the {one.kind} the name that is referred to',
            )
        elif _may_report(one, user, context):
            yield report(one.place, message)


def _may_report(one: _Named, user: Manifest, context: Context) -> bool:
    gate = context.options["gate"]
    if gate != "auto":
        return bool(gate == "strict")
    return context.project.may_report_missing(_FAMILIES[one.kind], near=user, wanted=[one.name])


def _named_in_pods(workload: Workload, kind: str) -> list[_Named]:
    return [
        _Named(kind, reference.name, reference.name_place, _user(reference, workload))
        for reference in references_of(workload)
        if reference.kind == kind and not reference.is_optional
    ]


def _user(reference: ConfigurationReference, workload: Workload) -> str:
    if isinstance(reference.view, Container):
        return f"{reference.view.ref} of {workload.ref}"
    volume = reference.view.string(*reference.path[:3], "name")
    return f'volume "{volume}" of {workload.ref}' if volume else workload.ref


def _pull_secrets(workload: Workload) -> list[_Named]:
    if workload.template is None:
        return []
    return _names_in_list(workload.template, ("spec", "imagePullSecrets"), "name", workload.ref)


def _names_in_list(view: View, path: tuple[str, ...], field: str, user: str = "") -> list[_Named]:
    owner = user or (view.ref if isinstance(view, Manifest) else "")
    found = ((index, view.string(*path, index, field)) for index, _ in mappings(view, *path))
    return [
        _Named("Secret", name, view.value_at(*path, index, field), owner)
        for index, name in found
        if name and not has_placeholder(name)
    ]


@check("K8S382")
def missing_config_key(workload: Workload, context: Context) -> Iterator[Report]:
    links = context.project.links
    for reference in references_of(workload):
        key = reference.key
        if key is None or reference.is_optional or has_placeholder(key):
            continue
        keys = links.keys(reference.kind, reference.name, workload)
        if keys is None or key in keys:
            continue
        [producer, *_] = links.producers(reference.kind, reference.name, workload)
        near = nearest_name(key, keys)
        yield report(
            reference.key_place,
            f'{_user(reference, workload)} wants key "{key}" of {reference.kind} "{reference.name}", '
            "which has no such key",
            related=[Related(producer.place, f"its keys are {_listed(keys)}")],
            hint=f'Write "{near}", or add the key to the {reference.kind}' if near else None,
        )


def _listed(keys: frozenset[str], most: int = 8) -> str:
    names = [f'"{key}"' for key in sorted(keys)]
    return ", ".join(names) if len(names) <= most else f"{', '.join(names[:most])} and {len(names) - most} more"
