"""What can be reached from outside of the cluster through a Service, and what it draws to itself."""

from collections.abc import Iterator

from cnlint.findings import Report, report
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.services import Service
from cnlint.rules import Context, check
from cnlint.syntax.patterns import regex

# Annotations by which providers give a Service an address within the network alone, with the values that ask for it.
_INTERNAL = {
    "cloud.google.com/load-balancer-type": "internal",
    "networking.gke.io/load-balancer-type": "internal",
    "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type": "intranet",
    "service.beta.kubernetes.io/aws-load-balancer-internal": "",
    "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal",
    "service.beta.kubernetes.io/azure-load-balancer-internal": "true",
    "service.beta.kubernetes.io/cce-load-balancer-internal-vpc": "true",
    "service.beta.kubernetes.io/oci-load-balancer-internal": "true",
    "service.beta.kubernetes.io/openstack-internal-load-balancer": "true",
    "service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type": "private",
    "service.kubernetes.io/qcloud-loadbalancer-internal-subnetid": "",
}
_OFF = frozenset({"false", "no", "off", "0"})
_ENTRANCES = regex(
    r"(?:.*[-./_])?(?:ambassador|contour|envoy|gateway|haproxy|ingress|ingressgateway|kong|traefik)(?:[-./_].*)?"
)


@check("K8S363")
def node_port(service: Service) -> Iterator[Report]:
    if service.type == "NodePort":
        text = f"{service.ref} opens a port on every node: its type is NodePort"
        yield report(service.value_at("spec", "type"), text)


@check("K8S364")
def load_balancer(service: Service, context: Context) -> Iterator[Report]:
    forbidden = {one.casefold() for one in context.options["forbidden_types"]}
    if service.get("spec", "type") is None or service.type.casefold() not in forbidden:
        return
    if service.type.casefold() == "loadbalancer" and (_is_internal(service) or _is_entrance(service)):
        return
    yield report(service.value_at("spec", "type"), f"{service.ref} has the type {service.type}")


def _is_internal(service: Service) -> bool:
    annotations = {key: value.casefold() for key, value in service.annotations.items()}
    return any(
        key in annotations and (annotations[key] == wanted if wanted else annotations[key] not in _OFF)
        for key, wanted in _INTERNAL.items()
    )


def _is_entrance(service: Service) -> bool:
    """Tell whether the Service is that of a gateway or an ingress controller, by its names."""
    names = (service.name, *service.labels.values(), *service.selector.equalities().values())
    return any(_ENTRANCES.fullmatch(name.casefold()) for name in names)


@check("K8S722")
def external_address(service: Service, context: Context) -> Iterator[Report]:
    for index, address in enumerate(service.sequence("spec", "externalIPs")):
        if isinstance(address, str) and not has_placeholder(address) and not _is_allowed(address, context):
            text = f"{service.ref} draws all traffic for {address} to itself, whoever that address belongs to"
            yield report(service.value_at("spec", "externalIPs", index), text)
    name = service.string("spec", "externalName")
    if name and context.options["external_name"] and service.is_external_name:
        yield report(service.value_at("spec", "externalName"), f'{service.ref} is an alias of "{name}"')


def _is_allowed(address: str, context: Context) -> bool:
    import ipaddress

    allowed = context.options["allowed_ips"]
    if address in allowed:
        return True
    try:
        parsed = ipaddress.ip_address(address)
        return any(parsed in ipaddress.ip_network(one, strict=False) for one in allowed)
    except ValueError:
        return False
