"""What the YAML parsers complain of, said so that a person finds the mistake."""

from typing import Any

from cnlint.syntax.libyaml import YAMLError

READ_ERRORS = (YAMLError, UnicodeEncodeError)
"""What a parser may raise. Lone surrogates cannot be passed to libyaml at all."""

AFTER_END = "nothing but --- may follow the end of a document"
_NEWLINE = "\n"
_CLOSERS = {"{": "}", "[": "]"}


def explain(error: Any, text: str, first_line: int) -> tuple[str, int, int]:
    """Give the message for one of `READ_ERRORS`, and where in the parser's text the mistake starts and ends.

    ``first_line`` is the number that the text's first line has in the file.
    """
    if isinstance(error, UnicodeEncodeError):
        code = ord(text[error.start])
        return f"U+{code:04X} is half a character and cannot stand alone", error.start, error.start + 1
    if hasattr(error, "position"):
        return _unreadable(error, text)
    problem: str = error.problem or "not valid YAML"
    context: str = error.context or ""
    offset = min(_index(error.problem_mark, 0), len(text))
    opened = min(_index(error.context_mark, offset), len(text))
    line_above = f"line {first_line + text.count(_NEWLINE, 0, opened)}"
    message, place = _message(problem, context, offset, opened, text, line_above)
    # What is missing at the end is best shown at the last thing that is there.
    place = max(min(place, len(text.rstrip()) - 1), 0)
    return message, place, place + (place < len(text) and text[place] not in "\r\n")


def _index(mark: Any, default: int) -> int:
    return default if mark is None else int(mark.index)


def _unreadable(error: Any, text: str) -> tuple[str, int, int]:
    position: int = error.position
    # libyaml counts bytes, PyYAML characters.
    if error.encoding == "?":
        position = len(text.encode()[:position].decode("utf-8", "ignore"))
    position = min(position, len(text))
    name = f"U+{ord(text[position]):04X}" if position < len(text) else "a character"
    return f"{name} must not stand in YAML: write it as an escape in double quotes", position, position + 1


def _message(problem: str, context: str, offset: int, opened: int, text: str, line_above: str) -> tuple[str, int]:
    """Give a clearer message than the parser's, and the better place for it."""
    found = text[offset : offset + 1]
    if "cannot start any token" in problem:
        if found == "\t":
            return "found a tab used for indentation: indent with spaces", offset
        return f'a plain value cannot start with "{found}": quote it', offset
    if "tab character" in problem:
        return "found a tab used for indentation: indent with spaces", offset
    if "quoted scalar" in context or "-quoted" in context:
        if "end of stream" in problem or "document" in problem:
            return "the quote that opens here is never closed", opened
        if "unknown escape" in problem:
            # libyaml points at the backslash, PyYAML behind it.
            place = offset if found == "\\" else max(offset - 1, 0)
            escape = text[place : place + 2]
            return f'"{escape}" is no escape of double-quoted text: double the backslash or use single quotes', place
        if "escape code" in problem:
            return "this escape stands for no character", offset
    if "expected ':'" in problem:
        return 'expected ":" after this key', opened
    if "mapping values are not allowed" in problem:
        return 'a ":" is not allowed here: quote the value, or mend the indentation', offset
    if "sequence entries are not allowed" in problem:
        return 'a list item cannot start here: mend the indentation, or put the "-" on a line of its own', offset
    if "block scalar" in context:
        return "only an indentation digit, + or -, and a comment may follow the sign of a block scalar", offset
    if "block" in context and not _is_first_on_line(text, offset):
        return "nothing may follow the value here: check its quotes", offset
    if "mapping" in context and "block" in context:
        return f"expected a key of the mapping that starts on {line_above}: mend the indentation", offset
    if "block" in context and ("collection" in context or "sequence" in context):
        return f'expected a "-" of the list that starts on {line_above}: mend the indentation', offset
    if "flow" in context and ("expected ',' or" in problem):
        bracket = text[opened : opened + 1]
        closer = _CLOSERS.get(bracket, bracket)
        if offset >= len(text.rstrip()):
            return f'the "{bracket}" that opens here is never closed', opened
        return f'expected "," or "{closer}" for the "{bracket}" on {line_above}', offset
    if "node content" in problem:
        return "expected a value here", offset
    if "document start" in problem:
        return AFTER_END, offset
    return _plain(problem, context), offset


def _is_first_on_line(text: str, offset: int) -> bool:
    line_start = max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1
    return not text[line_start:offset].strip()


def _plain(problem: str, context: str) -> str:
    problem = problem.replace("did not find expected", "expected")
    return f"{problem} {context}".strip()
