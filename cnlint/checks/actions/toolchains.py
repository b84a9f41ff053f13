"""Languages that jobs set up: their versions, their caches, how they test."""

from collections.abc import Iterable, Iterator

from cnlint.data.end_of_life import Cycle, cycle_of_product, nearest_supported
from cnlint.findings import Edit, Fix, Report, Severity, report
from cnlint.manifests.commands import StepCommand
from cnlint.manifests.delivery import done, publishes
from cnlint.manifests.toolchains import Toolchain, toolchain_of
from cnlint.manifests.workflow import ActionMetadata, Job, Step, Value, Workflow
from cnlint.rules import Context, check
from cnlint.syntax.patterns import regex


@check("GHA911")
def setup_without_cache(step: Step, context: Context) -> Iterator[Report]:
    toolchain = toolchain_of(step)
    job = step.job
    if toolchain is None or job is None or step.action is None:
        return
    reason = _why_uncached(step, toolchain)
    if reason is None or _caches_otherwise(job) or _releases(job) or not _may_need_dependencies(step, toolchain):
        return
    if job.is_self_hosted and not context.options["self_hosted"]:
        return
    message = f"{toolchain.label} is set up without a cache of its dependencies: {reason}"
    yield report(step.action.place, message)


def _why_uncached(step: Step, toolchain: Toolchain) -> str | None:
    """Say why nothing is cached; ``None`` when something is, or when that is not known."""
    major = step.action.major if step.action else None
    switch = step.input("cache")
    if toolchain.action == "actions/setup-go":
        if switch is not None:
            return "cache is false" if switch.strip().lower() == "false" else None
        return f"v{major} caches only where cache is true" if major is not None and major <= 3 else None
    if toolchain.action in ("actions/setup-node", "actions/setup-python", "actions/setup-java", "actions/setup-dotnet"):
        if switch is not None and switch.strip():
            return "cache is false" if switch.strip().lower() == "false" else None
        if toolchain.action == "actions/setup-node" and (major is None or major >= 5):
            # It caches by itself where package.json names the package manager.
            return "package-manager-cache is false" if step.input("package-manager-cache") == "false" else None
        if toolchain.action == "actions/setup-dotnet":
            return None
        return "input cache is not set"
    return None


_CACHE_ACTIONS = frozenset(
    {
        "actions/cache",
        "actions/cache/restore",
        "swatinem/rust-cache",
        "gradle/actions/setup-gradle",
        "gradle/gradle-build-action",
        "bahmutov/npm-install",
        "pnpm/action-setup",
        "pre-commit/action",
        "astral-sh/setup-uv",
        "nix-community/cache-nix-action",
        "runs-on/cache",
        "buildjet/cache",
        "buildjet/setup-go",
        "useblacksmith/cache",
        "magnetikonline/action-golang-cache",
        "cypress-io/github-action",
    }
)


def _caches_otherwise(job: Job) -> bool:
    return any(step.action is not None and step.action.name in _CACHE_ACTIONS for step in job.steps)


def _releases(job: Job) -> bool:
    """Tell whether a job makes releases: a cache that other runs fill may poison them."""
    triggers = job.workflow.triggers
    if triggers and set(triggers) <= {"release"}:
        return True
    push = triggers.get("push")
    only_tags = push is not None and push.get("tags") is not None and push.get("branches") is None
    return (only_tags and set(triggers) <= {"push", "release"}) or bool(publishes(job) or done(job, "push"))


def _may_need_dependencies(step: Step, toolchain: Toolchain) -> bool:
    """Tell whether later steps may fetch dependencies; with no commands to look at, they may."""
    programs = [command.program for later in step.later for command in later.commands]
    if any(later.action is not None and later.action.name in _USES_TOOLCHAIN for later in step.later):
        return True
    return not programs or any(program in toolchain.programs or program in _OPAQUE for program in programs)


_USES_TOOLCHAIN = frozenset(
    {"golangci/golangci-lint-action", "goreleaser/goreleaser-action", "cypress-io/github-action"}
)
_OPAQUE = frozenset({"", "make", "task", "just", "mage", "bash", "sh", "tox", "nox", "bazel", "pre-commit"})


@check("GHA912")
def test_without_race(command: StepCommand) -> Iterator[Report]:
    if not _is_plain_go_test(command):
        return
    step: Step = command.origin
    job = step.job
    if job is None or _lacks_race_detector(step, command) or _tests_race_elsewhere(job.workflow):
        return
    end = command.place(command.operands()[0]).span
    insert = Edit(end.after, " -race")
    message = "go test runs without -race, so data races stay unseen"
    yield report(command.place(), message, fixes=[Fix("add -race", (insert,))])


def _is_plain_go_test(command: StepCommand) -> bool:
    if not command.runs("go", "test"):
        return False
    if command.may_have_other_flags:
        return False
    names = {word.text.lstrip("-").partition("=")[0] for word in command.arguments if word.text.startswith("-")}
    run = command.option("-run", "--run")
    runs_nothing = run is not None and run.value in ("^$", "^NONE$", "NONE", "XXX")
    return not runs_nothing and not names & {"race", "bench", "fuzz", "c", "list", "msan", "asan", "h", "help"}


def _lacks_race_detector(step: Step, command: StepCommand) -> bool:
    job = step.job
    flags = _variable(step, command, "GOFLAGS")
    if "-race" in flags or "${{" in flags or "$" in flags:
        return True
    if _variable(step, command, "CGO_ENABLED").strip() == "0":
        return True
    if _variable(step, command, "GOARCH") or _variable(step, command, "GOOS"):
        return True
    # The race detector needs a C compiler, which Alpine images lack, and does not exist for Windows on ARM.
    if job is not None and "alpine" in (job.string("container") or job.string("container", "image")):
        return True
    labels = (job.runner_labels or []) if job is not None else []
    return any("windows" in label and "arm" in label for label in labels)


def _variable(step: Step, command: StepCommand, name: str) -> str:
    """Give the text of a variable of a command: its own, one exported before, or one of ``env``."""
    if name in command.environment:
        word = command.environment[name]
        return word.text if word is not None else ""
    for earlier in command.before:
        if earlier.program == "export":
            for word in earlier.arguments:
                if word.text.startswith(f"{name}="):
                    return word.text.partition("=")[2]
    value = step.environment_value(name)
    return value.text if value is not None else ""


def _tests_race_elsewhere(workflow: Workflow) -> bool:
    found: bool | None = workflow.notes.get("go-test-race")
    if found is None:
        commands = (command for step in workflow.all_steps for command in step.commands)
        found = any(
            word.text.lstrip("-") in ("race", "race=true") for command in commands for word in command.arguments
        )
        workflow.notes["go-test-race"] = found
    return found


@check("GHA913")
def ended_language_version(workflow: Workflow, context: Context) -> Iterator[Report]:
    # Several steps may read the same variable or matrix.
    yield from _once(report for step in workflow.all_steps for report in _ended_versions(step, context))


@check("GHA913")
def ended_language_version_in_action(action: ActionMetadata, context: Context) -> Iterator[Report]:
    for step in action.steps:
        yield from _ended_versions(step, context)


def _once(reports: Iterable[Report]) -> Iterator[Report]:
    """Leave out reports of a place that was reported before."""
    seen = set()
    for one in reports:
        if one.place.span not in seen:
            seen.add(one.place.span)
            yield one


def _ended_versions(step: Step, context: Context) -> Iterator[Report]:
    toolchain = toolchain_of(step)
    if toolchain is None or not _is_wanted(toolchain, context):
        return
    values = toolchain.versions
    newest_is_supported = len(values) > 1 and any(
        (cycle := _cycle(toolchain, value)) is not None and not cycle.has_ended(context.today) for value in values
    )
    for value in values:
        cycle = _cycle(toolchain, value)
        if cycle is None or not cycle.has_ended(context.today):
            continue
        ended = f"on {cycle.eol.isoformat()}" if not isinstance(cycle.eol, bool) else "some time ago"
        if _LOWER_BOUND.match(value.text.strip()):
            message = f'version "{value.text}" admits {cycle.label}, which reached its end of life {ended}'
            severity: Severity | None = "info"
        else:
            message = f"{cycle.label} reached its end of life {ended}"
            severity = "info" if newest_is_supported else None
        yield report(value.place, message, severity=severity, hint=_newer(toolchain, cycle, context))


_LOWER_BOUND = regex(r"\s*(?:\^|>)")


def _is_wanted(toolchain: Toolchain, context: Context) -> bool:
    wanted = context.options["products"]
    return not wanted or toolchain.product in wanted or toolchain.label.lower() in wanted


def _cycle(toolchain: Toolchain, value: Value) -> Cycle | None:
    version = toolchain.plain_version(value.text)
    return cycle_of_product(toolchain.product, version) if version else None


def _newer(toolchain: Toolchain, ended: Cycle, context: Context) -> str | None:
    supported = nearest_supported(toolchain.product, context.today, ended.cycle)
    return f"move to {supported.label} or newer" if supported is not None else None


@check("GHA915")
def floating_language_version(workflow: Workflow) -> Iterator[Report]:
    yield from _once(report for step in workflow.all_steps for report in _floating_versions(step))


@check("GHA915")
def floating_language_version_in_action(action: ActionMetadata) -> Iterator[Report]:
    for step in action.steps:
        yield from _floating_versions(step)


def _floating_versions(step: Step) -> Iterator[Report]:
    toolchain = toolchain_of(step)
    if toolchain is None or step.action is None:
        return
    for value in toolchain.versions:
        if toolchain.is_floating(value.text):
            message = f'{toolchain.label} version "{value.text.strip()}" is another one after each release'
            yield report(value.place, message)
    if toolchain.takes_runner_default:
        yield report(
            step.action.place, f"{toolchain.label} has no version: the one that the runner happens to have is used"
        )
