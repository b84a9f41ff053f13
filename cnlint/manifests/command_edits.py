"""Fixes that change the commands of RUN instructions, made only where the script is written plainly."""

from cnlint.findings import Edit, Fix
from cnlint.manifests.commands import RunCommand
from cnlint.syntax.shell import Word


def flag_after(command: RunCommand, word: Word | None, flag: str) -> list[Fix]:
    """Insert a flag after a word of a command, if the word is written as such in a shell script."""
    if word is None or word.text != word.value or command.origin.is_exec_form:
        return []
    return [Fix(f"add {flag}", (Edit(command.place(word).span.after, f" {flag}"),), safe=True)]


def put_first(command: RunCommand, text: str) -> list[Fix]:
    """Run another command before a command, joined with ``&&``; unsafe, as it may change what the build does."""
    simple = command.simple
    sudo = _sudo(command)
    if sudo is None or command.origin.is_exec_form or simple.operator in ("|", "|&") or simple.negated:
        return []
    edit = Edit(command.place_at(simple.start, simple.start).span, f"{sudo}{text} && ")
    return [Fix(f"run {text} before it", (edit,))]


def put_last(command: RunCommand, text: str, safe: bool) -> list[Fix]:
    """Run another command at the end of the RUN of a command, joined with ``&&``."""
    run, sudo = command.origin, _sudo(command)
    if sudo is None or run.is_exec_form or run.node.heredocs or run.parent is not None:
        return []
    script = run.script[1]
    last = run.commands[-1]
    written = script.text.rstrip()
    # Behind a comment, a bracket, a separator or an "exit" nothing can be joined.
    ends_plainly = last.outer is None and last.simple.end == len(written) and last.simple.context is None
    if not ends_plainly or last.program in ("exec", "exit") or "exec" in last.wrappers or last.simple.operator == "||":
        return []
    if last.simple.next_operator is not None:
        return []
    end = last.place_at(len(written) - 1, len(written)).span.after
    line = run.node.source.line(end.line)
    margin = line[: len(line) - len(line.lstrip())]
    joint = " " if end.line == run.line else f" {run.node.escape}\n{margin}"
    return [Fix(f"run {text} at the end", (Edit(end, f"{joint}&& {sudo}{text}"),), safe=safe)]


def _sudo(command: RunCommand) -> str | None:
    """Give what another command must be run with to run as this one does; ``None`` when it cannot be told."""
    if command.outer is not None or command.wrappers not in ((), ("sudo",)):
        return None
    return "sudo " if command.wrappers else ""
