"""Specifications as a whole, and how rules are named and chosen."""

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from cnlint import rule_index
from cnlint.config import Configuration, ConfigurationError, configuration_from, select_rules
from cnlint.rule_index import read_specification, specification_files
from cnlint.rules import Rule, checks_of

_ROOT = Path(__file__).parent.parent
_FILES = [Path(path) for path in specification_files(str(_ROOT / "rules"))]


@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.stem)
def test_a_specification_keeps_to_the_schema(path: Path) -> None:
    schema = json.loads((_ROOT / "schemas/rule.schema.json").read_text(encoding="utf-8"))
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    if content["code"] == "CNL003":
        pytest.skip("a crash cannot be shown by an example")
    errors = [f"{error.json_path}: {error.message}" for error in Draft202012Validator(schema).iter_errors(content)]
    assert not errors


@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.stem)
def test_a_specification_is_called_after_its_code_and_name(path: Path) -> None:
    content = read_specification(str(path))
    assert path.stem == f"{content['code']}-{content['name']}"


def test_no_code_is_used_twice_and_no_name_in_one_domain() -> None:
    contents = [read_specification(str(path)) for path in _FILES]
    codes = [content["code"] for content in contents]
    names = [(content["domain"], content["name"]) for content in contents]
    assert len(set(codes)) == len(codes)
    assert len(set(names)) == len(names)


def _targets_of(rule: Rule) -> set[str]:
    return {target.partition(":")[0] for target in rule.targets}


def test_every_rule_has_a_check_whose_view_is_among_its_targets() -> None:
    for rule in rule_index.load():
        checks = checks_of(rule)
        if rule.domain == "tool" and not checks:
            continue
        assert checks, f"{rule.code} has no check"
        for check in checks:
            names = {ancestor.__dict__.get("target", "") for ancestor in check.view.__mro__}
            assert names & _targets_of(rule), f"{rule.code}: {check.view.__name__} is not among {rule.targets}"


def test_every_target_has_a_check() -> None:
    for rule in rule_index.load():
        views = [check.view for check in checks_of(rule)]
        if rule.domain == "tool" and not views:
            continue
        names = {ancestor.__dict__.get("target", "") for view in views for ancestor in view.__mro__}
        assert _targets_of(rule) <= names, rule.code


@pytest.mark.parametrize(
    ("selector", "codes"),
    [
        ("DF102", {"DF102"}),
        ("df102", {"DF102"}),
        ("latest-base-image", {"DF102"}),
        ("hadolint:DL3007", {"DF102"}),
        ("DL3007", {"DF102"}),
        ("checkov:CKV_DOCKER_7", {"DF101", "DF102"}),
        ("no-such-rule", set()),
        ("D", set()),
        ("", set()),
    ],
)
def test_a_selector_means_codes(selector: str, codes: set[str]) -> None:
    assert rule_index.load().codes_for(selector) == codes


def test_a_prefix_means_every_code_that_starts_with_it() -> None:
    rules = rule_index.load()
    assert rules.codes_for("DF1") == {rule.code for rule in rules if rule.code.startswith("DF1")} != set()


def test_a_category_means_its_rules() -> None:
    rules = rule_index.load()
    assert rules.codes_for("security") >= {rule.code for rule in rules if rule.category == "security"} != set()


def _selected(**settings: object) -> frozenset[str]:
    configuration = Configuration(**settings)  # type: ignore[arg-type]
    return select_rules(rule_index.load(), configuration).codes


def test_strict_adds_to_default_and_pedantic_to_strict() -> None:
    default, strict, pedantic = (_selected(profile=name) for name in ("default", "strict", "pedantic"))
    assert default < strict < pedantic == {rule.code for rule in rule_index.load()}


def test_select_replaces_the_profile_and_keeps_what_the_tool_says_itself() -> None:
    selected = _selected(select=("DF102",))
    assert {code for code in selected if not code.startswith("CNL")} == {"DF102"}
    assert "CNL001" in selected


def test_extend_select_adds_to_the_profile() -> None:
    assert _selected(extend_select=("DF412",)) == _selected() | {"DF412"}


def test_ignore_wins_over_select() -> None:
    assert "DF102" not in _selected(select=("DF1",), ignore=("DF102",))


def test_a_severity_can_be_set_by_any_selector() -> None:
    configuration = Configuration(severity={"hadolint:DL3007": "error"})
    assert select_rules(rule_index.load(), configuration).severities["DF102"] == "error"


def test_an_option_of_a_rule_can_be_set() -> None:
    configuration = Configuration(rules={"K8S213": {"init-containers": True}})
    assert select_rules(rule_index.load(), configuration).options["K8S213"]["init_containers"] is True


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"rules": {"K8S213": {"init_container": True}}}, ["K8S213", "init_container", "init_containers"]),
        ({"rules": {"K8S213": {"init_containers": "yes"}}}, ["boolean"]),
        ({"rules": {"K8S206": {"block": ["(latest"]}}}, ["K8S206", "block", "(latest", "regular expression"]),
        ({"rules": {"K8S206": {"block": [8]}}}, ["K8S206", "block", "8", "string"]),
        ({"ignore": ["K8S2l3"]}, ["K8S2l3"]),
        ({"severity": {"DF102": "fatal"}}, ["fatal"]),
        ({"profle": "strict"}, ["profle", "profile"]),
        ({"project": {"complet": True}}, ["project.complet", "complete"]),
        ({"limits": {"max-file-size": "10 parsecs"}}, ["max-file-size"]),
        ({"kubernetes-version": "1.99"}, ["1.99"]),
        ({"today": "2026-02-30"}, ["2026-02-30"]),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(content: dict[str, object], words: list[str]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        select_rules(rule_index.load(), configuration_from(content, "cnlint.toml"))
    assert all(word in str(caught.value) for word in words)
