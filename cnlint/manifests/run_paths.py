"""Files that the commands of a RUN fetch, copy and delete, by their absolute paths in the image."""

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cnlint.manifests.dockerfile import joined
from cnlint.syntax.patterns import matches_any

if TYPE_CHECKING:
    from cnlint.manifests.commands import RunCommand
    from cnlint.manifests.dockerfile import Instruction
    from cnlint.syntax.shell import Word


def commands_with_folders(run: "Instruction") -> "Iterator[tuple[RunCommand, str | None]]":
    """Give the commands of a RUN with the folder in which each runs; ``None`` when that is not known."""
    folder = run.state.workdir_path
    has_inner_change = False
    for command in run.commands:
        is_inner = command.simple.context is not None or command.outer is not None
        yield command, None if is_inner and has_inner_change else folder
        if command.program in ("cd", "pushd", "popd"):
            if is_inner:
                # It lasts to the end of a subshell or branch that nobody follows here.
                has_inner_change = True
            else:
                operands = command.operands()
                folder = joined(folder, operands[0].value) if operands and command.program != "popd" else None


def path_of(word: "Word", folder: str | None) -> str | None:
    """Give the absolute path that a word names, without a slash at its end; ``None`` when it is not known."""
    value = word.value
    if value is None or (value.startswith("~") and not word.is_quoted):
        return None
    path = joined(folder, value)
    return path if path is None or path == "/" else path.rstrip("/")


def deleted_by(command: "RunCommand", folder: str | None) -> "Iterator[tuple[Word, str]]":
    """Give the paths that ``rm`` is told to delete, which may be patterns."""
    if command.program in ("rm", "unlink"):
        for word in command.operands():
            path = path_of(word, folder)
            if path is not None:
                yield word, path


def covers(pattern: str, path: str) -> bool:
    """Tell whether who deletes a path, which may be a pattern, deletes another path with it."""
    if path == pattern or path.startswith(f"{pattern.rstrip('/')}/"):
        return True
    if pattern.endswith("/*"):
        return path.startswith(pattern[:-1])
    if not any(sign in pattern for sign in "*?["):
        return False
    # A * of the shell does not go beyond a slash.
    depth = pattern.count("/")
    return matches_any("/".join(path.split("/")[: depth + 1]), [pattern])


def fetched_by(command: "RunCommand", folder: str | None) -> Iterator[str]:
    """Give the paths of what ``curl``, ``wget`` and ``git clone`` fetch."""
    if command.program == "curl":
        yield from _named(command.options("-o", "--output"), folder)
        if command.has_flag("-O", "--remote-name", "--remote-name-all"):
            into = command.option("--output-dir")
            yield from _by_address(command, path_of(into, folder) if into else folder)
    elif command.program == "wget":
        output = command.option("-O", "--output-document")
        if output is not None:
            yield from _named([output], folder)
        else:
            into = command.option("-P", "--directory-prefix")
            yield from _by_address(command, path_of(into, folder) if into else folder)
    elif command.runs("git", "clone"):
        operands = command.operands()[1:]
        if len(operands) > 1:
            yield from _named(operands[1:2], folder)
        else:
            yield from (path.removesuffix(".git") for path in _by_address(command, folder))
    if command.program in ("curl", "wget"):
        targets = [one.target for one in command.simple.redirections if one.operator in (">", ">>", ">|")]
        yield from _named([target for target in targets if target is not None], folder)


def _named(words: "list[Word]", folder: str | None) -> Iterator[str]:
    for word in words:
        path = path_of(word, folder)
        if path is not None and not path.startswith("/dev/") and word.value != "-":
            yield path


def _by_address(command: "RunCommand", folder: str | None) -> Iterator[str]:
    for word in command.operands():
        address = word.value or ""
        if "://" not in address or folder is None:
            continue
        try:
            name = urlsplit(address).path.rstrip("/").rpartition("/")[2]
        except ValueError:
            continue
        path = joined(folder, name) if name else None
        if path is not None:
            yield path
