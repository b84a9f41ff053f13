"""Functions and services that workflows deploy."""

from collections.abc import Iterator

from cnlint.findings import Report, report
from cnlint.manifests.commands import StepCommand
from cnlint.manifests.workflow import Step
from cnlint.rules import Context, check
from cnlint.syntax.shell import Word


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
