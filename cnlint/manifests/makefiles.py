"""The commands of the recipes of makefiles, where they can be read without running make."""

import re
from collections.abc import Iterator
from functools import cached_property

from cnlint.findings import Place
from cnlint.manifests.commands import ScriptCommand, commands_of
from cnlint.manifests.scripts import ScriptFile, ScriptSummary, views_of_commands
from cnlint.syntax.patterns import regex
from cnlint.syntax.shell import POSIX_DIALECTS, skip_nested
from cnlint.syntax.source import Source

_RULE = regex(r"[^\s#:=][^#:=]*::?(?![:=])")
_VARIABLE = regex(r"(?:export[ \t]+|override[ \t]+)*([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*(::?:?=|=|\?=|\+=|!=)[ \t]*(.*)")
_CONDITIONAL = regex(r"(?:ifeq|ifneq|ifdef|ifndef|else|endif)\b")
_NAME = regex(r"[A-Za-z_]\w*", re.ASCII)
_AUTOMATIC = "@<^?*%+|"


class Makefile(ScriptFile):
    """A makefile."""

    target = "makefile"

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.variables: dict[str, str] = {}
        """Variables that are set once, to a literal value."""
        self._recipe_lines: list[tuple[int, int]] = []
        """Start and end of each line of a recipe, those joined by backslashes together."""
        self._read()

    @cached_property
    def commands(self) -> list[ScriptCommand]:
        """The commands of all recipes, in order; a variable of make that has no single literal value is unknown."""
        dialect = self.variables.get("SHELL", "sh").rpartition("/")[2]
        if dialect not in POSIX_DIALECTS:
            return []
        found: list[ScriptCommand] = []
        for start, end in self._recipe_lines:
            found += self._commands_of_line(start, end, dialect)
        return found

    def _commands_of_line(self, start: int, end: int, dialect: str) -> list[ScriptCommand]:
        def locate(first: int, last: int) -> Place:
            return self.place_at(start + first, start + last)

        text = _as_shell(self.source.text[start:end])
        return commands_of(text, locate, self, ScriptCommand, dialect, self.variables)

    def _read(self) -> None:
        text = self.source.text
        assigned: dict[str, list[str | None]] = {}
        in_rule = False
        for start, end in _logical_lines(text):
            line = text[start:end]
            if line.startswith("\t"):
                if in_rule:
                    self._recipe_lines.append((start + len(line) - len(line.lstrip("\t @+-")), end))
                continue
            stripped = line.strip()
            if not stripped or stripped.startswith("#") or _CONDITIONAL.match(stripped):
                continue
            variable = _VARIABLE.match(stripped)
            if variable:
                name, operator, value = variable.groups()
                value = value.partition(" #")[0].rstrip()
                is_literal = operator in (":=", "::=", "=") and "$" not in value and "\\" not in value
                assigned.setdefault(name, []).append(value if is_literal else None)
            in_rule = variable is None and bool(_RULE.match(stripped))
        for name, values in assigned.items():
            if len(values) == 1 and values[0] is not None:
                self.variables[name] = values[0]


class ParsedMakefile:
    """A makefile that was read."""

    def __init__(self, source: Source) -> None:
        self.makefile = Makefile(source)

    def views(self) -> Iterator[object]:
        """Yield the makefile, its commands, and what they choose for serverless functions."""
        yield self.makefile
        yield from views_of_commands(self.makefile.commands)

    def summary(self) -> ScriptSummary:
        """Give what the project stage needs of the makefile."""
        return ScriptSummary(self.makefile.path, self.makefile.commands)


def read_makefile(source: Source) -> ParsedMakefile:
    """Read a makefile; never raises."""
    return ParsedMakefile(source)


def _logical_lines(text: str) -> Iterator[tuple[int, int]]:
    """Give start and end of each line; a backslash at its end joins the next one to it."""
    start = position = 0
    while position < len(text):
        newline = text.find("\n", position)
        end = len(text) if newline < 0 else newline
        line = text[position:end].removesuffix("\r")
        position = end + 1
        if (len(line) - len(line.rstrip("\\"))) % 2 and position < len(text):
            continue
        yield start, end
        start = position


def _as_shell(recipe: str) -> str:
    """Give a line of a recipe as the shell gets it, as long as it is: variables of make become those of the shell."""
    if "$" not in recipe:
        return recipe
    pieces: list[str] = []
    position = 0
    while True:
        dollar = recipe.find("$", position)
        if dollar < 0 or dollar + 1 >= len(recipe):
            pieces.append(recipe[position:])
            return "".join(pieces)
        pieces.append(recipe[position:dollar])
        following = recipe[dollar + 1]
        position = dollar + 2
        if following == "$":
            # Two characters for one: the underscore makes a word that is not known anyway a little longer.
            pieces.append("_$")
        elif following in "({":
            position = skip_nested(recipe, dollar + 1, len(recipe))
            pieces.append(_reference(recipe[dollar + 2 : position - 1]))
        else:
            pieces.append("$@" if following in _AUTOMATIC else f"${following}")


def _reference(name: str) -> str:
    """Give the shell's variable for ``$(name)``; what is more than a name becomes one that nobody sets."""
    if _NAME.fullmatch(name):
        return f"${{{name}}}"
    return f"${{{'_' * len(name)}}}" if name else "$__"
