"""Reports about environment variables, amounts of resources, and required metadata."""

from pathlib import Path
from typing import Any

import pytest

import cnlint
from cnlint.findings import Finding


def check(folder: Path, code: str, text: str, **options: Any) -> list[Finding]:
    (folder / "objects.yaml").write_text(text, encoding="utf-8")
    report = cnlint.check([folder], select=[code], root=folder, config={"rules": {code: options}})
    return list(report.findings)


def pod(container: str, metadata: str = "name: worker") -> str:
    return f"apiVersion: v1\nkind: Pod\nmetadata: {{{metadata}}}\nspec:\n  containers:\n    - {container}\n"


def test_a_repeated_variable_shows_the_first_one(tmp_path: Path) -> None:
    text = pod("{name: a, image: 'a:1', env: [{name: A, value: x}, {name: A, value: y}, {name: A}]}")
    [finding] = check(tmp_path, "K8S225", text)
    assert finding.message == 'container "a" sets environment variable "A" 3 times, and the last value counts'
    assert finding.related[0].message == "set here first"
    assert finding.related[0].column < finding.column


@pytest.mark.parametrize(
    "env", ["null", "[]", "{}", "x", "[null, 5, {}, {name: null}, {name: [a]}, {name: ''}, {name: ''}]"]
)
@pytest.mark.parametrize("code", ["K8S225", "K8S227", "K8S228"])
def test_odd_environments_are_borne(tmp_path: Path, code: str, env: str) -> None:
    assert check(tmp_path, code, pod(f"{{name: a, image: 'a:1', args: [null, 5], env: {env}, envFrom: {env}}}")) == []


def test_a_reference_to_nothing_is_marked(tmp_path: Path) -> None:
    text = pod("{name: a, image: 'a:1', args: ['--x=$(NO)$$(YES)$(NOT)']}")
    first, second = check(tmp_path, "K8S228", text)
    assert first.message == (
        '"$(NO)" in the command of container "a" stays as it is: no variable of the container has that name'
    )
    line = text.split("\n")[5]
    assert line[first.column - 1 : first.end_column - 1] == "$(NO)"
    assert line[second.column - 1 : second.end_column - 1] == "$(NOT)"


def test_a_reference_to_a_later_variable_says_what_to_move(tmp_path: Path) -> None:
    text = pod("{name: a, image: 'a:1', env: [{name: B, value: $(A)}, {name: A, value: x}]}")
    [finding] = check(tmp_path, "K8S228", text)
    assert (
        finding.message
        == '"$(A)" in the value of a variable of container "a" stays as it is: the variable stands further below'
    )
    assert finding.hint == "move the variable A before the one that refers to it"
    assert [one.message for one in finding.related] == ["the variable"]


@pytest.mark.parametrize(
    "container",
    [
        "{name: a, image: 'a:1', args: ['$(NO)'], envFrom: [{configMapRef: {name: c}}]}",
        "{name: a, image: 'a:1', args: ['$(NO)'], env: [{name: '${X}'}]}",
        "{name: a, args: ['$(NO)']}",
        "{name: a, image: 'a:$(TAG)', args: ['$(NO)']}",
        "{name: a, image: 'a:1', env: [{name: A, value: '$(Build.Id) $(NO)'}]}",
        "{name: a, image: 'a:1', args: ['$(whoami)', '$(A B)', '$()', '$(X', '$(DB_PORT_5432_TCP_ADDR)']}",
    ],
)
def test_a_reference_that_may_be_filled_in_passes(tmp_path: Path, container: str) -> None:
    assert check(tmp_path, "K8S228", pod(container)) == []


@pytest.mark.parametrize(
    ("code", "resources", "message"),
    [
        ("K8S215", "{requests: {cpu: 1}, limits: {cpu: 2}}", "requests 1 CPU, and its limit is 2"),
        ("K8S215", "{requests: {cpu: 1}}", "requests 1 CPU and has no CPU limit"),
        ("K8S216", "{requests: {memory: 0}, limits: {memory: 2Mi}}", "requests 0 memory, and its limit is 2Mi"),
        ("K8S217", "{requests: {ephemeral-storage: 1Gi}}", "has no ephemeral storage limit"),
        ("K8S217", "{}", "has no ephemeral storage request and no ephemeral storage limit"),
        (
            "K8S218",
            "{requests: {ephemeral-storage: 1Gi}, limits: {ephemeral-storage: 2Gi}}",
            "requests 1Gi ephemeral storage, and its limit is 2Gi",
        ),
    ],
)
def test_amounts_are_named(tmp_path: Path, code: str, resources: str, message: str) -> None:
    [finding] = check(tmp_path, code, pod(f"{{name: a, image: 'a:1', resources: {resources}}}"))
    assert finding.message == f'container "a" {message}'


@pytest.mark.parametrize(
    "resources", ["x", "[]", "{requests: x}", "{requests: {cpu: x}, limits: {cpu: [1]}}", "{limits: {cpu: 1}}"]
)
@pytest.mark.parametrize("code", ["K8S215", "K8S216", "K8S218", "K8S219"])
def test_amounts_that_cannot_be_read_are_borne(tmp_path: Path, code: str, resources: str) -> None:
    assert check(tmp_path, code, pod(f"{{name: a, image: 'a:1', resources: {resources}}}")) == []


def test_a_request_above_the_limit_is_another_rules_business(tmp_path: Path) -> None:
    text = pod("{name: a, image: 'a:1', resources: {requests: {memory: 2Gi}, limits: {memory: 1Gi}}}")
    assert check(tmp_path, "K8S216", text) == []


def test_a_missing_limit_is_said_once(tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(pod("{name: a, image: 'a:1', resources: {requests: {memory: 1Gi}}}"))
    report = cnlint.check([tmp_path], select=["K8S213", "K8S216"], root=tmp_path, config=False)
    assert [finding.code for finding in report.findings] == ["K8S213"]


@pytest.mark.parametrize("ratio", [1.5, 1e300, float("inf")])
def test_a_limit_within_the_ratio_passes(tmp_path: Path, ratio: float) -> None:
    text = pod("{name: a, image: 'a:1', resources: {requests: {memory: 100Mi}, limits: {memory: 150Mi}}}")
    assert check(tmp_path, "K8S216", text, max_ratio=ratio) == []


def test_an_amount_out_of_range_names_the_bound(tmp_path: Path) -> None:
    text = pod("{name: a, image: 'a:1', resources: {requests: {cpu: 5m}, limits: {cpu: 9}}}")
    low, high = check(tmp_path, "K8S219", text, cpu_min="10m", cpu_max=4)
    assert low.message == 'the CPU request of container "a" is 5m, less than 10m'
    assert high.message == 'the CPU limit of container "a" is 9, more than 4'
    [only] = check(tmp_path, "K8S219", text, cpu_min="10m", cpu_max=4, on="limit")
    assert only == high


def test_a_label_that_does_not_match_shows_its_value(tmp_path: Path) -> None:
    text = pod("{name: a, image: 'a:1'}", "name: p, labels: {owner: me, 5: x}")
    [finding] = check(tmp_path, "K8S420", text, labels=[{"key": "^owner$", "value": "^team-"}])
    assert finding.message == 'the label "owner" of Pod "p" is "me", which does not match "^team-"'
    [number] = check(tmp_path, "K8S420", text, labels=[{"key": "^5$", "value": "y"}])
    assert (number.line, number.column) == (3, 44)


def test_a_label_under_any_other_name_can_be_asked_for(tmp_path: Path) -> None:
    text = pod("{name: a, image: 'a:1'}", "name: p, labels: {app: a}")
    assert check(tmp_path, "K8S420", text, labels=["!^app$", "app"])[0].message == 'Pod "p" has no label "!^app$"'


@pytest.mark.parametrize("metadata", ["name: p, labels: x", "name: p, labels: [a]", "name: p, labels: {'${X}': y}"])
def test_labels_that_cannot_be_read_are_not_missing(tmp_path: Path, metadata: str) -> None:
    assert check(tmp_path, "K8S420", pod("{name: a, image: 'a:1'}", metadata)) == []


def test_an_empty_list_of_labels_asks_for_nothing(tmp_path: Path) -> None:
    assert check(tmp_path, "K8S420", pod("{name: a, image: 'a:1'}"), labels=[]) == []
    assert check(tmp_path, "K8S420", pod("{name: a, image: 'a:1'}"), labels=[], mode="any") == []


def test_the_namespace_of_an_application_is_known(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "pod.yaml").write_text(pod("{name: a, image: 'a:1'}"))
    application = (
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a, namespace: argocd}\nspec:\n"
        "  project: p\n  source: {repoURL: 'https://github.com/example/shop', path: app}\n"
        "  destination: {server: 'https://kubernetes.default.svc', namespace: NAMESPACE}\n"
    )
    config = {"project": {"self-repo": ["https://github.com/example/shop"]}}
    messages = {}
    for namespace in ("shop", "default", "''"):
        (tmp_path / "application.yaml").write_text(application.replace("NAMESPACE", namespace))
        report = cnlint.check([tmp_path], select=["K8S391"], root=tmp_path, config=config)
        messages[namespace] = [finding.message for finding in report.findings]
    assert messages == {"shop": [], "default": ['Pod "worker" is put into the namespace "default"'], "''": []}


def test_a_kustomization_that_puts_the_version_into_selectors_is_marked(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text(
        "labels:\n  - pairs: {app.kubernetes.io/version: '1'}\n  - includeSelectors: true\n"
        "    pairs: {a: b, app.kubernetes.io/version: '2'}\n"
    )
    [finding] = check(tmp_path, "K8S426", "# nothing\n")
    assert finding.message == (
        'the label "app.kubernetes.io/version=2" goes into all selectors and changes with every release'
    )
    assert (finding.path, finding.line, finding.column) == ("kustomization.yaml", 4, 19)


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("mail jane.doe@example.org today", "the mail address of a person"),
        ("DE89 3704 0044 0532 0130 00", "the number of a bank account"),
    ],
)
def test_data_about_people_is_marked_where_it_stands(tmp_path: Path, value: str, what: str) -> None:
    text = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata:\n  k: |\n    mode=fast\n    x={value}\n"
    [finding] = check(tmp_path, "K8S653", text)
    assert finding.message == f'key "k" of ConfigMap "c" holds {what}'
    assert finding.line == 7
    marked = text.split("\n")[6][finding.column - 1 : finding.end_column - 1]
    assert marked in value
