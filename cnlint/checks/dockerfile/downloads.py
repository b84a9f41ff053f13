"""Downloads in RUN instructions: the tools that make them, and what they write to the log."""

from collections.abc import Iterator

from cnlint.findings import Edit, Fix, Related, Report, report
from cnlint.manifests.commands import RunCommand
from cnlint.manifests.dockerfile import Dockerfile, Stage
from cnlint.rules import check
from cnlint.syntax.patterns import regex
from cnlint.syntax.shell import Redirection

_TOOLS = ("curl", "wget")
_QUIET = ("-q", "--quiet", "--no-verbose", "--non-verbose", "--progress")
_LOG = ("-o", "--output-file", "-a", "--append-output")
_NO_DOWNLOAD = ("-V", "--version", "-h", "--help", "--spider", "-b", "--background")
_NO_VERBOSE = regex(r"-[a-zA-Z]*nv")
_VARIABLE_OF_FLAGS = regex(r"(?i)opt|flag|arg")


@check("DF306")
def wget_and_curl(dockerfile: Dockerfile) -> Iterator[Report]:
    if not all(tool in dockerfile.syntax.source.text for tool in _TOOLS):
        return
    first: dict[Stage | None, RunCommand] = {}
    for instruction in dockerfile.instructions:
        run = instruction.trigger or instruction
        downloads = [command for command in run.commands if command.program in _TOOLS]
        for command in downloads:
            other = first.setdefault(run.stage, command)
            if other.program == command.program or (other in downloads and _is_choice(command)):
                continue
            yield report(
                command.place(command.words[0]),
                f'"{command.program}" is used in a stage that uses "{other.program}" already',
                related=[Related(other.place(), f"the first {other.program}")],
            )
            break


def _is_choice(command: RunCommand) -> bool:
    """Tell whether a command is the alternative to another: where one tool is missing, or fails."""
    return command.simple.operator == "||" or command.simple.is_in("branch", "case", "function")


@check("DF307")
def wget_progress_bar(command: RunCommand) -> Iterator[Report]:
    if command.has_flag(*_QUIET, *_LOG, *_NO_DOWNLOAD) or not command.arguments:
        return
    if any(_NO_VERBOSE.match(word.prefix) for word in command.arguments) or _may_be_quiet(command):
        return
    if any(map(_catches_errors, command.simple.redirections)):
        return
    yield report(command.place(), "wget writes its progress bar to the log of the build", fixes=_quiet(command))


def _may_be_quiet(command: RunCommand) -> bool:
    """Tell whether a variable for flags, or a file of settings, may hold the flag."""
    names = [name for word in command.arguments for name in word.variables]
    return any(map(_VARIABLE_OF_FLAGS.search, names)) or "wgetrc" in command.origin.node.source.text


def _catches_errors(redirection: Redirection) -> bool:
    """Tell whether what is written to standard error, as the progress is, goes elsewhere."""
    return ">" in redirection.operator and (redirection.descriptor == 2 or redirection.operator.startswith("&"))


def _quiet(command: RunCommand) -> list[Fix]:
    word = command.words[0]
    if command.origin.is_exec_form or not word.text.endswith("wget"):
        return []
    return [Fix("add -q", (Edit(command.place(word).span.after, " -q"),), safe=True)]
