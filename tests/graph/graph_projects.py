"""Texts of manifests for projects of a few files."""

from collections.abc import Callable

from cnlint.graph.project import Project

MakeProject = Callable[..., Project]


def workload(
    name: str, *, kind: str = "Deployment", namespace: str = "", labels: str = "", spec: str = "", pod: str = ""
) -> str:
    """A workload in flow style, so that several fit one text."""
    place = f", namespace: {namespace}" if namespace else ""
    labels = labels or f"app: {name}"
    return (
        f"apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}{place}}}\n"
        f"spec:\n  selector: {{matchLabels: {{{labels}}}}}\n{spec}  template:\n    metadata: {{labels: {{{labels}}}}}\n"
        f"    spec:\n      containers: [{{name: {name}, image: 'registry.example.com/{name}:1.0.0'}}]\n{pod}"
    )


def service(name: str, selector: str, *, namespace: str = "", ports: str = "[{port: 80}]") -> str:
    """A Service."""
    place = f", namespace: {namespace}" if namespace else ""
    return (
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}{place}}}\n"
        f"spec: {{selector: {{{selector}}}, ports: {ports}}}\n"
    )


def config_map(name: str, *, namespace: str = "", data: str = "key: value") -> str:
    """A ConfigMap."""
    place = f", namespace: {namespace}" if namespace else ""
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}{place}}}\ndata: {{{data}}}\n"


def application(name: str, url: str, path: str, namespace: str = "shop") -> str:
    """An Argo CD Application."""
    return (
        f"apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}, namespace: argocd}}\n"
        f"spec:\n  project: default\n  source: {{repoURL: '{url}', path: {path}, targetRevision: main}}\n"
        f"  destination: {{namespace: {namespace}, server: 'https://kubernetes.default.svc'}}\n"
    )
