"""The short remedy that reports print behind ``fix:``."""

from pathlib import Path

import pytest

from cnlint import rule_index

_SPECIFICATION = """\
code: XX100
name: some-rule
summary: Something is wrong.
severity: warning
category: correctness
target: container
remedy: {remedy}
"""


@pytest.mark.parametrize(
    ("remedy", "hint"),
    [
        ("Set a limit. Measure first.", "Set a limit"),
        ("Set a limit.", "Set a limit"),
        ("Set resources.limits.memory to 1.5Gi. Measure.", "Set resources.limits.memory to 1.5Gi"),
        ("Switch the cache on. setup-go does so by itself.", "Switch the cache on"),
        ("Take a tag, e.g. 3.23, not latest. Pin it.", "Take a tag, e.g. 3.23, not latest"),
        ("Run docker build . in the folder. Then push.", "Run docker build . in the folder"),
    ],
)
def test_the_hint_is_the_first_sentence_of_the_remedy(tmp_path: Path, remedy: str, hint: str) -> None:
    folder = tmp_path / "kubernetes" / "resources"
    folder.mkdir(parents=True)
    (folder / "XX100-some-rule.yaml").write_text(_SPECIFICATION.format(remedy=remedy), encoding="utf-8")
    index, _, problems = rule_index.compile_index(str(tmp_path))
    assert problems == []
    assert [rule["hint"] for rule in index["rules"]] == [hint]


def test_every_rule_says_what_to_do_in_one_line() -> None:
    long = {rule.code: len(rule.hint) for rule in rule_index.load() if not 10 <= len(rule.hint) <= 160}
    assert long == {}
