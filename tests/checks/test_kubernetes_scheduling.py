"""What is said of where pods run, how they restart and what they resolve."""

from pathlib import Path
from typing import Any

import pytest
from edits import edited

import cnlint
from cnlint.findings import Finding

CONTAINERS = 'containers: [{name: orders, image: "registry.example.com/orders:1.4.2"}]'
TERM = "{{topologyKey: {key}, {more}labelSelector: {{matchLabels: {{app: {app}}}}}}}"


def deployment(*fields: str, replicas: str = "replicas: 3", namespace: str = "shop") -> str:
    spec = "".join(f"      {field}\n" for field in (*fields, CONTAINERS))
    return (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: orders, namespace: {namespace}}}\n"
        f"spec:\n  {replicas}\n  selector: {{matchLabels: {{app: orders}}}}\n"
        f"  template:\n    metadata: {{labels: {{app: orders}}}}\n    spec:\n{spec}"
    )


def job(*fields: str, more: str = "backoffLimit: 1") -> str:
    spec = "".join(f"      {field}\n" for field in (*fields, CONTAINERS))
    return f"apiVersion: batch/v1\nkind: Job\nmetadata: {{name: j}}\nspec:\n  {more}\n  template:\n    spec:\n{spec}"


def check(folder: Path, code: str, text: str, **options: Any) -> list[Finding]:
    (folder / "app.yaml").write_text(text, encoding="utf-8")
    config = {"rules": {code: options}} if options else False
    report = cnlint.check([str(folder)], select=[code], root=str(folder), config=config)
    return [finding for finding in report.findings if finding.code in (code, "CNL003")]


def mended(text: str, finding: Finding) -> str:
    (edit,) = finding.fixes[0].edits
    return edited(text, [edit])


def apart(key: str = "kubernetes.io/hostname", app: str = "orders", more: str = "") -> str:
    term = TERM.format(key=key, app=app, more=more)
    return f"affinity: {{podAntiAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: [{term}]}}}}"


@pytest.mark.parametrize(
    ("affinity", "flaw"),
    [
        (apart(app="other"), "it selects app=other"),
        (apart(key="example.com/rack"), 'its topologyKey is "example.com/rack"'),
        (apart(more="namespaces: [web], "), "it selects pods of other namespaces"),
        (apart().replace("labelSelector", "selector"), "its term has no labelSelector and selects no pods"),
    ],
)
def test_a_term_that_keeps_nothing_apart_is_told_what_it_lacks(affinity: str, flaw: str, tmp_path: Path) -> None:
    [finding] = check(tmp_path, "K8S250", deployment(affinity))
    assert finding.message == f'podAntiAffinity of Deployment "orders" does not keep its 3 pods apart: {flaw}'


@pytest.mark.parametrize(
    "affinity",
    [
        apart(),
        apart(more="namespaces: [shop, web], "),
        apart(more="namespaces: [web], namespaceSelector: {}, "),
        apart(app="'${APP}'"),
        apart(key="'${KEY}'"),
    ],
)
def test_a_term_that_keeps_the_pods_apart_or_may_do_so_is_enough(affinity: str, tmp_path: Path) -> None:
    assert check(tmp_path, "K8S250", deployment(affinity)) == []


def test_a_workload_without_a_number_of_replicas_is_judged_on_request(tmp_path: Path) -> None:
    text = deployment(replicas="minReadySeconds: 5")
    assert check(tmp_path, "K8S250", text) == []
    [finding] = check(tmp_path, "K8S250", text, count_unset_replicas=True)
    assert finding.message == 'nothing keeps the pods of Deployment "orders" on different nodes'


@pytest.mark.parametrize("replicas", ["replicas: '3'", "replicas: ${REPLICAS}", "replicas: 0", "replicas: -1"])
def test_replicas_that_are_no_number_of_several_pods_are_not_judged(replicas: str, tmp_path: Path) -> None:
    assert check(tmp_path, "K8S250", deployment(replicas=replicas)) == []


def test_spread_is_missing_over_what_no_constraint_names(tmp_path: Path) -> None:
    [finding] = check(tmp_path, "K8S251", deployment(apart()))
    assert finding.message == 'the 3 pods of Deployment "orders" are not spread over zones'
    [finding] = check(tmp_path, "K8S251", deployment(apart()), accept_anti_affinity=False)
    assert finding.message == 'the 3 pods of Deployment "orders" are not spread over nodes and zones'


def test_a_constraint_for_other_pods_is_but_a_warning(tmp_path: Path) -> None:
    item = "maxSkew: 1, topologyKey: a, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: order}}"
    [finding] = check(tmp_path, "K8S252", deployment(f"topologySpreadConstraints: [{{{item}}}]"))
    owner = 'a topology spread constraint of Deployment "orders"'
    assert finding.message == f"{owner} counts pods with app=order, which its own do not have"
    assert finding.severity == "warning"


@pytest.mark.parametrize("items", ["some", "{a: 1}", "[some]", "[{maxSkew: '1', minDomains: []}]", "[null]"])
def test_constraints_of_other_types_are_left_to_the_schema(items: str, tmp_path: Path) -> None:
    messages = [one.message for one in check(tmp_path, "K8S252", deployment(f"topologySpreadConstraints: {items}"))]
    assert all(" has no " in message for message in messages)


def test_an_application_may_not_be_as_critical_as_the_cluster(tmp_path: Path) -> None:
    [finding] = check(tmp_path, "K8S255", deployment("priorityClassName: system-node-critical"))
    expected = 'Deployment "orders" in the namespace "shop" has the priority class "system-node-critical"'
    assert finding.message == f"{expected} of the cluster's own pods"
    system = deployment("priorityClassName: system-node-critical", namespace="kube-system")
    assert check(tmp_path, "K8S255", system) == []


def test_an_option_of_dns_without_a_value_has_none(tmp_path: Path) -> None:
    [finding] = check(tmp_path, "K8S256", deployment("dnsConfig: {options: [{name: ndots}]}"))
    assert finding.message == 'Deployment "orders" sets the DNS option ndots to nothing, not 2'
    assert check(tmp_path, "K8S256", deployment("dnsConfig: {options: [{name: ndots, value: 2}]}")) == []


@pytest.mark.parametrize(
    ("policy", "more", "after"),
    [
        ("restartPolicy: Always", "backoffLimit: 1", "restartPolicy: OnFailure"),
        ("restartPolicy: 'Always'", "backoffLimit: 1", "restartPolicy: 'OnFailure'"),
        ("restartPolicy: OnFailure", "podFailurePolicy: {rules: []}", "restartPolicy: Never"),
        ("restartPolicy: Always", "backoffLimitPerIndex: 1", "restartPolicy: Never"),
    ],
)
def test_the_policy_of_a_job_can_be_mended(policy: str, more: str, after: str, tmp_path: Path) -> None:
    text = job(policy, more=more)
    [finding] = check(tmp_path, "K8S249", text)
    assert mended(text, finding) == text.replace(policy, after)
    assert not finding.fixes[0].safe


def test_the_policy_that_a_job_lacks_can_be_added(tmp_path: Path) -> None:
    [finding] = check(tmp_path, "K8S249", job())
    expected = 'the pods of Job "j" have no restartPolicy, and the default Always is refused'
    assert finding.message == f"{expected}: only Never and OnFailure are allowed there"
    assert mended(job(), finding) == job("restartPolicy: OnFailure")


def test_what_a_controller_of_another_group_takes_is_not_known(tmp_path: Path) -> None:
    text = job("restartPolicy: OnFailure").replace("batch/v1", "batch.example.com/v1")
    assert check(tmp_path, "K8S249", text) == []


@pytest.mark.parametrize("policy", ["never", "'${POLICY}'", "[Always]", "1"])
def test_what_is_no_policy_at_all_is_left_to_the_schema(policy: str, tmp_path: Path) -> None:
    assert check(tmp_path, "K8S249", deployment(f"restartPolicy: {policy}")) == []


def test_a_sidecar_in_a_job_is_shown_beside_the_work(tmp_path: Path) -> None:
    sidecar = '  containers: [{name: work, image: "work:1"}, {name: envoy, image: "envoyproxy/envoy:v1.32.2"}]'
    text = job("restartPolicy: Never").replace(f"  {CONTAINERS}", sidecar)
    [finding] = check(tmp_path, "K8S799", text)
    assert finding.message == 'container "envoy" never ends, so Job "j" is never complete'
    assert [one.message for one in finding.related] == ['container "work" does the work']
    ending = text.replace("Never", "Never\n      shareProcessNamespace: true")
    assert check(tmp_path, "K8S799", ending) == []
