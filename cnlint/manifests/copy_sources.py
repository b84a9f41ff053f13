"""What the sources of COPY and ADD are: files of the build context, archives, and addresses."""

import re
from typing import TYPE_CHECKING, Literal

from cnlint.syntax.patterns import regex

if TYPE_CHECKING:
    from cnlint.manifests.dockerfile import Copy, InstructionWord

SourceKind = Literal["archive", "git", "local", "url"]

# What ADD unpacks, by the end of the name. It looks at the content, but nobody calls an archive otherwise.
_ARCHIVE_SUFFIXES = (
    *(".tar", ".Z", ".bz2", ".gz", ".lz", ".lzma", ".tZ", ".tb2", ".tbz", ".tbz2", ".tgz", ".tlz", ".tpz", ".txz"),
    *(".xz", ".zst", ".tzst"),
)
_GIT = regex(
    r"(?:git|ssh)://|[\w.-]+@[\w.-]+:|github\.com/|https?://[^\s#?]*\.git(?:[#?]|\Z)", re.IGNORECASE | re.ASCII
)
_URL = regex(r"https?://", re.IGNORECASE)
_FILLED_IN_LATER = regex(r"\{\{|\{%|<%|@@")
_VARIABLE_AT_END = regex(r"(?:\$\w+|\})\Z", re.ASCII)


def is_archive(name: str) -> bool:
    """Tell by its name whether a file is an archive that ADD unpacks. It does not unpack ``.zip`` and ``.jar``."""
    return name.endswith(_ARCHIVE_SUFFIXES)


def kind_of_source(word: "InstructionWord") -> SourceKind | None:
    """Tell what a source is as ADD sees it; ``None`` when a variable hides that. To COPY all are local."""
    text = written(word)
    address = kind_of_address(text)
    if address is not None:
        return address
    if is_archive(text):
        return "archive"
    is_hidden = word.value is None and (text.startswith("$") or _VARIABLE_AT_END.search(text) is not None)
    return None if is_hidden else "local"


def kind_of_address(text: str) -> Literal["git", "url"] | None:
    """Tell whether ADD fetches a source as a repository or as a file; ``None`` for what is in the context."""
    if _GIT.match(text):
        return "git"
    return "url" if _URL.match(text) else None


def is_garbled(copy: "Copy") -> bool:
    """Tell whether the words are not what is meant: part of a template, a comment, or of a broken exec form."""
    instruction = copy.instruction
    value = instruction.node.value
    if value.startswith("[") and not instruction.is_exec_form:
        return True
    return _FILLED_IN_LATER.search(value) is not None or any(word.text.startswith("#") for word in instruction.words)


def written(word: "InstructionWord") -> str:
    """Give a word with variables put in; as written, without the quotes around it, where they are not known."""
    return word.text.strip("\"'") if word.value is None else word.value


def ends_in_unknown(word: "InstructionWord") -> bool:
    """Tell whether a variable hides the end of a word."""
    return word.value is None and _VARIABLE_AT_END.search(written(word)) is not None
