"""The documentation says what the project does."""

import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from cnlint import rule_index
from cnlint.cli.config import settings
from cnlint.config import Configuration, configuration_from, select_rules
from cnlint.report import FORMATS

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    specification = importlib.util.spec_from_file_location("build_docs", ROOT / "scripts" / "build_docs.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_pages_of_rules_are_fresh(builder: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    status = builder.main(["--check"])
    stale = capsys.readouterr().out.split()
    assert status == 0, f"{len(stale)} stale, such as {stale[:3]}; to regenerate: python scripts/build_docs.py"


def test_every_rule_has_a_page(builder: ModuleType) -> None:
    pages = {path.name for path in builder.pages()}
    assert pages == {"README.md", *(f"{rule.slug}.md" for rule in rule_index.load())}


def test_links_of_the_index_lead_to_pages(builder: ModuleType) -> None:
    pages = builder.pages()
    index = pages[builder.FOLDER / "README.md"]
    targets = set(re.findall(r"\]\(([^)#]+)\)", index))
    assert {builder.FOLDER / target for target in targets} == pages.keys() - {builder.FOLDER / "README.md"}


def test_links_within_the_index_lead_to_headings(builder: ModuleType) -> None:
    index = builder.pages()[builder.FOLDER / "README.md"]
    headings = {line[3:].lower().replace(" ", "-") for line in index.splitlines() if line.startswith("## ")}
    assert set(re.findall(r"\(#([^)]+)\)", index)) == headings


@pytest.mark.parametrize("key", [key for key, _, _ in settings(Configuration())])
def test_every_setting_is_documented(key: str) -> None:
    text = (DOCS / "configuration.md").read_text(encoding="utf-8")
    assert f"`{key.rpartition('.')[2]}`" in text


def test_the_configuration_in_the_documentation_is_valid() -> None:
    text = (DOCS / "configuration.md").read_text(encoding="utf-8")
    examples = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert examples
    for example in examples:
        select_rules(rule_index.load(), configuration_from(tomllib.loads(example), "example"))


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_documented(name: str) -> None:
    assert f"`{name}`" in (DOCS / "output.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_links_between_pages_lead_to_files(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_the_pre_commit_hooks_call_cnlint_check() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert {hook["id"]: hook["entry"] for hook in hooks} == {
        "cnlint": "cnlint check",
        "cnlint-project": "cnlint check",
    }
