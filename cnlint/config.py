"""Settings: what a configuration file, the command line and callers may say, and where each value comes from."""

import datetime
import os
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, cast

from cnlint.findings import SEVERITIES, Severity
from cnlint.rules import PROFILES, Profile, Rule, RuleSet, sub_code_of

FILE_NAMES = ("cnlint.toml", ".cnlint.toml")
HADOLINT_FILES = (".hadolint.yaml", ".hadolint.yml")
KUBE_LINTER_FILES = (".kube-linter.yaml", ".kube-linter.yml")
NEWEST_KUBERNETES = (1, 37)
OLDEST_KUBERNETES = (1, 25)
DEFAULT_MAX_FILE_SIZE = 10 * 1024 * 1024

FailOn = Literal["error", "warning", "info", "never"]


class ConfigurationError(Exception):
    """A setting that cannot be used; the message names the file, the key and what is allowed."""


class Limits(NamedTuple):
    """Bounds on what is read from one file."""

    max_file_size: int = DEFAULT_MAX_FILE_SIZE
    """Bytes."""
    max_depth: int = 100
    max_nodes: int = 1_000_000
    max_documents: int = 200_000


class Configuration(NamedTuple):
    """The settings of a run, complete and checked."""

    profile: Profile = "default"
    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: FailOn = "warning"
    fail_on_by_domain: Mapping[str, FailOn] = MappingProxyType({})
    """What holds in place of ``fail_on`` for the rules of one domain."""
    exclude: tuple[str, ...] = ()
    respect_gitignore: bool = True
    kubernetes_version: tuple[int, int] = NEWEST_KUBERNETES
    today: datetime.date | None = None
    baseline: str | None = None
    severity: Mapping[str, Severity] = MappingProxyType({})
    rules: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
    per_file_ignores: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    complete: bool | None = None
    self_repo: tuple[str, ...] = ()
    cluster_domain: str = "cluster.local"
    kustomize: str = "built-in"
    """What builds kustomizations: ``built-in``, or the ``program`` where it is installed."""
    helm: bool = False
    """Whether Helm charts are rendered; a configuration file that nobody named cannot ask for it."""
    helm_values: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    """For the folders of charts, files of values (relative to these) that they are rendered with too."""
    limits: Limits = Limits()
    policy_paths: tuple[str, ...] = ()
    origins: Mapping[str, str] = MappingProxyType({})
    """For each setting that is not a default: the file or option that gave it."""
    file: str | None = None


def find_configuration(start: str) -> str | None:
    """Give the nearest configuration file at or above a folder (or a file's folder).

    ``cnlint.toml`` wins over ``.cnlint.toml``, and both over a ``pyproject.toml`` that has a ``[tool.cnlint]`` table.
    """
    return find_upwards(start, (*FILE_NAMES, "pyproject.toml"))


def find_upwards(start: str, names: Iterable[str]) -> str | None:
    """Give the nearest file of one of these names at or above a folder (or a file's folder).

    Earlier names win within a folder; a ``pyproject.toml`` without a table of ours does not count.
    """
    folder = os.path.abspath(start)
    if not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    while True:
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and (name != "pyproject.toml" or _has_own_table(path)):
                return path
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def load_configuration(path: str) -> Configuration:
    """Read and check a configuration file.

    Raises `ConfigurationError` that names the file and, where it is told, the line or the key.
    """
    import tomllib

    try:
        with open(path, "rb") as file:
            content = tomllib.load(file)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: not valid TOML: {error}") from error
    if os.path.basename(path) == "pyproject.toml":
        content = content.get("tool", {}).get("cnlint", {})
    return configuration_from(content, path)


def configuration_from(content: Mapping[str, Any], origin: str) -> Configuration:
    """Turn the content of a configuration file into settings.

    Raises `ConfigurationError` for unknown keys (naming the nearest known one) and wrong values.
    """
    _validate(content, origin)
    project = content.get("project", {})
    limits = content.get("limits", {})
    complete = project.get("complete", "auto")
    values: dict[str, Any] = {
        "complete": None if complete == "auto" else complete,
        "self_repo": tuple(project.get("self-repo", ())),
        "cluster_domain": project.get("cluster-domain", "cluster.local"),
        "kustomize": project.get("kustomize", "built-in"),
        "helm": project.get("helm", False),
        "helm_values": {
            os.path.normpath(folder).replace(os.sep, "/"): tuple(files)
            for folder, files in project.get("helm-values", {}).items()
        },
        "policy_paths": tuple(content.get("policies", {}).get("paths", ())),
        "per_file_ignores": {
            pattern: tuple(selectors) for pattern, selectors in content.get("per-file-ignores", {}).items()
        },
        "limits": Limits(
            parse_size(limits.get("max-file-size", DEFAULT_MAX_FILE_SIZE)),
            limits.get("max-depth", 100),
            limits.get("max-nodes", 1_000_000),
            limits.get("max-documents", 200_000),
        ),
    }
    for key in ("profile", "fail-on", "fail-on-by-domain", "respect-gitignore", "baseline", "severity", "rules"):
        if key in content:
            values[key.replace("-", "_")] = content[key]
    for key in ("select", "extend-select", "ignore", "exclude"):
        values[key.replace("-", "_")] = tuple(content.get(key, ()))
    if "kubernetes-version" in content:
        values["kubernetes_version"] = parse_kubernetes_version(content["kubernetes-version"])
    if "today" in content:
        values["today"] = parse_date(content["today"])
    origins = {key: origin for key in content if key not in ("project", "limits", "policies")}
    for table in ("project", "limits", "policies"):
        origins.update({f"{table}.{key}": origin for key in content.get(table, {})})
    return Configuration(**values, origins=origins, file=origin)


def parse_kubernetes_version(text: str) -> tuple[int, int]:
    """Read ``1.30``, ``v1.30`` or ``1.30.4``; raises `ConfigurationError` outside of the versions known."""
    parts = text.strip().lstrip("v").split(".")
    if len(parts) < 2 or not all(part.isascii() and part.isdigit() for part in parts[:2]):
        raise ConfigurationError(f"Kubernetes version {text!r} is not like 1.30")
    version = (int(parts[0]), int(parts[1]))
    if not OLDEST_KUBERNETES <= version <= NEWEST_KUBERNETES:
        oldest, newest = (".".join(map(str, bound)) for bound in (OLDEST_KUBERNETES, NEWEST_KUBERNETES))
        raise ConfigurationError(f"Kubernetes version {text} is not known; known are {oldest} to {newest}")
    return version


def parse_date(text: str) -> datetime.date:
    """Read an ISO date; raises `ConfigurationError`."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(f"{text!r} is not a date like 2026-01-31") from error


def parse_size(value: int | str) -> int:
    """Read a number of bytes, with an optional unit B, KiB, MiB or GiB; raises `ConfigurationError`."""
    if isinstance(value, int):
        return value
    number = value.strip().rstrip("BKMGi").strip()
    unit = value.strip()[len(number) :].strip()
    factors = {"": 1, "B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
    if not number.isdigit() or unit not in factors:
        raise ConfigurationError(f"{value!r} is not a size like 10MiB")
    return int(number) * factors[unit]


def check_choice(name: str, value: str, choices: tuple[str, ...]) -> str:
    """Give the value back when it is one of the choices; raises `ConfigurationError` that lists them."""
    if value not in choices:
        raise ConfigurationError(f"{name} is {value!r}; it can be {', '.join(choices)}")
    return value


class Selection(NamedTuple):
    """The rules of a run with the severity and the options that are in force."""

    rules: tuple[Rule, ...]
    severities: Mapping[str, Severity]
    options: Mapping[str, Mapping[str, Any]]
    sub_codes: Mapping[str, frozenset[str]] = MappingProxyType({})
    """Rules of which only some findings are wanted, with the codes that other tools give these."""
    ignored_sub_codes: frozenset[str] = frozenset()
    """Codes of other tools whose findings are not wanted."""

    def wants_sub_code(self, code: str, sub_code: str) -> bool:
        """Tell whether what another tool says is wanted, by the code of the rule that passes it on and its own."""
        return sub_code not in self.ignored_sub_codes and sub_code in self.sub_codes.get(code, (sub_code,))

    @property
    def codes(self) -> frozenset[str]:
        """The codes of the rules."""
        return frozenset(rule.code for rule in self.rules)


def select_rules(rules: RuleSet, configuration: Configuration) -> Selection:
    """Choose the rules of a run.

    ``select`` replaces what the profile would choose, ``extend_select`` adds to it, ``ignore`` takes away. Rules by
    which the tool itself speaks (files that it cannot read and the like) stay unless they are ignored by name.
    Raises `ConfigurationError` for a selector that means nothing and for an option that a rule does not have.
    """
    chosen: set[str] = set()
    selects, selected_sub_codes = _split(configuration.select)
    extends, extended_sub_codes = _split(configuration.extend_select)
    ignores, ignored_sub_codes = _split(configuration.ignore)
    if configuration.select:
        chosen.update(*(_codes_for(rules, selector, "select") for selector in selects))
    else:
        wanted = PROFILES[: PROFILES.index(configuration.profile) + 1]
        chosen.update(rule.code for rule in rules if rule.profile in wanted)
    chosen.update(rule.code for rule in rules if rule.domain == "tool" and rule.profile == "default")
    for selector in extends:
        chosen |= _codes_for(rules, selector, "extend-select")
    sub_codes: dict[str, frozenset[str]] = {}
    if wanted_sub_codes := selected_sub_codes | extended_sub_codes:
        sub_codes = {
            rule.code: wanted_sub_codes for rule in rules if rule.passes_findings_on and rule.code not in chosen
        }
        chosen |= sub_codes.keys()
    for selector in ignores:
        chosen -= _codes_for(rules, selector, "ignore")
    severities: dict[str, Severity] = {rule.code: rule.severity for rule in rules}
    for selector, severity in configuration.severity.items():
        for code in _codes_for(rules, selector, "severity"):
            severities[code] = cast("Severity", check_choice(f"severity of {selector}", severity, SEVERITIES))
    options = {rule.code: rule.defaults() for rule in rules if rule.options}
    for selector, given in configuration.rules.items():
        for code in _codes_for(rules, selector, "rules"):
            options[code] = _merge_options(rules[code], options.get(code, {}), given)
    selected = tuple(rule for rule in rules if rule.code in chosen)
    return Selection(selected, severities, options, sub_codes, ignored_sub_codes)


def _split(selectors: Iterable[str]) -> tuple[list[str], frozenset[str]]:
    """Tell selectors of rules from codes of other tools."""
    rest = [selector for selector in selectors if sub_code_of(selector) is None]
    return rest, frozenset(code for selector in selectors if (code := sub_code_of(selector)) is not None)


def _codes_for(rules: RuleSet, selector: str, setting: str) -> frozenset[str]:
    codes = rules.codes_for(selector)
    if not codes:
        raise ConfigurationError(f"{setting}: {selector!r} is no rule{nearest(selector, rules.known_selectors())}")
    return codes


def _merge_options(rule: Rule, defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(defaults)
    for key, value in given.items():
        name = key.replace("-", "_")
        if name not in rule.options:
            known = ", ".join(rule.options) or "none"
            raise ConfigurationError(f"{rule.code} has no option {key!r}; its options: {known}")
        expected = rule.options[name].get("type")
        if not _has_type(value, expected):
            raise ConfigurationError(f"{rule.code}: option {key!r} is {value!r}; expected is {expected}")
        _check_content(f"{rule.code}: option {key!r}", value, rule.options[name])
        merged[name] = value
    return merged


def _check_content(what: str, value: object, schema: Mapping[str, Any]) -> None:
    """Check what a list or mapping holds, and that what should be a regular expression is one."""
    if not isinstance(value, list | dict) and "format" not in schema:
        return
    from jsonschema import Draft202012Validator, FormatChecker

    formats = FormatChecker()
    formats.checkers = {**Draft202012Validator.FORMAT_CHECKER.checkers, "cel": (_check_expression, ValueError)}
    try:
        errors = list(Draft202012Validator(schema, format_checker=formats).iter_errors(value))
    except ConfigurationError as missing:
        raise ConfigurationError(f"{what}: {missing}") from missing
    for error in errors:
        problem = error.message
        if error.validator == "format" and error.validator_value == "cel":
            where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.path)
            problem = f"{where.lstrip('.')}: {error.cause}"
        elif error.validator == "format":
            problem = f"{error.instance!r} is no regular expression: {error.cause}"
        raise ConfigurationError(f"{what}: {problem}")


def _check_expression(value: object) -> bool:
    """Compile an expression of a policy; the error says what is wrong, and where."""
    if not isinstance(value, str):
        return True
    from cnlint.policies.cel import CelError, NotInstalledError
    from cnlint.policies.object_policies import compile_policy

    try:
        compile_policy(value)
    except CelError as error:
        raise ValueError(str(error)) from error
    except NotInstalledError as error:
        raise ConfigurationError(str(error)) from error
    return True


def _has_type(value: object, expected: object) -> bool:
    if isinstance(expected, list):
        return any(_has_type(value, one) for one in expected)
    if isinstance(value, bool):
        return expected in ("boolean", None)
    types: dict[object, type | tuple[type, ...]] = {
        "string": str,
        "integer": int,
        "number": (int, float),
        "array": list,
        "object": dict,
        "boolean": bool,
    }
    return expected not in types or isinstance(value, types[expected])


def nearest(word: str, known: list[str]) -> str:
    """Give the end of a message that proposes the nearest known word, or nothing."""
    from difflib import get_close_matches

    matches = get_close_matches(word.casefold(), [name.casefold() for name in known], n=1, cutoff=0.7)
    if not matches:
        return ""
    original = next(name for name in known if name.casefold() == matches[0])
    return f"; did you mean {original!r}?"


def _has_own_table(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return b"[tool.cnlint" in file.read()
    except OSError:
        return False


def _validate(content: Mapping[str, Any], origin: str) -> None:
    """Check content against the configuration's JSON Schema, with errors that name the nearest known key."""
    import json

    from jsonschema import Draft202012Validator

    from cnlint.data import schema_path

    with open(schema_path("config.schema.json"), encoding="utf-8") as file:
        schema = json.load(file)
    errors = sorted(Draft202012Validator(schema).iter_errors(content), key=lambda error: list(map(str, error.path)))
    if not errors:
        return
    messages: list[str] = []
    for error in errors:
        where = ".".join(map(str, error.absolute_path))
        if error.validator == "additionalProperties":
            known = list(error.schema.get("properties", {}))
            unknown = [key for key in error.instance if key not in known]
            messages.extend(
                f"unknown key {'.'.join(filter(None, (where, key)))!r}{nearest(key, known)}" for key in unknown
            )
        else:
            messages.append(f"{where}: {error.message}" if where else error.message)
    raise ConfigurationError("\n".join(f"{origin}: {message}" for message in messages))
