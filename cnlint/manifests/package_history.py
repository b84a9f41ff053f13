"""What the instructions of a stage do for the package managers of later ones: settings, and the index of apt."""

from bisect import bisect_left
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from cnlint.manifests.package_managers import has_mounted, may_install, removes
from cnlint.syntax.patterns import regex

if TYPE_CHECKING:
    from cnlint.manifests.dockerfile import Instruction, Stage

Setting = Literal["no-recommends", "assume-yes"]
IndexState = Literal["fetched", "removed", "unknown"]

APT_INDEX = ("/var/lib/apt/lists",)
_PATTERNS = {
    "no-recommends": regex(r"(?i)install-recommends\W{0,4}(?:false|0|no)\b"),
    "assume-yes": regex(r"(?i)assume-?yes\W{0,4}(?:true|1|yes|on)\b"),
}
_FILES = ("/etc/apt/apt.conf", "/etc/dnf", "/etc/yum.conf", "/etc/zypp")
_FILE_NAMES = ("apt.conf", "dnf.conf", "yum.conf", "/etc/dnf", "dnf config-manager", "dnf5.conf")


class PackageHistory:
    """What the instructions of a stage do, to be looked up by their position."""

    def __init__(self, stage: "Stage") -> None:
        self._stage = stage
        self._settings: dict[Setting, int] = {}
        self._index: list[tuple[IndexState, Instruction]] = []
        for instruction in stage.instructions:
            for setting in _settings_of(instruction):
                self._settings.setdefault(setting, instruction.position)
            state = _index_after(instruction)
            if state is not None:
                self._index.append((state, instruction))

    def has_setting(self, setting: Setting, run: "Instruction") -> bool:
        """Tell whether a setting was made in a file before a RUN, in it, or in a stage that this one is built from."""
        own = self._settings.get(setting)
        if own is not None and own <= run.position:
            return True
        return any(setting in stage.package_history._settings for stage in self._stage.chain[1:])

    def index_before(self, run: "Instruction") -> tuple[IndexState | None, "Instruction | None"]:
        """Give what became of apt's index before a RUN, and where; ``None`` when no instruction touched it."""
        before = bisect_left(self._index, run.position, key=_position)
        if before:
            return self._index[before - 1]
        for stage in self._stage.chain[1:]:
            index = stage.package_history._index
            if index:
                return index[-1]
        return None, None


def _position(event: tuple[IndexState, "Instruction"]) -> int:
    return event[1].position


def _settings_of(instruction: "Instruction") -> Iterator[Setting]:
    copy = instruction.copy
    if copy is not None:
        if (copy.destination_path or "").startswith(_FILES):
            yield "no-recommends"
            yield "assume-yes"
    elif instruction.keyword == "RUN":
        text = instruction.script[1].text if instruction.node.heredocs else instruction.node.text
        if any(name in text for name in _FILE_NAMES):
            if _PATTERNS["no-recommends"].search(text):
                yield "no-recommends"
            if _PATTERNS["assume-yes"].search(text):
                yield "assume-yes"


def _index_after(instruction: "Instruction") -> IndexState | None:
    """Give what became of apt's index in an instruction; ``None`` when it did nothing to it that stays."""
    copy = instruction.copy
    if copy is not None:
        return "unknown" if copy.destination_path in ("/", "/var/") and copy.source is not None else None
    if instruction.keyword != "RUN" or has_mounted(instruction, APT_INDEX):
        return None
    state: IndexState | None = None
    for command in instruction.commands:
        if command.manager == "apt-get":
            if command.updates_index:
                state = "fetched"
            elif command.operands_of("clean_index") is not None:
                state = "removed"
        elif removes(command, APT_INDEX):
            state = "removed"
        elif may_install(command):
            state = "unknown"
    return state
