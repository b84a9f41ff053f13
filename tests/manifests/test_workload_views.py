import textwrap
from typing import TypeVar

import pytest

from cnlint.manifests.autoscaling import (
    HorizontalPodAutoscaler,
    PodDisruptionBudget,
    ScaledObject,
    VerticalPodAutoscaler,
)
from cnlint.manifests.configuration import ConfigMap, Secret
from cnlint.manifests.kubernetes import Manifest, YamlDocument, document_views, manifests_of
from cnlint.manifests.services import Service
from cnlint.manifests.workloads import Container, PodTemplate, Probe, Workload
from cnlint.syntax import yaml
from cnlint.syntax.source import Source
from cnlint.syntax.yaml import Document

Kind = TypeVar("Kind", bound=Manifest)

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: orders, namespace: shop, labels: {app: orders}}
spec:
  selector: {matchLabels: {app: orders}}
  template:
    metadata: {labels: {app: orders, tier: api}}
    spec:
      securityContext: {runAsUser: 1000, runAsNonRoot: true}
      initContainers:
        - {name: schema, image: schema:1}
        - {name: proxy, image: proxy:1, restartPolicy: Always}
      containers:
        - name: orders
          image: registry.example.com/orders:1.4.2
          securityContext: {runAsUser: 2000}
          ports: [{name: http, containerPort: 8080}]
          resources: {requests: {cpu: 100m, memory: "?"}, limits: {memory: 1Gi}}
          env:
            - {name: LOG, value: info}
            - {name: DB, valueFrom: {configMapKeyRef: {name: settings, key: db}}}
            - {name: PW, valueFrom: {secretKeyRef: {name: db, key: password, optional: true}}}
          envFrom: [{secretRef: {name: extra}}]
          readinessProbe: {httpGet: {path: /ready, port: http}}
          livenessProbe: {tcpSocket: {port: 8080}, periodSeconds: 20, failureThreshold: 0}
      ephemeralContainers: [{name: shell, image: busybox}]
      volumes:
        - {name: config, configMap: {name: files, items: [{key: a.conf, path: a}]}}
        - {name: tls, secret: {secretName: tls}}
        - {name: all, projected: {sources: [{secret: {name: token}}]}}
        - {name: data, persistentVolumeClaim: {claimName: orders-data}}
"""


def document(text: str) -> Document:
    return yaml.parse(Source("app.yaml", textwrap.dedent(text)), yaml.Dialect.KUBERNETES).documents[0]


def manifest(text: str, kind: type[Kind]) -> Kind:
    [found] = manifests_of(document(text))
    assert type(found) is kind
    return found


@pytest.fixture
def orders() -> Workload:
    return manifest(DEPLOYMENT, Workload)


def container(workload: Workload, name: str) -> Container:
    return next(one for one in workload.containers if one.name == name)


def test_every_view_of_a_document_is_yielded_once() -> None:
    views = list(document_views(document(DEPLOYMENT)))
    assert [type(view) for view in views[:3]] == [YamlDocument, Workload, PodTemplate]
    assert [view.name for view in views if isinstance(view, Container)] == ["schema", "proxy", "orders", "shell"]
    assert [view.kind for view in views if isinstance(view, Probe)] == ["readiness", "liveness"]
    assert len(views) == len({view.path for view in views}) + 1  # document and manifest share the root


def test_containers_have_roles_and_run_with_the_pod_or_not(orders: Workload) -> None:
    assert [(one.role, one.runs_with_pod) for one in orders.containers] == [
        ("init", False),
        ("sidecar", True),
        ("container", True),
        ("ephemeral", False),
    ]


def test_a_security_field_of_the_container_hides_that_of_the_pod(orders: Workload) -> None:
    assert container(orders, "orders").effective_security("runAsUser") == 2000
    assert container(orders, "orders").effective_security("runAsNonRoot") is True
    assert container(orders, "schema").effective_security("runAsUser") == 1000


def test_quantities_that_cannot_be_read_count_as_set(orders: Workload) -> None:
    main = container(orders, "orders")
    assert set(main.requests) == {"cpu"}
    assert main.sets_resource("requests", "memory")
    assert not main.sets_resource("limits", "cpu")


def test_a_probe_finds_its_port_by_name_and_knows_the_defaults(orders: Workload) -> None:
    readiness, liveness = container(orders, "orders").probes
    assert (readiness.port, readiness.resolved_port, readiness.http_path) == ("http", 8080, "/ready")
    assert (readiness.period, readiness.timeout, readiness.failure_threshold) == (10, 1, 3)
    assert (liveness.handler, liveness.failure_budget) == ("tcpSocket", 60)


def test_references_to_configuration_are_found_in_environment_and_volumes(orders: Workload) -> None:
    assert orders.template is not None
    references = list(orders.template.configuration_references())
    assert [(one.kind, one.name, one.key, one.is_optional) for one in references] == [
        ("ConfigMap", "settings", "db", False),
        ("Secret", "db", "password", True),
        ("Secret", "extra", None, False),
        ("ConfigMap", "files", None, False),
        ("ConfigMap", "files", "a.conf", False),
        ("Secret", "tls", None, False),
        ("Secret", "token", None, False),
    ]
    assert [one.name_place.span.line for one in references[-3:]] == [29, 30, 31]
    assert references[4].key_place.span.line == 29
    assert orders.template.claims == ["orders-data"]


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("v1/Pod", "spec: {containers: [{name: a, image: b}]}"),
        ("v1/PodTemplate", "template: {spec: {containers: [{name: a, image: b}]}}"),
        ("v1/ReplicationController", "spec: {template: {spec: {containers: [{name: a, image: b}]}}}"),
        ("batch/v1/Job", "spec: {template: {spec: {containers: [{name: a, image: b}]}}}"),
        ("batch/v1/CronJob", "spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: a, image: b}]}}}}}"),
        ("apps.openshift.io/v1/DeploymentConfig", "spec: {template: {spec: {containers: [{name: a, image: b}]}}}"),
        ("argoproj.io/v1alpha1/Rollout", "spec: {template: {spec: {containers: [{name: a, image: b}]}}}"),
        ("serving.knative.dev/v1/Service", "spec: {template: {spec: {containers: [{name: a, image: b}]}}}"),
        ("apps.kruise.io/v1alpha1/CloneSet", "spec: {template: {spec: {containers: [{name: a, image: b}]}}}"),
    ],
)
def test_the_pod_template_of_every_kind_is_found(kind: str, spec: str) -> None:
    api_version, _, name = kind.rpartition("/")
    workload = manifest(f"apiVersion: {api_version}\nkind: {name}\nmetadata: {{name: x}}\n{spec}\n", Workload)
    assert [one.name for one in workload.containers] == ["a"]
    assert not workload.is_fragment


def test_items_of_lists_are_manifests_with_their_own_places() -> None:
    text = """
    apiVersion: v1
    kind: List
    items:
      - apiVersion: v1
        kind: Service
        metadata: {name: a}
      - apiVersion: v1
        kind: ConfigMapList
        items:
          - {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}
      - nonsense
    """
    found = list(manifests_of(document(text)))
    assert [(type(one), one.ref, one.at().span.line) for one in found] == [
        (Service, 'Service "a"', 5),
        (ConfigMap, 'ConfigMap "b"', 11),
    ]


def test_a_custom_resource_with_items_of_its_own_is_one_manifest() -> None:
    found = manifest("apiVersion: example.com/v1\nkind: AllowList\nitems: [{ip: 10.0.0.1}]", Manifest)
    assert (found.kind, found.group, found.gvk) == ("AllowList", "example.com", ("example.com", "v1", "AllowList"))


@pytest.mark.parametrize(
    "spec",
    [
        "spec: {replicas: 3}",
        "spec: {template: {metadata: {labels: {a: b}}}}",
        "spec: {template: {spec: {containers: [{name: orders, env: []}]}}}",
        "spec: {template: {spec: {containers: [{name: orders, image: a:1}, {name: proxy}]}}}",
        "spec: {template: {spec: {initContainers: [{name: wait, image: a:1}]}}}",
        "spec: null",
    ],
)
def test_a_patch_is_a_fragment(spec: str) -> None:
    assert manifest(f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: orders}}\n{spec}", Workload).is_fragment


def test_replicas_are_one_where_none_are_written_and_unknown_where_they_cannot_be_read() -> None:
    start = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n"
    assert manifest(start + "spec: {}", Workload).replicas == 1
    assert manifest(start + "spec: {replicas: 0}", Workload).replicas == 0
    assert manifest(start + 'spec: {replicas: "${N}"}', Workload).replicas is None
    assert manifest("apiVersion: apps/v1\nkind: DaemonSet\nspec: {}", Workload).replicas is None


def test_a_service_selects_nothing_without_labels_and_its_ports_have_defaults() -> None:
    service = manifest(
        """
        apiVersion: v1
        kind: Service
        metadata: {name: orders}
        spec:
          selector: {app: orders}
          ports: [{port: 80}, {name: metrics, port: 9090, targetPort: prom, protocol: UDP}]
        """,
        Service,
    )
    assert service.selector.matches({"app": "orders", "tier": "api"})
    assert [(one.name, one.number, one.target_port, one.protocol) for one in service.ports] == [
        ("", 80, 80, "TCP"),
        ("metrics", 9090, "prom", "UDP"),
    ]
    assert service.port("metrics") is service.ports[1]
    assert manifest("apiVersion: v1\nkind: Service\nspec: {selector: {}}", Service).selector.is_absent


@pytest.mark.parametrize(
    ("version", "spec", "expected"),
    [
        ("v1", "targetCPUUtilizationPercentage: 70", ("Resource", "cpu", "Utilization", 70)),
        (
            "v2beta1",
            "metrics: [{type: Resource, resource: {name: cpu, targetAverageUtilization: 70}}]",
            ("Resource", "cpu", "Utilization", 70),
        ),
        (
            "v2",
            "metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}]",
            ("Resource", "cpu", "Utilization", 70),
        ),
        (
            "v2",
            "metrics: [{type: Pods, pods: {metric: {name: rps}, target: {type: AverageValue, averageValue: 1k}}}]",
            ("Pods", "rps", "AverageValue", None),
        ),
        (
            "v2beta1",
            "metrics: [{type: External, external: {metricName: queue, targetValue: 30}}]",
            ("External", "queue", "Value", None),
        ),
    ],
)
def test_metrics_of_all_versions_look_alike(version: str, spec: str, expected: tuple[object, ...]) -> None:
    scaler = manifest(
        f"apiVersion: autoscaling/{version}\nkind: HorizontalPodAutoscaler\nspec: {{{spec}}}", HorizontalPodAutoscaler
    )
    [metric] = scaler.metrics
    assert (metric.type, metric.name, metric.target_type, metric.utilization) == expected
    assert (scaler.minimum, scaler.maximum) == (1, None)


def test_a_scaled_object_scales_a_deployment_between_0_and_100_unless_it_says_otherwise() -> None:
    text = (
        "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nspec: {scaleTargetRef: {name: a}, triggers: [{type: cpu}]}"
    )
    scaler = manifest(text, ScaledObject)
    assert scaler.scale_target == ("apps/v1", "Deployment", "a")
    assert (scaler.minimum, scaler.maximum, scaler.triggers) == (0, 100, ["cpu"])


@pytest.mark.parametrize(
    ("policies", "resources"),
    [
        ("[]", {"cpu", "memory"}),
        ("[{containerName: '*', controlledResources: [memory]}]", {"memory"}),
        ("[{containerName: app, controlledResources: [memory]}]", {"cpu", "memory"}),
        ("[{containerName: '*', mode: 'Off'}]", set()),
    ],
)
def test_a_vertical_autoscaler_changes_both_resources_unless_its_policies_say_otherwise(
    policies: str, resources: set[str]
) -> None:
    text = "apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nspec: {resourcePolicy: {containerPolicies: "
    assert manifest(f"{text}{policies}}}}}", VerticalPodAutoscaler).resources == resources


@pytest.mark.parametrize(("mode", "changes"), [("Auto", True), ("InPlaceOrRecreate", True), ("Initial", False)])
def test_a_vertical_autoscaler_changes_running_pods_in_some_modes(mode: str, changes: bool) -> None:
    text = "apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nspec: {updatePolicy: {updateMode: "
    assert manifest(f"{text}{mode}}}}}", VerticalPodAutoscaler).changes_pods is changes


def test_an_empty_selector_of_a_budget_means_all_pods_in_v1_and_none_before() -> None:
    text = "apiVersion: policy/{}\nkind: PodDisruptionBudget\nspec: {{minAvailable: 50%, selector: {{}}}}"
    assert manifest(text.format("v1"), PodDisruptionBudget).selector.matches({"app": "a"})
    assert not manifest(text.format("v1beta1"), PodDisruptionBudget).selector.matches({"app": "a"})


def test_a_secret_knows_its_entries_and_whether_sops_encrypted_it() -> None:
    secret = manifest(
        "apiVersion: v1\nkind: Secret\ndata: {a: eA==}\nstringData: {b: c}\nsops: {version: 3.9.0}", Secret
    )
    assert (secret.keys, secret.type, secret.is_encrypted) == ({"a", "b"}, "Opaque", True)


ODD = ["null", "text", "3", "[]", "[null, 1]", "{}", "{a: null}"]


@pytest.mark.parametrize(
    "kind", ["apps/v1/Deployment", "v1/Pod", "batch/v1/CronJob", "v1/Service", "v1/Secret", "v1/ConfigMap"]
)
@pytest.mark.parametrize("odd", ODD)
def test_odd_values_give_empty_views(kind: str, odd: str) -> None:
    api_version, _, name = kind.rpartition("/")
    for field in ("metadata", "spec", "data", "template"):
        [found] = manifests_of(document(f"apiVersion: {api_version}\nkind: {name}\n{field}: {odd}\n"))
        for view in found.parts():
            assert view.at().span.line >= 1
        assert found.name == ""


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(
    "field",
    ["containers", "initContainers", "volumes", "securityContext", "terminationGracePeriodSeconds", "resources"],
)
def test_odd_values_in_a_pod_give_empty_views(field: str, odd: str) -> None:
    pod = manifest(f"apiVersion: v1\nkind: Pod\nmetadata: {{name: x}}\nspec: {{{field}: {odd}}}", Workload)
    assert pod.template is not None
    assert list(pod.template.configuration_references()) == []
    assert pod.template.claims == []
