"""Every rule on thousands of broken files: nothing crashes, every place lies in its file, every message is a sentence.

The files are mutations of the examples of all rules. ``CNLINT_FUZZ_FILES`` (runs a topic) and ``CNLINT_FUZZ_SEED``
make a longer search of it; the same numbers give the same files.
"""

import datetime
import os
import random
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from mutations import mutate

import cnlint
from cnlint import rule_index
from cnlint.engine import shellcheck
from cnlint.findings import Finding
from cnlint.syntax.source import Source, Span

_FILES = int(os.environ.get("CNLINT_FUZZ_FILES", "100"))
_SEED = os.environ.get("CNLINT_FUZZ_SEED", "0")
_TODAY = datetime.date(2026, 11, 22)
_MARK = re.compile(r"[ \t]*# <- here$", re.MULTILINE)

# What a message says when a value is of another type than expected, or a name is missing, and nobody thought of it.
# In quotes, and as the address of a Service, None is a value of Kubernetes.
_LEAKS = re.compile(r"(?<!\")(?<!clusterIP: )\bNone\b|\bnan\b|<cnlint\.|object at 0x|\{'|\['|Decimal\(")
_NAMELESS = re.compile(r'(?<![^ (])""(?=[ ,;.)]|$)')
# These speak of values, and an empty text is one; so is the key of a mapping.
_SPEAK_OF_VALUES = ("K8S105", "K8S116", "K8S117", "K8S342")
_EMPTY_KEY = re.compile(r"(''|\"\")\s*:|\?\s*(''|\"\")")

Files = dict[str, str]


def _seeds() -> dict[str, list[Files]]:
    """Give the files of all examples by the topic of their rule."""
    topics: dict[str, list[Files]] = {}
    for rule in rule_index.load():
        docs = rule_index.docs(rule.code)
        seeds = (_files_of(example) for example in (*docs.bad, *docs.good))
        topics.setdefault(f"{rule.domain}/{rule.topic}", []).extend(files for files in seeds if files)
    return {topic: seeds for topic, seeds in topics.items() if seeds}


def _files_of(example: dict[str, Any]) -> Files:
    files = example.get("files") or [{"path": example["file"], "code": example["code"]}]
    plain = {file["path"]: _MARK.sub("", file["code"]) for file in files if "encoding" not in file}
    return {path: code for path, code in plain.items() if code not in ("<absent>", "<folder>")}


_SEEDS = _seeds()


@pytest.fixture(autouse=True)
def without_shellcheck(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at what is ours to say only; a process for each file would take most of the time besides."""
    monkeypatch.setattr(shellcheck, "look_up", lambda: None)


@pytest.mark.parametrize("topic", _SEEDS)
def test_no_rule_fails_on_broken_files(topic: str, tmp_path: Path) -> None:
    chance = random.Random(f"{_SEED} {topic}")
    for number in range(_FILES):
        files = mutant(topic, chance)
        root = tmp_path / str(number)
        complaints = _complaints(files, root, chance.choice((True, False, None)))
        assert not complaints, "\n".join([*complaints, *(f"--- {path}\n{text!r}" for path, text in files.items())])
        shutil.rmtree(root)


_WORKER = "apiVersion: v1\nkind: Pod\nmetadata: {name: worker}\nspec:\n"
_PATCH = "apiVersion: [{0}]\nkind: Deployment\nmetadata: {{name: orders}}\n"


@pytest.mark.parametrize(
    "files",
    [
        {"a.yaml": "kind: [\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"},
        {"a.yaml": f"{_WORKER}  volumes: [{{name: {{a: b}}, emptyDir: {{sizeLimit: 512}}}}]\n"},
        {"kustomization.yaml": "resources: [a.yaml]\npatches: [{path: b.yaml}]\n", "a.yaml": _WORKER, "b.yaml": _PATCH},
        {
            "a.yaml": "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nspec: {data: [{secretKey: [a]}]}\n",
            "b.yaml": f"{_WORKER}  volumes: [{{name: a, secret: {{secretName: b}}}}]\n",
        },
        {"Dockerfile": "FROM alpine:3.22\nRUN apk add ''\n"},
        {".gitignore": " \\\n", "Dockerfile": "FROM alpine:3.22\nCOPY . .\n"},
    ],
    ids=lambda files: " ".join(files),
)
def test_no_rule_fails_on_what_a_longer_search_has_found(files: Files, tmp_path: Path) -> None:
    assert not _complaints(files, tmp_path, True)


def mutant(topic: str, chance: random.Random) -> Files:
    """Give the files of an example of a topic, at times beside those of another one, some of them mutated."""
    files = dict(chance.choice(_SEEDS[topic]))
    if chance.random() < 0.2:
        files = chance.choice(_SEEDS[chance.choice(list(_SEEDS))]) | files
    for path in chance.sample(list(files), chance.randint(1, len(files))):
        files[path] = mutate(path, files[path], chance)
    return files


def _complaints(files: Files, root: Path, complete: bool | None) -> list[str]:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8", newline="")
    report = cnlint.check(
        [root / path for path in files], profile="pedantic", config=False, root=root, complete=complete, today=_TODAY
    )
    sources = {path: Source(path, text.removeprefix("\ufeff")) for path, text in files.items()}
    return [complaint for finding in report.findings for complaint in _complaints_about(finding, sources)]


def _complaints_about(finding: Finding, sources: dict[str, Source]) -> list[str]:
    where = f"{finding.code} {finding.path}:{finding.line}:{finding.column}: {finding.message}"
    if finding.code == "CNL003":
        return [where]
    complaints = []
    span = Span(finding.line, finding.column, finding.end_line, finding.end_column)
    places = [(finding.path, span), *((one.path, one.span) for one in finding.related)]
    places.extend((finding.path, edit.span) for fix in finding.fixes for edit in fix.edits)
    for path, place in places:
        if path in sources and not _lies_within(sources[path], place):
            complaints.append(f"{where}: {place} lies outside of {path}")
    for message in (finding.message, finding.hint, *(one.message for one in finding.related)):
        if "\n" in message or "\r" in message or len(message) > 2000:
            complaints.append(f"{where}: not one readable line: {message[:500]!r}")
        if _LEAKS.search(message) and not any(_LEAKS.search(source.text) for source in sources.values()):
            complaints.append(f"{where}: speaks Python: {message!r}")
        if _names_nothing(finding, message) and not any(_EMPTY_KEY.search(one.text) for one in sources.values()):
            complaints.append(f"{where}: names something that has no name: {message!r}")
    return complaints


def _names_nothing(finding: Finding, message: str) -> bool:
    return finding.code not in _SPEAK_OF_VALUES and _NAMELESS.search(message) is not None


def _lies_within(source: Source, span: Span) -> bool:
    start, end = (span.line, span.column), (span.end_line, span.end_column)
    lines = len(source.starts)
    return (1, 1) <= start <= end and all(
        line <= lines + 1 and column <= len(source.line(line)) + 1 for line, column in (start, end)
    )
