"""Runtimes of functions: how long providers run them, and what Go functions need."""

import datetime
from collections.abc import Iterator

from cnlint.findings import Edit, Fix, Report, Severity, report
from cnlint.graph import repository
from cnlint.manifests.serverless import FunctionRuntime, ServerlessFunction
from cnlint.rules import Context, check

_CUSTOM_RUNTIMES = ("provided", "provided.al2", "provided.al2023")


@check("SLS101")
def deprecated_lambda_runtime(runtime: FunctionRuntime, context: Context) -> Iterator[Report]:
    if runtime.provider == "aws" and _stage(runtime, context.today) == "deprecated":
        yield _retired(runtime, context.today)


@check("SLS105")
def lambda_runtime_creation_blocked(runtime: FunctionRuntime, context: Context) -> Iterator[Report]:
    if runtime.provider == "aws" and _stage(runtime, context.today) == "creation-blocked":
        yield _retired(runtime, context.today)


@check("SLS106")
def lambda_runtime_update_blocked(runtime: FunctionRuntime, context: Context) -> Iterator[Report]:
    if runtime.provider == "aws" and _stage(runtime, context.today) == "update-blocked":
        yield _retired(runtime, context.today)


@check("SLS102")
def deprecated_cloud_functions_runtime(runtime: FunctionRuntime, context: Context) -> Iterator[Report]:
    stage = _stage(runtime, context.today)
    if runtime.provider == "google" and stage != "supported":
        yield _retired(runtime, context.today, severity="warning" if stage == "deprecated" else None)


@check("SLS103")
def runtime_support_ending(runtime: FunctionRuntime, context: Context) -> Iterator[Report]:
    life = runtime.lifecycle
    if life is None or life.deprecated is None or life.stage(context.today) != "supported":
        return
    if life.deprecated - context.today <= datetime.timedelta(days=context.options["days"]):
        yield _retired(runtime, context.today)


@check("SLS104")
def go_runtime_handler_mismatch(function: ServerlessFunction, context: Context) -> Iterator[Report]:
    if not function.is_sam or function.is_image:
        return
    name, runtime, handler = function.name, function.runtime, function.handler
    if runtime == "go1.x" and function.build_method == "go1.x":
        message = f'BuildMethod go1.x of function "{name}" is for runtimes provided.*, and its runtime is go1.x'
        yield report(function.at("Properties", "Runtime"), message, hint="set Runtime: provided.al2023")
    elif runtime in _CUSTOM_RUNTIMES and handler not in (None, "bootstrap") and _is_built_from_go(function, context):
        message = f'runtime "{runtime}" runs the file bootstrap, and the handler of Go function "{name}" is "{handler}"'
        # Without a build method the program may have been built, and named, by somebody else.
        severity: Severity | None = None if function.build_method else "warning"
        yield report(function.at("Properties", "Handler"), message, severity=severity)


def _is_built_from_go(function: ServerlessFunction, context: Context) -> bool:
    """Tell whether SAM compiles the function from Go and names the program after the handler."""
    if function.build_method is not None:
        return function.build_method == "go1.x"
    if function.code_uri is None:
        return False
    folder = repository.join(function.document.path.rpartition("/")[0], function.code_uri)
    return folder is not None and context.project.is_file(f"{folder}/go.mod" if folder else "go.mod")


def _stage(runtime: FunctionRuntime, today: datetime.date) -> str:
    life = runtime.lifecycle
    return "supported" if life is None else life.stage(today)


def _retired(runtime: FunctionRuntime, today: datetime.date, severity: Severity | None = None) -> Report:
    life = runtime.lifecycle
    sentence = life.sentence(today) if life else ""
    successor = life.successor if life else None
    return report(
        runtime.place,
        f'runtime "{runtime.runtime}" of {runtime.subject} {sentence}',
        severity=runtime.severity or severity,
        hint=_hint(runtime.runtime, successor),
        fixes=_fixes(runtime, successor),
    )


def _hint(runtime: str, successor: str | None) -> str | None:
    if successor is None:
        return None
    if runtime == "go1.x":
        return f"build the program as bootstrap and use the runtime {successor} with the handler bootstrap"
    return f"move to the runtime {successor}"


def _fixes(runtime: FunctionRuntime, successor: str | None) -> list[Fix]:
    """Propose the runtime that takes over programs without a change; the others need new code."""
    if successor != "provided.al2023" or runtime.quote is None:
        return []
    edits = [Edit(runtime.place.span, f"{runtime.quote}{successor}{runtime.quote}")]
    if runtime.runtime == "go1.x" and runtime.handler is not None:
        edits.append(Edit(runtime.handler.span, f"{runtime.quote}bootstrap{runtime.quote}"))
    return [Fix(f"use the runtime {successor}", tuple(edits))]
