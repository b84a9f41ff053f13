"""JSON as the parser events of YAML, for valid JSON that libyaml refuses.

It refuses keys of more than 1,024 characters, surrogate pairs in escapes and several values one after the other, all of
which JSON readers take.
"""

from collections.abc import Generator
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]
from typing import Any

from cnlint.syntax.libyaml import (
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from cnlint.syntax.patterns import regex

_SPACE = regex(r"[ \t\r\n]*")
_LITERAL = regex(r"true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")


class JsonError(Exception):
    """The text is no JSON."""


class _Mark:
    __slots__ = ("index",)

    def __init__(self, index: int) -> None:
        self.index = index


class JsonParser:
    """A parser over the JSON values that ``text`` holds, with ``get_event`` as PyYAML's parsers have it.

    ``get_event`` raises `JsonError` where the text is no JSON.
    """

    def __init__(self, text: str) -> None:
        self.get_event = _events(text).__next__


def _events(text: str) -> Generator[Any, None, None]:
    position = _skip(text, 0)
    while position < len(text):
        mark = _Mark(position)
        yield DocumentStartEvent(mark, mark)
        position = yield from _value(text, position)
        mark = _Mark(position)
        yield DocumentEndEvent(mark, mark)
        position = _skip(text, position)
    yield StreamEndEvent(_Mark(position), _Mark(position))


def _value(text: str, position: int) -> Generator[Any, None, int]:
    """Yield the events of one value; iterative, for input may be nested deeply. Returns where the value ends."""
    open_brackets: list[str] = []
    while True:
        opening = text[position : position + 1]
        if opening in ("{", "["):
            yield _start(opening, position)
            open_brackets.append("}" if opening == "{" else "]")
            position = _skip(text, position + 1)
            if not text.startswith(open_brackets[-1], position):
                if opening == "{":
                    position = yield from _key(text, position)
                continue
        else:
            event, position = _scalar(text, position)
            yield event
        while open_brackets:
            position = _skip(text, position)
            if text.startswith(open_brackets[-1], position):
                yield _end(open_brackets.pop(), position)
                position += 1
                continue
            if not text.startswith(",", position):
                raise JsonError
            position = _skip(text, position + 1)
            if open_brackets[-1] == "}":
                position = yield from _key(text, position)
            break
        else:
            return position


def _key(text: str, position: int) -> Generator[Any, None, int]:
    """Yield a key; returns where its value starts."""
    event, position = _scalar(text, position)
    if event.style != '"':
        raise JsonError
    yield event
    position = _skip(text, position)
    if not text.startswith(":", position):
        raise JsonError
    return _skip(text, position + 1)


def _scalar(text: str, position: int) -> tuple[Any, int]:
    if text.startswith('"', position):
        try:
            value, end = scanstring(text, position + 1, True)
        except JSONDecodeError as error:
            raise JsonError from error
        # A lone half of a surrogate pair is no character; JSON readers put U+FFFD in its place.
        value = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return ScalarEvent(None, None, (False, True), value, _Mark(position), _Mark(end), style='"'), end
    found = _LITERAL.match(text, position)
    if found is None:
        raise JsonError
    return ScalarEvent(None, None, (True, False), found[0], _Mark(position), _Mark(found.end()), style=""), found.end()


def _start(bracket: str, position: int) -> Any:
    kind = MappingStartEvent if bracket == "{" else SequenceStartEvent
    return kind(None, None, True, _Mark(position), _Mark(position + 1), flow_style=True)


def _end(bracket: str, position: int) -> Any:
    kind = MappingEndEvent if bracket == "}" else SequenceEndEvent
    return kind(_Mark(position), _Mark(position + 1))


def _skip(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position
