"""Admission webhooks: what stops when nobody answers them."""

from collections.abc import Iterator

from cnlint.findings import Report, report
from cnlint.manifests.webhooks import WebhookConfiguration
from cnlint.rules import check


@check("K8S708")
def blocking_webhook(configuration: WebhookConfiguration) -> Iterator[Report]:
    for webhook in configuration.webhooks:
        if webhook.failure_policy != "Fail" or webhook.is_selective or not webhook.runs_in_cluster:
            continue
        if webhook.covers("", "pods", "CREATE", "UPDATE"):
            name = f'webhook "{webhook.name}"' if webhook.name else "a webhook"
            text = f"{name} of {configuration.ref} is asked about all pods, its own and those of kube-system included"
            yield report(webhook.at(), f"{text}, and none is made while it does not answer")
