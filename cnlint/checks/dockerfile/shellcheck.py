"""What ShellCheck says of the scripts of RUN instructions."""

from collections.abc import Iterator

from cnlint.findings import Report
from cnlint.manifests.shell_scripts import ShellScript
from cnlint.rules import Context, check


@check("DF312")
def shellcheck_findings(script: ShellScript, context: Context) -> Iterator[Report]:
    yield from script.reports(context.options["severity"], context.options["exclude"])
