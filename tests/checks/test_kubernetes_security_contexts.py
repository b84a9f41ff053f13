"""What reports on security contexts say and mend, and which of several rules speaks of a setting."""

from pathlib import Path

import pytest
from edits import edited

import cnlint
from cnlint.findings import Finding, Fix

HEAD = "apiVersion: v1\nkind: Pod\nmetadata: {name: worker}\nspec:\n"


def pod(container: str, spec: str = "") -> str:
    body = "".join(f"  {line}\n" for line in spec.splitlines())
    return f"{HEAD}{body}  containers:\n    - name: app\n      image: app:1.0.0\n" + "".join(
        f"      {line}\n" for line in container.splitlines()
    )


def check(folder: Path, text: str, *codes: str, profile: str = "default", **options: object) -> list[Finding]:
    (folder / "pod.yaml").write_text(text, encoding="utf-8")
    config = {"rules": {codes[0]: options}} if options else None
    chosen = {"select": list(codes)} if codes else {"profile": profile}
    report = cnlint.check([folder / "pod.yaml"], root=folder, config=config or False, **chosen)
    return [finding for finding in report.findings if not codes or finding.code in codes]


def mended(text: str, fix: Fix) -> str:
    return edited(text, fix.edits)


def said(findings: list[Finding], *among: str) -> list[tuple[str, int]]:
    return [(finding.code, finding.line) for finding in findings if finding.code in among]


USERS = ("K8S263", "K8S504", "K8S554", "K8S289", "K8S560")


@pytest.mark.parametrize(
    ("spec", "context", "expected"),
    [
        ("", "runAsUser: 0", [("K8S504", 9)]),
        ("securityContext: {runAsUser: 0}", "readOnlyRootFilesystem: true", [("K8S504", 5)]),
        ("securityContext: {runAsNonRoot: true}", "runAsUser: 0", [("K8S289", 10)]),
        ("securityContext: {runAsNonRoot: true}", "runAsNonRoot: false", [("K8S554", 10)]),
        ("securityContext: {runAsUser: 10001}", "runAsUser: 0", [("K8S554", 10)]),
        ("", "runAsNonRoot: false", [("K8S263", 9)]),
        ("", "readOnlyRootFilesystem: true", [("K8S263", 6)]),
        ("", "runAsUser: 10001", [("K8S560", 8)]),
        ("securityContext: {runAsNonRoot: false}", "{runAsNonRoot: true}", [("K8S560", 5)]),
        ("securityContext: {runAsNonRoot: false}", "readOnlyRootFilesystem: true", [("K8S263", 7)]),
        ("hostUsers: false", "{runAsNonRoot: false, runAsUser: 0}", []),
    ],
)
def test_of_one_user_one_rule_speaks(spec: str, context: str, expected: list[tuple[str, int]], tmp_path: Path) -> None:
    written = context if context.startswith("{") else f"\n  {context}"
    text = pod(f"securityContext: {written}", spec).replace("securityContext: \n", "securityContext:\n")
    assert said(check(tmp_path, text, profile="strict"), *USERS) == expected


@pytest.mark.parametrize("code", ["K8S263", "K8S504"])
def test_a_rule_that_is_chosen_alone_leaves_nothing_to_others(code: str, tmp_path: Path) -> None:
    text = pod("securityContext:\n  runAsUser: 0", "securityContext: {runAsUser: 10001}")
    assert said(check(tmp_path, text, code), code) == [(code, 10)]


@pytest.mark.parametrize(
    ("context", "codes", "expected"),
    [
        ("{privileged: true}", ("K8S260", "K8S261", "K8S262", "K8S270"), ["K8S260"]),
        ("{privileged: true}", ("K8S261",), ["K8S261"]),
        ("{allowPrivilegeEscalation: true}", ("K8S261", "K8S262"), ["K8S261"]),
        ("{allowPrivilegeEscalation: true}", ("K8S262",), ["K8S262"]),
        ("{capabilities: {add: [SYS_ADMIN]}}", ("K8S261", "K8S262", "K8S269", "K8S514"), ["K8S269"]),
        ("{capabilities: {add: [SYS_ADMIN]}}", ("K8S514",), ["K8S514"]),
        ("{allowPrivilegeEscalation: false, privileged: true}", ("K8S261", "K8S262", "K8S290"), ["K8S290"]),
        ("{allowPrivilegeEscalation: false, privileged: true}", ("K8S261",), ["K8S261"]),
        ("{capabilities: {add: [CHOWN]}}", ("K8S269", "K8S514"), ["K8S514"]),
        ("{capabilities: {drop: [MKNOD]}}", ("K8S270", "K8S271", "K8S512"), ["K8S270"]),
        ("{capabilities: {add: [NET_RAW]}}", ("K8S269", "K8S271", "K8S270"), ["K8S269", "K8S270"]),
    ],
)
def test_of_one_privilege_one_rule_speaks(
    context: str, codes: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    findings = check(tmp_path, pod(f"securityContext: {context}"), *codes)
    assert sorted(finding.code for finding in findings) == expected


@pytest.mark.parametrize(
    ("code", "context", "message"),
    [
        ("K8S260", "{privileged: true}", 'container "app" is privileged'),
        ("K8S269", "{capabilities: {add: [SYS_TIME]}}", 'container "app" adds the capability "SYS_TIME"'),
        (
            "K8S290",
            "{allowPrivilegeEscalation: false, privileged: true}",
            'container "app" sets allowPrivilegeEscalation to false although it is privileged; '
            "the API server refuses its pod",
        ),
        (
            "K8S269",
            "{capabilities: {add: [CAP_CHOWN]}}",
            'container "app" adds the capability "CAP_CHOWN", which the Pod Security Standards allow as "CHOWN" only',
        ),
        (
            "K8S270",
            "{capabilities: {drop: [all]}}",
            'container "app" drops "all", and the Pod Security Standards want "ALL" in upper case',
        ),
        ("K8S518", "{appArmorProfile: {type: Unconfined}}", 'container "app" sets the AppArmor profile "Unconfined"'),
        ("K8S519", "{seLinuxOptions: {type: spc_t}}", 'container "app" sets the SELinux type "spc_t"'),
        ("K8S272", "{procMount: Unmasked}", 'container "app" mounts /proc as "Unmasked"'),
        (
            "K8S265",
            "{runAsUser: 999}",
            'container "app" leaves its group to the image: runAsGroup is not set',
        ),
    ],
)
def test_a_message_names_container_and_value(code: str, context: str, message: str, tmp_path: Path) -> None:
    assert message in [finding.message for finding in check(tmp_path, pod(f"securityContext: {context}"), code)]


def test_a_report_marks_the_setting_alone(tmp_path: Path) -> None:
    text = pod("securityContext: {capabilities: {drop: [ALL], add: [CHOWN, SYS_ADMIN]}}")
    [finding] = check(tmp_path, text, "K8S269")
    line = text.split("\n")[finding.line - 1]
    assert line[finding.column - 1 : finding.end_column - 1] == "SYS_ADMIN"


@pytest.mark.parametrize(("name", "severity"), [("SYS_ADMIN", "error"), ("cap_all", "error"), ("IPC_LOCK", "warning")])
def test_a_capability_by_which_nodes_fall_is_an_error(name: str, severity: str, tmp_path: Path) -> None:
    [finding] = check(tmp_path, pod(f"securityContext: {{capabilities: {{add: [{name}]}}}}"), "K8S269")
    assert finding.severity == severity


@pytest.mark.parametrize(
    ("code", "before", "after"),
    [
        ("K8S260", "{privileged: true}", "{privileged: false}"),
        ("K8S261", "{allowPrivilegeEscalation: true}", "{allowPrivilegeEscalation: false}"),
        ("K8S261", "{allowPrivilegeEscalation: true, privileged: true}", None),
        ("K8S262", "{runAsUser: 1}", "{allowPrivilegeEscalation: false, runAsUser: 1}"),
        ("K8S269", "{capabilities: {add: [CHOWN, BPF]}}", "{capabilities: {add: [CHOWN]}}"),
        ("K8S269", "{capabilities: {add: [BPF, CHOWN]}}", "{capabilities: {add: [CHOWN]}}"),
        ("K8S269", "{capabilities: {add: [BPF]}}", None),
        (
            "K8S269",
            "{capabilities: {drop: [&bpf BPF], add: [CHOWN, *bpf ]}}",
            "{capabilities: {drop: [&bpf BPF], add: [CHOWN ]}}",
        ),
        ("K8S270", "{runAsUser: 1}", "{capabilities: {drop: [ALL]}, runAsUser: 1}"),
        ("K8S270", "{capabilities: {add: [CHOWN]}}", "{capabilities: {drop: [ALL], add: [CHOWN]}}"),
        ("K8S270", "{capabilities: {drop: [MKNOD]}}", "{capabilities: {drop: [ALL, MKNOD]}}"),
        ("K8S270", '{capabilities: {drop: ["all"]}}', '{capabilities: {drop: ["ALL"]}}'),
        ("K8S270", "{capabilities: {drop: []}}", None),
        ("K8S271", "{capabilities: {drop: [MKNOD]}}", "{capabilities: {drop: [NET_RAW, MKNOD]}}"),
        ("K8S272", "{runAsUser: 1, procMount: Unmasked}", "{runAsUser: 1}"),
        ("K8S504", "{runAsUser: 0, runAsGroup: 1}", "{runAsGroup: 1}"),
        ("K8S517", "{seccompProfile: {type: Unconfined}}", "{seccompProfile: {type: RuntimeDefault}}"),
        ("K8S517", "{seccompProfile: {type: unconfined}}", None),
        ("K8S558", "{capabilities: {drop: [mknod]}}", "{capabilities: {drop: [MKNOD]}}"),
        ("K8S558", "{capabilities: {drop: [CAP_MKNOD]}}", "{capabilities: {drop: [MKNOD]}}"),
        ("K8S558", "{capabilities: {drop: [MKNODE]}}", None),
    ],
)
def test_a_fix_writes_what_it_promises(code: str, before: str, after: str | None, tmp_path: Path) -> None:
    text = pod(f"securityContext: {before}")
    [finding] = check(tmp_path, text, code)
    result = [mended(text, fix) for fix in finding.fixes]
    assert result == ([] if after is None else [pod(f"securityContext: {after}")])


def test_fixes_in_block_style_keep_the_indentation(tmp_path: Path) -> None:
    text = pod("securityContext:\n  runAsUser: 10001")
    [finding] = check(tmp_path, text, "K8S262")
    [fix] = finding.fixes
    assert mended(text, fix) == pod("securityContext:\n  allowPrivilegeEscalation: false\n  runAsUser: 10001")


@pytest.mark.parametrize("names", [("BPF", "CHOWN"), ("CHOWN", "BPF")])
def test_a_capability_on_a_line_of_its_own_goes_with_its_line(names: tuple[str, str], tmp_path: Path) -> None:
    head = "securityContext:\n  capabilities:\n    add:\n"
    text = pod(head + "".join(f"      - {name}\n" for name in names))
    [finding] = check(tmp_path, text, "K8S269")
    assert [mended(text, fix) for fix in finding.fixes] == [pod(f"{head}      - CHOWN\n")]


def test_namespaces_of_the_node_can_be_left_out(tmp_path: Path) -> None:
    text = pod("tty: true", "restartPolicy: Never\nhostPID: true")
    [finding] = check(tmp_path, text, "K8S276")
    assert finding.message == 'Pod "worker" shares the processes of its node: hostPID is true'
    assert [mended(text, fix) for fix in finding.fixes] == [pod("tty: true", "restartPolicy: Never")]


@pytest.mark.parametrize(("name", "is_safe"), [("mknod", True), ("CAP_MKNOD", False)])
def test_only_the_case_of_a_capability_is_mended_safely(name: str, is_safe: bool, tmp_path: Path) -> None:
    [finding] = check(tmp_path, pod(f"securityContext: {{capabilities: {{drop: [{name}]}}}}"), "K8S558")
    assert [fix.safe for fix in finding.fixes] == [is_safe]


def test_a_typo_in_a_capability_is_answered_with_the_name_that_was_meant(tmp_path: Path) -> None:
    [finding] = check(tmp_path, pod("securityContext: {capabilities: {add: [NET_BIND_SERVICES]}}"), "K8S558")
    assert finding.hint == 'Write "NET_BIND_SERVICE"'


def test_an_override_shows_what_the_pod_says(tmp_path: Path) -> None:
    text = pod("securityContext:\n  runAsNonRoot: false", "securityContext: {runAsNonRoot: true}")
    [finding] = check(tmp_path, text, "K8S554")
    assert finding.message == (
        'container "app" may run as root again: its runAsNonRoot false takes the place of runAsNonRoot true '
        'of Pod "worker"'
    )
    assert [one.line for one in finding.related] == [5]


def test_a_seccomp_annotation_that_has_no_effect_is_pointed_out(tmp_path: Path) -> None:
    annotation = (
        "metadata:\n  name: worker\n  annotations:\n    seccomp.security.alpha.kubernetes.io/pod: runtime/default"
    )
    [finding] = check(tmp_path, pod("tty: true").replace("metadata: {name: worker}", annotation), "K8S267")
    assert finding.hint is not None and "since Kubernetes 1.27" in finding.hint


def test_containers_without_a_seccomp_profile_are_named_together(tmp_path: Path) -> None:
    text = pod("tty: true") + (
        "    - {name: good, image: a:1, securityContext: {seccompProfile: {type: RuntimeDefault}}}\n"
        "    - {name: bad, image: a:1, securityContext: {seccompProfile: {}}}\n"
    )
    [finding] = check(tmp_path, text, "K8S267")
    assert finding.message == 'container "app" and container "bad" run without an accepted seccomp profile'


@pytest.mark.parametrize(
    ("options", "profile", "is_reported"),
    [
        ({"allow_localhost": False}, "{type: Localhost, localhostProfile: a.json}", True),
        ({"profiles": ["team/*"]}, "{type: Localhost, localhostProfile: a.json}", True),
        ({"profiles": ["team/*"]}, "{type: Localhost, localhostProfile: team/a.json}", False),
        ({"profiles": ["team/*"]}, "{type: RuntimeDefault}", False),
        ({"allow_localhost": True}, "{type: Unconfined}", True),
    ],
)
def test_the_project_says_which_seccomp_profiles_it_takes(
    options: dict[str, object], profile: str, is_reported: bool, tmp_path: Path
) -> None:
    text = pod(f"securityContext: {{seccompProfile: {profile}}}")
    assert bool(check(tmp_path, text, "K8S267", **options)) == is_reported


@pytest.mark.parametrize(
    "context",
    [
        "null",
        "[]",
        "runAsUser",
        "{capabilities: [ALL], privileged: yes please, runAsUser: root, runAsNonRoot: 1}",
        "{capabilities: {add: {ALL: 1}, drop: ALL}, seccompProfile: RuntimeDefault, appArmorProfile: []}",
        "{capabilities: {add: [1, null, ''], drop: [[]]}, seccompProfile: {type: 1}, seLinuxOptions: spc_t}",
        "{procMount: 1, windowsOptions: true, seLinuxOptions: {type: [], user: 1}, appArmorProfile: {type: null}}",
        "{sysctls: {name: x}, runAsGroup: root, fsGroup: [], supplementalGroups: 0, allowPrivilegeEscalation: maybe}",
    ],
)
def test_what_is_of_another_type_is_left_to_the_schema(context: str, tmp_path: Path) -> None:
    text = pod(f"securityContext: {context}", f"securityContext: {context}\nhostPID: maybe\nvolumes: {{nfs: 1}}")
    codes = ("K8S260", "K8S261", "K8S264", "K8S269", "K8S272", "K8S273", "K8S274", "K8S276", "K8S278", "K8S289")
    more = ("K8S504", "K8S514", "K8S517", "K8S518", "K8S519", "K8S539", "K8S540", "K8S554", "K8S558", "CNL003")
    assert check(tmp_path, text, *codes, *more) == []


@pytest.mark.parametrize("value", ["${UID}", "'{{ .uid }}'", "<uid>"])
def test_what_is_filled_in_later_is_not_judged(value: str, tmp_path: Path) -> None:
    context = (
        f"{{runAsUser: {value}, seccompProfile: {{type: {value}}}, appArmorProfile: {{type: {value}}}, "
        f"capabilities: {{add: [{value}], drop: [{value}]}}, procMount: {value}, seLinuxOptions: {{type: {value}}}}}"
    )
    codes = (
        "K8S263",
        "K8S504",
        "K8S267",
        "K8S269",
        "K8S270",
        "K8S272",
        "K8S514",
        "K8S517",
        "K8S518",
        "K8S519",
        "K8S558",
    )
    assert check(tmp_path, pod(f"securityContext: {context}"), *codes) == []
