"""Build hook: compiles the rule specifications into the index that the package carries."""

import importlib
import os
import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class RuleIndexBuildHook(BuildHookInterface):
    """Writes ``cnlint/data/rule-index.json`` and ``rule-docs.json`` before the files are gathered."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile the index; a specification that cannot be read stops the build."""
        sys.path.insert(0, self.root)
        try:
            rule_index = importlib.import_module("cnlint.rule_index")
            problems = rule_index.write_index(
                os.path.join(self.root, "cnlint", "data"), os.path.join(self.root, "rules")
            )
        finally:
            sys.path.remove(self.root)
        if problems:
            raise RuntimeError("\n".join(problems))
