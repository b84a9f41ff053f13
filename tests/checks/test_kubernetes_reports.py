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
