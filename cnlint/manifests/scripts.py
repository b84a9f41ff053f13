"""Shell script files: what their commands are, in the file stage and, from a summary, in the project stage."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property
from posixpath import basename
from typing import Any, ClassVar

from cnlint.findings import Place
from cnlint.manifests.commands import ScriptCommand, commands_of
from cnlint.syntax.patterns import regex
from cnlint.syntax.shell import POSIX_DIALECTS, Part, Script, SimpleCommand, Word
from cnlint.syntax.source import Source, Span

_SHEBANG = regex(r"#![ \t]*(?P<program>\S+)(?:[ \t]+-S)?(?:[ \t]+(?P<argument>[^\s-]\S*))?")


class ScriptFile:
    """A file that holds commands of a shell."""

    target: ClassVar[str] = "script-file"

    def __init__(self, source: Source) -> None:
        self.path = source.path
        self.source = source

    def place_at(self, start: int, end: int) -> Place:
        """Give the place of two offsets into the text, the second exclusive."""
        source = self.source
        return Place(self.path, lambda: source.span(start, end))


class ShellScript(ScriptFile):
    """A shell script. ``dialect`` is the shell that its first line names, ``sh`` where it names none."""

    target = "script"

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.dialect = _dialect(source)

    @cached_property
    def commands(self) -> list[ScriptCommand]:
        """Its commands; none when its first line names another interpreter than a shell."""
        if self.dialect not in POSIX_DIALECTS:
            return []
        return commands_of(self.source.text, self.place_at, self, ScriptCommand, self.dialect)


class ParsedScript:
    """A script file that was read."""

    def __init__(self, source: Source) -> None:
        self.script = ShellScript(source)

    def views(self) -> Iterator[object]:
        """Yield the script, each of its commands, and what they choose for serverless functions."""
        yield self.script
        yield from views_of_commands(self.script.commands)

    def summary(self) -> "ScriptSummary":
        """Give what the project stage needs of the script."""
        return ScriptSummary(self.script.path, self.script.commands)


def read_script(source: Source) -> ParsedScript:
    """Read a shell script; never raises."""
    return ParsedScript(source)


def views_of_commands(commands: Iterable[ScriptCommand]) -> Iterator[object]:
    """Yield commands, and what they choose for serverless functions."""
    for command in commands:
        yield command
        if command.program in ("aws", "gcloud", "az"):
            from cnlint.manifests.serverless_commands import views_of_command

            yield from views_of_command(command)


def _dialect(source: Source) -> str:
    shebang = _SHEBANG.match(source.text)
    if shebang is None:
        return "bash" if source.path.endswith(".bash") else "sh"
    program = basename(shebang["program"])
    return basename(shebang["argument"] or "") if program == "env" else program


class ScriptSummary:
    """The commands of a script without its text; the same views as those of the file stage."""

    def __init__(self, path: str, commands: list[ScriptCommand]) -> None:
        self.path = path
        self.commands = commands

    def to_json(self) -> Any:
        """Give plain lists: for each command its operator, wrappers, environment and words with their positions."""
        return [_command_to_json(command) for command in self.commands if command.program]

    @classmethod
    def from_json(cls, path: str, content: Any) -> "ScriptSummary":
        """Rebuild the commands from what `to_json` gave."""
        return cls(path, _Rebuilder(path).commands(content))


def _command_to_json(command: ScriptCommand) -> list[Any]:
    environment = {name: value.value if value else None for name, value in command.environment.items()}
    words = [[word.value, word.text, *command.place(word).span] for word in command.words]
    return [command.simple.operator, list(command.wrappers), environment, words]


class _Rebuilder:
    """Builds commands over a text made of their words; a table leads from the text back to the file."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._starts: list[int] = []
        self._spans: list[Span] = []

    def commands(self, content: Any) -> list[ScriptCommand]:
        """Make the commands of a summary."""
        text = "\n".join(" ".join(raw for _, raw, *_ in words) for *_, words in content)
        script = Script(text, "posix")
        commands: list[ScriptCommand] = []
        position = 0
        for operator, wrappers, environment, words in content:
            simple = SimpleCommand(None, operator)
            simple.start = position
            for value, raw, *span in words:
                simple.words.append(self._word(text, position, value, raw, Span(*span)))
                position += len(raw) + 1
            simple.end = position - 1
            script.commands.append(simple)
            command = ScriptCommand(simple, script, self._locate, self)
            command.set_words(simple.words)
            command.wrappers = tuple(wrappers)
            command.environment = {name: _literal(value) for name, value in environment.items()}
            command.commands = commands
            commands.append(command)
        return commands

    def _word(self, text: str, start: int, value: str | None, raw: str, span: Span) -> Word:
        self._starts.append(start)
        self._spans.append(span)
        end = start + len(raw)
        return Word(text, start, end, None if value is None else _parts(raw, start, value))

    def _locate(self, start: int, end: int) -> Place:
        first = max(bisect_right(self._starts, start) - 1, 0)
        last = max(bisect_right(self._starts, max(start, end - 1)) - 1, 0)
        if not self._spans:
            return Place(self._path, Span(1, 1, 1, 1))
        line, column, *_ = _shifted(self._spans[first], start - self._starts[first])
        return Place(self._path, Span(line, column, *self._spans[last][2:]))


def _parts(raw: str, start: int, value: str) -> tuple[Part, ...]:
    """Give the part of a word whose value is known, with exact offsets where the word is written as it is meant."""
    at = raw.find(value)
    begin = start + max(at, 0)
    return (Part("literal", begin, begin + len(value) if at >= 0 else start + len(raw), value, ""),)


def _shifted(span: Span, count: int) -> Span:
    return span._replace(column=span.column + count) if span.line == span.end_line else span


def _literal(value: str | None) -> Word | None:
    return None if value is None else Word(value, 0, len(value), (Part("literal", 0, len(value), value, ""),))
