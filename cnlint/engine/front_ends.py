"""How a file of each kind becomes views, and what it leaves for the project stage."""

import importlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from cnlint.config import Limits
from cnlint.engine import classify
from cnlint.syntax.source import Source

if TYPE_CHECKING:
    from cnlint.syntax.yaml import Document, Stream


class Parsed(Protocol):
    """A file that was read."""

    def views(self) -> Iterator[object]:
        """Yield every view of the file once, problems of its syntax included."""
        ...


# Kind of file -> module and function that read it.
_READERS = {
    classify.DOCKERFILE: ("cnlint.manifests.dockerfile", "read_dockerfile"),
    classify.WORKFLOW: ("cnlint.manifests.workflow", "read_workflow"),
    classify.ACTION: ("cnlint.manifests.workflow", "read_workflow"),
    classify.SHELL: ("cnlint.manifests.scripts", "read_script"),
    classify.MAKEFILE: ("cnlint.manifests.makefiles", "read_makefile"),
}
_YAML_KINDS = (classify.YAML, classify.KUSTOMIZATION, classify.SERVERLESS, classify.DEPENDABOT, classify.HELM_CHART)


def reader_of(kind: str) -> Callable[[Source], Parsed] | None:
    """Give the function that reads files of a kind which is no plain YAML; ``None`` when nothing checks the kind."""
    if kind not in _READERS:
        return None
    module, function = _READERS[kind]
    reader: Callable[[Source], Parsed] = getattr(importlib.import_module(module), function)
    return reader


def is_yaml(kind: str) -> bool:
    """Tell whether files of a kind are read by `read_yaml`."""
    return kind in _YAML_KINDS


class YamlFile:
    """A YAML or JSON file whose documents may each be of another kind."""

    def __init__(self, source: Source, kind: str, limits: Limits, named: bool) -> None:
        from cnlint.syntax import yaml

        self.source = source
        self.stream: Stream = yaml.parse(
            source,
            yaml.Dialect.KUBERNETES,
            yaml.Limits(max_depth=limits.max_depth, max_nodes=limits.max_nodes, max_documents=limits.max_documents),
        )
        self._named = named
        self.kind = _kind_of_documents(self.stream.documents, source.path) if kind == classify.YAML else kind
        if self.kind == classify.OTHER and "\napiVersion:" in f"\n{source.text}":
            self.kind = "kubernetes"

    @property
    def documents(self) -> "list[Document]":
        """The documents that could be read."""
        return self.stream.documents

    @property
    def templated(self) -> bool:
        """Whether the file did not parse because it is a template of another tool."""
        broken = any(problem.kind == "syntax" for problem in self.stream.problems)
        return broken and ("{{" in self.source.text or "<%" in self.source.text)

    def views(self) -> Iterator[object]:
        """Yield problems, documents, manifests and what they hold."""
        yield from self._problems()
        for document in self.stream.documents:
            yield from _views_of(document, self.source.path)

    def _problems(self) -> Iterator[object]:
        if self.templated and not self._named:
            return
        from cnlint.manifests.kubernetes import ManifestProblem
        from cnlint.manifests.problems import YamlProblem

        for problem in self.stream.problems:
            if problem.kind == "limit":
                continue
            if self.kind == classify.OTHER:
                if self._named:
                    yield YamlProblem(self.source.path, problem.message, problem.span, problem.kind)
            else:
                yield ManifestProblem(self.source, problem.message, problem.span, problem.kind)


def _views_of(document: "Document", path: str) -> Iterator[object]:
    from cnlint.manifests import kubernetes

    yield from kubernetes.document_views(document)
    if _is_serverless(document.value, path):
        from cnlint.manifests.serverless import serverless_views

        yield from serverless_views(document)


def _is_serverless(value: Any, path: str) -> bool:
    if not isinstance(value, dict) or not value.keys() & _SERVERLESS_KEYS:
        return False
    from cnlint.manifests.serverless import is_serverless

    return is_serverless(value, path)


# Top-level keys of SAM and CloudFormation templates, of serverless.yml and of Cloud Build.
_SERVERLESS_KEYS = {"Resources", "AWSTemplateFormatVersion", "Transform", "Globals", "provider", "functions", "steps"}

_KINDS_BY_GROUP = {
    "gateway.networking.k8s.io": "gateway-api",
    "argoproj.io": "argo-cd",
    "kustomize.config.k8s.io": classify.KUSTOMIZATION,
}


def _kind_of_documents(documents: "list[Document]", path: str) -> str:
    """Give the kind of a YAML file by the first of its documents whose kind is known."""
    for document in documents:
        value = document.value
        if not isinstance(value, dict):
            continue
        api_version = value.get("apiVersion")
        if isinstance(api_version, str) and isinstance(value.get("kind"), str):
            group = api_version.rpartition("/")[0]
            if group.endswith(".istio.io"):
                return "istio"
            return _KINDS_BY_GROUP.get(group, "kubernetes")
        if _is_serverless(value, path):
            return classify.SERVERLESS
        if "kind" in value and _lacks_api_version(value):
            return "kubernetes"
    return classify.OTHER


def _lacks_api_version(value: Any) -> bool:
    from cnlint.manifests.kubernetes import lacks_api_version

    return lacks_api_version(value)
