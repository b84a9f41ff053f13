"""Roles and accounts: which role a binding gives, what its rules are, who holds it, and what pods run as."""

from collections.abc import Iterator
from functools import cached_property

from cnlint.graph.apply_sets import UNSET, ApplySet, environment_of, may_share, same_environment
from cnlint.graph.link import Link, LinkFamily
from cnlint.graph.names import Names, nearest_name
from cnlint.graph.resources import Kind, Resource
from cnlint.manifests.kubernetes import Manifest, mappings
from cnlint.manifests.labels import LabelSelector
from cnlint.manifests.rbac import DEFAULT_ROLES, GROUP, RbacRule, Role, RoleBinding, ServiceAccount
from cnlint.manifests.workloads import Workload

_ROLE_KINDS = ("Role", "ClusterRole")
_MOST_COPIES = 8
_DEFAULT_ACCOUNTS = frozenset({"default", "builder", "deployer", "pipeline"})
"""What Kubernetes and OpenShift put into every namespace."""


class RoleLinks(LinkFamily):
    """Links from role bindings to roles, and from pods to their ServiceAccounts."""

    # Roles.

    def role_of(self, binding: RoleBinding) -> Role | None:
        """Give the role that a binding gives, as the binding sees it; ``None`` where it is not in the project."""
        found = self._visible_roles(binding)
        return found[0] if found else None

    def _visible_roles(self, binding: RoleBinding) -> list[Role]:
        kind, name = binding.role
        if kind not in _ROLE_KINDS or not name:
            return []
        if kind == "Role":
            found = self.project.find_all(kind, name, near=binding, group=GROUP)
        else:
            found = self._nearest_roles(self._named(kind, name, GROUP), binding)
        return [one for one in found if isinstance(one, Role)]

    def _nearest_roles(self, found: list[Resource], near: Manifest) -> list[Manifest]:
        """Keep what is applied with an object, else what is of its environment; namespaces do not matter."""
        sets, file = self.project.apply_sets, near.document.path
        found = sets.nearest(found, file)
        place = environment_of(file)
        together = [one for one in found if sets.is_with(file, one.file)]
        return [one.view for one in together or found if together or same_environment(place, environment_of(one.file))]

    def rules_of(self, role: Role) -> list[RbacRule]:
        """Give the rules of a role, with those that a controller adds from the ClusterRoles that it selects."""
        if not role.aggregation:
            return role.rules
        if id(role) not in self._collected_rules:
            self._collected_rules[id(role)] = self._collect(role)
        return self._collected_rules[id(role)]

    @cached_property
    def _collected_rules(self) -> dict[int, list[RbacRule]]:
        return {}

    def _collect(self, role: Role) -> list[RbacRule]:
        rules, seen, pending = [], {id(role)}, [role]
        while pending:
            one = pending.pop()
            rules += one.rules
            added = [source for source in self._aggregated(one) if id(source) not in seen]
            seen.update(map(id, added))
            pending += added
        return rules

    def _aggregated(self, role: Role) -> list[Role]:
        found = {
            id(one): one
            for selector in role.aggregation
            if selector.is_known and selector.requirements
            for one in self.project.apply_sets.nearest(self._candidates(selector), role.document.path)
            if selector.matches(one.view.labels)
        }
        in_order = sorted(found.values(), key=lambda one: one.file)
        return [one for one in self._nearest_roles(in_order, role) if isinstance(one, Role)]

    def _candidates(self, selector: LabelSelector) -> list[Resource]:
        """Give ClusterRoles among which are all that a selector selects."""
        wanted = next(iter(selector.equalities().items()), None)
        return self._labelled.get(wanted, []) if wanted else self.project.index.by_kind.get((GROUP, "ClusterRole"), [])

    @cached_property
    def _labelled(self) -> dict[tuple[str, str], list[Resource]]:
        """ClusterRoles by each of their labels."""
        found: dict[tuple[str, str], list[Resource]] = {}
        for one in self.project.index.by_kind.get((GROUP, "ClusterRole"), ()):
            for pair in one.view.labels.items():
                found.setdefault(pair, []).append(one)
        return found

    def bindings_of(self, role: Role) -> tuple[RoleBinding, ...]:
        """Give the bindings that give a role, or a ClusterRole that its rules are added to."""
        return tuple(self._bindings.get(id(role), {}).values())

    @cached_property
    def _bindings(self) -> dict[int, dict[int, RoleBinding]]:
        # The views of objects are built once, so that one object is one view.
        found: dict[int, dict[int, RoleBinding]] = {}
        for binding in self.project.resources(RoleBinding):
            # One name that many roles of one place have says little of any.
            for role in self._visible_roles(binding)[:_MOST_COPIES]:
                for one in {id(role), *(id(rule.role) for rule in self.rules_of(role))}:
                    found.setdefault(one, {})[id(binding)] = binding
        return found

    def may_have_role(self, binding: RoleBinding) -> bool:
        """Tell whether the role that a binding gives may exist: anything in the project makes it, or every cluster."""
        kind, name = binding.role
        if kind == "ClusterRole" and (name in DEFAULT_ROLES or name.startswith("system:")):
            return True
        spaces = self._spaces_of(kind, name, GROUP)
        is_made = spaces and (kind == "ClusterRole" or may_share(self.project.namespaces_of(binding), spaces))
        return bool(is_made) or (kind, name) in self._created_by_commands

    def role_elsewhere(self, binding: RoleBinding) -> Role | None:
        """Give what a binding may mean whose role is not found: one of the same name, applied with it.

        It is of the other kind, or in another namespace.
        """
        sets, name = self.project.apply_sets, binding.role.name
        others = (one for kind in (binding.role.kind, *_ROLE_KINDS) for one in self._named(kind, name, GROUP))
        near = next((one.view for one in others if sets.is_with(binding.document.path, one.file)), None)
        return near if isinstance(near, Role) else None

    def nearest_role(self, binding: RoleBinding) -> tuple[str, Role | None] | None:
        """Give the name of a role that is almost the one that a binding gives, and the role.

        It is applied with the binding, or is one that every cluster has.
        """
        kind, name = binding.role
        found = self._near_objects(binding, (GROUP, kind), name, is_namespaced=kind == "Role")
        names = {*found, *DEFAULT_ROLES} if kind == "ClusterRole" else set(found)
        near = nearest_name(name, names)
        view = found[near].view if near in found else None
        return None if near is None else (near, view if isinstance(view, Role) else None)

    # Accounts.

    def account_of(self, workload: Workload) -> ServiceAccount | None:
        """Give the ServiceAccount that the pods of a workload run as; ``None`` where it is not in the project."""
        if workload.template is None:
            return None
        found = self.project.find("ServiceAccount", workload.template.service_account, near=workload, group="")
        return found if isinstance(found, ServiceAccount) else None

    def may_have_account(self, name: str, workload: Workload) -> bool:
        """Tell whether a ServiceAccount may exist: anything in the project makes it, or every namespace has it."""
        kind = "ServiceAccount"
        if name in _DEFAULT_ACCOUNTS or name in self._accounts_of_eksctl or (kind, name) in self._created_by_commands:
            return True
        spaces = self._spaces_of(kind, name, "")
        return bool(spaces) and may_share(self.project.namespaces_of(workload), spaces)

    @cached_property
    def _accounts_of_eksctl(self) -> frozenset[str]:
        """The ServiceAccounts that eksctl makes, by its commands and by its configuration."""
        found = {
            config.string("iam", "serviceAccounts", index, "metadata", "name")
            for config in self.project.manifests("ClusterConfig", "eksctl.io")
            for index, _ in mappings(config, "iam", "serviceAccounts")
        }
        if self.project.may_run_commands:
            from cnlint.graph.commands import commands_of_programs

            for command, *_ in commands_of_programs(self.project, frozenset({"eksctl"})):
                word = command.option("--name")
                if word is not None and word.value:
                    found.add(word.value)
        return frozenset(found)

    def nearest_account(self, name: str, workload: Workload) -> ServiceAccount | None:
        """Give the ServiceAccount, applied with a workload, whose name is almost the one wanted."""
        found = self._near_objects(workload, ("", "ServiceAccount"), name)
        near = nearest_name(name, found)
        view = found[near].view if near is not None else None
        return view if isinstance(view, ServiceAccount) else None

    def bindings_of_account(self, workload: Workload) -> tuple[RoleBinding, ...]:
        """Give the bindings that give a role to the ServiceAccount of a workload's pods."""
        if workload.template is None:
            return ()
        name, sets = workload.template.service_account, self.project.apply_sets
        # Kustomizations change the namespaces of both sides, and subjects are looked at as written.
        spaces = self.project.namespaces_of(workload) | {workload.namespace}
        return tuple(
            binding
            for binding, namespace in self._holders.get(name, ())
            if may_share(spaces, frozenset({namespace}))
            # Every namespace has an account of this name.
            and (name != "default" or sets.is_with(workload.document.path, binding.document.path))
        )

    @cached_property
    def _holders(self) -> dict[str, list[tuple[RoleBinding, str]]]:
        """Role bindings by the names of the ServiceAccounts in them, each with the account's namespace."""
        found: dict[str, list[tuple[RoleBinding, str]]] = {}
        for binding in self.project.resources(RoleBinding):
            for subject in binding.subjects:
                if subject.kind == "ServiceAccount":
                    namespace = subject.namespace or binding.namespace or UNSET
                    found.setdefault(subject.name, []).append((binding, namespace))
        return found

    # What both need.

    def _named(self, kind: str, name: str, group: str) -> list[Resource]:
        """Give all objects of a kind that have a name, as written or as a kustomization gives it."""
        written = self.project.index.by_kind_and_name.get((kind, name), ())
        renamed = self.project.apply_sets.renamed.get((kind, name), ())
        found = [one for one in (*written, *renamed) if one.group == group]
        return sorted(found, key=lambda one: one.file) if renamed else found

    def _spaces_of(self, kind: str, name: str, group: str) -> frozenset[str]:
        """Give all namespaces that hold an object of a kind and name."""
        key = kind, name
        if key not in self._known_spaces_of_roles:
            found = (self.project.apply_sets.namespaces(one) for one in self._named(kind, name, group))
            self._known_spaces_of_roles[key] = frozenset().union(*found)
        return self._known_spaces_of_roles[key]

    @cached_property
    def _known_spaces_of_roles(self) -> dict[tuple[str, str], frozenset[str]]:
        return {}

    @cached_property
    def _created_by_commands(self) -> frozenset[tuple[str, str]]:
        return frozenset((one.kind, one.name) for one in self.project.links.created_objects)

    def _near_objects(
        self, near: Manifest, kind: Kind, name: str, *, is_namespaced: bool = True
    ) -> dict[str, Resource]:
        """Give the objects of a kind that are applied with another one and have almost a name, by their names."""
        spaces = self.project.namespaces_of(near)
        return {
            written: one
            for group in self.project.sets_of(near)
            for written in self._role_names_in(group, kind)[0].near(name)
            if (one := self._role_names_in(group, kind)[1][written])
            and (not is_namespaced or may_share(spaces, self.project.apply_sets.namespaces(one)))
        }

    def _role_names_in(self, group: ApplySet, kind: Kind) -> tuple[Names, dict[str, Resource]]:
        key = id(group), kind
        if key not in self._known_role_names:
            resources = group.index.by_kind.get(kind, ())
            found = {name: one for one in resources for name in (one.name, group.name_of(one))}
            self._known_role_names[key] = Names(found), found
        return self._known_role_names[key]

    @cached_property
    def _known_role_names(self) -> dict[tuple[int, Kind], tuple[Names, dict[str, Resource]]]:
        return {}

    def links(self) -> Iterator[Link]:
        """Yield the roles that bindings give, and the accounts that pods run as."""
        for binding in self.project.resources(RoleBinding):
            role = self.role_of(binding)
            if role is not None:
                yield self._between("grants", binding, role, "roleRef", "name")
        for workload in self.project.resources(Workload):
            account = self.account_of(workload)
            if account is not None and workload.template is not None:
                place = workload.template.at("spec", "serviceAccountName")
                yield Link("runs-as", place, account.at("metadata", "name"), self.confidence(workload, account))
