"""Namespaces: what in a project makes them."""

from functools import cached_property

from cnlint.graph.link import LinkFamily
from cnlint.manifests.argo import CREATE_NAMESPACE, Application, ApplicationSet

# Kinds of objects of which each makes the namespace of its own name, whatever their group.
_KINDS = ("Namespace", "Project", "ProjectRequest", "SubnamespaceAnchor")


class NamespaceLinks(LinkFamily):
    """Links from the names of namespaces to what makes them."""

    def may_be_made(self, namespace: str) -> bool:
        """Tell whether anything in the project may make a namespace: an object, a command, or an Application."""
        return namespace in self._made or any(
            (kind, namespace) in index
            for index in (self.project.index.by_kind_and_name, self.project.apply_sets.renamed)
            for kind in _KINDS
        )

    @cached_property
    def _made(self) -> frozenset[str]:
        """The namespaces that commands and Applications make."""
        created = [one.name for one in self.project.links.created_objects if one.kind == "Namespace"]
        specs = [one.application for one in self.project.resources(Application)]
        specs += [one.application for one in self.project.resources(ApplicationSet)]
        return frozenset((*created, *(one.namespace for one in specs if CREATE_NAMESPACE in one.sync_options)))
