"""Views of the commands of shell scripts: RUN instructions, ``run:`` steps and script files.

A `Command` is one simple command as it is run: variables with literal values are put in, and programs that only run
another one (sudo, env, xargs, timeout) are taken off. ``sh -c "..."`` gives a view of the shell itself and one of each
command of the inner script. What flags take values stands in ``cnlint/data/tools.json``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import Any, ClassVar, NamedTuple, TypeVar

from cnlint.data import table
from cnlint.findings import Place
from cnlint.syntax import shell
from cnlint.syntax.patterns import regex
from cnlint.syntax.shell import Script, SimpleCommand, Word

Locate = Callable[[int, int], Place]
"""Gives the place in the file of two offsets, the second exclusive, into the text of a script."""

_NO_VARIABLES: Mapping[str, str] = {}
_NESTED_SCRIPTS = 4
"""How deep ``sh -c 'sh -c "..."'`` is followed."""
_PYTHON = regex(r"python[0-9.]*")
_WITH_MINOR_VERSION = regex(r"(?:python|pip)[0-9]\.[0-9]+")
_FLAGS_THAT_ONLY_TELL = ("--help", "-h", "--version", "-v")
"""With these a program alone does nothing."""
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh"})


class Flag(NamedTuple):
    """A flag as it was given: its name, the word it stands in, and the value it was given, if any."""

    name: str
    word: Word
    value: Word | None


class Command:
    """One command of a script, run by whatever runs the script.

    ``words`` are the words after unwrapping, the program first; ``environment`` holds the variables set for this
    command only; ``wrappers`` are the programs taken off (``("sudo",)``); ``simple`` is the command as it is written.
    ``script`` is the script that it stands in and ``commands`` all commands that were found in it, in order. ``origin``
    is the view of the instruction, step or file, ``outer`` the ``sh -c`` command whose script it belongs to.
    """

    target: ClassVar[str] = "command"

    def __init__(
        self, simple: SimpleCommand, script: Script, locate: Locate, origin: Any, outer: "Command | None" = None
    ) -> None:
        self.simple = simple
        self.script = script
        self.origin = origin
        self.outer = outer
        self.commands: Sequence[Command] = ()
        self.environment: dict[str, Word | None] = (
            {name: value for name, value, *_ in simple.assignments} if simple.assignments else {}
        )
        self.wrappers: tuple[str, ...] = ()
        self._locate = locate
        self.words: tuple[Word, ...] = ()
        self.program = ""
        """The base name of the program (``apt-get`` for ``/usr/bin/apt-get``, ``pip3`` for ``pip3.12``).

        It is empty when only known at run time.
        """

    def set_words(self, words: Iterable[Word]) -> None:
        """Say what is run: the words, the program first."""
        self.words = tuple(words)
        self.program = _base_name(self.words[0]) if self.words else ""

    @property
    def kind(self) -> str:
        """The program, by which rules choose the commands that they look at."""
        return self.program

    @property
    def arguments(self) -> tuple[Word, ...]:
        """The words after the program."""
        return self.words[1:]

    # Flags and operands.

    def flag(self, *names: str) -> Word | None:
        """Give the word that carries one of these flags: alone, in a cluster (``-yqq``) or with a value (``--x=v``).

        ``--x=false`` is no ``--x``.
        """
        return next((flag.word for flag in self._flags(names) if not _is_false(flag)), None)

    def has_flag(self, *names: str) -> bool:
        """Tell whether one of these flags is given; see `flag`."""
        return self.flag(*names) is not None

    def count_flag(self, *names: str) -> int:
        """Count how often these flags are given; ``-qq`` counts twice."""
        return sum(1 for _ in self._flags(names))

    def option(self, *names: str) -> Word | None:
        """Give the value of one of these flags (``--x v``, ``--x=v``, ``-xv``); the last one if there are several."""
        values = self.options(*names)
        return values[-1] if values else None

    def options(self, *names: str) -> list[Word]:
        """Give the values of all uses of these flags, in order."""
        flags, _ = self._analysed if self._take_values(names) else _analyse(self.arguments, self.tool, frozenset(names))
        wanted = self.tool.all_canonical(names)
        return [flag.value for flag in flags if flag.name in wanted and flag.value is not None]

    def operands(self, value_flags: Iterable[str] = ()) -> list[Word]:
        """Give the words that are neither flags nor their values, the subcommand included.

        ``value_flags`` are flags that take a value, in addition to those that are known of the program.
        """
        extra = frozenset(value_flags)
        return self._analysed[1] if not extra else _analyse(self.arguments, self.tool, extra)[1]

    @property
    def flags(self) -> list[Flag]:
        """All flags in order, clusters taken apart."""
        return self._analysed[0]

    @property
    def may_have_other_flags(self) -> bool:
        """Whether a word is a variable or an expression, which may hold any flag."""
        return any(
            not word.prefix and word.parts and word.parts[0].kind in ("variable", "parameter", "expression")
            for word in self.arguments
        )

    @property
    def subcommand(self) -> str | None:
        """The first operand (``install`` of ``apt-get -y install``), when it is known."""
        operands = self._analysed[1]
        return operands[0].value if operands else None

    def runs(self, program: str, *verbs: str) -> bool:
        """Tell whether program and first operands are these; ``a|b`` allows two: ``runs("pip|pip3", "install")``."""
        # Most commands are none of these; looking for the text first spares them the list.
        if self.program not in program or self.program not in program.split("|"):
            return False
        operands = self._analysed[1]
        return len(operands) >= len(verbs) and all(
            word.value in verb.split("|") for word, verb in zip(operands, verbs, strict=False)
        )

    def operands_after(self, *verbs: str) -> list[Word]:
        """Give the operands after the subcommand, one for each of ``verbs``: `runs` and this belong together."""
        return self._analysed[1][len(verbs) :]

    @cached_property
    def tool(self) -> "Tool":
        """What is known of the program's flags."""
        return tool(self.program)

    @property
    def manager(self) -> str | None:
        """The package manager that the program is (``apt-get`` for ``apt``), when it is one."""
        return self.tool.manager

    @property
    def packages(self) -> list[Word] | None:
        """What a package manager is told to install, as written; ``None`` when the command installs nothing."""
        return self.operands_of("install")

    @property
    def installs(self) -> bool:
        """Whether a package manager is told to install packages."""
        return self.operands_of("install") is not None

    @property
    def restores(self) -> bool:
        """Whether a package manager is told to install what files of the project list (``npm ci``, ``uv sync``)."""
        return self.operands_of("restore") is not None

    @property
    def updates_index(self) -> bool:
        """Whether a package manager is told to fetch the index of packages, and nothing else."""
        return self.operands_of("update") is not None

    @property
    def upgrades_all(self) -> bool:
        """Whether a package manager is told to bring all installed packages up to date."""
        return self.operands_of("upgrade") == []

    @property
    def cleans_cache(self) -> bool:
        """Whether a package manager is told to empty its cache."""
        return self.operands_of("clean") is not None

    def operands_of(self, *tasks: str) -> list[Word] | None:
        """Give the operands after the sub-command, if it is one for a task of package managers.

        The tasks are those of ``cnlint/data/tools.json``: ``install``, ``update``, ``remove`` ...
        """
        known = self.tool.tasks
        for task in tasks:
            for parts in known.get(task, ()):
                operands = self._analysed[1]
                if not parts and (operands or self.has_flag(*_FLAGS_THAT_ONLY_TELL)):
                    continue
                if len(operands) >= len(parts) and all(map(_is_word, operands, parts)):
                    return operands[len(parts) :]
        return None

    @cached_property
    def _analysed(self) -> tuple[list[Flag], list[Word]]:
        return _analyse(self.arguments, self.tool, frozenset())

    def _flags(self, names: tuple[str, ...]) -> Iterator[Flag]:
        given = self._analysed[0]
        wanted = self.tool.all_canonical(names) if given else names
        return (flag for flag in given if flag.name in wanted)

    def _take_values(self, names: tuple[str, ...]) -> bool:
        """Tell whether every one of these flags that is given was read with its value."""
        return all(flag.value is not None for flag in self._flags(names))

    # Places.

    def place(self, first: Word | None = None, last: Word | None = None) -> Place:
        """Give the place of a word, of the words from ``first`` to ``last``, or of the command without wrappers."""
        if first is None:
            start = self.words[0].start if self.words else self.simple.start
            return self._locate(start, max(self.simple.end, start))
        return self._locate(first.start, max((last or first).end, first.end))

    @property
    def path(self) -> str:
        """The file that the command stands in."""
        return self.place().path

    def place_at(self, start: int, end: int) -> Place:
        """Give the place of two offsets into the text of `script`, the second exclusive."""
        return self._locate(start, end)

    # Neighbours.

    @property
    def pipeline(self) -> list["Command"]:
        """The commands of the pipeline that it is part of, itself included, in order."""
        members = set(self.script.pipeline(self.simple))
        return [command for command in self.commands if command.simple in members]

    @property
    def before(self) -> list["Command"]:
        """The commands of the script written before it."""
        return [command for command in self.commands if command.simple.start < self.simple.start]

    @property
    def after(self) -> list["Command"]:
        """The commands of the script written after it."""
        return [command for command in self.commands if command.simple.start > self.simple.start]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({' '.join(word.text for word in self.words)!r})"


class RunCommand(Command):
    """A command of a RUN instruction; ``origin`` is the instruction."""

    target = "run-command"


class StepCommand(Command):
    """A command of the ``run:`` script of a workflow step; ``origin`` is the step."""

    target = "step-command"


class ScriptCommand(Command):
    """A command of a shell script file; ``origin`` is the script's view."""

    target = "script-command"


_Kind = TypeVar("_Kind", bound=Command)


def commands_of(
    text: str,
    locate: Locate,
    origin: Any,
    kind: type[_Kind],
    dialect: str = "posix",
    variables: Mapping[str, str] | None = None,
) -> list[_Kind]:
    """Give the commands of a script, in the order in which they are written; those of ``sh -c`` follow their shell.

    ``locate`` maps offsets into ``text`` to places. ``dialect`` is the shell's name (see `cnlint.syntax.shell.parse`).
    ``variables`` are values that hold from the start, for instance those of ENV instructions.
    """
    return _commands(
        shell.parse(text, dialect), locate, origin, kind, _NO_VARIABLES if variables is None else variables, None, 0
    )


def commands_of_words(
    text: str,
    words: Iterable[tuple[str, int, int]],
    locate: Locate,
    origin: Any,
    kind: type[_Kind],
    variables: Mapping[str, str] | None = None,
) -> list[_Kind]:
    """Give the command that is run without a shell, and those of a script that it hands to one (``sh -c``).

    ``words`` are values with the offsets of the quoted strings in ``text`` that they come from.
    """
    script = Script(text, "posix")
    simple = SimpleCommand(None, None)
    simple.words = [
        Word(text, start, end, (shell.Part("literal", start + 1, end - 1, value, '"'),)) for value, start, end in words
    ]
    if not simple.words:
        return []
    simple.start, simple.end = simple.words[0].start, simple.words[-1].end
    script.commands.append(simple)
    return _commands(script, locate, origin, kind, _NO_VARIABLES if variables is None else variables, None, 0)


def commands_of_step(step: Any) -> list[StepCommand]:
    """Give the commands of the ``run:`` script of a workflow step, of whatever shell that can be split."""

    def locate(start: int, end: int) -> Place:
        place: Place = step.text_at(("run",), start, end - start)
        return place

    text = step.string("run")
    variables = step.static_environment if "$" in text else None
    return commands_of(text, locate, step, StepCommand, step.shell or "bash", variables)


def _commands(
    script: Script,
    locate: Locate,
    origin: Any,
    kind: type[_Kind],
    variables: Mapping[str, str],
    outer: Command | None,
    depth: int,
) -> list[_Kind]:
    found: list[_Kind] = []
    own: list[Command] = []
    expands = "$" in script.text
    for simple in script.commands:
        if not simple.words:
            continue
        command = kind(simple, script, locate, origin, outer)
        command.commands = own
        _unwrap(command, _resolved(simple.words, script, variables) if expands else simple.words)
        own.append(command)
        found.append(command)
        if command.program in _RUN_SCRIPTS and depth < _NESTED_SCRIPTS:
            for text, offsets in _inner_scripts(command):
                inner_locate = _mapped(locate, offsets)
                inner = shell.parse(text, _inner_dialect(command))
                found += _commands(inner, inner_locate, origin, kind, variables, command, depth + 1)
    return found


def _resolved(words: list[Word], script: Script, variables: Mapping[str, str]) -> list[Word]:
    """Put in the values of variables that are known."""
    found: list[Word] = []
    for word in words:
        if word.value is not None or not word.variables:
            found.append(word)
            continue
        found.extend(word.resolved(script, variables) or [word])
    return found


def _mapped(locate: Locate, offsets: list[int]) -> Locate:
    """Locate in a text whose characters stand at these offsets of an outer text."""

    def inner(start: int, end: int) -> Place:
        if not offsets:
            return locate(0, 0)
        first = offsets[min(start, len(offsets) - 1)]
        last = offsets[min(max(end - 1, start), len(offsets) - 1)] + 1
        return locate(first, max(first, last) if end > start else first)

    return inner


# Programs that run another program.


def _unwrap(command: Command, words: list[Word]) -> None:
    wrappers = _wrappers()
    while words:
        name = _base_name(words[0])
        entry = wrappers.get(name)
        if entry is not None:
            rest = _wrapped(words, entry, command.environment)
        else:
            rest = _module(words) if name.startswith("python") and _PYTHON.fullmatch(name) else None
        if not rest:
            break
        command.wrappers += (name,)
        words = rest
    command.set_words(words)


@cache
def _wrappers() -> Mapping[str, Any]:
    wrappers: Mapping[str, Any] = table("tools")["wrappers"]
    return wrappers


def _wrapped(words: list[Word], entry: Mapping[str, Any], environment: dict[str, Word | None]) -> list[Word] | None:
    """Give the words of the command that a wrapper runs; ``None`` when it runs none."""
    values = entry.get("values", ())
    index = 1
    while index < len(words):
        prefix = words[index].prefix
        if prefix == "--":
            index += 1
            break
        if len(prefix) < 2 or prefix[0] != "-":
            break
        if prefix in entry.get("ends", ()):
            return None
        index += 1 + _takes_next_word(prefix, values)
    found: dict[str, Word | None] = {}
    while entry.get("assignments") and index < len(words):
        name, equals, _ = words[index].prefix.partition("=")
        if not equals or not name.isidentifier():
            break
        found[name] = words[index].after(len(name) + 1)
        index += 1
    index += entry.get("operands", 0)
    if index >= len(words):
        return None
    if entry.get("needs_program") and (words[index].is_quoted or words[index].value is None):
        return None
    environment.update(found)
    return words[index:]


def _module(words: list[Word]) -> list[Word] | None:
    """Give the module that ``python -m`` runs with its arguments: ``python3 -m pip install x`` is ``pip install x``."""
    index = 1
    while index < len(words) and words[index].prefix[:1] == "-":
        if words[index].value == "-m":
            return words[index + 1 :] or None
        if words[index].prefix.startswith("-m"):
            return [words[index].after(2), *words[index + 1 :]]
        index += 1 + (words[index].value in ("-W", "-X"))
    return None


def _takes_next_word(prefix: str, values: Iterable[str]) -> bool:
    if prefix.startswith("--"):
        return prefix in values
    for index, letter in enumerate(prefix[1:], 2):
        if f"-{letter}" in values:
            return index == len(prefix)
    return False


def _base_name(word: Word) -> str:
    value = word.value
    if value is None:
        return ""
    if value.isalnum():
        return value
    name = value.replace("\\", "/").rpartition("/")[2].removesuffix(".exe")
    return name.partition(".")[0] if _WITH_MINOR_VERSION.fullmatch(name) else name


def _is_word(word: Word, value: str) -> bool:
    return word.value == value


# Scripts within scripts.


_RUN_SCRIPTS = _SHELLS | {"su", "runuser", "eval"}


def _inner_dialect(command: Command) -> str:
    return command.program if command.program in _SHELLS else "posix"


def _inner_scripts(command: Command) -> Iterator[tuple[str, list[int]]]:
    """Give the scripts that a command hands to a shell, with the offset of each of their characters."""
    name = command.program
    arguments = command.arguments
    if name in _SHELLS:
        script = _argument_of_c(arguments)
        if script is not None:
            yield _script_in(script)
        elif not any(word.prefix[:1] != "-" for word in arguments):
            for redirection in command.simple.redirections:
                if redirection.body:
                    start, end = redirection.body
                    yield command.script.text[start:end], list(range(start, end))
    elif name in ("su", "runuser"):
        script = command.option("-c", "--command")
        if script is not None:
            yield _script_in(script)
    elif name == "eval" and len(arguments) == 1 and arguments[0].prefix:
        yield _script_in(arguments[0])


def _argument_of_c(arguments: tuple[Word, ...]) -> Word | None:
    """Give the script of ``sh -c script``; options may come before and be in one word with it (``-exc``)."""
    wants_script = False
    index = 0
    while index < len(arguments):
        prefix = arguments[index].prefix
        if prefix == "--" or prefix[:1] not in ("-", "+") or not prefix:
            break
        if not prefix.startswith("--"):
            wants_script = wants_script or (prefix[0] == "-" and "c" in prefix)
            # -o and -O take the name of an option.
            index += prefix[-1] in "oO"
        elif prefix in ("--rcfile", "--init-file"):
            index += 1
        index += 1
    if wants_script and index < len(arguments) and arguments[index].prefix == "--":
        index += 1
    return arguments[index] if wants_script and index < len(arguments) else None


def _script_in(word: Word) -> tuple[str, list[int]]:
    """Take the quotes off a word that is a script; variables stay as they are written."""
    pieces: list[str] = []
    offsets: list[int] = []
    for part in word.parts:
        if part.kind == "literal":
            pieces.append(part.value)
            is_verbatim = part.end - part.start == len(part.value)
            offsets.extend(range(part.start, part.end) if is_verbatim else [part.start] * len(part.value))
        elif part.kind in ("variable", "parameter", "expression"):
            pieces.append(word.source[part.start : part.end])
            offsets.extend(range(part.start, part.end))
        else:
            # Its commands are known already; what it leaves is a value that nobody knows.
            pieces.append("$_")
            offsets.extend((part.start, part.end - 1))
    return "".join(pieces), offsets


# Flags.

_TASKS = ("clean", "clean_index", "install", "remove", "restore", "update", "upgrade", "upgrade_release")


class Tool:
    """What is known of the flags of a program."""

    def __init__(self, entry: Mapping[str, Any]) -> None:
        self.entry = entry
        self.has_long_flags_with_one_dash = entry.get("style") == "single-dash"
        self.values = frozenset(entry.get("values", ()))
        self.booleans = frozenset(entry.get("booleans", ()))
        self.manager: str | None = entry.get("manager")
        self.tasks = {task: [verb.split() for verb in entry[task]] for task in _TASKS if task in entry}
        """The sub-commands for each task of package managers, in words."""

    def canonical(self, name: str) -> str:
        """Give the form of a flag's name by which it is compared; Go programs take one dash and two alike."""
        return f"-{name.lstrip('-')}" if self.has_long_flags_with_one_dash else name

    def all_canonical(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Give the forms of several names of flags by which they are compared."""
        return tuple(map(self.canonical, names)) if self.has_long_flags_with_one_dash else names


def tool(program: str) -> Tool:
    """Look up a program; of unknown ones no flag is known to take a value."""
    return _tool(program) if program in table("tools")["tools"] else _UNKNOWN


_UNKNOWN = Tool({})


@cache
def _tool(program: str) -> Tool:
    entries: dict[str, Any] = table("tools")["tools"]
    entry = entries[program]
    return Tool({**entries.get(entry.get("same_as"), {}), **entry})


class _Known:
    """The flags that take values at one point of a command line; a subcommand brings its own."""

    def __init__(self, known_tool: Tool, extra: frozenset[str]) -> None:
        entry = known_tool.entry
        self.values = known_tool.values | extra
        self.booleans = known_tool.booleans
        self.takes_values = entry.get("long_flags") == "values"
        self.extra = extra
        self.verbs: Mapping[str, Any] = entry.get("verbs", {})
        self.operands_before_rest: int | None = entry.get("operands_before_rest")

    def descend(self, verb: str | None) -> bool:
        """Take up an operand, and the flags that it brings if it is a subcommand; tell whether only operands follow."""
        entry = self.verbs.get(verb or "")
        if entry is None:
            self.verbs = {}
            if self.operands_before_rest is not None:
                self.operands_before_rest -= 1
            return self.operands_before_rest == 0
        self.verbs = entry.get("verbs", {})
        self.operands_before_rest = entry.get("operands_before_rest")
        self.booleans = self.booleans.union(entry.get("booleans", ()))
        self.values = self.values.union(entry.get("values", ())) - (self.booleans - self.extra)
        return False

    def has_value(self, name: str) -> bool:
        """Tell whether a flag takes a value."""
        if name in self.values:
            return True
        return (
            self.takes_values and name.startswith("--") and name not in self.booleans and not name.startswith("--no-")
        )


# What a word starts with that is a flag, or may turn out to be one without its quotes or with its variables put in.
_MAY_START_FLAG = ("-", "'", '"', "\\", "$", "`", "")


def _analyse(arguments: tuple[Word, ...], known_tool: Tool, extra: frozenset[str]) -> tuple[list[Flag], list[Word]]:
    """Take arguments apart into flags with their values and operands."""
    if not any(word.source[word.start : word.start + 1] in _MAY_START_FLAG for word in arguments):
        return [], list(arguments)
    known = _Known(known_tool, frozenset(known_tool.canonical(name) for name in extra))
    flags: list[Flag] = []
    operands: list[Word] = []
    index = 0
    while index < len(arguments):
        word = arguments[index]
        following = arguments[index + 1] if index + 1 < len(arguments) else None
        index += 1
        prefix = word.prefix
        if word.value == "--":
            operands.extend(arguments[index:])
            break
        if len(prefix) < 2 or prefix[0] != "-":
            operands.append(word)
            if known.descend(word.value):
                operands.extend(arguments[index:])
                break
        elif prefix.startswith("--") or known_tool.has_long_flags_with_one_dash:
            index += _long_flag(word, following, known_tool, known, flags)
        else:
            index += _cluster(word, following, known, flags)
    return flags, operands


def _long_flag(word: Word, following: Word | None, known_tool: Tool, known: _Known, flags: list[Flag]) -> int:
    name, equals, _ = word.prefix.partition("=")
    canonical = known_tool.canonical(name)
    if equals:
        flags.append(Flag(canonical, word, word.after(len(name) + 1)))
        return 0
    if following is not None and known.has_value(canonical) and not _looks_like_flag(following, known):
        flags.append(Flag(canonical, word, following))
        return 1
    flags.append(Flag(canonical, word, None))
    return 0


def _looks_like_flag(word: Word, known: _Known) -> bool:
    """Where every long flag is taken to have a value, one that is followed by another flag has none."""
    return known.takes_values and word.prefix.startswith("--")


def _cluster(word: Word, following: Word | None, known: _Known, flags: list[Flag]) -> int:
    letters = word.prefix[1:]
    is_whole = word.value is not None
    for index, letter in enumerate(letters):
        name = f"-{letter}"
        if not known.has_value(name):
            flags.append(Flag(name, word, None))
            continue
        rest = letters[index + 1 :]
        if rest or not is_whole:
            flags.append(Flag(name, word, word.after(index + 2 + rest.startswith("="))))
            return 0
        flags.append(Flag(name, word, following))
        return 1
    return 0


def _is_false(flag: Flag) -> bool:
    return flag.value is not None and flag.value.value == "false" and "=" in flag.word.prefix
