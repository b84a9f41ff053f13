"""What the jobs of a workflow do on the way to production: test, lint, build, push, scan, deploy, publish.

`activities_of` tells it from the commands and actions of the steps (tables: ``cnlint/data/delivery.json``). Each
activity is *certain* or only *likely*: rules that accuse ("deploys without ...") ask for certain ones (`deploys`,
`pushes`, `publishes`), rules that excuse ("... but tests run elsewhere") take every hint, names included (`may_do`).

Kinds: ``test``, ``lint``, ``build`` (an image or a program), ``push`` (an image to a registry), ``scan`` (for
vulnerabilities), ``deploy``, ``rollout-check`` (waits for a deployment), ``publish`` (a package or a release),
``login`` (to a registry), ``cluster`` (a test cluster is set up in the job), ``checkout``, ``git-push``.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from cnlint.data import table
from cnlint.findings import Place
from cnlint.manifests.commands import Command, StepCommand
from cnlint.manifests.workflow import ActionReference, Job, Step
from cnlint.syntax.patterns import regex
from cnlint.syntax.shell import Word


class Activity(NamedTuple):
    """One thing that a step does.

    ``command`` is the command of its script that does it, ``action`` the action; a job that calls a reusable workflow
    has activities without a step.
    """

    kind: str
    job: Job
    step: Step | None
    command: StepCommand | None
    action: ActionReference | None
    certain: bool

    @property
    def place(self) -> Place:
        """The command in the script, else the entry of the step, else the call of the reusable workflow."""
        if self.command is not None:
            return self.command.place()
        return self.step.at() if self.step is not None else self.job.at("uses")

    @property
    def what(self) -> str:
        """A name for messages: the program and its verbs, or the action without its version."""
        if self.command is not None:
            verbs = [word.value for word in self.command.operands()[:2] if word.value and word.value.isalpha()]
            return " ".join([self.command.program, *verbs])
        return (self.action.name or self.action.written) if self.action is not None else ""


class _Work(NamedTuple):
    """What a job does, worked out once."""

    activities: tuple[Activity, ...]
    certain: frozenset[str]
    """The kinds of which one is certain."""
    possible: frozenset[str]
    """The kinds of which anything speaks."""
    pushes: tuple[Activity, ...]


def _work_of(job: Job) -> _Work:
    work: _Work | None = job.notes.get("work")
    if work is None:
        activities = tuple(_activities(job))
        certain = frozenset(activity.kind for activity in activities if activity.certain)
        possible = hints_of(job).union(activity.kind for activity in activities)
        pushed = [one for one in activities if one.certain and one.kind == "push" and not _stays_on_runner(one)]
        work = job.notes["work"] = _Work(activities, certain, possible, tuple(pushed))
    return work


def activities_of(job: Job) -> tuple[Activity, ...]:
    """Give what a job does, in the order of its steps."""
    return _work_of(job).activities


def done(job: Job, *kinds: str) -> list[Activity]:
    """Give the certain activities of some kinds."""
    work = _work_of(job)
    if work.certain.isdisjoint(kinds):
        return []
    return [activity for activity in work.activities if activity.certain and activity.kind in kinds]


def pushes(job: Job) -> list[Activity]:
    """Give the pushes of images to registries; a registry on the runner itself is none."""
    return list(_work_of(job).pushes)


def publishes(job: Job) -> list[Activity]:
    """Give the publications of packages and releases."""
    return done(job, "publish")


def ships(job: Job) -> list[Activity]:
    """Give what makes the work of a job available to others: images that it pushes, packages and programs it publishes.

    A release that consists of notes alone is none.
    """
    published = [activity for activity in publishes(job) if not _is_release_of_notes(activity)]
    return [*pushes(job), *published]


def deploys(job: Job) -> list[Activity]:
    """Give the deployments; what is deployed to a test cluster that the job sets up itself is none."""
    if may_do(job, "cluster"):
        return []
    return done(job, "deploy")


def is_infrastructure(deployment: Activity) -> bool:
    """Tell whether a deployment changes what applications run on, by a tool that deploys no images itself."""
    names = _names("infrastructure")
    if deployment.command is not None:
        return deployment.command.program in names
    return deployment.action is not None and deployment.action.name in names


def may_do(job: Job, kind: str) -> bool:
    """Tell whether anything says that a job does this: a command, an action, its name, or a workflow that it calls."""
    return kind in _work_of(job).possible


def hints_of(job: Job) -> frozenset[str]:
    """Give the kinds that the id and the name of a job speak of, and the file name of a workflow that it calls."""
    found: frozenset[str] | None = job.notes.get("hints")
    if found is None:
        found = job.notes["hints"] = _kinds_by_words(f"{job.id} {job.name} {_file_name(job)}")
    return found


def related(job: Job) -> list[Job]:
    """Give a job, the jobs that end before it and the jobs that wait for it."""
    before = [other for other in job.workflow.jobs.values() if other.id in job.needs_closure and other.id != job.id]
    return [job, *before, *job.dependents]


def _activities(job: Job) -> Iterator[Activity]:
    if job.call is not None:
        for kind in hints_of(job):
            yield Activity(kind, job, None, None, job.call, certain=False)
    for step in job.steps:
        for kind, certain in _kinds_of_action(step):
            yield Activity(kind, job, step, None, step.action, certain)
        for command in step.commands:
            for kind, certain in kinds_of_command(command):
                yield Activity(kind, job, step, command, None, certain)


# Actions.


def _kinds_of_action(step: Step) -> Iterator[tuple[str, bool]]:
    action = step.action
    if action is None:
        return
    if action.kind == "local":
        # What a local action does is not known here; its folder's name may tell.
        yield from ((kind, False) for kind in _kinds_by_words(action.written))
        return
    if action.name in _names("image_builders"):
        yield "build", True
        if _is_switched_on(step.input("push")) or _exports_to_registry(step.input("outputs") or ""):
            yield "push", True
        return
    if action.name in _names("argument_actions"):
        yield from _kinds_of_arguments(step)
    for kind in _table("actions").get(action.name, ()):
        if not (kind == "scan" and step.input("scan-type") == "config"):
            yield kind, True
    if action.kind == "remote" and "checkout" in action.repository:
        yield "checkout", True


def _kinds_of_arguments(step: Step) -> Iterator[tuple[str, bool]]:
    """Judge actions that run a subcommand of their tool, given as input."""
    arguments = (step.input("args") or step.input("arguments") or "").split()
    if step.uses("goreleaser/goreleaser-action"):
        yield "build", True
        if "release" in arguments and not {"--snapshot", "--skip=publish", "--skip-publish"} & set(arguments):
            yield "publish", True


def _is_switched_on(text: str | None) -> bool:
    # An expression switches it on for some runs: those are the ones that count.
    return text is not None and (text.strip().lower() == "true" or "${{" in text)


def _exports_to_registry(outputs: str) -> bool:
    flat = outputs.replace(" ", "")
    return "type=registry" in flat or "push=true" in flat


# Commands.


def kinds_of_command(command: Command) -> list[tuple[str, bool]]:
    """Give the kinds of activity that a command is, each with whether that is certain."""
    program = command.program
    if not program:
        return []
    found = [(kind, False) for kind in _hinted_kinds(command)]
    if program in _known_programs():
        found += [(kind, True) for kind in _kinds_of_known(command)]
    judge = _SPECIAL.get(program)
    if judge is not None:
        # Commands whose kind hangs on their flags.
        found += [(kind, True) for kind in judge(command)]
    return [] if found and _only_shows(command) else found


def _hinted_kinds(command: Command) -> Iterable[str]:
    """Give what a target or a script may do, by the words in its name."""
    program = command.program
    if program in _names("task_runners"):
        return _kinds_of_words(command.operands())
    if program in _SHELLS:
        return _kinds_of_words(command.operands()[:1])
    if program.endswith(".sh") or command.words[0].text.startswith("./"):
        return _kinds_of_words(command.words[:1])
    return ()


def _kinds_of_known(command: Command) -> Iterator[str]:
    """Give the kinds of a command that its program and verbs alone tell."""
    operands = command.operands()
    first = operands[0].value if operands else None
    known = _known_commands()
    for verb in (None,) if first is None else (None, first):
        for kind, verbs in known.get((command.program, verb), ()):
            if _follow(operands, verbs) and not _is_exempt(command, kind):
                yield kind


def _follow(operands: Sequence[Word], verbs: tuple[frozenset[str], ...]) -> bool:
    """Tell whether the operands begin with these verbs, each of them one of several."""
    return len(operands) >= len(verbs) and all(word.value in verb for word, verb in zip(operands, verbs, strict=False))


def _only_shows(command: Command) -> bool:
    """Tell whether a command is told to change nothing."""
    if not command.has_flag("--dry-run", "--help", "--version"):
        return command.subcommand == "help"
    dry = command.option("--dry-run")
    return dry is None or dry.value not in ("none", "false")


_SHELLS = frozenset({"sh", "bash", "source", "."})


def _kinds_of_words(names: Iterable[Word]) -> frozenset[str]:
    return _kinds_by_words(" ".join(name.value or "" for name in names))


def _is_exempt(command: Command, kind: str) -> bool:
    if kind == "test":
        return any((word.value or "").lower().startswith(_SKIPS_TESTS) for word in command.arguments)
    if kind == "deploy" and command.program in ("kubectl", "oc"):
        # Rendered by the client alone, or written to a file.
        return any(redirection.operator.endswith(">") for redirection in command.simple.redirections)
    return False


_SKIPS_TESTS = ("-dskiptests", "-dmaven.test.skip", "-xtest", "--skip-tests", "--no-tests")


_BUILD_VERBS = frozenset({"build", "bake", "buildx", "image", "builder"})


def _container_engine(command: Command) -> Iterator[str]:
    if command.subcommand in _BUILD_VERBS and _is_image_build(command):
        yield "build"
        outputs = (word.value or "" for word in command.options("--output", "-o"))
        if command.has_flag("--push") or any(_exports_to_registry(output) for output in outputs):
            yield "push"


def _skopeo(command: Command) -> Iterator[str]:
    if command.subcommand == "copy" and any(word.prefix.startswith("docker://") for word in command.operands()[2:]):
        yield "push"


def _buildpack(command: Command) -> Iterator[str]:
    if command.subcommand == "build":
        yield "build"
        if command.has_flag("--publish"):
            yield "push"


def _ko(command: Command) -> Iterator[str]:
    # ko pushes what it builds unless told not to.
    if command.subcommand in ("build", "publish", "resolve", "apply"):
        yield "build"
        push = command.option("--push")
        if not command.has_flag("--local", "-L") and (push is None or push.value != "false"):
            yield "push"
    if command.subcommand == "apply":
        yield "deploy"


def _goals(command: Command) -> Iterator[str]:
    goals = {
        (word.value or "").rpartition(":")[2] if "jib" not in word.text else word.text for word in command.operands()
    }
    if goals & {"jib", "jib:build"} or any(goal.endswith("jib-maven-plugin:build") for goal in goals):
        yield from ("build", "push")
    if goals & _TEST_GOALS and not _is_exempt(command, "test"):
        yield "test"


_TEST_GOALS = {"test", "check", "verify", "integration-test", "install", "spec"}


def _python(command: Command) -> Iterator[str]:
    module = command.option("-m")
    if module is None:
        return
    if module.value in ("pytest", "unittest", "tox", "nox"):
        yield "test"
    elif module.value == "twine" and any(word.value == "upload" for word in command.arguments):
        yield "publish"


def _git(command: Command) -> Iterator[str]:
    if command.subcommand in ("clone", "checkout", "fetch", "pull"):
        yield "checkout"


_SPECIAL = {
    **dict.fromkeys(("docker", "podman", "nerdctl"), _container_engine),
    **dict.fromkeys(("gradle", "gradlew", "mvn", "mvnw", "sbt", "cargo", "rake"), _goals),
    **dict.fromkeys(("python", "python3"), _python),
    "skopeo": _skopeo,
    "pack": _buildpack,
    "ko": _ko,
    "git": _git,
}


def _is_release_of_notes(activity: Activity) -> bool:
    """Tell whether a release on GitHub carries no files."""
    if activity.command is not None:
        command = activity.command
        return command.runs("gh", "release", "create") and len(command.operands()) <= 3
    step = activity.step
    if step is None or not step.uses(*_table("release_actions")):
        return False
    return not any(step.input(name) for name in _table("release_actions")[step.action.name if step.action else ""])


def _is_image_build(command: Command) -> bool:
    program = command.program
    return command.runs(program, "build|bake") or command.runs(program, "buildx|image|builder", "build|bake")


def _stays_on_runner(activity: Activity) -> bool:
    step = activity.step
    if step is None:
        return False
    if activity.command is not None:
        command = activity.command
        images = [word for word in command.operands()[1:] if "/" in word.text]
        images += command.options("-t", "--tag")
        texts = [word.prefix for word in images]
    else:
        texts = re.split(r"[\s,]+", (step.input("tags") or "").strip())
    return bool(texts) and all(text.startswith(("localhost", "127.0.0.1", "kind.local", "ko.local")) for text in texts)


# Tables.

_WORD = regex(r"[a-z0-9]+")


@cache
def _table(name: str) -> Any:
    return table("delivery")[name]


@cache
def _names(name: str) -> frozenset[str]:
    return frozenset(_table(name))


@cache
def _known_commands() -> dict[tuple[str, str | None], list[tuple[str, tuple[frozenset[str], ...]]]]:
    """Give kinds of activities with the verbs that make them, by program and first verb (``None``: any)."""
    found: dict[tuple[str, str | None], list[tuple[str, tuple[frozenset[str], ...]]]] = {}
    for kind, commands in _table("commands").items():
        for written in commands:
            programs, *verbs = ((*part.split("|"),) for part in written.split())
            entry = (kind, tuple(map(frozenset, verbs)))
            for program in programs:
                for first in verbs[0] if verbs else (None,):
                    found.setdefault((program, first), []).append(entry)
    return found


@cache
def _known_programs() -> frozenset[str]:
    return frozenset(program for program, _ in _known_commands())


def _kinds_by_words(text: str) -> frozenset[str]:
    """Give the kinds of which a word in a text speaks."""
    known = _kinds_of_word()
    return frozenset(kind for word in _WORD.findall(text.lower()) for kind in known.get(word, ()))


@cache
def _kinds_of_word() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for kind, words in _table("job_words").items():
        for word in words:
            found.setdefault(word, []).append(kind)
    return found


def _file_name(job: Job) -> str:
    written = job.string("uses").partition("@")[0]
    return written.rpartition("/")[2].rpartition(".")[0]
