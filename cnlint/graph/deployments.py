"""What workflows and scripts do to the objects of the project: apply files, set images, wait for rollouts."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from cnlint.graph import repository
from cnlint.graph.apply_sets import UNSET, may_share
from cnlint.graph.link import Link, LinkFamily, file_place
from cnlint.manifests.kubernetes import Manifest

if TYPE_CHECKING:
    from cnlint.graph.commands import ClusterCommand, Created, FileArgument, Target
    from cnlint.graph.resources import Resource
    from cnlint.manifests.commands import Command

# The files of a folder that kubectl reads.
_APPLIED = (".yaml", ".yml", ".json")


class AppliedPath(NamedTuple):
    """A file or folder that a command applies."""

    path: str
    namespace: str
    kustomized: bool
    recurse: bool


class DeploymentLinks(LinkFamily):
    """Links from the commands of workflows and scripts to files and objects."""

    @cached_property
    def cluster_commands(self) -> "tuple[ClusterCommand, ...]":
        """All kubectl and oc commands of workflows, actions and scripts."""
        if not self.project.may_run_commands:
            return ()
        from cnlint.graph.commands import cluster_commands

        return tuple(cluster_commands(self.project))

    def commands_in(self, file: str) -> "list[ClusterCommand]":
        """Give the kubectl commands of a workflow, action or script, by its path."""
        return self._commands_by_file.get(file, [])

    def cluster_command_of(self, command: "Command") -> "ClusterCommand | None":
        """Give what is known of a command as one that works on a cluster; ``None`` for other commands."""
        return self._commands_by_identity.get(id(command))

    @cached_property
    def _commands_by_identity(self) -> "dict[int, ClusterCommand]":
        return {id(one.command): one for one in self.cluster_commands}

    @cached_property
    def _commands_by_file(self) -> "dict[str, list[ClusterCommand]]":
        found: dict[str, list[ClusterCommand]] = {}
        for command in self.cluster_commands:
            found.setdefault(command.file, []).append(command)
        return found

    @cached_property
    def created_objects(self) -> "tuple[Created, ...]":
        """The objects that ``kubectl create KIND NAME`` makes."""
        if not self.cluster_commands:
            return ()
        from cnlint.graph.commands import created_by

        found = (created_by(command) for command in self.cluster_commands)
        return tuple(one for one in found if one is not None)

    @cached_property
    def applied_paths(self) -> Mapping[str, list[AppliedPath]]:
        """The files and folders of the project that commands apply, by what runs the commands: a job or a script."""
        found: dict[str, list[AppliedPath]] = {}
        for command in self.cluster_commands:
            if not command.applies:
                continue
            for file in command.files:
                for path in self._paths(file):
                    one = AppliedPath(path, command.namespace or UNSET, file.kustomized, file.recurse)
                    found.setdefault(command.origin, []).append(one)
        return found

    def objects_changed_by(self, command: "ClusterCommand") -> "list[Resource] | None":
        """Give the objects in the files that a command is given; ``None`` when not all of them are known.

        For a manifest on standard input, these are the files that the commands before it in the pipeline name.
        """
        found: list[Resource] = []
        for file in command.files:
            paths = self._paths(file) or self._paths_in_pipeline(command, file)
            if not paths:
                return None
            for path in paths:
                for one in self._files_at(path, file):
                    facts = self.project.facts.get(one)
                    if facts is None or facts.templated or facts.failed:
                        return None
                    found += self.project.index.by_file.get(one, ())
        return found

    def _files_at(self, path: str, file: "FileArgument") -> list[str]:
        kustomizations = self.project.kustomizations
        if path in kustomizations.by_folder:
            return sorted(kustomizations.build(kustomizations.by_folder[path]).files)
        if not self.project.is_dir(path):
            return [path]
        return [one for one in self.project.files_in(path, recurse=file.recurse) if one.endswith(_APPLIED)]

    def _paths_in_pipeline(self, command: "ClusterCommand", file: "FileArgument") -> list[str]:
        if file.word.value != "-" or command.folder is None:
            return []
        found = []
        for other in command.command.pipeline:
            redirected = [one.target for one in other.simple.redirections if one.operator == "<" and one.target]
            named = () if other is command.command else other.arguments
            for word in (*named, *redirected):
                path = repository.join(command.folder, word.value) if word.value else None
                if path and self.project.exists(path):
                    found.append(path)
        return found

    def _paths(self, file: "FileArgument") -> list[str]:
        """Give the files and folders of the project that an argument means, those that a pattern matches included."""
        if file.path is None:
            return []
        if not file.word.has_glob:
            return [file.path] if self.project.exists(file.path) else []
        pattern = repository.glob(file.path)
        return [path for path in self.project.files if pattern.fullmatch(path)]

    def objects_named(self, command: "ClusterCommand", target: "Target") -> list[Manifest]:
        """Give the objects of that kind and name, in a namespace that the command may mean."""
        sets = self.project.apply_sets
        spaces = frozenset({command.namespace or UNSET})
        return [
            one.view
            for one in (
                *self.project.index.by_kind_and_name.get((target.kind, target.name), ()),
                *sets.renamed.get((target.kind, target.name), ()),
            )
            if may_share(spaces, sets.namespaces(one))
        ]

    def links(self) -> Iterator[Link]:
        """Yield the objects that commands name, the files that they apply, and what kustomizations build upon."""
        for command in self.cluster_commands:
            for target in command.targets:
                for manifest in self.objects_named(command, target):
                    yield Link("deploys", command.command.place(target.word), manifest.at("metadata", "name"), "exact")
            for file in command.files if command.applies else ():
                for path in self._paths(file):
                    yield Link("applies", command.command.place(file.word), file_place(path), "exact")
        for kustomization in self.project.kustomizations.by_folder.values():
            for entry in kustomization.entries:
                inside = repository.join(kustomization.folder, entry.text)
                if not entry.is_remote and inside is not None and self.project.exists(inside):
                    yield Link("builds-upon", kustomization.at(*entry.path), file_place(inside), "exact")
