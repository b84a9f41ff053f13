"""The scripts of RUN instructions, as ShellCheck reads them."""

import re
from collections.abc import Iterator

from cnlint.manifests.dockerfile import Dockerfile, Instruction
from cnlint.manifests.shell_scripts import SHELLS, ShellScript
from cnlint.syntax.dockerfile_words import heredoc_words
from cnlint.syntax.patterns import regex

_NAME = regex(r"\$\{?[#!]?([A-Za-z_][A-Za-z0-9_]*)")
_PLAIN_VALUE = regex(r"[\w./:@%+,-]+", re.ASCII)
_ERREXIT = regex(r"-[a-zA-Z]*e[a-zA-Z]*|errexit")
# The builder passes these on without an ARG.
_PROXIES = frozenset(
    name for kind in ("HTTP", "HTTPS", "FTP", "NO", "ALL") for name in (f"{kind}_PROXY", f"{kind}_PROXY".lower())
)


def scripts_of(dockerfile: Dockerfile) -> Iterator[ShellScript]:
    """Give the scripts of RUN instructions, those that ONBUILD puts off too, whose shell ShellCheck knows."""
    for instruction in dockerfile.instructions:
        run = instruction.trigger or instruction
        if run.keyword != "RUN" or run.is_exec_form:
            continue
        shell, script = run.script
        if shell in SHELLS and script.text.strip():
            names = dict.fromkeys(_NAME.findall(script.text))
            exported = [one for name in names if (one := _exported(run, name)) is not None]
            options = "-e" if _has_errexit(run) else ""
            yield ShellScript("run", script.text, shell, script.source, script.span, options, exported)


def _exported(run: Instruction, name: str) -> str | None:
    """Give a variable that is set before the script, with its value where that has nothing special in it."""
    variables = run.variables
    if name in variables:
        value = variables[name]
        return f"{name}={value}" if value and _PLAIN_VALUE.fullmatch(value) else name
    # An ARG without a value gets one when the image is built.
    is_declared = run.stage is not None and any(name in stage.own_arguments for stage in run.stage.chain)
    return name if is_declared or name in _PROXIES else None


def _has_errexit(run: Instruction) -> bool:
    """Tell whether the shell is started with -e: by SHELL, or on the line of a heredoc that names a shell."""
    value = run.node.value
    announced = heredoc_words(value) if run.node.heredocs else []
    if announced and value.strip() != value[announced[0].start : announced[0].end]:
        words = value.split()
    elif run.state.shell is not None:
        words = [word.text for word in run.state.shell.node.exec_words or ()][1:]
    else:
        return False
    return any(map(_ERREXIT.fullmatch, words))
