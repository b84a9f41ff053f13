"""Views of Argo CD objects."""

import textwrap
from typing import TypeVar

import pytest

from cnlint.manifests.argo import Application, ApplicationSet, ApplicationSource, ApplicationSpec, AppProject
from cnlint.manifests.kubernetes import Manifest, document_views, manifests_of
from cnlint.syntax import yaml
from cnlint.syntax.source import Source
from cnlint.syntax.yaml import Document

Kind = TypeVar("Kind", bound=Manifest)

APPLICATION = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd}
spec:
  project: shop
  source: {repoURL: "https://git.example.com/shop.git", path: deploy, targetRevision: v1.0.0}
  destination: {server: "https://kubernetes.default.svc", namespace: shop}
  syncPolicy:
    automated: {prune: true}
    syncOptions: [CreateNamespace=true, 7]
"""
APPLICATION_SET = """
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: teams}
spec:
  generators: [{list: {elements: []}}]
  template:
    spec:
      project: 7
      sources:
        - {repoURL: "https://charts.example.com", chart: redis, targetRevision: 1.20}
        - {repoURL: "oci://registry.example.com/app", path: .}
      destination: {name: in-cluster}
"""


def document(text: str, path: str = "app.yaml") -> Document:
    return yaml.parse(Source(path, textwrap.dedent(text)), yaml.Dialect.KUBERNETES).documents[0]


def manifest(text: str, kind: type[Kind], path: str = "app.yaml") -> Kind:
    [found] = manifests_of(document(text, path))
    assert type(found) is kind
    return found


def test_an_application_yields_its_specification_and_source() -> None:
    views = list(document_views(document(APPLICATION)))
    assert [type(view) for view in views[1:]] == [Application, ApplicationSpec, ApplicationSource]


def test_the_template_of_an_application_set_is_read_like_an_application() -> None:
    views = list(document_views(document(APPLICATION_SET)))
    assert [type(view) for view in views[1:]] == [
        ApplicationSet,
        ApplicationSpec,
        ApplicationSource,
        ApplicationSource,
    ]
    assert [one.ref for one in views[3:] if isinstance(one, ApplicationSource)] == [
        'sources[0] of ApplicationSet "teams"',
        'sources[1] of ApplicationSet "teams"',
    ]


def test_an_application_without_content_has_no_parts() -> None:
    views = list(document_views(document("apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: []\n")))
    assert len(views) == 2


def test_a_project_is_a_view_of_its_own() -> None:
    assert manifest("apiVersion: argoproj.io/v1alpha1\nkind: AppProject\n", AppProject).target == "app-project"


def test_the_single_source_has_no_number() -> None:
    [source] = manifest(APPLICATION, Application).application.sources
    assert source.ref == 'the source of Application "shop"'
    assert (source.repository, source.folder, source.chart) == ("https://git.example.com/shop.git", "deploy", "")
    assert source.revision == "v1.0.0" and source.is_from_git


def test_charts_and_registries_are_no_git() -> None:
    chart, registry = manifest(APPLICATION_SET, ApplicationSet).application.sources
    assert not chart.is_from_git and not registry.is_from_git


def test_a_revision_is_absent_unknown_or_a_text() -> None:
    number, absent = manifest(APPLICATION_SET, ApplicationSet).application.sources
    assert (number.revision, absent.revision) == (None, "")


def test_a_project_is_absent_unknown_or_a_text() -> None:
    assert manifest(APPLICATION, Application).application.project == "shop"
    assert manifest(APPLICATION.replace("  project: shop\n", ""), Application).application.project == ""
    assert manifest(APPLICATION_SET, ApplicationSet).application.project is None


@pytest.mark.parametrize(
    ("written", "automated"),
    [("{prune: true}", True), ("{}", True), ("{enabled: false}", False), ("null", False), ("yes", False)],
)
def test_a_sync_is_automated_unless_switched_off(written: str, automated: bool) -> None:
    text = APPLICATION.replace("automated: {prune: true}", f"automated: {written}")
    assert manifest(text, Application).application.is_automated is automated


def test_options_and_namespace_are_read() -> None:
    spec = manifest(APPLICATION, Application).application
    assert spec.sync_options == ("CreateNamespace=true",) and spec.namespace == "shop"


@pytest.mark.parametrize(
    "spec",
    [
        "{source: {targetRevision: v2}}",
        "{project: shop, destination: {name: prod}}",
        "{source: {repoURL: 'https://git.example.com/shop.git'}}",
        "{syncPolicy: {automated: {}}}",
    ],
)
def test_what_lacks_a_source_or_all_the_rest_is_a_fragment(spec: str) -> None:
    text = f"apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: a}}\nspec: {spec}\n"
    assert manifest(text, Application).application.is_fragment


def test_an_application_is_no_fragment_unless_its_file_is_a_patch() -> None:
    assert not manifest(APPLICATION, Application).application.is_fragment
    assert manifest(APPLICATION, Application, "shop-patch.yaml").application.is_fragment


def test_what_a_hydrator_reads_is_a_source() -> None:
    text = APPLICATION.replace('source: {repoURL: "https://git.example.com/shop.git"', 'sourceHydrator: {repoURL: "x"')
    assert not manifest(text, Application).application.is_fragment


@pytest.mark.parametrize("addition", ["  templatePatch: '{}'\n", "  generators: [{git: {template: {}}}]\n"])
def test_a_template_that_is_completed_later_is_a_fragment(addition: str) -> None:
    text = APPLICATION_SET.replace("  generators: [{list: {elements: []}}]\n", "") + addition
    assert manifest(text, ApplicationSet).application.is_fragment
    assert not manifest(APPLICATION_SET, ApplicationSet).application.is_fragment


def test_a_rolling_sync_goes_in_steps() -> None:
    text = APPLICATION_SET + "  strategy: {type: RollingSync}\n"
    assert (
        manifest(text, ApplicationSet).syncs_in_steps and not manifest(APPLICATION_SET, ApplicationSet).syncs_in_steps
    )
