"""Working directories."""

from collections.abc import Iterator

from cnlint.findings import Edit, Fix, Report, report
from cnlint.manifests.dockerfile import Instruction, InstructionWord, joined
from cnlint.rules import Context, check
from cnlint.syntax.patterns import regex

_ABSOLUTE = regex(r"[/\\]|[A-Za-z]:")
# A variable, or what somebody fills in before the build: one cannot tell.
_UNKNOWN = regex(r"[$<@%{]|__[A-Z]")
_SYSTEM_FOLDERS = ("/proc", "/boot", "/dev", "/initrd", "/lost+found", "/sys")


@check("DF621")
def relative_workdir(instruction: Instruction, context: Context) -> Iterator[Report]:
    if not instruction.words:
        return
    # With the first one made absolute, those after it are as they should be.
    if instruction.state.workdir is not None and context.options["mode"] == "first":
        return
    word = instruction.words[0]
    path = word.text.lstrip("\"'")
    if not path or _ABSOLUTE.match(path) or _UNKNOWN.match(path):
        return
    yield report(
        word.place,
        f'WORKDIR "{word.value or word.text}" is relative to a folder that {_decider(instruction)}',
        fixes=_absolute(word),
    )


def _decider(instruction: Instruction) -> str:
    if instruction.state.workdir is not None:
        return "another WORKDIR names"
    stage = instruction.stage
    return f'the base image "{stage.root.image_value}" decides' if stage is not None else "the base image decides"


def _absolute(word: InstructionWord) -> list[Fix]:
    text = word.text
    stage = word.instruction.stage
    is_plain = text[:1] not in ("'", '"') and ".." not in text and text.strip("./") != ""
    if word.instruction.state.workdir is not None or not is_plain or (stage is not None and stage.is_windows):
        return []
    path = f"/{text.removeprefix('./')}"
    return [Fix(f"write {path}", (Edit(word.place.span, path),))]


@check("DF622")
def system_directory_workdir(instruction: Instruction) -> Iterator[Report]:
    if not instruction.words:
        return
    word = instruction.words[0]
    path = joined(instruction.state.workdir_path, word.value)
    folder = next((one for one in _SYSTEM_FOLDERS if path is not None and f"{path}/".startswith(f"{one}/")), None)
    if folder is not None:
        yield report(word.place, f'WORKDIR "{word.value}" lies in {folder}, which belongs to the system')


@check("DF623")
def root_home_workdir(instruction: Instruction) -> Iterator[Report]:
    if instruction.stage is None or not instruction.stage.is_shipped or not instruction.words:
        return
    word = instruction.words[0]
    path = joined(instruction.state.workdir_path, word.value)
    if path is not None and f"{path}/".startswith("/root/"):
        yield report(word.place, f'WORKDIR "{word.value}" lies in the home of root, which no other user may enter')
