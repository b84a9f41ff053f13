"""``cnlint rule`` and ``cnlint rules``."""

import json

import pytest
from click.testing import CliRunner, Result

from cnlint import rule_index
from cnlint.cli.group import group


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(group, arguments)


@pytest.mark.parametrize("name", ["K8S213", "k8s213", "missing-memory-limit", "K8S213-missing-memory-limit"])
def test_a_rule_is_explained_by_code_or_name(name: str) -> None:
    result = _run("rule", name)
    assert result.exit_code == 0
    assert result.output.startswith("K8S213 missing-memory-limit\n")
    for part in ("Why\n", "What to do\n", "Bad: ", "Good: ", "Read on\n"):
        assert part in result.output


def test_a_rule_is_explained_by_the_id_of_another_linter() -> None:
    assert "K8S213 missing-memory-limit\n" in _run("rule", "CKV_K8S_13").output


def test_several_rules_are_explained_once_each() -> None:
    output = _run("rule", "K8S213", "K8S214", "missing-memory-limit").output
    assert output.count("K8S213 missing-memory-limit\n") == 1
    assert "K8S214 request-exceeds-limit\n" in output


def test_an_unknown_rule_is_refused_and_the_nearest_is_named() -> None:
    result = _run("rule", "missing-memory-limits")
    assert result.exit_code == 2
    assert result.stderr == "cnlint: 'missing-memory-limits' is no rule; did you mean 'missing-memory-limit'?\n"


def test_a_name_of_many_rules_points_to_the_list() -> None:
    result = _run("rule", "ALL")
    assert result.exit_code == 2
    assert "cnlint rules --select ALL" in result.stderr


def test_what_a_user_typed_cannot_reach_the_terminal_as_it_is() -> None:
    assert "\x1b" not in _run("rule", "\x1b[2J").stderr


def test_a_rule_as_markdown_is_its_page_in_the_documentation() -> None:
    output = _run("rule", "K8S213", "--format", "markdown").output
    assert output.startswith("# K8S213 missing-memory-limit\n")
    assert "```yaml\n" in output


def test_a_rule_as_json_has_metadata_texts_and_examples() -> None:
    rule = json.loads(_run("rule", "K8S213", "--format", "json").output)
    assert (rule["code"], rule["severity"]) == ("K8S213", "warning")
    assert rule["why"]
    assert rule["examples"]["bad"]
    assert rule["options"]["init_containers"]["default"] is False


def test_lines_on_which_a_rule_reports_are_marked_in_its_examples() -> None:
    output = _run("rule", "K8S213").output
    assert "  > | " in output
    assert "<- here" not in output


def test_every_rule_can_be_explained_in_every_format() -> None:
    codes = list(rule_index.load().rules)
    for output_format in ("text", "markdown", "json"):
        assert _run("rule", *codes, "--format", output_format).exit_code == 0


def test_all_rules_are_listed_and_counted() -> None:
    lines = _run("rules").output.splitlines()
    assert lines[-1] == f"{len(rule_index.load())} rules"
    assert ["K8S213", "warning", "default", "missing-memory-limit"] in [line.split()[:4] for line in lines]


def test_the_list_is_narrowed_by_all_filters_together() -> None:
    listed = json.loads(
        _run(
            "rules", "--domain", "kubernetes", "--category", "reliability", "--severity", "warning", "-f", "json"
        ).output
    )
    assert "K8S213" in {rule["code"] for rule in listed}
    assert {(rule["domain"], rule["category"], rule["severity"]) for rule in listed} == {
        ("kubernetes", "reliability", "warning")
    }


def test_the_list_can_be_selected_as_for_a_run() -> None:
    listed = json.loads(_run("rules", "--select", "K8S213,unreadable-file", "-f", "json").output)
    assert [rule["code"] for rule in listed] == ["CNL001", "K8S213"]


def test_a_profile_lists_the_rules_of_the_milder_ones_too() -> None:
    default = json.loads(_run("rules", "--profile", "default", "-f", "json").output)
    strict = json.loads(_run("rules", "--profile", "strict", "-f", "json").output)
    assert {rule["profile"] for rule in default} == {"default"}
    assert {rule["code"] for rule in default} < {rule["code"] for rule in strict}


@pytest.mark.parametrize(
    ("option", "value"), [("--select", "no-such-rule"), ("--domain", "pascal"), ("--category", "beauty")]
)
def test_an_unknown_filter_is_refused(option: str, value: str) -> None:
    result = _run("rules", option, value)
    assert result.exit_code == 2
    assert value in result.stderr


def test_colour_is_given_when_it_is_asked_for() -> None:
    assert "\x1b[" in _run("rules", "--color", "always").output
    assert "\x1b[" not in _run("rules").output
