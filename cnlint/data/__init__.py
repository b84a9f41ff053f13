"""Tables of facts, each with its source and date, loaded when first asked for."""

import json
import os
from functools import cache
from typing import Any


@cache
def table(name: str) -> Any:
    """Give the table ``<name>.json`` of this folder, parsed. Callers must not change it."""
    with open(os.path.join(os.path.dirname(__file__), f"{name}.json"), encoding="utf-8") as file:
        return json.load(file)
