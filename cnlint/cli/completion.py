"""``cnlint completion``: the script that makes a shell complete cnlint's commands and options."""

import click


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script of a shell.

    \b
    bash:  cnlint completion bash > ~/.local/share/bash-completion/completions/cnlint
    zsh:   cnlint completion zsh > ~/.zfunc/_cnlint
    fish:  cnlint completion fish > ~/.config/fish/completions/cnlint.fish
    """
    from click.shell_completion import get_completion_class

    from cnlint.cli.group import group

    completion_class = get_completion_class(shell)
    assert completion_class is not None
    click.echo(completion_class(group, {}, "cnlint", "_CNLINT_COMPLETE").source())
