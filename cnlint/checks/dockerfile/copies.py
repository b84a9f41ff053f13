"""COPY and ADD: which of the two, and where the files go."""

from collections.abc import Iterator

from cnlint.findings import Edit, Fix, Related, Report, report
from cnlint.manifests.commands import RunCommand
from cnlint.manifests.copy_sources import ends_in_unknown, is_archive, is_garbled, kind_of_source, written
from cnlint.manifests.dockerfile import Copy, Instruction, InstructionWord, Stage, joined, last_part
from cnlint.rules import check
from cnlint.syntax.patterns import regex
from cnlint.syntax.source import Span

_ONLY_OF_ADD = frozenset({"checksum", "keep-git-dir", "unpack"})
# What histories of images show in the place of the files: ADD file:4b0a5e... in /
_HASH_OF_HISTORY = regex(r"(?:dir|file|multi):[0-9a-f]{32}")
_DRIVE = regex(r"[A-Za-z]:")
_WILDCARDS = "*?["
# How many instructions before a COPY may have made its folder.
_LOOKS_BACK = 30


@check("DF201")
def add_instead_of_copy(instruction: Instruction) -> Iterator[Report]:
    copy = instruction.copy
    if copy is None or is_garbled(copy) or any(flag.name in _ONLY_OF_ADD for flag in instruction.flags):
        return
    kinds = [kind_of_source(source) for source in copy.sources]
    local = next((source for source, kind in zip(copy.sources, kinds, strict=True) if kind == "local"), None)
    if local is None or not written(local) or _HASH_OF_HISTORY.match(local.text):
        return
    yield report(
        instruction.place_of(0, len("ADD")),
        f'ADD of "{written(local)}" does no more than COPY would',
        fixes=_copy_in_its_place(instruction, copy.sources) if set(kinds) == {"local"} else (),
    )


def _copy_in_its_place(instruction: Instruction, sources: list[InstructionWord]) -> list[Fix]:
    keyword = "copy" if instruction.node.text.startswith("add") else "COPY"
    edit = Edit(instruction.place_of(0, len("ADD")).span, keyword)
    # A pattern may match archives as well, which ADD unpacks.
    is_safe = not any(source.value is None or _has_wildcard(source.value) for source in sources)
    return [Fix("use COPY", (edit,), safe=is_safe)]


@check("DF202")
def add_remote_without_checksum(instruction: Instruction) -> Iterator[Report]:
    copy = instruction.copy
    if copy is None or instruction.flag("checksum"):
        return
    for source in copy.sources:
        if kind_of_source(source) != "url":
            continue
        address = written(source)
        is_open = address.lower().startswith("http:")
        yield report(
            source.place,
            f'ADD fetches "{address}" {"over plain HTTP " if is_open else ""}and compares it with no checksum',
            severity="error" if is_open else None,
        )


@check("DF204")
def copy_destination_missing_slash(instruction: Instruction) -> Iterator[Report]:
    copy = instruction.copy
    if copy is None or is_garbled(copy):
        return
    destination = copy.destination
    path = written(destination)
    if path.endswith("/") or path in ("", ".", "..") or ends_in_unknown(destination):
        return
    if path.endswith("\\") and instruction.is_windows:
        return
    count = len(instruction.words) - 1
    if count > 1:
        yield report(
            destination.place,
            f'{instruction.keyword} has {count} sources, and the destination "{path}" does not end with a slash',
            severity="warning" if _is_made_before(copy) else None,
            fixes=[Fix("end the destination with a slash", (Edit(_end_of(destination), "/"),), safe=True)],
        )
    elif instruction.keyword == "ADD" and copy.sources and _may_be_many(copy.sources[0], path):
        pattern = written(copy.sources[0])
        yield report(
            destination.place,
            f'"{pattern}" may match several files, and the destination "{path}" does not end with a slash',
            severity="info",
            fixes=[Fix("end the destination with a slash", (Edit(_end_of(destination), "/"),))],
        )


def _is_made_before(copy: Copy) -> bool:
    """Tell whether the destination is a folder already, in which case only older builders refuse it."""
    instruction, path = copy.instruction, copy.destination_path
    if path is None or instruction.stage is None:
        return False
    if path == instruction.state.workdir_path:
        return True
    start = max(instruction.position - _LOOKS_BACK, 0)
    return any(
        command.program == "mkdir"
        and any(joined(before.state.workdir_path, word.value) == path for word in command.operands())
        for before in instruction.stage.instructions[start : instruction.position]
        for command in before.commands
    )


def _may_be_many(source: InstructionWord, destination: str) -> bool:
    """Tell whether a pattern looks like one of several files; ``app-*.jar app.jar`` gives one file a plain name."""
    return (
        _has_wildcard(written(source))
        and kind_of_source(source) == "local"
        and "." not in destination.rpartition("/")[2]
    )


def _end_of(word: InstructionWord) -> Span:
    """Give the place right after the text of a word, before a quote that closes it."""
    instruction = word.instruction
    text = instruction.node.text[word.start : word.end]
    end = word.end - (text[-1:] in ('"', "'"))
    last = instruction.place_of(end - 1, end).span
    return last.after


def _has_wildcard(path: str) -> bool:
    return any(sign in path for sign in _WILDCARDS)


@check("DF208")
def copy_relative_destination(stage: Stage) -> Iterator[Report]:
    if _is_set_before(stage):
        return
    is_set_on_build = False
    for instruction in stage.instructions:
        one = instruction.trigger or instruction
        if one.keyword == "WORKDIR":
            if one is instruction:
                return
            is_set_on_build = True
        elif one.copy is not None and not (is_set_on_build and one is not instruction):
            destination = one.copy.destination
            if _is_relative(destination) and not is_garbled(one.copy):
                yield _relative_report(destination, stage)


def _is_set_before(stage: Stage) -> bool:
    """Tell whether the stage that another is built from sets a WORKDIR, be it by ONBUILD."""
    return any(
        (instruction.trigger or instruction).keyword == "WORKDIR"
        for base in stage.chain[1:]
        for instruction in base.instructions
    )


def _is_relative(destination: InstructionWord) -> bool:
    path = written(destination)
    if not path or destination.text.strip("\"'").startswith("$"):
        return False
    return not path.startswith(("/", "\\")) and not _DRIVE.match(path)


def _relative_report(destination: InstructionWord, stage: Stage) -> Report:
    root = stage.root
    message = f'the destination "{written(destination)}" is relative, and no WORKDIR is set before'
    if root.image_value and not root.is_scratch:
        message += f': "{root.image_value}" decides where the files go'
    # An empty image has no working directory but the root.
    return report(destination.place, message, severity="info" if root.is_scratch else None)


# Archives that are copied to be unpacked.

_UNPACKERS = frozenset(
    {"tar", "bsdtar", "gtar", "unzip", "gunzip", "bunzip2", "unlzma", "unxz", "zgz", "uncompress", "zcat", "gzcat"}
)
_TARS = frozenset({"tar", "bsdtar", "gtar"})
# A file that is compressed and no archive is not unpacked by ADD.
_TAR_BY_NAME = regex(r".*\.(?:tar(?:\.\w+)?|tb2|tbz2?|tgz|tlz|tpz|txz|tZ|tzst)\Z")


@check("DF209")
def copy_archive_then_extract(stage: Stage) -> Iterator[Report]:
    copied: dict[str, Instruction] = {}
    reported: set[int] = set()
    for instruction in stage.instructions:
        if instruction.keyword == "COPY":
            copied.update(dict.fromkeys(_archives_of(instruction), instruction))
        elif copied and instruction.keyword == "RUN":
            for command in instruction.commands:
                name = _unpacked(command, copied) if command.program in _UNPACKERS else None
                copy = copied[name] if name is not None else None
                if name is not None and copy is not None and copy.position not in reported:
                    reported.add(copy.position)
                    yield report(
                        copy.place,
                        f'COPY stores the archive "{name}" in a layer, and "{command.program}" unpacks it into another',
                        related=[Related(command.place(), "unpacks it")],
                        hint=_hint_for(command, name),
                    )


def _archives_of(instruction: Instruction) -> list[str]:
    """Give the names under which archives of the context are copied."""
    copy = instruction.copy
    if copy is None or instruction.flag("from") is not None:
        return []
    names = [last_part(written(word)) for word in (copy.destination, *copy.sources)]
    archives = [name for name in names[1:] if is_archive(name)]
    return names[:1] if is_archive(names[0]) else archives


def _unpacked(command: RunCommand, names: dict[str, Instruction]) -> str | None:
    """Give which of some files a command unpacks."""
    is_tar = command.program in _TARS
    if is_tar and not _extracts(command):
        return None
    inputs = [one.target for one in command.simple.redirections if one.operator == "<" and one.target]
    for word in (*command.arguments, *inputs):
        text = (word.text if word.value is None else word.value).strip("\"'")
        name = last_part(text.rpartition("=")[2] if text.startswith("-") else text)
        if name in names and (is_tar or _TAR_BY_NAME.match(name)):
            return name
    return None


def _extracts(command: RunCommand) -> bool:
    if command.has_flag("-x", "--extract", "--get"):
        return True
    first = command.arguments[0].prefix if command.arguments else ""
    return not first.startswith("-") and "x" in first and first.isalpha()


def _hint_for(command: RunCommand, name: str) -> str | None:
    """ADD unpacks the whole archive as it is."""
    if command.option("--strip-components", "--strip") is None:
        return None
    return f"mount the archive for the time of the RUN: --mount=type=bind,source={name},target=/tmp/{name}"
