"""NetworkPolicies: which pods they select, and whom they let speak to them."""

from collections.abc import Iterator
from functools import cached_property
from typing import Literal

from cnlint.manifests.kubernetes import Manifest, mappings
from cnlint.manifests.labels import LabelSelector
from cnlint.manifests.view import View

Direction = Literal["Ingress", "Egress"]
DIRECTIONS: tuple[Direction, ...] = ("Ingress", "Egress")


class NetworkPolicyPeer(View):
    """An entry of ``from`` or ``to``: pods, namespaces or addresses."""

    def __init__(self, rule: "NetworkPolicyRule", index: int) -> None:
        super().__init__(rule.document, (*rule.path, rule.peers_field, index))
        self.rule = rule

    @cached_property
    def pod_selector(self) -> LabelSelector:
        """The selector of pods; absent where none is written."""
        return LabelSelector.parse(self.get("podSelector"))

    @property
    def has_namespaces(self) -> bool:
        """Whether it says in which namespaces the pods are; else they are in that of the policy."""
        return self.get("namespaceSelector") is not None


class NetworkPolicyRule(View):
    """A rule for one direction."""

    def __init__(self, policy: "NetworkPolicy", direction: Direction, index: int) -> None:
        super().__init__(policy.document, (*policy.path, "spec", direction.lower(), index))
        self.policy = policy
        self.direction = direction

    @property
    def peers_field(self) -> str:
        """Where the peers stand."""
        return "from" if self.direction == "Ingress" else "to"

    @property
    def peers(self) -> list[NetworkPolicyPeer]:
        """The peers; none means everybody."""
        return [NetworkPolicyPeer(self, index) for index, _ in mappings(self, self.peers_field)]

    @property
    def allows_everything(self) -> bool:
        """Whether it names neither peers nor ports."""
        return isinstance(self.value, dict) and not any(self.value.get(key) for key in (self.peers_field, "ports"))


class NetworkPolicy(Manifest):
    """A NetworkPolicy."""

    target = "network-policy"

    @cached_property
    def selector(self) -> LabelSelector:
        """The selector of pods; where none is written all are selected."""
        value = self.get("spec", "podSelector")
        return LabelSelector.parse({} if value is None else value)

    def covers(self, direction: Direction) -> bool:
        """Tell whether it restricts a direction: by ``policyTypes``, else Ingress always and Egress if it has rules."""
        types = self.get("spec", "policyTypes")
        if isinstance(types, list) and types:
            return direction in types
        return direction == "Ingress" or bool(self.sequence("spec", "egress"))

    def rules(self) -> Iterator[NetworkPolicyRule]:
        """Yield the rules of the directions that the policy covers."""
        return (rule for rule in self.all_rules() if self.covers(rule.direction))

    def all_rules(self) -> Iterator[NetworkPolicyRule]:
        """Yield the rules of both directions, those without effect included."""
        for direction in DIRECTIONS:
            for index, _ in mappings(self, "spec", direction.lower()):
                yield NetworkPolicyRule(self, direction, index)
