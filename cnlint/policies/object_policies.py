"""Policies on objects: expressions over ``object`` and ``objects`` that give a message, or whether all is well."""

from typing import Any, NamedTuple

from cnlint.policies.cel import Bindings, CelError, Document, Program, bind, compile_expression, evaluate

_OBJECT = {"object": "map<string,dyn>"}
_ALL = {**_OBJECT, "objects": "list<map<string,dyn>>"}
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
        policy = ObjectPolicy(compile_expression(expression, _ALL), True)
    if policy.program.returns not in _RESULTS:
        raise CelError(f"the expression gives a {policy.program.returns}; a policy gives a string or a bool")
    return policy


def bind_object(value: Document) -> Bindings:
    """Make an object the ``object`` of policies that look at it alone."""
    return bind(_OBJECT, {"object": value})


def bind_objects(value: Document, everything: Document) -> Bindings:
    """Make an object the ``object``, and all of them the ``objects``, of policies that look at all."""
    return bind(_ALL, {"object": value, "objects": everything})


def verdict(policy: ObjectPolicy, bindings: Bindings) -> str | bool | CelError:
    """Say what a policy finds: a message that is empty where all is well, false where it is not, or an error."""
    value: Any = evaluate(policy.program, bindings)
    if isinstance(value, str | bool | CelError):
        return value
    return CelError(f"the expression gives {_article(value)}; a policy gives a string or a bool")


def _article(value: Any) -> str:
    names = {list: "a list", dict: "a map", int: "an int", float: "a double", type(None): "null"}
    return names.get(type(value), f"a {type(value).__name__}")
