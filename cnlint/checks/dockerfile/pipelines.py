"""Failures that a script of RUN passes over: of pipelines, and of commands in the middle of a heredoc."""

import json
from collections.abc import Collection, Iterator
from itertools import pairwise
from posixpath import basename

from cnlint.findings import Edit, Fix, Place, Related, Report, report
from cnlint.manifests.dockerfile import Dockerfile, Instruction, Stage
from cnlint.rules import Context, check
from cnlint.syntax.dockerfile_words import heredoc_words
from cnlint.syntax.patterns import matches_any, regex
from cnlint.syntax.shell import Script, SimpleCommand
from cnlint.syntax.source import Span

_PIPES = ("|", "|&")
_SUBSTITUTIONS = ("substitution", "process-substitution")
_SHEBANG = regex(r"#![^\n]*")
_FLAGS_BEFORE_NAME = regex(r"-\w*o")
_SHELLS_WITH_PIPEFAIL = frozenset({"ash", "bash", "ksh", "mksh", "zsh"})
# Images in which sh is bash, or the ash of busybox, which know pipefail too.
_IMAGES_WITH_ABLE_SH = (
    "almalinux*", "alpine", "amazonlinux", "archlinux", "busybox", "centos", "fedora", "opensuse/*", "oraclelinux",
    "public.ecr.aws/amazonlinux/*", "quay.io/centos/*", "rockylinux*", "*/ubi*",
)  # fmt: skip


# Pipelines.


@check("DF304")
def missing_pipefail(dockerfile: Dockerfile, context: Context) -> Iterator[Report]:
    with_substitutions, harmless = context.options["substitutions"], frozenset(context.options["harmless"])
    mended: set[Stage | None] = set()
    for run in _runs(dockerfile):
        script = run.parsed_script
        if script is None or "|" not in script.text or _has_pipefail(run):
            continue
        failing = _failing_unnoticed(script, with_substitutions, harmless)
        if failing is None:
            continue
        yield report(
            run.place,
            f"a failure of {_name(failing)} in a pipeline goes unnoticed: {_reason(run)}",
            related=_related(run, failing, "the pipeline"),
            fixes=[] if run.stage in mended else _with_pipefail(run),
        )
        mended.add(run.stage)


def _runs(dockerfile: Dockerfile) -> Iterator[Instruction]:
    """Give the RUN instructions of a file, those that ONBUILD puts off too."""
    for instruction in dockerfile.instructions:
        run = instruction.trigger or instruction
        if run.keyword == "RUN":
            yield run


def _failing_unnoticed(script: Script, with_substitutions: bool, harmless: Collection[str]) -> SimpleCommand | None:
    """Give the first command that can fail on the left of a pipe, unless the script sets pipefail before it."""
    last: dict[int, SimpleCommand] = {}
    previous: SimpleCommand | None = None
    for simple in script.commands:
        is_nested = simple.is_in(*_SUBSTITUTIONS)
        if not is_nested and _sets(simple, "pipefail"):
            return None
        if simple.operator in _PIPES and (with_substitutions or not is_nested):
            left = last.get(id(simple.context))
            if left is None or left.next_operator not in _PIPES:
                # On the left or on the right is a compound command.
                left = previous
            if left is not None and _program(left) not in harmless:
                return left
        last[id(simple.context)] = simple
        if not is_nested or previous is None:
            previous = simple
    return None


def _has_pipefail(run: Instruction) -> bool:
    own = _own_shell(run)
    if own is not None:
        return "pipefail" in own
    if run.state.shell is None:
        return False
    words = [word.text for word in run.state.shell.node.exec_words or ()]
    if not words:
        return True
    asks = any(name == "pipefail" and _FLAGS_BEFORE_NAME.fullmatch(flag) for flag, name in pairwise(words))
    return asks and (basename(words[0]) in _SHELLS_WITH_PIPEFAIL or _is_sh_able(run))


def _is_sh_able(run: Instruction) -> bool:
    image = run.stage.root.image if run.stage else None
    return image is not None and (
        "alpine" in (image.tag or "") or matches_any(image.familiar_name or "", _IMAGES_WITH_ABLE_SH)
    )


def _own_shell(run: Instruction) -> str | None:
    """Give the command line of the shell that runs a heredoc instead of the default one."""
    if not run.node.heredocs:
        return None
    value = run.node.value
    announced = heredoc_words(value)
    if len(announced) != 1:
        return None
    rest = (value[: announced[0].start] + value[announced[0].end :]).strip()
    if not rest:
        shebang = _SHEBANG.match(run.script[1].text)
        return shebang[0] if shebang else None
    return rest if basename(rest.split()[0]) in ("sh", "dash", *_SHELLS_WITH_PIPEFAIL) else None


def _reason(run: Instruction) -> str:
    shell = run.state.shell
    if shell is not None and _own_shell(run) is None and "pipefail" in shell.node.value:
        return "not every sh knows pipefail, and that of Debian does not"
    return "the shell does not run with -o pipefail"


def _with_pipefail(run: Instruction) -> list[Fix]:
    """Put a SHELL before a RUN; the shell must be in the image, which only the base image tells."""
    if run.parent is not None or _own_shell(run) is not None or run.dockerfile.shell_pragma(run.line) is not None:
        return []
    shell = "/bin/ash" if _is_busybox(run) else "/bin/bash"
    if run.state.shell is not None:
        words = [word.text for word in run.state.shell.node.exec_words or ()]
        if len(words) != 2 or words[1] != "-c" or basename(words[0]) not in _SHELLS_WITH_PIPEFAIL:
            return []
        shell = words[0]
    edit = Edit(run.node.span(0, 0), f"SHELL {json.dumps([shell, '-o', 'pipefail', '-c'])}\n")
    return [Fix("set pipefail for this RUN and those that follow", (edit,))]


def _is_busybox(run: Instruction) -> bool:
    image = run.stage.root.image if run.stage else None
    return image is not None and ("alpine" in (image.tag or "") or image.familiar_name in ("alpine", "busybox"))


# Heredocs.


# Commands that do not fail, or whose failure means nothing.
_NEVER_FAILS = frozenset(
    {":", "alias", "break", "continue", "declare", "echo", "exec", "exit", "export", "local", "printf", "readonly"}
    | {"return", "set", "shopt", "sleep", "trap", "true", "typeset", "umask", "unset"}
)


@check("DF305")
def heredoc_without_errexit(instruction: Instruction) -> Iterator[Report]:
    heredocs, script = instruction.node.heredocs, instruction.parsed_script
    if len(heredocs) != 1 or script is None or not _is_run_by_shell(instruction) or _has_errexit(instruction):
        return
    ignored = _first_ignored(script)
    if ignored is not None:
        yield report(
            instruction.place,
            f"the heredoc goes on when {_name(ignored)} fails: the shell does not run with -e",
            related=_related(instruction, ignored, "its failure is passed over"),
            fixes=_with_errexit(instruction),
        )


def _is_run_by_shell(run: Instruction) -> bool:
    """Tell whether the body of the heredoc is a script, not the input of some command."""
    announced = heredoc_words(run.node.value)
    is_alone = len(announced) == 1 and run.node.value.strip() == run.node.value[announced[0].start : announced[0].end]
    return is_alone or _own_shell(run) is not None


def _has_errexit(run: Instruction) -> bool:
    own = _own_shell(run)
    if own is not None:
        return _asks_for_errexit(own.split()[1:])
    words = [word.text for word in run.state.shell.node.exec_words or ()] if run.state.shell else []
    return _asks_for_errexit(words[1:])


def _asks_for_errexit(words: list[str]) -> bool:
    return any(word == "errexit" or (word[:1] == "-" and word[:2] != "--" and "e" in word) for word in words)


def _first_ignored(script: Script) -> SimpleCommand | None:
    """Give the first command that can fail and that another one follows whatever becomes of it."""
    commands = [one for one in script.commands if not one.is_in("function", *_SUBSTITUTIONS)]
    for simple, following in pairwise(commands):
        if _sets(simple, "errexit") or (_program(simple) == "trap" and "ERR" in [word.text for word in simple.words]):
            return None
        is_judged = simple.next_operator or following.operator != ";" or simple.is_in("condition")
        if not is_judged and not simple.negated and simple.words and _program(simple) not in _NEVER_FAILS:
            return simple
    return None


def _with_errexit(run: Instruction) -> list[Fix]:
    heredoc, source = run.node.heredocs[0], run.node.source
    lines = heredoc.pieces(source)
    is_shebang = bool(lines) and source.text.startswith("#!", lines[0][0])
    if len(lines) <= is_shebang or heredoc.terminator is None:
        return []
    # Tabs that the heredoc strips stay before the line.
    line = source.position(lines[is_shebang][0])[0]
    start = source.offset(line, 1)
    indent = source.text[start : lines[is_shebang][0]]
    return [Fix("stop at the first command that fails", (Edit(Span(line, 1, line, 1), f"{indent}set -e\n"),))]


# Both.


def _sets(simple: SimpleCommand, option: str) -> bool:
    """Tell whether a command sets an option of the shell, by its name or, for errexit, by its letter."""
    if not simple.words or simple.words[0].text != "set":
        return False
    words = [word.text for word in simple.words[1:]]
    if option == "errexit" and any(word[:1] == "-" and word[:2] != "--" and "e" in word for word in words):
        return True
    return any(name == option and _FLAGS_BEFORE_NAME.fullmatch(flag) for flag, name in pairwise(words))


def _program(simple: SimpleCommand) -> str:
    return basename(simple.words[0].value or "") if simple.words else ""


def _name(simple: SimpleCommand) -> str:
    program = _program(simple)
    return f'"{program}"' if program else "a command"


def _related(run: Instruction, simple: SimpleCommand, what: str) -> list[Related]:
    """Point to a command that does not stand on the line of the RUN."""
    span = run.script[1].span(simple.start, simple.end)
    return [Related(Place(run.dockerfile.path, span), what)] if span.line != run.line else []
