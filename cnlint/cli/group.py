"""The group of all commands; the module of each is loaded when it is called."""

import importlib

import click

# Command -> module that holds it (as ``command``), and its line in the list of commands.
_COMMANDS = {
    "check": ("cnlint.cli.check", "Check files and folders."),
    "rule": ("cnlint.cli.rule", "Explain a rule."),
    "rules": ("cnlint.cli.rules", "List the rules."),
    "config": ("cnlint.cli.config", "Show the configuration in force."),
    "init": ("cnlint.cli.init", "Set cnlint up in a repository."),
    "cache": ("cnlint.cli.cache", "Manage the cache of results."),
    "completion": ("cnlint.cli.completion", "Print the completion script of a shell."),
}


class _LazyGroup(click.Group):
    """A group that imports a command's module when the command is called and not to list it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(_COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in _COMMANDS.items()])


def _print_version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from cnlint import __version__

        click.echo(f"cnlint {__version__}")
        ctx.exit()


@click.command(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Show the version."
)
def group() -> None:
    """Check Dockerfiles, Kubernetes and Istio YAML, Argo CD, GitHub Actions, and how they agree.

    \b
    cnlint check .              check a repository
    cnlint rule DF102           explain a rule
    """
