"""Checking from the command line: options to settings to a run to reports to an exit status."""

import os
import sys
from typing import Any, NamedTuple, cast

from cnlint.cli import terminal
from cnlint.config import Configuration, ConfigurationError, parse_date, parse_kubernetes_version
from cnlint.findings import SEVERITIES, Finding, RunReport
from cnlint.report import FORMATS, ReportOptions, render
from cnlint.rules import Profile

EXIT_CLEAN, EXIT_FINDINGS, EXIT_CRASH = 0, 1, 3


class CheckOptions(NamedTuple):
    """What the command line says, as it says it."""

    paths: tuple[str, ...] = ()
    profile: str | None = None
    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    output_format: str = "text"
    outputs: tuple[str, ...] = ()
    fail_on: str | None = None
    config_path: str | None = None
    no_config: bool = False
    root: str | None = None
    exclude: tuple[str, ...] = ()
    no_gitignore: bool = False
    no_context: bool = False
    complete: bool | None = None
    kubernetes_version: str | None = None
    kustomize: str | None = None
    helm: bool | None = None
    today: str | None = None
    baseline: str | None = None
    write_baseline: str | None = None
    diff: str | None = None
    stdin_filename: str | None = None
    jobs: int = 0
    """Number of processes; 0: one a core."""
    no_cache: bool = False
    color: str = "auto"
    verbose: bool = False
    quiet: bool = False


def check_paths(options: CheckOptions) -> int:
    """Check what the options name, write the reports that they ask for, and give the exit status."""
    try:
        report, configuration = _run(options)
        _write_reports(report, options)
    except ConfigurationError as error:
        terminal.fail(str(error))
    return exit_status(report, configuration)


def exit_status(report: RunReport, configuration: Configuration) -> int:
    """Give the exit status of a run."""
    if any(finding.code == "CNL003" for finding in report.findings):
        return EXIT_CRASH
    return EXIT_FINDINGS if any(_fails(finding, configuration) for finding in report.active) else EXIT_CLEAN


def _fails(finding: Finding, configuration: Configuration) -> bool:
    fail_on = configuration.fail_on
    if configuration.fail_on_by_domain:
        from cnlint import rule_index

        fail_on = configuration.fail_on_by_domain.get(rule_index.load()[finding.code].domain, fail_on)
    return fail_on != "never" and SEVERITIES.index(finding.severity) <= SEVERITIES.index(fail_on)


def _run(options: CheckOptions) -> tuple[RunReport, Configuration]:
    from cnlint.engine.run import Request, default_jobs, run

    paths: tuple[str, ...] = options.paths or (".",)
    configuration = effective_configuration(options, paths)
    standard_input = sys.stdin.buffer.read() if "-" in paths else None
    request = Request(
        paths,
        configuration,
        options.root,
        jobs=options.jobs or default_jobs(),
        cache=not options.no_cache,
        context=not options.no_context,
        standard_input=standard_input,
        stdin_filename=options.stdin_filename,
        baseline=options.baseline,
        diff=options.diff,
        progress=_progress if sys.stderr.isatty() and not options.quiet else None,
    )
    report = run(request)
    _say_what_was_not_understood(report, paths)
    if options.write_baseline:
        from cnlint.engine.baseline import write_baseline

        count = write_baseline(report.active, options.write_baseline)
        terminal.say(f"recorded {count} findings in {options.write_baseline}")
    return report, configuration


def _say_what_was_not_understood(report: RunReport, paths: tuple[str, ...]) -> None:
    """Name the files that a person named and that no rule could judge."""
    named = {os.path.abspath(path): path for path in paths if not os.path.isdir(path)}
    for file in report.files:
        path = named.get(os.path.abspath(os.path.join(report.root, file.path)))
        if path is not None and file.skipped:
            terminal.say(f"{path}: {file.skipped}")


def effective_configuration(options: CheckOptions, paths: tuple[str, ...]) -> Configuration:
    """Combine the configuration file with the options of the command line, which win."""
    from cnlint.api import read_configuration

    source = False if options.no_config else options.config_path
    configuration = read_configuration(source, paths, options.root)
    changes: dict[str, Any] = {}
    if options.profile:
        changes["profile"] = cast("Profile", options.profile)
    for name in ("select", "extend_select", "ignore"):
        selectors = terminal.split_selectors(getattr(options, name))
        if selectors:
            changes[name] = selectors if name == "select" else (*getattr(configuration, name), *selectors)
    if options.fail_on:
        changes["fail_on"], changes["fail_on_by_domain"] = options.fail_on, {}
    if options.exclude:
        changes["exclude"] = (*configuration.exclude, *options.exclude)
    if options.no_gitignore:
        changes["respect_gitignore"] = False
    if options.complete is not None:
        changes["complete"] = options.complete
    if options.kubernetes_version:
        changes["kubernetes_version"] = parse_kubernetes_version(options.kubernetes_version)
    if options.kustomize:
        changes["kustomize"] = options.kustomize
    if options.helm is not None:
        changes["helm"] = options.helm
    if options.today:
        changes["today"] = parse_date(options.today)
    origins = {**configuration.origins, **{name.replace("_", "-"): "command line" for name in changes}}
    return configuration._replace(**changes, origins=origins)


def _write_reports(report: RunReport, options: CheckOptions) -> None:
    from cnlint import rule_index

    rules = rule_index.load()
    targets = [_target(output) for output in options.outputs]
    for name, path in targets:
        try:
            with open(path, "w", encoding="utf-8", newline="\n") as file:
                for piece in render(name, report, rules, ReportOptions(verbose=options.verbose)):
                    file.write(piece)
        except OSError as error:
            raise ConfigurationError(f"{path}: cannot be written: {error.strerror or error}") from error
    if options.quiet:
        return
    color = terminal.use_color(options.color)
    shown = ReportOptions(color=color, width=terminal.columns(), verbose=options.verbose)
    terminal.write(render(options.output_format, report, rules, shown))


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
