"""Policies on objects: expressions over ``object`` and ``objects`` that give a message, or whether all is well."""

from typing import Any, NamedTuple

from cnlint.policies.cel import CURRENT, Bindings, CelError, Document, Program, bind, compile_expression, evaluate

_OBJECT = {"object": "map<string,dyn>"}
_ALL = {"objects": "list<map<string,dyn>>"}
_RESULTS = ("string", "bool", "dyn")


class ObjectPolicy(NamedTuple):
    """A compiled policy."""

    program: Program
    needs_all: bool
    """Whether it looks at all objects of the project."""


def compile_policy(expression: str) -> ObjectPolicy:
    """Compile the expression of a policy.

    Raises `CelError` for a mistake in it, and `cnlint.policies.cel.NotInstalledError`.
    """
    try:
        policy = ObjectPolicy(compile_expression(expression, _OBJECT), False)
    except CelError:
        # That of the expression over both variables is the better message.
        compile_expression(expression, {**_OBJECT, **_ALL})
        # The line end closes a comment.
        around = f"cel.bind(object, {CURRENT}, {expression}\n)"
        policy = ObjectPolicy(compile_expression(around, _ALL), True)
    if policy.program.returns not in _RESULTS:
        raise CelError(f"the expression is of type {policy.program.returns}; a policy gives a string or a bool")
    return policy


def bind_object(document: Document) -> Bindings:
    """Make an object the ``object`` of the policies that look at it alone."""
    return bind(_OBJECT, {"object": document})


def bind_objects(everything: Document) -> Bindings:
    """Make all objects the ``objects`` of the policies that look at all, for one ``object`` after another."""
    return bind(_ALL, {"objects": everything})


def verdict(policy: ObjectPolicy, bindings: Bindings, document: Document) -> str | bool | CelError:
    """Say what a policy finds: a message that is empty where all is well, false where it is not, or an error."""
    value: Any = evaluate(policy.program, bindings, document)
    if isinstance(value, str | bool | CelError):
        return value
    return CelError(f"the expression gives {_article(value)}; a policy gives a string or a bool")


def _article(value: Any) -> str:
    names = {list: "a list", dict: "a map", int: "an int", float: "a double", type(None): "null"}
    return names.get(type(value), f"a {type(value).__name__}")
