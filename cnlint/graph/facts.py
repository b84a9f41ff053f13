"""What the file stage leaves of a file for the project stage, and how it is read again.

YAML files leave snapshots of their documents, over which the project stage builds the same views as the file stage does
over the documents. Files of other kinds leave a summary of their own.
"""

import importlib
import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from cnlint.graph.snapshots import Snapshot, decode_snapshots, to_json

if TYPE_CHECKING:
    from cnlint.syntax.yaml import Document

# Kind of file, as the engine classifies it -> the class of its summary, with to_json() and from_json(path, content).
# Files of all other kinds are YAML or JSON.
_SUMMARIES = {
    "dockerfile": "cnlint.manifests.dockerfile_summary:DockerfileSummary",
    "shell": "cnlint.manifests.scripts:ScriptSummary",
    "makefile": "cnlint.manifests.scripts:ScriptSummary",
    "helm-chart": "cnlint.graph.charts:RenderedChart",
}


class FileFacts(NamedTuple):
    """The facts of one file."""

    path: str
    """Relative to the project root, with forward slashes."""
    kind: str
    """The kind of the file; it tells how ``facts`` is decoded."""
    facts: str = ""
    """What `encode_documents` or `encode_summary` gave; empty for a file that leaves nothing."""
    templated: bool = False
    """Whether the file is a template of another tool, so that what it will hold is not known."""
    failed: bool = False
    """Whether the file, or part of it, could not be read."""


def encode_documents(documents: "Iterable[Document]") -> str:
    """Encode the documents of a YAML file."""
    from cnlint.graph import snapshot_writer

    return snapshot_writer.encode_documents(documents)


def encode_summary(summary: Any) -> str:
    """Encode the summary of a file that is no YAML: anything with a ``to_json`` method."""
    return to_json(summary.to_json())


def decode_documents(facts: FileFacts) -> list[Snapshot]:
    """Give the snapshots of a YAML file; their values and positions are decoded when they are asked for."""
    if facts.facts and facts.kind == "helm-template":
        from cnlint.graph.charts import decode_rendered

        return decode_rendered(facts.path, facts.facts)
    return decode_snapshots(facts.path, facts.facts) if facts.facts and facts.kind not in _SUMMARIES else []


def decode_summary(facts: FileFacts) -> Any:
    """Give the summary of a file that is no YAML; ``None`` when it left none."""
    if not facts.facts or facts.kind not in _SUMMARIES:
        return None
    return _decoder(_SUMMARIES[facts.kind])(facts.path, json.loads(facts.facts))


def _decoder(name: str) -> Callable[[str, Any], Any]:
    module, _, attribute = name.partition(":")
    decoder: Callable[[str, Any], Any] = getattr(importlib.import_module(module), attribute).from_json
    return decoder
