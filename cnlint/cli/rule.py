"""``cnlint rule``: explain a rule, with its examples."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from cnlint.cli import terminal
from cnlint.cli.options import color_option, format_option

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from cnlint.rules import Rule, RuleSet

_MOST_AT_ONCE = 8


def _complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list["CompletionItem"]:
    """Give the codes and names that begin with what is typed so far."""
    from click.shell_completion import CompletionItem

    from cnlint import rule_index

    typed = incomplete.casefold()
    return [
        CompletionItem(name, help=rule.summary)
        for rule in rule_index.load()
        for name in (rule.code, rule.name)
        if name.casefold().startswith(typed)
    ]


@click.command("rule")
@click.argument("names", nargs=-1, required=True, metavar="RULE...", shell_complete=_complete)
@format_option("text", "markdown", "json", help="How to write it.")
@color_option("the text")
def command(names: tuple[str, ...], output_format: str, color: str) -> None:
    """Explain rules: why they matter, what to do, and examples.

    \b
    cnlint rule K8S213
    cnlint rule missing-memory-limit
    cnlint rule DL3006                by another linter's id
    """
    from cnlint import rule_index

    all_rules = rule_index.load()
    codes = dict.fromkeys(code for name in names for code in _codes(name, all_rules))
    rules = [all_rules[code] for code in codes]
    if output_format == "json":
        terminal.write(_json(rules))
    elif output_format == "markdown":
        terminal.write(_markdown(rules))
    else:
        terminal.write(_text(rules, terminal.use_color(color)))


def _codes(name: str, rules: "RuleSet") -> list[str]:
    """Give the codes that a name means; a name of many rules is refused."""
    codes = sorted(rules.codes_for(name))
    if not codes:
        from cnlint.config import nearest

        terminal.fail(f"{name!r} is no rule{nearest(name, rules.known_selectors())}")
    if len(codes) > _MOST_AT_ONCE:
        terminal.fail(f"{name!r} means {len(codes)} rules; list them with: cnlint rules --select {name}")
    return codes


def _text(rules: "list[Rule]", color: bool) -> Iterator[str]:
    from cnlint import rule_index
    from cnlint.report import rule_page

    for number, rule in enumerate(rules):
        if number:
            yield "\n" + "-" * 40 + "\n\n"
        yield from rule_page.text(rule, rule_index.docs(rule.code), color=color, width=terminal.text_width())


def _markdown(rules: "list[Rule]") -> Iterator[str]:
    from cnlint import rule_index
    from cnlint.report import rule_page

    for rule in rules:
        yield from rule_page.markdown(rule, rule_index.docs(rule.code))


def _json(rules: "list[Rule]") -> Iterator[str]:
    import json

    from cnlint import rule_index
    from cnlint.report import rule_page

    described: list[dict[str, Any]] = [
        rule_page.described(rule) | rule_page.explained(rule_index.docs(rule.code)) for rule in rules
    ]
    yield json.dumps(described[0] if len(described) == 1 else described, indent=2) + "\n"
