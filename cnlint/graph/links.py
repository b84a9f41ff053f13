"""The links between the files and objects of a project, each worked out when it is first asked for."""

from collections.abc import Iterator

from cnlint.graph.applications import ApplicationLinks
from cnlint.graph.deployments import DeploymentLinks
from cnlint.graph.images import ImageLinks
from cnlint.graph.ingresses import IngressLinks
from cnlint.graph.link import Link
from cnlint.graph.monitors import MonitorLinks
from cnlint.graph.namespaces import NamespaceLinks
from cnlint.graph.policies import PolicyLinks
from cnlint.graph.references import ReferenceLinks
from cnlint.graph.roles import RoleLinks
from cnlint.graph.routes import RouteLinks
from cnlint.graph.selections import SelectionLinks
from cnlint.graph.subsets import SubsetLinks
from cnlint.graph.workflows import WorkflowLinks

__all__ = ["Link", "Links"]


class Links(
    SelectionLinks,
    PolicyLinks,
    IngressLinks,
    MonitorLinks,
    RouteLinks,
    SubsetLinks,
    ReferenceLinks,
    RoleLinks,
    ImageLinks,
    ApplicationLinks,
    NamespaceLinks,
    DeploymentLinks,
    WorkflowLinks,
):
    """All links of a project; ``project.links`` is the one of a project.

    What rules ask for stands in the base classes, by what it is about: pods and workloads that something selects or
    scales (`SelectionLinks`), pods that policies restrict (`PolicyLinks`), Services behind Ingresses and monitors
    (`IngressLinks`, `MonitorLinks`), hosts of a mesh (`RouteLinks`) and the subsets that routes split them into
    (`SubsetLinks`), ConfigMaps and Secrets (`ReferenceLinks`), roles, their holders and the accounts of pods
    (`RoleLinks`), builds, Dockerfiles and images (`ImageLinks`), Argo CD Applications (`ApplicationLinks`), namespaces
    (`NamespaceLinks`), what workflows and scripts deploy (`DeploymentLinks`), and which workflows and actions use each
    other (`WorkflowLinks`).
    """

    def all(self) -> Iterator[Link]:
        """Yield every link that can be told, in the order of kinds and files."""
        families = (
            SelectionLinks,
            PolicyLinks,
            IngressLinks,
            MonitorLinks,
            RouteLinks,
            ReferenceLinks,
            RoleLinks,
            ImageLinks,
            ApplicationLinks,
            DeploymentLinks,
            WorkflowLinks,
        )
        for family in families:
            yield from family.links(self)
