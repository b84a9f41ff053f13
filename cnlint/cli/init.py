"""``cnlint init``: set cnlint up in a repository."""

import os

import click

from cnlint.cli import terminal

CONFIGURATION_FILE = "cnlint.toml"
PRE_COMMIT_FILE = ".pre-commit-config.yaml"
WORKFLOW_FILE = ".github/workflows/cnlint.yaml"

_CONFIGURATION = """\
# Settings of cnlint. All of them are optional; what is commented out is the default or an example.
# `cnlint config` shows what is in force, `cnlint rules` lists the rules, `cnlint rule CODE` explains one.

# Which rules run: default, strict (adds opinionated ones) or pedantic (all).
profile = "default"

# The least severity that makes the exit status 1: error, warning, info or never.
fail-on = "warning"

# Rules by code (DF102), prefix (DF4), name, category, tag, or another linter's id (hadolint:DL3006).
# select = []           # only these, whatever the profile
# extend-select = []    # these too
# ignore = []           # not these

# Paths to leave out, as patterns of .gitignore.
# exclude = []
# respect-gitignore = true

# Judge manifests for this version of Kubernetes.
# kubernetes-version = "{kubernetes_version}"

# Leave out the findings that are recorded here (cnlint check --write-baseline FILE records them).
# baseline = "cnlint-baseline.json"

# [project]
# Whether what is absent from the files is absent from the system: true, false, or "auto" (judge case by case).
# complete = "auto"
# Other names of this repository, where manifests refer to it by URL.
# self-repo = []

# Severity of single rules.
# [severity]
# missing-memory-limit = "error"

# Options of single rules; `cnlint rule CODE` lists them.
# [rules.K8S213]
# init_containers = true

# Rules to leave out for some paths.
# [per-file-ignores]
# "tests/**" = ["DF", "security"]
"""

_PRE_COMMIT_HOOK = """\
  - repo: local
    hooks:
      - id: cnlint
        name: cnlint
        entry: cnlint check
        language: python
        additional_dependencies: ["cnlint=={version}"]
        types_or: [dockerfile, yaml, shell]
        require_serial: true
"""

_WORKFLOW = """\
name: cnlint

on:
  pull_request:
  push:
    branches: [main]

permissions:
  contents: read

concurrency:
  group: ${{{{ github.workflow }}}}-${{{{ github.ref }}}}
  cancel-in-progress: true

jobs:
  cnlint:
    runs-on: ubuntu-24.04
    timeout-minutes: 10
    steps:
      - name: Check out the repository
        uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0
        with:
          persist-credentials: false
      - name: Check with cnlint
        run: pipx run cnlint=={version} check . --output-format github --output markdown="$GITHUB_STEP_SUMMARY"
"""


@click.command("init")
@click.argument("folder", type=click.Path(), default=".")
@click.option("--force", is_flag=True, help="Overwrite files that exist.")
@click.option("--workflow/--no-workflow", default=True, help="Write a GitHub workflow.  [default: workflow]")
@click.option("--pre-commit/--no-pre-commit", default=True, help="Write the pre-commit hook.  [default: pre-commit]")
def command(folder: str, force: bool, workflow: bool, pre_commit: bool) -> None:
    """Write cnlint.toml, a pre-commit hook and a GitHub workflow into FOLDER (by default the current one).

    Files that exist are left alone unless --force is given; a pre-commit configuration is never overwritten, the entry
    to add to it is printed.
    """
    if not os.path.isdir(folder):
        terminal.fail(f"{folder} is not a folder")
    try:
        _write(folder, CONFIGURATION_FILE, configuration_text(), force)
        if pre_commit:
            _set_up_pre_commit(folder)
        if workflow:
            _write(folder, WORKFLOW_FILE, workflow_text(), force)
    except OSError as error:
        terminal.fail(f"{error.filename}: cannot be written: {error.strerror or error}")
    click.echo("\nNext: cnlint check .")


def configuration_text() -> str:
    """Give the commented configuration file."""
    from cnlint.config import NEWEST_KUBERNETES

    return _CONFIGURATION.format(kubernetes_version=".".join(map(str, NEWEST_KUBERNETES)))


def workflow_text() -> str:
    """Give the GitHub workflow; its permissions and pins are those that cnlint asks for."""
    from cnlint import __version__

    return _WORKFLOW.format(version=__version__)


def _set_up_pre_commit(folder: str) -> None:
    from cnlint import __version__

    hook = _PRE_COMMIT_HOOK.format(version=__version__)
    path = os.path.join(folder, PRE_COMMIT_FILE)
    if not os.path.lexists(path):
        _write(folder, PRE_COMMIT_FILE, f"repos:\n{hook}", False)
        return
    with open(path, encoding="utf-8", errors="replace") as file:
        present = "id: cnlint" in file.read()
    if present:
        click.echo(f"kept     {PRE_COMMIT_FILE} (it has the hook)")
    else:
        click.echo(f"kept     {PRE_COMMIT_FILE}; add to its repos:\n\n{hook}")


def _write(folder: str, name: str, text: str, force: bool) -> None:
    path = os.path.join(folder, name)
    exists = os.path.lexists(path)
    if exists and not force:
        click.echo(f"kept     {name} (exists; --force overwrites it)")
        return
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
    click.echo(f"{'replaced' if exists else 'wrote   '} {name}")
