"""Parser directives: ``# syntax=docker/dockerfile:1``, ``# escape=` ``."""

import re
from collections.abc import Iterator

from cnlint.findings import Edit, Fix, Place, Related, Report, report
from cnlint.manifests.dockerfile import Dockerfile, Instruction
from cnlint.rules import check
from cnlint.syntax.dockerfile import Comment, Directive
from cnlint.syntax.patterns import regex
from cnlint.syntax.source import Span

_DIRECTIVE = regex(r"#\s*(syntax|escape)\s*=\s*(\S+)\s*", re.IGNORECASE)
_REFERENCE = regex(r"[\w.:/@+-]*[\w]")


@check("DF012")
def misplaced_parser_directive(dockerfile: Dockerfile) -> Iterator[Report]:
    in_force = {directive.span.line for directive in dockerfile.syntax.directives}
    names = {directive.name for directive in dockerfile.syntax.directives}
    for comment in dockerfile.syntax.comments:
        match = _DIRECTIVE.fullmatch(comment.text)
        if match is None or comment.line in in_force:
            continue
        name, value = match[1].lower(), match[2]
        if not (_REFERENCE.fullmatch(value) if name == "syntax" else value in ("\\", "`")):
            continue
        place = Place(dockerfile.path, _span_of(comment))
        message = f'"{name}={value}" is no parser directive here, but a comment: '
        if name in names:
            yield report(place, message + f"the file has a directive {name} at its top", hint="delete it")
            continue
        message += "a directive stands above all else in the file"
        yield report(place, message, fixes=_at_the_top(comment, dockerfile))


def _span_of(comment: Comment) -> Span:
    return Span(comment.line, comment.column, comment.line, comment.column + len(comment.text.rstrip()))


def _at_the_top(comment: Comment, dockerfile: Dockerfile) -> list[Fix]:
    if dockerfile.syntax.source.text.startswith("#!"):
        return []
    insertion = Edit(Span(1, 1, 1, 1), comment.text.rstrip() + "\n")
    deletion = Edit(Span(comment.line, 1, comment.line + 1, 1), "")
    return [Fix("move the directive to the top of the file", (insertion, deletion))]


_PINNED = regex(r"(?:(?:docker\.io|index\.docker\.io)/)?docker/dockerfile:(\d+)\.(\d+)(?:\.\d+)?")
_Version = tuple[int, int]
# What each flag needs at least.
_FLAGS: dict[tuple[str, str], _Version] = {
    ("RUN", "mount"): (1, 2),
    ("RUN", "network"): (1, 3),
    ("RUN", "security"): (1, 20),
    ("ADD", "chmod"): (1, 2),
    ("COPY", "chmod"): (1, 2),
    ("ADD", "link"): (1, 4),
    ("COPY", "link"): (1, 4),
    ("ADD", "keep-git-dir"): (1, 1),
    ("ADD", "checksum"): (1, 6),
    ("ADD", "unpack"): (1, 17),
    ("ADD", "exclude"): (1, 19),
    ("COPY", "exclude"): (1, 19),
    ("COPY", "parents"): (1, 20),
}
_HEREDOC = (1, 4)
_SYMBOLIC_MODE = (1, 14)
_OCTAL = regex(r"[0-7]*")


@check("DF014")
def syntax_directive_too_old(dockerfile: Dockerfile) -> Iterator[Report]:
    directive = dockerfile.syntax_directive
    pinned = _PINNED.fullmatch(directive.value) if directive else None
    if directive is None or pinned is None or len(pinned[1] + pinned[2]) > 8:
        return
    version = int(pinned[1]), int(pinned[2])
    missing: dict[str, tuple[_Version, Place]] = {}
    for instruction in dockerfile.instructions:
        for needed, label, place in _features(instruction.trigger or instruction):
            if needed > version:
                missing.setdefault(label, (needed, place))
    if not missing:
        return
    label = max(missing, key=lambda label: missing[label][0])
    newest = _text(missing[label][0])
    others = f" (nor {', '.join(other for other in missing if other != label)})" if len(missing) > 1 else ""
    yield report(
        Place(dockerfile.path, directive.span),
        f"{directive.value} does not know {label}, which came with {newest}{others}",
        related=[Related(place, f"{label} came with {_text(needed)}") for label, (needed, place) in missing.items()],
        hint=f"write docker/dockerfile:1, or {newest} at least",
        fixes=[Fix("follow the major version 1", (_major_version(directive),))],
    )


def _features(instruction: Instruction) -> Iterator[tuple[_Version, str, Place]]:
    """Give what an instruction needs that did not come with the first version, with its place."""
    node = instruction.node
    for heredoc in node.heredocs:
        yield _HEREDOC, "heredocs", instruction.place_of(heredoc.word.start, heredoc.word.end)
    for flag in node.flags:
        needed = _FLAGS.get((node.keyword, flag.name))
        if needed is None:
            continue
        place = instruction.place_of(flag.start, flag.end)
        mode = flag.value or ""
        if flag.name == "chmod" and "$" not in mode and not _OCTAL.fullmatch(mode):
            yield _SYMBOLIC_MODE, f"symbolic modes of {node.keyword} --chmod", place
        yield needed, f"{node.keyword} --{flag.name}", place


def _text(version: _Version) -> str:
    return f"{version[0]}.{version[1]}"


def _major_version(directive: Directive) -> Edit:
    line, _, _, end = directive.span
    tag = directive.value.rpartition(":")[2]
    return Edit(Span(line, end - len(tag), line, end), "1")
