"""How an instruction of a Dockerfile is split: flags, words, exec form (JSON), ``key=value`` pairs and heredoc words.

The rules are those of BuildKit's Dockerfile parser. All offsets count in the text of the instruction.
"""

import json
from typing import NamedTuple

from cnlint.syntax.patterns import regex

_BLANKS = regex(r"[\t\v\f\r ]+")
_NO_BLANKS = regex(r"[^\t\v\f\r ]+")
_PLAIN_WORD = regex(r"[^\s'\"\\]++(?=\s|\Z)")
_SPACES = regex(r"\s*")
# A word as far as it goes, by the escape character: escapes mean nothing in single quotes.
_QUOTED_WORDS = {
    "\\": regex(r"""(?:[^\s'"\\]++|\\[\s\S]?|'[^']*+'?|"(?:[^"\\]++|\\[\s\S]?)*+"?)++"""),
    "`": regex(r"""(?:[^\s'"`]++|`[\s\S]?|'[^']*+'?|"(?:[^"`]++|`[\s\S]?)*+"?)++"""),
}
_HEREDOC = regex(r"(\d*)<<(-?)\s*([^<]*)\Z")
_JSON_BLANK = " \t\r\n"


class Word(NamedTuple):
    """A word of an instruction: its text as written, quotes included, and where it stands."""

    text: str
    start: int
    end: int


class Flag(NamedTuple):
    """A builder flag: ``--name=value``, or ``--name`` with ``value`` ``None``; quotes and escapes are taken off."""

    name: str
    value: str | None
    start: int
    end: int
    terminated: bool
    """Whether its quotes are closed."""


class Pair(NamedTuple):
    """A key and its value as written (quotes kept): of ENV, LABEL and ARG. An ARG may have no value."""

    key: str
    value: str | None
    start: int
    end: int
    value_start: int


class HeredocWord(NamedTuple):
    """The word that announces a heredoc: ``<<EOF``, ``3<<-"EOF"``."""

    name: str
    descriptor: int
    strips_tabs: bool
    expands: bool
    """Whether variables in the body are expanded: the name is not quoted."""
    start: int
    end: int


def blank_words(text: str, start: int = 0, limit: int = 0) -> list[Word]:
    """Split at blanks only; quotes mean nothing (COPY, ADD, EXPOSE, FROM, VOLUME). ``limit`` bounds the splits."""
    if not limit:
        return [Word(match[0], *match.span()) for match in _NO_BLANKS.finditer(text, start)]
    words: list[Word] = []
    position = start
    while position < len(text):
        match = _BLANKS.search(text, position)
        if match is None or len(words) == limit:
            words.append(Word(text[position:], position, len(text)))
            break
        if match.start() > position:
            words.append(Word(text[position : match.start()], position, match.start()))
        position = match.end()
    return words


def leading_flags(text: str, start: int) -> tuple[list[Flag], int]:
    """Read the words that start with ``--`` before all others; give them and the offset where the rest starts."""
    flags: list[Flag] = []
    position = start
    while True:
        position = _skip_blanks(text, position)
        if not text.startswith("--", position):
            return flags, position
        begin = position
        value, position, terminated = _flag_word(text, position)
        if value == "--":
            return flags, _skip_blanks(text, position)
        name, equals, content = value[2:].partition("=")
        flags.append(Flag(name, content if equals else None, begin, position, terminated))


def _flag_word(text: str, position: int) -> tuple[str, int, bool]:
    plain = _PLAIN_WORD.match(text, position)
    if plain is not None:
        return plain[0], plain.end(), True
    letters = []
    quote = ""
    while position < len(text):
        char = text[position]
        if char == "\\" and position + 1 < len(text):
            letters.append(text[position + 1])
            position += 2
            continue
        if quote:
            if char == quote:
                quote = ""
            elif char != "\\":
                letters.append(char)
        elif char in "'\"":
            quote = char
        elif char.isspace():
            break
        elif char != "\\":
            letters.append(char)
        position += 1
    return "".join(letters), position, not quote


def quoted_words(text: str, start: int, escape: str) -> list[Word]:
    """Split at blanks outside quotes and not after the escape character; quotes and escapes stay (ENV, LABEL, ARG)."""
    return [Word(match[0], *match.span()) for match in _QUOTED_WORDS[escape].finditer(text, start)]


def pairs(text: str, start: int, escape: str) -> list[Pair]:
    """Read the keys and values of ENV and LABEL: ``key=value ...`` or the older ``key value``.

    A word without ``=`` among the former has no value.
    """
    words = quoted_words(text, start, escape)
    if words and "=" not in words[0].text:
        parts = blank_words(text, start, limit=1)
        if len(parts) < 2:
            return [Pair(parts[0].text, None, parts[0].start, parts[0].end, parts[0].end)]
        return [Pair(parts[0].text, parts[1].text, parts[0].start, parts[1].end, parts[1].start)]
    return [_pair(word) for word in words]


def arguments(text: str, start: int, escape: str) -> list[Pair]:
    """Read the names, with or without value, of ARG."""
    return [_pair(word) for word in quoted_words(text, start, escape)]


def _pair(word: Word) -> Pair:
    key, equals, value = word.text.partition("=")
    return Pair(key, value if equals else None, word.start, word.end, word.start + len(key) + len(equals))


class NotStringsError(ValueError):
    """A JSON array that holds something else than strings."""


def json_words(text: str, start: int) -> list[Word] | None:
    """Read a JSON array of strings (exec form); the words are the strings' values.

    Give ``None`` when there is no JSON array: the builder takes the text as it stands then. What follows the array is
    ignored, as the builder does. Raise `NotStringsError` when the array holds something else.
    """
    position = _skip_blanks(text, start)
    if not text.startswith("[", position):
        return None
    words: list[Word] = []
    all_strings = True
    position = _skip_json_blanks(text, position + 1)
    if text.startswith("]", position):
        return words
    try:
        while True:
            value, end = _DECODER.raw_decode(text, position)
            if isinstance(value, str):
                words.append(Word(value, position, end))
            else:
                all_strings = False
            position = _skip_json_blanks(text, end)
            if text.startswith("]", position):
                break
            if not text.startswith(",", position):
                return None
            position = _skip_json_blanks(text, position + 1)
    except (ValueError, RecursionError):
        return None
    if not all_strings:
        raise NotStringsError
    return words


def _no_constant(name: str) -> None:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def heredoc_words(text: str) -> list[HeredocWord]:
    """Find the words that announce heredocs in the text of an instruction, in order."""
    if "<<" not in text:
        return []
    found = []
    for word in _shell_words(text):
        match = _HEREDOC.match(word.text)
        if match is None or not match[3]:
            continue
        name = unquote(match[3])
        if name:
            found.append(HeredocWord(name, int(match[1] or 0), match[2] == "-", name == match[3], word.start, word.end))
    return found


def _shell_words(text: str) -> list[Word]:
    """Split at blanks outside quotes, ``${...}`` and escapes; no words at all when one of them is not closed."""
    words: list[Word] = []
    position = begin = 0
    closers: list[str] = []
    while position < len(text):
        char = text[position]
        closer = closers[-1] if closers else ""
        if char == "\\" and closer != "'":
            position += 2
            continue
        if char == closer:
            closers.pop()
        elif closer == "'":
            pass
        elif char == "$" and text.startswith("{", position + 1):
            closers.append("}")
            position += 1
        elif char == '"' or (char == "'" and closer != '"'):
            closers.append(char)
        elif not closer and char.isspace():
            if position > begin:
                words.append(Word(text[begin:position], begin, position))
            begin = position + 1
        position += 1
    if closers:
        return []
    if begin < len(text):
        words.append(Word(text[begin:], begin, len(text)))
    return words


def unquote(text: str, escape: str = "\\") -> str:
    """Take quotes and escapes off a word, as a shell does, and leave variables as they stand."""
    letters = []
    position = 0
    quote = ""
    while position < len(text):
        char = text[position]
        following = text[position + 1 : position + 2]
        if char == escape and quote != "'" and following:
            if quote and following not in ('"', "$", escape):
                letters.append(char)
            letters.append(following)
            position += 2
            continue
        if char == quote:
            quote = ""
        elif not quote and char in "'\"":
            quote = char
        else:
            letters.append(char)
        position += 1
    return "".join(letters)


def _skip_blanks(text: str, position: int) -> int:
    match = _SPACES.match(text, position)
    return match.end() if match else position


def _skip_json_blanks(text: str, position: int) -> int:
    while position < len(text) and text[position] in _JSON_BLANK:
        position += 1
    return position
