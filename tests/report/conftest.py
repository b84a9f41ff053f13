"""Findings as real runs give them, for the tests of reports."""

import pytest

from cnlint.findings import CheckedFile, Edit, Finding, Fix, RelatedLocation, RunReport, Suppression
from cnlint.report import ReportOptions
from cnlint.rule_index import RuleDocs
from cnlint.rules import Rule, RuleSet
from cnlint.syntax.source import Span

SUBSET = Finding(
    "IST302",
    "subset-matches-no-pods",
    "error",
    'subset "v2" of host "orders" selects pods with version=v2, and no workload behind the Service has that label',
    "deploy/canary.yaml",
    37,
    9,
    37,
    30,
    related=(
        RelatedLocation("deploy/service.yaml", Span(9, 5, 9, 16), 'Service "orders" selects app=orders'),
        RelatedLocation("deploy/deployment.yaml", Span(13, 9, 13, 20), 'Deployment "orders" has labels app=orders'),
    ),
    fingerprint="5f2b",
    hint="add the label version: v2 to the pod template of the canary Deployment",
    snippet="        labels: {version: v2}",
)
ROOT = Finding(
    "K8S263",
    "runs-as-root",
    "warning",
    'container "orders" may run as root: neither runAsNonRoot nor a runAsUser above 0 is set',
    "deploy/deployment.yaml",
    18,
    11,
    18,
    23,
    fixes=(Fix("set runAsNonRoot", (Edit(Span(19, 1, 19, 1), "          securityContext: {}\n"),), safe=False),),
    fingerprint="77aa",
    equivalents=("kube-linter:run-as-non-root",),
    hint="Set securityContext.runAsNonRoot: true, and a numeric USER in the image",
    snippet="        - name: orders",
)
HIDDEN = Finding(
    "DF201",
    "unpinned-base-image",
    "warning",
    'base image "python" has no tag',
    "Dockerfile",
    1,
    6,
    1,
    12,
    fingerprint="0c0c",
    suppressed=Suppression("inline", "pinned by the mirror", 1),
    snippet="FROM python  # cnlint: ignore[DF201] pinned by the mirror",
)
UNREADABLE = Finding(
    "CNL001", "unreadable-file", "error", "the file cannot be read: Permission denied", "secret.yaml", 1, 1, 1, 1
)

RULES = RuleSet(
    [
        Rule(
            "K8S263",
            "runs-as-root",
            "A container may run as root.",
            "warning",
            "security",
            "default",
            "kubernetes",
            "security",
            ("file",),
            ("container",),
            ("pss:restricted",),
            ("kube-linter:run-as-non-root",),
            {"init_containers": {"type": "boolean", "default": True, "description": "Judge init containers too."}},
            "Set securityContext.runAsNonRoot: true, and a numeric USER in the image",
        ),
        Rule(
            "IST302",
            "subset-matches-no-pods",
            "A subset selects no pods.",
            "error",
            "correctness",
            "default",
            "istio",
            "subsets",
            ("project",),
            ("subset",),
        ),
    ]
)
DOCS = {
    "K8S263": RuleDocs(
        "A process that breaks out of its container as root is root on the node.",
        "Set securityContext.runAsNonRoot: true, and a numeric USER in the image. Rebuild it.",
        ({"title": "Pod Security Standards", "url": "https://kubernetes.io/docs/concepts/security/"},),
        (
            {
                "title": "Nothing is set",
                "file": "pod.yaml",
                "code": "kind: Pod\nspec:\n  containers:\n    - name: orders # <- here\n",
            },
        ),
        (
            {
                "title": "It is set for the pod",
                "near_miss": True,
                "options": {"init_containers": False},
                "files": [{"path": "pod.yaml", "code": "kind: Pod\n"}, {"path": "Dockerfile", "code": "USER 1000\n"}],
            },
        ),
    )
}
NO_DOCS = RuleDocs("", "", (), (), ())


@pytest.fixture
def options() -> ReportOptions:
    return ReportOptions(docs=lambda code: DOCS.get(code, NO_DOCS))


@pytest.fixture
def rules() -> RuleSet:
    return RULES


@pytest.fixture
def run_report() -> RunReport:
    files = (
        CheckedFile("Dockerfile", "dockerfile"),
        CheckedFile("charts/orders/Chart.yaml", "helm-chart", "metadata of a Helm chart"),
        CheckedFile("charts/orders/templates/a.yaml", "helm-template", "Helm template, not rendered"),
        CheckedFile("charts/orders/templates/b.yaml", "helm-template", "Helm template, not rendered"),
        CheckedFile("deploy/canary.yaml", "istio"),
        CheckedFile("deploy/deployment.yaml", "kubernetes"),
        CheckedFile("deploy/service.yaml", "kubernetes"),
        CheckedFile("package.json", "other", "no document of a known kind"),
    )
    return RunReport((HIDDEN, SUBSET, ROOT), files, "/srv/shop")


@pytest.fixture
def finding() -> Finding:
    """A plain finding, to be changed by tests with ``_replace``."""
    return ROOT


@pytest.fixture
def unreadable() -> Finding:
    """A finding by which the tool says that it could not do its work."""
    return UNREADABLE
