"""Variables in Dockerfiles: what the builder makes of ``$x``, ``${x:-word}`` and the other forms.

The forms are those of BuildKit's Dockerfile frontend. A value that the file does not tell is unknown, not empty.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from cnlint.syntax.patterns import regex

_SPECIAL = frozenset("@*#?-$!0")
_END = ""
_PLAIN = regex(r"[A-Za-z0-9_.:,=@/ -]*")
_ASCII_NAME = regex(r"[A-Za-z0-9_]*")
# Bounds on pattern substitution, whose work is the product of both lengths.
_MAX_PATTERN = 256
_MAX_VALUE = 4096
# Variables that are made of variables could double a value with every line.
_MAX_LENGTH = 65_536

Variables = Mapping[str, str | None]
"""Values by name; ``None``: set to a value that the file does not tell. A name that is missing is not set."""


class Reference(NamedTuple):
    """A variable that is referred to, and where its expansion starts and ends in the text."""

    name: str
    start: int
    end: int


class Expansion(NamedTuple):
    """What becomes of a text: ``value`` is ``None`` when the file does not tell it or it cannot be expanded."""

    value: str | None
    references: tuple[Reference, ...] = ()
    error: str | None = None
    error_start: int | None = None
    """Where what cannot be expanded starts in the text."""


def expand(text: str, variables: Variables, escape: str = "\\", *, quotes: bool = True) -> Expansion:
    """Expand variables and take off quotes and escapes, as the builder does with a word of an instruction.

    Without ``quotes``, as in the body of a heredoc, quotes are letters like others.
    """
    if "$" not in text and "'" not in text and '"' not in text and escape not in text:
        return Expansion(text)
    if quotes and len(text) > 1 and text[0] == '"' == text[-1] and _is_plain(text[1:-1], escape):
        return Expansion(text[1:-1])
    lexer = _Lexer(text, variables, escape, quotes)
    try:
        value = lexer.until(_END, raw_escapes=False)
    except _BadSubstitutionError as error:
        return Expansion(None, tuple(lexer.references), str(error), lexer.open[-1])
    except RecursionError:
        return Expansion(None, tuple(lexer.references), "the substitution is nested too deeply")
    return Expansion(value, tuple(lexer.references))


def _is_plain(content: str, escape: str) -> bool:
    """Tell whether a content of double quotes, none too long, means what it says."""
    return '"' not in content and "$" not in content and escape not in content and len(content) < _MAX_LENGTH


class _BadSubstitutionError(Exception):
    pass


class _Lexer:
    __slots__ = ("escape", "open", "position", "quotes", "references", "text", "variables")

    def __init__(self, text: str, variables: Variables, escape: str, quotes: bool) -> None:
        self.text = text
        self.position = 0
        self.variables = variables
        self.escape = escape
        self.quotes = quotes
        self.references: list[Reference] = []
        self.open: list[int] = []
        """Where the quotes and braces start that are not closed so far."""

    def peek(self) -> str:
        return self.text[self.position : self.position + 1]

    def next(self) -> str:
        char = self.peek()
        self.position += len(char)
        return char

    def until(self, stop: str, *, raw_escapes: bool) -> str | None:
        """Read up to ``stop``, which is consumed; unknown parts make the whole unknown."""
        parts = _Parts()
        while char := self.peek():
            if char == stop:
                self.position += 1
                return parts.value()
            if char == "'" and self.quotes:
                parts.add(self.single_quoted())
            elif char == '"' and self.quotes:
                parts.add(self.double_quoted())
            elif char == "$":
                parts.add(self.dollar())
            elif char == self.escape:
                self.position += 1
                parts.add(char if raw_escapes else "")
                parts.add(self.next())
            else:
                parts.add(self.plain(stop))
        if stop:
            raise _BadSubstitutionError("missing '}'" if stop == "}" else f"missing '{stop}'")
        return parts.value()

    def single_quoted(self) -> str:
        end = self.text.find("'", self.position + 1)
        if end < 0:
            self.open.append(self.position)
            self.position = len(self.text)
            raise _BadSubstitutionError("missing closing single quote")
        content = self.text[self.position + 1 : end]
        self.position = end + 1
        return content

    def double_quoted(self) -> str | None:
        self.open.append(self.position)
        self.position += 1
        parts = _Parts()
        while char := self.peek():
            if char == '"':
                self.position += 1
                self.open.pop()
                return parts.value()
            if char == "$":
                parts.add(self.dollar())
                continue
            if char != self.escape:
                parts.add(self.plain('"'))
                continue
            self.position += 1
            following = self.peek()
            if not following:
                break
            parts.add(self.next() if following in ('"', "$", self.escape) else char)
        raise _BadSubstitutionError("missing closing double quote")

    def plain(self, stop: str) -> str:
        """Read a letter that means itself, and those after it of which one can tell so without further ado."""
        start = self.position
        match = _PLAIN.match(self.text, start + 1)
        self.position = match.end() if match and stop != "/" else start + 1
        return self.text[start : self.position]

    def dollar(self) -> str | None:
        start = self.position
        self.position += 1
        if self.peek() != "{":
            name = self.name()
            if not name:
                return "$"
            self.references.append(Reference(name, start, self.position))
            return self.variables.get(name)
        self.open.append(start)
        self.position += 1
        if not self.peek():
            raise _BadSubstitutionError("missing '}'")
        if self.peek() in "{}:":
            raise _BadSubstitutionError("bad substitution")
        name = self.name()
        index = len(self.references)
        value = self.braced(name)
        self.open.pop()
        self.references.insert(index, Reference(name, start, self.position))
        return value

    def braced(self, name: str) -> str | None:
        """Read what follows the name in ``${name...}``."""
        char = self.next()
        if char == "}":
            return self.variables.get(name)
        if char == "/":
            return self.replaced(name)
        if not char:
            raise _BadSubstitutionError("missing '}'")
        modifier = char
        empty_counts = char == ":"
        if empty_counts:
            char = self.next()
            modifier += char
        if char not in tuple("+-?#%") or (empty_counts and char in "#%"):
            raise _BadSubstitutionError(f"unsupported modifier ({modifier}) in substitution")
        word = self.until("}", raw_escapes=char in "#%")
        is_set, value = name in self.variables, self.variables.get(name)
        if char in "#%":
            return _trimmed(value, word, char)
        if is_set and empty_counts:
            if value is None:
                # Whether the unknown value is empty decides.
                return value if word is None or char == "?" else None
            is_set = value != ""
        if char == "-":
            return value if is_set else word
        if char == "+":
            return word if is_set else ""
        return value if is_set else None

    def replaced(self, name: str) -> str | None:
        everywhere = self.peek() == "/"
        if everywhere:
            self.position += 1
        pattern = self.until("/", raw_escapes=True)
        replacement = self.until("}", raw_escapes=True)
        value = self.variables.get(name)
        if value is None or pattern is None or replacement is None or _is_too_long(pattern, value):
            return None
        return _replace(value, pattern, replacement, everywhere)

    def name(self) -> str:
        start = self.position
        first = self.peek()
        if first.isdigit():
            self._skip(str.isdigit)
        elif first in _SPECIAL:
            self.position += 1
        else:
            match = _ASCII_NAME.match(self.text, self.position)
            self.position = match.end() if match else self.position
            self._skip(lambda char: char.isalpha() or char.isdigit() or char == "_")
        return self.text[start : self.position]

    def _skip(self, belongs: Callable[[str], bool]) -> None:
        while self.position < len(self.text) and belongs(self.text[self.position]):
            self.position += 1


class _Parts:
    """Parts of a value of which one unknown makes the whole unknown."""

    __slots__ = ("_known", "_length", "_parts")

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._known = True

    def add(self, part: str | None) -> None:
        if part is None or self._length + len(part) > _MAX_LENGTH + 1:
            self._known = False
        else:
            self._parts.append(part)
            self._length += len(part)

    def value(self) -> str | None:
        return "".join(self._parts) if self._known else None


def _trimmed(value: str | None, word: str | None, side: str) -> str | None:
    """Give ``${value#word}`` or, for ``side`` ``%``, ``${value%word}``; a doubled sign takes the longest match."""
    if value is None or word is None:
        return None
    longest = word.startswith(side)
    pattern = word[1:] if longest else word
    if _is_too_long(pattern, value):
        return None
    tokens = _tokens(pattern)
    if side == "%":
        lengths = _match_lengths(tokens[::-1], value[::-1])
        return value[: len(value) - lengths[-1 if longest else 0]] if lengths else value
    lengths = _match_lengths(tokens, value)
    return value[lengths[-1 if longest else 0] :] if lengths else value


def _replace(value: str, pattern: str, replacement: str, everywhere: bool) -> str:
    tokens = _tokens(pattern)
    result = []
    position = 0
    while position <= len(value):
        lengths = _match_lengths(tokens, value[position:])
        if lengths:
            result.append(replacement)
            position += lengths[-1]
            if not everywhere:
                break
        if not lengths or lengths[-1] == 0:
            result.append(value[position : position + 1])
            position += 1
    return "".join(result) + value[position:]


def _is_too_long(pattern: str, value: str) -> bool:
    return len(pattern) > _MAX_PATTERN or len(value) > _MAX_VALUE


_ANY = "*"
_ONE = "?"


def _tokens(pattern: str) -> list[tuple[str, str]]:
    tokens = []
    escaped = False
    for char in pattern:
        if escaped:
            tokens.append(("", char))
            escaped = False
        elif char == "\\":
            escaped = True
        else:
            tokens.append((char, "") if char in "*?" else ("", char))
    return tokens


def _match_lengths(tokens: list[tuple[str, str]], value: str) -> list[int]:
    """Give, in rising order, the lengths of the beginnings of ``value`` that a pattern matches as a whole."""
    states = _after_stars(tokens, {0})
    lengths = [0] if len(tokens) in states else []
    for index, char in enumerate(value):
        following = set()
        for state in states:
            if state == len(tokens):
                continue
            kind, literal = tokens[state]
            if kind == _ANY:
                following.add(state)
            elif kind == _ONE or literal == char:
                following.add(state + 1)
        states = _after_stars(tokens, following)
        if not states:
            break
        if len(tokens) in states:
            lengths.append(index + 1)
    return lengths


def _after_stars(tokens: list[tuple[str, str]], states: set[int]) -> set[int]:
    """Add the states that are reached because a star may match nothing."""
    reached = set()
    for state in states:
        reached.add(state)
        while state < len(tokens) and tokens[state][0] == _ANY:
            state += 1
            reached.add(state)
    return reached
