"""``cnlint rules``: list the rules, all or by filter."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import click

from cnlint.cli import terminal
from cnlint.cli.options import color_option, format_option
from cnlint.findings import SEVERITIES
from cnlint.rules import PROFILES, Profile

if TYPE_CHECKING:
    from cnlint.report.style import Paint
    from cnlint.rules import Rule, RuleSet


@click.command("rules")
@click.option("--select", multiple=True, metavar="RULES", help="Codes, prefixes, names, tags or peers' ids, by comma.")
@click.option("--profile", type=click.Choice(PROFILES), help="Rules that run with this profile.")
@click.option("--domain", help="Rules of one domain: dockerfile, kubernetes, actions, ...")
@click.option("--category", help="Rules of one category: correctness, security, reliability, ...")
@click.option("--severity", type=click.Choice(SEVERITIES), help="Rules of one severity.")
@format_option("text", "json", help="How to write them.")
@color_option("the text")
def command(
    select: tuple[str, ...],
    profile: str | None,
    domain: str | None,
    category: str | None,
    severity: str | None,
    output_format: str,
    color: str,
) -> None:
    """List the rules; filters narrow the list together."""
    from cnlint import rule_index

    rules = rule_index.load()
    chosen = _selected(rules, terminal.split_selectors(select))
    if profile is not None:
        wanted = PROFILES[: PROFILES.index(cast("Profile", profile)) + 1]
        chosen = [rule for rule in chosen if rule.profile in wanted]
    if domain is not None:
        chosen = _narrowed(chosen, "domain", domain, rules)
    if category is not None:
        chosen = _narrowed(chosen, "category", category, rules)
    if severity is not None:
        chosen = [rule for rule in chosen if rule.severity == severity]
    if output_format == "json":
        terminal.write(_json(chosen))
    else:
        from cnlint.report.style import painter

        terminal.write(_text(chosen, painter(terminal.use_color(color)), terminal.columns()))


def _selected(rules: "RuleSet", selectors: tuple[str, ...]) -> "list[Rule]":
    if not selectors:
        return list(rules)
    codes: set[str] = set()
    for selector in selectors:
        found = rules.codes_for(selector)
        if not found:
            from cnlint.config import nearest

            terminal.fail(f"--select: {selector!r} is no rule{nearest(selector, rules.known_selectors())}")
        codes |= found
    return [rule for rule in rules if rule.code in codes]


def _narrowed(chosen: "list[Rule]", attribute: str, value: str, rules: "RuleSet") -> "list[Rule]":
    """Keep the rules whose domain or category is ``value``; a value that no rule has is an error."""
    known = sorted({str(getattr(rule, attribute)) for rule in rules})
    if value not in known:
        terminal.fail(f"--{attribute}: {value!r} is not known; it can be {', '.join(known)}")
    return [rule for rule in chosen if getattr(rule, attribute) == value]


def _text(rules: "list[Rule]", paint: "Paint", width: int | None) -> Iterator[str]:
    from cnlint.report.wording import plural

    codes = max((len(rule.code) for rule in rules), default=0)
    names = max((len(rule.name) for rule in rules), default=0)
    for rule in rules:
        start = f"{paint('code', rule.code.ljust(codes))}  {paint(rule.severity, rule.severity.ljust(7))}"
        start += f"  {rule.profile.ljust(8)}  "
        room = None if width is None else width - codes - 7 - 8 - 6 - names - 2
        summary = "" if room is not None and room < 30 else _shortened(rule.summary, room)
        yield f"{start}{rule.name.ljust(names)}  {paint('dim', summary)}".rstrip() + "\n"
    yield f"\n{plural(len(rules), 'rule')}\n"


def _shortened(text: str, room: int | None) -> str:
    return text if room is None or len(text) <= room else text[: room - 3].rstrip() + "..."


def _json(rules: "list[Rule]") -> Iterator[str]:
    import json

    from cnlint.report import rule_page

    yield json.dumps([rule_page.described(rule) for rule in rules], indent=2) + "\n"
