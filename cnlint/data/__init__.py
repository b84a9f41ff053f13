"""Tables of facts, each with its source and date, loaded when first asked for."""

import json
import os
from functools import cache
from typing import Any

_HERE = os.path.dirname(os.path.abspath(__file__))
_PACKAGE = os.path.dirname(_HERE)


@cache
def table(name: str) -> Any:
    """Give the table ``<name>.json`` of this folder, parsed. Callers must not change it."""
    with open(os.path.join(_HERE, f"{name}.json"), encoding="utf-8") as file:
        return json.load(file)


def schema_path(name: str) -> str:
    """Give the path of a file of ``schemas/``: within the package when installed, beside it in a checkout."""
    installed = os.path.join(_PACKAGE, "schemas", name)
    return installed if os.path.exists(installed) else os.path.join(os.path.dirname(_PACKAGE), "schemas", name)
