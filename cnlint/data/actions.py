"""What is known of published GitHub Actions: inputs and outputs, runtimes of versions, tools that they install.

Names are ``owner/repository`` or ``owner/repository/path`` in lower case. What is not in the tables is ``None``.
"""

from functools import lru_cache
from typing import Any, NamedTuple

from cnlint.data import table


class Interface(NamedTuple):
    """Inputs and outputs that a version of an action declares."""

    inputs: frozenset[str]
    required: frozenset[str]
    """Inputs that must be set because they have no default."""
    deprecated: frozenset[str]
    outputs: frozenset[str]
    any_input: bool
    """Whether it takes inputs that it does not declare."""
    any_output: bool


class Runtime(NamedTuple):
    """What runs a major version of an action."""

    name: str
    """``removed`` (node12 or node16, which runners no longer have) or ``node20``."""
    node24: int | None
    """The first major version on node24, where one is known."""
    newest: int | None
    """The newest major version that is known."""


class InstalledTool(NamedTuple):
    """The tool that an action installs."""

    tool: str
    input: str
    """The input that sets its version."""
    other: str
    """An input that names a file with the version instead; empty when there is none."""
    default: str
    """What is installed without a version: ``latest``, a range, or words that say why that is pinned."""


@lru_cache(maxsize=1024)
def interface_of(name: str, ref: str, major: int | None) -> Interface | None:
    """Give inputs and outputs of an action at a reference, by the reference itself or by its major version."""
    versions: dict[str, Any] = table("actions")["actions"].get(name, {})
    entry = versions.get(ref)
    if entry is None and major is not None:
        entry = versions.get(f"v{major}")
    if isinstance(entry, str):
        entry = versions[entry]
    if entry is None:
        return None
    return Interface(
        frozenset(entry.get("inputs", "").split()),
        frozenset(entry.get("required", "").split()),
        frozenset(entry.get("deprecated", "").split()),
        frozenset(entry.get("outputs", "").split()),
        entry.get("any_input", False),
        entry.get("any_output", False),
    )


def runtime_of(name: str, ref: str, major: int | None) -> Runtime | None:
    """Give the runtime of an action at a reference; ``None`` when it is not known to be a retired one."""
    entry = table("action-runtimes")["actions"].get(name)
    if entry is None:
        return None
    for runtime in ("removed", "node20"):
        if major in entry.get(runtime, ()) or ref in entry.get(f"{runtime}_refs", ()):
            return Runtime(runtime, entry.get("node24"), entry.get("newest"))
    return None


def node20_removed() -> str:
    """Give the day (ISO) on which runners lose node20."""
    return str(table("action-runtimes")["node20"])


def installed_tool(name: str, major: int | None) -> InstalledTool | None:
    """Give the tool that an action installs; for one of unknown version as its newest version does."""
    entry = table("tool-actions")["actions"].get(name)
    if entry is None or (major is not None and major < entry.get("since", 0)):
        return None
    is_older = major is not None and major < entry.get("default_since", 0)
    default = "latest" if is_older else entry.get("default", "latest")
    return InstalledTool(entry["tool"], entry["input"], entry.get("other", ""), default)
