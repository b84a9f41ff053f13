"""Versions of languages that jobs set up and that the module or the image has another one of."""

from collections.abc import Iterator
from typing import NamedTuple

from cnlint.findings import Edit, Fix, Place, Related, Report, report
from cnlint.graph.images import BaseVersion
from cnlint.graph.project import Project
from cnlint.manifests.delivery import may_do
from cnlint.manifests.toolchains import Toolchain, toolchain_of
from cnlint.manifests.workflow import Job, Step, Value, Workflow
from cnlint.rules import Context, check
from cnlint.syntax.patterns import regex
from cnlint.syntax.source import Source, Span


class _Wanted(NamedTuple):
    """A version that a file of the project asks for, and where."""

    version: str
    place: Place
    said: str


@check("GHA914")
def version_drift(workflow: Workflow, context: Context) -> Iterator[Report]:
    if not context.project.files_named("go.mod") and not context.project.links.base_versions:
        return
    seen: set[Span] = set()
    for step in workflow.all_steps:
        toolchain = toolchain_of(step)
        found = _drift(step, toolchain, context.project) if toolchain is not None and step.job is not None else None
        # Several steps may read the same variable.
        if found is not None and found.place.span not in seen:
            seen.add(found.place.span)
            yield found


def _drift(step: Step, toolchain: Toolchain, project: Project) -> Report | None:
    values = toolchain.versions
    plain = [toolchain.plain_version(value.text) for value in values]
    known = [version for version in plain if version is not None and version[0].isdigit()]
    # Ranges and words mean whatever is newest when the job runs.
    if not known or len(known) < len(plain) or any(value.text.strip().startswith(_OPEN_RANGES) for value in values):
        return None
    job = step.job
    assert job is not None
    if toolchain.product == "go":
        too_low = _lower_than_module(known, job, project)
        if too_low is not None:
            return _lower(step, toolchain, values[0], too_low)
    bases = project.links.base_versions.get(toolchain.product, ())
    if not bases or any(_is_same_minor(version, base.version) for version in known for base in bases):
        return None
    return _differs(toolchain, values, bases[0]) if may_do(job, "test") else None


def _differs(toolchain: Toolchain, values: list[Value], base: BaseVersion) -> Report:
    shown = ", ".join(f'"{value.text.strip()}"' for value in values)
    builder = f"{base.dockerfile.path} builds with {base.stage.base_name} {base.version}"
    message = f"job tests with {toolchain.label} {shown}, and {builder}"
    related = [Related(base.dockerfile.place(base.stage.span), "the image is built here")]
    hint = f"set up {toolchain.label} {_minor(base.version)}, or build with the version that is tested"
    return report(values[0].place, message, related=related, hint=hint)


_OPEN_RANGES = ("^", "<", ">", "*")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def _is_same_minor(version: str, other: str) -> bool:
    """Tell whether two versions agree in what both say of major and minor."""
    return all(one == two for one, two in zip(_numbers(version)[:2], _numbers(other)[:2], strict=False))


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


# go.mod.

_DIRECTIVE = regex(r"(?m)^[ \t]*(go|toolchain)[ \t]+(?:go)?(\d+(?:\.\d+)*)")


def _lower_than_module(versions: list[str], job: Job, project: Project) -> _Wanted | None:
    """Give the directive of go.mod that wants a newer Go than all that a job sets up."""
    path = _module_of(job, project)
    text = project.read_text(path) if path is not None else None
    if path is None or text is None:
        return None
    source = Source(path, text)
    highest: _Wanted | None = None
    for match in _DIRECTIVE.finditer(text):
        place = Place(path, source.span(match.start(1), match.end()))
        wanted = _Wanted(match[2], place, f"{path} has {match[0].strip()}")
        if highest is None or _numbers(wanted.version) > _numbers(highest.version):
            highest = wanted
    return highest if highest is not None and all(_is_lower(one, highest.version) for one in versions) else None


def _is_lower(version: str, wanted: str) -> bool:
    """Tell whether a version is lower; a shorter one means the newest release that begins so."""
    ours, theirs = _numbers(version), _numbers(wanted)
    length = min(len(ours), len(theirs))
    return ours[:length] < theirs[:length]


def _module_of(job: Job, project: Project) -> str | None:
    """Give the go.mod of a job: that of its working directory, of the root, or the only one."""
    folders = {step.working_directory.strip("./") for step in job.steps if step.script}
    here = [path for folder in sorted(folders) if project.is_file(path := f"{folder}/go.mod".lstrip("/"))]
    if here:
        return here[0] if len(here) == 1 else None
    if project.is_file("go.mod"):
        return "go.mod"
    modules = project.files_named("go.mod")
    return modules[0] if len(modules) == 1 else None


def _lower(step: Step, toolchain: Toolchain, value: Value, wanted: _Wanted) -> Report:
    message = f"{toolchain.label} {value.text.strip()} is set up, and {wanted.said}"
    key = toolchain.version_key
    fixes = []
    if key is not None and "${{" not in (step.input(key) or "${{") and step.input_key("go-version-file") is None:
        edit = Edit(step.at("with", key).span, f"go-version-file: {wanted.place.path}")
        fixes = [Fix("take the version from go.mod", (edit,))]
    hint = f"write go-version-file: {wanted.place.path}, so that there is one version"
    return report(
        value.place, message, related=[Related(wanted.place, "the module wants this")], hint=hint, fixes=fixes
    )
