"""What is said of paths and ports of nodes that pods get, and how it is mended."""

from pathlib import Path
from typing import Any

import pytest
from edits import edited

import cnlint
from cnlint.findings import Finding

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: agent}\nspec:\n"


def check(folder: Path, code: str, text: str, **options: Any) -> list[Finding]:
    (folder / "pod.yaml").write_text(text, encoding="utf-8")
    config = {"rules": {code: options}} if options else False
    report = cnlint.check([str(folder)], select=[code], root=str(folder), config=config)
    return [finding for finding in report.findings if finding.code in (code, "CNL003")]


def mended(text: str, finding: Finding) -> str:
    (fix,) = finding.fixes
    return edited(text, fix.edits)


def mounting(*mounts: str, volume: str = "{path: /etc}") -> str:
    """Make a pod of containers with one mount each of one volume."""
    containers = "".join(
        f"    - name: c{number}\n      image: a:1\n      volumeMounts: [{mount}]\n"
        for number, mount in enumerate(mounts)
    )
    return f"{POD}  containers:\n{containers}  volumes:\n    - name: host\n      hostPath: {volume}\n"


def test_a_sensitive_path_is_reported_once_with_all_its_mounts(tmp_path: Path) -> None:
    text = mounting("{name: host, mountPath: /a}", "{name: host, mountPath: /b}", "{name: host, mountPath: /c}")
    [finding] = check(tmp_path, "K8S280", text)
    assert finding.message == 'container "c0" and 2 others can change "/etc" of the node'
    assert [one.line for one in finding.related] == [8, 11, 14]
    assert (finding.line, finding.column, finding.end_column) == (17, 24, 28)


def test_only_those_that_can_write_are_said_to_change_a_path(tmp_path: Path) -> None:
    text = mounting("{name: host, mountPath: /a, readOnly: true}", "{name: host, mountPath: /b}")
    [finding] = check(tmp_path, "K8S280", text)
    assert finding.message == 'container "c1" can change "/etc" of the node'
    assert finding.severity == "error"


def test_a_sensitive_path_that_is_only_read_is_a_warning(tmp_path: Path) -> None:
    [finding] = check(tmp_path, "K8S280", mounting("{name: host, mountPath: /a, readOnly: true}"))
    assert (finding.severity, finding.message) == ("warning", 'container "c0" can read "/etc" of the node')


def test_what_a_container_sees_of_a_volume_counts_and_not_the_whole_volume(tmp_path: Path) -> None:
    below = mounting("{name: host, mountPath: /a, subPath: lib/docker/}", volume="{path: /var}")
    [finding] = check(tmp_path, "K8S280", below)
    assert '"/var/lib/docker"' in finding.message
    assert check(tmp_path, "K8S280", mounting("{name: host, mountPath: /a, subPathExpr: $(POD)}")) == []


@pytest.mark.parametrize(
    ("path", "is_reported"),
    [
        ("/var/run/docker.sock", True),
        ("/run/docker.sock/", True),
        ("/home/me/.colima/docker.sock", True),
        ("/run/containerd", True),
        ("/run/containerd/io.containerd.runtime.v2.task", False),
        ("'\\\\.\\pipe\\docker_engine'", True),
        ("/srv/docker.sock.d", False),
        ("'${SOCKET_DIR}/docker.sock'", False),
        ("''", False),
    ],
)
def test_sockets_of_runtimes_are_known_by_name_and_by_path(path: str, is_reported: bool, tmp_path: Path) -> None:
    text = mounting("{name: host, mountPath: /a, readOnly: true}", volume=f"{{path: {path}}}")
    assert bool(check(tmp_path, "K8S281", text)) == is_reported


@pytest.mark.parametrize(
    ("mount", "after"),
    [
        ("{name: host, mountPath: /a}", "{readOnly: true, name: host, mountPath: /a}"),
        ("{name: host, mountPath: /a, readOnly: false}", "{name: host, mountPath: /a, readOnly: true}"),
    ],
)
def test_a_mount_can_be_made_read_only(mount: str, after: str, tmp_path: Path) -> None:
    text = mounting(mount, volume="{path: /srv}")
    [finding] = check(tmp_path, "K8S282", text)
    assert finding.message == 'container "c0" can write to "/srv" of the node'
    assert mended(text, finding) == text.replace(mount, after)
    assert not finding.fixes[0].safe


def test_a_mount_whose_setting_is_filled_in_later_is_not_judged(tmp_path: Path) -> None:
    assert check(tmp_path, "K8S282", mounting('{name: host, mountPath: /a, readOnly: "${READ_ONLY}"}')) == []


def test_a_path_that_is_filled_in_later_is_a_path_of_the_node_all_the_same(tmp_path: Path) -> None:
    [finding] = check(tmp_path, "K8S279", mounting(volume='{path: "${HOME}/data"}'))
    assert finding.message == 'volume "host" of Pod "agent" is "${HOME}/data" of the node'
    assert check(tmp_path, "K8S279", mounting(volume='{path: "${HOME}/data"}'), allowed_paths=["/data"]) == []


def test_a_volume_without_a_value_is_no_path_of_the_node(tmp_path: Path) -> None:
    assert check(tmp_path, "K8S279", mounting(volume="null")) == []


def with_port(port: str, spec: str = "") -> str:
    return f"{POD}{spec}  containers:\n    - name: web\n      image: a:1\n      ports:\n{port}"


def test_a_port_of_the_node_can_be_given_back(tmp_path: Path) -> None:
    text = with_port("        - containerPort: 8080\n          hostPort: 80\n          name: http\n")
    [finding] = check(tmp_path, "K8S277", text)
    assert finding.message == 'container "web" takes port 80 of its node'
    assert (finding.line, finding.column, finding.end_column) == (10, 21, 23)
    assert mended(text, finding) == text.replace("          hostPort: 80\n", "")


def test_a_port_out_of_the_allowed_range_names_the_range(tmp_path: Path) -> None:
    [finding] = check(tmp_path, "K8S277", with_port("        - {hostPort: 80}\n"), allowed_range=[5000, 6000])
    assert finding.message == 'container "web" takes port 80 of its node, which is not in the range from 5000 to 6000'
    assert finding.fixes == ()


@pytest.mark.parametrize("port", ["{hostPort: '80'}", "{hostPort: null}", "{hostPort: [80]}", "80", "{hostPort: true}"])
def test_what_is_no_port_number_is_not_judged(port: str, tmp_path: Path) -> None:
    assert check(tmp_path, "K8S277", with_port(f"        - {port}\n")) == []


def test_ssh_names_the_service_that_leads_to_it(tmp_path: Path) -> None:
    pod = with_port("        - {name: ssh, containerPort: 22}\n").replace("agent}", "agent, labels: {app: agent}}")
    service = (
        "---\napiVersion: v1\nkind: Service\nmetadata: {name: shell}\n"
        "spec:\n  selector: {app: agent}\n  ports:\n    - {port: 22, targetPort: ssh}\n"
    )
    [finding] = check(tmp_path, "K8S284", pod + service)
    assert finding.message == 'container "web" offers TCP port 22, the port of SSH'
    assert [(one.line, one.message) for one in finding.related] == [(17, 'Service "shell" leads to it')]
