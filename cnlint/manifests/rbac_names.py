"""Names in the rules of roles that match nothing: verbs, resources and API groups that do not exist as written."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.rbac import RbacRule, is_platform_group
from cnlint.syntax.patterns import regex

VERBS = frozenset(
    {"*", "get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "use", "bind", "escalate"}
    | {"impersonate", "approve", "sign", "attest", "proxy", "connect", "redirect", "initialize"}
)
PATH_VERBS = frozenset({"*", "get", "post", "put", "patch", "delete", "head", "options"})
"""The verbs of rules about paths of the API server: the methods of HTTP."""

_METRICS = ("custom.metrics.k8s.io", "external.metrics.k8s.io")
"""API groups in which the names of metrics stand in the place of resources."""

_VERSION = regex(r"(?:(.*)/)?v\d+(?:(?:alpha|beta)\d+)?")
# Kinds in the singular, with their short names; their resources are the plural.
_NAMES = {
    "componentstatus": "cs",
    "configmap": "cm",
    "endpoint": "ep",
    "event": "ev",
    "limitrange": "limits",
    "namespace": "ns",
    "node": "no",
    "persistentvolume": "pv",
    "persistentvolumeclaim": "pvc",
    "pod": "po",
    "podtemplate": "",
    "replicationcontroller": "rc",
    "resourcequota": "quota",
    "secret": "",
    "service": "svc",
    "serviceaccount": "sa",
    "controllerrevision": "",
    "daemonset": "ds",
    "deployment": "deploy",
    "replicaset": "rs",
    "statefulset": "sts",
    "cronjob": "cj",
    "job": "",
    "horizontalpodautoscaler": "hpa",
    "poddisruptionbudget": "pdb",
    "podsecuritypolicy": "psp",
    "ingress": "ing",
    "ingressclass": "",
    "networkpolicy": "netpol",
    "role": "",
    "rolebinding": "",
    "clusterrole": "",
    "clusterrolebinding": "",
    "storageclass": "sc",
    "volumeattachment": "",
    "csidriver": "",
    "csinode": "",
    "endpointslice": "",
    "lease": "",
    "priorityclass": "pc",
    "runtimeclass": "",
    "customresourcedefinition": "crd",
    "apiservice": "",
    "certificatesigningrequest": "csr",
    "mutatingwebhookconfiguration": "",
    "validatingwebhookconfiguration": "",
    "validatingadmissionpolicy": "",
    "subjectaccessreview": "",
    "selfsubjectaccessreview": "",
    "tokenreview": "",
}


class Misnomer(NamedTuple):
    """An item of a rule that matches nothing."""

    field: str
    text: str
    reason: str
    meant: str | None
    """What is right instead; ``None`` where that cannot be told."""


def misnomers(rule: RbacRule, more_verbs: Collection[str] = ()) -> Iterator[Misnomer]:
    """Yield the verbs, API groups and resources of a rule that match nothing, each once."""
    texts = [("verbs", rule.verbs), ("apiGroups", rule.api_groups), ("resources", rule.resources)]
    for field, written in texts:
        for text in dict.fromkeys(written):
            if text and not has_placeholder(text):
                found = _verb(text, rule, more_verbs) if field == "verbs" else _NAMED[field](text, rule)
                if found is not None:
                    yield Misnomer(field, text, *found)


_Found = tuple[str, str | None] | None


def _verb(verb: str, rule: RbacRule, more_verbs: Collection[str]) -> _Found:
    known = PATH_VERBS if rule.has_paths and not rule.resources else VERBS
    if verb in known or verb in more_verbs:
        return None
    if verb.casefold() in known:
        return "verbs are in lower case", verb.casefold()
    if verb in PATH_VERBS:
        return "it is a verb of paths, not of resources", {"post": "create", "put": "update"}.get(verb, "get")
    # What serves custom resources may know verbs of its own, and some of Kubernetes are put together with colons.
    is_open = "*" in rule.api_groups or not all(map(_is_known, rule.api_groups))
    return None if is_open or ":" in verb or rule.has_paths else ("there is no such verb", None)


def _group(group: str, rule: RbacRule) -> _Found:
    meant = _meant(group)
    if meant == group:
        return None
    version = "API groups are written without a version"
    return ("the name of the core group is empty" if group == "core" else version), meant


def _meant(group: str) -> str:
    match = _VERSION.fullmatch(group)
    return match[1] or "" if match is not None else "" if group == "core" else group


def _is_known(group: str) -> bool:
    return is_platform_group(_meant(group))


def _resource(resource: str, rule: RbacRule) -> _Found:
    if any(group in rule.api_groups for group in _METRICS):
        return None
    name, slash, part = resource.partition("/")
    if part == "*" and name and name != "userextras":
        return "a wildcard stands for all parts of a resource nowhere", None
    plural = _plurals().get(name.casefold()) if any(map(_is_known, rule.api_groups)) else None
    if plural is not None:
        return "resources are named in the plural", f"{plural}{slash}{part}"
    if name != name.lower():
        return "resources are in lower case", f"{name.lower()}{slash}{part}"
    return None


_NAMED = {"apiGroups": _group, "resources": _resource}


def _plurals() -> dict[str, str]:
    if not _known_plurals:
        for name, short in _NAMES.items():
            plural = f"{name}es" if name.endswith("s") else f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"
            _known_plurals.update(dict.fromkeys(filter(None, (name, short)), plural))
    return _known_plurals


_known_plurals: dict[str, str] = {}
