"""Jobs that use files of the repository before anything put them there."""

import re
from collections.abc import Iterator

from cnlint.findings import Place, Report, report
from cnlint.manifests.commands import StepCommand
from cnlint.manifests.workflow import Job, Step
from cnlint.rules import check
from cnlint.syntax.shell import Redirection, Word


@check("GHA918")
def missing_checkout(job: Job) -> Iterator[Report]:
    # An image may bring the code along, and a runner of the project's own may have it lying there.
    if job.has_container or job.is_self_hosted:
        return
    for step in job.steps:
        use = _first_use(step)
        if use is not None:
            place, what = use
            message = f'job "{job.id}" uses files of the repository ({what}) without a checkout before'
            yield report(place, message)
            return
        if _may_bring_files(step):
            return


def _first_use(step: Step) -> tuple[Place, str] | None:
    """Give the place at which a step needs files of the repository, unless something in it may have made them."""
    if step.action is not None:
        return _use_by_action(step)
    for command in step.commands:
        what = _use_by_command(step, command)
        if what is not None:
            return command.place(), what
        if not _is_harmless(command):
            return None
    return None


def _use_by_action(step: Step) -> tuple[Place, str] | None:
    if step.uses("docker/build-push-action", "docker/bake-action"):
        context = step.input("context") or ""
        if re.match(r"\.{1,2}(?:/|\Z)", context):
            return step.at(), f"build context {context}"
    if step.uses("golangci/golangci-lint-action"):
        return step.at(), "golangci-lint"
    return None


def _use_by_command(step: Step, command: StepCommand) -> str | None:
    if command.words and command.words[0].text.startswith("./"):
        return command.words[0].text
    if step.working_directory.startswith(("/", "~", "$")):
        return None
    for program, verbs, needs in _USES:
        if command.runs(program, *verbs) and (needs is None or needs(command)):
            return " ".join([command.program, *(word.text for word in command.operands()[: len(verbs)])])
    return None


def _is_relative(word: Word | None) -> bool:
    """Tell whether a word is surely a path below the workspace."""
    if word is None or not word.value:
        return False
    return word.value[0] not in "/~-" and ":" not in word.value


def _has_relative_context(command: StepCommand) -> bool:
    operands, file = command.operands(), command.option("-f", "--file")
    if file is not None and file.value == "-":
        return False
    return bool(operands) and re.match(r"\.{1,2}(?:/|\Z)", operands[-1].value or "") is not None


def _has_relative_manifest(command: StepCommand) -> bool:
    words = command.options("-f", "--filename", "-k", "--kustomize")
    return bool(words) and all(_is_relative(word) for word in words)


def _installs_from_manifest(command: StepCommand) -> bool:
    """Tell whether npm and the like install what package.json lists, and not packages that are named."""
    return len(command.operands()) <= 1 and not command.has_flag("-g", "--global", "--prefix", "-C")


def _installs_from_file(command: StepCommand) -> bool:
    words = [*command.options("-r", "--requirement"), *command.options("-e", "--editable")]
    return any(_is_relative(word) for word in words) or any(word.value == "." for word in command.operands()[1:])


def _uses_packages_here(command: StepCommand) -> bool:
    words = command.operands()[1:]
    return any((word.value or "").startswith("./") or word.value == "." for word in words) or not words


def _is_not_redirected(command: StepCommand) -> bool:
    return not command.has_flag("-C", "--directory", "-f", "--file", "--manifest-path", "-p", "--project-dir")


def _tests_files(command: StepCommand) -> bool:
    return not command.has_flag("--pyargs")


def _goes_below(command: StepCommand) -> bool:
    folder = command.operands()[0] if command.operands() else None
    return _is_relative(folder) and folder is not None and not (folder.value or "").startswith(".")


_USES = (
    ("docker|podman|buildah", ("build|bud",), _has_relative_context),
    ("docker", ("buildx|image", "build"), _has_relative_context),
    ("go", ("build|test|vet|run|generate",), _uses_packages_here),
    ("go", ("mod", "download|tidy|verify|vendor"), None),
    ("make", (), _is_not_redirected),
    ("npm", ("ci|test|run",), _is_not_redirected),
    ("npm|pnpm", ("install|i",), _installs_from_manifest),
    ("yarn", ("install",), _installs_from_manifest),
    ("mvn|mvnw", ("test|verify|package|install|deploy|compile",), _is_not_redirected),
    ("gradle", ("test|check|build|assemble",), _is_not_redirected),
    ("cargo", ("build|test|check|clippy|fmt|run",), _is_not_redirected),
    ("dotnet", ("build|test|restore|publish",), None),
    ("pip|pip3", ("install",), _installs_from_file),
    ("poetry|pipenv", ("install",), _is_not_redirected),
    ("pytest", (), _tests_files),
    ("cd", (), _goes_below),
    ("kubectl", ("apply|create|replace|diff",), _has_relative_manifest),
)


# What may put files into the workspace, or cannot be looked into.


def _may_bring_files(step: Step) -> bool:
    if step.action is not None:
        name = step.action.name
        return not (name in _HARMLESS_ACTIONS or step.action.repository.startswith(("setup-", "configure-")))
    if step.script and not step.commands:
        return True
    return not all(_is_harmless(command) for command in step.commands)


def _is_harmless(command: StepCommand) -> bool:
    if any(redirection.operator.startswith(">") and _is_file(redirection.target) for redirection in _outputs(command)):
        return False
    if command.program in _HARMLESS_PROGRAMS:
        return True
    return (command.program, command.subcommand) in _HARMLESS_COMMANDS or command.has_flag("--version")


def _outputs(command: StepCommand) -> list[Redirection]:
    return [*command.simple.redirections, *command.script.redirections]


def _is_file(target: Word | None) -> bool:
    # The runner's own files ($GITHUB_ENV and so on) are none of the workspace.
    return target is None or not (target.value == "/dev/null" or "GITHUB_" in target.text or target.text.isdigit())


_HARMLESS_ACTIONS = frozenset(
    {
        "docker/login-action",
        "docker/setup-buildx-action",
        "docker/setup-qemu-action",
        "docker/metadata-action",
        "azure/login",
        "azure/k8s-set-context",
        "azure/aks-set-context",
        "aws-actions/amazon-ecr-login",
        "google-github-actions/auth",
        "google-github-actions/get-gke-credentials",
        "step-security/harden-runner",
        "hashicorp/vault-action",
    }
)
_HARMLESS_PROGRAMS = frozenset(
    {"echo", "printf", "true", "false", ":", "set", "export", "env", "printenv", "which", "command", "type", "date"}
    | {
        "sleep",
        "exit",
        "test",
        "[",
        "[[",
        "apt-get",
        "apt",
        "apk",
        "brew",
        "dnf",
        "yum",
        "choco",
        "pwd",
        "ls",
        "whoami",
    }
    | {"id", "uname", "df", "free", "nproc", "whoami"}
)
_HARMLESS_COMMANDS = frozenset(
    {
        ("docker", "login"),
        ("docker", "info"),
        ("docker", "pull"),
        ("docker", "ps"),
        ("npm", "config"),
        ("go", "version"),
        ("go", "env"),
        ("go", "install"),
        ("pip", "install"),
        ("pip3", "install"),
        ("kubectl", "version"),
        ("kubectl", "config"),
        ("kubectl", "get"),
        ("git", "config"),
        ("corepack", "enable"),
    }
)
