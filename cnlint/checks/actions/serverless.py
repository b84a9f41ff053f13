"""Functions and services that workflows deploy."""

from collections.abc import Iterator

from cnlint.data.end_of_life import cycle_of_product
from cnlint.findings import Report, Severity, report
from cnlint.manifests.commands import StepCommand
from cnlint.manifests.serverless_commands import public_access_of_command, runtimes_of_command
from cnlint.manifests.workflow import Step
from cnlint.rules import Context, check


@check("GHA916")
def retired_runtime(command: StepCommand, context: Context) -> Iterator[Report]:
    for runtime in runtimes_of_command(command):
        life = runtime.lifecycle
        stage = life.stage(context.today) if life else "supported"
        if life is None or stage == "supported":
            continue
        severity: Severity | None = "warning" if stage == "deprecated" else None
        hint = f"move to {life.successor} or another supported runtime" if life.successor else None
        message = f'runtime "{life.runtime}" {life.sentence(context.today)}'
        yield report(runtime.place, message, severity=severity, hint=hint)


@check("GHA916")
def retired_azure_runtime(command: StepCommand, context: Context) -> Iterator[Report]:
    if not command.runs("az", "functionapp", "create"):
        return
    language, version = command.option("--runtime"), command.option("--runtime-version")
    product = _AZURE_LANGUAGES.get(language.value or "") if language is not None else None
    if product is None or version is None:
        return
    cycle = cycle_of_product(product, version.value)
    if cycle is not None and cycle.has_ended(context.today):
        ended = f" on {cycle.eol}" if not isinstance(cycle.eol, bool) else ""
        message = f"functions run on {cycle.label}, which reached its end of life{ended}"
        yield report(command.place(version), message)


_AZURE_LANGUAGES = {
    "node": "nodejs",
    "python": "python",
    "java": "eclipse-temurin",
    "dotnet": "dotnet",
    "dotnet-isolated": "dotnet",
}


@check("GHA917")
def public_endpoint(command: StepCommand, context: Context) -> Iterator[Report]:
    for access in public_access_of_command(command):
        if not any(name in context.options["allow"] for name in access.names):
            yield report(access.place, f"{access.subject} is open to everybody: {access.setting}")


@check("GHA917")
def public_endpoint_by_action(step: Step, context: Context) -> Iterator[Report]:
    if not step.uses("google-github-actions/deploy-cloudrun", "google-github-actions/deploy-cloud-functions"):
        return
    key, flags = step.input_key("flags"), step.input("flags") or ""
    offset = f" {flags} ".replace("\n", " ").find(" --allow-unauthenticated ")
    name = step.input("service") or step.input("name") or ""
    if key is not None and offset >= 0 and name not in context.options["allow"]:
        place = step.text_at(("with", key), offset, len("--allow-unauthenticated"))
        yield report(place, f'"{name or step.label}" is open to everybody: --allow-unauthenticated')
