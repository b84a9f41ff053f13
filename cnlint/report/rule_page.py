"""The page of one rule: for the terminal, as Markdown, and as the help of code scanning."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cnlint.report.escape import cells
from cnlint.report.style import Paint, painter

if TYPE_CHECKING:
    from cnlint.rule_index import RuleDocs
    from cnlint.rules import Rule

MARKER = "# <- here"
"""Ends the lines of a bad example on which the rule reports."""

_LANGUAGES = {".yaml": "yaml", ".yml": "yaml", ".json": "json", ".sh": "sh", ".toml": "toml"}
_INDENT = "    "


def text(rule: "Rule", docs: "RuleDocs", *, color: bool = False, width: int = 100) -> Iterator[str]:
    """Write the page for a terminal of ``width`` columns; lines on which the rule reports are marked with ``>``."""
    paint = painter(color)
    yield f"{paint('code', rule.code)} {paint('title', rule.name)}\n"
    yield from _paragraph(rule.summary, width, "")
    yield "\n"
    for label, value in _facts(rule):
        shown = paint(rule.severity, value) if label == "Severity" else value
        yield from _labelled(label, shown, value, width, paint)
    for title, paragraph in (("Why", docs.why), ("What to do", docs.remedy)):
        if paragraph:
            yield f"\n{paint('title', title)}\n"
            yield from _paragraph(paragraph, width, "  ")
    if rule.options:
        yield f"\n{paint('title', 'Options')}\n"
        for name, schema in rule.options.items():
            yield f"  {paint('code', name)} = {_toml(schema.get('default'))}\n"
            yield from _paragraph(str(schema.get("description", "")), width, _INDENT)
    for title, role, examples in (("Bad", "error", docs.bad), ("Good", "good", docs.good)):
        for example in examples:
            yield f"\n{paint(role, title + ':')} {example.get('title', '')}\n"
            yield from _example_text(example, paint)
    if docs.references:
        yield f"\n{paint('title', 'Read on')}\n"
        for reference in docs.references:
            yield f"  {reference['title']}\n{_INDENT}{paint('place', reference['url'])}\n"


def markdown(rule: "Rule", docs: "RuleDocs") -> Iterator[str]:
    """Write the page of the rule in the documentation."""
    yield f"# {rule.code} {rule.name}\n\n{prose(rule.summary)}\n\n"
    yield "| | |\n| --- | --- |\n"
    for label, value in _facts(rule):
        yield f"| {label} | {_cell(prose(value))} |\n"
    yield "\n"
    yield from _explanation(rule, docs)
    if docs.references:
        yield "## References\n\n"
        for reference in docs.references:
            yield _link(reference)


def help_markdown(rule: "Rule", docs: "RuleDocs") -> str:
    """Write what code scanning shows beside an alert: why, what to do, one example of each kind."""
    parts = [*_explanation(rule, docs, most=1)]
    parts += map(_link, docs.references)
    return "".join(parts).strip() or rule.summary


def described(rule: "Rule") -> dict[str, Any]:
    """Give the metadata of a rule for JSON."""
    return {
        "code": rule.code,
        "name": rule.name,
        "summary": rule.summary,
        "severity": rule.severity,
        "category": rule.category,
        "profile": rule.profile,
        "domain": rule.domain,
        "topic": rule.topic,
        "scopes": list(rule.scopes),
        "targets": rule.targets,
        "tags": rule.tags,
        "equivalents": rule.equivalents,
        "options": rule.options,
    }


def explained(docs: "RuleDocs") -> dict[str, Any]:
    """Give the texts of a rule for JSON, beside what `described` gives."""
    return {
        "why": docs.why,
        "remedy": docs.remedy,
        "references": docs.references,
        "examples": {"bad": docs.bad, "good": docs.good},
    }


def _explanation(rule: "Rule", docs: "RuleDocs", most: int | None = None) -> Iterator[str]:
    for title, paragraph in (("Why", docs.why), ("What to do", docs.remedy)):
        if paragraph:
            yield f"## {title}\n\n{prose(paragraph)}\n\n"
    if rule.options:
        yield "## Options\n\n| Option | Default | Meaning |\n| --- | --- | --- |\n"
        for name, schema in rule.options.items():
            default, meaning = _toml(schema.get("default")), prose(str(schema.get("description", "")))
            yield f"| `{name}` | `{_cell(default)}` | {_cell(meaning)} |\n"
        yield "\n"
    for title, examples in (("Bad", docs.bad[:most]), ("Good", docs.good[:most])):
        if examples:
            yield f"## {title}\n\n"
        for example in examples:
            yield from _example_markdown(example)


def _link(reference: dict[str, str]) -> str:
    title = prose(reference["title"]).replace("[", "\\[").replace("]", "\\]")
    return f"- [{title}]({reference['url']})\n"


def _facts(rule: "Rule") -> Iterator[tuple[str, str]]:
    yield "Severity", rule.severity
    yield "Category", rule.category
    yield "Profile", rule.profile
    yield (
        "Looks at",
        ", ".join(target.replace("-", " ") for target in rule.targets)
        + (" (with the other files of the project)" if "project" in rule.scopes else ""),
    )
    if rule.tags:
        yield "Tags", ", ".join(rule.tags)
    if rule.equivalents:
        yield "Equivalents", ", ".join(rule.equivalents)


def _files(example: dict[str, Any]) -> list[tuple[str, str]]:
    """Give the files of an example: pairs of a path and the text as it is written, the marks included."""
    files = example.get("files") or [{"path": example.get("file", ""), "code": example.get("code", "")}]
    return [(str(file["path"]), _code(file)) for file in files if isinstance(file, dict)]


def _code(file: dict[str, Any]) -> str:
    encoding = file.get("encoding")
    if encoding:
        return f"({encoding}) {file['code']}".strip()
    # Some rules are about characters that cannot be seen.
    return "\n".join("".join(cells(line, tab="\t")) for line in str(file["code"]).rstrip("\n").split("\n"))


def _settings(example: dict[str, Any]) -> str:
    """Say with which settings an example is judged; empty when with the defaults."""
    settings = [f"{name} = {_toml(value)}" for name, value in (example.get("options") or {}).items()]
    settings += [
        f"{shown} = {_toml(example[key])}"
        for key, shown in (("complete", "project.complete"), ("kubernetes_version", "kubernetes-version"))
        if key in example
    ]
    return ", ".join(settings)


def _example_text(example: dict[str, Any], paint: Paint) -> Iterator[str]:
    if settings := _settings(example):
        yield f"  {paint('dim', f'with {settings}')}\n"
    for number, (path, code) in enumerate(_files(example)):
        if number:
            yield "\n"
        yield f"  {paint('path', path)}\n"
        for line in code.split("\n"):
            head, marker, _ = line.partition(MARKER)
            mark = paint("error", ">") if marker else " "
            yield f"  {mark} {paint('gutter', '|')} {head.rstrip() if marker else line}".rstrip() + "\n"


def _example_markdown(example: dict[str, Any]) -> Iterator[str]:
    settings = _settings(example)
    yield f"**{prose(str(example.get('title', '')))}**" + (f" (with `{settings}`)" if settings else "") + "\n\n"
    for path, code in _files(example):
        fence = "```" if "```" not in code else "````"
        language = _language(path)
        yield f"`{path}`\n\n{fence}{language}\n{code}\n{fence}\n\n"


def _language(path: str) -> str:
    name = path.rpartition("/")[2]
    if "ockerfile" in name or name.startswith("Containerfile"):
        return "dockerfile"
    suffix = name[name.rfind(".") :] if "." in name else ""
    return _LANGUAGES.get(suffix, "")


def _paragraph(paragraph: str, width: int, indent: str) -> Iterator[str]:
    import textwrap

    lines = textwrap.wrap(
        paragraph,
        width,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    yield from (f"{line}\n" for line in lines)


def _labelled(label: str, shown: str, value: str, width: int, paint: Paint) -> Iterator[str]:
    start = "  " + f"{label}:".ljust(13)
    if len(start) + len(value) <= width:
        yield f"  {paint('dim', f'{label}:')}{' ' * (12 - len(label))}{shown}\n"
        return
    lines = list(_paragraph(value, width, " " * len(start)))
    yield f"  {paint('dim', f'{label}:')}{' ' * (12 - len(label))}{lines[0].lstrip()}"
    yield from lines[1:]


def prose(text: str) -> str:
    """Escape what Markdown would take for markup in a text that may hold code spans."""
    parts = text.split("`")
    parts[::2] = [part.replace("<", "\\<").replace("*", "\\*") for part in parts[::2]]
    return "`".join(parts)


def _cell(value: str) -> str:
    return value.replace("|", "\\|")


def _toml(value: object) -> str:
    """Write a default value as it would stand in the configuration file."""
    import json

    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return "unset" if value is None else json.dumps(value, ensure_ascii=False)
