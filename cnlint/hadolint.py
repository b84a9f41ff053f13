"""Settings that a project has already given to hadolint, in the form of our own.

hadolint reads ``.hadolint.yaml`` in the current folder; we take the nearest one at or above the paths that are checked.
Its settings concern Dockerfiles only, and what ``cnlint.toml`` or the command line says wins over them.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cnlint.config import Configuration, ConfigurationError, FailOn
from cnlint.findings import Severity
from cnlint.rules import RuleSet
from cnlint.taken_over import changed, mapping, read, texts

_PEER = "hadolint"
_SEVERITIES: Mapping[str, Severity] = MappingProxyType(
    {"error": "error", "warning": "warning", "info": "info", "style": "info"}
)
_THRESHOLDS: Mapping[str, FailOn] = MappingProxyType({**_SEVERITIES, "ignore": "never", "none": "never"})
# Key of the file -> the rules and the option that it sets.
_OPTIONS = {
    "trustedRegistries": (("DF106",), "trusted_registries"),
    "label-schema": (("DF703", "DF704", "DF705", "DF706"), "label_schema"),
    "strict-labels": (("DF704",), "strict_labels"),
}
_SHELLCHECK_RULE = "DF312"


def with_hadolint(configuration: Configuration, path: str, rules: RuleSet) -> Configuration:
    """Give the configuration with what hadolint's configuration file adds to it.

    Raises `ConfigurationError` for a file that cannot be read and for values of the wrong type.
    """
    content = read(path)
    ignored = texts(content, "ignored", path)
    severities = {
        selector: _SEVERITIES[severity]
        for severity, codes in mapping(content, "override", path).items()
        if severity in _SEVERITIES
        for selector in rules.selectors_for_peer(_PEER, map(str, codes or ()))
    }
    options = _options(content, path)
    shellcheck = [int(code[2:]) for code in ignored if code.startswith("SC") and code[2:].isdecimal()]
    if shellcheck:
        defaults = rules[_SHELLCHECK_RULE].defaults()["exclude"]
        options[_SHELLCHECK_RULE] = {"exclude": [*defaults, *shellcheck]}
    for code, given in configuration.rules.items():
        options[code] = {**options.get(code, {}), **given}
    changes: dict[str, Any] = {
        "ignore": (*configuration.ignore, *rules.selectors_for_peer(_PEER, ignored)),
        "severity": {**severities, **configuration.severity},
        "rules": options,
    }
    threshold = _threshold(content, path)
    if threshold is not None and "fail-on" not in configuration.origins:
        changes["fail_on_by_domain"] = {"dockerfile": threshold, **configuration.fail_on_by_domain}
    return changed(configuration, changes, path)


def _options(content: Mapping[str, Any], path: str) -> dict[str, dict[str, Any]]:
    """Give the options that the file sets, by the code of the rule."""
    found: dict[str, dict[str, Any]] = {}
    for key, (codes, option) in _OPTIONS.items():
        if key in content:
            for code in codes:
                found.setdefault(code, {})[option] = _option(content, key, path)
    return found


def _option(content: Mapping[str, Any], key: str, path: str) -> Any:
    if key == "trustedRegistries":
        return texts(content, key, path)
    if key == "label-schema":
        return {str(label): str(form) for label, form in mapping(content, key, path).items()}
    return bool(content[key])


def _threshold(content: Mapping[str, Any], path: str) -> FailOn | None:
    if content.get("no-fail") is True:
        return "never"
    value = content.get("failure-threshold")
    if value is None:
        return None
    if value not in _THRESHOLDS:
        raise ConfigurationError(f"{path}: failure-threshold is {value!r}; it can be {', '.join(_THRESHOLDS)}")
    return _THRESHOLDS[value]
