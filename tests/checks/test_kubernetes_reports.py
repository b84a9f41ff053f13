"""What reports on Kubernetes objects carry besides their place: messages, severities, related places, fixes."""

from pathlib import Path

import pytest

import cnlint
from cnlint.findings import Finding

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: orders}
spec:
  replicas: 3
  selector: {matchLabels: {app: orders}}
  template:
    metadata: {labels: {app: orders}}
    spec:
      containers:
        - name: orders
          image: registry.example.com/orders:1.4.2
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: shop}
spec:
  selector: {app: orders}
  ports: [{port: 80, targetPort: 8080}]
"""


def check(folder: Path, code: str, **files: str) -> list[Finding]:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    report = cnlint.check([str(folder)], select=[code], root=str(folder), config=False)
    return [finding for finding in report.findings if finding.code == code]


def pod(container: str) -> str:
    return f"apiVersion: v1\nkind: Pod\nmetadata: {{name: worker}}\nspec:\n  containers:\n    - {container}\n"


def test_a_missing_probe_names_the_service_that_sends_requests(tmp_path: Path) -> None:
    [finding] = check(tmp_path, "K8S230", app=DEPLOYMENT, service=SERVICE)
    assert finding.message == 'container "orders" has no readiness probe, and Service "shop" sends requests to it'
    [related] = finding.related
    assert (related.path, related.line, related.message) == ("service.yaml", 5, 'Service "shop" selects app=orders')


def test_a_request_above_the_limit_shows_the_limit(tmp_path: Path) -> None:
    text = pod("{name: a, image: a:1, resources: {requests: {cpu: 1}, limits: {cpu: 500m}}}")
    [finding] = check(tmp_path, "K8S214", pod=text)
    assert finding.message == 'container "a" requests 1 CPU, more than its limit of 500m'
    assert [one.message for one in finding.related] == ["the limit is 500m"]


def test_memory_in_thousandths_can_be_mended(tmp_path: Path) -> None:
    text = pod("{name: a, image: a:1, resources: {limits: {memory: 128m}}}")
    [finding] = check(tmp_path, "K8S220", pod=text)
    assert finding.message == 'the memory limit of container "a" is 128m: that is 0.128 bytes'
    [fix] = finding.fixes
    [edit] = fix.edits
    line = text.split("\n")[edit.span.line - 1]
    mended = line[: edit.span.column - 1] + edit.text + line[edit.span.end_column - 1 :]
    assert "{memory: 128Mi}" in mended
    assert not fix.safe


@pytest.mark.parametrize(("port", "severity"), [("http", "error"), ("8081", "warning")])
def test_a_port_name_that_cannot_be_found_is_worse_than_a_number_that_is_not_declared(
    tmp_path: Path, port: str, severity: str
) -> None:
    text = pod(
        f"{{name: a, image: a:1, ports: [{{containerPort: 80}}], livenessProbe: {{tcpSocket: {{port: {port}}}}}}}"
    )
    [finding] = check(tmp_path, "K8S233", pod=text)
    assert finding.severity == severity


def test_a_secret_that_is_to_be_changed_is_only_an_information(tmp_path: Path) -> None:
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData:\n  password: "
    assert [one.severity for one in check(tmp_path, "K8S389", secret=secret + "changeme\n")] == ["info"]
    assert [one.severity for one in check(tmp_path, "K8S389", secret=secret + "correct-horse\n")] == ["warning"]


def test_a_secret_within_a_block_is_reported_at_its_own_characters(tmp_path: Path) -> None:
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: app}\ndata:\n"
    text = head + "  app.properties: |\n    a=b\n    db.password=staple\n"
    [finding] = check(tmp_path, "K8S388", config=text)
    assert (finding.line, finding.column, finding.end_column) == (7, 17, 23)
    assert "staple" not in finding.message


def test_a_value_set_for_the_whole_pod_is_shown_beside_each_container(tmp_path: Path) -> None:
    text = pod("{name: a, image: a:1}") + "  securityContext: {runAsUser: 0}\n"
    [finding] = check(tmp_path, "K8S263", pod=text)
    assert finding.message == 'container "a" runs as root: runAsUser is 0'
    assert [one.line for one in finding.related] == [7]


def test_each_odd_timing_of_a_probe_has_its_own_place(tmp_path: Path) -> None:
    probe = "{tcpSocket: {port: 80}, failureThreshold: 1, periodSeconds: 1, timeoutSeconds: 2}"
    findings = check(tmp_path, "K8S238", pod=pod(f"{{name: a, image: a:1, livenessProbe: {probe}}}"))
    assert len({finding.column for finding in findings}) == 3


def test_a_patch_of_a_kustomization_is_not_judged_for_what_it_leaves_out(tmp_path: Path) -> None:
    sidecar = DEPLOYMENT.replace("  replicas: 3\n  selector: {matchLabels: {app: orders}}\n", "")
    kustomization = (
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
        "resources: [base.yaml]\npatches: [{path: sidecar.yaml}]\n"
    )
    for code in ("K8S210", "K8S263"):
        findings = check(tmp_path, code, kustomization=kustomization, base=DEPLOYMENT, sidecar=sidecar)
        assert [finding.path for finding in findings] == ["base.yaml"]


def scaler(name: str, spec: str = "maxReplicas: 10", /, **target: str) -> str:
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "orders", **target}
    return (
        f"apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {{name: {name}}}\n"
        f"spec:\n  scaleTargetRef: {reference}\n  {spec}\n"
    )


def test_replicas_that_an_autoscaler_sets_show_it_and_can_be_left_out(tmp_path: Path) -> None:
    hpa = scaler("shop", "minReplicas: 2\n  maxReplicas: 10")
    [finding] = check(tmp_path, "K8S325", app=DEPLOYMENT, hpa=hpa)
    assert finding.message == 'Deployment "orders" sets replicas to 3, and HorizontalPodAutoscaler "shop" sets them too'
    [related] = finding.related
    assert (related.path, related.line) == ("hpa.yaml", 5)
    assert related.message == 'HorizontalPodAutoscaler "shop" scales Deployment "orders" between 2 and 10 replicas'
    [fix] = finding.fixes
    assert not fix.safe
    assert [(edit.span, edit.text) for edit in fix.edits] == [((5, 3, 6, 3), "")]


@pytest.mark.parametrize("heals", [True, False])
def test_replicas_under_an_application_that_heals_itself_are_left_to_the_rule_of_applications(
    tmp_path: Path, heals: bool
) -> None:
    application = (
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop}\nspec:\n"
        "  source: {repoURL: 'https://example.com/shop/app', path: deploy}\n  destination: {namespace: shop}\n"
        f"  syncPolicy: {{automated: {{selfHeal: {str(heals).lower()}}}}}\n"
    )
    (tmp_path / "deploy").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text('[remote "origin"]\n\turl = https://example.com/shop/app\n')
    files = {"deploy/app": DEPLOYMENT, "deploy/hpa": scaler("shop"), "application": application}
    assert len(check(tmp_path, "K8S325", **files)) == (not heals)


def test_a_single_replica_can_be_made_two_where_the_maximum_allows_it(tmp_path: Path) -> None:
    hpa = "---\n".join(scaler(f"to-{most}", f"minReplicas: 1\n  maxReplicas: {most}") for most in (1, 10))
    one, ten = check(tmp_path, "K8S322", hpa=hpa)
    assert one.message == 'HorizontalPodAutoscaler "to-1" may leave 1 replica of Deployment "orders", fewer than 2'
    assert one.fixes == ()
    assert [edit.text for edit in ten.fixes[0].edits] == ["2"]


def test_all_containers_without_requests_are_named_with_the_metric(tmp_path: Path) -> None:
    metric = "{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}"
    text = DEPLOYMENT + "        - {name: proxy, image: 'registry.example.com/proxy:2.1.0'}\n"
    [finding] = check(tmp_path, "K8S324", app=text, hpa=scaler("shop", f"maxReplicas: 10\n  metrics: [{metric}]"))
    assert 'container "orders" of Deployment "orders" has neither a CPU request nor a CPU limit' in finding.message
    assert finding.message.endswith(", nor has 1 other container")
    assert [one.message for one in finding.related] == [
        'container "orders" requests no CPU',
        'container "proxy" requests no CPU',
    ]


def test_the_workload_that_was_probably_meant_to_be_scaled_is_named(tmp_path: Path) -> None:
    kind, name = check(
        tmp_path, "K8S334", app=DEPLOYMENT, a=scaler("a", kind="StatefulSet"), b=scaler("b", name="orderz")
    )
    assert kind.hint == 'Write kind: Deployment, if Deployment "orders" is meant'
    assert name.hint == 'Write name: orders, if Deployment "orders" is meant'
    assert [one.message for one in name.related] == ['Deployment "orders" is there']


@pytest.mark.parametrize(
    ("target", "severity", "better"),
    [
        ({"apiVersion": "extensions/v1beta1"}, "error", "apps/v1"),
        ({"apiVersion": "apps/v1beta2"}, "warning", "apps/v1"),
        ({"kind": "deployment"}, "error", "Deployment"),
    ],
)
def test_a_target_of_another_version_works_and_one_of_another_group_does_not(
    tmp_path: Path, target: dict[str, str], severity: str, better: str
) -> None:
    [finding] = check(tmp_path, "K8S332", hpa=scaler("shop", **target))
    assert finding.severity == severity
    assert [edit.text.strip("'") for fix in finding.fixes for edit in fix.edits] == [better]


def test_two_autoscalers_are_worse_than_a_vertical_one_beside_them(tmp_path: Path) -> None:
    vertical = (
        "apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata: {name: v}\n"
        "spec: {targetRef: {apiVersion: apps/v1, kind: Deployment, name: orders}}\n"
    )
    found = check(tmp_path, "K8S333", a=scaler("a"), b=scaler("b"), v=vertical)
    assert [(one.path, one.severity) for one in found] == [("b.yaml", "error"), ("v.yaml", "warning")]


@pytest.mark.parametrize(
    ("minimum", "code", "message"),
    [
        (2, "K8S343", "it keeps 2 pods"),
        (3, "K8S344", "it keeps 3 pods"),
    ],
)
def test_a_budget_is_compared_with_what_the_autoscaler_keeps_and_reported_once(
    tmp_path: Path, minimum: int, code: str, message: str
) -> None:
    budget = (
        "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: shop}\n"
        f"spec:\n  minAvailable: {minimum}\n  selector: {{matchLabels: {{app: orders}}}}\n"
    )
    files = {"app": DEPLOYMENT, "pdb": budget, "hpa": scaler("h", "minReplicas: 2\n  maxReplicas: 9")}
    found = {one: check(tmp_path, one, **files) for one in ("K8S342", "K8S343", "K8S344")}
    assert [one for one in found if found[one]] == [code]
    [finding] = found[code]
    assert (
        finding.message == f'PodDisruptionBudget "shop" allows no eviction while autoscaling leaves 2 pods: {message}'
    )
    assert [one.message for one in finding.related] == [
        'HorizontalPodAutoscaler "h" may leave 2 replicas of Deployment "orders"'
    ]


@pytest.mark.parametrize(
    ("value", "severity"), [("100%", "warning"), ("'1'", "error"), ("101%", "error"), ("-1", "error")]
)
def test_limits_of_a_budget_that_cannot_be_are_errors(tmp_path: Path, value: str, severity: str) -> None:
    budget = (
        "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: shop}\n"
        f"spec: {{minAvailable: {value}, selector: {{matchLabels: {{app: orders}}}}}}\n"
    )
    [finding] = check(tmp_path, "K8S342", pdb=budget)
    assert finding.severity == severity


def definition(properties: str) -> str:
    return (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: shops.example.com}\n"
        "spec:\n  group: example.com\n  names: {kind: Shop, plural: shops}\n  scope: Namespaced\n"
        "  versions:\n  - name: v1\n    served: true\n    storage: true\n    schema:\n"
        f"      openAPIV3Schema: {{type: object, properties: {{spec: {{type: object, properties: {properties}}}}}}}\n"
    )


def shop(spec: str) -> str:
    return f"apiVersion: example.com/v1\nkind: Shop\nmetadata: {{name: a}}\nspec: {spec}\n"


@pytest.mark.parametrize("bounds", ["minLength: 3000", "maxLength: 2000", "format: byte"])
def test_the_length_of_texts_that_snapshots_cut_is_not_judged(tmp_path: Path, bounds: str) -> None:
    crd = definition(f"{{text: {{type: string, {bounds}}}}}")
    assert check(tmp_path, "K8S105", crd=crd, shop=shop(f"{{text: {'a' * 2999}b}}")) == []


def test_shorter_texts_are_measured(tmp_path: Path) -> None:
    crd = definition("{text: {type: string, maxLength: 3}}")
    [finding] = check(tmp_path, "K8S105", crd=crd, shop=shop("{text: abcd}"))
    assert finding.message == 'spec.text of Shop "a" is 4 characters long; at most 3 characters are expected'


@pytest.mark.parametrize(("written", "mended"), [("replica", "replicas"), ('"replica"', '"replicas"')])
def test_a_fix_of_a_custom_resource_keeps_quotes(tmp_path: Path, written: str, mended: str) -> None:
    crd = definition("{replicas: {type: integer}}")
    [finding] = check(tmp_path, "K8S106", crd=crd, shop=shop(f"{{{written}: 3}}"))
    assert [edit.text for fix in finding.fixes for edit in fix.edits] == [mended]


def test_a_custom_resource_whose_kind_is_well_known_is_reported_once(tmp_path: Path) -> None:
    crd = definition("{replicas: {type: integer}}").replace("shops.example.com", "scaledobjects.keda.sh")
    crd = crd.replace("example.com", "keda.sh").replace("Shop", "ScaledObject").replace("name: v1", "name: v1alpha1")
    text = (
        "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: a}\n"
        "spec: {scaleTargetRef: {name: a}, triggers: [], odd: 1}\n"
    )
    [finding] = check(tmp_path, "K8S106", crd=crd, a=text)
    assert 'unknown field "odd"' in finding.message
