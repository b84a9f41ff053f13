"""ConfigMaps and Secrets: which objects, generators, operators and commands make them, and who refers to them."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

from cnlint.findings import Place
from cnlint.graph import kustomize
from cnlint.graph.apply_sets import UNSET, ApplySet, may_share
from cnlint.graph.link import Confidence, Link, LinkFamily
from cnlint.graph.names import Names, nearest_name
from cnlint.graph.resources import Resource
from cnlint.manifests.configuration import ConfigMap, Secret
from cnlint.manifests.kubernetes import Manifest
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.view import View
from cnlint.manifests.workloads import ConfigurationReference, Workload

_ALWAYS_THERE = frozenset(
    {
        ("ConfigMap", "kube-root-ca.crt"),
        ("ConfigMap", "istio-ca-root-cert"),
        ("ConfigMap", "openshift-service-ca.crt"),
        ("ConfigMap", "config-service-cabundle"),
        ("ConfigMap", "config-trusted-cabundle"),
    }
)
"""What the platform puts into every namespace."""

_TLS_KEYS = frozenset({"tls.crt", "tls.key", "ca.crt"})


class Producer(NamedTuple):
    """What makes a ConfigMap or Secret exist."""

    kind: str
    """``ConfigMap`` or ``Secret``: what is made."""
    names: frozenset[str]
    """As written, and as kustomizations rename it."""
    keys: frozenset[str] | None
    """The keys; ``None`` when the files do not tell them."""
    namespaces: frozenset[str]
    """Where it ends up; an empty text means that nothing says so."""
    file: str
    place: Place
    manifest: Manifest | None
    """The object itself, or the one that an operator reads; ``None`` for generators and commands."""


class ReferenceLinks(LinkFamily):
    """Links from pods to the ConfigMaps and Secrets that they read."""

    def producers(self, kind: str, name: str, near: View) -> tuple[Producer, ...]:
        """Give everything in the project that may make the ConfigMap or Secret that an object refers to by name.

        Namespaces must be able to meet; nothing else is asked for, for this is evidence that it exists. What is applied
        with ``near`` comes first.
        """
        spaces = self.project.namespaces_of(near)
        key = (kind, name, spaces, tuple(map(id, self.project.sets_of(near))))
        if key not in self._visible:
            found = [one for one in self._producers.get((kind, name), ()) if may_share(spaces, one.namespaces)]
            self._visible[key] = tuple(sorted(found, key=lambda one: not self._is_with(near, one)))
        return self._visible[key]

    @cached_property
    def _visible(self) -> dict[tuple[str, str, frozenset[str], tuple[int, ...]], tuple[Producer, ...]]:
        return {}

    def exists(self, kind: str, name: str, near: View) -> bool:
        """Tell whether a ConfigMap or Secret may exist.

        Something makes it, the platform does, an operator may, or one that is applied with ``near`` has a name that is
        filled in later.
        """
        return (
            (kind, name) in _ALWAYS_THERE
            or bool(self.producers(kind, name, near))
            or name in self._names_in_custom_resources
            or any(map(has_placeholder, self._names_near(kind, near)))
        )

    def keys(self, kind: str, name: str, near: View) -> frozenset[str] | None:
        """Give the keys of a ConfigMap or Secret, of all that may make it together.

        ``None`` when nothing around makes it, or when not all keys can be told: an operator or a file not read adds
        some, or a kustomization patches it.
        """
        found = self.producers(kind, name, near)
        # The same tuple is given for the same name and sets.
        if id(found) not in self._keys:
            own = tuple(one for one in found if self._is_with(near, one))
            around = tuple(one for one in found if _may_belong_together(near.document.path, one.file))
            self._keys[id(found)] = self._keys_of(own or around)
        return None if name in self._names_in_custom_resources else self._keys[id(found)]

    def _keys_of(self, found: tuple[Producer, ...]) -> frozenset[str] | None:
        keys: set[str] = set()
        for one in found:
            if one.keys is None or (one.manifest is not None and self._is_patched(one.manifest)):
                return None
            keys |= one.keys
        return frozenset(keys) if found else None

    @cached_property
    def _keys(self) -> dict[int, frozenset[str] | None]:
        return {}

    def nearest(self, kind: str, name: str, near: View) -> Producer | None:
        """Give what makes a ConfigMap or Secret whose name is almost the one wanted, applied with ``near``."""
        spaces = self.project.namespaces_of(near)
        candidates = {
            other: one
            for group in self.project.sets_of(near)
            for other in self._names_in_set(group, kind).near(name)
            if may_share(spaces, (one := self._in_set(group)[kind][other]).namespaces)
        }
        found = nearest_name(name, candidates)
        return candidates[found] if found else None

    def _names_in_set(self, group: ApplySet, kind: str) -> Names:
        key = id(group), kind
        if key not in self._names:
            self._names[key] = Names(self._in_set(group).get(kind, {}))
        return self._names[key]

    @cached_property
    def _names(self) -> dict[tuple[int, str], Names]:
        return {}

    def _names_near(self, kind: str, near: View) -> Iterator[str]:
        return (name for group in self.project.sets_of(near) for name in self._in_set(group).get(kind, {}))

    def _is_with(self, near: View, one: Producer) -> bool:
        return self.project.apply_sets.is_with(near.document.path, one.file)

    def _in_set(self, group: ApplySet) -> dict[str, dict[str, Producer]]:
        """Give what makes ConfigMaps and Secrets in a set, by kind and name."""
        found = self._by_set.get(id(group))
        if found is None:
            found = self._by_set[id(group)] = {}
            for one in self._all_producers:
                if one.file in group.files:
                    found.setdefault(one.kind, {}).update(dict.fromkeys(one.names, one))
        return found

    @cached_property
    def _by_set(self) -> dict[int, dict[str, dict[str, Producer]]]:
        return {}

    def _is_patched(self, manifest: Manifest) -> bool:
        return any(self.project.is_patched(manifest, field) for field in ("data", "stringData", "binaryData"))

    @cached_property
    def _producers(self) -> dict[tuple[str, str], list[Producer]]:
        found: dict[tuple[str, str], list[Producer]] = {}
        for one in self._all_producers:
            for name in one.names:
                found.setdefault((one.kind, name), []).append(one)
        return found

    @cached_property
    def _all_producers(self) -> tuple[Producer, ...]:
        return (*self._objects(), *self._generated(), *self._of_operators(), *self._of_commands())

    def _objects(self) -> Iterator[Producer]:
        for config_map in self.project.resources(ConfigMap):
            yield self._producer("ConfigMap", config_map, config_map.name, _own_keys(config_map))
        for secret in self.project.resources(Secret):
            yield self._producer("Secret", secret, secret.name, _own_keys(secret))

    def _generated(self) -> Iterator[Producer]:
        for group, made in self.project.apply_sets.generated:
            named = made.generator.namespace
            yield Producer(
                made.kind,
                frozenset({made.name, kustomize.name_of(made.layers, made.name)}),
                made.keys,
                frozenset({kustomize.namespace_of(made.layers, named) or group.namespace}),
                # A generator belongs to whatever is built with it.
                next(iter(group.files), made.kustomization.document.path),
                made.place,
                None,
            )

    def _of_operators(self) -> Iterator[Producer]:
        for (group, kind), read in _OPERATORS.items():
            for resource in self.project.index.by_kind.get((group, kind), ()):
                for made, name, keys in read(resource.view):
                    yield self._producer(made, resource.view, name or resource.name, keys)

    def _of_commands(self) -> Iterator[Producer]:
        for one in self.project.links.created_objects:
            if one.kind in ("ConfigMap", "Secret"):
                namespaces = frozenset({one.namespace or UNSET})
                yield Producer(
                    one.kind, frozenset({one.name}), one.keys, namespaces, one.command.file, one.command.place, None
                )

    def _producer(self, kind: str, manifest: Manifest, name: str, keys: frozenset[str] | None) -> Producer:
        resource = self.project.resource_of(manifest)
        names, namespaces = frozenset({name}), frozenset({UNSET})
        if resource is not None:
            sets = self.project.apply_sets
            layers = [one.files.get(resource.file, ()) for one in sets.of(resource)]
            names |= {kustomize.name_of(layer, name) for layer in layers}
            namespaces = sets.namespaces(resource)
        return Producer(
            kind, names, keys, namespaces, manifest.document.path, manifest.at("metadata", "name"), manifest
        )

    @cached_property
    def _names_in_custom_resources(self) -> frozenset[str]:
        """All short texts in custom resources of operators that nobody here knows: any may name what they make."""
        gates = self.project.gates
        unknown = (one for one in self.project.index.all if gates.may_create(one) and one.group != "argoproj.io")
        return frozenset(text for one in unknown for text in _texts(one))

    def links(self) -> Iterator[Link]:
        """Yield what pods read."""
        for workload in self.project.resources(Workload):
            if workload.template is None:
                continue
            for reference in workload.template.configuration_references():
                # The items of a volume refer to what the volume itself refers to.
                if reference.key is None or reference.key_path == ("key",):
                    for one in self.producers(reference.kind, reference.name, workload):
                        confidence: Confidence = "exact" if self._is_with(workload, one) else "inferred"
                        yield Link("reads", reference.name_place, one.place, confidence)


def references_of(workload: Workload) -> Iterator[ConfigurationReference]:
    """Yield the ConfigMaps and Secrets that the pods of a workload refer to."""
    if workload.template is not None:
        yield from workload.template.configuration_references()


def _own_keys(manifest: ConfigMap | Secret) -> frozenset[str] | None:
    """Give the keys of an object; ``None`` when a controller fills it: it is empty, or copies or injects others."""
    marks = " ".join((*manifest.annotations, *manifest.labels)).casefold()
    if not manifest.keys or any(word in marks for word in _FILLED_BY_CONTROLLERS):
        return None
    return frozenset(manifest.keys)


_FILLED_BY_CONTROLLERS = ("reflect", "replicat", "inject", "mittwald", "kubed", "stringsecret", "avp.kubernetes.io")


def _texts(resource: Resource) -> Iterator[str]:
    pending: list[Any] = [resource.view.value]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
        elif isinstance(value, str) and len(value) <= 253:
            yield value


# Custom resources whose operators make Secrets and ConfigMaps: kind, name (empty: that of the resource), keys.


def _may_belong_together(path: str, other: str) -> bool:
    """Tell whether two files, not applied together, may be about the same objects: trees of their own may not be."""
    folders, others = path.split("/")[:-1], other.split("/")[:-1]
    return folders[:1] == others[:1] or max(len(folders), len(others)) <= 1


_Made = tuple[str, str, frozenset[str] | None]


def _sealed_secret(view: Manifest) -> Iterator[_Made]:
    keys = {*view.mapping("spec", "encryptedData"), *view.mapping("spec", "template", "data")}
    yield "Secret", view.string("spec", "template", "metadata", "name"), frozenset(map(str, keys))


def _external_secret(view: Manifest) -> Iterator[_Made]:
    keys = [item.get("secretKey") for item in view.sequence("spec", "data") if isinstance(item, dict)]
    is_open = view.get("spec", "dataFrom") or view.get("spec", "target", "template")
    name = view.string("spec", "target", "name")
    kind = "ConfigMap" if view.string("spec", "target", "manifest", "kind") == "ConfigMap" else "Secret"
    yield kind, name, None if is_open else frozenset(key for key in keys if isinstance(key, str))


def _cluster_external_secret(view: Manifest) -> Iterator[_Made]:
    name = view.string("spec", "externalSecretSpec", "target", "name") or view.string("spec", "externalSecretName")
    yield "Secret", name, None


def _certificate(view: Manifest) -> Iterator[_Made]:
    yield "Secret", view.string("spec", "secretName"), None if view.get("spec", "keystores") else _TLS_KEYS


def _secret_provider_class(view: Manifest) -> Iterator[_Made]:
    for item in view.sequence("spec", "secretObjects"):
        if isinstance(item, dict) and isinstance(item.get("secretName"), str):
            data = item.get("data")
            keys = {one.get("key") for one in data if isinstance(one, dict)} if isinstance(data, list) else set()
            yield "Secret", item["secretName"], frozenset(key for key in keys if isinstance(key, str))


def _sops_secret(view: Manifest) -> Iterator[_Made]:
    for item in (*view.sequence("spec", "secretTemplates"), *view.sequence("spec", "secret_templates")):
        if isinstance(item, dict) and isinstance(item.get("name"), str):
            yield "Secret", item["name"], None


def _destination(view: Manifest) -> Iterator[_Made]:
    yield "Secret", view.string("spec", "destination", "name"), None


def _managed(view: Manifest) -> Iterator[_Made]:
    yield "Secret", view.string("spec", "managedSecret", "name"), None
    yield "Secret", view.string("spec", "managedSecretReference", "secretName"), None


def _same_name(view: Manifest) -> Iterator[_Made]:
    yield "Secret", "", None


def _bundle(view: Manifest) -> Iterator[_Made]:
    yield "ConfigMap", "", None
    yield "Secret", "", None


_OPERATORS = {
    ("bitnami.com", "SealedSecret"): _sealed_secret,
    ("external-secrets.io", "ExternalSecret"): _external_secret,
    ("external-secrets.io", "ClusterExternalSecret"): _cluster_external_secret,
    ("kubernetes-client.io", "ExternalSecret"): _same_name,
    ("cert-manager.io", "Certificate"): _certificate,
    ("secrets-store.csi.x-k8s.io", "SecretProviderClass"): _secret_provider_class,
    ("isindir.github.com", "SopsSecret"): _sops_secret,
    ("secrets.hashicorp.com", "VaultStaticSecret"): _destination,
    ("secrets.hashicorp.com", "VaultDynamicSecret"): _destination,
    ("secrets.hashicorp.com", "VaultPKISecret"): _destination,
    ("onepassword.com", "OnePasswordItem"): _same_name,
    ("secrets.doppler.com", "DopplerSecret"): _managed,
    ("secrets.infisical.com", "InfisicalSecret"): _managed,
    ("trust.cert-manager.io", "Bundle"): _bundle,
}
