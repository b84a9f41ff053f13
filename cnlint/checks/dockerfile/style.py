"""Style: the case of keywords, and comments that describe stages and arguments."""

from collections.abc import Iterator

from cnlint.findings import Edit, Fix, Report, report
from cnlint.manifests.dockerfile import Dockerfile, Instruction
from cnlint.rules import Context, check
from cnlint.syntax.patterns import regex

_UPPER, _LOWER = "upper", "lower"


@check("DF811")
def inconsistent_instruction_casing(dockerfile: Dockerfile, context: Context) -> Iterator[Report]:
    judged = list(_judged(dockerfile, context))
    style = str(context.options["style"])
    if style != _LOWER and all(instruction.node.text.startswith(instruction.keyword) for instruction in judged):
        return
    is_majority = style not in (_UPPER, _LOWER)
    if is_majority:
        cases = [_case_of(_keyword(instruction)) for instruction in judged]
        style = _LOWER if cases.count(_LOWER) > cases.count(_UPPER) else _UPPER
    reason = f"while most keywords of this file are in {style} case" if is_majority else f"not in {style} case"
    for instruction in judged:
        keyword = _keyword(instruction)
        case = _case_of(keyword)
        if case is None:
            yield _other_case(instruction, style, f'the keyword "{keyword}" mixes upper and lower case')
        elif case != style:
            yield _other_case(instruction, style, f'the keyword "{keyword}" is in {case} case, {reason}')


def _judged(dockerfile: Dockerfile, context: Context) -> Iterator[Instruction]:
    """Give the instructions of stages, or all of a fragment that has none, without those that nobody knows."""
    for instruction in dockerfile.instructions:
        if instruction.stage is None and dockerfile.stages:
            continue
        trigger = instruction.trigger
        for one in (instruction, trigger) if trigger and context.options["onbuild"] else (instruction,):
            if one.kind != "unknown":
                yield one


def _keyword(instruction: Instruction) -> str:
    return instruction.node.text[: instruction.node.keyword_end]


def _case_of(word: str) -> str | None:
    if word.isupper():
        return _UPPER
    return _LOWER if word.islower() else None


def _other_case(instruction: Instruction, style: str, message: str) -> Report:
    keyword = _keyword(instruction)
    written = keyword.upper() if style == _UPPER else keyword.lower()
    place = instruction.place_of(0, len(keyword))
    fixes = []
    if place.span.line == place.span.end_line:
        fixes = [Fix(f"write {written}", (Edit(place.span, written),), safe=True)]
    return report(place, message, hint=f"write {written}", fixes=fixes)


@check("DF812")
def from_as_casing(instruction: Instruction) -> Iterator[Report]:
    case = _case_of(_keyword(instruction))
    words = instruction.words
    if case is None or len(words) != 3 or words[1].text.upper() != "AS" or instruction.parent is not None:
        return
    word = words[1]
    if _case_of(word.text) == case:
        return
    written = "AS" if case == _UPPER else "as"
    yield report(
        word.place,
        f'"{word.text}" is not in {case} case like {_keyword(instruction)}',
        hint=f"write {written}",
        fixes=[Fix(f"write {written}", (Edit(word.place.span, written),), safe=True)],
    )


# Comments for tools, which describe nothing.
_PRAGMA = regex(
    r"#!|#\s*(?:syntax|escape|check)\s*=|#\s*(?:hadolint|cnlint|nosemgrep|kics-scan|checkov:|trivy:|tfsec:|semgrep|renovate:"
    r"|shellcheck|dockerfilelint|dockle|nosec|snyk|vim:|-\*-)"
)


@check("DF813")
def definition_comment_format(dockerfile: Dockerfile) -> Iterator[Report]:
    comments = {comment.line: comment.text for comment in dockerfile.syntax.comments}
    for instruction in dockerfile.instructions:
        comment = comments.get(instruction.line - 1, "")
        described = comment.lstrip("#").strip() if not _PRAGMA.match(comment) else ""
        names = _names_of(instruction) if described else []
        if not names or described.split()[0] in names:
            continue
        what = f'stage "{names[0]}"' if instruction.keyword == "FROM" else f'argument "{names[0]}"'
        yield report(
            instruction.place,
            f"the comment above the {what} does not start with the name",
            hint=f'write "# {names[0]} ...", or an empty line between the comment and the {instruction.keyword}',
        )


def _names_of(instruction: Instruction) -> list[str]:
    if instruction.keyword == "FROM":
        stage = instruction.stage
        return [stage.name] if stage and stage.name else []
    return [pair.key for pair in instruction.pairs] if instruction.keyword == "ARG" else []
