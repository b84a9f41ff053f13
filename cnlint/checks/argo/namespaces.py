"""The namespaces in which Argo CD looks for its own objects."""

from collections.abc import Iterator

from cnlint.findings import Report, report
from cnlint.graph.apply_sets import UNSET
from cnlint.graph.project import Project
from cnlint.manifests.argo import Application, AppProject
from cnlint.manifests.placeholders import has_placeholder
from cnlint.rules import Context, check

# OpenShift GitOps installs its Argo CD here.
_OPENSHIFT = "openshift-gitops"
# What every installation of Argo CD has in its namespace.
_INSTALLATION = (
    ("Deployment", "argocd-server"),
    ("StatefulSet", "argocd-application-controller"),
    ("ConfigMap", "argocd-cm"),
)


@check("ARGO113")
def application_outside_argocd_namespace(application: Application, context: Context) -> Iterator[Report]:
    if not application.mapping("spec") or application.application.is_fragment:
        return
    allowed = frozenset(context.options["application_namespaces"])
    yield from _outside(application, allowed, context)


@check("ARGO113")
def project_outside_argocd_namespace(app_project: AppProject, context: Context) -> Iterator[Report]:
    yield from _outside(app_project, frozenset(), context)


def _outside(manifest: Application | AppProject, allowed: frozenset[str], context: Context) -> Iterator[Report]:
    own = context.options["argocd_namespace"]
    if has_placeholder(manifest.namespace):
        return
    found = context.project.namespaces_of(manifest)
    wrong = found - allowed - {own, _OPENSHIFT, UNSET} - _installations(context.project)
    place = manifest.value_at("metadata", "namespace")
    if wrong:
        names = " and ".join(f'"{name}"' for name in sorted(wrong))
        yield report(place, f'{manifest.ref} is in namespace {names}, and Argo CD reads "{own}"')
    elif found == {UNSET}:
        yield report(
            place,
            f'{manifest.ref} names no namespace, and Argo CD reads "{own}": '
            "it goes to whatever namespace is current when it is applied",
        )


def _installations(project: Project) -> frozenset[str]:
    """Give the namespaces into which the project itself installs Argo CD."""
    installed = [one for kind, name in _INSTALLATION for one in project.index.by_kind_and_name.get((kind, name), ())]
    installed += project.index.by_kind.get(("argoproj.io", "ArgoCD"), [])
    return frozenset().union(*map(project.apply_sets.namespaces, installed))
