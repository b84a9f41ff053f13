"""The expression language of GitHub Actions, ``${{ ... }}``: fences in a text, tokens, syntax trees with offsets.

Offsets count characters of the text that was parsed. Limits and grammar are those of GitHub's own parser: at most 50
levels and 21,000 characters; the words ``true false null NaN Infinity`` are case-sensitive, all other names are not.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from cnlint.syntax.patterns import regex

MAX_DEPTH = 50
MAX_LENGTH = 21_000
_SHORT = 120


class Fence(NamedTuple):
    """One ``${{ ... }}`` in a text: offsets of the whole and of what stands between the fences, ends exclusive."""

    start: int
    end: int
    body_start: int
    body_end: int
    closed: bool
    """Whether a ``}}`` outside of a string ends it; GitHub rejects the whole value when none does."""


class ExpressionError(Exception):
    """An expression that GitHub cannot read; ``offset`` and ``length`` mark what is wrong."""

    def __init__(self, message: str, offset: int, length: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.length = length


class Node:
    """A part of an expression, from ``start`` to before ``end``; ``height`` counts its levels, a leaf has one."""

    __slots__ = ("end", "height", "start")

    def __init__(self, start: int, end: int, height: int = 1) -> None:
        self.start = start
        self.end = end
        self.height = height

    @property
    def children(self) -> "tuple[Node, ...]":
        """The nodes directly below, in the order of the text."""
        return ()


class Literal(Node):
    """A string, number, boolean or null."""

    __slots__ = ("value",)

    def __init__(self, start: int, end: int, value: str | float | bool | None) -> None:
        super().__init__(start, end)
        self.value = value


class Variable(Node):
    """The name of a context (``github``), as it is written."""

    __slots__ = ("name",)

    def __init__(self, start: int, end: int, name: str) -> None:
        super().__init__(start, end)
        self.name = name


class Property(Node):
    """``object.name``, the name as it is written."""

    __slots__ = ("name", "object")

    def __init__(self, node: Node, end: int, name: str) -> None:
        super().__init__(node.start, end, node.height + 1)
        self.object = node
        self.name = name

    @property
    def children(self) -> tuple[Node, ...]:
        """The object."""
        return (self.object,)


class Index(Node):
    """``object[index]``."""

    __slots__ = ("index", "object")

    def __init__(self, node: Node, end: int, index: Node) -> None:
        super().__init__(node.start, end, max(node.height, index.height) + 1)
        self.object = node
        self.index = index

    @property
    def children(self) -> tuple[Node, ...]:
        """The object and the index."""
        return (self.object, self.index)


class Star(Node):
    """``object.*`` or ``object[*]``: all members of an object or an array."""

    __slots__ = ("object",)

    def __init__(self, node: Node, end: int) -> None:
        super().__init__(node.start, end, node.height + 1)
        self.object = node

    @property
    def children(self) -> tuple[Node, ...]:
        """The object."""
        return (self.object,)


class Call(Node):
    """``name(argument, ...)``, the name as it is written."""

    __slots__ = ("arguments", "name")

    def __init__(self, start: int, end: int, name: str, arguments: tuple[Node, ...]) -> None:
        super().__init__(start, end, _height_above(arguments))
        self.name = name
        self.arguments = arguments

    @property
    def children(self) -> tuple[Node, ...]:
        """The arguments."""
        return self.arguments


class Not(Node):
    """``!operand``."""

    __slots__ = ("operand",)

    def __init__(self, start: int, operand: Node) -> None:
        super().__init__(start, operand.end, operand.height + 1)
        self.operand = operand

    @property
    def children(self) -> tuple[Node, ...]:
        """The operand."""
        return (self.operand,)


class Comparison(Node):
    """``left operator right``, the operator one of ``== != < <= > >=``."""

    __slots__ = ("left", "operator", "right")

    def __init__(self, operator: str, left: Node, right: Node) -> None:
        super().__init__(left.start, right.end, max(left.height, right.height) + 1)
        self.operator = operator
        self.left = left
        self.right = right

    @property
    def children(self) -> tuple[Node, ...]:
        """Both sides."""
        return (self.left, self.right)


class Logical(Node):
    """A chain of operands joined by the same operator, ``&&`` or ``||``."""

    __slots__ = ("operands", "operator")

    def __init__(self, operator: str, operands: tuple[Node, ...]) -> None:
        super().__init__(operands[0].start, operands[-1].end, _height_above(operands))
        self.operator = operator
        self.operands = operands

    @property
    def children(self) -> tuple[Node, ...]:
        """The operands."""
        return self.operands


def _height_above(nodes: tuple[Node, ...]) -> int:
    return max((node.height for node in nodes), default=0) + 1


def find_expressions(text: str) -> list[Fence]:
    """Find every ``${{ ... }}``; strings within may hold ``}}``.

    An expression without an end reaches to the first ``}}`` whatever it stands in (the quote before it is the mistake
    then), or to the end of the text, so that those after it are still found.
    """
    fences = []
    position = text.find("${{")
    while position >= 0:
        body_start = position + 3
        body_end = _closing(text, body_start)
        closed = body_end >= 0
        if not closed:
            body_end = text.find("}}", body_start)
        end = body_end + 2 if body_end >= 0 else len(text)
        fences.append(Fence(position, end, body_start, body_end if body_end >= 0 else end, closed))
        position = text.find("${{", end)
    return fences


def _closing(text: str, start: int) -> int:
    position = start
    while True:
        end = text.find("}}", position)
        if end < 0:
            return -1
        quote = text.find("'", position, end)
        if quote < 0:
            return end
        position = text.find("'", quote + 1) + 1
        if position == 0:
            return -1


def parse_expression(text: str) -> Node:
    """Parse what stands between the fences (or a whole bare ``if``); raises `ExpressionError` where GitHub would."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(
            f"expression has {len(text)} characters, GitHub reads at most {MAX_LENGTH}",
            MAX_LENGTH,
            len(text) - MAX_LENGTH,
        )
    return _parse_short(text) if len(text) <= _SHORT else _Parser(text).parse()


@lru_cache(maxsize=1024)
def _parse_short(text: str) -> Node:
    """Parse what is likely to come again: a repository uses the same few conditions and variables everywhere."""
    return _Parser(text).parse()


def walk(node: Node) -> Iterator[Node]:
    """Give a node and all below it, in the order of the text."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(reversed(current.children))


class Result(NamedTuple):
    """A node whose value can become the value of an expression; ``dumped``: as JSON, with all that is below it."""

    node: Node
    dumped: bool


def results(node: Node) -> Iterator[Result]:
    """Give the leaves of the data flow: the nodes whose value can become the value of the expression, or part of it.

    These are the operands of ``||``, the last of ``&&`` (the others only decide), the values of ``case``, and the
    arguments of ``format``, ``join``, ``toJSON`` and ``fromJSON``. Comparisons, ``!`` and other functions are leaves.
    """
    pending = [Result(node, False)]
    while pending:
        current, dumped = pending.pop()
        flowing = _flowing(current)
        if flowing is None:
            yield Result(current, dumped)
        else:
            dumped = dumped or (isinstance(current, Call) and current.name.lower() == "tojson")
            pending.extend(Result(operand, dumped) for operand in reversed(flowing))


def _flowing(node: Node) -> tuple[Node, ...] | None:
    if isinstance(node, Logical):
        return node.operands if node.operator == "||" else node.operands[-1:]
    if isinstance(node, Call):
        name = node.name.lower()
        if name in ("format", "join", "tojson", "fromjson"):
            return node.arguments
        if name == "case":
            return _case_values(node.arguments)
    return None


def _case_values(arguments: tuple[Node, ...]) -> tuple[Node, ...]:
    # case(predicate, value, predicate, value, ..., default)
    return arguments[1::2] + (arguments[-1:] if len(arguments) % 2 else ())


ITEM = "[]"
"""In a path: an element of an array (``[0]``), or a member by a computed name."""
EVERY = "*"
"""In a path: all members (``.*`` and ``[*]``)."""


def access_path(node: Node) -> tuple[str, ...] | None:
    """Give the path of an access in lower case (``github.event['Issue'].title`` and so on); ``None`` for other nodes.

    Array elements and computed members are `ITEM`, filters `EVERY`.
    """
    steps: list[str] = []
    while True:
        if isinstance(node, Property):
            steps.append(node.name.lower())
            node = node.object
        elif isinstance(node, Star):
            steps.append(EVERY)
            node = node.object
        elif isinstance(node, Index):
            index = node.index
            steps.append(index.value.lower() if isinstance(index, Literal) and isinstance(index.value, str) else ITEM)
            node = node.object
        elif isinstance(node, Variable):
            return (node.name.lower(), *reversed(steps))
        else:
            return None


def accesses(node: Node) -> Iterator[tuple[Node, tuple[str, ...]]]:
    """Give every access of a tree with its path, the longest ones only: ``a.b.c`` is one; see `access_path`."""
    pending = [node]
    while pending:
        current = pending.pop()
        path = access_path(current)
        if path is None:
            pending.extend(reversed(current.children))
            continue
        yield current, path
        while isinstance(current, Property | Index | Star):
            if isinstance(current, Index):
                pending.append(current.index)
            current = current.object


_SPACE = regex(r"\s*")
_NAME = regex(r"[A-Za-z_][A-Za-z0-9_-]*")
# A number runs to the next character that can end a token; whether it is one is decided on the whole.
_NUMBER_RUN = regex(r"[^\s()\[\],!<>=&|'\"]*")
_DECIMAL = regex(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_HEXADECIMAL = regex(r"0x[0-9A-Fa-f]+")
_OCTAL = regex(r"0o[0-7]+")
_STRING = regex(r"'[^']*(?:''[^']*)*'")
_OPERATOR = regex(r"&&|\|\||[=!<>]=|[()\[\].,*!<>]")

_WORDS: dict[str, float | bool | None] = {
    "true": True,
    "false": False,
    "null": None,
    "NaN": float("nan"),
    "Infinity": float("inf"),
}
_NUMBER_WORDS = {"+Infinity": float("inf"), "-Infinity": float("-inf")}

_NOT_OPERATORS = {
    '"': "a string in an expression stands in single quotes: 'text'",
    "=": "`=` is not an operator: values are compared with `==`",
    "&": "`&` is not an operator: `&&` means and",
    "|": "`|` is not an operator: `||` means or",
    "?": "there is no `?:` in expressions: `case(condition, value, other)` chooses between values",
    "$": "names stand without `$` in an expression: env.NAME, github.ref",
    "`": "a string in an expression stands in single quotes: 'text'",
    "{": "expressions have no object literals: fromJSON('{...}') makes an object",
}


class _Token(NamedTuple):
    kind: str  # "name", "literal", "end", or the operator itself
    start: int
    end: int
    value: str | float | bool | None = None


# Operators by how tightly they bind; relational ones bind tighter than equality in GitHub's parser.
_PRECEDENCE = {"||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4}
_STARTS_OPERAND = ("name", "literal", "(", "!")


class _Parser:
    """Reads tokens as it needs them, so that the first mistake in the text is the one that is told."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.depth = 0
        self.last: _Token | None = None
        self.previous: _Token | None = None
        self.token = self.read()

    def parse(self) -> Node:
        if self.token.kind == "end":
            raise ExpressionError("expression is empty", 0, len(self.text))
        node = self.binary(1)
        if self.token.kind != "end":
            raise self.trailing()
        return node

    def binary(self, lowest: int) -> Node:
        left = self.unary()
        while True:
            operator = self.token.kind
            precedence = _PRECEDENCE.get(operator, 0)
            if precedence < lowest:
                return left
            if precedence > 2:
                self.advance()
                left = self.checked(Comparison(operator, left, self.binary(precedence + 1)))
                continue
            operands = [left]
            while self.token.kind == operator:
                self.advance()
                operands.append(self.binary(precedence + 1))
            left = self.checked(Logical(operator, tuple(operands)))

    def unary(self) -> Node:
        bangs = []
        while self.token.kind == "!":
            bangs.append(self.token.start)
            self.advance()
        node = self.postfix()
        for start in reversed(bangs):
            node = self.checked(Not(start, node))
        return node

    def postfix(self) -> Node:
        node = self.primary()
        while True:
            if self.token.kind in (".", "[") and self.previous and self.previous.kind == "literal":
                written = self.text[self.previous.start : self.token.end]
                raise ExpressionError(f"a literal has no members: `{written}`", self.token.start)
            if self.token.kind == ".":
                dot = self.token
                self.advance()
                node = self.checked(self.member(node, dot))
            elif self.token.kind == "[":
                node = self.checked(self.subscript(node))
            else:
                return node

    def member(self, node: Node, dot: _Token) -> Node:
        token = self.token
        if token.kind == "*":
            self.advance()
            return Star(node, token.end)
        if token.kind == "name":
            self.advance()
            return Property(node, token.end, str(token.value))
        if token.kind == "end":
            raise ExpressionError("a name is missing after the dot", dot.start)
        written = self.text[token.start : token.end]
        advice = f": an element is [{written}]" if isinstance(token.value, float) else ""
        raise ExpressionError(
            f"a name or `*` is expected after the dot, not `{written}`{advice}", token.start, len(written)
        )

    def subscript(self, node: Node) -> Node:
        opening = self.token
        self.enter(opening)
        self.advance()
        if self.token.kind == "*":
            self.advance()
            return Star(node, self.close("]", opening))
        index = self.binary(1)
        return Index(node, self.close("]", opening), index)

    def primary(self) -> Node:
        token = self.token
        if token.kind == "literal":
            self.advance()
            return Literal(token.start, token.end, token.value)
        if token.kind == "name":
            self.advance()
            if self.token.kind == "(":
                return self.call(token)
            written = str(token.value)
            if written in _WORDS:
                return Literal(token.start, token.end, _WORDS[written])
            return Variable(token.start, token.end, written)
        if token.kind == "(":
            self.enter(token)
            self.advance()
            node = self.binary(1)
            self.close(")", token)
            return node
        raise self.missing_operand()

    def call(self, name: _Token) -> Node:
        opening = self.token
        self.enter(opening)
        self.advance()
        arguments: list[Node] = []
        if self.token.kind != ")":
            arguments.append(self.binary(1))
            while self.token.kind == ",":
                self.advance()
                arguments.append(self.binary(1))
        end = self.close(")", opening)
        return self.checked(Call(name.start, end, str(name.value), tuple(arguments)))

    def enter(self, token: _Token) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionError(f"expression is nested deeper than {MAX_DEPTH} levels", token.start)

    def close(self, bracket: str, opening: _Token) -> int:
        token = self.token
        if token.kind == bracket:
            self.depth -= 1
            self.advance()
            return token.end
        if token.kind == "end":
            raise ExpressionError(f"`{opening.kind}` is not closed: `{bracket}` is missing", opening.start)
        raise self.trailing(f" before `{bracket}`")

    def checked(self, node: Node) -> Node:
        if node.height > MAX_DEPTH:
            raise ExpressionError(
                f"expression is nested deeper than {MAX_DEPTH} levels", node.start, node.end - node.start
            )
        return node

    def advance(self) -> None:
        self.previous = self.token
        self.token = self.read()

    def missing_operand(self) -> ExpressionError:
        token, previous = self.token, self.previous
        if token.kind == "end":
            assert previous is not None  # an empty expression is told before
            return ExpressionError(f"a value is missing after `{previous.kind}`", previous.start, len(previous.kind))
        where = f" after `{previous.kind}`" if previous and previous.kind not in ("name", "literal") else ""
        if token.kind == "[":
            return ExpressionError(
                f"a value is missing before `[`{where}: fromJSON('[...]') makes an array", token.start
            )
        return ExpressionError(f"a value is expected{where}, not `{token.kind}`", token.start, token.end - token.start)

    def trailing(self, before: str = "") -> ExpressionError:
        token = self.token
        written = self.text[token.start : token.end]
        if token.kind in (")", "]"):
            return ExpressionError(f"`{token.kind}` closes nothing", token.start)
        if token.kind in _STARTS_OPERAND:
            advice = f": an operator such as `&&` or `==` is missing before `{written}`"
        else:
            advice = f": `{written}` cannot stand here"
        end = before or " after the end of the expression"
        return ExpressionError(f"unexpected text{end}{advice}", token.start, token.end - token.start)

    def read(self) -> _Token:
        text = self.text
        space = _SPACE.match(text, self.position)
        start = space.end() if space else self.position
        if start == len(text):
            return _Token("end", start, start)
        character = text[start]
        if character == "'":
            token = self.read_string(start)
        elif character in "+-" or character in "0123456789" or (character == "." and not self.follows_value()):
            token = self.read_number(start)
        elif match := _NAME.match(text, start):
            token = _Token("name", start, match.end(), match.group())
        elif match := _OPERATOR.match(text, start):
            token = _Token(match.group(), start, match.end())
        else:
            raise self.unknown(start)
        self.position = token.end
        self.last = token
        return token

    def follows_value(self) -> bool:
        # As in GitHub's lexer: `.5` is a number at the start or after an operator, a dereference after a value.
        return self.last is not None and self.last.kind in ("name", "literal", ")", "]", "*")

    def read_string(self, start: int) -> _Token:
        match = _STRING.match(self.text, start)
        if not match:
            raise ExpressionError(
                "string is not closed: a `'` is missing (a quote within a string is written twice)",
                start,
                len(self.text) - start,
            )
        return _Token("literal", start, match.end(), match.group()[1:-1].replace("''", "'"))

    def read_number(self, start: int) -> _Token:
        run = _NUMBER_RUN.match(self.text, start)
        written = run.group() if run else ""
        if written[0] in "+-" and (len(written) == 1 or self.follows_value()):
            raise ExpressionError(f"expressions have no arithmetic: `{written[0]}` is not an operator", start)
        value = _number(written)
        if value is None:
            raise ExpressionError(f"`{written}` is not a number", start, len(written))
        return _Token("literal", start, start + len(written), value)

    def unknown(self, start: int) -> ExpressionError:
        character = self.text[start]
        if self.text.startswith("${{", start):
            return ExpressionError("expressions cannot be nested: `${{` stands inside another expression", start, 3)
        if self.text.startswith("}}", start):
            return ExpressionError("`}}` ends the expression here, text follows", start, 2)
        if character in "/%^~":
            return ExpressionError(f"expressions have no arithmetic: `{character}` is not an operator", start)
        message = _NOT_OPERATORS.get(character, f"unexpected character `{character}`")
        return ExpressionError(message, start)


def _number(written: str) -> float | None:
    if written in _NUMBER_WORDS:
        return _NUMBER_WORDS[written]
    if _HEXADECIMAL.fullmatch(written):
        return float(int(written[2:], 16)) if len(written) < 200 else float("inf")
    if _OCTAL.fullmatch(written):
        return float(int(written[2:], 8)) if len(written) < 200 else float("inf")
    return float(written) if _DECIMAL.fullmatch(written) else None
