"""What is said of volumes and their mounts."""

from pathlib import Path

import pytest

import cnlint
from cnlint.findings import Finding

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: worker}
spec:
  containers:
    - name: worker
      image: registry.example.com/worker:0.9.1
      volumeMounts:
        - name: chache
          mountPath: /cache
"""
CLAIM = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: uploads}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
"""
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
      containers: [{name: orders, image: "registry.example.com/orders:1.4.2"}]
      volumes:
        - {name: uploads, persistentVolumeClaim: {claimName: uploads}}
"""


def check(folder: Path, code: str, **files: str) -> list[Finding]:
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    report = cnlint.check([str(folder)], select=[code], root=str(folder), config=False)
    return [finding for finding in report.findings if finding.code in (code, "CNL003")]


def test_a_volume_of_almost_the_same_name_is_proposed(tmp_path: Path) -> None:
    [finding] = check(tmp_path, "K8S315", pod=f"{POD}  volumes: [{{name: cache, emptyDir: {{}}}}]\n")
    assert finding.message == 'container "worker" mounts the volume "chache", which Pod "worker" does not have'
    assert finding.hint == "Write name: cache"
    assert (finding.line, finding.column, finding.end_column) == (9, 17, 23)


@pytest.mark.parametrize(
    "volumes", ["volumes: some", "volumes: [cache]", "volumes: [{emptyDir: {}}]", "volumes: [{name: 1}]", "volumes: {}"]
)
def test_volumes_that_cannot_be_read_may_be_any(volumes: str, tmp_path: Path) -> None:
    assert check(tmp_path, "K8S315", pod=f"{POD}  {volumes}\n") == []


def test_the_controller_of_a_custom_resource_may_add_volumes(tmp_path: Path) -> None:
    head = "apiVersion: example.com/v1\nkind: Pool\nmetadata: {name: pool}\nspec:\n  template:\n    spec:\n"
    mount = "[{name: shared, mountPath: /shared}]"
    text = f"{head}      containers: [{{name: a, image: 'a:1', volumeMounts: {mount}}}]\n"
    assert check(tmp_path, "K8S315", pool=text) == []
    assert len(check(tmp_path, "K8S315", pool=text.replace("example.com/v1", "argoproj.io/v1alpha1"))) == 1


def test_a_mount_of_the_same_volume_at_the_same_path_is_called_that(tmp_path: Path) -> None:
    [finding] = check(tmp_path, "K8S317", pod=f"{POD}        - {{name: chache, mountPath: /cache}}\n")
    assert finding.message == 'container "worker" mounts the volume "chache" twice at "/cache"'
    assert [one.line for one in finding.related] == [10]


def test_mounts_without_a_path_are_not_compared(tmp_path: Path) -> None:
    assert (
        check(tmp_path, "K8S317", pod=f"{POD}        - {{name: a}}\n        - {{name: b, mountPath: [/cache]}}\n") == []
    )


def test_pods_that_share_a_volume_are_shown_its_claim(tmp_path: Path) -> None:
    [finding] = check(tmp_path, "K8S319", app=DEPLOYMENT, claim=CLAIM)
    expected = 'Deployment "orders" has 3 pods, and one node at a time can have its volume claim "uploads"'
    assert (finding.path, finding.message) == ("app.yaml", expected)
    [related] = finding.related
    assert (related.path, related.message) == ("claim.yaml", 'PersistentVolumeClaim "uploads" is ReadWriteOnce')


def test_a_claim_that_an_overlay_opens_for_many_is_not_judged(tmp_path: Path) -> None:
    modes = "- {op: replace, path: /spec/accessModes, value: [ReadWriteMany]}"
    overlay = (
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [app.yaml, claim.yaml]\n"
        f"patches:\n  - target: {{kind: PersistentVolumeClaim}}\n    patch: |\n      {modes}\n"
    )
    assert check(tmp_path, "K8S319", kustomization=overlay, app=DEPLOYMENT, claim=CLAIM) == []


def test_the_claim_of_another_environment_says_nothing(tmp_path: Path) -> None:
    assert check(tmp_path, "K8S319", prod__app=DEPLOYMENT, dev__claim=CLAIM) == []


@pytest.mark.parametrize("modes", ["[]", "some", "[ReadWriteOnce, ReadWriteMany]", "[[ReadWriteOnce]]", "['${MODE}']"])
def test_only_a_claim_for_one_node_is_one(modes: str, tmp_path: Path) -> None:
    claim = CLAIM.replace("[ReadWriteOnce]", modes)
    assert check(tmp_path, "K8S319", app=DEPLOYMENT, claim=claim) == []
