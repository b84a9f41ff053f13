"""The index of all rules, compiled from the specifications in ``rules/``, and the texts that explain them.

An installed package carries two compiled files: ``rule-index.json``, read by every run, and ``rule-docs.json``, read
only when a rule is explained. In a checkout both are rebuilt whenever a specification is newer than they are.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import Any, NamedTuple
from zlib import crc32

from cnlint.rules import Rule, RuleSet

_PACKAGE = os.path.dirname(os.path.abspath(__file__))
_SPECIFICATIONS = os.path.join(os.path.dirname(_PACKAGE), "rules")
_DATA = os.path.join(_PACKAGE, "data")
INDEX_FILE = "rule-index.json"
DOCS_FILE = "rule-docs.json"
_FORMAT = 2
"""To be raised whenever the form of the two files changes."""
_ABBREVIATIONS = ("e.g", "i.e", "etc", "vs")


class RuleDocs(NamedTuple):
    """The texts of one rule: why it matters, what to do, where to read on, and its examples as they are written."""

    why: str
    remedy: str
    references: tuple[dict[str, str], ...]
    bad: tuple[dict[str, Any], ...]
    good: tuple[dict[str, Any], ...]


class SpecificationError(Exception):
    """A rule specification cannot be read; the message names the file and what is wrong in it."""


def in_checkout() -> bool:
    """Tell whether the package runs from a checkout, where specifications and code may change between two runs."""
    return os.path.isfile(os.path.join(os.path.dirname(_PACKAGE), "hatch_build.py")) and os.path.isdir(_SPECIFICATIONS)


@cache
def load() -> RuleSet:
    """Give all built-in rules; the set is read once and never changed."""
    return RuleSet(_rule_of(entry) for entry in _read(INDEX_FILE)["rules"])


def digest() -> str:
    """Give a text that changes when any specification does, for keys of caches."""
    return str(_read(INDEX_FILE)["stamp"])


def docs(code: str) -> RuleDocs:
    """Give the texts of a rule.

    Raises ``KeyError`` for a code that no rule has.
    """
    entry = _read(DOCS_FILE)["rules"][code]
    examples = entry["examples"]
    return RuleDocs(
        entry["why"], entry["remedy"], tuple(entry["references"]), tuple(examples["bad"]), tuple(examples["good"])
    )


def specification_files(folder: str = _SPECIFICATIONS) -> Iterator[str]:
    """Give the paths of all specifications below a folder, sorted."""
    for parent, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            if name.endswith((".yaml", ".yml")):
                yield os.path.join(parent, name)


def read_specification(path: str, folder: str = _SPECIFICATIONS) -> dict[str, Any]:
    """Read one specification and add what its place says: domain and topic.

    Raises `SpecificationError` when it is not a mapping with the keys that a rule must have.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        with open(path, encoding="utf-8") as file:
            content = yaml.load(file, Loader=loader)
    except yaml.YAMLError as error:
        raise SpecificationError(f"{path}: {error}") from error
    if not isinstance(content, dict):
        raise SpecificationError(f"{path}: a specification is a mapping")
    missing = [key for key in ("code", "name", "summary", "severity", "category", "target") if key not in content]
    if missing:
        raise SpecificationError(f"{path}: missing {', '.join(missing)}")
    parts = os.path.relpath(path, folder).replace(os.sep, "/").split("/")
    if len(parts) != 3:
        raise SpecificationError(f"{path}: a specification stands in rules/<domain>/<topic>/")
    content["domain"], content["topic"] = parts[0], parts[1]
    return content


def compile_index(folder: str = _SPECIFICATIONS) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """Compile all specifications below a folder into (index, docs, problems)."""
    rules, texts, problems = [], {}, []
    for path in specification_files(folder):
        try:
            content = read_specification(path, folder)
        except (SpecificationError, OSError) as error:
            problems.append(str(error))
            continue
        rules.append(_index_entry(content))
        texts[content["code"]] = {
            "why": _text(content.get("why")),
            "remedy": _text(content.get("remedy")),
            "references": content.get("references") or [],
            "examples": {kind: (content.get("examples") or {}).get(kind) or [] for kind in ("bad", "good")},
        }
    rules.sort(key=lambda entry: str(entry["code"]))
    return {"rules": rules}, {"rules": texts}, problems


def write_index(target: str, folder: str = _SPECIFICATIONS) -> list[str]:
    """Compile the specifications and write both files into a folder; gives the problems met."""
    contents, problems = _stamped(folder)
    for name, content in contents.items():
        _write_atomically(os.path.join(target, name), content)
    return problems


def _stamped(folder: str) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Compile the specifications into the contents of both files, by name, and the problems met."""
    index, texts, problems = compile_index(folder)
    stamp = {"stamp": _stamp(folder)}
    return {INDEX_FILE: index | stamp, DOCS_FILE: texts | stamp}, problems


def _index_entry(content: dict[str, Any]) -> dict[str, Any]:
    entry = {
        "code": content["code"],
        "name": content["name"],
        "summary": _text(content["summary"]),
        "severity": content["severity"],
        "category": content["category"],
        "profile": content.get("profile", "default"),
        "domain": content["domain"],
        "topic": content["topic"],
        "scopes": _as_list(content.get("scope", "file")),
        "targets": _as_list(content["target"]),
        "tags": [str(tag) for tag in content.get("tags") or []],
        "equivalents": content.get("equivalents") or [],
        "options": content.get("options") or {},
        "hint": _first_sentence(_text(content.get("remedy"))),
    }
    return {key: value for key, value in entry.items() if value not in ([], {}, "")}


def _rule_of(entry: dict[str, Any]) -> Rule:
    return Rule(
        entry["code"],
        entry["name"],
        entry["summary"],
        entry["severity"],
        entry["category"],
        entry["profile"],
        entry["domain"],
        entry["topic"],
        tuple(entry["scopes"]),
        tuple(entry["targets"]),
        tuple(entry.get("tags", ())),
        tuple(entry.get("equivalents", ())),
        entry.get("options", {}),
        entry.get("hint", ""),
    )


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: object) -> str:
    return " ".join(str(value).split()) if value is not None else ""


def _first_sentence(text: str) -> str:
    """Cut a text at the first full stop that ends a sentence: not within ``resources.limits`` or ``docker build .``."""
    stop = text.find(". ")
    while stop >= 0:
        if not text[:stop].endswith((" ", *_ABBREVIATIONS)):
            return text[:stop]
        stop = text.find(". ", stop + 1)
    return text.removesuffix(".")


@cache
def _read(name: str) -> dict[str, Any]:
    path = os.path.join(_DATA, name)
    if in_checkout():
        content = _read_json(path)
        if content is None or content["stamp"] != _stamp(_SPECIFICATIONS):
            content = _rebuild(name)
        return content
    with open(path, encoding="utf-8") as file:
        content = json.load(file)
    assert isinstance(content, dict)
    return content


def _rebuild(name: str) -> dict[str, Any]:
    """Compile the specifications of a checkout; keeps the result when the folder can be written."""
    contents, problems = _stamped(_SPECIFICATIONS)
    for problem in problems:
        print(f"cnlint: specification left out: {problem}", file=sys.stderr)
    with suppress(OSError):
        for file_name, content in contents.items():
            _write_atomically(os.path.join(_DATA, file_name), content)
    return contents[name]


def _read_json(path: str) -> dict[str, Any] | None:
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) and "stamp" in content else None


def _stamp(folder: str) -> str:
    """Sum up the names and times of all files below a folder, so that any change shows."""
    count, newest, names = 0, 0, 0
    pending = [folder]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir():
                    pending.append(entry.path)
                elif entry.name.endswith((".yaml", ".yml")):
                    count += 1
                    newest = max(newest, entry.stat().st_mtime_ns)
                    names ^= crc32(entry.path[len(folder) :].encode())
    return f"{_FORMAT}-{count}-{newest}-{names}"


def _write_atomically(path: str, content: dict[str, Any]) -> None:
    temporary = f"{path}.{os.getpid()}.tmp"
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(json.dumps(content, ensure_ascii=False, separators=(",", ":")))
    os.replace(temporary, path)
