"""``cnlint cache``: the cache of results."""

import click


@click.group("cache")
def command() -> None:
    """Manage the cache of results."""


@command.command("clear")
def clear() -> None:
    """Delete the cache."""
    from cnlint.engine.cache import clear_cache
    from cnlint.report.escape import visible

    click.echo(f"deleted {visible(clear_cache())}")


@command.command("dir")
def directory() -> None:
    """Print the folder of the cache."""
    from cnlint.engine.cache import cache_folder
    from cnlint.report.escape import visible

    click.echo(visible(cache_folder()))
