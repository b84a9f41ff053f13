"""Subsets that routes split the hosts of Services into."""

from cnlint.graph.project import Project
from cnlint.manifests.services import Service

from graph_projects import MakeProject, service  # isort: skip

ROUTE = """
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: orders}
spec:
  hosts: [orders]
  http:
    - match: [{uri: {prefix: /v2}}]
      route: [{destination: {host: orders, subset: v2}}]
      mirror: {host: orders, subset: dark}
    - route: [{destination: {host: orders, subset: v1}}, {destination: {host: other, subset: v3}}]
"""
SUBSETS = """
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: orders}
spec:
  host: orders
  subsets:
    - {name: v1, labels: {version: v1}}
    - {name: v2, labels: {version: v2}}
    - {name: dark, labels: {version: v9}}
"""


def the_service(project: Project) -> Service:
    [found] = project.resources(Service)
    return found


def excluded(project: Project) -> list[tuple[str, str]]:
    return [(one.subset.name, str(one.requirement)) for one in project.links.excluded_subsets(the_service(project))]


def files(selector: str, route: str = ROUTE, subsets: str = SUBSETS) -> dict[str, str]:
    return {"deploy/service.yaml": service("orders", selector), "deploy/mesh.yaml": f"{route}---\n{subsets}"}


def test_destinations_name_subsets_of_the_service_mirrors_left_out(project_of: MakeProject) -> None:
    project = project_of(files("app: orders"))
    found = project.links.routed_subsets(the_service(project))
    assert [one.subset for one in found] == ["v2", "v1"]


def test_a_selector_that_fixes_the_version_excludes_the_others(project_of: MakeProject) -> None:
    assert excluded(project_of(files("app: orders, version: v1"))) == [("v2", "version=v1")]


def test_a_selector_that_leaves_the_version_open_excludes_none(project_of: MakeProject) -> None:
    assert excluded(project_of(files("app: orders"))) == []


def test_one_subset_is_no_split(project_of: MakeProject) -> None:
    route = ROUTE.replace("subset: v1}", "subset: v2}")
    assert excluded(project_of(files("app: orders, version: v1", route))) == []


def test_subsets_that_nobody_defines_exclude_nothing(project_of: MakeProject) -> None:
    assert excluded(project_of(files("app: orders, version: v1", subsets=SUBSETS.replace("v2", "v4")))) == []


def test_labels_that_are_filled_in_later_exclude_nothing(project_of: MakeProject) -> None:
    subsets = SUBSETS.replace("{version: v2}", "{version: '${VERSION}'}")
    assert excluded(project_of(files("app: orders, version: v1", subsets=subsets))) == []
