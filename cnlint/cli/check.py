"""``cnlint check``: its options."""

import sys
from typing import Any

import click

from cnlint.cli.checking import CheckOptions, check_paths
from cnlint.cli.options import color_option
from cnlint.report import FORMATS


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path())
@click.option(
    "--profile",
    type=click.Choice(["default", "strict", "pedantic"]),
    help="Which rules: strict adds opinionated ones, pedantic all.",
)
@click.option(
    "--select",
    multiple=True,
    metavar="RULES",
    help="Only these: codes, prefixes, names, categories, tags or peers' ids, by comma.",
)
@click.option("--extend-select", multiple=True, metavar="RULES", help="These too, besides the profile's.")
@click.option("--ignore", multiple=True, metavar="RULES", help="Not these.")
@click.option(
    "--output-format",
    "-f",
    type=click.Choice(list(FORMATS)),
    default="text",
    show_default=True,
    help="Format on standard output.",
)
@click.option(
    "--output",
    "-o",
    "outputs",
    multiple=True,
    metavar="FORMAT=FILE",
    help="Write a report to a file too; may be repeated.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "info", "never"]),
    help="Least severity that makes the exit status 1.  [default: warning]",
)
@click.option(
    "--config",
    "config_path",
    type=click.Path(),
    help="Configuration file; by default the nearest cnlint.toml or pyproject.toml.",
)
@click.option("--no-config", is_flag=True, help="Read no configuration file.")
@click.option("--root", type=click.Path(), help="Project root: paths are relative to it, links are resolved in it.")
@click.option("--exclude", multiple=True, metavar="PATTERN", help="Leave out paths, as in .gitignore; may be repeated.")
@click.option("--no-gitignore", is_flag=True, help="Check files that git ignores too.")
@click.option("--no-context", is_flag=True, help="Do not read the rest of the project for links.")
@click.option(
    "--complete/--not-complete", default=None, help="What is absent from the files is (is not) absent from the system."
)
@click.option(
    "--kubernetes-version", metavar="VERSION", help="Judge manifests for this version.  [default: newest known]"
)
@click.option(
    "--kustomize",
    type=click.Choice(["built-in", "program"]),
    help="What builds kustomizations: cnlint, or kustomize or kubectl where installed.  [default: built-in]",
)
@click.option(
    "--helm/--no-helm", default=None, help="Render Helm charts with the program helm, and check them (not by default)."
)
@click.option("--today", metavar="DATE", help="Judge dates as of this day.")
@click.option("--baseline", type=click.Path(), help="Leave out the findings recorded in this file.")
@click.option("--write-baseline", type=click.Path(), help="Record today's findings in this file.")
@click.option("--diff", metavar="REVISION", help="Only findings on lines changed since a git revision.")
@click.option("--stdin-filename", metavar="NAME", help="Name of the file on standard input (path -).")
@click.option("--jobs", "-j", type=click.IntRange(min=0), default=0, help="Processes; 0: one a core.  [default: 0]")
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache of results.")
@color_option("the text report")
@click.option("--verbose", "-v", is_flag=True, help="List skipped files too.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing on standard output.")
def command(**options: Any) -> None:
    """Check files and folders (by default the current folder; - is standard input).

    \b
    Exit status: 0 clean, 1 findings at or above --fail-on, 2 usage or configuration error, 3 a rule crashed.
    """
    sys.exit(check_paths(CheckOptions(**options)))
