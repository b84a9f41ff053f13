"""Working directories."""

from collections.abc import Iterator

from cnlint.findings import Report, report
from cnlint.manifests.dockerfile import Instruction, joined
from cnlint.rules import check


@check("DF623")
def root_home_workdir(instruction: Instruction) -> Iterator[Report]:
    if instruction.stage is None or not instruction.stage.is_shipped or not instruction.words:
        return
    word = instruction.words[0]
    path = joined(instruction.state.workdir_path, word.value)
    if path is not None and f"{path}/".startswith("/root/"):
        yield report(word.place, f'WORKDIR "{word.value}" lies in the home of root, which no other user may enter')
