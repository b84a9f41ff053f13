"""``cnlint config``: the configuration in force, and where each value comes from."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from cnlint.cli import terminal
from cnlint.cli.options import color_option, format_option

if TYPE_CHECKING:
    from cnlint.config import Configuration
    from cnlint.report.style import Paint

# Key in the file -> attribute of the configuration; those of tables come last, as TOML wants it.
_SETTINGS = {
    "profile": "profile",
    "select": "select",
    "extend-select": "extend_select",
    "ignore": "ignore",
    "fail-on": "fail_on",
    "exclude": "exclude",
    "respect-gitignore": "respect_gitignore",
    "kubernetes-version": "kubernetes_version",
    "today": "today",
    "baseline": "baseline",
    "fail-on-by-domain": "fail_on_by_domain",
    "severity": "severity",
    "rules": "rules",
    "per-file-ignores": "per_file_ignores",
    "project.complete": "complete",
    "project.self-repo": "self_repo",
    "project.cluster-domain": "cluster_domain",
    "project.kustomize": "kustomize",
    "project.helm": "helm",
    "project.helm-values": "helm_values",
    "limits.max-file-size": "limits.max_file_size",
    "limits.max-depth": "limits.max_depth",
    "limits.max-nodes": "limits.max_nodes",
    "limits.max-documents": "limits.max_documents",
    "policies.paths": "policy_paths",
}


@click.command("config")
@click.argument("path", type=click.Path(), default=".")
@click.option("--config", "config_path", type=click.Path(), help="Configuration file, in place of the nearest one.")
@click.option("--root", type=click.Path(), help="Project root, from which the nearest file is looked for.")
@format_option("text", "json", help="TOML with comments, or JSON.")
@color_option("the text")
def command(path: str, config_path: str | None, root: str | None, output_format: str, color: str) -> None:
    """Show the configuration in force for PATH (by default the current folder), and where each value comes from."""
    from cnlint import rule_index
    from cnlint.api import read_configuration
    from cnlint.config import ConfigurationError, select_rules

    try:
        configuration = read_configuration(config_path, (path,), root)
        selected = len(select_rules(rule_index.load(), configuration).rules)
    except ConfigurationError as error:
        terminal.fail(str(error))
    if output_format == "json":
        terminal.write(_json(configuration, selected))
    else:
        from cnlint.report.style import painter

        terminal.write(_toml(configuration, selected, painter(terminal.use_color(color))))


def settings(configuration: "Configuration") -> Iterator[tuple[str, Any, str]]:
    """Give each setting: its key in the file, its value in the types of TOML (``None``: not set), and its origin."""
    for key, attribute in _SETTINGS.items():
        value: Any = configuration
        for part in attribute.split("."):
            value = getattr(value, part)
        yield key, _plain(key, value), configuration.origins.get(key, "default")


def _plain(key: str, value: Any) -> Any:
    if key == "kubernetes-version":
        return ".".join(map(str, value))
    if key == "project.complete":
        return "auto" if value is None else value
    if key == "today":
        return value and value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    if hasattr(value, "items"):
        return {name: _plain("", one) for name, one in value.items()}
    return value


def _json(configuration: "Configuration", selected: int) -> Iterator[str]:
    import json

    values = {key: {"value": value, "origin": origin} for key, value, origin in settings(configuration)}
    yield json.dumps({"file": configuration.file, "rules_selected": selected, "settings": values}, indent=2) + "\n"


def _toml(configuration: "Configuration", selected: int, paint: "Paint") -> Iterator[str]:
    from cnlint.report.escape import visible
    from cnlint.report.wording import plural

    source = visible(configuration.file) if configuration.file is not None else "none found, all values are defaults"
    yield paint("dim", f"# Configuration file: {source}") + "\n"
    yield paint("dim", f"# Rules in force: {plural(selected, 'rule')} (cnlint rules lists them)") + "\n\n"
    table = ""
    for key, value, origin in settings(configuration):
        where, _, name = key.rpartition(".")
        if where != table:
            table = where
            yield f"\n{paint('title', f'[{table}]')}\n"
        line = f"{name} = {_toml_value(value)}" if value is not None else f"# {name} is not set"
        note = f"# {visible(origin)}"
        shown = paint("dim", note) if origin == "default" else paint("good", note)
        yield f"{line.ljust(40)}  {shown}\n"


def _toml_value(value: Any) -> str:
    from cnlint.report.escape import json_text

    if isinstance(value, dict):
        pairs = ", ".join(f"{_toml_key(key)} = {_toml_value(one)}" for key, one in value.items())
        return f"{{{pairs}}}" if pairs else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml_value, value))}]"
    # Strings, numbers and booleans of TOML are written as in JSON.
    return json_text(value)


def _toml_key(key: str) -> str:
    from cnlint.report.escape import json_text

    bare = key.replace("-", "").replace("_", "")
    return key if bare.isascii() and bare.isalnum() else json_text(key)
