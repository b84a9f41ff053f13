"""Host names of a mesh, as Istio and Kubernetes read them."""

from typing import Literal, NamedTuple

HostForm = Literal["short", "namespaced", "service", "full", "wildcard", "other"]


class Host(NamedTuple):
    """A host name taken apart."""

    form: HostForm
    """``short`` is ``orders``, ``namespaced`` ``orders.shop``, ``service`` ``orders.shop.svc``; ``full`` has the domain
    of the cluster too, ``wildcard`` starts with an asterisk, ``other`` is a name outside of the cluster."""
    name: str
    """The Service's name; the host itself for ``wildcard`` and ``other``."""
    namespace: str | None
    """The namespace that the host names; ``None`` when it names none: that of the asking object is meant."""

    @property
    def may_be_service(self) -> bool:
        """Whether the host may name a Service of the cluster."""
        return self.form not in ("wildcard", "other")


def parse_host(host: str, cluster_domain: str = "cluster.local") -> Host:
    """Take a host apart.

    ``a.b`` may be a Service with its namespace or a name outside of the cluster; here it counts as the former.
    """
    host = host.removesuffix(".")
    if host.startswith("*"):
        return Host("wildcard", host, None)
    labels = host.split(".")
    if len(labels) == 1:
        return Host("short", host, None)
    if not all(labels):
        return Host("other", host, None)
    if host.endswith(f".svc.{cluster_domain}") and len(labels) == 3 + cluster_domain.count(".") + 1:
        return Host("full", labels[0], labels[1])
    if len(labels) == 3 and labels[2] == "svc":
        return Host("service", labels[0], labels[1])
    if len(labels) == 2:
        return Host("namespaced", labels[0], labels[1])
    return Host("other", host, None)


def covers(pattern: str, host: str) -> bool:
    """Tell whether a host, or a wildcard such as ``*.example.com``, covers another host."""
    if pattern == "*":
        return True
    return host.endswith(pattern[1:]) if pattern.startswith("*") else pattern == host
