"""Argo CD objects: Applications, ApplicationSets and projects."""

from base64 import b64decode
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from cnlint.manifests.kubernetes import Manifest, mappings
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.view import Path, View
from cnlint.syntax.patterns import matches_any

LOCAL_SERVER = "https://kubernetes.default.svc"
LOCAL_NAME = "in-cluster"
"""Server and name of the cluster that Argo CD runs in."""

CREATE_NAMESPACE = "CreateNamespace=true"
"""The option of a sync that makes the namespace of the destination."""


class ApplicationSource(View):
    """A source of an Application: a folder of a git repository, a Helm chart, or values for another source."""

    target = "application-source"

    def __init__(self, spec: "ApplicationSpec", path: Path) -> None:
        super().__init__(spec.document, (*spec.path, *path))
        self.spec = spec
        self.index = path[-1] if isinstance(path[-1], int) else None

    @property
    def ref(self) -> str:
        """The source as messages name it: ``the source of Application "shop"``."""
        which = "the source" if self.index is None else f"sources[{self.index}]"
        return f"{which} of {self.spec.owner.ref}"

    @property
    def repository(self) -> str:
        """The address of the repository."""
        return self.string("repoURL")

    @property
    def folder(self) -> str:
        """The folder in the repository; empty where none is named."""
        return self.string("path")

    @property
    def chart(self) -> str:
        """The Helm chart; empty where none is named."""
        return self.string("chart")

    @property
    def revision(self) -> str | None:
        """The revision, as a text; ``None`` where it is of another type."""
        written = self.get("targetRevision")
        return "" if written is None else written if isinstance(written, str) else None

    def takes(self, path: str) -> bool:
        """Tell whether ``directory.include`` and ``exclude`` let a file be read; the path is relative to the folder."""
        included, excluded = (_alternatives(self.string("directory", field)) for field in ("include", "exclude"))
        return (not included or matches_any(path, included)) and not matches_any(path, excluded)

    @property
    def is_from_git(self) -> bool:
        """Whether it is a folder of a git repository."""
        return bool(self.folder) and not self.chart and not self.repository.startswith("oci://")


def _alternatives(pattern: str) -> list[str]:
    """Give the patterns that ``{a,b}`` stands for; braces elsewhere match anything."""
    if pattern.startswith("{") and pattern.endswith("}"):
        return [_without_braces(one.strip()) for one in pattern[1:-1].split(",")]
    return [_without_braces(pattern)] if pattern else []


def _without_braces(pattern: str) -> str:
    start, brace, rest = pattern.partition("{")
    return f"{start}*{rest.rpartition('}')[2]}" if brace else pattern


class ApplicationSpec(View):
    """What an Application says, or the template of an ApplicationSet."""

    target = "application-spec"

    def __init__(self, owner: "Application | ApplicationSet", path: tuple[str, ...]) -> None:
        super().__init__(owner.document, (*owner.path, *path))
        self.owner = owner
        self.own_path = path
        """The path from the owner."""

    @cached_property
    def sources(self) -> list[ApplicationSource]:
        """All sources: those of the list ``sources``, or else the single one."""
        listed = [ApplicationSource(self, ("sources", index)) for index, _ in mappings(self, "sources")]
        if listed or not isinstance(self.get("source"), dict):
            return listed
        return [ApplicationSource(self, ("source",))]

    @property
    def project(self) -> str | None:
        """The project, empty where none is named; ``None`` where it is of another type."""
        written = self.get("project")
        return "" if written is None else written if isinstance(written, str) else None

    @property
    def namespace(self) -> str:
        """The namespace that it deploys into; empty where none is named."""
        return self.string("destination", "namespace")

    @property
    def destination(self) -> dict[Any, Any]:
        """The destination; server and name of the cluster are both there if it is the one that Argo CD runs in."""
        written = self.mapping("destination")
        if written.get("server") == LOCAL_SERVER or written.get("name") == LOCAL_NAME:
            return {**written, "server": LOCAL_SERVER, "name": LOCAL_NAME}
        return written

    @property
    def is_local(self) -> bool:
        """Whether it deploys to the cluster that Argo CD runs in."""
        return self.destination.get("name") == LOCAL_NAME

    @property
    def is_automated(self) -> bool:
        """Whether changes are synced without anybody asking."""
        return isinstance(self.get("syncPolicy", "automated"), dict) and self.get(*_AUTOMATED, "enabled") is not False

    @property
    def sync_options(self) -> tuple[str, ...]:
        """The options of the sync, ``CreateNamespace=true``."""
        return tuple(one for one in self.sequence("syncPolicy", "syncOptions") if isinstance(one, str))

    @cached_property
    def is_fragment(self) -> bool:
        """Whether it shows only part of an Application, as patches do: what is absent may stand elsewhere."""
        has_source = self.get("sourceHydrator") is not None or any(
            one.get("repoURL") is not None for one in self.sources
        )
        has_rest = self.get("destination") is not None or self.get("project") is not None
        is_patch = "patch" in self.document.path.rpartition("/")[2].casefold()
        return is_patch or not has_source or not has_rest or self.owner.is_completed_later


_AUTOMATED = ("syncPolicy", "automated")


class Application(Manifest):
    """An Application: what is deployed, from where, to where."""

    target = "application"
    is_completed_later = False

    @cached_property
    def application(self) -> ApplicationSpec:
        """What it says."""
        return ApplicationSpec(self, ("spec",))

    def parts(self) -> Iterator[View]:
        """Yield what it says, and its sources."""
        if self.mapping("spec"):
            yield self.application
            yield from self.application.sources


class ApplicationSet(Manifest):
    """An ApplicationSet: a template of Applications, and generators of what is filled in."""

    target = "application-set"

    @cached_property
    def application(self) -> ApplicationSpec:
        """What the template says."""
        return ApplicationSpec(self, ("spec", "template", "spec"))

    @cached_property
    def is_completed_later(self) -> bool:
        """Whether a patch of the template or a generator may add what the template lacks."""
        return self.get("spec", "templatePatch") is not None or any(
            isinstance(generator, dict) and "template" in generator
            for _, item in mappings(self, "spec", "generators")
            for generator in item.values()
        )

    @property
    def syncs_in_steps(self) -> bool:
        """Whether the controller syncs the Applications step by step, whatever their own policies say."""
        return self.string("spec", "strategy", "type") == "RollingSync"

    def parts(self) -> Iterator[View]:
        """Yield what the template says, and its sources."""
        if self.mapping("spec", "template", "spec"):
            yield self.application
            yield from self.application.sources


class AppProject(Manifest):
    """A project: what its Applications may deploy, from where, to where."""

    target = "app-project"


_CLUSTER_LABEL = ("metadata", "labels", "argocd.argoproj.io/secret-type")


def is_cluster(manifest: Manifest, *template: str) -> bool:
    """Tell whether a Secret, or the template of one at a path, describes a cluster to Argo CD."""
    return bool(manifest.get(*template, *_CLUSTER_LABEL) == "cluster")


def name_of_cluster(secret: Manifest) -> str | None:
    """Give the name by which Applications refer to a cluster; ``None`` where its Secret does not tell it."""
    written = secret.string("stringData", "name")
    if not written:
        try:
            written = b64decode(secret.string("data", "name"), validate=True).decode("utf-8")
        except ValueError:
            return None
    return written if written and not has_placeholder(written) else None
