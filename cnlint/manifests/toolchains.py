"""Actions that set up a language: which versions, as far as they are written in the workflow."""

import re
from functools import cached_property
from typing import NamedTuple

from cnlint.manifests.workflow import ActionReference, Step, Value
from cnlint.syntax.patterns import regex


class _Setup(NamedTuple):
    label: str
    product: str
    input: str
    file_input: str
    programs: frozenset[str]
    """Programs that fetch or use dependencies."""
    runner_default: bool
    """Whether the runner's own version is used when neither input is set."""


_SETUPS = {
    "actions/setup-go": _Setup(
        "Go", "go", "go-version", "go-version-file", frozenset({"go", "golangci-lint", "goreleaser"}), True
    ),
    "actions/setup-node": _Setup(
        "Node.js",
        "nodejs",
        "node-version",
        "node-version-file",
        frozenset({"npm", "yarn", "pnpm", "npx", "corepack"}),
        True,
    ),
    "actions/setup-python": _Setup(
        "Python",
        "python",
        "python-version",
        "python-version-file",
        frozenset({"pip", "pip3", "python", "python3", "poetry", "pipenv", "pdm", "hatch"}),
        False,
    ),
    "actions/setup-java": _Setup(
        "Java",
        "eclipse-temurin",
        "java-version",
        "java-version-file",
        frozenset({"mvn", "mvnw", "gradle", "gradlew", "sbt"}),
        False,
    ),
    "actions/setup-dotnet": _Setup(
        ".NET", "dotnet", "dotnet-version", "global-json-file", frozenset({"dotnet", "nuget"}), False
    ),
    "ruby/setup-ruby": _Setup("Ruby", "ruby", "ruby-version", "", frozenset({"bundle", "gem"}), False),
    "shivammathur/setup-php": _Setup(
        "PHP", "php", "php-version", "php-version-file", frozenset({"composer", "php"}), False
    ),
}


class Toolchain:
    """The language that a step sets up; ``product`` is its name in the table of end-of-life dates."""

    def __init__(self, step: Step, action: str, setup: _Setup) -> None:
        self.step = step
        self.action = action
        self.label = setup.label
        self.product = setup.product
        self.input = setup.input
        self.programs = setup.programs
        self._setup = setup

    @property
    def version_key(self) -> str | None:
        """The key of the version input as written; ``None`` when it is not set."""
        return self.step.input_key(self.input)

    @cached_property
    def versions(self) -> list[Value]:
        """Every version that is written for it, as text: of a list of versions each, of a matrix each value."""
        key = self.version_key
        if key is None:
            return []
        # Nobody can say which version is meant by a number that lost digits.
        known = (value for value in self.step.input_values(self.input) if not value.is_truncated)
        return [one for value in known for one in self._lines(key, value)]

    def _lines(self, key: str, value: Value) -> list[Value]:
        """Take apart the lines of a block scalar, which some actions read as a list."""
        if "\n" not in value.text.strip():
            return [value]
        found, offset = [], 0
        for line in value.text.split("\n"):
            text = line.strip()
            if text:
                start = offset + line.index(text)
                found.append(Value(text, self.step.text_at(("with", key), start, len(text))))
            offset += len(line) + 1
        return found

    @property
    def takes_runner_default(self) -> bool:
        """Whether no version is set, in the workflow or a file, so that the runner's own is used."""
        setup = self._setup
        return (
            setup.runner_default
            and self.version_key is None
            and self.step.input_key(setup.file_input) is None
            and not self.step.input_key("version")
        )

    def plain_version(self, text: str) -> str | None:
        """Give the version at the lower end of a range: ``1.20`` of ``1.20.x`` and ``^1.20``; ``None`` for words."""
        match = _VERSION.match(text.strip())
        if match is None:
            return self._codename(text)
        version = match[1]
        if self.product == "eclipse-temurin":
            return version.removeprefix("1.") if version.startswith("1.") else version.partition(".")[0]
        return version

    def _codename(self, text: str) -> str | None:
        return _NODE_CODENAMES.get(text.strip().lower()) if self.product == "nodejs" else None

    def is_floating(self, text: str) -> bool:
        """Tell whether a version means another release after each new major or minor one."""
        plain = text.strip().lower()
        if plain in ("latest", "stable", "oldstable", "node", "current", "lts/*", "lts", "nightly", "x", "*", "head"):
            return True
        return re.fullmatch(r"(?:>=?\s*\d[\d.]*|v?\d+\.[x*])", plain) is not None and not (
            self.product in _MAJOR_IS_CYCLE and "." in plain and not plain.startswith(">")
        )


# Of these a major version is one release line, so 22.x is as exact as 1.25.x of Go.
_MAJOR_IS_CYCLE = frozenset({"nodejs", "eclipse-temurin", "dotnet"})

_VERSION = regex(r"(?:[~^=]|>=?)?\s*v?(\d+(?:\.\d+)*)(?:\.[xX*])*(?:-[A-Za-z0-9.]+)?\Z")
_NODE_CODENAMES = {
    "lts/dubnium": "10",
    "lts/erbium": "12",
    "lts/fermium": "14",
    "lts/gallium": "16",
    "lts/hydrogen": "18",
    "lts/iron": "20",
    "lts/jod": "22",
    "lts/krypton": "24",
}


_JAVA_PRODUCTS = {
    "corretto": "amazon-corretto",
    "dragonwell": "alibaba-dragonwell",
    "liberica": "bellsoft-liberica",
    "oracle": "openjdk-builds-from-oracle",
}


def toolchain_of(step: Step) -> Toolchain | None:
    """Give the language that a step sets up; ``None`` when it sets up none that is known."""
    action = step.action
    setup = _SETUPS.get(action.name) if action is not None else None
    if action is None or setup is None:
        return None
    known: Toolchain | None = step.notes.get("toolchain")
    if known is None:
        known = step.notes["toolchain"] = _toolchain(step, action, setup)
    return known


def _toolchain(step: Step, action: ActionReference, setup: _Setup) -> Toolchain:
    if action.name == "actions/setup-java":
        distribution = (step.input("distribution") or "temurin").lower()
        setup = setup._replace(product=_JAVA_PRODUCTS.get(distribution, "eclipse-temurin"))
    return Toolchain(step, action.name, setup)
