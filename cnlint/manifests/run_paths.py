"""Files that the commands of a RUN fetch, copy and delete, by their absolute paths in the image."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from cnlint.manifests.dockerfile import joined
from cnlint.syntax.patterns import matches_any

if TYPE_CHECKING:
    from cnlint.manifests.commands import RunCommand
    from cnlint.manifests.dockerfile import Instruction
    from cnlint.syntax.shell import Word


class Where(NamedTuple):
    """Where a command runs."""

    folder: str | None
    """The folder, ``None`` when it is not known."""
    home: str | None
    """The home folder of the user, ``None`` when it is not known."""


def commands_with_folders(run: "Instruction") -> "Iterator[tuple[RunCommand, Where]]":
    """Give the commands of a RUN with where each of them runs."""
    folder, home = run.state.workdir_path, _home_of(run)
    has_inner_change = False
    for command in run.commands:
        is_inner = command.simple.context is not None or command.outer is not None
        yield command, Where(None if is_inner and has_inner_change else folder, home)
        if command.program in ("cd", "pushd", "popd"):
            if is_inner:
                # It lasts to the end of a subshell or branch that nobody follows here.
                has_inner_change = True
            else:
                operands = command.operands()
                folder = path_of(operands[0], Where(folder, home)) if operands and command.program != "popd" else None


def _home_of(run: "Instruction") -> str | None:
    user = run.state.user
    name = user.words[0].value if user is not None and user.words else "root"
    is_root = name is not None and name.partition(":")[0] in ("root", "0")
    return "/root" if is_root and "HOME" not in run.variables else None


def path_of(word: "Word", where: Where) -> str | None:
    """Give the absolute path that a word names, without a slash at its end; ``None`` when it is not known."""
    value = word.value
    if value is None:
        value = _below_home(word)
        folder = where.home
    elif value.startswith("~") and not word.is_quoted:
        value = value[2:] if value in ("~", "~/") or value.startswith("~/") else None
        folder = where.home
    else:
        folder = where.folder
    path = joined(folder, value)
    return path if path is None or path == "/" else path.rstrip("/")


def _below_home(word: "Word") -> str | None:
    """Give what follows ``$HOME/`` in a word."""
    first, *rest = word.parts
    if first.kind != "variable" or first.value != "HOME" or any(part.kind != "literal" for part in rest):
        return None
    path = "".join(part.value for part in rest)
    return path[1:] if not path or path.startswith("/") else None


def deleted_by(command: "RunCommand", where: Where) -> "Iterator[tuple[Word, str]]":
    """Give the paths that ``rm`` is told to delete, which may be patterns."""
    if command.program in ("rm", "unlink"):
        for word in command.operands():
            path = path_of(word, where)
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


def fetched_by(command: "RunCommand", where: Where) -> Iterator[str]:
    """Give the paths of what ``curl``, ``wget`` and ``git clone`` fetch."""
    if command.program == "curl":
        yield from _named(command.options("-o", "--output"), where)
        if command.has_flag("-O", "--remote-name", "--remote-name-all"):
            into = command.option("--output-dir")
            yield from _by_address(command, _into(into, where))
    elif command.program == "wget":
        output = command.option("-O", "--output-document")
        if output is not None:
            yield from _named([output], where)
        else:
            into = command.option("-P", "--directory-prefix")
            yield from _by_address(command, _into(into, where))
    elif command.runs("git", "clone"):
        operands = command.operands()[1:]
        if len(operands) > 1:
            yield from _named(operands[1:2], where)
        else:
            yield from (path.removesuffix(".git") for path in _by_address(command, where.folder))
    if command.program in ("curl", "wget"):
        targets = [one.target for one in command.simple.redirections if one.operator in (">", ">>", ">|")]
        yield from _named([target for target in targets if target is not None], where)


def _named(words: "list[Word]", where: Where) -> Iterator[str]:
    for word in words:
        path = path_of(word, where)
        if path is not None and not path.startswith("/dev/") and word.value != "-":
            yield path


def _into(folder: "Word | None", where: Where) -> str | None:
    return where.folder if folder is None else path_of(folder, where)


def _by_address(command: "RunCommand", folder: str | None) -> Iterator[str]:
    for word in command.operands():
        address = word.value or ""
        if "://" not in address or folder is None:
            continue
        from urllib.parse import urlsplit

        try:
            name = urlsplit(address).path.rstrip("/").rpartition("/")[2]
        except ValueError:
            continue
        path = joined(folder, name) if name else None
        if path is not None:
            yield path
