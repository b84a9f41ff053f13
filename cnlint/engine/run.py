"""One run: discovery, file stage, project stage, suppression, and the report that comes of them."""

import datetime
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from cnlint import rule_index
from cnlint.config import Configuration, Selection, select_rules
from cnlint.engine import classify, file_stage, pool, settle
from cnlint.engine.discover import STANDARD_INPUT, Candidate, Discovery, candidates_of, discover, find_root, walk_files
from cnlint.engine.discover import relative_to as relative_path
from cnlint.engine.dispatch import Dispatcher
from cnlint.engine.file_stage import FileStage
from cnlint.engine.results import FileResult, ProjectOutcome
from cnlint.findings import CheckedFile, Finding, RunReport
from cnlint.rules import RuleSet, Settings
from cnlint.syntax.source import Source

if TYPE_CHECKING:
    from cnlint.engine.cache import Cache
    from cnlint.engine.helm import Helm
    from cnlint.engine.shellcheck import Program
    from cnlint.graph.project import Project

MAX_UNASKED_CONTEXT = 2000
"""A project of more candidate files than this is not read around the paths given when nothing of it is cached."""


_REVISED = ("dockerfile", "kubernetes", "istio", "argo", "gateway")
"""Domains of rules whose findings in one file may depend on others."""


class Request(NamedTuple):
    """What a caller asks of a run."""

    paths: tuple[str, ...]
    configuration: Configuration = Configuration()
    root: str | None = None
    jobs: int = 1
    cache: bool = False
    context: bool = True
    """Whether links are resolved against the rest of the project root too."""
    standard_input: bytes | None = None
    stdin_filename: str | None = None
    baseline: str | None = None
    diff: str | None = None
    progress: Callable[[int, int], None] | None = None
    """Called with the number of files done and the number of all files."""


def run(request: Request) -> RunReport:
    """Carry out a run.

    Raises `cnlint.config.ConfigurationError` for settings, a baseline or a revision that cannot be used.
    """
    rules = rule_index.load()
    configuration = request.configuration
    selection = select_rules(rules, configuration)
    root = os.path.abspath(request.root) if request.root is not None else find_root(request.paths)
    settings = Settings(
        today=configuration.today or datetime.date.today(),
        kubernetes_version=configuration.kubernetes_version,
        complete=configuration.complete,
        extra=_extra(configuration, root),
        profile=configuration.profile,
        selected=selection.codes,
    )
    stage = FileStage(
        root,
        tuple(rule for rule in selection.rules if "file" in rule.scopes),
        selection.severities,
        selection.options,
        settings,
        configuration.limits,
        # Which stage of a Dockerfile ships may stand in a workflow, what becomes of an object in a kustomization.
        wants_facts=any("project" in rule.scopes or rule.domain in _REVISED for rule in selection.rules),
        shellcheck=_find_shellcheck(selection, root),
        helm=_find_helm(configuration, root),
    )
    found = discover(
        [path for path in request.paths if path != STANDARD_INPUT],
        root,
        exclude=configuration.exclude,
        respect_gitignore=configuration.respect_gitignore,
    )
    cache = _open_cache(request, stage, selection)
    results = _check_files(found, stage, request, rules, cache)
    notes: list[CheckedFile] = []
    findings = [finding for result in results for finding in result.findings]
    if stage.wants_facts and any(result.has_facts for result in results):
        project_files = _project_files(found, request, root)
        outcome = _project_stage(results, stage, selection, request, rules, cache, project_files, notes)
        # What other tools say of a file does not depend on its stages, and is not said again.
        kept = [finding for finding in findings if finding.sub_code or finding.path not in outcome.replaced]
        findings = [*kept, *outcome.findings]
        notes.extend(outcome.notes)
        if stage.helm is not None:
            from cnlint.engine.charts import without_fixes

            findings = without_fixes(findings, results)
    if cache is not None:
        cache.save()
    findings = settle.settle(findings, results, selection, rules, configuration)
    findings = _narrow(findings, request, configuration, root)
    files = sorted((*(result.checked_file for result in results), *found.skipped, *notes), key=lambda file: file.path)
    return RunReport(tuple(findings), tuple(files), root)


def _extra(configuration: Configuration, root: str) -> dict[str, Any]:
    extra: dict[str, Any] = {"self_repo": configuration.self_repo, "cluster_domain": configuration.cluster_domain}
    if configuration.kustomize == "program":
        from cnlint.engine.kustomize_program import find_program

        extra.update(kustomize="program", kustomize_program=find_program(root))
    return extra


def _check_files(
    found: Discovery, stage: FileStage, request: Request, rules: RuleSet, cache: "Cache | None"
) -> list[FileResult]:
    results = _file_stage(found.candidates, stage, request, rules, cache)
    if request.standard_input is not None:
        name = request.stdin_filename or "stdin.yaml"
        path = relative_path(os.path.abspath(name), stage.root)
        [candidate] = candidates_of([path], stage.root) or [Candidate(path, "yaml")]
        named = Candidate(candidate.path, candidate.kind, named=True)
        results = [result for result in results if result.path != path]
        results.append(pool.check_text(named, request.standard_input, stage, request.jobs))
    return results


def _file_stage(
    candidates: Sequence[Candidate], stage: FileStage, request: Request, rules: RuleSet, cache: "Cache | None"
) -> list[FileResult]:
    """Run the file stage on many files: from the cache, in this process or in several; in the order given."""
    known: dict[str, FileResult] = {}
    if cache is not None:
        known = cache.look_up(candidates, rules, reported=bool(stage.rules))
    todo = {candidate.path: candidate for candidate in candidates if candidate.path not in known}
    for result in pool.check_files(list(todo.values()), stage, request.jobs, request.progress):
        known[result.path] = result
        if cache is not None:
            cache.store(todo[result.path], result, reported=bool(stage.rules))
    results = [known[candidate.path] for candidate in candidates]
    if stage.helm is not None:
        from cnlint.engine.charts import with_charts

        results = with_charts(results, stage.helm, stage, request.jobs)
    return results


def _project_files(found: Discovery, request: Request, root: str) -> list[str]:
    """Give all files of the project, relative to its root."""
    if root in map(os.path.abspath, request.paths):
        return found.files
    configuration = request.configuration
    return walk_files(root, exclude=configuration.exclude, respect_gitignore=configuration.respect_gitignore)


def _project_stage(
    results: Sequence[FileResult],
    stage: FileStage,
    selection: Selection,
    request: Request,
    rules: RuleSet,
    cache: "Cache | None",
    files: Sequence[str],
    notes: list[CheckedFile],
) -> ProjectOutcome:
    """Run the project stage, in a project of these files; only findings in the files given are kept."""
    reported = {result.path for result in results}
    context = _context(files, reported, stage, request, rules, cache, notes) if request.context else []
    everything = [*results, *context]
    key = ""
    if cache is not None:
        key = cache.project_key(everything, files, reported)
        known = cache.project_outcome(key, rules)
        if known is not None:
            return known
        if not cache.load_facts(everything):
            # The second file of the cache is lost: read everything again.
            cache.forget()
            candidates = candidates_of([one.path for one in everything], stage.root)
            everything = _file_stage(candidates, stage.without_rules(), request, rules, cache)
    from cnlint.graph.repository import recording

    with recording() as looked_at:
        outcome = _judge_project(everything, files, reported, stage, selection)
        if cache is not None:
            cache.store_project_outcome(key, outcome, looked_at)
    return outcome


def _judge_project(
    everything: Sequence[FileResult], files: Sequence[str], reported: set[str], stage: FileStage, selection: Selection
) -> ProjectOutcome:
    from cnlint.engine.kustomized import ProjectFindings
    from cnlint.engine.kustomized import judge as judge_kustomized
    from cnlint.graph.facts import FileFacts
    from cnlint.graph.project import Project
    from cnlint.manifests.view import View

    project = Project.build(
        (FileFacts(result.path, result.kind, result.facts, result.templated, result.failed) for result in everything),
        files,
        stage.root,
        stage.settings,
    )
    dispatcher = Dispatcher(
        selection.rules, "project", selection.severities, selection.options, stage.settings, project
    )
    found = ProjectFindings(project)
    for view in project.views_for(dispatcher.targets):
        path = view.document.path if isinstance(view, View) else view.path
        found.add(view, (finding for finding in dispatcher.run(view, path) if finding.path in reported))
    findings = list(found.all())
    again = _judge_for_targets(project, reported, stage)
    kustomized = judge_kustomized(project, everything, reported, stage)
    findings += kustomized.added
    findings += (finding for found in kustomized.by_path.values() for finding in found)
    findings = _with_snippets(findings, stage)
    replaced = frozenset((*again, *kustomized.by_path))
    revised = [one for found in again.values() for one in found]
    notes = [*_unknown_parts(project, reported), *(one for one in kustomized.notes if one.path in reported)]
    return ProjectOutcome([*findings, *revised], replaced, tuple(notes))


def _unknown_parts(project: "Project", reported: set[str]) -> Iterator[CheckedFile]:
    """Say of each kustomization what it builds that is not known."""
    folders = project.kustomizations.by_folder
    builds = {one.build.root.folder: one for one in project.apply_sets.all if one.build} if folders else {}
    for folder, one in builds.items():
        path = folders[folder].document.path
        if one.unknown and path in reported:
            reasons = "; ".join(dict.fromkeys(one.unknown))
            yield CheckedFile(path, classify.KUSTOMIZATION, f"part of what it builds is not known: {reasons}")


def _judge_for_targets(project: "Project", reported: set[str], stage: FileStage) -> dict[str, list[Finding]]:
    """Judge the Dockerfiles again whose builds name other stages than the last, by path."""
    targets = project.links.shipped_targets if project.may_run_commands and project.dockerfiles else {}
    if not targets:
        return {}
    dispatcher = stage.dispatcher()
    found = {
        path: file_stage.check_dockerfile_for(path, named, stage, dispatcher)
        for path, named in targets.items()
        if path in reported
    }
    return {path: findings for path, findings in found.items() if findings is not None}


def _context(
    files: Sequence[str],
    reported: set[str],
    stage: FileStage,
    request: Request,
    rules: RuleSet,
    cache: "Cache | None",
    notes: list[CheckedFile],
) -> list[FileResult]:
    """Give the facts of the rest of the project, without judging it."""
    around = [candidate for candidate in candidates_of(files, stage.root) if candidate.path not in reported]
    if not around:
        return []
    if (len(around) if cache is None else cache.unknown(around)) > MAX_UNASKED_CONTEXT:
        reason = f"{len(around)} other files of the project were not read for links; name the root to include them"
        notes.append(CheckedFile(".", "project", reason))
        return []
    return _file_stage(around, stage.without_rules(), request._replace(progress=None), rules, cache)


def _with_snippets(findings: Iterable[Finding], stage: FileStage) -> list[Finding]:
    """Add the source lines of findings of the project stage, reading each file that has any once."""
    from cnlint.graph.repository import look_at

    sources: dict[str, Source] = {}
    completed = []
    for finding in findings:
        if finding.path not in sources:
            look_at(os.path.join(stage.root, finding.path))
            read = file_stage.read_file(Candidate(finding.path, ""), stage)
            text = read.decode("utf-8-sig", errors="replace") if isinstance(read, bytes) else ""
            sources[finding.path] = Source(finding.path, text)
        completed.append(file_stage.with_snippet(finding, sources[finding.path]))
    return completed


def _narrow(findings: list[Finding], request: Request, configuration: Configuration, root: str) -> list[Finding]:
    """Mark what a baseline or a comparison with a revision leaves out."""
    baseline = request.baseline or configuration.baseline
    if baseline is not None:
        from cnlint.engine.baseline import apply_baseline

        findings = apply_baseline(findings, baseline)
    if request.diff is not None:
        from cnlint.engine.diff import apply_diff

        findings = apply_diff(findings, request.diff, root)
    return findings


def _find_shellcheck(selection: Selection, root: str) -> "Program | None":
    if not any(rule.passes_findings_on for rule in selection.rules):
        return None
    from cnlint.engine.shellcheck import find_program

    return find_program(selection, root)


def _find_helm(configuration: Configuration, root: str) -> "Helm | None":
    if not configuration.helm:
        return None
    from cnlint.engine.helm import find_helm

    return find_helm(root, configuration.helm_values)


def _open_cache(request: Request, stage: FileStage, selection: Selection) -> "Cache | None":
    if not request.cache:
        return None
    from cnlint.engine.cache import Cache

    return Cache.open(stage.root, selection, stage.settings, stage.limits, stage.shellcheck)


def default_jobs() -> int:
    """Give the number of processes that may run at once on this machine."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
