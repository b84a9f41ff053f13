"""Ingresses: the Services that they lead to, TLS, paths and classes."""

from collections.abc import Iterator

from cnlint.findings import Edit, Fix, Related, Report, report
from cnlint.graph import gates
from cnlint.graph.apply_sets import environment_of, same_environment
from cnlint.graph.project import Project
from cnlint.manifests.ingresses import CLASS_ANNOTATION, Ingress, IngressBackend, IngressPath
from cnlint.manifests.kubernetes import Manifest
from cnlint.manifests.mapping_edits import add_key, remove_key
from cnlint.manifests.patches import looks_like_patch
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.services import Service
from cnlint.rules import Context, check
from cnlint.syntax.patterns import regex

# What controllers make up for themselves: actions of annotations, solvers of certificates.
_ACTIONS = "use-annotation"
_SOLVER = "cm-acme-http-solver"
# Annotations by which something before or behind the controller speaks TLS, or by which nothing but a redirect is left.
_TLS_ELSEWHERE = regex(
    r"alb\.ingress\.kubernetes\.io/(?:certificate-arn|ssl-redirect|ssl-policy|actions\.ssl-redirect)"
    r"|appgw\.ingress\.kubernetes\.io/appgw-ssl-(?:certificate|profile)"
    r"|external-dns\.alpha\.kubernetes\.io/cloudflare-proxied"
    r"|haproxy-ingress\.github\.io/(?:ssl-passthrough|redirect-to)|haproxy\.org/(?:ssl-passthrough|ssl-certificate)"
    r"|ingress\.gcp\.kubernetes\.io/pre-shared-cert"
    r"|ingress\.kubernetes\.io/ssl-passthrough"
    r"|networking\.gke\.io/(?:managed-certificates|certmap)"
    r"|nginx\.ingress\.kubernetes\.io/(?:ssl-passthrough|permanent-redirect|temporal-redirect)"
    r"|route\.openshift\.io/termination"
    r"|service\.beta\.kubernetes\.io/(?:aws-load-balancer-ssl-cert|do-loadbalancer-certificate-id)"
    r"|traefik\.ingress\.kubernetes\.io/(?:router\.tls(?:\..*)?|redirect-.*)"
)
_ENTRY_POINTS = "traefik.ingress.kubernetes.io/router.entrypoints"
_LISTEN_PORTS = "alb.ingress.kubernetes.io/listen-ports"
_SCHEME = "alb.ingress.kubernetes.io/scheme"
# Classes of controllers that are reached from within only, or that bring certificates along by themselves.
_OTHER_CLASSES = regex(r".*(?:internal|private|intranet|tailscale|cloudflare|ngrok).*")
_LOCAL_HOSTS = regex(r"localhost|.*\.(?:localhost|local|test|localdev\.me|lvh\.me|127\.0\.0\.1\.(?:nip|sslip)\.io)")
# Annotations by which controllers tell requests for one path from each other.
_CONDITIONS = regex(r".*(?:canary|condition|entrypoint|header|listen-port|mergeable|method|priority|weight|group\.).*")
# The controller of Google still looks at the annotation alone.
_ANNOTATION_ONLY = regex(r"gce(?:-.*)?")
_PLAIN_NAME = regex(r"[a-z][a-z0-9]*(?:[-.][a-z0-9]+)*")


@check("K8S365")
def dangling_ingress(ingress: Ingress, context: Context) -> Iterator[Report]:
    project = context.project
    if any(project.is_patched(ingress, "spec", field) for field in ("rules", "defaultBackend", "backend")):
        return
    seen: set[tuple[str, int | str | None]] = set()
    for backend in ingress.backends():
        asked = (backend.service, backend.port)
        if asked in seen or not _means_service(backend):
            continue
        seen.add(asked)
        services = project.links.services_of_backend(backend)
        found = _wrong_port(backend, services, project) if services else _missing_service(backend, context)
        if found is not None:
            yield found


def _means_service(backend: IngressBackend) -> bool:
    """Tell whether a backend names a Service: others lead to resources, or are made up by the controller."""
    name = backend.service
    if not name or backend.port == _ACTIONS or name.startswith(_SOLVER) or has_placeholder(name):
        return False
    return f"alb.ingress.kubernetes.io/actions.{name}" not in backend.ingress.annotations


def _missing_service(backend: IngressBackend, context: Context) -> Report | None:
    project, gate = context.project, context.options["gate"]
    name, ingress = backend.service, backend.ingress
    if gate == "off" or project.links.may_exist("Service", name, ingress):
        return None
    near = project.links.service_named_like(name, ingress)
    if near is None and gate != "strict":
        if project.links.hides_services(ingress):
            return None
        if not project.may_report_missing(gates.SERVICES, near=ingress, wanted=[name]):
            return None
    text = f'{ingress.ref} sends requests to Service "{name}", which is not there'
    if near is None:
        return report(backend.service_place, text)
    related = [Related(near.at("metadata", "name"), "a name that is almost the same")]
    return report(backend.service_place, text, related=related, hint=f"Write {near.name}")


def _wrong_port(backend: IngressBackend, services: list[Manifest], project: Project) -> Report | None:
    port = backend.port
    if port is None or port == "" or (isinstance(port, str) and has_placeholder(port)):
        return None
    is_exact = project.links.confidence(backend.ingress, services[0]) == "exact"
    # Elsewhere in the project there may be several of that name.
    candidates = services if is_exact else project.find_all("Service", backend.service)
    if any(_may_have_port(service, port, project) for service in candidates):
        return None
    service = services[0]
    written = f'"{port}"' if isinstance(port, str) else str(port)
    ports = service.ports if isinstance(service, Service) else []
    there = ", ".join(f'{one.number} ("{one.name}")' if one.name else str(one.number) for one in ports)
    text = f"{backend.ingress.ref} sends requests to port {written} of {service.ref}, which has {there}"
    related = [Related(service.at("spec", "ports"), "the ports of the Service")]
    hint = f"Write {ports[0].number}, the port of the Service" if len(ports) == 1 else None
    return report(backend.port_place, text, related=related, hint=hint, severity=None if is_exact else "warning")


def _may_have_port(service: Manifest, port: int | str, project: Project) -> bool:
    if not isinstance(service, Service) or service.is_external_name or not service.ports:
        return True
    if service.port(port) is not None or project.is_patched(service, "spec", "ports"):
        return True
    return any(has_placeholder(one.name) or one.number is None for one in service.ports)


@check("K8S366")
def missing_tls(ingress: Ingress, context: Context) -> Iterator[Report]:
    if ingress.get("spec", "tls") or ingress.is_fragment or looks_like_patch(ingress):
        return
    if _has_tls_elsewhere(ingress) or _OTHER_CLASSES.fullmatch(ingress.class_name.casefold()):
        return
    hosts = ingress.hosts
    if hosts and all(_LOCAL_HOSTS.fullmatch(host.casefold()) for host in hosts):
        return
    if not context.project.is_patched(ingress, "spec", "tls"):
        names = f" for {hosts[0]}" + (" and others" if len(set(hosts)) > 1 else "") if hosts else ""
        yield report(ingress.at("spec", "tls"), f"{ingress.ref} takes requests{names} without TLS")


def _has_tls_elsewhere(ingress: Ingress) -> bool:
    annotations = ingress.annotations
    if any(_TLS_ELSEWHERE.fullmatch(key) and value.casefold() != "false" for key, value in annotations.items()):
        return True
    return (
        "HTTPS" in annotations.get(_LISTEN_PORTS, "")
        or annotations.get(_SCHEME) == "internal"
        or "websecure" in annotations.get(_ENTRY_POINTS, "")
    )


@check("K8S372")
def duplicate_path(ingress: Ingress, context: Context) -> Iterator[Report]:
    links = context.project.links
    for path in ingress.paths:
        rival = next((other for other in links.rivals(path) if _compete(path, other, context.project)), None)
        if rival is None:
            continue
        where = "" if rival.ingress is ingress else f" {rival.ingress.ref}"
        text = f'{ingress.ref} takes requests for "{path.host}{path.pattern}", as{where or " a path before it"} does'
        related = [Related(rival.at("path"), f"claimed here by {rival.ingress.ref}")]
        yield report(path.at("path"), text, related=related)


def _compete(path: IngressPath, other: IngressPath, project: Project) -> bool:
    one, two = path.ingress, other.ingress
    if one is two:
        return True
    # The same object twice is written for several environments.
    if (one.name, one.namespace) == (two.name, two.namespace) or has_placeholder(path.host):
        return False
    here, there = one.document.path, two.document.path
    # Without a host these may be examples of different things that stand side by side.
    if here != there and (not path.host or not same_environment(environment_of(here), environment_of(there))):
        return False
    if any(project.is_patched(ingress, "spec", "rules") for ingress in (one, two)):
        return False
    return _conditions(one) == _conditions(two)


def _conditions(ingress: Ingress) -> dict[str, str]:
    return {key: value for key, value in ingress.annotations.items() if _CONDITIONS.fullmatch(key)}


@check("K8S744")
def class_annotation(ingress: Ingress) -> Iterator[Report]:
    annotated, field = ingress.annotated_class, ingress.get("spec", "ingressClassName")
    if not annotated or has_placeholder(annotated) or ingress.group != "networking.k8s.io":
        return
    place = ingress.key_at("metadata", "annotations", CLASS_ANNOTATION)
    if isinstance(field, str) and field:
        if field != annotated and not has_placeholder(field):
            text = f'{ingress.ref} has the class "{field}", and its annotation names the class "{annotated}"'
            related = [Related(ingress.at("spec", "ingressClassName"), "the field")]
            yield report(place, text, related=related, severity="error")
    elif not _ANNOTATION_ONLY.fullmatch(annotated):
        text = f'{ingress.ref} names its class "{annotated}" by an annotation, which is deprecated'
        yield report(place, text, fixes=_move_class(ingress, annotated))


def _move_class(ingress: Ingress, name: str) -> list[Fix]:
    if not _PLAIN_NAME.fullmatch(name):
        return []
    removed = remove_key(ingress, ("metadata", "annotations", CLASS_ANNOTATION))
    added: tuple[Edit, ...] = add_key(ingress, ("spec",), f"ingressClassName: {name}")
    return [Fix("move the class to spec.ingressClassName", (*removed, *added))] if removed and added else []
