"""Documents, names, labels and values of manifests: what reports carry besides their place, and odd input."""

from pathlib import Path

import pytest
from edits import edited

import cnlint
from cnlint.findings import Finding


def check(folder: Path, code: str, text: str, *, name: str = "app.yaml", **options: object) -> list[Finding]:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    config = {"rules": {code: options}} if options else {}
    report = cnlint.check([folder], select=[code], root=folder, config=config)
    assert not [finding for finding in report.findings if finding.code == "CNL003"]
    return [finding for finding in report.findings if finding.code == code]


def message(folder: Path, code: str, text: str) -> str:
    [finding] = check(folder, code, text)
    return finding.message


def mended(folder: Path, code: str, text: str) -> str:
    """Give the text after the fix of its only finding."""
    [finding] = check(folder, code, text)
    [fix] = finding.fixes
    return edited(text, fix.edits)


def config_map(rest: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\n{rest}\n"


def pod(container: str, spec: str = "") -> str:
    return f"apiVersion: v1\nkind: Pod\nmetadata: {{name: worker}}\nspec:\n  containers:\n    - {container}\n{spec}"


def service(port: str) -> str:
    return f"apiVersion: v1\nkind: Service\nmetadata: {{name: orders}}\nspec:\n  ports:\n    - {port}\n"


# Documents.


def test_a_repeated_key_shows_the_first_one(tmp_path: Path) -> None:
    [finding] = check(tmp_path, "K8S101", config_map("metadata:\n  name: a\n  labels: {a: b, a: c}"))
    assert finding.message == 'key "a" comes again in metadata.labels of ConfigMap "a", and the value above is lost'
    assert (finding.line, finding.column) == (5, 18)
    [related] = finding.related
    assert (related.line, related.column) == (5, 12)


def test_a_key_that_stands_three_times_is_reported_twice(tmp_path: Path) -> None:
    found = check(tmp_path, "K8S101", config_map("metadata: {name: a}\ndata: {x: a, x: b, x: c}"))
    assert [finding.column for finding in found] == [14, 20]


def test_keys_that_become_the_same_text_are_the_same_key(tmp_path: Path) -> None:
    [finding] = check(tmp_path, "K8S101", config_map('metadata: {name: a}\ndata: {"true": a, yes: b}'))
    assert finding.message.startswith('key "true" comes again in data')


def test_two_merge_keys_in_one_mapping_are_no_repeated_key(tmp_path: Path) -> None:
    text = config_map(
        "metadata: {name: a}\nx: &a {b: c}\ny: &b {d: e}\ndata:\n  <<: *a\n  <<: *b\n".replace("x:", "binaryData:")
    )
    assert check(tmp_path, "K8S101", text) == []


def test_what_is_pasted_below_another_manifest_may_still_repeat_a_key(tmp_path: Path) -> None:
    text = config_map("metadata: {name: a}") + config_map("metadata: {name: b}\ndata: {x: a, x: b}")
    assert [finding.line for finding in check(tmp_path, "K8S101", text)] == [7]


def test_the_api_version_that_is_missing_is_named(tmp_path: Path) -> None:
    [finding] = check(tmp_path, "K8S103", "kind: Deployment\nmetadata: {name: orders}\nspec: {}\n")
    assert finding.message == 'Deployment "orders" has no apiVersion'
    assert finding.hint == "Write apiVersion: apps/v1"
    assert (finding.line, finding.column) == (1, 7)


@pytest.mark.parametrize(
    "text",
    [
        "kind: Kustomization\nmetadata: {name: a}\nresources: []\n",
        "kind: role\nmetadata: {name: a}\nspec: {}\n",
        "kind: Deployment\n",
        "kind: [Deployment]\nmetadata: {name: a}\nspec: {}\n",
        "kind: Thing\nmetadata: {team: a}\nspec: {}\n",
        "apiVersion: ${API}\nkind: Deployment\nmetadata: {name: a}\n",
    ],
)
def test_what_is_not_certainly_an_object_needs_no_api_version(text: str, tmp_path: Path) -> None:
    assert check(tmp_path, "K8S103", text) == []


def test_a_file_without_any_api_version_is_checked_and_can_be_silenced(tmp_path: Path) -> None:
    text = "# cnlint: ignore-file[K8S103]\nkind: Service\nmetadata: {name: orders}\nspec: {}\n"
    [finding] = check(tmp_path, "K8S103", text)
    assert finding.suppressed is not None


def test_an_object_without_a_kind_is_named(tmp_path: Path) -> None:
    text = "apiVersion: apps/v1\nmetadata: {name: orders}\nspec: {}\n"
    assert message(tmp_path, "K8S104", text) == 'this object "orders" of apps/v1 has no kind'


# Kinds.


@pytest.mark.parametrize(
    ("api_version", "kind", "words", "fix"),
    [
        ("apps/v1", "Deploymnet", 'there is no kind "Deploymnet" in apps/v1; did you mean "Deployment"?', "Deployment"),
        (
            "v1",
            "Ingress",
            "there is no Ingress in v1; the kind belongs to networking.k8s.io/v1",
            "networking.k8s.io/v1",
        ),
        ("core/v1", "Pod", "there is no Pod in core/v1; the kind belongs to v1", "v1"),
        ("rbac/v1", "Role", "there is no Role in rbac/v1; the kind belongs to rbac.authorization.k8s.io/v1", "rbac.a"),
        ("batch.k8s.io/v1", "Job", "there is no Job in batch.k8s.io/v1; the kind belongs to batch/v1", "batch/v1"),
        (
            "batch/v2",
            "Job",
            'Job "a" is of batch/v2, a version that never existed; Kubernetes 1.37 serves batch/v1',
            "b",
        ),
        ("batch/v1", "Event", "there is no Event in batch/v1; the kind belongs to events.k8s.io/v1 or v1", ""),
        ("v1", "ServiceMonitor", "no ServiceMonitor in v1; the kind belongs to monitoring.coreos.com/v1", ""),
        ("apps/v1", "Pool", 'there is no kind "Pool" in apps/v1', ""),
    ],
)
def test_a_kind_that_never_existed_is_set_right(
    api_version: str, kind: str, words: str, fix: str, tmp_path: Path
) -> None:
    text = f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: a}}\n"
    [finding] = check(tmp_path, "K8S108", text)
    assert words.split(" or ")[0] in finding.message
    assert [one.title.startswith(f"write {fix}") for one in finding.fixes] == ([True] if fix else [])


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("v1", "Config"),
        ("v1", "Rule"),
        ("v1", "Stack"),
        ("v1", "DeploymentList"),
        ("apps/v1alpha1", "PetSet"),
        ("storage.k8s.io/v1alpha9", "StorageClass"),
        ("apiextensions.k8s.io/v1", "ConversionReview"),
        ("kubelet.config.k8s.io/v1beta1", "KubeletConfiguration"),
        ("n9/v1alpha", "Service"),
        ("policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy"),
        ("$API", "Deployment"),
    ],
)
def test_kinds_that_somebody_may_have_are_let_be(api_version: str, kind: str, tmp_path: Path) -> None:
    text = f"apiVersion: {api_version}\nkind: {kind}\n"
    assert check(tmp_path, "K8S108", text) == []


def test_a_kind_without_a_schema_is_said_to_be_known_elsewhere(tmp_path: Path) -> None:
    text = "apiVersion: networking.istio.io/v7\nkind: Gateway\nmetadata: {name: a}\n"
    assert message(tmp_path, "K8S107", text).startswith(
        'no schema is known for Gateway of networking.istio.io/v7, so Gateway "a" was not validated; it is known in net'
    )


# Names.


@pytest.mark.parametrize(
    ("name", "after"),
    [("Orders_DB", "orders-db"), ("orders_", None), ("orders.", None), ("o/b", None), ('"Orders"', '"orders"')],
)
def test_a_name_is_mended_where_case_and_underscores_are_all(name: str, after: str | None, tmp_path: Path) -> None:
    text = config_map(f"metadata: {{name: {name}}}")
    if after is None:
        [finding] = check(tmp_path, "K8S115", text)
        assert finding.fixes == ()
    else:
        assert mended(tmp_path, "K8S115", text) == config_map(f"metadata: {{name: {after}}}")


def test_a_name_that_is_too_long_is_counted(tmp_path: Path) -> None:
    text = config_map(f"metadata: {{name: {'a' * 254}}}")
    assert message(tmp_path, "K8S115", text).endswith(", 254 characters long; at most 253 are allowed")


@pytest.mark.parametrize("name", ["..", "a/b", "50%"])
def test_names_of_roles_are_parts_of_a_path(name: str, tmp_path: Path) -> None:
    text = f"apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: {name}}}\n"
    assert message(tmp_path, "K8S115", text).endswith("names there consist of any characters but / and %")


@pytest.mark.parametrize("metadata", ["metadata: []", "metadata: text", "metadata: {name: [a]}", "metadata: {name: 5}"])
def test_metadata_of_another_type_is_the_schemas_business(metadata: str, tmp_path: Path) -> None:
    assert check(tmp_path, "K8S120", config_map(metadata)) == []
    assert check(tmp_path, "K8S115", config_map(metadata)) == []


def test_containers_of_one_name_are_told_by_their_roles(tmp_path: Path) -> None:
    text = pod("{name: a, image: a:1}", "  initContainers:\n    - {name: a, image: b:1}\n")
    [finding] = check(tmp_path, "K8S126", text)
    assert finding.message == 'two containers of Pod "worker" have the name "a"'
    assert [one.message for one in finding.related] == ['init container "a" is the first']


def test_an_object_that_is_defined_three_times_is_reported_twice_with_the_first(tmp_path: Path) -> None:
    found = check(tmp_path, "K8S113", "---\n".join([config_map("metadata: {name: a}")] * 3))
    assert [finding.line for finding in found] == [7, 11]
    assert {finding.related[0].line for finding in found} == {3}


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ("name: a", "name: a, namespace: default", 1),
        ("name: a", "name: a, namespace: shop", 0),
        ("name: a, namespace: $NS", "name: a, namespace: $NS", 1),
        ("name: a, namespace: $NS", "name: a", 0),
        ("name: $A", "name: $A", 0),
    ],
)
def test_objects_are_the_same_in_one_namespace(first: str, second: str, found: int, tmp_path: Path) -> None:
    text = "---\n".join(config_map(f"metadata: {{{one}}}") for one in (first, second))
    assert len(check(tmp_path, "K8S113", text)) == found


def test_the_namespace_of_objects_that_name_none_can_be_set(tmp_path: Path) -> None:
    text = "---\n".join(config_map(f"metadata: {{{one}}}") for one in ("name: a", "name: a, namespace: shop"))
    assert len(check(tmp_path, "K8S113", text, default_namespace="shop")) == 1


def test_files_that_a_script_applies_one_after_the_other_may_replace_each_other(tmp_path: Path) -> None:
    (tmp_path / "deploy.sh").write_text("kubectl apply -f k8s/blue.yaml\nkubectl apply -f k8s/green.yaml\n")
    check(tmp_path, "K8S113", service("port: 80"), name="k8s/blue.yaml")
    assert check(tmp_path, "K8S113", service("port: 81"), name="k8s/green.yaml") == []
    (tmp_path / "deploy.sh").write_text("kubectl apply -f k8s\n")
    assert len(check(tmp_path, "K8S113", service("port: 81"), name="k8s/green.yaml")) == 1


# Labels and what the server writes.


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("a b", "only letters, digits, dashes, underscores and dots are allowed"),
        ("a.", "it must begin and end with a letter or digit"),
        ("é", "only letters, digits, dashes, underscores and dots are allowed"),
        ("a" * 64, "it has 64 characters, and 63 are allowed"),
    ],
)
def test_a_label_says_what_is_wrong_with_it(value: str, reason: str, tmp_path: Path) -> None:
    [finding] = check(tmp_path, "K8S114", config_map(f"metadata: {{name: a, labels: {{app: {value}}}}}"))
    assert finding.message.endswith(f'in metadata.labels of ConfigMap "a"; {reason}')
    assert finding.column == 35


@pytest.mark.parametrize("labels", ["[]", "text", "{}", "{a: [b]}", "{a: {b: c}}", "{? [a] : b}", "{}"])
def test_odd_labels_are_the_schemas_business(labels: str, tmp_path: Path) -> None:
    assert check(tmp_path, "K8S114", config_map(f"metadata: {{name: a, labels: {labels}}}")) == []


def test_a_status_is_deleted_whole(tmp_path: Path) -> None:
    kept = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n"
    text = f"{kept}status:\n  loadBalancer:\n    ingress:\n    - ip: 10.0.0.1\n"
    assert mended(tmp_path, "K8S128", text) == kept


def test_what_was_applied_last_is_deleted_with_all_its_lines(tmp_path: Path) -> None:
    text = (
        "metadata:\n  name: a\n  annotations:\n    team: shop\n"
        "    kubectl.kubernetes.io/last-applied-configuration: |\n      {}\n      {}\n    zone: eu"
    )
    kept = "metadata:\n  name: a\n  annotations:\n    team: shop\n    zone: eu"
    assert mended(tmp_path, "K8S128", config_map(text)) == config_map(kept)


def test_the_only_annotation_cannot_be_taken_away_alone(tmp_path: Path) -> None:
    text = "metadata:\n  name: a\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: '{}'"
    [finding] = check(tmp_path, "K8S128", config_map(text))
    assert finding.fixes == ()


# Values.


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("1.10", "the number 1.10"),
        ("yes", "yes, which YAML reads as true"),
        ("false", "false"),
        ("0777", "the number 0777"),
        ("1e3", "the number 1e3"),
    ],
)
def test_a_label_that_is_no_text_is_quoted_as_it_is_written(written: str, what: str, tmp_path: Path) -> None:
    text = config_map(f"metadata: {{name: a, labels: {{app: {written}}}}}")
    [finding] = check(tmp_path, "K8S118", text)
    assert finding.message == f'metadata.labels.app of ConfigMap "a" is {what}; a text is expected'
    assert finding.fixes[0].safe
    assert mended(tmp_path, "K8S118", text) == text.replace(written, f'"{written}"')


def test_a_variable_is_called_by_its_name(tmp_path: Path) -> None:
    text = pod("{name: a, image: a:1, env: [{name: PORT, value: 8080}]}")
    assert message(tmp_path, "K8S118", text) == (
        'the value of variable "PORT" of Pod "worker" is the number 8080; a text is expected'
    )


@pytest.mark.parametrize(
    "text",
    [
        config_map("metadata: {name: a, labels: {app: 1}, annotations: {b: true}}"),
        pod("{name: a, image: a:1, args: [1], command: [2], env: [{name: A, value: 3}]}", "  nodeSelector: {a: 4}\n"),
        pod("{name: a, image: a:1, livenessProbe: {exec: {command: [1]}}}"),
        service("port: 80").replace("spec:", "spec:\n  selector: {app: 1}"),
    ],
)
def test_the_schema_is_silent_where_a_text_lacks_its_quotes(text: str, tmp_path: Path) -> None:
    assert check(tmp_path, "K8S118", text)
    assert check(tmp_path, "K8S105", text) == []


def test_lists_and_mappings_in_labels_are_left_to_the_schema(tmp_path: Path) -> None:
    text = config_map("metadata: {name: a, labels: {app: [b]}}")
    assert check(tmp_path, "K8S118", text) == []
    assert len(check(tmp_path, "K8S105", text)) == 1


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("512MB", "Write 512M or 512Mi"),
        ("1gb", "Write 1G or 1Gi"),
        ("1 Gi", "Write 1Gi"),
        ("2GiB", "Write 2Gi"),
        ("100 m", "Write 100m"),
        ("0.5 cores", "Write 0.5"),
        ("'1,5'", "Write 1.5"),
        ("16K", "Write 16k or 16Ki"),
    ],
)
def test_an_amount_that_is_none_is_read_as_people_mean_it(written: str, hint: str, tmp_path: Path) -> None:
    [finding] = check(tmp_path, "K8S119", pod(f"{{name: a, image: a:1, resources: {{limits: {{memory: {written}}}}}}}"))
    bare = written.strip("'")
    assert finding.message == f'the memory limit of container "a" is "{bare}", which is no quantity'
    assert finding.hint == hint


@pytest.mark.parametrize("written", ["lots", "Mi", "1.2.3", "''", "1e1000", "0x10 bytes", "1Zi"])
def test_an_amount_that_nobody_understands_gets_no_advice_of_its_own(written: str, tmp_path: Path) -> None:
    [finding] = check(tmp_path, "K8S119", pod(f"{{name: a, image: a:1, resources: {{limits: {{cpu: {written}}}}}}}"))
    assert finding.hint.startswith("Write a number with a suffix")


@pytest.mark.parametrize("written", ["[1]", "{a: b}", "true", "", ".inf", "{cpu}"])
def test_amounts_of_another_type_are_the_schemas_business(written: str, tmp_path: Path) -> None:
    found = check(tmp_path, "K8S119", pod(f"{{name: a, image: a:1, resources: {{limits: {{cpu: {written}}}}}}}"))
    assert [finding.message for finding in found if written != ".inf"] == []


# Ports.


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("metrics-and-health", "is 18 characters long, and 15 are allowed"),
        ("Http", "has upper-case letters"),
        ("a_b", 'has the character "_"; only letters, digits and dashes are allowed'),
        ("a--b", "has a dash at an end, or two in a row"),
        ("-a", "has a dash at an end, or two in a row"),
        ("1-2", "has no letter"),
        ("ä", 'has the character "ä"; only letters, digits and dashes are allowed'),
    ],
)
def test_the_name_of_a_port_says_what_is_wrong_with_it(name: str, problem: str, tmp_path: Path) -> None:
    text = pod(f'{{name: a, image: a:1, ports: [{{name: "{name}", containerPort: 80}}]}}')
    assert message(tmp_path, "K8S121", text) == f'port name "{name}" of container "a" {problem}'


def test_a_target_port_that_is_a_number_in_quotes_loses_them(tmp_path: Path) -> None:
    [finding] = check(tmp_path, "K8S121", service('{port: 80, targetPort: "8080"}'))
    assert finding.hint == "Write 8080 without quotes"


def test_a_node_port_outside_of_the_usual_range_is_a_warning(tmp_path: Path) -> None:
    [finding] = check(tmp_path, "K8S122", service("{port: 80, nodePort: 8080}"))
    assert finding.severity == "warning"
    assert finding.message == 'nodePort of Service "orders" is 8080, outside of the range 30000 to 32767'


@pytest.mark.parametrize("port", ["text", "true", "[80]", "80.5", "99999999999999999999", "~"])
def test_ports_of_another_type_are_the_schemas_business(port: str, tmp_path: Path) -> None:
    assert check(tmp_path, "K8S122", service(f"{{port: {port}}}")) == []
    assert check(tmp_path, "K8S122", service("{port: 80, nodePort: 1}"), node_port_range="any") == []


def test_the_schema_leaves_ports_of_containers_without_a_number_to_their_own_rule(tmp_path: Path) -> None:
    text = pod("{name: a, image: a:1, ports: [{name: http}]}")
    assert message(tmp_path, "K8S123", text) == 'port "http" of container "a" has no containerPort'
    assert check(tmp_path, "K8S105", text) == []


def test_a_port_name_in_two_containers_is_a_warning(tmp_path: Path) -> None:
    text = pod(
        "{name: a, image: a:1, ports: [{name: http, containerPort: 80}]}\n"
        "    - {name: b, image: b:1, ports: [{name: http, containerPort: 81}]}"
    )
    [finding] = check(tmp_path, "K8S124", text)
    assert finding.severity == "warning"
    assert finding.message == 'port name "http" of container "b" is also one of container "a"'


def test_containers_that_copy_a_port_are_reported_once(tmp_path: Path) -> None:
    text = pod(
        "{name: a, image: a:1, ports: [{name: http, containerPort: 80}]}\n"
        "    - {name: b, image: b:1, ports: [{name: http, containerPort: 80}]}"
    )
    assert check(tmp_path, "K8S124", text) == []
    assert message(tmp_path, "K8S125", text) == (
        'container "b" listens on TCP port 80, as container "a" does, and they share one network'
    )


def test_a_port_that_a_service_has_twice_is_an_error(tmp_path: Path) -> None:
    [finding] = check(tmp_path, "K8S125", service("{name: a, port: 80}\n    - {name: b, port: 80}"))
    assert (finding.severity, finding.message) == ("error", 'Service "orders" has TCP port 80 twice')


# The order of keys.


def test_entries_are_sorted_with_all_their_lines(tmp_path: Path) -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"
    before = f"{text}zdata:\n  z: |\n    one\n    two\n  b:\n    - 1\n"
    after = f"{text}zdata:\n  b:\n    - 1\n  z: |\n    one\n    two\n"
    assert mended(tmp_path, "K8S127", before) == after


def test_items_of_lists_are_sorted_behind_their_dash(tmp_path: Path) -> None:
    before = "apiVersion: v1\nkind: Service\nspec:\n  ports:\n  - port: 80\n    name: a\n  - name: b\n    port: 81\n"
    after = "apiVersion: v1\nkind: Service\nspec:\n  ports:\n  - name: a\n    port: 80\n  - name: b\n    port: 81\n"
    assert mended(tmp_path, "K8S127", before) == after


@pytest.mark.parametrize(
    "data", ["  z: a # why\n  b: c\n", "  z: &x a\n  b: c\n", "  z: |+\n    a\n\n  b: c\n", "  z: a\n  # b\n  b: c\n"]
)
def test_entries_that_are_bound_to_their_place_are_not_moved(data: str, tmp_path: Path) -> None:
    [finding] = check(tmp_path, "K8S127", f"apiVersion: v1\ndata:\n{data}kind: ConfigMap\n")
    assert finding.fixes == ()


# Templates.


@pytest.mark.parametrize("image", ["'a:${TAG}'", "$IMAGE", "__IMAGE__", "'{{ .Image }}'", "<<IMAGE>>", "$(IMAGE)"])
def test_a_placeholder_in_an_image_is_reported(image: str, tmp_path: Path) -> None:
    text = pod(f"{{name: a, image: {image}}}")
    bare = image.strip("'")
    assert message(tmp_path, "K8S130", text) == (
        f'the image of container "a" is "{bare}", so this file cannot be applied before something renders it'
    )


@pytest.mark.parametrize(
    ("name", "instructions"),
    [
        ("app.tpl.yaml", ""),
        ("templates/app.yaml", ""),
        ("testdata/app.yaml", ""),
        ("app.yaml", "export TAG=1.4.2"),
        ("app.yaml", "Run envsubst first."),
    ],
)
def test_a_template_that_something_renders_is_let_be(name: str, instructions: str, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(instructions)
    assert check(tmp_path, "K8S130", pod("{name: a, image: 'a:${TAG}'}"), name=name) == []


def test_a_file_that_a_template_language_breaks_is_a_template_and_not_broken_yaml(tmp_path: Path) -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  {% if x %}\n  labels: {}\n"
    (tmp_path / "app.yaml").write_text(text)
    report = cnlint.check([tmp_path / "app.yaml"], select=["K8S100", "K8S130"], root=tmp_path, config=False)
    assert [(finding.code, finding.line, finding.column) for finding in report.findings] == [("K8S130", 5, 3)]


def test_a_sign_of_templates_in_a_comment_does_not_excuse_broken_yaml(tmp_path: Path) -> None:
    text = "apiVersion: v1\nkind: ConfigMap # {{ x }}\nmetadata: [\n"
    (tmp_path / "app.yaml").write_text(text)
    report = cnlint.check([tmp_path / "app.yaml"], select=["K8S100", "K8S130"], root=tmp_path, config=False)
    assert [finding.code for finding in report.findings] == ["K8S100"]


# Sizes.


@pytest.mark.parametrize(("size", "found"), [(1048576, 0), (1048577, 1)])
def test_data_may_come_to_a_mebibyte(size: int, found: int, tmp_path: Path) -> None:
    text = config_map(f"metadata: {{name: a}}\ndata:\n  a: {'x' * (size - 4)}\n  b: éé")
    assert len(check(tmp_path, "K8S131", text)) == found


@pytest.mark.parametrize("value", ["5", "[a]", "{a: b}", "~", "'==='", "'='"])
def test_data_that_is_no_text_weighs_nothing(value: str, tmp_path: Path) -> None:
    text = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\ndata: {{a: {value}}}\n"
    assert check(tmp_path, "K8S131", text, max_data=0) == []
