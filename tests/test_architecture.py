"""Imports run downwards only, and domains of rules do not know each other."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

_PACKAGE = Path(__file__).parent.parent / "cnlint"

# Room -> the rooms that it may import besides itself.
_MAY_IMPORT = {
    "syntax": set[str](),
    "data": set[str](),
    "findings": {"syntax"},
    "rules": {"findings"},
    "rule_index": {"rules", "findings"},
    "config": {"policies", "rules", "findings", "data"},
    "taken_over": {"config"},
    "hadolint": {"taken_over", "config", "rules", "findings"},
    "kube_linter": {"taken_over", "config", "rules"},
    "manifests": {"syntax", "findings", "data"},
    "policies": {"manifests", "syntax"},
    "graph": {"manifests", "syntax", "findings", "data", "rules"},
    "checks": {"policies", "graph", "manifests", "syntax", "findings", "data", "rules"},
    "engine": {"graph", "manifests", "syntax", "findings", "data", "rules", "rule_index", "config"},
    "report": {"findings", "rules", "rule_index", "syntax"},
    "api": {"engine", "config", "hadolint", "kube_linter", "rule_index", "findings", "rules"},
    "cli": {"api", "engine", "report", "config", "rule_index", "rules", "findings", "data"},
}


def _modules() -> list[Path]:
    return sorted(path for path in _PACKAGE.rglob("*.py") if path.parent != _PACKAGE or path.stem in _MAY_IMPORT)


def _imports(path: Path) -> Iterator[str]:
    """Give the names of our own modules that a module imports at run time, at its top or within functions."""
    for node in _run_time_nodes(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("cnlint."))
        elif isinstance(node, ast.ImportFrom) and node.module == "cnlint":
            yield from (f"cnlint.{alias.name}" for alias in node.names if alias.name != "__version__")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cnlint."):
            yield str(node.module)


def _run_time_nodes(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            continue
        yield child
        yield from _run_time_nodes(child)


def _room(module: str) -> str:
    return module.split(".")[1]


@pytest.mark.parametrize("path", _modules(), ids=lambda path: str(path.relative_to(_PACKAGE)))
def test_a_module_imports_only_rooms_below_its_own(path: Path) -> None:
    room = path.relative_to(_PACKAGE).parts[0].removesuffix(".py")
    allowed = _MAY_IMPORT[room] | {room}
    forbidden = sorted(module for module in _imports(path) if _room(module) not in allowed)
    assert not forbidden


@pytest.mark.parametrize(
    "path", sorted((_PACKAGE / "checks").rglob("*.py")), ids=lambda path: str(path.relative_to(_PACKAGE))
)
def test_a_domain_of_rules_does_not_import_another(path: Path) -> None:
    domain = path.relative_to(_PACKAGE / "checks").parts[0]
    others = [module for module in _imports(path) if module.startswith("cnlint.checks.")]
    assert all(module.split(".")[2] == domain for module in others)


def test_every_topic_of_specifications_has_a_module_of_checks() -> None:
    topics = {path.parent for path in (_PACKAGE.parent / "rules").rglob("*.yaml")}
    missing = [
        str(topic.relative_to(_PACKAGE.parent / "rules"))
        for topic in sorted(topics)
        if not (_PACKAGE / "checks" / topic.parent.name / f"{topic.name}.py").exists()
    ]
    # Suppressions are judged by the engine, which alone sees them.
    assert missing in ([], ["tool/suppressions"])
