"""Functions and services that workflows deploy."""

from collections.abc import Iterator

from cnlint.data.end_of_life import cycle_of_product
from cnlint.data.serverless_runtimes import lifecycle
from cnlint.findings import Report, Severity, report
from cnlint.manifests.commands import StepCommand
from cnlint.manifests.workflow import Step
from cnlint.rules import Context, check
from cnlint.syntax.shell import Word


@check("GHA916")
def retired_runtime(command: StepCommand, context: Context) -> Iterator[Report]:
    found = _runtime(command)
    if found is None:
        return
    provider, word = found
    life = lifecycle(provider, word.value)
    if life is None:
        return
    stage = life.stage(context.today)
    if stage != "supported":
        severity: Severity | None = "warning" if stage == "deprecated" else None
        hint = f"move to {life.successor} or another supported runtime" if life.successor else None
        message = f'runtime "{life.runtime}" {life.sentence(context.today)}'
        yield report(command.place(word), message, severity=severity, hint=hint)


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


def _runtime(command: StepCommand) -> tuple[str, Word] | None:
    """Give provider and runtime of a function that a command creates or configures."""
    if command.runs("aws", "lambda", "create-function|update-function-configuration"):
        provider = "aws"
    elif command.runs("gcloud", "functions|run", "deploy") or command.runs(
        "gcloud", "beta|alpha", "functions|run", "deploy"
    ):
        provider = "google"
    else:
        return None
    word = command.option("--runtime")
    return (provider, word) if word is not None else None


@check("GHA917")
def public_endpoint(command: StepCommand, context: Context) -> Iterator[Report]:
    for words, name in _public_settings(command):
        if name is None or name not in context.options["allow"]:
            what = f'"{name}"' if name else "the function"
            message = f"{what} is open to everybody: {' '.join(word.text for word in words)}"
            yield report(command.place(words[0], words[-1]), message)


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


_Setting = tuple[list[Word], str | None]


def _public_settings(command: StepCommand) -> Iterator[_Setting]:
    """Give the words that open an endpoint to everybody, with the endpoint's name where it is known."""
    if command.runs("gcloud", "beta|alpha"):
        verbs: tuple[str, ...] = ("beta|alpha",)
    else:
        verbs = ()
    if command.runs("gcloud", *verbs, "functions|run", "deploy"):
        flag = command.flag("--allow-unauthenticated")
        if flag is not None:
            yield [flag], _operand(command, len(verbs) + 2)
    elif command.runs("gcloud", *verbs, "functions", "add-iam-policy-binding"):
        yield from _given(command, "--member", ("allUsers", "allAuthenticatedUsers"), _operand(command, len(verbs) + 2))
    elif command.runs("gcloud", *verbs, "run", "services", "add-iam-policy-binding"):
        yield from _given(command, "--member", ("allUsers", "allAuthenticatedUsers"), _operand(command, len(verbs) + 3))
    elif command.runs("aws", "lambda", "create-function-url-config|update-function-url-config"):
        yield from _given(command, "--auth-type", ("NONE",), _value(command, "--function-name"))
    elif command.runs("aws", "lambda", "add-permission"):
        limits = ("--source-arn", "--source-account", "--principal-org-id")
        if not command.has_flag(*limits) and _value(command, "--function-url-auth-type") != "AWS_IAM":
            yield from _given(command, "--principal", ("*",), _value(command, "--function-name"))
    elif command.runs("az", "functionapp|webapp", "auth", "update"):
        anonymous = ("AllowAnonymous",)
        yield from _given(command, "--unauthenticated-client-action", anonymous, _value(command, "-n", "--name"))
        yield from _given(command, "--action", anonymous, _value(command, "-n", "--name"))


def _given(
    command: StepCommand, flag: str, values: tuple[str, ...], name: str | None
) -> Iterator[tuple[list[Word], str | None]]:
    carrier, value = command.flag(flag), command.option(flag)
    if carrier is not None and value is not None and value.value in values:
        yield ([carrier] if carrier.end >= value.end else [carrier, value]), name


def _value(command: StepCommand, *flags: str) -> str | None:
    word = command.option(*flags)
    return word.value if word is not None else None


def _operand(command: StepCommand, index: int) -> str | None:
    operands = command.operands()
    return operands[index].value if len(operands) > index else None
