"""Only what touches lines changed since a git revision."""

import os
import re
import subprocess
from collections.abc import Sequence

from cnlint.config import ConfigurationError
from cnlint.findings import Finding, Suppression

_HUNK = re.compile(rb"^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@")


def apply_diff(findings: Sequence[Finding], revision: str, root: str) -> list[Finding]:
    """Mark the findings none of whose lines changed since a revision as suppressed.

    A finding counts as touched when its own lines changed, or a related place in another file did.
    Raises `ConfigurationError` when git cannot tell what changed.
    """
    changed = _changed_lines(revision, root)
    hidden = Suppression("diff", f"not changed since {revision}")
    return [
        finding
        if finding.suppressed is not None or _is_touched(finding, changed)
        else finding._replace(suppressed=hidden)
        for finding in findings
    ]


def _is_touched(finding: Finding, changed: dict[str, list[range]]) -> bool:
    places = [(finding.path, finding.line, finding.end_line)]
    places += [(one.path, one.span.line, one.span.end_line) for one in finding.related]
    return any(
        lines.start <= last and first < lines.stop for path, first, last in places for lines in changed.get(path, ())
    )


def _changed_lines(revision: str, root: str) -> dict[str, list[range]]:
    """Give the changed lines of each file, relative to the root; new files that git does not track count whole."""
    top = os.fsdecode(_git(root, "rev-parse", "--show-toplevel").rstrip(b"\n"))
    changed: dict[str, list[range]] = {}
    path = ""
    # Names come without quotes and prefixes, and no configuration of the user's can change the form of the output.
    arguments = ("-c", "core.quotePath=false", "diff", "--no-color", "--no-ext-diff", "--no-prefix", "-U0")
    for line in _git(top, *arguments, "--end-of-options", revision, "--").split(b"\n"):
        if line.startswith(b"+++ "):
            path = _relative(os.fsdecode(line[4:].rstrip(b"\t")), top, root)
        elif match := _HUNK.match(line):
            start, count = int(match[1]), int(match[2] or b"1")
            # Lines taken away touch what now stands where they stood.
            changed.setdefault(path, []).append(range(start, start + max(count, 1)))
    for name in _git(top, "ls-files", "--others", "--exclude-standard", "-z").split(b"\0"):
        if name:
            changed[_relative(os.fsdecode(name), top, root)] = [range(1, 1_000_000_000)]
    return changed


def _relative(path: str, top: str, root: str) -> str:
    return os.path.relpath(os.path.join(top, path), os.path.realpath(root)).replace(os.sep, "/")


def _git(folder: str, *arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False)
    except OSError as error:
        raise ConfigurationError(f"--diff needs git: {error.strerror or error}") from error
    if done.returncode != 0:
        message = done.stderr.decode(errors="replace").strip().splitlines()
        raise ConfigurationError(f"--diff: git says: {message[0] if message else 'failed'}")
    return done.stdout
