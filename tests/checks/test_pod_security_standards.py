"""The Pod Security Standards: the rules tagged with a level report what admission refuses under it, and nothing else.

For each control of the standards, as of Kubernetes 1.37, there are pods that are allowed and pods that are refused.
Each keeps to the restricted standard but for the one setting that it shows.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pytest

import cnlint

Spec = dict[str, Any]
Level = Literal["baseline", "restricted"]
Verdict = str
"""``allowed``, or the lowest level under which admission refuses a pod."""

LEVELS: tuple[Level, ...] = ("baseline", "restricted")
FIELDS = ("containers", "initContainers", "ephemeralContainers")
RESTRICTED: Spec = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}
APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
SECCOMP = "seccomp.security.alpha.kubernetes.io/pod"
VOLUME_TYPES = {
    "configMap": True,
    "csi": True,
    "downwardAPI": True,
    "emptyDir": True,
    "ephemeral": True,
    "image": True,
    "persistentVolumeClaim": True,
    "projected": True,
    "secret": True,
    "awsElasticBlockStore": False,
    "azureDisk": False,
    "azureFile": False,
    "cephfs": False,
    "cinder": False,
    "fc": False,
    "flexVolume": False,
    "flocker": False,
    "gcePersistentDisk": False,
    "gitRepo": False,
    "glusterfs": False,
    "iscsi": False,
    "nfs": False,
    "portworxVolume": False,
    "quobyte": False,
    "rbd": False,
    "scaleIO": False,
    "storageos": False,
    "vsphereVolume": False,
}
CAPABILITIES: dict[str, Verdict] = {
    **dict.fromkeys(
        ("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD"),
        "restricted",
    ),
    **dict.fromkeys(("SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"), "restricted"),
    "NET_BIND_SERVICE": "allowed",
    **dict.fromkeys(("ALL", "SYS_ADMIN", "NET_ADMIN", "NET_RAW", "SYS_PTRACE", "BPF", "SYSLOG"), "baseline"),
    **dict.fromkeys(("chown", "CAP_CHOWN", "net_bind_service", "CAP_NET_BIND_SERVICE"), "baseline"),
}
SYSCTLS: dict[str, Verdict] = {
    **dict.fromkeys(
        (
            "kernel.shm_rmid_forced",
            "net.ipv4.ip_local_port_range",
            "net.ipv4.ip_local_reserved_ports",
            "net.ipv4.ip_unprivileged_port_start",
            "net.ipv4.ping_group_range",
            "net.ipv4.tcp_fin_timeout",
            "net.ipv4.tcp_keepalive_intvl",
            "net.ipv4.tcp_keepalive_probes",
            "net.ipv4.tcp_keepalive_time",
            "net.ipv4.tcp_notsent_lowat",
            "net.ipv4.tcp_rmem",
            "net.ipv4.tcp_slow_start_after_idle",
            "net.ipv4.tcp_syncookies",
            "net.ipv4.tcp_wmem",
        ),
        "allowed",
    ),
    **dict.fromkeys(
        ("kernel.msgmax", "kernel.shmmax", "fs.mqueue.msg_max", "net.core.somaxconn", "net.ipv4.tcp_mem"), "baseline"
    ),
    "net/ipv4/tcp_syncookies": "baseline",
}


class Case(NamedTuple):
    """A pod, and what admission does with it."""

    control: str
    title: str
    verdict: Verdict
    pod: Spec


def container(context: Spec | None = None, **fields: Any) -> Spec:
    """Make a container that keeps to the restricted standard; ``None`` in its security context takes a field away."""
    merged = {**RESTRICTED, **(context or {})}
    kept = {name: value for name, value in merged.items() if value is not None}
    return {"name": "app", "image": "registry.example.com/app:1.0.0", "securityContext": kept, **fields}


def pod(context: Spec | None = None, *, annotations: Spec | None = None, **spec: Any) -> Spec:
    """Make a pod with one container that keeps to the restricted standard."""
    security = {} if context is None else {"securityContext": context}
    metadata = {"name": "app", **({"annotations": annotations} if annotations else {})}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {"containers": [container()], **security, **spec},
    }


def each(context: Spec, own: Spec | None = None, **spec: Any) -> Iterator[tuple[str, Spec]]:
    """Yield pods with a setting in the security context of the pod, and of a container of each kind."""
    absent = dict.fromkeys(context)
    yield "in the pod", pod(context, **{"containers": [container({**absent, **(own or {})})], **spec})
    yield from each_container(context, **spec)


def each_container(context: Spec | None = None, fields: Spec | None = None, **spec: Any) -> Iterator[tuple[str, Spec]]:
    """Yield pods with a setting in a container of each kind."""
    for field in FIELDS:
        special = {**container(context), **(fields or {}), "name": "special"}
        yield f"in {field}", pod(**{field: [special], **spec})


def named(control: str, title: str, verdict: Verdict, pods: Iterator[tuple[str, Spec]]) -> Iterator[Case]:
    """Make cases of pods that differ by the place of a setting."""
    return (Case(control, f"{title} {where}", verdict, one) for where, one in pods)


def host_process() -> Iterator[Case]:
    for value, verdict in ((True, "baseline"), (False, "allowed")):
        yield from named("hostProcess", f"{value}", verdict, each({"windowsOptions": {"hostProcess": value}}))
    both = pod(
        {"windowsOptions": {"hostProcess": True}}, containers=[container({"windowsOptions": {"hostProcess": False}})]
    )
    yield Case("hostProcess", "a container that takes back what the pod sets", "baseline", both)


def host_namespaces() -> Iterator[Case]:
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        yield Case("host namespaces", f"{field} true", "baseline", pod(**{field: True}))
        yield Case("host namespaces", f"{field} false", "allowed", pod(**{field: False}))
        yield Case("host namespaces", f"{field} on Windows", "baseline", pod(**{field: True}, os={"name": "windows"}))
    yield Case("host namespaces", "with a user namespace", "baseline", pod(hostNetwork=True, hostUsers=False))


def privileged() -> Iterator[Case]:
    yield from named("privileged", "true", "baseline", each_container({"privileged": True}))
    yield from named(
        "privileged", "true, with a user namespace,", "baseline", each_container({"privileged": True}, hostUsers=False)
    )
    yield from named("privileged", "false", "allowed", each_container({"privileged": False}))


def capabilities() -> Iterator[Case]:
    for name, verdict in CAPABILITIES.items():
        wanted = {"capabilities": {"drop": ["ALL"], "add": [name]}}
        yield from named("capabilities", f"add {name}", verdict, each_container(wanted))
        yield Case(
            "capabilities",
            f"add {name} with a user namespace",
            verdict,
            pod(hostUsers=False, containers=[container(wanted)]),
        )
    for dropped, verdict in (
        (["ALL", "CHOWN"], "allowed"),
        (["all"], "restricted"),
        (["CHOWN"], "restricted"),
        ([], "restricted"),
    ):
        yield from named(
            "capabilities", f"drop {dropped}", verdict, each_container({"capabilities": {"drop": dropped}})
        )
    yield from named("capabilities", "nothing dropped", "restricted", each_container({"capabilities": None}))
    yield from named(
        "capabilities", "add and no drop", "restricted", each_container({"capabilities": {"add": ["NET_BIND_SERVICE"]}})
    )
    at_pod = pod({"capabilities": {"drop": ["ALL"]}}, containers=[container({"capabilities": None})])
    yield Case("capabilities", "dropped in the pod, which has no such field", "restricted", at_pod)
    privileged = container({"capabilities": None, "privileged": True})
    yield Case("capabilities", "nothing dropped by a privileged container", "baseline", pod(containers=[privileged]))
    yield from windows("capabilities", {"capabilities": None})


def windows(control: str, context: Spec) -> Iterator[Case]:
    """Yield what Linux alone knows, left out in pods for Windows: admission goes by ``spec.os`` alone."""
    bare = [container(context)]
    yield Case(control, "left out on Windows", "allowed", pod(os={"name": "windows"}, containers=bare))
    yield Case(control, "left out on Linux", "restricted", pod(os={"name": "linux"}, containers=bare))
    selected = pod(nodeSelector={"kubernetes.io/os": "windows"}, containers=bare)
    yield Case(control, "left out with a node selector for Windows", "restricted", selected)
    options = pod({"windowsOptions": {"runAsUserName": "ContainerUser"}}, containers=bare)
    yield Case(control, "left out with options for Windows", "restricted", options)


def volumes() -> Iterator[Case]:
    for kind, is_allowed in VOLUME_TYPES.items():
        verdict: Verdict = "allowed" if is_allowed else "restricted"
        yield Case("volumes", kind, verdict, pod(volumes=[{"name": "data", kind: {}}]))
    yield Case("volumes", "hostPath", "baseline", pod(volumes=[{"name": "data", "hostPath": {"path": "/data"}}]))
    on_windows = pod(os={"name": "windows"}, volumes=[{"name": "data", "hostPath": {"path": "C:\\data"}}])
    yield Case("volumes", "hostPath on Windows", "baseline", on_windows)
    two = [{"name": "tmp", "emptyDir": {}}, {"name": "data", "hostPath": {"path": "/data"}}]
    yield Case("volumes", "hostPath beside another volume", "baseline", pod(volumes=two))


def host_ports() -> Iterator[Case]:
    for port, verdict in ((8080, "baseline"), (0, "allowed"), (None, "allowed")):
        declared = {"containerPort": 8080, **({} if port is None else {"hostPort": port})}
        yield from named("hostPorts", f"{port}", verdict, each_container(fields={"ports": [declared]}))


def probe_hosts() -> Iterator[Case]:
    hosts: dict[str, Verdict] = {
        "": "allowed",
        "127.0.0.1": "baseline",
        "localhost": "baseline",
        "example.com": "baseline",
    }
    for host, verdict in hosts.items():
        for handler in ("httpGet", "tcpSocket"):
            asked = {handler: {"port": 8080, "host": host}}
            for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
                one = pod(containers=[container(None, **{probe: asked})])
                yield Case("probe hosts", f"{probe} {handler} {host!r}", verdict, one)
            for hook in ("postStart", "preStop"):
                one = pod(containers=[container(None, lifecycle={hook: asked})])
                yield Case("probe hosts", f"{hook} {handler} {host!r}", verdict, one)
    sidecar = {"restartPolicy": "Always", "livenessProbe": {"httpGet": {"port": 8080, "host": "example.com"}}}
    one = pod(initContainers=[{**container(), "name": "sidecar", **sidecar}])
    yield Case("probe hosts", "of a sidecar", "baseline", one)
    header = {"port": 8080, "httpHeaders": [{"name": "Host", "value": "example.com"}]}
    one = pod(containers=[container(None, livenessProbe={"httpGet": header})])
    yield Case("probe hosts", "a header in its place", "allowed", one)
    local = container(None, livenessProbe={"httpGet": {"port": 8080, "host": "127.0.0.1"}})
    yield Case("probe hosts", "loopback on the host network", "baseline", pod(hostNetwork=True, containers=[local]))


def apparmor() -> Iterator[Case]:
    for kind, verdict in (("RuntimeDefault", "allowed"), ("Localhost", "allowed"), ("Unconfined", "baseline")):
        named_profile = {"localhostProfile": "app"} if kind == "Localhost" else {}
        profile = {"appArmorProfile": {"type": kind, **named_profile}}
        yield from named("AppArmor", kind, verdict, each(profile))
    overridden = pod(
        {"appArmorProfile": {"type": "Unconfined"}},
        containers=[container({"appArmorProfile": {"type": "RuntimeDefault"}})],
    )
    yield Case("AppArmor", "Unconfined in the pod, overridden by its container", "baseline", overridden)
    annotations: dict[str, Verdict] = {
        "": "allowed",
        "runtime/default": "allowed",
        "localhost/app": "allowed",
        "unconfined": "baseline",
        "docker/default": "baseline",
    }
    for value, verdict in annotations.items():
        for name in ("app", "other"):
            one = pod(annotations={f"{APPARMOR}{name}": value})
            yield Case("AppArmor", f"annotation {value!r} for {name}", verdict, one)


def selinux() -> Iterator[Case]:
    types = ("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t")
    allowed = [*({"type": kind} for kind in types), {"level": "s0:c1,c2"}, {"user": "", "role": ""}]
    refused = [
        {"type": "spc_t"},
        {"type": "unconfined_t"},
        {"user": "system_u"},
        {"role": "system_r", "type": "container_t"},
    ]
    for options in allowed:
        yield from named("SELinux", f"{options}", "allowed", each({"seLinuxOptions": options}))
    for options in refused:
        yield from named("SELinux", f"{options}", "baseline", each({"seLinuxOptions": options}))


def proc_mount() -> Iterator[Case]:
    for users, verdict in ((True, "baseline"), (None, "baseline"), (False, "restricted")):
        spec = {} if users is None else {"hostUsers": users}
        unmasked = each_container({"procMount": "Unmasked"}, **spec)
        yield from named("/proc mount type", f"Unmasked with hostUsers {users}", verdict, unmasked)
        default = each_container({"procMount": "Default"}, **spec)
        yield from named("/proc mount type", f"Default with hostUsers {users}", "allowed", default)


def seccomp() -> Iterator[Case]:
    for kind, verdict in (("RuntimeDefault", "allowed"), ("Localhost", "allowed"), ("Unconfined", "baseline")):
        named_profile = {"localhostProfile": "app.json"} if kind == "Localhost" else {}
        profile = {"seccompProfile": {"type": kind, **named_profile}}
        yield from named("seccomp", kind, verdict, each(profile))
    yield from named("seccomp", "left out", "restricted", each_container({"seccompProfile": None}))
    yield Case(
        "seccomp",
        "left out with a user namespace",
        "restricted",
        pod(hostUsers=False, containers=[container({"seccompProfile": None})]),
    )
    overridden = pod({"seccompProfile": {"type": "Unconfined"}})
    yield Case("seccomp", "Unconfined in the pod, overridden by its container", "baseline", overridden)
    back = pod(
        {"seccompProfile": {"type": "RuntimeDefault"}},
        containers=[container({"seccompProfile": {"type": "Unconfined"}})],
    )
    yield Case("seccomp", "Unconfined in a container, a profile in the pod", "baseline", back)
    yield Case("seccomp", "an annotation that has no effect", "allowed", pod(annotations={SECCOMP: "unconfined"}))
    only = pod(annotations={SECCOMP: "runtime/default"}, containers=[container({"seccompProfile": None})])
    yield Case("seccomp", "an annotation in place of a profile", "restricted", only)
    yield from windows("seccomp", {"seccompProfile": None})


def sysctls() -> Iterator[Case]:
    for name, verdict in SYSCTLS.items():
        yield Case("sysctls", name, verdict, pod({"sysctls": [{"name": name, "value": "1"}]}))


def privilege_escalation() -> Iterator[Case]:
    yield from named("privilege escalation", "true", "restricted", each_container({"allowPrivilegeEscalation": True}))
    yield from named(
        "privilege escalation", "left out", "restricted", each_container({"allowPrivilegeEscalation": None})
    )
    users = each_container({"allowPrivilegeEscalation": None}, hostUsers=False)
    yield from named("privilege escalation", "left out, with a user namespace,", "restricted", users)
    added = {"allowPrivilegeEscalation": None, "capabilities": {"drop": ["ALL"], "add": ["SYS_ADMIN"]}}
    yield from named("privilege escalation", "by SYS_ADMIN", "baseline", each_container(added))
    by_privilege = each_container({"allowPrivilegeEscalation": True, "privileged": True})
    yield from named("privilege escalation", "by a privileged container", "baseline", by_privilege)
    yield from windows("privilege escalation", {"allowPrivilegeEscalation": None})


def run_as_non_root() -> Iterator[Case]:
    yield from named("runAsNonRoot", "left out", "restricted", each_container({"runAsNonRoot": None}))
    yield from named("runAsNonRoot", "false", "restricted", each({"runAsNonRoot": False}))
    yield from named("runAsNonRoot", "true", "allowed", each({"runAsNonRoot": True}))
    user = each_container({"runAsNonRoot": None, "runAsUser": 1000})
    yield from named("runAsNonRoot", "left out beside a user", "restricted", user)
    both = each_container({"runAsNonRoot": False, "runAsUser": 1000})
    yield from named("runAsNonRoot", "false beside a user", "restricted", both)
    of_pod = pod({"runAsUser": 1000}, containers=[container({"runAsNonRoot": None})])
    yield Case("runAsNonRoot", "left out beside a user of the pod", "restricted", of_pod)
    yield Case("runAsNonRoot", "false in the pod, true in all containers", "restricted", pod({"runAsNonRoot": False}))
    back = pod({"runAsNonRoot": True}, containers=[container({"runAsNonRoot": False})])
    yield Case("runAsNonRoot", "true in the pod, false in a container", "restricted", back)
    for users, verdict in ((False, "allowed"), (True, "restricted")):
        for context in ({"runAsNonRoot": None}, {"runAsNonRoot": False}):
            one = each_container(context, hostUsers=users)
            yield from named("runAsNonRoot", f"{context} with hostUsers {users}", verdict, one)
        one = pod({"runAsNonRoot": False}, hostUsers=users)
        yield Case("runAsNonRoot", f"false in the pod with hostUsers {users}", verdict, one)
    bare = pod(os={"name": "windows"}, containers=[container({"runAsNonRoot": None})])
    yield Case("runAsNonRoot", "left out on Windows", "restricted", bare)


def run_as_user() -> Iterator[Case]:
    yield from named("runAsUser", "0", "restricted", each({"runAsUser": 0}))
    yield from named("runAsUser", "1", "allowed", each({"runAsUser": 1}))
    yield from named("runAsUser", "0 with a user namespace", "allowed", each({"runAsUser": 0}, hostUsers=False))
    overridden = pod({"runAsUser": 0}, containers=[container({"runAsUser": 1000})])
    yield Case("runAsUser", "0 in the pod, overridden by its container", "restricted", overridden)
    back = pod({"runAsUser": 1000}, containers=[container({"runAsUser": 0})])
    yield Case("runAsUser", "0 in a container, another user in the pod", "restricted", back)
    unguarded = pod(containers=[container({"runAsUser": 0, "runAsNonRoot": None})])
    yield Case("runAsUser", "0 without runAsNonRoot", "restricted", unguarded)


def kinds() -> Iterator[Case]:
    """Yield other objects with pod templates, whose pods admission refuses in the same way."""
    for title, verdict, one in (
        ("allowed", "allowed", pod()),
        ("refused", "baseline", pod(hostPID=True)),
        ("refused when restricted", "restricted", pod(containers=[container({"seccompProfile": None})])),
    ):
        template = {"metadata": {"labels": {"app": "app"}}, "spec": one["spec"]}
        selected = {"selector": {"matchLabels": {"app": "app"}}, "template": template}
        for kind in ("Deployment", "DaemonSet", "StatefulSet", "ReplicaSet"):
            yield Case(kind, title, verdict, _object("apps/v1", kind, selected))
        yield Case("Job", title, verdict, _object("batch/v1", "Job", {"template": template}))
        nested = {"schedule": "0 4 * * *", "jobTemplate": {"spec": {"template": template}}}
        yield Case("CronJob", title, verdict, _object("batch/v1", "CronJob", nested))


def _object(version: str, kind: str, spec: Spec) -> Spec:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "app"}, "spec": spec}


CASES: list[Case] = [
    Case("all", "a pod that keeps to the restricted standard", "allowed", pod()),
    Case("all", "a pod that says nothing", "restricted", pod(containers=[{"name": "app", "image": "app:1"}])),
    *host_process(),
    *host_namespaces(),
    *privileged(),
    *capabilities(),
    *volumes(),
    *host_ports(),
    *probe_hosts(),
    *apparmor(),
    *selinux(),
    *proc_mount(),
    *seccomp(),
    *sysctls(),
    *privilege_escalation(),
    *run_as_non_root(),
    *run_as_user(),
    *kinds(),
]


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> dict[Level, dict[str, list[str]]]:
    """Check all pods under each level; gives what was said of each file."""
    folder: Path = tmp_path_factory.mktemp("pods")
    for number, case in enumerate(CASES):
        (folder / f"{number}.yaml").write_text(json.dumps(case.pod, indent=2), encoding="utf-8")
    said: dict[Level, dict[str, list[str]]] = {}
    for level in LEVELS:
        result = cnlint.check([folder], select=[f"pss:{level}"], config=False, root=folder)
        by_file = said.setdefault(level, {})
        for finding in result.findings:
            by_file.setdefault(finding.path, []).append(f"{finding.code} {finding.message}")
    return said


@pytest.mark.parametrize(
    "number", range(len(CASES)), ids=lambda number: f"{CASES[number].control}: {CASES[number].title}"
)
def test_a_pod_is_reported_exactly_when_admission_refuses_it(
    number: int, findings: dict[Level, dict[str, list[str]]]
) -> None:
    refusing = {"allowed": (), "baseline": LEVELS, "restricted": ("restricted",)}[CASES[number].verdict]
    reported = {level: findings[level].get(f"{number}.yaml", []) for level in LEVELS}
    assert tuple(level for level in LEVELS if reported[level]) == refusing, reported


def test_what_baseline_refuses_is_refused_by_restricted_as_well() -> None:
    rules = cnlint.rules()
    baseline = {rule.code for rule in rules if "pss:baseline" in rule.tags}
    assert baseline and baseline < {rule.code for rule in rules if "pss:restricted" in rule.tags}
