"""Destinations of routes: the hosts and subsets that they name."""

from collections.abc import Iterator

from cnlint.checks.istio.wording import listed
from cnlint.findings import Edit, Fix, Related, Report, Severity, report
from cnlint.graph import gates
from cnlint.graph.apply_sets import UNSET, environment_of, may_share, same_environment
from cnlint.graph.names import nearest_name
from cnlint.graph.project import Project
from cnlint.graph.selections import selector_of
from cnlint.manifests.hosts import Host
from cnlint.manifests.istio import Destination, DestinationRule, ServiceEntry, VirtualService
from cnlint.manifests.kubernetes import Manifest
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.services import Service
from cnlint.rules import Context, check

_MOST_SERVICES = 200
_EXPORT_TO = "networking.istio.io/exportTo"
# Services that the installation of the mesh or of the cluster makes; no repository of an application holds them.
_INSTALLED = ("istio-", "istiod", "knative-", "kubernetes", "kube-dns", "cluster-local-gateway")


@check("IST206")
def subset_not_defined(destination: Destination, context: Context) -> Iterator[Report]:
    project, virtual_service = context.project, destination.route.service
    wanted = destination.subset
    if not wanted or not destination.host or has_placeholder(wanted) or has_placeholder(destination.host):
        return
    rules = _destination_rules(destination, project)
    defined = {subset.name: rule for rule in rules for subset in rule.subsets}
    if wanted in defined or any(map(has_placeholder, defined)) or _is_patched(destination, project):
        return
    if any(project.is_patched(rule, "spec", "subsets") for rule in rules):
        return
    place = destination.at("subset")
    known = [rule for rule in rules if _is_of_one_environment(virtual_service, rule, project)]
    if known:
        yield report(
            place,
            f"{destination.label} is not defined: {_definitions(known)}",
            related=[Related(rule.at("spec", "subsets"), f"the subsets of {rule.ref}") for rule in known],
            severity=_severity(project, virtual_service, known[0]),
            hint=_meant(wanted, defined),
        )
    elif not rules and (behind := _resolved(destination, project)) is not None:
        yield report(
            place,
            f"{destination.label} is not defined: the project has no DestinationRule for this host",
            related=[Related(one.at("metadata", "name"), f"the host is {one.ref}") for one in behind[:1]],
        )


def _destination_rules(destination: Destination, project: Project) -> list[DestinationRule]:
    found = project.links.destination_rules_of_host(destination.host, destination.route.service)
    return [rule for rule in found if isinstance(rule, DestinationRule)]


def _is_of_one_environment(one: Manifest, other: Manifest, project: Project) -> bool:
    some, others = one.document.path, other.document.path
    is_with = project.apply_sets.is_with(some, others)
    return is_with or same_environment(environment_of(some), environment_of(others))


def _definitions(rules: list[DestinationRule]) -> str:
    """Say what DestinationRules define: ``DestinationRule "orders" defines "v1" and "v2"``."""
    texts = []
    for rule in rules:
        names = [f'"{subset.name}"' for subset in rule.subsets if subset.name]
        texts.append(f"{rule.ref} defines {listed(names) if names else 'no subsets'}")
    return "; ".join(texts)


def _meant(wanted: str, defined: dict[str, DestinationRule]) -> str | None:
    near = nearest_name(wanted, defined)
    return f'Write subset: {near}, or define "{wanted}" in {defined[near].ref}' if near else None


def _severity(project: Project, one: Manifest, other: Manifest) -> Severity | None:
    return None if project.links.confidence(one, other) == "exact" else "warning"


def _resolved(destination: Destination, project: Project) -> list[Manifest] | None:
    """Give what a host without DestinationRule leads to, if it may be said that it has none; else ``None``."""
    virtual_service = destination.route.service
    found: list[Manifest] = [*project.links.services_of_host(destination.host, virtual_service)]
    found += project.links.service_entries_of_host(destination.host, virtual_service)
    if project.settings.complete is not None:
        return found if project.settings.complete else None
    together = [one for one in found if project.links.confidence(virtual_service, one) == "exact"]
    if together and all(map(project.gates.is_known, project.sets_of(virtual_service))):
        return together
    is_open = project.may_report_missing(gates.DESTINATION_RULES, near=virtual_service, wanted=[destination.host])
    return found if found and is_open else None


def _is_patched(destination: Destination, project: Project) -> bool:
    route = destination.route
    return project.is_patched(route.service, "spec", route.protocol)


@check("IST207")
def destination_host_not_found(destination: Destination, context: Context) -> Iterator[Report]:
    project = context.project
    host = project.links.host_of(destination.host)
    if not destination.host or has_placeholder(destination.host) or host.form == "wildcard":
        return
    if _is_patched(destination, project):
        return
    found = _services_and_entries(destination, project)
    if found:
        if not any(_is_exported(one, destination.route.service, project) for one in found):
            yield _not_exported(destination, found[0])
        return
    if host.form in ("namespaced", "service"):
        service = _service_meant(destination, host, project)
        if service is not None:
            yield _incomplete(destination, service, project)
            return
    yield from _missing(destination, host, context)


def _services_and_entries(destination: Destination, project: Project) -> list[Manifest]:
    """Give the Services and ServiceEntries that Istio takes a host for."""
    virtual_service = destination.route.service
    found: list[Manifest] = [*project.links.service_entries_of_host(destination.host, virtual_service)]
    if project.links.host_of(destination.host).form in ("short", "full"):
        found += project.links.services_of_host(destination.host, virtual_service)
    return found


def _is_exported(one: Manifest, near: VirtualService, project: Project) -> bool:
    """Tell whether a VirtualService may see a Service or ServiceEntry."""
    if isinstance(one, ServiceEntry):
        scope: tuple[str, ...] = one.export_to
    else:
        written = one.annotations.get(_EXPORT_TO, "*")
        scope = tuple(part.strip() for part in written.split(","))
    if "*" in scope or any(map(has_placeholder, scope)):
        return True
    asking, owning = project.namespaces_of(near), project.namespaces_of(one)
    return may_share(asking, frozenset(scope)) or ("." in scope and may_share(asking, owning))


def _not_exported(destination: Destination, one: Manifest) -> Report:
    field = ("spec", "exportTo") if isinstance(one, ServiceEntry) else ("metadata", "annotations", _EXPORT_TO)
    return report(
        destination.at("host"),
        f'host "{destination.host}" is not visible here: {one.ref} is exported to other namespaces only',
        related=[Related(one.at(*field), f"{one.ref} is exported so")],
        hint=f"Export {one.ref} to the namespace of {destination.route.service.ref}",
    )


def _service_meant(destination: Destination, host: Host, project: Project) -> Service | None:
    """Give the Service of exactly the namespace that a host such as ``orders.shop`` names."""
    for service in project.links.services_of_host(destination.host, destination.route.service):
        spaces = project.namespaces_of(service)
        if host.namespace in spaces or (host.namespace == "default" and UNSET in spaces):
            return service
    return None


def _incomplete(destination: Destination, service: Service, project: Project) -> Report:
    full = project.links.full_host(destination.host, destination.route.service)
    place = destination.value_at("host")
    return report(
        destination.at("host"),
        f'host "{destination.host}" is no host that Istio knows: it completes names without a dot only',
        related=[Related(service.at("metadata", "name"), f"{service.ref} is meant")],
        hint=f"Write {full}",
        fixes=[Fix(f"write {full}", (Edit(place.span, full),))],
    )


def _missing(destination: Destination, host: Host, context: Context) -> Iterator[Report]:
    project, virtual_service = context.project, destination.route.service
    if host.form not in ("short", "full"):
        if _may_report_outside(destination, project):
            yield report(
                destination.at("host"),
                f'host "{destination.host}" is in no ServiceEntry of the project',
                hint="Add the host to a ServiceEntry, or correct it",
            )
        return
    if _may_exist(host, virtual_service, project):
        return
    near = _almost_named(host, virtual_service, project)
    if near is None and not _may_report_service(destination, host, project):
        return
    space = "" if host.namespace is None else f' in namespace "{host.namespace}"'
    message = f'host "{destination.host}" leads nowhere: the project has no Service "{host.name}"{space}'
    if near is None:
        other, hint = _likely_meant(host, virtual_service, project)
    else:
        other, hint = near, f"Write {destination.host.replace(host.name, near.name, 1)}"
    related = [Related(other.at("metadata", "name"), f"{other.ref} is here")] if other else []
    is_sure = project.settings.complete or _is_of_own_namespace(host, virtual_service, project)
    yield report(
        destination.at("host"),
        message,
        related=related,
        # Who keeps one Service of another namespace here need not keep all.
        severity=None if is_sure else "warning",
        hint=hint,
    )


def _may_report_outside(destination: Destination, project: Project) -> bool:
    """Tell whether the project would hold the ServiceEntry of a host outside of the cluster."""
    if ".svc." in f"{destination.host}.":
        return False
    return project.may_report_missing(gates.SERVICE_ENTRIES, near=destination.route.service, wanted=[destination.host])


def _may_report_service(destination: Destination, host: Host, project: Project) -> bool:
    """Tell whether the project would hold the Service that a host names."""
    virtual_service = destination.route.service
    complete = project.settings.complete
    if complete is not None:
        return complete
    if host.name.startswith(_INSTALLED) or project.files_named("Chart.yaml"):
        return False
    if _is_of_own_namespace(host, virtual_service, project):
        return project.may_report_missing(gates.SERVICES, near=virtual_service, wanted=[host.name])
    neighbours = [one for one in project.resources(Service) if host.namespace in project.namespaces_of(one)]
    return bool(neighbours) and all(
        project.may_report_missing(gates.SERVICES, near=one, wanted=[host.name]) for one in neighbours
    )


def _may_exist(host: Host, near: VirtualService, project: Project) -> bool:
    """Tell whether anything in the project may be, or make, the Service that a host names."""
    spaces = project.namespaces_of(near) if host.namespace is None else frozenset({host.namespace})
    sets = project.apply_sets
    named = (
        *project.index.by_kind_and_name.get(("Service", host.name), ()),
        *sets.renamed.get(("Service", host.name), ()),
    )
    if any(may_share(spaces, sets.namespaces(one)) for one in named):
        return True
    gateways = project.manifests("Gateway", "gateway.networking.k8s.io")
    makers = (*gateways, *project.manifests("Service", "serving.knative.dev"))
    if any(one.name and host.name.startswith(f"{one.name}-") for one in makers):
        return True
    return any(one.verb == "expose" for one in project.links.cluster_commands) or any(
        one.kind == "Service" for one in project.links.created_objects
    )


def _is_of_own_namespace(host: Host, near: VirtualService, project: Project) -> bool:
    return host.namespace is None or host.namespace in project.namespaces_of(near)


def _almost_named(host: Host, near: VirtualService, project: Project) -> Service | None:
    """Give the Service, applied with a VirtualService, whose name looks like the host's with a typing error."""
    if not _is_of_own_namespace(host, near, project):
        return None
    services = {one.name: one for one in _services_with(near, project)}
    name = nearest_name(host.name, services)
    return services[name] if name else None


def _services_with(near: VirtualService, project: Project) -> list[Service]:
    """Give the Services that are applied with a VirtualService; none where they are too many to compare names."""
    spaces, sets = project.namespaces_of(near), project.apply_sets
    found = [one for group in project.sets_of(near) for one in group.index.by_kind.get(("", "Service"), ())]
    if len(found) > _MOST_SERVICES:
        return []
    return [one.view for one in found if isinstance(one.view, Service) and may_share(spaces, sets.namespaces(one))]


def _likely_meant(host: Host, near: VirtualService, project: Project) -> tuple[Service | None, str | None]:
    """Give the Service that is likely meant, and the hint to write it."""
    for resource in project.index.by_kind_and_name.get(("Service", host.name), ()):
        if isinstance(resource.view, Service) and resource.namespace:
            full = project.links.full_host(f"{host.name}.{resource.namespace}", near)
            return resource.view, f"Write {full}"
    services = _services_with(near, project)
    for service in services:
        workloads = project.links.pods_behind(service) if not selector_of(service).is_absent else ()
        workload = next((one for one in workloads if one.name == host.name), None)
        if workload is not None:
            return service, f"Write {service.name}, the Service of {workload.ref}"
    longer = [one for one in services if one.name.startswith(f"{host.name}-")]
    return (longer[0], f"Write {longer[0].name}, if that is meant") if len(longer) == 1 else (None, None)
