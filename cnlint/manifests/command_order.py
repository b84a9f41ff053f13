"""Which commands of an instruction come before and after others, in time linear in their number."""

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnlint.manifests.commands import RunCommand


class CommandOrder:
    """The order of the commands of an instruction, those of inner scripts included.

    Each question has a key, and must be the same for all commands that it is asked of: its answer is worked out once.
    """

    def __init__(self, commands: "Sequence[RunCommand]") -> None:
        self._commands = commands
        self._positions = {id(command): position for position, command in enumerate(commands)}
        self._first: dict[Hashable, int] = {}
        self._last: dict[Hashable, int] = {}

    def has_before(self, command: "RunCommand", key: Hashable, is_wanted: "Callable[[RunCommand], bool]") -> bool:
        """Tell whether a command that is wanted comes before another."""
        if key not in self._first:
            wanted = (position for position, other in enumerate(self._commands) if is_wanted(other))
            self._first[key] = next(wanted, len(self._commands))
        return self._first[key] < self._positions.get(id(command), 0)

    def has_after(self, command: "RunCommand", key: Hashable, is_wanted: "Callable[[RunCommand], bool]") -> bool:
        """Tell whether a command that is wanted comes after another."""
        if key not in self._last:
            last = len(self._commands) - 1
            wanted = (last - distance for distance, other in enumerate(reversed(self._commands)) if is_wanted(other))
            self._last[key] = next(wanted, -1)
        return self._last[key] > self._positions.get(id(command), len(self._commands))
