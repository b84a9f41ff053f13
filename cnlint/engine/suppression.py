"""Suppressions: the comments and annotations by which people silence findings, our own and those of peers."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from cnlint.engine.results import Directive
from cnlint.syntax.source import Source, Span

if TYPE_CHECKING:
    from cnlint.engine.front_ends import Parsed
    from cnlint.manifests.kubernetes import Manifest

OWN = "cnlint"
EVERYTHING = "*"
_WHOLE_FILE = 1_000_000_000

# Cheap tests for files that hold no suppression at all, which is most of them.
_COMMENT_MARKS = (
    "cnlint",
    "hadolint",
    "zizmor",
    "checkov:skip",
    "check=",
    "check =",
    "trivy:ignore",
    "nosemgrep",
    "kics-scan",
    "shellcheck",
)
_ANNOTATION_MARKS = (
    "cnlint.dev/ignore",
    "kube-linter.io",
    "kube-score/ignore",
    "polaris.fairwinds.com",
    "checkov.io/skip",
)

_IDS = r"[A-Za-z0-9_.:@/*-]+(?:[ \t]*,[ \t]*[A-Za-z0-9_.:@/*-]+)*"
_OWN_COMMENT = rf"#\s*cnlint:\s*ignore(-file)?(?:\[\s*({_IDS})?\s*\])?[ \t]*(.*)"
# Peer -> its comment: where it reaches, the ids, the reason.
_PEER_COMMENTS = {
    "hadolint": r"#\s*hadolint\s+(?:(global|stage)\s+)?ignore\s*=\s*((?:DL|SC)\d+(?:\s*,\s*(?:DL|SC)\d+)*)()",
    "zizmor": rf"#\s*zizmor:\s*()ignore\[\s*({_IDS})\s*\]\s*(.*)",
    "checkov": r"#\s*checkov:()skip=(CKV2?_[A-Z0-9]+_\d+)\s*:?\s*(.*)",
    "trivy": rf"#\s*trivy:()ignore:({_IDS})()",
    "semgrep": rf"#\s*()nosemgrep:?\s*({_IDS})()",
    "kics": r"#\s*kics-scan\s+()(ignore-line)()",
    # ShellCheck itself does not see the comments between the lines of a RUN.
    "shellcheck": r"#\s*shellcheck\s+()(?:\S+\s+)*?disable=((?:SC)?\d{4}(?:,(?:SC)?\d{4})*)()",
}
_BUILDKIT_COMMENT = r"#\s*check\s*=\s*(\S+)(?:\s+//\s*(.*))?"
# Comments of these peers reach a whole file when they stand at its top.
_TOP_OF_FILE_PEERS = ("checkov",)
# Comments of these peers reach the whole Kubernetes object that they stand in or above.
_OBJECT_PEERS = ("checkov",)


def directives_of(source: Source, parsed: "Parsed | None") -> list[Directive]:
    """Find all suppressions of a file."""
    text = source.text
    found: list[Directive] = []
    if any(mark in text for mark in _COMMENT_MARKS):
        statement_ends = getattr(parsed, "statement_ends", None)
        found.extend(_from_comments(source, statement_ends() if statement_ends is not None else {}))
        if parsed is not None and any(one.peer in _OBJECT_PEERS for one in found):
            found = _of_objects(found, parsed)
    if parsed is not None and any(mark in text for mark in _ANNOTATION_MARKS):
        found.extend(_from_annotations(parsed))
    return found


def _from_comments(source: Source, ends: Mapping[int, int]) -> Iterator[Directive]:
    for number in range(1, len(source.starts) + 1):
        line = source.line(number)
        at = line.find("#")
        if at < 0 or not any(mark in line for mark in _COMMENT_MARKS):
            continue
        alone = not line[:at].strip()
        own = re.search(_OWN_COMMENT, line)
        if own is not None:
            yield _own_directive(own, number, _reach(source, number, alone, bool(own.group(1)), ends))
            continue
        checks = re.search(_BUILDKIT_COMMENT, line)
        if checks is not None:
            yield from _from_checks(checks, number, source, ends)
        for peer, pattern in _PEER_COMMENTS.items():
            match = re.search(pattern, line)
            if match is not None:
                everywhere = match.group(1) == "global" or (peer in _TOP_OF_FILE_PEERS and _at_top(source, number))
                reach = _reach(source, number, alone, everywhere, ends)
                if match.group(1) == "stage":
                    reach = number, _end_of_stage(source, reach[1])
                yield _peer_directive(peer, match, number, reach)
                break


def _from_checks(match: re.Match[str], number: int, source: Source, ends: Mapping[int, int]) -> Iterator[Directive]:
    """Read ``# check=skip=A,B;error=true``, for the whole file at its top, else for the instruction below."""
    at_top = _at_top(source, number)
    settings = dict(part.partition("=")[::2] for part in match[1].split(";"))
    span = Span(number, match.start(1) + 1, number, match.end(1) + 1)
    skipped = tuple(EVERYTHING if name.lower() == "all" else name for name in _split(settings.get("skip", "")))
    if skipped:
        reach = _reach(source, number, True, at_top, ends)
        yield Directive(skipped, "buildkit", *reach, (match[2] or "").strip(), span)
    if at_top and settings.get("error", "").lower() in ("true", "1"):
        yield Directive((EVERYTHING,), "buildkit", 1, _WHOLE_FILE, "", span, makes_errors=True)


def _reach(source: Source, number: int, alone: bool, everywhere: bool, ends: Mapping[int, int]) -> tuple[int, int]:
    """Give the first and last line that a comment reaches: its own, or the statement below when it stands alone.

    ``ends`` gives the last line of the statements that are known, by their first.
    """
    if everywhere:
        return 1, _WHOLE_FILE
    if not alone:
        return number, number
    following = number + 1
    while following <= len(source.starts):
        text = source.line(following).strip()
        if text and not text.startswith("#"):
            break
        following += 1
    last = following
    # An instruction or command that goes on over several lines is one statement.
    while last < len(source.starts) and source.line(last).rstrip().endswith(("\\", "`")):
        last += 1
    return number, max(last, ends.get(following, 0))


def _end_of_stage(source: Source, number: int) -> int:
    """Give the last line of the Dockerfile stage whose FROM stands at or below a line."""
    for following in range(number + 1, len(source.starts) + 1):
        if source.line(following).lstrip()[:5].upper() in ("FROM ", "FROM\t"):
            return following - 1
    return len(source.starts)


def _at_top(source: Source, number: int) -> bool:
    return all(not line or line.startswith("#") for line in (source.line(n).strip() for n in range(1, number)))


def _own_directive(match: re.Match[str], number: int, reach: tuple[int, int]) -> Directive:
    ids, at = match.group(2) or "", match.start(2)
    ids_found = _split(ids) or (EVERYTHING,)
    if not ids:
        at = match.start()
    span = Span(number, at + 1, number, at + 1 + max(len(ids), 1))
    return Directive(ids_found, OWN, *reach, match.group(3).strip(" -:"), span)


def _peer_directive(peer: str, match: re.Match[str], number: int, reach: tuple[int, int]) -> Directive:
    span = Span(number, match.start(2) + 1, number, match.end(2) + 1)
    ids = _split(match.group(2))
    if ids in (("all",), ("ignore-line",)):
        ids = (EVERYTHING,)
    if peer == "shellcheck":
        ids = tuple(f"SC{one.removeprefix('SC')}" for one in ids)
    return Directive(ids, peer, *reach, (match.group(3) or "").strip(), span)


def _split(ids: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in ids.split(",") if part.strip())


def _of_objects(found: list[Directive], parsed: "Parsed") -> list[Directive]:
    """Let the comments of some peers reach the objects that they stand in or above."""
    lines = sorted(map(_lines_of, _manifests_of(parsed)), key=lambda span: span[1])
    widened = []
    for one in found:
        index = bisect_left(lines, one.span.line, key=lambda span: span[1])
        if one.peer in _OBJECT_PEERS and index < len(lines):
            one = one._replace(first_line=lines[index][0], last_line=lines[index][1])
        widened.append(one)
    return widened


def _manifests_of(parsed: "Parsed") -> "Iterator[Manifest]":
    from cnlint.manifests.kubernetes import Manifest

    return (view for view in parsed.views() if isinstance(view, Manifest))


def _from_annotations(parsed: "Parsed") -> Iterator[Directive]:
    for manifest in _manifests_of(parsed):
        yield from _annotations_of(manifest)


def _annotations_of(manifest: "Manifest") -> Iterator[Directive]:
    first, last = _lines_of(manifest)
    template = getattr(manifest, "template", None)
    paths = [("metadata", "annotations")]
    if template is not None:
        paths.append((*template.path[len(manifest.path) :], "metadata", "annotations"))
    for path in dict.fromkeys(paths):
        for key, value in manifest.mapping(*path).items():
            ids = _ids_of_annotation(str(key), str(value))
            if ids is not None:
                peer, names = ids
                reason = "" if peer in (OWN, "kube-score") else str(value)
                yield Directive(names, peer, first, last, reason, manifest.at(*path, key).span, "annotation")


def _ids_of_annotation(key: str, value: str) -> tuple[str, tuple[str, ...]] | None:
    """Give the peer and the ids that an annotation silences, or ``None`` when it is no suppression."""
    if key == "cnlint.dev/ignore":
        return OWN, _split(value)
    if key.startswith("ignore-check.kube-linter.io/"):
        return "kube-linter", (key.partition("/")[2],)
    if key == "kube-linter.io/ignore-all":
        return "kube-linter", (EVERYTHING,)
    if key == "kube-score/ignore":
        return "kube-score", _split(value)
    if key.startswith("polaris.fairwinds.com/") and value.lower() == "true":
        name = key.partition("/")[2]
        if name == "exempt":
            return "polaris", (EVERYTHING,)
        if name.endswith("-exempt"):
            return "polaris", (name.removesuffix("-exempt"),)
    if key.startswith("checkov.io/skip"):
        return "checkov", (value.partition("=")[0].strip(),)
    return None


def _lines_of(manifest: "Manifest") -> tuple[int, int]:
    """Give the first and last line of an object."""
    first = manifest.at().span.line
    last = first
    pending = [(manifest.path, manifest.value)]
    while pending:
        path, value = pending.pop()
        entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, child in entries:
            span = manifest.document.span((*path, key), "value")
            last = max(last, span.end_line)
            if isinstance(child, dict | list):
                pending.append(((*path, key), child))
    return min(first, last), last
