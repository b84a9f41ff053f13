"""Regular expressions that are compiled when they are first used.

A run uses few of the expressions in the modules that it imports, and compiling all of them would take longer than
checking a file.
"""

import re
from typing import Any, cast


class _Lazy:
    """Stands for a compiled expression; from the first use on, its methods are the compiled expression's own."""

    def __init__(self, text: str, flags: int) -> None:
        self._text = text
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        compiled = re.compile(self._text, self._flags)
        for method in ("match", "fullmatch", "search", "finditer", "findall", "split", "sub"):
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


def regex(text: str, flags: int = 0) -> re.Pattern[str]:
    """Give an expression to be compiled when it is first used; a mistake in it shows then.

    Whoever uses it must not tell it from what ``re.compile`` gives by more than its methods.
    """
    return cast("re.Pattern[str]", _Lazy(text, flags))
