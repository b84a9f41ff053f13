"""The program helm: charts are rendered with it when the person who starts cnlint asks for that.

It reads the folder of the chart and its values, fetches nothing, asks no cluster and knows no plugins; what it keeps
for itself goes to a folder that is removed afterwards.
"""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from cnlint.engine import classify, file_stage
from cnlint.engine.discover import Candidate
from cnlint.graph.charts import RELEASE_NAMESPACE

if TYPE_CHECKING:
    from cnlint.engine.file_stage import FileStage

NOT_INSTALLED = "the program helm is not installed"
LIBRARY = "a library chart is rendered with the charts that use it"

_SECONDS = 30.0
_MOST_BYTES = 64 * 1024**2
_MOST_VALUES = 16
"""Files of values that one chart is rendered with."""

_NO_SCHEMA = "--skip-schema-validation"
_SOURCE = "# Source: "


class Rendering(NamedTuple):
    """What a chart becomes with one file of values."""

    values: str
    """The file of values besides the chart's own, relative to the root; empty for none."""
    documents: Mapping[str, Sequence[str]] = {}
    """The documents of each template, by its path relative to the root."""
    failure: str = ""
    """Why the chart could not be rendered."""
    unknown: tuple[str, ...] = ()
    """The sources of documents that no template of the project has, such as those of archives."""


class Helm:
    """The program of a run, and the charts that it has rendered."""

    def __init__(self, program: str | None, values: Mapping[str, Sequence[str]]) -> None:
        self._program = program
        self._values = values
        self._known: dict[str, list[Rendering]] = {}

    def render(self, charts: Iterable[str], stage: "FileStage", jobs: int) -> None:
        """Render those of some charts that are not known yet, several at once."""
        wanted = [
            (chart, values)
            for chart in charts
            if chart not in self._known
            for values in ("", *self._values_of(chart, stage.root))
        ]
        if not wanted:
            return
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(max(1, min(jobs, len(wanted)))) as executor:
            renderings = executor.map(lambda one: self._render(one[0], one[1], stage), wanted)
            for (chart, _), rendering in zip(wanted, renderings, strict=True):
                self._known.setdefault(chart, []).append(rendering)

    def renderings(self, chart: str) -> list[Rendering]:
        """Give what a chart becomes, with its own values first."""
        return self._known[chart]

    def _values_of(self, chart: str, root: str) -> list[str]:
        """Give the files of values that a chart is rendered with besides its own."""
        folder = os.path.join(root, chart)
        try:
            names = sorted(name for name in os.listdir(os.path.join(folder, "ci")) if name.endswith("-values.yaml"))
        except OSError:
            names = []
        found = [_join(chart, f"ci/{name}") for name in names]
        found += (_join(chart, file) for file in self._values.get(chart or ".", ()))
        return list(dict.fromkeys(found))[:_MOST_VALUES]

    def _render(self, chart: str, values: str, stage: "FileStage") -> Rendering:
        if self._program is None:
            return Rendering(values, failure=NOT_INSTALLED)
        described = _description(chart, stage)
        if described.get("type") == "library":
            return Rendering(values, failure=LIBRARY)
        stray = _leads_outside(chart, values, stage.root)
        if stray is not None:
            return Rendering(values, failure=f"{stray} leads out of the project")
        name = described.get("name")
        output, failure = _run(self._program, chart, values, name if isinstance(name, str) else "", stage)
        if failure:
            return Rendering(values, failure=_in_short(failure))
        documents: dict[str, list[str]] = {}
        unknown: dict[str, None] = {}
        paths = _Paths(chart, stage)
        for source, text in _split(output):
            path = paths.find(source)
            if path is None:
                unknown[source] = None
            else:
                documents.setdefault(path, []).append(text)
        return Rendering(values, documents, unknown=tuple(unknown))


def find_helm(root: str, values: Mapping[str, Sequence[str]]) -> Helm:
    """Look for the program on the PATH; one of the project that is checked is never run."""
    from cnlint.engine.programs import look_up

    return Helm(look_up("helm", root), values)


def _run(program: str, chart: str, values: str, name: str, stage: "FileStage") -> tuple[str, str]:
    """Run the program; gives its output, or why there is none."""
    import tempfile

    from cnlint.engine.programs import run_program

    release = name if re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?", name) else "release"
    version = ".".join(map(str, stage.settings.kubernetes_version))
    command = [program, "template", release, os.path.join(stage.root, chart), "--namespace", RELEASE_NAMESPACE]
    command += ["--kube-version", version, "--skip-tests", _NO_SCHEMA]
    if values:
        command += ["--values", os.path.join(stage.root, values)]
    with tempfile.TemporaryDirectory(prefix="cnlint-") as folder:
        own = {f"HELM_{kind}_HOME": os.path.join(folder, kind.lower()) for kind in ("CACHE", "CONFIG", "DATA")}
        own |= {"HELM_PLUGINS": os.path.join(folder, "plugins"), "HELM_NO_PLUGINS": "1"}
        own |= {"KUBECONFIG": os.path.join(folder, "kubeconfig")}
        answer = run_program(command, folder, own, seconds=_SECONDS, most_bytes=_MOST_BYTES)
        if _NO_SCHEMA in answer.failure:
            # Versions before 3.16 do not know the option.
            command.remove(_NO_SCHEMA)
            answer = run_program(command, folder, own, seconds=_SECONDS, most_bytes=_MOST_BYTES)
    return answer.output, answer.failure


def _in_short(failure: str) -> str:
    """Say why a chart cannot be rendered, in words that tell what to do where that is known."""
    _, missing, names = failure.partition("missing in charts/ directory: ")
    if missing:
        return f"its dependencies {names} are missing in charts/; run helm dependency build"
    return failure


def _split(output: str) -> Iterable[tuple[str, str]]:
    """Yield the documents that the program printed, each with the template that it says it comes from."""
    lines = output.split("\n")
    starts = [
        number
        for number, line in enumerate(lines[:-1])
        if line.rstrip() == "---" and lines[number + 1].startswith(_SOURCE)
    ]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield lines[start + 1].removeprefix(_SOURCE).strip(), "\n".join(lines[start + 2 : end])


class _Paths:
    """Which files the templates are that the program names: it goes by the names of charts, not of folders."""

    def __init__(self, chart: str, stage: "FileStage") -> None:
        self._chart = chart
        self._stage = stage
        self._subcharts: dict[str, dict[str, str]] = {}

    def find(self, source: str) -> str | None:
        """Give the path of a template, relative to the root; ``None`` when it is in no folder of the project."""
        folder = self._chart
        steps = source.split("/")[1:]
        while len(steps) > 2 and steps[0] == "charts":
            inner = self._names(folder).get(steps[1])
            if inner is None:
                return None
            folder, steps = inner, steps[2:]
        path = _join(folder, "/".join(steps))
        return path if ".." not in steps and os.path.isfile(os.path.join(self._stage.root, path)) else None

    def _names(self, chart: str) -> dict[str, str]:
        """Give the folders of the charts within a chart, by their names and by those that it gives them."""
        if chart not in self._subcharts:
            parent = os.path.join(self._stage.root, chart, "charts")
            try:
                folders = [_join(chart, f"charts/{name}") for name in sorted(os.listdir(parent))]
            except OSError:
                folders = []
            names = {str(_description(folder, self._stage).get("name") or ""): folder for folder in folders}
            dependencies = _description(chart, self._stage).get("dependencies")
            for one in dependencies if isinstance(dependencies, list) else ():
                if isinstance(one, dict) and one.get("alias") and str(one.get("name")) in names:
                    names[str(one["alias"])] = names[str(one["name"])]
            self._subcharts[chart] = names
        return self._subcharts[chart]


def _description(chart: str, stage: "FileStage") -> dict[str, Any]:
    """Read a chart's ``Chart.yaml``."""
    from cnlint.syntax import yaml

    data = file_stage.read_file(Candidate(_join(chart, "Chart.yaml"), classify.HELM_CHART), stage)
    source = file_stage.source_of(Candidate("", classify.HELM_CHART), data) if isinstance(data, bytes) else None
    documents = yaml.parse(source, yaml.Dialect.KUBERNETES).documents if source is not None else []
    value = documents[0].value if documents else None
    return value if isinstance(value, dict) else {}


def _leads_outside(chart: str, values: str, root: str) -> str | None:
    """Give a link in a chart by which the program would read files that are not of the project."""
    inside = os.path.join(os.path.realpath(root), "")
    start = os.path.join(root, chart)
    paths = [start, *([os.path.join(root, values)] if values else [])]
    for folder, folders, files in os.walk(start):
        paths += (path for path in (os.path.join(folder, name) for name in (*folders, *files)) if os.path.islink(path))
    for path in paths:
        if not os.path.join(os.path.realpath(path), "").startswith(inside):
            return os.path.relpath(path, root).replace(os.sep, "/")
    return None


def _join(folder: str, path: str) -> str:
    return os.path.normpath(os.path.join(folder, path)).replace(os.sep, "/")
