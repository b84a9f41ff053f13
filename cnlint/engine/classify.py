"""What kind of file a path is, from its name, and whether its content is worth parsing."""

import os

from cnlint.findings import CheckedFile

DOCKERFILE = "dockerfile"
WORKFLOW = "workflow"
ACTION = "action"
DEPENDABOT = "dependabot"
YAML = "yaml"
"""A YAML or JSON file whose documents say what they are; it is replaced by the kind of its first known document."""
KUSTOMIZATION = "kustomization"
HELM_CHART = "helm-chart"
HELM_TEMPLATE = "helm-template"
HELM_VALUES = "helm-values"
SERVERLESS = "serverless"
SHELL = "shell"
MAKEFILE = "makefile"
OTHER = "other"

_NOT_DOCKERFILE = (
    ".dockerignore",
    ".md",
    ".txt",
    ".py",
    ".sh",
    ".yaml",
    ".yml",
    ".json",
    ".orig",
    ".bak",
    ".swp",
    ".go",
    ".js",
    ".ts",
    ".rb",
)
_YAML_SUFFIXES = (".yaml", ".yml")
_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_SERVERLESS_NAMES = ("serverless.yml", "serverless.yaml", "samconfig.yaml")

# A YAML or JSON file that holds none of these is no manifest of any kind that is known here.
_MANIFEST_MARKS = (b"apiVersion", b"AWSTemplateFormatVersion", b"AWS::", b"runtime", b"gcloud")


def _is_dockerfile_with_suffix(name: str) -> bool:
    """Tell whether a name is Dockerfile or Containerfile, alone or with an ending: Dockerfile.api, Dockerfile-slim."""
    for stem in ("Dockerfile", "Containerfile"):
        if name.startswith(stem):
            return name[len(stem) :][:1] in ("", ".", "-", "_")
    return False


def kind_by_name(path: str) -> str:
    """Give the kind of a file from its path relative to the project root.

    Helm templates are told by their folder's name only; see `helm_chart_of`.
    """
    name = path.rpartition("/")[2]
    if _is_dockerfile_with_suffix(name):
        return OTHER if name.endswith(_NOT_DOCKERFILE) else DOCKERFILE
    if name.endswith((".Dockerfile", ".dockerfile")):
        return DOCKERFILE
    if name in _KUSTOMIZATIONS:
        return KUSTOMIZATION
    if name.endswith(_YAML_SUFFIXES):
        return _kind_of_yaml(path, name)
    if name.endswith(".json"):
        return YAML
    if name.endswith((".sh", ".bash")):
        return SHELL
    if name in ("Makefile", "makefile", "GNUmakefile") or name.endswith(".mk"):
        return MAKEFILE
    return OTHER


def _kind_of_yaml(path: str, name: str) -> str:
    folder = path[: -len(name)].rstrip("/")
    if folder.endswith(".github/workflows") and (
        folder == ".github/workflows" or folder.endswith("/.github/workflows")
    ):
        return WORKFLOW
    if name in ("action.yml", "action.yaml"):
        return ACTION
    if name in ("dependabot.yml", "dependabot.yaml") and folder.rpartition("/")[2] == ".github":
        return DEPENDABOT
    if name in ("Chart.yaml", "Chart.yml"):
        return HELM_CHART
    if name in _SERVERLESS_NAMES:
        return SERVERLESS
    return YAML


def helm_chart_of(path: str, root: str, known: dict[str, bool]) -> str | None:
    """Give the folder of the Helm chart (relative to the root) that a file belongs to, or ``None``.

    ``known`` remembers which folders hold a ``Chart.yaml``.
    """
    folder = path.rpartition("/")[0]
    while True:
        if folder not in known:
            known[folder] = any(
                os.path.isfile(os.path.join(root, folder, name)) for name in ("Chart.yaml", "Chart.yml")
            )
        if known[folder]:
            return folder
        if not folder:
            return None
        folder = folder.rpartition("/")[0]


def kind_in_chart(path: str, chart: str, kind: str) -> str:
    """Refine the kind of a file of a Helm chart: templates and values are no manifests, CRDs are."""
    inside = path[len(chart) + 1 if chart else 0 :]
    if inside.startswith("templates/") or "/templates/" in inside:
        return HELM_TEMPLATE
    if kind == YAML and inside.rpartition("/")[2].startswith("values"):
        return HELM_VALUES
    return kind


def may_hold_manifests(data: bytes) -> bool:
    """Tell whether a YAML or JSON file can hold a document of a known kind; UTF-16 is not looked into."""
    if any(mark in data for mark in _MANIFEST_MARKS) or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return True
    # A manifest may lack its apiVersion.
    return b"\nmetadata:" in data and b"kind:" in data


def skipped(path: str, kind: str, reason: str) -> CheckedFile:
    """Note a file that was seen and not checked, and why."""
    return CheckedFile(path, kind, reason)
