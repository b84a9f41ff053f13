"""Configurations of admission webhooks: which requests the API server asks whom about."""

from cnlint.manifests.kubernetes import Manifest, mappings
from cnlint.manifests.view import View


class Webhook(View):
    """A webhook that is asked before objects are stored."""

    def __init__(self, configuration: "WebhookConfiguration", index: int) -> None:
        super().__init__(configuration.document, (*configuration.path, "webhooks", index))
        self.configuration = configuration

    @property
    def name(self) -> str:
        """The webhook's name."""
        return self.string("name")

    @property
    def failure_policy(self) -> str:
        """What happens when nobody answers; where nothing is written, that depends on the version."""
        default = "Ignore" if self.configuration.version == "v1beta1" else "Fail"
        return self.string("failurePolicy") or default

    @property
    def is_selective(self) -> bool:
        """Whether it is asked about some objects only, by their namespace, their labels or conditions."""
        return any(bool(self.get(field)) for field in ("namespaceSelector", "objectSelector", "matchConditions"))

    @property
    def runs_in_cluster(self) -> bool:
        """Whether it is asked through a Service of the cluster."""
        return bool(self.mapping("clientConfig", "service"))

    def covers(self, group: str, resource: str, *operations: str) -> bool:
        """Tell whether it is asked about any of some operations on a resource of a group."""
        wanted = {"apiGroups": {group, "*"}, "resources": {resource, "*", "*/*"}, "operations": {*operations, "*"}}
        return any(
            rule.get("scope") != "Cluster" and all(_meet(rule.get(field), some) for field, some in wanted.items())
            for _, rule in mappings(self, "rules")
        )


class WebhookConfiguration(Manifest):
    """A ValidatingWebhookConfiguration or MutatingWebhookConfiguration."""

    target = "webhook-configuration"

    @property
    def webhooks(self) -> list[Webhook]:
        """The webhooks."""
        return [Webhook(self, index) for index, _ in mappings(self, "webhooks")]


def _meet(values: object, wanted: set[str]) -> bool:
    return isinstance(values, list) and any(isinstance(one, str) and one in wanted for one in values)
