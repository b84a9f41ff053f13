"""Files that run with the rights of their owner."""

from collections.abc import Iterator

from cnlint.findings import Place, Report, report
from cnlint.manifests.commands import Command, RunCommand
from cnlint.manifests.dockerfile import Instruction, joined
from cnlint.rules import Context, check
from cnlint.syntax.patterns import regex
from cnlint.syntax.shell import Word

_OCTAL = regex(r"[0-7]{4,6}")
_CLAUSE = regex(r"([ugoa]*)((?:[-+=][rwxXstugo]*)+)")
_OPERATION = regex(r"([-+=])([rwxXstugo]*)")
_SETUID, _SETGID = 0o4000, 0o2000
_NAMES = {_SETUID: "setuid", _SETGID: "setgid", _SETUID | _SETGID: "setuid and setgid"}
# Options of chmod consist of these letters; other words with a dash in front take rights away (-s, -x).
_OPTIONS = regex(r"-[RcfvhHLP]+|--[a-z-]+(?:=.*)?")


@check("DF535")
def setuid_bit_added(command: RunCommand, context: Context) -> Iterator[Report]:
    if command.program == "setcap":
        yield from _capabilities(command, context.options["capabilities"])
        return
    word = _mode_of(command)
    bits = _bits_of(word.value) if word is not None and word.value is not None else 0
    if word is None or not bits:
        return
    files = _files_of(command, word)
    if bits == _SETGID and files and all(_is_folder(file, command) for file in files):
        return
    yield _report(command.place(word), word.text, bits, f' of "{files[0].text}"' if len(files) == 1 else "")


@check("DF535")
def setuid_bit_copied(instruction: Instruction) -> Iterator[Report]:
    mode = instruction.flag("chmod")
    bits = _bits_of(mode) if mode else 0
    if not mode or not bits:
        return
    flag = next(flag for flag in instruction.flags if flag.name == "chmod")
    yield _report(instruction.place_of(flag.start, flag.end), mode, bits, "")


def _report(place: Place, mode: str, bits: int, files: str) -> Report:
    plural = "bits" if bits == _SETUID | _SETGID else "bit"
    return report(place, f'mode "{mode}" adds the {_NAMES[bits]} {plural}{files}')


def _bits_of(mode: str) -> int:
    """Give which of the two bits a mode of chmod adds."""
    if _OCTAL.fullmatch(mode):
        return int(mode, 8) & (_SETUID | _SETGID)
    bits = 0
    for clause in mode.split(","):
        match = _CLAUSE.fullmatch(clause)
        if match is None:
            return 0
        who = match[1] or "a"
        for sign, rights in _OPERATION.findall(match[2]):
            if sign != "-" and "s" in rights:
                bits |= (_SETUID if set(who) & set("ua") else 0) | (_SETGID if set(who) & set("ga") else 0)
    return bits


def _mode_of(command: RunCommand) -> Word | None:
    if command.program == "install":
        return None if command.has_flag("-d", "--directory") else command.option("-m", "--mode")
    if command.has_flag("--reference"):
        return None
    for word in command.arguments:
        if word.text.startswith("-") and not _OPTIONS.fullmatch(word.text):
            return None
        if not word.text.startswith("-"):
            return word
    return None


def _files_of(command: RunCommand, mode: Word) -> list[Word]:
    if command.program == "install":
        return command.operands()[-1:]
    return [word for word in command.operands() if word is not mode and word.start > mode.start]


def _is_folder(file: Word, command: RunCommand) -> bool:
    """Tell whether a path is seen to be a folder, for which setgid only says which group new files have."""
    if file.text.endswith("/"):
        return True
    instruction = command.origin
    path = joined(instruction.state.workdir_path, file.value)
    made = [word.value for other in command.before if _makes_folders(other) for word in other.operands()]
    if file.value is not None and (file.value in made or instruction.state.workdir_path == path):
        return True
    stage = instruction.stage
    return stage is not None and any(
        _makes_folders(other) and file.value is not None and any(word.value == file.value for word in other.operands())
        for one in stage.chain
        for other in one.commands
    )


def _makes_folders(command: Command) -> bool:
    return command.program == "mkdir" or (command.program == "install" and command.has_flag("-d", "--directory"))


def _capabilities(command: RunCommand, wanted: list[str]) -> Iterator[Report]:
    for word in command.operands()[:1]:
        names = (word.value or "").lower().replace("=", "+").partition("+")[0].split(",")
        found = [name for name in names if name in {str(one).lower() for one in wanted}]
        if found and not command.has_flag("-r"):
            yield report(command.place(word), f'setcap gives a file the capability "{found[0]}"')
