"""Write docs/rules/ from the specifications in rules/: one page a rule, and an index.

``python scripts/build_docs.py`` writes what has changed and deletes what has no rule any more;
``--check`` changes nothing and exits with 1 when something would change.
"""

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from cnlint import rule_index
from cnlint.report import rule_page
from cnlint.rules import Rule

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "rules"

# Domains in the order of the index, with their titles.
_DOMAINS = {
    "dockerfile": "Dockerfiles",
    "kubernetes": "Kubernetes",
    "actions": "GitHub Actions",
    "istio": "Istio and Gateway API",
    "argo": "Argo CD",
    "serverless": "Serverless",
    "links": "Links between files",
    "tool": "cnlint itself",
}
_ACRONYMS = {"api": "API", "hpa": "HPA", "rbac": "RBAC", "tls": "TLS", "http": "HTTP", "yaml": "YAML", "url": "URL"}


def main(arguments: list[str]) -> int:
    """Bring the folder up to date, or say what is stale; gives the exit status."""
    wanted = pages()
    present = {path: path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.md")}
    stale = sorted({path for path in wanted if wanted[path] != present.get(path)} | (present.keys() - wanted.keys()))
    for path in stale:
        print(path.relative_to(FOLDER.parent.parent))
        if "--check" in arguments:
            continue
        if path in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], encoding="utf-8")
        else:
            path.unlink()
    return 1 if stale and "--check" in arguments else 0


def pages() -> dict[Path, str]:
    """Give every page of the documentation of rules: path and text."""
    rules = sorted(rule_index.load(), key=lambda rule: (_position(rule.domain), rule.topic, rule.code))
    found = {FOLDER / _name(rule): "".join(rule_page.markdown(rule, rule_index.docs(rule.code))) for rule in rules}
    found[FOLDER / "README.md"] = "".join(_index(rules))
    return found


def _index(rules: list[Rule]) -> Iterator[str]:
    yield "# Rules\n\n"
    yield f"{len(rules)} rules, by domain and topic. `cnlint rule CODE` explains one, `cnlint rules` lists them.\n"
    yield "This page and those it leads to are generated from `rules/` by `python scripts/build_docs.py`.\n\n"
    for domain, group in groupby(rules, key=lambda rule: rule.domain):
        yield f"- [{_title(domain)}](#{_title(domain).lower().replace(' ', '-')}): {len(list(group))}\n"
    for domain, group in groupby(rules, key=lambda rule: rule.domain):
        yield f"\n## {_title(domain)}\n"
        for topic, members in groupby(group, key=lambda rule: rule.topic):
            yield f"\n### {_topic(topic)}\n\n"
            yield "| Code | Name | Severity | Profile | What it finds |\n| --- | --- | --- | --- | --- |\n"
            for rule in members:
                link = f"[{rule.code}]({_name(rule)})"
                summary = rule_page.prose(rule.summary).replace("|", "\\|")
                yield f"| {link} | {rule.name} | {rule.severity} | {rule.profile} | {summary} |\n"


def _name(rule: Rule) -> str:
    return f"{rule.domain}/{rule.slug}.md"


def _position(domain: str) -> tuple[int, str]:
    order = list(_DOMAINS)
    return (order.index(domain) if domain in order else len(order), domain)


def _title(domain: str) -> str:
    return _DOMAINS.get(domain, domain.capitalize())


def _topic(topic: str) -> str:
    words = [_ACRONYMS.get(word, word) for word in topic.replace("-", "_").split("_")]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
