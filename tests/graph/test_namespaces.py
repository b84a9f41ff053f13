"""What makes namespaces."""

import pytest

from graph_projects import MakeProject  # isort: skip

NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
APPLICATION = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd}
spec:
  project: shop
  source: {repoURL: "https://git.example.com/shop.git", path: ., targetRevision: v1.0.0}
  destination: {name: in-cluster, namespace: shop}
  syncPolicy: {syncOptions: [CreateNamespace=true]}
"""


@pytest.mark.parametrize(
    "files",
    [
        {"namespaces.yaml": NAMESPACE},
        {"setup.sh": "kubectl create namespace shop\n"},
        {"anchor.yaml": "apiVersion: hnc.x-k8s.io/v1alpha2\nkind: SubnamespaceAnchor\nmetadata: {name: shop}\n"},
        {"app.yaml": APPLICATION},
        {
            "base/kustomization.yaml": "namePrefix: sh\nresources: [namespace.yaml]\n",
            "base/namespace.yaml": NAMESPACE.replace("shop", "op"),
        },
    ],
)
def test_objects_commands_and_applications_make_namespaces(project_of: MakeProject, files: dict[str, str]) -> None:
    links = project_of(files).links
    assert links.may_be_made("shop") and not links.may_be_made("other")


def test_an_application_does_not_make_its_namespace_unasked(project_of: MakeProject) -> None:
    links = project_of({"app.yaml": APPLICATION.replace("=true", "=false")}).links
    assert not links.may_be_made("shop")
