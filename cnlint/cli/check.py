"""``cnlint check``: run the rules on files and folders and report."""

import os
import sys
from typing import Any, cast

import click

from cnlint.cli import terminal
from cnlint.config import Configuration, ConfigurationError, FailOn, parse_date, parse_kubernetes_version
from cnlint.findings import SEVERITIES, RunReport
from cnlint.report import FORMATS, ReportOptions, render
from cnlint.rules import Profile

EXIT_CLEAN, EXIT_FINDINGS, EXIT_CRASH = 0, 1, 3


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
@click.option("--today", metavar="DATE", help="Judge dates as of this day.")
@click.option("--baseline", type=click.Path(), help="Leave out the findings recorded in this file.")
@click.option("--write-baseline", type=click.Path(), help="Record today's findings in this file.")
@click.option("--diff", metavar="REVISION", help="Only findings on lines changed since a git revision.")
@click.option("--stdin-filename", metavar="NAME", help="Name of the file on standard input (path -).")
@click.option("--jobs", "-j", type=click.IntRange(min=0), default=0, help="Processes; 0: one a core.  [default: 0]")
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache of results.")
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Colour the text report.  [default: auto]",
)
@click.option("--verbose", "-v", is_flag=True, help="List skipped files too.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing on standard output.")
def command(**options: Any) -> None:
    """Check files and folders (by default the current folder; - is standard input).

    \b
    Exit status: 0 clean, 1 findings at or above --fail-on, 2 usage or configuration error, 3 a rule crashed.
    """
    try:
        report, configuration = _run(options)
        _write_reports(report, options)
    except ConfigurationError as error:
        terminal.fail(str(error))
    sys.exit(exit_status(report, configuration.fail_on))


def exit_status(report: RunReport, fail_on: FailOn) -> int:
    """Give the exit status of a run."""
    if any(finding.code == "CNL003" for finding in report.findings):
        return EXIT_CRASH
    if fail_on == "never":
        return EXIT_CLEAN
    failing = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    return EXIT_FINDINGS if any(finding.severity in failing for finding in report.active) else EXIT_CLEAN


def _run(options: dict[str, Any]) -> tuple[RunReport, Configuration]:
    from cnlint.engine.run import Request, default_jobs, run

    paths: tuple[str, ...] = options["paths"] or (".",)
    configuration = effective_configuration(options, paths)
    standard_input = sys.stdin.buffer.read() if "-" in paths else None
    request = Request(
        paths,
        configuration,
        options["root"],
        jobs=options["jobs"] or default_jobs(),
        cache=not options["no_cache"],
        context=not options["no_context"],
        standard_input=standard_input,
        stdin_filename=options["stdin_filename"],
        baseline=options["baseline"],
        diff=options["diff"],
        progress=_progress if sys.stderr.isatty() and not options["quiet"] else None,
    )
    report = run(request)
    _say_what_was_not_understood(report, paths)
    if options["write_baseline"]:
        from cnlint.engine.baseline import write_baseline

        count = write_baseline(report.active, options["write_baseline"])
        click.echo(f"cnlint: recorded {count} findings in {options['write_baseline']}", err=True)
    return report, configuration


def _say_what_was_not_understood(report: RunReport, paths: tuple[str, ...]) -> None:
    """Name the files that a person named and that no rule could judge."""
    from cnlint.report.escape import visible

    named = {os.path.abspath(path): path for path in paths if not os.path.isdir(path)}
    for file in report.files:
        path = named.get(os.path.abspath(os.path.join(report.root, file.path)))
        if path is not None and file.skipped:
            click.echo(f"cnlint: {visible(path)}: {visible(file.skipped)}", err=True)


def effective_configuration(options: dict[str, Any], paths: tuple[str, ...]) -> Configuration:
    """Combine the configuration file with the options of the command line, which win."""
    from cnlint.api import read_configuration

    source = False if options["no_config"] else options["config_path"]
    configuration = read_configuration(source, paths, options["root"])
    changes: dict[str, Any] = {}
    if options["profile"]:
        changes["profile"] = cast("Profile", options["profile"])
    for name in ("select", "extend_select", "ignore"):
        selectors = terminal.split_selectors(options[name])
        if selectors:
            changes[name] = selectors if name == "select" else (*getattr(configuration, name), *selectors)
    if options["fail_on"]:
        changes["fail_on"] = options["fail_on"]
    if options["exclude"]:
        changes["exclude"] = (*configuration.exclude, *options["exclude"])
    if options["no_gitignore"]:
        changes["respect_gitignore"] = False
    if options["complete"] is not None:
        changes["complete"] = options["complete"]
    if options["kubernetes_version"]:
        changes["kubernetes_version"] = parse_kubernetes_version(options["kubernetes_version"])
    if options["today"]:
        changes["today"] = parse_date(options["today"])
    origins = {**configuration.origins, **{name.replace("_", "-"): "command line" for name in changes}}
    return configuration._replace(**changes, origins=origins)


def _write_reports(report: RunReport, options: dict[str, Any]) -> None:
    from cnlint import rule_index

    rules = rule_index.load()
    targets = [_target(output) for output in options["outputs"]]
    for name, path in targets:
        try:
            with open(path, "w", encoding="utf-8", newline="\n") as file:
                for piece in render(name, report, rules, ReportOptions(verbose=options["verbose"])):
                    file.write(piece)
        except OSError as error:
            raise ConfigurationError(f"{path}: cannot be written: {error.strerror or error}") from error
    if options["quiet"]:
        return
    color = terminal.use_color(options["color"])
    shown = ReportOptions(color=color, width=terminal.columns(), verbose=options["verbose"])
    terminal.write(render(options["output_format"], report, rules, shown))


def _target(output: str) -> tuple[str, str]:
    name, equals, path = output.partition("=")
    if not equals or not path or name not in FORMATS:
        raise ConfigurationError(f"--output {output}: expected is FORMAT=FILE with one of {', '.join(FORMATS)}")
    return name, path


def _progress(done: int, total: int) -> None:
    """Show how far a long run is, on a terminal's standard error."""
    if total >= 500 and (done % 100 == 0 or done == total):
        end = "\r\x1b[K" if done == total else ""
        sys.stderr.write(f"\r{done}/{total} files{end}")
        sys.stderr.flush()
