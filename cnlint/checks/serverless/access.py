"""Who may call functions."""

from collections.abc import Iterator

from cnlint.findings import Report, report
from cnlint.manifests.serverless import PublicAccess
from cnlint.rules import Context, check


@check("SLS201")
def unauthenticated_function(access: PublicAccess, context: Context) -> Iterator[Report]:
    if access.kind == "event" and not context.options["http_events"]:
        return
    if not any(name in context.options["allow_functions"] for name in access.names):
        yield report(access.place, f"{access.subject} can be called by everybody: {access.setting}")
