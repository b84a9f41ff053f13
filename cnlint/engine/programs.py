"""Running a program that is installed, on behalf of the person who asked for it: no shell, bounded time and output."""

import contextlib
import os
import sys
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import subprocess

_KEPT_VARIABLES = ("PATH", "SYSTEMROOT", "TZ")
_LONGEST_REASON = 300
_MOST_MEMORY = 8 * 1024**3
"""Bytes of addresses; programs reserve more than they use."""


class Answer(NamedTuple):
    """What a program printed, or why it did not do its work."""

    output: str = ""
    failure: str = ""
    """Empty when the program ended well."""


def look_up(name: str, root: str) -> str | None:
    """Give the path of a program on the PATH; one of the project that is checked is never run."""
    import shutil

    path = shutil.which(name)
    # A folder that is relative may be one of the project.
    if path is None or not os.path.isabs(path):
        return None
    inside = os.path.join(os.path.realpath(root), "")
    return None if os.path.realpath(path).startswith(inside) else path


def run_program(
    command: Sequence[str], folder: str, variables: Mapping[str, str], *, seconds: float, most_bytes: int
) -> Answer:
    """Run a program with an environment of its own; ``folder`` is its home and should be a temporary one."""
    import subprocess

    environment = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    # Where nothing listens, nothing is fetched.
    environment |= dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9")
    environment |= {"HOME": folder, "TMPDIR": folder, "TMP": folder, "TEMP": folder, "LC_ALL": "C.UTF-8", **variables}
    number = f"{time.monotonic_ns()}-{id(command)}"
    output, errors = (os.path.join(folder, f"{stream}-{number}") for stream in ("output", "errors"))
    try:
        with open(output, "wb") as out, open(errors, "wb") as err:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=folder, env=environment
            )
            try:
                _bound_memory(process.pid)
                failure = _wait(process, (output, errors), seconds, most_bytes)
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
        if failure:
            return Answer(failure=failure)
        if process.returncode:
            return Answer(failure=_reason(errors) or f"it ended with status {process.returncode}")
        with open(output, encoding="utf-8", errors="replace", newline="\n") as file:
            return Answer(file.read())
    except (OSError, ValueError) as error:
        return Answer(failure=getattr(error, "strerror", None) or str(error))


def _wait(process: "subprocess.Popen[bytes]", files: Sequence[str], seconds: float, most_bytes: int) -> str:
    """Wait until a program ends by itself or passes a bound; gives the bound that it passed."""
    import subprocess

    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
        if any(os.path.getsize(file) > most_bytes for file in files):
            return f"it printed more than {most_bytes // 1024**2} MiB"
        if process.returncode is not None:
            return ""
        if time.monotonic() > deadline:
            return f"it took longer than {seconds:.0f} seconds"


def _bound_memory(pid: int) -> None:
    """Bound the memory of a program, where the system can."""
    if sys.platform == "linux":
        import resource

        resource.prlimit(pid, resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))


def _reason(errors: str) -> str:
    """Give what a program says of its failure, as one line."""
    with open(errors, encoding="utf-8", errors="replace") as file:
        lines = [line.strip() for line in file.read(20_000).splitlines()]
    lines = [line for line in lines if line and not line.startswith("Use --debug")]
    start = next((number for number, line in enumerate(lines) if line.startswith("Error:")), 0)
    text = " ".join(lines[start:]).removeprefix("Error:").strip()
    return text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}..."
