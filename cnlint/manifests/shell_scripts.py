"""Shell scripts within other files as ShellCheck gets them, and what it says of them."""

from collections.abc import Callable, Collection, Iterator
from typing import ClassVar, NamedTuple

from cnlint.findings import Place, Report, Severity, report
from cnlint.syntax.source import Source, Span

SHELLS = frozenset({"ash", "bash", "dash", "ksh", "sh"})
"""The shells whose scripts ShellCheck reads."""

_LEVELS = ("error", "warning", "info", "style")
_SEVERITIES: dict[str, Severity] = {"error": "error", "warning": "warning", "info": "info", "style": "info"}


class ShellComment(NamedTuple):
    """What ShellCheck says of a stretch of a script."""

    code: int
    level: str
    """``error``, ``warning``, ``info`` or ``style``."""
    message: str
    start: int
    """Offset into the script's text; ``end`` is exclusive."""
    end: int


class ShellScript:
    """A script that a RUN or a step gives to a shell; ``comments`` are filled in before rules see it."""

    __slots__ = ("_locate", "comments", "exported", "kind", "options", "shell", "source", "text")
    target: ClassVar[str] = "shell-script"

    def __init__(
        self,
        kind: str,
        text: str,
        shell: str,
        source: Source,
        locate: Callable[[int, int], Span],
        options: str = "",
        exported: Collection[str] = (),
    ) -> None:
        self.kind = kind
        """What the script belongs to: ``run`` is a RUN instruction."""
        self.text = text
        self.shell = shell
        """One of `SHELLS`."""
        self.options = options
        """The options that the shell is started with: ``-e``."""
        self.exported = exported
        """Variables that are set outside of the script: ``NAME``, or ``NAME=value`` where the value is plain."""
        self.source = source
        self.comments: list[ShellComment] = []
        self._locate = locate

    def reports(self, least: str, excluded: Collection[int]) -> Iterator[Report]:
        """Report what ShellCheck says, of a level and above, without some codes."""
        levels = _LEVELS[: _LEVELS.index(least) + 1] if least in _LEVELS else _LEVELS
        for comment in self.comments:
            if comment.level not in levels or comment.code in excluded:
                continue
            code = f"SC{comment.code:04d}"
            yield report(
                Place(self.source.path, self._locate(comment.start, comment.end)),
                f"{code}: {comment.message.rstrip('. ')}",
                severity=_SEVERITIES.get(comment.level, "info"),
                hint=f"see https://www.shellcheck.net/wiki/{code}",
                sub_code=code,
            )
