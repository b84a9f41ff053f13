"""CEL, the language of policies: the one module that knows the engine, which is loaded when an expression turns up.

`compile_expression` gives a program, `Document` takes a value in once for all programs, `bind` makes documents the
values of variables, and `evaluate` gives a plain value, or the error as a value: an expression that cannot be evaluated
on a document never stops a run. The engine is ``cel-expr-python``, the extra ``cnlint[policy]``.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from cnlint.policies.library import FUNCTIONS, MERGED, Function
from cnlint.syntax.patterns import regex

if TYPE_CHECKING:
    from cel_expr_python import cel

LONGEST_EXPRESSION = 10_000
"""Characters. The engine itself bounds how deep an expression nests (32) and how often its loops run (10,000)."""
DEEPEST_DOCUMENT = 200
LARGEST_DOCUMENT = 5_000_000
"""Nodes of a document."""
LARGEST_RESULT = 10_000
"""Nodes of what an expression gives."""

_USES = 50

INSTALL = "pip install 'cnlint[policy]'"

CURRENT = "cnlint.current()"
"""Gives the document that an evaluation is about, in expressions that are made of others."""

Variables = Mapping[str, str]
"""The variables of an expression with their types: ``map<string, dyn>``."""

# The libraries of the engine that Kubernetes has too; strings with the version that it has.
_LIBRARIES = ("bindings", "encoders", "lists", "math", "optional", "sets", "two-var-comprehensions")
_STRINGS_VERSION = 2
# Functions that the engine declares and that are not to be called, as compiled expressions name them.
_REFUSED = {
    b"cel.@mapInsert": "transformMap and transformMapEntry are not available",
    b"lists.range": "lists.range is not available: it makes lists of any size",
}
_OPTIONAL = "optional_type<"
_TAG, _CONTENT = "@type", "@value"

# ERROR: <input>:1:13: undeclared reference to 'x' (in container '')
_PROBLEM = regex(r"ERROR: <input>:(-?\d+):(-?\d+): (.*)")
_STATUS = regex(r"^[A-Z_]+: | \[[A-Z_]+\]$")
_MISSING_KEY = regex(r"Key not found in map : (?P<quote>[\"']?)(.*)(?P=quote)", re.DOTALL)
_ESCAPED = regex(r"\\([\"'\\])")
_REWORDED = {
    "Unable to convert function return value": "the expression gives what is no plain value, such as an optional one",
    "No matching overloads found : ": "no such overload: ",
    "Applying SELECT to non-message type": "no such overload: a field of what is no map",
    "Iteration budget exceeded": "the loops of the expression run more than 10000 times",
}


class NotInstalledError(Exception):
    """The engine is not installed; the message names the command that installs it."""


class CelError(Exception):
    """An expression that cannot be compiled, or that has no value for a document."""

    def __init__(self, message: str, offset: int | None = None, expression: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        """Where in the expression, in characters from 0; ``None`` where the engine does not tell."""
        self.expression = expression

    @property
    def line(self) -> int:
        """The line of the expression, from 1."""
        return self.expression.count("\n", 0, self.offset or 0) + 1

    @property
    def column(self) -> int:
        """The column in its line, from 1."""
        return (self.offset or 0) - self.expression.rfind("\n", 0, self.offset or 0)

    def __str__(self) -> str:
        if self.offset is None:
            return self.message
        where = f"line {self.line}, column {self.column}" if "\n" in self.expression else f"column {self.column}"
        return f"{where}: {self.message}"


class Program(NamedTuple):
    """A compiled expression."""

    expression: str
    variables: tuple[tuple[str, str], ...]
    returns: str
    """The type of its value: ``bool``, ``string``; ``dyn`` where only documents tell."""
    compiled: "cel.Expression"


class Document:
    """A value in the form that the engine takes: maps by strings, and integers of 64 bits.

    Raises `CelError` for one that nests too deep or is too large.
    """

    __slots__ = ("_nodes", "plain")

    def __init__(self, value: Any) -> None:
        self._nodes = 0
        self.plain = self._plain(value, DEEPEST_DOCUMENT)

    def _plain(self, value: Any, depth: int) -> Any:
        if isinstance(value, dict):
            self._enter(len(value), depth)
            return {_key(key): self._plain(item, depth - 1) for key, item in value.items()}
        if isinstance(value, list | tuple):
            self._enter(len(value), depth)
            return [self._plain(item, depth - 1) for item in value]
        if value is None or isinstance(value, str | bool | float):
            return value
        if isinstance(value, int):
            return value if -(2**63) <= value < 2**63 else _large(value)
        return str(value)

    def _enter(self, items: int, depth: int) -> None:
        self._nodes += items
        if depth <= 0:
            raise CelError(f"the document nests deeper than {DEEPEST_DOCUMENT} levels")
        if self._nodes > LARGEST_DOCUMENT:
            raise CelError(f"the document has more than {LARGEST_DOCUMENT} nodes")


def _key(key: Any) -> str:
    return key if isinstance(key, str) else json.dumps(key, default=str)


def _large(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.inf, value)


class Bindings:
    """Values of variables, for all programs over these variables."""

    __slots__ = ("_activation", "_uses", "_values", "_variables")

    def __init__(self, variables: tuple[tuple[str, str], ...], values: dict[str, Any]) -> None:
        self._variables = variables
        self._values = values
        self._activation: Any = None
        self._uses = 0

    @property
    def activation(self) -> "cel.Activation":
        """The values as the engine has taken them in.

        It keeps there what evaluations leave behind, so that it takes them in again from time to time.
        """
        if self._activation is None or self._uses >= _USES:
            self._activation = _environment(self._variables).runtime.Activation(self._values)
            self._uses = 0
        self._uses += 1
        return self._activation


class _Environment(NamedTuple):
    """Two environments of the engine.

    The engine checks types of our own and cannot carry their values, so that one environment checks an expression and
    a second, in which these types are maps, evaluates it.
    """

    checker: "cel.Env"
    runtime: "cel.Env"


def compile_expression(expression: str, variables: Variables) -> Program:
    """Compile an expression and check its types.

    Raises `CelError` with the place of the first mistake, and `NotInstalledError`.
    """
    return _compile(expression, tuple(sorted(variables.items())))


@lru_cache(maxsize=4096)
def _compile(expression: str, variables: tuple[tuple[str, str], ...]) -> Program:
    if len(expression) > LONGEST_EXPRESSION:
        raise CelError(f"the expression is longer than {LONGEST_EXPRESSION} characters")
    environment = _environment(variables)
    try:
        checked = environment.checker.compile(expression)
        serialized = checked.serialize()
        compiled = environment.runtime.deserialize(serialized)
    except (RuntimeError, TypeError, ValueError) as error:
        raise _mistake(str(error), expression) from None
    for function, reason in _REFUSED.items():
        if function in serialized:
            raise CelError(reason, None, expression)
    return Program(expression, variables, str(checked.return_type()).lower(), compiled)


def bind(variables: Variables, values: Mapping[str, Document]) -> Bindings:
    """Make documents the values of variables, for all programs over them."""
    key = tuple(sorted(variables.items()))
    return Bindings(key, {name: values[name].plain for name, _ in key})


def evaluate(program: Program, bindings: Bindings, current: Document | None = None) -> Any:
    """Give the value of an expression, a plain Python value, or the `CelError` that says why it has none.

    ``current`` is what `CURRENT` gives in the expression: by it, one binding to many documents serves for an evaluation
    on each of them.
    """
    _current.plain = current.plain if current is not None else {}
    try:
        value = program.compiled.eval(bindings.activation)
        if value.type().name() == "ERROR":
            return CelError(_reworded(str(value.value())), None, program.expression)
        return _Result().of(value)
    except CelError as error:
        return error
    except (RuntimeError, TypeError, ValueError) as error:
        return CelError(_reworded(str(error)), None, program.expression)


class _Result:
    """Turns what the engine gives into plain values; small texts can stand for structures of any size."""

    def __init__(self) -> None:
        self._nodes = 0

    def of(self, value: "cel.Value") -> Any:
        self._nodes += 1
        if self._nodes > LARGEST_RESULT:
            raise CelError(f"the expression gives more than {LARGEST_RESULT} nodes")
        kind = value.type().name()
        if kind.startswith("LIST"):
            return [self.of(item) for item in value.value()]
        if kind.startswith("MAP"):
            return {key: self.of(item) for key, item in value.value().items()}
        plain = value.value()
        return bytes(plain) if isinstance(plain, bytearray) else plain


def _mistake(text: str, expression: str) -> CelError:
    """Make the error of the first problem that the compiler names."""
    problems = _PROBLEM.findall(text)
    if not problems:
        return CelError(_reworded(text), None, expression)
    line, column, problem = problems[0]
    message = _reworded(problem.replace(" (in container '')", ""))
    lines = expression.split("\n")
    if int(line) < 1 or int(line) > len(lines):
        return CelError(message, None, expression)
    before = sum(len(one) + 1 for one in lines[: int(line) - 1])
    return CelError(message, min(before + max(int(column) - 1, 0), len(expression)), expression)


def _reworded(text: str) -> str:
    """Say an error of the engine in the words of the Kubernetes API server."""
    text = _STATUS.sub("", text.strip())
    if match := _MISSING_KEY.fullmatch(text):
        return "no such key: " + _ESCAPED.sub(r"\1", match[2])
    for engine, ours in _REWORDED.items():
        if text.startswith(engine):
            return ours + text[len(engine) :] if ours.endswith(" ") else ours
    return text


# The environments.


@lru_cache(maxsize=32)
def _environment(variables: tuple[tuple[str, str], ...]) -> _Environment:
    cel = _engine()
    functions = (*FUNCTIONS, *_FOUND_BY_ENGINE, Function("cnlint.current", "", (), "map<string,dyn>", _current))
    declared = {name: cel.Type(kind) for name, kind in variables}
    merged = cel.CelExtension("kubernetes", _declarations(MERGED))
    checker = cel.NewEnv(
        config=cel.NewEnvConfigFromYaml(_configuration(functions)), variables=declared, extensions=[merged]
    )
    library = cel.CelExtension("kubernetes", _implementations((*functions, *MERGED)))
    runtime = cel.NewEnv(config=cel.NewEnvConfigFromYaml(_configuration()), variables=declared, extensions=[library])
    return _Environment(checker, runtime)


@cache
def _engine() -> Any:
    try:
        from cel_expr_python import cel
    except ImportError as error:
        raise NotInstalledError(f"policies need CEL, which is not installed: {INSTALL}") from error
    return cel


def _configuration(functions: tuple[Function, ...] = (), *more: str) -> str:
    """Write the configuration of an environment, as YAML."""
    libraries: list[dict[str, Any]] = [{"name": name} for name in (*_LIBRARIES, *more)]
    libraries.append({"name": "strings", "version": _STRINGS_VERSION})
    declared: dict[str, list[dict[str, Any]]] = {}
    for number, function in enumerate(functions):
        overload: dict[str, Any] = {
            "id": _id(number, function),
            "args": [_type_name(name) for name in function.arguments],
            "return": _type_name(function.returns),
        }
        if function.target:
            overload["target"] = _type_name(function.target)
        declared.setdefault(function.name, []).append(overload)
    listed = [{"name": name, "overloads": overloads} for name, overloads in declared.items()]
    return json.dumps({"name": "cnlint", "extensions": libraries, "functions": listed})


def _id(number: int, function: Function) -> str:
    return f"kubernetes_{function.name.replace('.', '_')}_{number}"


def _type_name(name: str) -> dict[str, Any]:
    """Write a type for the engine: ``list<int>`` has the parameter ``int``."""
    outer, bracket, inner = name.partition("<")
    if not bracket:
        return {"type_name": f"kubernetes.{name}" if name[0].isupper() else name}
    parameters, depth = [""], 0
    for sign in inner[:-1]:
        depth += (sign == "<") - (sign == ">")
        if sign == "," and not depth:
            parameters.append("")
        else:
            parameters[-1] += sign
    return {"type_name": outer, "params": [_type_name(one) for one in parameters]}


def _declarations(functions: tuple[Function, ...]) -> "list[cel.FunctionDecl]":
    cel = _engine()
    return [
        cel.FunctionDecl(
            function.name,
            [
                cel.Overload(
                    _id(number, function),
                    cel.Type(function.returns),
                    [cel.Type(name) for name in (function.target, *function.arguments)],
                    True,
                )
            ],
        )
        for number, function in enumerate(functions)
    ]


def _implementations(functions: tuple[Function, ...]) -> "list[cel.FunctionDecl]":
    """Give the functions as they are run: one overload for all whose arguments are of the same kinds of values."""
    cel = _engine()
    by_kinds: dict[str, dict[tuple[bool, tuple[str, ...]], list[Function]]] = {}
    for function in functions:
        key = (bool(function.target), tuple(map(_kind, _parameters(function))))
        by_kinds.setdefault(function.name, {}).setdefault(key, []).append(function)
    declarations = [
        cel.FunctionDecl(
            name,
            [
                cel.Overload(
                    f"run_{name}_{number}",
                    cel.Type.DYN,
                    [getattr(cel.Type, kind) for kind in kinds],
                    is_method,
                    impl=_implementation(alike),
                )
                for number, ((is_method, kinds), alike) in enumerate(overloads.items())
            ],
        )
        for name, overloads in by_kinds.items()
    ]
    return [*declarations, *_of_our_optionals()]


def _of_our_optionals() -> "Iterator[cel.FunctionDecl]":
    """Give the functions of optional values for those that functions of ours give.

    The engine has no way to make one in Python: they are run as a list or map, which is empty where there is no value.
    """
    cel = _engine()
    for name, call in (("hasValue", bool), ("value", _value_of_optional)):
        kinds = (cel.Type.LIST, cel.Type.MAP)
        overloads = [
            cel.Overload(f"run_{name}_{number}", cel.Type.DYN, [kind], True, impl=call)
            for number, kind in enumerate(kinds)
        ]
        yield cel.FunctionDecl(name, overloads)


def _value_of_optional(value: Any) -> Any:
    if not value:
        raise ValueError("optional.none() dereference")
    return value


def _parameters(function: Function) -> tuple[str, ...]:
    return (function.target, *function.arguments) if function.target else function.arguments


def _kind(name: str) -> str:
    """Give the kind of the values of a type: those of our own are maps that say their type."""
    outer = name.partition("<")[0]
    return "MAP" if outer[0].isupper() else outer.upper()


def _implementation(alike: list[Function]) -> Callable[..., Any]:
    """Give what runs one of the functions of a name whose arguments are of the same kinds."""

    def run(*arguments: Any) -> Any:
        for function in alike:
            taken = _unpacked(function, arguments)
            if taken is not None:
                return _packed(function.returns, function.call(*taken))
        raise ValueError(f"no such overload: {alike[0].name}")

    return run


def _unpacked(function: Function, arguments: tuple[Any, ...]) -> list[Any] | None:
    """Take values of our own types out of their maps; ``None`` where one is of another type."""
    taken = []
    for name, argument in zip(_parameters(function), arguments, strict=True):
        if name[0].isupper():
            if argument.get(_TAG) != name or not isinstance(argument.get(_CONTENT), str):
                return None
            taken.append(argument[_CONTENT])
        else:
            taken.append(argument)
    return taken


def _packed(returns: str, value: Any) -> Any:
    name = returns.removeprefix(_OPTIONAL).removesuffix(">") if returns.startswith(_OPTIONAL) else returns
    if not name[0].isupper():
        return value
    return {} if value is None else {_TAG: name, _CONTENT: value}


class _Current:
    """Holds the document that the evaluation under way is about."""

    def __init__(self) -> None:
        self.plain: Any = {}

    def __call__(self) -> Any:
        return self.plain


_current = _Current()


# Regular expressions, with those of the engine, which take linear time.


def _find(text: str, pattern: str, limit: int = -1) -> list[str]:
    environment, program = _finder()
    value = program.eval(environment.Activation({"text": text, "pattern": _without_groups(pattern)}))
    if value.type().name() == "ERROR":
        raise ValueError(_reworded(str(value.value())))
    found = [item.value() for item in value.value()]
    return found if limit < 0 else found[:limit]


@cache
def _finder() -> "tuple[cel.Env, cel.Expression]":
    cel = _engine()
    variables = {"text": cel.Type.STRING, "pattern": cel.Type.STRING}
    environment = cel.NewEnv(config=cel.NewEnvConfigFromYaml(_configuration((), "regex")), variables=variables)
    return environment, environment.compile("regex.extractAll(text, pattern)")


_PIECE = regex(r"\\Q.*?(?:\\E|$)|\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]|\(\?P?<\w+>|\((?!\?)", re.DOTALL)


def _without_groups(pattern: str) -> str:
    """Let no group capture: the engine gives groups in place of the whole match."""
    return _PIECE.sub(lambda piece: "(?:" if piece[0].startswith("(") else piece[0], pattern)


_FOUND_BY_ENGINE = (
    Function("find", "string", ("string",), "string", lambda text, pattern: next(iter(_find(text, pattern)), "")),
    Function("findAll", "string", ("string",), "list<string>", _find),
    Function("findAll", "string", ("string", "int"), "list<string>", _find),
)
