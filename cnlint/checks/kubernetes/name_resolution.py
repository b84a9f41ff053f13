"""How pods find the addresses of names."""

from collections.abc import Iterator

from cnlint.checks.kubernetes.pod_patches import is_spec_patched
from cnlint.findings import Report, report
from cnlint.manifests.kubernetes import mappings
from cnlint.manifests.labels import scalar_text
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.workloads import PodTemplate
from cnlint.rules import Context, check

_OPTIONS = ("spec", "dnsConfig", "options")


@check("K8S256")
def missing_dns_option(pod: PodTemplate, context: Context) -> Iterator[Report]:
    if not _asks_cluster(pod):
        return
    name, wanted = context.options["name"], context.options["value"]
    for index, option in mappings(pod, *_OPTIONS):
        value = scalar_text(option.get("value"))
        if option.get("name") != name:
            continue
        if value != wanted and not has_placeholder(value):
            path = (*_OPTIONS, index, "value")
            yield report(
                pod.value_at(*path), f"{pod.ref} sets the DNS option {name} to {value or 'nothing'}, not {wanted}"
            )
        return
    if not pod.workload.is_fragment and not is_spec_patched(pod, context, "dnsConfig", "dnsPolicy"):
        yield report(pod.at(*_OPTIONS), f"{pod.ref} does not set the DNS option {name} to {wanted}")


def _asks_cluster(pod: PodTemplate) -> bool:
    """Tell whether names are looked up in the domains of the cluster first."""
    policy = pod.string("spec", "dnsPolicy")
    return policy == "ClusterFirstWithHostNet" or (policy in ("", "ClusterFirst") and not pod.host_network)


@check("K8S541")
def host_aliases_set(pod: PodTemplate) -> Iterator[Report]:
    names = [
        name
        for _, alias in mappings(pod, "spec", "hostAliases")
        for name in (alias["hostnames"] if isinstance(alias.get("hostnames"), list) else ())
        if name and isinstance(name, str)
    ]
    if pod.sequence("spec", "hostAliases"):
        what = ", ".join(f'"{name}"' for name in names[:3]) or "names"
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        yield report(pod.key_at("spec", "hostAliases"), f"{pod.ref} gives {what}{more} addresses of its own")
