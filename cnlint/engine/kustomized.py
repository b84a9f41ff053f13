"""Judging the objects that kustomizations change as they are applied, in place of how they are written.

The rules of the file stage judge files alone. For objects that a kustomization changes the project stage asks them
again: once for each kustomization that is applied, over the object that it builds. What these findings have in common
with those of the file as it is written stays as it is; what an overlay mends goes, and what it makes worse is reported
at the line that says it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from cnlint.engine import classify, file_stage, front_ends
from cnlint.engine.discover import Candidate
from cnlint.engine.dispatch import Dispatcher
from cnlint.engine.file_stage import FileStage
from cnlint.engine.results import FileResult
from cnlint.findings import CheckedFile, Finding, RelatedLocation
from cnlint.graph.repository import join, look_at, resolve_inside
from cnlint.syntax.source import Span

if TYPE_CHECKING:
    from cnlint.graph.kustomize_build import BuiltObject, Rendering
    from cnlint.graph.project import Project
    from cnlint.graph.resources import Resource
    from cnlint.manifests.kubernetes import Manifest
    from cnlint.manifests.kustomization import Kustomization
    from cnlint.manifests.view import DocumentLike, Path
    from cnlint.syntax.yaml import Document

_START = Span(1, 1, 1, 1)
_ObjectKey = tuple[str, int, "Path"]
_MOST_FILES = 256
"""Files whose documents are kept for the next kustomization that builds upon them."""

_MOST_NAMED = 3
"""Kustomizations that a finding names."""


class Judged(NamedTuple):
    """What comes of it."""

    by_path: dict[str, list[Finding]]
    """For each file whose findings of the file stage change: all that it has now."""
    added: list[Finding]
    """Findings in files whose own findings stay."""
    notes: list[CheckedFile]
    """Kustomizations that the program did not build."""


def judge(project: "Project", results: Iterable[FileResult], reported: set[str], stage: FileStage) -> Judged:
    """Judge what the kustomizations of a project build; only findings in files that are ``reported`` are given."""
    roots = [one for one in project.changing_kustomizations if not reported.isdisjoint(_files(project, one))]
    if not roots or not stage.rules:
        return Judged({}, [], [])
    return _Judge(project, stage).run(roots, {result.path: result for result in results}, reported)


def _files(project: "Project", root: "Kustomization") -> Iterator[str]:
    """Yield the files that have a part in what a kustomization builds."""
    build = project.kustomizations.build(root)
    yield from build.files
    for one in build.kustomizations:
        yield one.document.path
        yield from filter(None, (join(one.folder, file) for file in one.patch_files))


class _Variants:
    """The findings of one object: as it is written, and as each kustomization builds it."""

    def __init__(self, written: list[Finding]) -> None:
        self.written = {_key(finding): finding for finding in written}
        self.builders: list[Kustomization | None] = []
        """The kustomizations that build the object; ``None`` stands for those that leave it as it is."""
        self.found: dict[tuple[object, ...], tuple[Finding, list[Kustomization | None]]] = {}

    def add(self, builder: "Kustomization | None", findings: Iterable[Finding], names: Mapping[str, str]) -> None:
        """Take note of the findings that one kustomization leaves or brings."""
        self.builders.append(builder)
        for finding in findings:
            message = finding.message
            for applied, written in names.items():
                message = message.replace(f'"{applied}"', f'"{written}"')
            key = _key(finding._replace(message=message))
            known = self.written.get(key, finding)
            builders = self.found.setdefault(key, (known, []))[1]
            if builder not in builders:
                builders.append(builder)

    def findings(self) -> Iterator[Finding]:
        """Give all findings, each once, those that not every kustomization brings with the names of those that do."""
        for key, (finding, builders) in self.found.items():
            is_common = len(builders) == len(set(self.builders))
            if is_common and key in self.written:
                yield finding
                continue
            # The edits of a fix are worked out for one file; those of the object as it is written hold.
            fixes = finding.fixes if key in self.written else ()
            files = [one.document.path for one in builders if one is not None]
            yield _built_by(finding._replace(fixes=fixes), files)


class _Judge:
    def __init__(self, project: "Project", stage: FileStage) -> None:
        self.project = project
        self.stage = stage
        self.dispatcher: Dispatcher = stage.dispatcher()
        self.notes: list[CheckedFile] = []
        self.documents = lru_cache(_MOST_FILES)(self._documents)

    def run(self, roots: Sequence["Kustomization"], results: Mapping[str, FileResult], reported: set[str]) -> Judged:
        """Judge what these kustomizations build."""
        from cnlint.graph.kustomize_build import render

        objects: dict[_ObjectKey, _Variants] = {}
        patch_files: set[str] = set()
        for root in roots:
            rendering = render(self.project.kustomizations, root, self.documents, self.project.read_text)
            if self.stage.settings.extra.get("kustomize") == "program":
                self._ask_program(rendering)
            patch_files |= rendering.patch_files
            self._judge(rendering, objects)
        self._judge_as_written(roots, objects)
        doomed: dict[str, set[tuple[object, ...]]] = {}
        found: dict[tuple[object, ...], Finding] = {}
        for (file, _, _), variants in objects.items():
            doomed.setdefault(file, set()).update(variants.written)
            for finding in variants.findings():
                # What a patch or an entry says of many objects is one finding.
                what = finding.message if finding.path == file else ""
                found.setdefault((finding.code, finding.path, *_span(finding), what), finding)
        for file in patch_files & self.project.kustomizations.patch_files & reported:
            doomed.setdefault(file, set()).update(map(_key, self._written(file)))
        by_path = {
            path: [finding for finding in results[path].findings if _key(finding) not in keys]
            for path, keys in doomed.items()
            if path in reported and path in results
        }
        added: list[Finding] = []
        for finding in found.values():
            if finding.path in reported:
                by_path.get(finding.path, added).append(finding)
        return Judged(by_path, added, self.notes)

    def _ask_program(self, rendering: "Rendering") -> None:
        """Take over what the program builds, if it is installed and builds it."""
        from cnlint.engine import kustomize_program

        root = rendering.root
        program = self.stage.settings.extra.get("kustomize_program")
        try:
            if not isinstance(program, kustomize_program.Program):
                raise kustomize_program.ProgramError("neither kustomize nor kubectl is installed")
            build = self.project.kustomizations.build(root)
            kustomize_program.lay_over(rendering, kustomize_program.build(program, build, self.stage.root))
        except kustomize_program.ProgramError as error:
            reason = f"built here, not by the program: {error}"
            self.notes.append(CheckedFile(root.document.path, classify.KUSTOMIZATION, reason))

    def _judge(self, rendering: "Rendering", objects: dict[_ObjectKey, _Variants]) -> None:
        from cnlint.graph.rendered import RenderedDocument
        from cnlint.manifests.kubernetes import is_manifest, view_class

        for built in (*rendering.objects, *rendering.removed):
            if built.is_generated or not (built.is_changed or built in rendering.removed):
                continue
            variants = self._variants(built, objects)
            if built in rendering.removed or not is_manifest(built.value):
                variants.add(rendering.root, (), {})
                continue
            document = RenderedDocument(built.document, built.root, built.path)
            names = dict.fromkeys(built.names[1:], built.names[0])
            variants.add(rendering.root, self._findings(view_class(built.value)(document, built.path)), names)

    def _judge_as_written(self, roots: Sequence["Kustomization"], objects: dict[_ObjectKey, _Variants]) -> None:
        """Take note of those objects that are also applied as they are written."""
        folders = {root.folder for root in roots}
        for (file, _, _), variants in objects.items():
            built_by = {one.folder for one in variants.builders if one is not None}
            for applied in self.project.apply_sets.of_file(file):
                root = applied.build.root if applied.build is not None else None
                if root is None or root.folder not in folders or root.folder not in built_by:
                    variants.add(None, variants.written.values(), {})
                    break

    def _variants(self, built: "BuiltObject", objects: dict[_ObjectKey, _Variants]) -> _Variants:
        known = objects.get(built.key)
        if known is None:
            from cnlint.manifests.kubernetes import view_class
            from cnlint.manifests.view import dig

            view = view_class(dig(built.document.value, built.path))(built.document, built.path)
            known = objects[built.key] = _Variants(list(self._findings(view)))
        return known

    def _written(self, file: str) -> Iterator[Finding]:
        """Judge the objects of a file as they are written."""
        from cnlint.manifests.kubernetes import manifests_of

        for document in self.documents(file) or ():
            for manifest in manifests_of(document):
                yield from self._findings(manifest)

    def _findings(self, manifest: "Manifest") -> Iterator[Finding]:
        from cnlint.manifests.kubernetes import iter_views

        for view in iter_views(manifest):
            yield from self.dispatcher.run(view, manifest.document.path)

    def _documents(self, path: str) -> "Sequence[DocumentLike] | None":
        """Read the documents of a file again, whole."""
        full = resolve_inside(self.stage.root, path)
        facts = self.project.facts.get(path)
        if full is None or facts is None or facts.failed or facts.templated:
            return None
        look_at(full)
        candidate = Candidate(path, classify.YAML)
        data = file_stage.read_file(candidate, self.stage)
        if isinstance(data, FileResult):
            return None
        source = file_stage.source_of(candidate, data)
        if source is None:
            return None
        documents: list[Document] = front_ends.YamlFile(source, classify.YAML, self.stage.limits, False).documents
        return documents


class _Found(NamedTuple):
    """A finding at an object of which there are several variants."""

    finding: Finding
    number: int
    """How many variants there are."""
    builders: dict[str, None]
    """The files of the kustomizations that bring it, in order."""
    variants: set[str]
    """The variants that have it."""


class ProjectFindings:
    """Findings of the project stage: what rules say of the variants of an object, each once."""

    def __init__(self, project: "Project") -> None:
        self._project = project
        self._has_renderings = project.kustomizations.patches_objects and bool(project.applied_objects.renderings)
        self._plain: list[Finding] = []
        self._found: dict[tuple[object, ...], _Found] = {}

    def add(self, view: object, findings: Iterable[Finding]) -> None:
        """Take note of the findings at a view."""
        document = getattr(view, "document", None)
        if not self._has_renderings or document is None:
            self._plain.extend(findings)
            return
        from cnlint.graph.rendered import RenderedDocument
        from cnlint.manifests.view import View

        resource = self._project.resource_of(view) if isinstance(view, View) else None
        rendered = document if isinstance(document, RenderedDocument) else None
        for finding in findings:
            if rendered and finding.fixes and not (isinstance(view, View) and rendered.is_as_written(view.path)):
                finding = finding._replace(fixes=())
            if resource is None or not resource.variants:
                self._plain.append(finding)
                continue
            known = self._found.setdefault(_key(finding), _Found(finding, len(resource.variants), {}, set()))
            known.variants.add(rendered.builder if rendered else "")
            known.builders.update(dict.fromkeys([rendered.builder] if rendered else self._others(resource)))

    def _others(self, resource: "Resource") -> Iterator[str]:
        """Yield the kustomizations that build an object without patching it."""
        patching = {getattr(one.document, "builder", "") for one in resource.variants}
        for one in self._project.apply_sets.of(resource):
            if one.build is not None and one.build.root.document.path not in patching:
                yield one.build.root.document.path

    def all(self) -> Iterator[Finding]:
        """Give all findings."""
        yield from self._plain
        for one in self._found.values():
            is_common = len(one.variants) >= one.number
            yield one.finding if is_common else _built_by(one.finding, one.builders)


def _built_by(finding: Finding, files: Iterable[str]) -> Finding:
    """Say in which of the objects that kustomizations build a finding is."""
    related = [RelatedLocation(file, _START, f"as built by {file}") for file in list(files)[:_MOST_NAMED]]
    return finding._replace(related=(*finding.related, *related))


def _key(finding: Finding) -> tuple[object, ...]:
    return (finding.code, finding.path, *_span(finding), finding.message)


def _span(finding: Finding) -> Span:
    return Span(finding.line, finding.column, finding.end_line, finding.end_column)
