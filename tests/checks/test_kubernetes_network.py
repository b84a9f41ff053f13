"""What reports on Services, Ingresses, policies, budgets and jobs say, besides their place."""

from pathlib import Path

import pytest
from edits import edited

import cnlint
from cnlint.findings import Finding

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: orders, labels: {app: orders-api, tier: backend}}
spec:
  containers: [{name: orders, image: "orders:1", ports: [{name: http, containerPort: 8080}]}]
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: orders-api, labels: {app: orders-api}}
spec:
  selector: {app: orders-api}
  ports: [{name: http, port: 80, targetPort: http}]
"""
CRON_JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: report}
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{name: report, image: "report:1"}]
"""


def check(folder: Path, code: str, text: str, **settings: object) -> list[Finding]:
    (folder / "all.yaml").write_text(text, encoding="utf-8")
    report = cnlint.check([str(folder)], select=[code], root=str(folder), config={"rules": {code: settings}})
    return [finding for finding in report.findings if finding.code == code]


def documents(*texts: str) -> str:
    return "---\n".join(texts)


def mended(text: str, finding: Finding) -> str:
    [fix] = finding.fixes
    return edited(text, fix.edits)


def ingress(service: str = "orders-api", port: str = "number: 80", annotations: str = "{}") -> str:
    return (
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: shop\n"
        f"  annotations: {annotations}\n"
        f"spec:\n  defaultBackend: {{service: {{name: {service}, port: {{{port}}}}}}}\n"
    )


def test_a_service_that_is_almost_there_is_proposed(tmp_path: Path) -> None:
    [finding] = check(tmp_path, "K8S365", documents(SERVICE, ingress("order-api")))
    assert finding.message == 'Ingress "shop" sends requests to Service "order-api", which is not there'
    assert finding.hint == "Write orders-api"
    assert (finding.related[0].line, finding.related[0].message) == (3, "a name that is almost the same")


def test_the_ports_that_a_service_has_are_shown(tmp_path: Path) -> None:
    [finding] = check(tmp_path, "K8S365", documents(SERVICE, ingress(port="number: 8080")))
    assert (
        finding.message == 'Ingress "shop" sends requests to port 8080 of Service "orders-api", which has 80 ("http")'
    )
    assert finding.severity == "error"
    assert finding.column == 63


def test_a_service_that_is_missing_is_reported_once_for_each_port(tmp_path: Path) -> None:
    path = "{path: %s, pathType: Exact, backend: {service: {name: gone, port: {number: %d}}}}"
    paths = ", ".join(path % one for one in (("/a", 80), ("/b", 80), ("/c", 81)))
    rules = f"  rules: [{{http: {{paths: [{paths}]}}}}]\n"
    found = check(tmp_path, "K8S365", documents(SERVICE, ingress() + rules))
    assert len(found) == 2


def test_the_gate_can_be_opened_and_closed(tmp_path: Path) -> None:
    assert not check(tmp_path, "K8S365", ingress("gone"))
    assert check(tmp_path, "K8S365", ingress("gone"), gate="strict")
    assert not check(tmp_path, "K8S365", documents(SERVICE, ingress("gone")), gate="off")


def test_the_class_moves_from_the_annotation_to_the_field(tmp_path: Path) -> None:
    text = ingress(annotations="{kubernetes.io/ingress.class: nginx, a: b}")
    [finding] = check(tmp_path, "K8S744", text)
    assert "  annotations: {a: b}\nspec:\n  ingressClassName: nginx\n  defaultBackend:" in mended(text, finding)
    assert not finding.fixes[0].safe


def test_an_annotation_alone_is_not_moved(tmp_path: Path) -> None:
    [finding] = check(tmp_path, "K8S744", ingress(annotations="{kubernetes.io/ingress.class: nginx}"))
    assert not finding.fixes


def test_two_classes_are_an_error(tmp_path: Path) -> None:
    text = ingress(annotations="{kubernetes.io/ingress.class: nginx}") + "  ingressClassName: traefik\n"
    [finding] = check(tmp_path, "K8S744", text)
    assert finding.severity == "error"
    assert finding.message == 'Ingress "shop" has the class "traefik", and its annotation names the class "nginx"'


@pytest.mark.parametrize(
    ("snippet", "power"),
    [
        ("more_set_headers 'a: b';", ""),
        ("content_by_lua_block { }", ", and runs Lua code"),
        ("alias /var/run/secrets/token;", ", and reads the token of the controller"),
        ("proxy_pass http://elsewhere;", ", and sends requests elsewhere"),
    ],
)
def test_the_worse_forms_of_snippets_are_named(tmp_path: Path, snippet: str, power: str) -> None:
    text = ingress(annotations=f'{{nginx.ingress.kubernetes.io/server-snippet: "{snippet}"}}')
    [finding] = check(tmp_path, "K8S736", text)
    what = 'annotation "nginx.ingress.kubernetes.io/server-snippet" of Ingress "shop"'
    assert finding.message == f"{what} writes into the configuration of the controller{power}"


def test_pods_that_a_policy_almost_selects_are_proposed(tmp_path: Path) -> None:
    policy = (
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: orders}\n"
        "spec:\n  podSelector: {matchLabels: {app: order-api}}\n"
    )
    [finding] = check(tmp_path, "K8S374", documents(POD, policy))
    assert finding.message == 'NetworkPolicy "orders" selects app=order-api, and no workload has pods with that label'
    assert finding.hint == 'Select app=orders-api, as Pod "orders" has it, or change the labels of its pod template'
    assert finding.related[0].message == 'the pods of Pod "orders" have app=orders-api'


def test_an_open_rule_for_egress_weighs_less(tmp_path: Path) -> None:
    policy = (
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: orders}\n"
        "spec: {podSelector: {matchLabels: {app: orders}}, ingress: [{}], egress: [{}]}\n"
    )
    assert [finding.severity for finding in check(tmp_path, "K8S378", policy)] == ["warning", "info"]


def test_budgets_that_overlap_name_each_other_and_the_workload(tmp_path: Path) -> None:
    budget = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: {}}}\nspec: {{selector: {}}}\n"
    text = documents(POD, budget.format("one", "{}"), budget.format("two", "{matchLabels: {tier: backend}}"))
    [finding] = check(tmp_path, "K8S349", text)
    assert finding.message == (
        'PodDisruptionBudget "two" and PodDisruptionBudget "one" both guard the pods of Pod "orders", '
        "so that none can be evicted"
    )
    assert [one.line for one in finding.related] == [10, 3]


@pytest.mark.parametrize(("selector", "severity"), [("{}", "info"), ("null", "error")])
def test_an_empty_selector_of_a_budget_weighs_less_than_none(tmp_path: Path, selector: str, severity: str) -> None:
    text = (
        "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: orders}\n"
        f"spec: {{maxUnavailable: 1, selector: {selector}}}\n"
    )
    [finding] = check(tmp_path, "K8S347", text)
    assert finding.severity == severity


def test_a_port_of_a_monitor_that_is_almost_there_is_proposed(tmp_path: Path) -> None:
    monitor = (
        "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: {name: orders}\n"
        "spec: {selector: {matchLabels: {app: orders-api}}, endpoints: [{port: htttp}]}\n"
    )
    [finding] = check(tmp_path, "K8S368", documents(SERVICE, monitor))
    assert finding.message == (
        'ServiceMonitor "orders" asks port "htttp", which Service "orders-api" does not have; there is "http"'
    )
    assert finding.hint == "Write port: http"


def test_a_stateful_set_whose_service_selects_others_shows_the_selector(tmp_path: Path) -> None:
    service = SERVICE.replace("spec:\n", "spec:\n  clusterIP: None\n")
    stateful_set = (
        "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\nspec:\n  serviceName: orders-api\n"
        "  selector: {matchLabels: {app: db}}\n  template:\n    metadata: {labels: {app: db}}\n"
        "    spec: {containers: [{name: db, image: db:1}]}\n"
    )
    [finding] = check(tmp_path, "K8S367", documents(service, stateful_set))
    assert finding.message == (
        'Service "orders-api", which StatefulSet "db" names, selects app=orders-api, not its pods'
    )


@pytest.mark.parametrize(
    ("code", "added"),
    [
        ("K8S312", "  startingDeadlineSeconds: 200\n  schedule:"),
        ("K8S310", "  ttlSecondsAfterFinished: 86400\n  backoff"),
    ],
)
def test_what_jobs_lack_can_be_added(tmp_path: Path, code: str, added: str) -> None:
    job = (
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: once}\nspec:\n  backoffLimit: 1\n"
        "  template: {spec: {restartPolicy: Never, containers: [{name: a, image: a:1}]}}\n"
    )
    text = CRON_JOB if code == "K8S312" else job
    [finding] = check(tmp_path, code, text)
    assert added in mended(text, finding)
    assert not finding.fixes[0].safe


def test_a_key_without_a_value_is_not_added_once_more(tmp_path: Path) -> None:
    [finding] = check(tmp_path, "K8S312", CRON_JOB.replace("  schedule", "  startingDeadlineSeconds:\n  schedule"))
    assert not finding.fixes


def test_the_time_to_live_of_the_jobs_of_a_cron_job_is_taken_out(tmp_path: Path) -> None:
    text = CRON_JOB.replace("    spec:\n      template", "    spec:\n      ttlSecondsAfterFinished: 5\n      template")
    [finding] = check(tmp_path, "K8S311", text)
    assert mended(text, finding) == CRON_JOB
    assert finding.fixes[0].safe


def test_a_deadline_that_is_never_met_is_an_error(tmp_path: Path) -> None:
    text = CRON_JOB.replace("  schedule", "  startingDeadlineSeconds: 9\n  schedule")
    [finding] = check(tmp_path, "K8S312", text)
    assert finding.severity == "error"


@pytest.mark.parametrize(
    ("zone", "hint"), [("europe/berlin", "Europe/Berlin"), ("Europe/Berln", "Europe/Berlin"), ("Etc/Utc", "Etc/UTC")]
)
def test_the_right_name_of_a_time_zone_is_proposed(tmp_path: Path, zone: str, hint: str) -> None:
    [finding] = check(tmp_path, "K8S313", CRON_JOB.replace("  schedule", f"  timeZone: {zone}\n  schedule"))
    assert finding.hint == f"Write timeZone: {hint}"


def test_a_time_zone_in_the_schedule_was_once_taken(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(CRON_JOB.replace('"0 3', '"TZ=Europe/Berlin 0 3'), encoding="utf-8")
    for version, severity in (("1.28", "warning"), ("1.29", "error")):
        config = {"kubernetes-version": version}
        report = cnlint.check([str(tmp_path)], select=["K8S313"], root=str(tmp_path), config=config)
        assert [(one.severity, one.hint) for one in report.findings] == [
            (severity, "Write timeZone: Europe/Berlin beside the schedule")
        ]


def test_workloads_that_share_requests_are_told_apart_by_a_label(tmp_path: Path) -> None:
    def deployment(name: str) -> str:
        return (
            f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n"
            f"  selector: {{matchLabels: {{app: orders-api, part: {name}}}}}\n"
            f"  template:\n    metadata: {{labels: {{app: orders-api, part: {name}}}}}\n"
            "    spec: {containers: [{name: a, image: a:1, ports: [{name: http, containerPort: 80}]}]}\n"
        )

    [finding] = check(tmp_path, "K8S369", documents(SERVICE, *map(deployment, ("a", "b", "c", "d"))))
    assert finding.message == (
        'Service "orders-api" spreads its requests over the pods of Deployment "a", Deployment "b", Deployment "c" '
        "and 1 more"
    )
    assert finding.hint == "Add part to the selector of the Service: it tells their pods apart"


def test_an_address_that_is_allowed_by_its_network_is_not_reported(tmp_path: Path) -> None:
    text = SERVICE + "  externalIPs: [10.1.2.3, 10.9.0.1, not-an-address]\n"
    found = check(tmp_path, "K8S722", text, allowed_ips=["10.1.0.0/16", "nonsense"])
    assert [finding.column for finding in found] == [27, 37]


@pytest.mark.parametrize("value", ["null", "true", "[]", "{}", "[1]", "[null]", "{a: [{}]}", '"x"', "[[]]", "-1"])
@pytest.mark.parametrize(
    ("kind", "version"),
    [
        ("Service", "v1"),
        ("Ingress", "networking.k8s.io/v1"),
        ("NetworkPolicy", "networking.k8s.io/v1"),
        ("PodDisruptionBudget", "policy/v1"),
        ("ServiceMonitor", "monitoring.coreos.com/v1"),
        ("CronJob", "batch/v1"),
        ("MutatingWebhookConfiguration", "admissionregistration.k8s.io/v1"),
    ],
)
def test_no_rule_fails_on_odd_values(tmp_path: Path, kind: str, version: str, value: str) -> None:
    fields = "ports externalIPs selector podSelector ingress egress policyTypes rules tls defaultBackend endpoints"
    fields += " namespaceSelector schedule timeZone jobTemplate startingDeadlineSeconds minAvailable"
    spec = "".join(f"  {field}: {value}\n" for field in fields.split())
    webhooks = f"webhooks: [{{name: {value}, rules: {value}, clientConfig: {{service: {{a: b}}}}}}, {value}]\n"
    text = (
        f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: odd, annotations: {value}}}\nspec:\n{spec}{webhooks}"
    )
    (tmp_path / "odd.yaml").write_text(documents(POD, SERVICE, text), encoding="utf-8")
    report = cnlint.check([str(tmp_path)], select=["K8S3", "K8S7"], root=str(tmp_path), config=False, complete=True)
    assert not [finding.message for finding in report.findings if finding.code == "CNL003"]
