"""What shell commands do to functions and services of AWS, Google and Azure: their runtimes, and who may call them."""

from collections.abc import Iterator
from typing import Any

from cnlint.findings import Place
from cnlint.manifests.commands import Command, commands_of, commands_of_words
from cnlint.manifests.serverless import EVERYBODY, FunctionRuntime, PublicAccess
from cnlint.manifests.view import Path, View
from cnlint.syntax.shell import Word

_OPEN_TO_ALL = "--allow-unauthenticated"


def views_of_command(command: Command) -> Iterator[FunctionRuntime | PublicAccess]:
    """Yield the runtimes that a command chooses and what it opens to everybody."""
    yield from runtimes_of_command(command)
    yield from public_access_of_command(command)


PROGRAMS = frozenset({"aws", "az", "gcloud"})
"""The programs whose commands say anything of functions."""


def runtimes_of_command(command: Command) -> Iterator[FunctionRuntime]:
    """Yield the runtime that a command chooses for a function, unless it is known only at run time."""
    if command.program not in PROGRAMS:
        return
    if command.runs("aws", "lambda", "create-function|update-function-configuration"):
        subject = _subject(_value(command, "--function-name"))
        handler = command.option("--handler")
        other_handler = handler if handler is not None and handler.value != "bootstrap" else None
        yield from _runtime(command, "aws", subject, handler=other_handler)
        return
    track = _track(command)
    if command.runs("gcloud", *track, "functions|run", "deploy"):
        yield from _runtime(command, "google", _subject(_operand(command, len(track) + 2)))


def public_access_of_command(command: Command) -> Iterator[PublicAccess]:
    """Yield what a command does to let everybody call a function or service."""
    if command.program not in PROGRAMS:
        return
    track = _track(command)
    if command.runs("gcloud", *track, "functions|run", "deploy"):
        flag = command.flag(_OPEN_TO_ALL)
        if flag is not None:
            yield _access(command, [flag], _operand(command, len(track) + 2))
    elif command.runs("gcloud", *track, "functions", "add-iam-policy-binding|add-invoker-policy-binding"):
        yield from _given(command, "--member", EVERYBODY, _operand(command, len(track) + 2))
    elif command.runs("gcloud", *track, "run", "services", "add-iam-policy-binding"):
        yield from _given(command, "--member", EVERYBODY, _operand(command, len(track) + 3))
    elif command.runs("aws", "lambda", "create-function-url-config|update-function-url-config"):
        yield from _given(command, "--auth-type", {"NONE"}, _value(command, "--function-name"))
    elif command.runs("aws", "lambda", "add-permission"):
        limits = ("--source-arn", "--source-account", "--principal-org-id")
        if not command.has_flag(*limits) and _value(command, "--function-url-auth-type") != "AWS_IAM":
            yield from _given(command, "--principal", {"*"}, _value(command, "--function-name"))
    elif command.runs("az", "functionapp|webapp", "auth", "update"):
        name = _value(command, "-n", "--name")
        yield from _given(command, "--unauthenticated-client-action", {"AllowAnonymous"}, name)
        yield from _given(command, "--action", {"AllowAnonymous"}, name)


def _track(command: Command) -> tuple[str, ...]:
    """Give the release track that gcloud commands may name first."""
    return ("beta|alpha",) if command.runs("gcloud", "beta|alpha") else ()


def _runtime(command: Command, provider: str, subject: str, handler: Word | None = None) -> Iterator[FunctionRuntime]:
    word = command.option("--runtime")
    if word is None or not word.value:
        return
    quote = word.text[0] if word.text[:1] in ("'", '"') else ""
    yield FunctionRuntime(
        provider,
        word.value,
        command.place(word),
        subject,
        handler=command.place(handler) if handler is not None else None,
        quote=quote if word.text.strip("'\"") == word.value else None,
    )


def _given(command: Command, flag: str, values: frozenset[str] | set[str], name: str | None) -> Iterator[PublicAccess]:
    carrier, value = command.flag(flag), command.option(flag)
    if carrier is not None and value is not None and value.value in values:
        yield _access(command, [carrier] if carrier.end >= value.end else [carrier, value], name)


def _access(command: Command, words: list[Word], name: str | None) -> PublicAccess:
    setting = " ".join(word.text for word in words)
    operands = {word.value for word in command.operands()[:2]}
    noun = "service" if "run" in operands else "app" if "webapp" in operands else "function"
    return PublicAccess(command.place(words[0], words[-1]), (name,) if name else (), setting, noun=noun)


def _subject(name: str | None) -> str:
    return f'function "{name}"' if name else "the function"


def _value(command: Command, *flags: str) -> str | None:
    word = command.option(*flags)
    return word.value if word is not None else None


def _operand(command: Command, index: int) -> str | None:
    operands = command.operands()
    return operands[index].value if len(operands) > index else None


# Cloud Build, whose steps are command lines.


def cloud_build_views(build: View) -> Iterator[FunctionRuntime | PublicAccess]:
    """Yield what the steps of a Cloud Build configuration do to functions."""
    for index in range(len(build.sequence("steps"))):
        for command in _commands_of_step(build, ("steps", index)):
            yield from views_of_command(command)


def _commands_of_step(build: View, path: Path) -> list[Command]:
    script = build.string(*path, "script")
    if script:
        return commands_of(script, _locator(build, (*path, "script")), build, Command)
    program = build.string(*path, "entrypoint") or build.string(*path, "name").rpartition("/")[2].partition(":")[0]
    arguments = build.sequence(*path, "args")
    if not arguments or not all(isinstance(argument, str) for argument in arguments):
        return []
    return _command_of_list(build, (*path, "args"), [program, *arguments])


def _command_of_list(build: View, path: Path, values: list[str]) -> list[Command]:
    """Give the command of a list of words, and those of a script that it hands to a shell."""
    text = " ".join(f'"{value}"' for value in values)
    words: list[tuple[str, int, int]] = []
    starts: list[int] = []
    position = 0
    for value in values:
        words.append((value, position, position + len(value) + 2))
        starts.append(position + 1)
        position += len(value) + 3

    def locate(start: int, end: int) -> Place:
        number = max(index for index, begin in enumerate(starts) if begin - 1 <= start or index == 0)
        offset = start - starts[number]
        if number == 0:
            return build.at(*path)
        if offset < 0 or end > starts[number] + len(values[number]):
            return build.value_at(*path, number - 1)
        return build.text_at((*path, number - 1), offset, end - start)

    return commands_of_words(text, words, locate, build, Command)


def _locator(build: View, path: Path) -> Any:
    return lambda start, end: build.text_at(path, start, end - start)
