"""Every example of every rule specification: bad ones report exactly where they are marked, good ones not at all."""

import base64
import datetime
import re
from pathlib import Path
from typing import Any

import pytest

import cnlint
from cnlint import rule_index
from cnlint.engine import shellcheck
from cnlint.rule_index import RuleDocs
from cnlint.rules import Rule

_MARK = re.compile(r"[ \t]*# <- here$")
_TODAY = datetime.date(2026, 11, 22)


def _cases() -> list[Any]:
    cases = []
    for rule in rule_index.load():
        docs = rule_index.docs(rule.code)
        for kind in ("bad", "good"):
            for example in getattr(docs, kind):
                cases.append(pytest.param(rule, kind, example, id=f"{rule.code}-{kind}-{example['title']}"))
    return cases


def lay_out(example: dict[str, Any], folder: Path) -> tuple[list[str], set[tuple[str, int]]]:
    """Write the files of an example; gives their paths and the marked places."""
    paths, marks = [], set()
    for file in example.get("files") or [{"path": example["file"], **example}]:
        path, code = file["path"], file["code"]
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        paths.append(path)
        if code in ("<absent>", "<folder>"):
            if code == "<absent>":
                target.symlink_to("nowhere")
            else:
                target.symlink_to("/dev/null")
            marks.add((path, 1))
            continue
        if file.get("encoding") == "base64":
            target.write_bytes(base64.b64decode(code.partition("#")[0]))
            continue
        lines = code.split("\n")
        for number, line in enumerate(lines, start=1):
            if _MARK.search(line):
                marks.add((path, number))
        target.write_text("\n".join(_MARK.sub("", line) for line in lines), encoding="utf-8", newline="")
    return paths, marks


@pytest.mark.parametrize(("rule", "kind", "example"), _cases())
def test_the_examples_of_a_rule_hold(rule: Rule, kind: str, example: dict[str, Any], tmp_path: Path) -> None:
    if rule.passes_findings_on and shellcheck.look_up() is None:
        pytest.skip("ShellCheck is not installed")
    paths, marks = lay_out(example, tmp_path)
    config: dict[str, Any] = {}
    if "options" in example:
        config["rules"] = {rule.code: example["options"]}
    if "kubernetes_version" in example:
        config["kubernetes-version"] = example["kubernetes_version"]
    report = cnlint.check(
        [tmp_path / path for path in paths],
        select=[rule.code],
        config=config,
        root=tmp_path,
        complete=example.get("complete"),
        today=_TODAY,
    )
    crashes = [finding.message for finding in report.findings if finding.code == "CNL003"]
    assert not crashes
    found = {(finding.path, finding.line) for finding in report.findings if finding.code == rule.code}
    messages = "\n".join(f"{finding.path}:{finding.line} {finding.message}" for finding in report.findings)
    if kind == "good":
        assert not found, messages
    elif example.get("encoding") == "base64":
        assert found, "nothing was reported"
    else:
        assert marks, "a bad example marks where the rule must report"
        assert found == marks, f"reported:\n{messages}"


def test_every_rule_that_checks_files_has_two_examples_of_each_kind() -> None:
    # A rule that speaks of its own crash can only be shown by a rule that crashes: tests/engine does that.
    for rule in rule_index.load():
        docs: RuleDocs = rule_index.docs(rule.code)
        if rule.code != "CNL003":
            assert len(docs.bad) >= 2 and len(docs.good) >= 2, rule.code
            assert any(example.get("near_miss") for example in docs.good), rule.code
