"""Shell scripts as simple commands with words and exact offsets.

`parse` never raises, and takes linear time. It reads all of the grammar of bash that tells where commands, words and
redirections begin and end (`cnlint.syntax.shell_scanner`); scripts for PowerShell and cmd are split at their operators
only.

Offsets count code points of the text as given. A ``${{ ... }}`` expression is an opaque, unknown part of a word: what
the runner puts there is not known before the run.
"""

import itertools
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, NamedTuple

from cnlint.syntax.patterns import regex

POSIX_DIALECTS = frozenset({"posix", "sh", "bash", "dash", "ash", "ksh", "zsh"})
"""Names of shells whose scripts follow the POSIX shell grammar, as far as splitting into commands goes."""

_NO_VARIABLES: Mapping[str, str] = MappingProxyType({})


class Context(NamedTuple):
    """What a command stands inside of; ``parent`` is the next construct outwards.

    ``kind`` is one of ``subshell``, ``group``, ``function``, ``substitution``, ``process-substitution``, ``heredoc``,
    ``condition`` (of if, while and until), ``branch`` (then, else), ``loop`` and ``case``.
    """

    kind: str
    start: int
    parent: "Context | None"


class Part(NamedTuple):
    r"""A piece of a word.

    ``kind`` is ``literal`` (``value`` is the text it stands for), ``variable`` (``$x`` or ``${x}``, ``value`` is the
    name), ``parameter`` (``${x:-y}`` and the like, ``value`` is the name or empty), ``substitution`` (``$(...)`` or
    backticks), ``process-substitution``, ``arithmetic`` or ``expression`` (``${{ ... }}``). ``quote`` is ``'``, ``"``,
    ``$'``, ``\`` or empty.
    """

    kind: str
    start: int
    end: int
    value: str
    quote: str


class Word:
    """One word of a command, from ``start`` to ``end`` in the script's text."""

    __slots__ = ("_parts", "_text", "_value", "end", "start")

    def __init__(
        self, text: str, start: int, end: int, parts: tuple[Part, ...] | None = None, value: str | None = None
    ) -> None:
        """Make a word; ``value`` is given for one that is known to be plain."""
        self._text = text
        self.start = start
        self.end = end
        self._parts = parts
        self._value: str | Literal[False] | None = False if value is None else value

    @property
    def text(self) -> str:
        """The word as it is written, quotes included."""
        return self._text[self.start : self.end]

    @property
    def parts(self) -> tuple[Part, ...]:
        """The pieces of the word."""
        if self._parts is None:
            if _SPECIAL.search(self._text, self.start, self.end):
                self._parts = tuple(_parts(self._text, self.start, self.end))
            else:
                self._parts = (Part("literal", self.start, self.end, self.text, ""),)
        return self._parts

    @property
    def value(self) -> str | None:
        """What the word stands for once quotes are removed; ``None`` when it holds anything known only at run time."""
        if self._value is False:
            if self._parts is None and not _SPECIAL.search(self._text, self.start, self.end):
                self._value = self.text
            else:
                is_literal = all(part.kind == "literal" for part in self.parts)
                self._value = "".join(part.value for part in self.parts) if is_literal else None
        return self._value

    @property
    def prefix(self) -> str:
        """The literal beginning of the word, up to the first part that is known only at run time."""
        value = self.value
        if value is not None:
            return value
        return "".join(part.value for part in itertools.takewhile(lambda part: part.kind == "literal", self.parts))

    @property
    def is_quoted(self) -> bool:
        """Whether any part of the word is quoted."""
        return any(part.quote for part in self.parts)

    @property
    def has_expression(self) -> bool:
        """Whether a ``${{ ... }}`` expression stands in the word."""
        return any(part.kind == "expression" for part in self.parts)

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variables that the word expands, in order."""
        return tuple(part.value for part in self.parts if part.kind in ("variable", "parameter") and part.value)

    @property
    def has_glob(self) -> bool:
        """Whether an unquoted ``*``, ``?`` or ``[`` makes the word a pattern of file names."""
        return any(part.kind == "literal" and not part.quote and _GLOB.search(part.value) for part in self.parts)

    def offset_of(self, index: int) -> int:
        """Give the offset in the script's text of character ``index`` of the word's literal beginning."""
        for part in self.parts:
            if part.kind != "literal":
                return part.start
            if index < len(part.value):
                return part.start + index if part.end - part.start == len(part.value) else part.start
            index -= len(part.value)
        return self.end

    def after(self, count: int) -> "Word":
        """Give the word without the first ``count`` characters of its literal beginning (``--x=v`` to ``v``)."""
        rest: list[Part] = []
        for part in self.parts:
            if count <= 0 or part.kind != "literal":
                rest.append(part)
                count = 0
                continue
            if count < len(part.value):
                start = part.start + count if part.end - part.start == len(part.value) else part.start
                rest.append(Part("literal", start, part.end, part.value[count:], part.quote))
            count -= len(part.value)
        if not rest:
            return Word(self._text, self.end, self.end, ())
        return Word(self._text, rest[0].start, rest[-1].end, tuple(rest))

    @property
    def source(self) -> str:
        """The text of the whole script, into which the offsets of the word and its parts point."""
        return self._text

    def resolved(self, script: "Script", variables: Mapping[str, str] = _NO_VARIABLES) -> list["Word"] | None:
        """Give the words that this one becomes when its variables have literal values set earlier in the script.

        ``variables`` hold from the start, until the script sets them. A word without expansions stands for itself.
        ``None``: some part is known only at run time. The words that come out have this word's place and a value.
        """
        if all(part.kind == "literal" for part in self.parts):
            return [self]
        fields: list[str] = []
        current: list[str] | None = None
        for part in self.parts:
            if part.kind == "literal":
                current = [*(current or []), part.value]
                continue
            value = script.variable(part.value, self.start, variables) if part.kind == "variable" else None
            if value is None:
                return None
            if part.quote:
                current = [*(current or []), value]
                continue
            # Unquoted: split at blanks as the shell does.
            if value[:1].isspace() and current is not None:
                fields.append("".join(current))
                current = None
            pieces = value.split()
            for number, piece in enumerate(pieces):
                if number:
                    fields.append("".join(current or []))
                    current = None
                current = [*(current or []), piece]
            if pieces and value[-1:].isspace() and current is not None:
                fields.append("".join(current))
                current = None
        if current is not None:
            fields.append("".join(current))
        return [
            Word(self._text, self.start, self.end, (Part("literal", self.start, self.end, field, ""),))
            for field in fields
        ]

    def __repr__(self) -> str:
        return f"Word({self.text!r})"


class Assignment(NamedTuple):
    """``name=value`` before a command or on its own; ``value`` is ``None`` for arrays, loop variables and ``read``."""

    name: str
    value: Word | None
    start: int
    end: int
    append: bool
    context: Context | None


class Redirection(NamedTuple):
    """``2>file``, ``<<EOF`` and the like; ``body`` is where the text of a here-document lies."""

    operator: str
    descriptor: int | None
    target: Word | None
    start: int
    end: int
    body: tuple[int, int] | None = None


class SimpleCommand:
    """One simple command: words with the program first, or only assignments or redirections."""

    __slots__ = (
        "assignments",
        "context",
        "end",
        "negated",
        "next_operator",
        "operator",
        "redirections",
        "start",
        "words",
    )

    def __init__(self, context: Context | None, operator: str | None, negated: bool = False) -> None:
        self.words: list[Word] = []
        self.assignments: list[Assignment] = []
        self.redirections: list[Redirection] = []
        self.context = context
        self.operator = operator
        """The operator before it: ``&&``, ``||``, ``;`` (also for a new line), ``|``, ``|&``, ``&``, or ``None``."""
        self.next_operator: str | None = None
        """The operator that binds it to what follows: ``&&``, ``||``, ``|``, ``|&``, ``&``, or ``None``."""
        self.negated = negated
        self.start = 0
        self.end = 0

    def is_in(self, *kinds: str) -> bool:
        """Tell whether the command stands, at any depth, inside one of these kinds of context."""
        context = self.context
        while context is not None:
            if context.kind in kinds:
                return True
            context = context.parent
        return False

    def __repr__(self) -> str:
        return f"SimpleCommand({' '.join(word.text for word in self.words)!r})"


class Script:
    """A parsed script: its simple commands in the order in which they are written."""

    __slots__ = (
        "_pipelines",
        "_values",
        "commands",
        "dialect",
        "functions",
        "has_errors",
        "head_words",
        "loop_variables",
        "redirections",
        "text",
    )

    def __init__(self, text: str, dialect: str) -> None:
        self.text = text
        self.dialect = dialect
        self.commands: list[SimpleCommand] = []
        self.loop_variables: list[Assignment] = []
        """The variables of for and select loops; they have no single value."""
        self.head_words: list[Word] = []
        """The words that for and select loops go through, and that case looks at."""
        self.redirections: list[Redirection] = []
        """Redirections of compound commands: ``{ a; b; } >file``."""
        self.functions: set[str] = set()
        self.has_errors = False
        self._values: dict[str, list[tuple[int, str | None]]] | None = None
        self._pipelines: dict[SimpleCommand, list[SimpleCommand]] | None = None

    def variable(self, name: str, offset: int, variables: Mapping[str, str] = _NO_VARIABLES) -> str | None:
        """Give the literal value that a variable surely has at an offset; ``None`` when it is not known.

        ``variables`` hold the values of those that the script does not set before the offset.
        """
        if self._values is None:
            self._values = {}
            for assignment in sorted(self.assignments(), key=lambda assignment: assignment.start):
                self._values.setdefault(assignment.name, []).append((assignment.end, _literal_value(assignment)))
        values = self._values.get(name, [])
        if any(value is None for _, value in values):
            return None
        earlier = [value for end, value in values if end <= offset]
        return earlier[-1] if earlier else variables.get(name)

    def assignments(self) -> Iterator[Assignment]:
        """Give what sets a variable of the script: assignments, declarations, loops, ``read``; no command prefixes."""
        yield from self.loop_variables
        for command in self.commands:
            if not command.words:
                yield from command.assignments
                continue
            program = command.words[0].text
            if program in _DECLARATIONS:
                for word in command.words[1:]:
                    name, equals, _ = word.prefix.partition("=")
                    if equals:
                        value = word.after(len(name) + 1)
                        yield Assignment(
                            name.removesuffix("+"), value, word.start, word.end, name[-1:] == "+", command.context
                        )
            elif program in _SETTERS:
                for word in command.words[1:]:
                    yield Assignment(word.text, None, word.start, word.end, False, command.context)

    def pipeline(self, command: SimpleCommand) -> list[SimpleCommand]:
        """Give the simple commands of the pipeline that a command is in, itself included, in order."""
        if self._pipelines is None:
            # All at once: many commands of one script may be asked about.
            self._pipelines = {}
            last: dict[Context | None, list[SimpleCommand]] = {}
            for other in self.commands:
                if other.operator not in ("|", "|&") or other.context not in last:
                    last[other.context] = []
                last[other.context].append(other)
                self._pipelines[other] = last[other.context]
        return list(self._pipelines.get(command, ()))

    def siblings(self, command: SimpleCommand) -> list[SimpleCommand]:
        """Give the simple commands in the same list as a command, itself included, in order."""
        return [other for other in self.commands if other.context == command.context]


def parse(text: str, dialect: str = "posix") -> Script:
    """Split a script into simple commands.

    ``dialect`` is the name of a shell: one of `POSIX_DIALECTS`, or ``powershell``, ``pwsh`` or ``cmd``. Scripts of
    other interpreters (python, node) have no commands.
    """
    return _parse_again(text, dialect) if len(text) <= _SHORT else _parse(text, dialect)


def _parse(text: str, dialect: str) -> Script:
    from cnlint.syntax.shell_scanner import scan, split_other

    return scan(text, mask(text), dialect) if dialect in POSIX_DIALECTS else split_other(text, dialect)


_SHORT = 400
# The same short scripts stand in many steps, and the project stage reads them again.
_parse_again = lru_cache(maxsize=512)(_parse)


_DECLARATIONS = frozenset({"export", "readonly", "declare", "typeset", "local"})
_SETTERS = frozenset({"read", "readarray", "mapfile", "getopts", "unset", "printf", "let"})
_SPECIAL = regex(r"[\\'\"`$<>]")
_GLOB = regex(r"[*?\[]")
_UNUSUAL = regex(r"[^\t\n\r -~]|\r(?!\n)")
_EXPRESSION = "${{"


def _literal_value(assignment: Assignment) -> str | None:
    is_conditional = assignment.context is not None and assignment.context.kind != "group"
    if assignment.append or assignment.value is None or is_conditional:
        return None
    value = assignment.value.value
    return None if value is None or _GLOB.search(value) else value


def expression_spans(text: str) -> Iterator[tuple[int, int]]:
    """Find the ``${{ ... }}`` expressions of a text; a ``}}`` in a string literal of the expression does not end it."""
    start = text.find(_EXPRESSION)
    heed_quotes = True
    while start >= 0:
        end = _expression_end(text, start + 3) if heed_quotes else -1
        if end < 0:
            heed_quotes = False
            closing = text.find("}}", start)
            if closing < 0:
                return
            end = closing + 2
        yield start, end
        start = text.find(_EXPRESSION, end)


def _expression_end(text: str, position: int) -> int:
    while True:
        closing = text.find("}}", position)
        if closing < 0:
            return -1
        quote = text.find("'", position, closing)
        if quote < 0:
            return closing + 2
        position = text.find("'", quote + 1) + 1
        if position == 0:
            return -1


def without_expressions(text: str) -> str:
    """Put underscores where ``${{ ... }}`` expressions stand, as many as they have characters."""
    if _EXPRESSION not in text:
        return text
    pieces: list[str] = []
    position = 0
    for start, end in expression_spans(text):
        pieces += (text[position:start], "_" * (end - start))
        position = end
    return "".join(pieces) + text[position:]


def mask(text: str) -> str:
    """Give a text of the same length in which only ASCII stands and expressions are one word.

    Shells take letters beyond ASCII, and control characters other than blanks, as plain characters of a word.
    """
    text = without_expressions(text)
    if "\r\n" in text:
        text = text.replace("\\\r\n", " \\\n").replace("\r\n", " \n")
    return _UNUSUAL.sub(".", text)


_NAME = regex(r"[A-Za-z_][A-Za-z0-9_]*")
_LITERAL = regex(r"[^\\'\"`$<>]+")
_QUOTED_LITERAL = regex(r'[^\\"`$]+')
_BRACED_NAME = regex(r"[#!]?([A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-])?")
_ANSI_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "v": "\v"}
_ANSI_CODE = regex(r"x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})")


def _parts(text: str, start: int, end: int) -> Iterator[Part]:
    """Read the pieces of the word at ``start`` to ``end``; every literal piece is one stretch of the text."""
    position = start
    quote = ""
    expressions = dict(expression_spans(text[start:end])) if _EXPRESSION in text[start:end] else {}
    while position < end:
        character = text[position]
        if character == "$" and position - start in expressions:
            stop = start + expressions[position - start]
            yield Part("expression", position, stop, "", quote)
            position = stop
        elif quote == "'":
            closing = text.find("'", position, end)
            stop = end if closing < 0 else closing
            inner = [offset + start for offset in expressions if position < offset + start < stop]
            if inner:
                stop = min(inner)
                closing = -1
            if position < stop:
                yield Part("literal", position, stop, text[position:stop], "'")
            position = stop
            if closing >= 0:
                quote = ""
                position += 1
        elif character == "'" and not quote:
            quote = "'"
            position += 1
            if text.startswith("'", position, end):
                yield Part("literal", position, position, "", "'")
        elif character == '"':
            if not quote and text.startswith('"', position + 1, end):
                yield Part("literal", position + 1, position + 1, "", '"')
            quote = "" if quote else '"'
            position += 1
        elif character == "\\":
            stop, part = _escape(text, position, end, quote)
            if part:
                yield part
            position = stop
        elif character == "$":
            part = _dollar(text, position, end, quote)
            if part.kind == "quote":
                yield from _ansi_string(text, position + 2, part.end)
            elif part.end > part.start:
                yield part
            position = max(part.end, position + 1)
        elif character == "`":
            stop = skip_nested(text, position, end)
            yield Part("substitution", position, stop, "", quote)
            position = stop
        elif character in "<>" and not quote:
            if text.startswith("(", position + 1, end):
                stop = skip_nested(text, position + 1, end)
                yield Part("process-substitution", position, stop, "", "")
            else:
                stop = position + 1
                yield Part("literal", position, stop, character, "")
            position = stop
        else:
            match = (_QUOTED_LITERAL if quote else _LITERAL).match(text, position, end)
            stop = match.end() if match else position + 1
            yield Part("literal", position, stop, text[position:stop], quote)
            position = stop


def _escape(text: str, position: int, end: int, quote: str) -> tuple[int, Part | None]:
    following = text[position + 1 : min(position + 3, end)]
    if following.startswith("\n"):
        return position + 2, None
    if following.startswith("\r\n"):
        return position + 3, None
    if not following or (quote and following[0] not in '$`"\\'):
        return position + 1, Part("literal", position, position + 1, "\\", quote)
    return position + 2, Part("literal", position + 1, position + 2, following[0], quote or "\\")


def _dollar(text: str, position: int, end: int, quote: str) -> Part:
    following = text[position + 1 : min(position + 2, end)]
    if following == "(":
        kind = "arithmetic" if text.startswith("$((", position) else "substitution"
        return Part(kind, position, skip_nested(text, position + 1, end), "", quote)
    if following == "{":
        stop = skip_nested(text, position + 1, end)
        match = _BRACED_NAME.match(text, position + 2, stop)
        name = match.group(1) or "" if match else ""
        simple = text[position + 2 : stop] == name + "}"
        return Part("variable" if simple and name else "parameter", position, stop, name, quote)
    name_match = _NAME.match(text, position + 1, end)
    if name_match:
        return Part("variable", position, name_match.end(), name_match.group(), quote)
    if following and following in "0123456789@*#?$!-":
        return Part("variable", position, position + 2, following, quote)
    if not quote and following == "'":
        return Part("quote", position, _ansi_end(text, position + 2, end), "", "$'")
    if not quote and following == '"':
        return Part("quote-mark", position, position, "", "")
    return Part("literal", position, position + 1, "$", quote)


def _ansi_end(text: str, position: int, end: int) -> int:
    while position < end and text[position] != "'":
        position += 2 if text[position] == "\\" else 1
    return min(position + 1, end)


def _ansi_string(text: str, position: int, end: int) -> Iterator[Part]:
    stop = end - 1 if text[end - 1 : end] == "'" else end
    if position >= stop:
        yield Part("literal", position, position, "", "$'")
    while position < stop:
        if text[position] != "\\" or position + 1 >= stop:
            closing = text.find("\\", position + 1, stop)
            closing = stop if closing < 0 else closing
            yield Part("literal", position, closing, text[position:closing], "$'")
            position = closing
            continue
        code = _ANSI_CODE.match(text, position + 1, stop)
        if code:
            digits = next(group for group in code.groups() if group)
            number = int(digits, 8 if code.group(4) else 16)
            yield Part("literal", position, code.end(), chr(number) if number < 0x110000 else "\ufffd", "$'")
            position = code.end()
            continue
        letter = text[position + 1]
        known = letter in _ANSI_ESCAPES or letter in "\\'\"?"
        value = _ANSI_ESCAPES.get(letter, letter) if known else "\\" + letter
        yield Part("literal", position, position + 2, value, "$'")
        position += 2


_NESTED = regex(r"[\\'\"`(){}]|\$[({]")
_CLOSERS = {"(": ")", "{": "}", "$(": ")", "${": "}", "`": "`", '"': '"'}


def skip_nested(text: str, position: int, end: int) -> int:
    """Give the offset after the bracket, brace or backtick construct that opens at ``position``; takes linear time."""
    closers = [_CLOSERS[text[position]]]
    open_quotes = 0
    position += 1
    while closers and position < end:
        match = _NESTED.search(text, position, end)
        if match is None:
            return end
        token = match.group()
        position = match.end()
        inside = closers[-1]
        if token == "\\":
            position += 1
        elif token == inside:
            closers.pop()
            open_quotes -= token == '"'
        elif inside == '"':
            if token in ("$(", "${", "`"):
                closers.append(_CLOSERS[token])
        elif token == "'":
            if inside != "}" or not open_quotes:
                closing = text.find("'", position, end)
                position = end if closing < 0 else closing + 1
        elif token in ('"', "$(", "${") or (token == "(" and inside == ")"):
            closers.append(_CLOSERS[token])
            open_quotes += token == '"'
        elif token == "`":
            closers.append("`")
    return min(position, end)
