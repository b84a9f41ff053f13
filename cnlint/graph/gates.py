"""When a rule may say that something is missing.

A repository seldom holds all that runs in a cluster. What is absent from it is reported only when a gate is open:

* ``project.complete: true`` opens all gates, ``false`` closes them. Without it the following holds.
* The set that the asking object is applied with holds at least one object of the wanted family in the same namespace:
  somebody keeps such objects here.
* Nothing of that set is unknown: no file failed to parse or is a template, no part is remote, no chart or plugin adds
  to it.
* No custom resource of an unknown kind may create the object: operators make pods, Services, ConfigMaps and Secrets.
* No wanted name or label holds a placeholder.

A near miss (a name or label almost like an existing one) needs no gate; see `cnlint.graph.names`. Neither does what is
there and wrong: a Service that is found but lacks the port.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from cnlint.graph.apply_sets import ApplySet, do_share
from cnlint.graph.kustomize import namespace_of
from cnlint.graph.resources import Kind, Resource
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.view import View

if TYPE_CHECKING:
    from cnlint.graph.project import Project


class Family(NamedTuple):
    """Kinds of objects of which one would fill the gap."""

    name: str
    kinds: frozenset[Kind]
    with_pods: bool = False
    """Whether everything that has a pod template belongs to the family."""
    is_namespaced: bool = True

    def holds(self, resource: Resource) -> bool:
        """Tell whether an object belongs to the family."""
        return resource.group_kind in self.kinds or (self.with_pods and resource.has_pods)


def family(name: str, *kinds: Kind, with_pods: bool = False, is_namespaced: bool = True) -> Family:
    """Make a family of kinds, each given as group and kind."""
    return Family(name, frozenset(kinds), with_pods, is_namespaced)


PODS = family("pods", with_pods=True)
WORKLOADS = family(
    "workloads",
    ("apps", "Deployment"),
    ("apps", "StatefulSet"),
    ("apps", "ReplicaSet"),
    ("apps", "DaemonSet"),
    ("", "ReplicationController"),
)
SERVICES = family("services", ("", "Service"))
CONFIG_MAPS = family("config maps", ("", "ConfigMap"))
SECRETS = family(
    "secrets",
    ("", "Secret"),
    ("bitnami.com", "SealedSecret"),
    ("external-secrets.io", "ExternalSecret"),
    ("isindir.github.com", "SopsSecret"),
    ("kubernetes-client.io", "ExternalSecret"),
    ("onepassword.com", "OnePasswordItem"),
    ("secrets.doppler.com", "DopplerSecret"),
    ("secrets.hashicorp.com", "VaultDynamicSecret"),
    ("secrets.hashicorp.com", "VaultPKISecret"),
    ("secrets.hashicorp.com", "VaultStaticSecret"),
    ("secrets.infisical.com", "InfisicalSecret"),
)
SERVICE_ACCOUNTS = family("service accounts", ("", "ServiceAccount"))
ROLES = family("roles", ("rbac.authorization.k8s.io", "Role"))
VOLUME_CLAIMS = family("volume claims", ("", "PersistentVolumeClaim"))
NAMESPACES = family("namespaces", ("", "Namespace"), is_namespaced=False)
DESTINATION_RULES = family("destination rules", ("networking.istio.io", "DestinationRule"))
SERVICE_ENTRIES = family("service entries", ("networking.istio.io", "ServiceEntry"))
APP_PROJECTS = family("projects", ("argoproj.io", "AppProject"), is_namespaced=False)

# Groups whose controllers create none of the objects that rules look for, or whose objects the links know as producers.
_KNOWN_GROUPS = frozenset(
    {
        "",
        "apps",
        "argoproj.io",
        "autoscaling",
        "batch",
        "bitnami.com",
        "cert-manager.io",
        "cilium.io",
        "crd.projectcalico.org",
        "extensions",
        "external-secrets.io",
        "gateway.networking.k8s.io",
        "isindir.github.com",
        "keda.sh",
        "kubernetes-client.io",
        "kustomize.config.k8s.io",
        "kyverno.io",
        "metrics.k8s.io",
        "onepassword.com",
        "policy",
        "secrets.doppler.com",
        "secrets.hashicorp.com",
        "secrets.infisical.com",
        "secrets-store.csi.x-k8s.io",
        "snapshot.storage.k8s.io",
        "traefik.io",
        "trust.cert-manager.io",
        "traefik.containo.us",
    }
)
_KNOWN_DOMAINS = (".k8s.io", ".istio.io", ".openshift.io")
_KNOWN_KINDS = frozenset(
    {
        ("monitoring.coreos.com", "ServiceMonitor"),
        ("monitoring.coreos.com", "PodMonitor"),
        ("monitoring.coreos.com", "PrometheusRule"),
        ("monitoring.coreos.com", "Probe"),
        ("serving.knative.dev", "Service"),
    }
)


class Gates:
    """The gates of a project."""

    def __init__(self, project: "Project") -> None:
        self._project = project
        self._known: dict[ApplySet, bool] = {}
        self._held: dict[tuple[ApplySet, str], frozenset[str]] = {}

    def are_open(self, wanted_family: Family, near: View | None, wanted: Iterable[str] = ()) -> bool:
        """Tell whether the absence of an object may be reported; see the module."""
        wanted = list(wanted)
        if any(map(has_placeholder, wanted)):
            return False
        complete = self._project.settings.complete
        if complete is not None:
            return complete
        resource = self._project.resource_of(near) if near is not None else None
        if resource is None:
            return self._whole_project(wanted_family)
        sets = self._project.apply_sets.of(resource)
        return all(map(self.is_known, sets)) and any(
            self._holds(one, wanted_family, one.namespace_of(resource)) for one in sets
        )

    def are_known(self, near: View) -> bool:
        """Tell whether all is known that is applied with an object, so that what changes or joins it would be seen."""
        complete = self._project.settings.complete
        return complete if complete is not None else all(map(self.is_known, self._project.sets_of(near)))

    def _whole_project(self, wanted_family: Family) -> bool:
        """Judge for something that belongs to no set: the whole project must be known and hold one of the family."""
        project = self._project
        return (
            any(map(wanted_family.holds, project.index.all))
            and not any(one.failed or one.templated for one in project.facts.values())
            and not any(one.unknown for one in project.apply_sets.all)
            and not any(map(self.may_create, project.index.all))
        )

    def is_known(self, one: ApplySet) -> bool:
        """Tell whether everything that a set applies is known."""
        if one not in self._known:
            facts = self._project.facts
            self._known[one] = (
                not one.unknown
                and not any(facts[file].failed or facts[file].templated for file in one.files if file in facts)
                and not any(map(self.may_create, one.index.all))
            )
        return self._known[one]

    def _holds(self, one: ApplySet, wanted_family: Family, namespace: str) -> bool:
        """Tell whether a set holds an object of a family in a namespace, and hides none."""
        key = (one, wanted_family.name)
        if key not in self._held:
            self._held[key] = frozenset(self._namespaces(one, wanted_family))
        held = self._held[key]
        return do_share(frozenset({namespace}), held) if wanted_family.is_namespaced else bool(held)

    def _namespaces(self, one: ApplySet, wanted_family: Family) -> Iterator[str]:
        """Yield the namespaces in which a set holds objects of a family; none when repeated keys hide any."""
        kinds = {kind for _, kind in wanted_family.kinds}
        if any(kinds.intersection(resource.document.hidden_kinds) for resource in one.index.all):
            return
        yield from (one.namespace_of(resource) for resource in one.index.all if wanted_family.holds(resource))
        for group, made in self._project.apply_sets.generated:
            if group is one and ("", made.kind) in wanted_family.kinds:
                yield namespace_of(made.layers, made.generator.namespace) or one.namespace

    def may_create(self, resource: Resource) -> bool:
        """Tell whether an object may make others that no file shows: a custom resource of an operator.

        So may an Argo CD Application whose source is not in this repository.
        """
        if resource.group == "argoproj.io" and resource.kind in ("Application", "ApplicationSet"):
            return not self._project.links.is_own_application(resource.view)
        if resource.group in _KNOWN_GROUPS or resource.group.endswith(_KNOWN_DOMAINS):
            return False
        return resource.group_kind not in _KNOWN_KINDS and not resource.has_pods
