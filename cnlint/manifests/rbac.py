"""Access of accounts to the API: roles and their rules, role bindings and their subjects, service accounts."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from cnlint.findings import Place
from cnlint.manifests.kubernetes import Manifest, mappings
from cnlint.manifests.labels import LabelSelector
from cnlint.manifests.view import View

GROUP = "rbac.authorization.k8s.io"

DEFAULT_ROLES = ("cluster-admin", "admin", "edit", "view")
"""The ClusterRoles for people that every cluster has; those for its own parts begin with ``system:``."""

READING_VERBS = ("get", "list", "watch")
CHANGING_VERBS = ("create", "update", "patch", "delete", "deletecollection")

AGGREGATE_TO = f"{GROUP}/aggregate-to-"
"""How the label begins that adds the rules of a ClusterRole to those of a built-in one."""

_ALL = "*"
_CORE = ""
_PLAIN_GROUPS = frozenset({_CORE, _ALL, "apps", "autoscaling", "batch", "extensions", "policy"})
_PLATFORM_DOMAINS = (".k8s.io", ".openshift.io")
_USUAL_VERBS = frozenset({*READING_VERBS, "create", "update", "patch", "delete"})

Resources = Mapping[str, Collection[str]]
"""Resources, each with the API groups that have it: ``{"jobs": ("batch",)}``; the core group is empty."""

EXEC_VERBS = ("create", "get")
EXEC_RESOURCES: Resources = {"pods/exec": (_CORE,), "pods/attach": (_CORE,)}


class RbacObject(Manifest):
    """A role or role binding of either kind."""

    @property
    def is_default(self) -> bool:
        """Whether it is one that every cluster makes for itself, as a dump of the cluster shows it."""
        is_marked = self.labels.get("kubernetes.io/bootstrapping") == "rbac-defaults"
        return is_marked and (self.name in DEFAULT_ROLES or self.name.startswith("system:"))


class Role(RbacObject):
    """A Role or ClusterRole: what its holder may do."""

    target = "rbac-role"

    @cached_property
    def rules(self) -> "list[RbacRule]":
        """The rules that stand in it."""
        return [RbacRule(self, index) for index, _ in mappings(self, "rules")]

    @property
    def is_for_cluster(self) -> bool:
        """Whether it is a ClusterRole."""
        return self.kind == "ClusterRole"

    @cached_property
    def aggregation(self) -> list[LabelSelector]:
        """The selectors of the ClusterRoles whose rules a controller adds."""
        path = ("aggregationRule", "clusterRoleSelectors")
        return [LabelSelector.parse(self.get(*path, index)) for index, _ in mappings(self, *path)]

    @property
    def aggregates_to(self) -> list[str]:
        """The built-in ClusterRoles that its rules are added to: ``view``, ``edit``, ``admin``."""
        wanted = ("view", "edit", "admin")
        return [name for name in wanted if self.is_for_cluster and self.labels.get(AGGREGATE_TO + name) == "true"]

    def parts(self) -> Iterator[View]:
        """Yield the rules."""
        yield from self.rules


class RbacRule(View):
    """A rule of a role: verbs on resources, or on paths of the API server that are none."""

    target = "rbac-rule"

    def __init__(self, role: Role, index: int) -> None:
        super().__init__(role.document, (*role.path, "rules", index))
        self.role = role
        self.index = index

    @property
    def kind(self) -> str:
        """The kind of the role."""
        return self.role.kind

    @cached_property
    def verbs(self) -> list[str]:
        """The verbs as written, ``*`` for all."""
        return _names(self, "verbs")

    @cached_property
    def api_groups(self) -> list[str]:
        """The API groups as written; the core group is empty, ``*`` stands for all."""
        return [item for item in self.sequence("apiGroups") if isinstance(item, str)]

    @cached_property
    def resources(self) -> list[str]:
        """The resources as written: ``pods``, ``pods/exec``, ``*/scale``, ``*`` for all."""
        return _names(self, "resources")

    @cached_property
    def resource_names(self) -> list[str]:
        """The names that the rule is limited to; none for all objects."""
        return _names(self, "resourceNames")

    @property
    def is_narrowed(self) -> bool:
        """Whether the rule is limited to objects of some names."""
        return bool(self.resource_names)

    @property
    def has_paths(self) -> bool:
        """Whether the rule is about paths of the API server, such as ``/metrics``."""
        return bool(self.sequence("nonResourceURLs"))

    def item(self, field: str, text: str) -> Place:
        """The first item of a list of the rule that is this text."""
        written = self.sequence(field)
        return self.at(field, written.index(text)) if text in written else self.at(field)

    # What it allows.

    @cached_property
    def allows_all(self) -> bool:
        """Whether it allows everything on everything, in the core group at least."""
        is_wild = _ALL in self.verbs and _ALL in self.resources and not self.is_narrowed
        return is_wild and (_ALL in self.api_groups or _CORE in self.api_groups)

    @property
    def equals_cluster_admin(self) -> bool:
        """Whether it allows every usual verb on everything in all groups."""
        is_wild = _ALL in self.api_groups and _ALL in self.resources and not self.is_narrowed
        return is_wild and (_ALL in self.verbs or _USUAL_VERBS.issubset(self.verbs))

    @property
    def is_about_custom_resources(self) -> bool:
        """Whether all its API groups are those of custom resources."""
        return bool(self.api_groups) and not any(map(is_platform_group, self.api_groups))

    def verbs_among(self, wanted: Iterable[str]) -> list[str]:
        """Give the written verbs that allow any of those wanted; ``*`` allows all."""
        among = {*wanted, _ALL}
        return [verb for verb in self.verbs if verb in among]

    def resources_among(self, wanted: Resources) -> list[str]:
        """Give the written resources that cover any of those wanted in its API group.

        ``*`` covers the resources of a group that the rule names. In the core group and in all groups together it
        covers nothing here: such a rule allows so much that naming single powers would say less, not more.
        """
        return [text for text in self.resources if any(self._covers(text, one, wanted[one]) for one in wanted)]

    def _covers(self, text: str, resource: str, groups: Collection[str]) -> bool:
        if text == _ALL:
            return any(group in self.api_groups for group in groups if group != _CORE)
        has_group = _ALL in self.api_groups or any(group in self.api_groups for group in groups)
        return has_group and _is_resource(text, resource)

    @property
    def allows_exec(self) -> bool:
        """Whether it allows to run commands in containers, as a power of its own."""
        return not self.allows_all and bool(self.verbs_among(EXEC_VERBS) and self.resources_among(EXEC_RESOURCES))

    def allows(self, verb: str, resource: str, group: str = _CORE) -> bool:
        """Tell whether the rule allows a verb on a resource of a group, all wildcards counted."""
        has_group = group in self.api_groups or _ALL in self.api_groups
        has_resource = any(text == _ALL or _is_resource(text, resource) for text in self.resources)
        return has_group and has_resource and (verb in self.verbs or _ALL in self.verbs)


class RoleReference(NamedTuple):
    """The role that a binding gives."""

    kind: str
    name: str

    @property
    def ref(self) -> str:
        """The role as messages name it: ``ClusterRole "view"``."""
        return f'{self.kind or "role"} "{self.name}"' if self.name else "a role"


class RoleBinding(RbacObject):
    """A RoleBinding or ClusterRoleBinding: who holds a role."""

    target = "role-binding"

    @cached_property
    def role(self) -> RoleReference:
        """The role that it gives."""
        return RoleReference(self.string("roleRef", "kind"), self.string("roleRef", "name"))

    @property
    def role_place(self) -> Place:
        """The name of the role that it gives."""
        return self.value_at("roleRef", "name")

    @cached_property
    def subjects(self) -> "list[RbacSubject]":
        """Who holds the role."""
        return [RbacSubject(self, index) for index, _ in mappings(self, "subjects")]

    def parts(self) -> Iterator[View]:
        """Yield the subjects."""
        yield from self.subjects


class RbacSubject(View):
    """A subject of a role binding."""

    target = "rbac-subject"

    def __init__(self, binding: RoleBinding, index: int) -> None:
        super().__init__(binding.document, (*binding.path, "subjects", index))
        self.binding = binding

    @property
    def kind(self) -> str:
        """``ServiceAccount``, ``User`` or ``Group``."""
        return self.string("kind")

    @property
    def name(self) -> str:
        """The name."""
        return self.string("name")

    @property
    def namespace(self) -> str:
        """The namespace of a ServiceAccount; empty where none is written."""
        return self.string("namespace")

    @property
    def ref(self) -> str:
        """The subject as messages name it: ``Group "developers"``."""
        return f'{self.kind or "subject"} "{self.name}"' if self.name else "a subject without a name"

    @property
    def is_program(self) -> bool:
        """Whether programs or nodes act under this name, and no person."""
        return self.kind in ("ServiceAccount", "Node") or self.name.startswith(("system:serviceaccount", "system:node"))


class ServiceAccount(Manifest):
    """An account that pods run as."""

    target = "service-account"

    @property
    def mounts_token(self) -> bool:
        """Whether pods that do not say otherwise get a token of the account."""
        return self.get("automountServiceAccountToken") is not False


def is_platform_group(group: str) -> bool:
    """Tell whether an API group belongs to Kubernetes or OpenShift, or stands for all of them."""
    return group in _PLAIN_GROUPS or group.endswith(_PLATFORM_DOMAINS)


def _is_resource(text: str, resource: str) -> bool:
    """Tell whether a written resource is the one wanted; ``*/exec`` is that part of each, ``userextras/*`` any part."""
    if text == resource:
        return True
    name, slash, part = resource.partition("/")
    if part == _ALL:
        return text == name or text.startswith(f"{name}/")
    return bool(slash) and text == f"*/{part}"


def _names(view: View, field: str) -> list[str]:
    return [item for item in view.sequence(field) if isinstance(item, str) and item]
