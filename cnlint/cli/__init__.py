"""The command line: one module a command, loaded when the command is called."""

import os
import sys


def main() -> None:
    """Run the command that the arguments of the process name; the entry point of ``cnlint``.

    A plain ``cnlint check PATH ...``, which is what hooks run for every commit, needs no parser of options, and is
    spared the import of click, which takes longer than checking a file.
    """
    arguments = sys.argv[1:]
    is_plain = arguments[:1] == ["check"] and not any(one.startswith("-") for one in arguments)
    if is_plain and "_CNLINT_COMPLETE" not in os.environ:
        from cnlint.cli.checking import CheckOptions, check_paths

        sys.exit(check_paths(CheckOptions(paths=tuple(arguments[1:]))))
    from cnlint.cli.group import group

    group()
