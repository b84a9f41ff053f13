"""Network policies: which pods they restrict."""

from collections.abc import Iterator
from functools import cached_property

from cnlint.graph.apply_sets import UNSET, may_share
from cnlint.graph.link import Link, LinkFamily
from cnlint.graph.resources import Kind
from cnlint.graph.selections import SelectionLinks
from cnlint.manifests.network_policies import DIRECTIONS, Direction, NetworkPolicy
from cnlint.manifests.workloads import Workload

# What restricts pods by selectors of its own: whether a pod is meant is not looked at.
_OTHER_KINDS: tuple[Kind, ...] = (
    ("cilium.io", "CiliumNetworkPolicy"),
    ("crd.projectcalico.org", "NetworkPolicy"),
    ("crd.antrea.io", "NetworkPolicy"),
    ("projectcalico.org", "NetworkPolicy"),
)
_CLUSTER_KINDS: tuple[Kind, ...] = (
    ("cilium.io", "CiliumClusterwideNetworkPolicy"),
    ("crd.antrea.io", "ClusterNetworkPolicy"),
    ("crd.projectcalico.org", "GlobalNetworkPolicy"),
    ("policy.networking.k8s.io", "AdminNetworkPolicy"),
    ("policy.networking.k8s.io", "BaselineAdminNetworkPolicy"),
    ("policy.networking.k8s.io", "ClusterNetworkPolicy"),
    ("projectcalico.org", "GlobalNetworkPolicy"),
)

_Spaces = frozenset[str]


class PolicyLinks(LinkFamily):
    """Links from NetworkPolicies to pods."""

    def pods_restricted_by(self, policy: NetworkPolicy) -> tuple[Workload, ...]:
        """Give the workloads whose pods a NetworkPolicy selects."""
        return self._selections.pods_selected(policy, policy.selector)

    def policies_of(self, workload: Workload) -> tuple[NetworkPolicy, ...]:
        """Give the NetworkPolicies applied with a workload that select its pods."""
        return tuple(self._policies.get(id(workload), ()))

    @cached_property
    def _policies(self) -> dict[int, list[NetworkPolicy]]:
        found: dict[int, list[NetworkPolicy]] = {}
        for policy in self.project.resources(NetworkPolicy):
            for workload in self.pods_restricted_by(policy):
                if self.confidence(policy, workload) == "exact":
                    found.setdefault(id(workload), []).append(policy)
        return found

    def may_be_restricted(self, workload: Workload, direction: Direction) -> bool:
        """Tell whether any policy of the project, wherever it stands, may restrict a direction for some pods."""
        resource = self.project.resource_of(workload)
        if resource is None:
            return True
        spaces = self.project.apply_sets.namespaces(resource)
        own = self._restricted.get(id(resource), {}).get(direction, ())
        return any(may_share(spaces, others) for others in (*own, *self._everywhere[direction]))

    @cached_property
    def has_policies(self) -> bool:
        """Whether the project holds any policy."""
        return bool(self.project.resources(NetworkPolicy)) or any(
            kind in self.project.index.by_kind for kind in (*_OTHER_KINDS, *_CLUSTER_KINDS)
        )

    @cached_property
    def _restricted(self) -> dict[int, dict[Direction, set[_Spaces]]]:
        """The namespaces of the policies that select each object with pods by labels."""
        found: dict[int, dict[Direction, set[_Spaces]]] = {}
        for policy in self.project.resources(NetworkPolicy):
            if _is_for_all(policy):
                continue
            spaces = self.project.namespaces_of(policy)
            for pod in self._selections.pods_matching(policy.selector):
                for direction in filter(policy.covers, DIRECTIONS):
                    found.setdefault(id(pod), {}).setdefault(direction, set()).add(spaces)
        return found

    @cached_property
    def _everywhere(self) -> dict[Direction, set[_Spaces]]:
        """The namespaces in which some policy restricts all pods, or some of which nobody can tell."""
        found: dict[Direction, set[_Spaces]] = {direction: set() for direction in DIRECTIONS}
        for policy in self.project.resources(NetworkPolicy):
            if _is_for_all(policy):
                for direction in filter(policy.covers, DIRECTIONS):
                    found[direction].add(self.project.namespaces_of(policy))
        for direction in DIRECTIONS:
            found[direction].update(self._of_other_kinds())
        return found

    def _of_other_kinds(self) -> Iterator[_Spaces]:
        index = self.project.index
        yield from (self.project.apply_sets.namespaces(one) for one in index.of_kinds(_OTHER_KINDS))
        yield from (frozenset({UNSET}) for _ in index.of_kinds(_CLUSTER_KINDS))

    @property
    def _selections(self) -> SelectionLinks:
        return self.project.links

    def links(self) -> Iterator[Link]:
        """Yield the pods that NetworkPolicies select."""
        for policy in self.project.resources(NetworkPolicy):
            for workload in self.pods_restricted_by(policy):
                yield self._between("restricts", policy, workload, "spec", "podSelector")


def _is_for_all(policy: NetworkPolicy) -> bool:
    """Tell whether a policy selects all pods of its namespace, or perhaps does."""
    return policy.selector.is_empty or policy.selector.is_absent or not policy.selector.is_known
