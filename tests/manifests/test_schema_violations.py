"""Validators say where an object is wrong, what was expected and what was probably meant."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnlint.manifests.schema import Validator, validator_for, validator_from_crd
from cnlint.manifests.schema_compiler import Compiler
from cnlint.manifests.schema_violations import Violation, violations
from cnlint.manifests.structural_schema import structural

NEWEST = (1, 37)


def deployment(**fields: Any) -> dict[str, Any]:
    """Make a valid Deployment whose one container has further fields."""
    container = {"name": "orders", "image": "orders:1", **fields}
    template = {"metadata": {"labels": {"app": "orders"}}, "spec": {"containers": [container]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "orders"},
        "spec": {"selector": {"matchLabels": {"app": "orders"}}, "template": template},
    }


def violations_of(value: dict[str, Any], version: tuple[int, int] = NEWEST) -> list[Violation]:
    validator = validator_for(value["apiVersion"], value["kind"], version)
    assert validator is not None
    return validator.validate(value)


def only(value: dict[str, Any], version: tuple[int, int] = NEWEST) -> Violation:
    [violation] = violations_of(value, version)
    return violation


CONTAINER = ("spec", "template", "spec", "containers", 0)


def test_a_wrong_type_is_told_in_words() -> None:
    violation = only(deployment(tty="yes"))
    assert violation[:4] == ("type", (*CONTAINER, "tty"), "true or false", 'the text "yes"')


def test_missing_fields_are_reported_together_at_their_mapping() -> None:
    value = deployment()
    value["spec"] = {"replicas": 3}
    assert only(value)[:2] == ("required", ("spec",))
    assert only(value).missing == ("selector", "template")


@pytest.mark.parametrize(
    ("field", "nearest"),
    [
        ("livenessprobe", "livenessProbe"),
        ("liveness_probe", "livenessProbe"),
        ("image-pull-policy", "imagePullPolicy"),
        ("resource", "resources"),
        ("commmand", "command"),
        ("agrs", "args"),
        ("volumeMount", "volumeMounts"),
        ("sidecars", ""),
        ("arg", "args"),
    ],
)
def test_an_unknown_field_names_the_nearest_known_one(field: str, nearest: str) -> None:
    violation = only(deployment(**{field: None}))
    assert violation[:2] == ("unknown-field", (*CONTAINER, field))
    assert violation.nearest == nearest


def test_an_unknown_field_may_belong_below() -> None:
    assert only(deployment(containerPort=80)).below == ("ports",)


def test_an_unknown_field_may_belong_further_up() -> None:
    assert only(deployment(nodeSelector={})).within == ("spec", "template", "spec")


def test_an_unknown_field_may_belong_beside() -> None:
    value = deployment()
    value["spec"]["template"]["spec"]["securityContext"] = {"readOnlyRootFilesystem": True}
    assert only(value).within == ("spec", "template", "spec", "containers", "securityContext")


def test_a_field_of_a_later_version_is_known_as_such() -> None:
    spec = {"managedBy": "x", "template": {"spec": {"containers": []}}}
    job = {"apiVersion": "batch/v1", "kind": "Job", "spec": spec}
    assert only(job, (1, 29)).since == (1, 30)
    assert violations_of(job, (1, 30)) == []


def test_a_wrong_value_of_an_enumeration_names_the_nearest_right_one() -> None:
    violation = only(deployment(imagePullPolicy="always"))
    assert violation.kind == "enum"
    assert violation.nearest == "Always"
    assert violation.expected == 'one of "Always", "IfNotPresent" or "Never"'


def test_an_empty_text_means_the_default_of_an_enumeration() -> None:
    assert violations_of(deployment(imagePullPolicy="")) == []


def test_null_is_nothing_where_a_field_is_optional() -> None:
    assert violations_of(deployment(env=None, resources=None, command=None)) == []


def test_null_is_an_empty_mapping_where_a_mapping_is_required() -> None:
    value = deployment()
    value["spec"]["template"] = None
    assert violations_of(value) == []
    value["spec"]["template"] = {"spec": None}
    assert violations_of(value) == []
    value["spec"] = None
    assert only(value).missing == ("selector", "template")


def test_null_is_wrong_where_a_scalar_or_list_is_required() -> None:
    assert only(deployment(name=None))[:4] == ("type", (*CONTAINER, "name"), "a text", "null")
    value = deployment()
    value["spec"]["template"]["spec"]["containers"] = None
    assert only(value).path == CONTAINER[:-1]


def test_whole_numbers_may_be_written_with_a_point_but_must_fit() -> None:
    value = deployment()
    value["spec"]["replicas"] = 3.0
    assert violations_of(value) == []
    value["spec"]["replicas"] = 2**31
    assert only(value)[:4] == ("range", ("spec", "replicas"), "at most 2147483647", "the number 2147483648")


def test_status_and_directives_of_patches_are_left_aside() -> None:
    value = deployment(**{"$patch": "delete"})
    value["status"] = {"replicas": "unknown"}
    assert violations_of(value) == []


def test_a_version_older_or_newer_than_all_schemas_is_taken_for_the_nearest() -> None:
    assert validator_for("autoscaling/v2beta2", "HorizontalPodAutoscaler", (1, 20)) is not None
    assert validator_for("apps/v1", "Deployment", (1, 99)) is not None


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [("extensions/v1beta1", "Deployment"), ("example.com/v1", "Shop"), ("", ""), ("v1", "Deployment"), ("a/b/c", "D")],
)
def test_kinds_without_a_schema_have_no_validator(api_version: str, kind: str) -> None:
    assert validator_for(api_version, kind, NEWEST) is None


def test_fields_that_exclude_each_other_are_named() -> None:
    match = {"headers": {"user": {"exact": "a", "prefix": "b"}}}
    value = {
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "spec": {"hosts": ["orders"], "http": [{"match": [match]}]},
    }
    violation = only(value)
    assert violation.kind == "forms"
    assert violation.expected == 'only one of "exact", "prefix" or "regex"'
    assert violation.found == '"exact" and "prefix"'


def crd(schema: Any) -> dict[str, Any]:
    return {"spec": {"versions": [{"name": "v1", "schema": {"openAPIV3Schema": schema}}]}}


def validator_of(schema: Any) -> Validator:
    validator = validator_from_crd(crd(schema), "v1", NEWEST)
    assert validator is not None
    return validator


def test_the_schema_of_a_custom_resource_definition_is_strict() -> None:
    size = {"type": "integer", "minimum": 1}
    spec = {"type": "object", "required": ["size"], "properties": {"size": size}}
    validator = validator_of({"type": "object", "properties": {"spec": spec}})
    assert validator.validate({"metadata": {"name": "shop"}, "spec": {"size": 1}, "status": {"any": 1}}) == []
    found = validator.validate({"spec": {"sise": 0}})
    assert [one[:2] for one in found] == [("required", ("spec",)), ("unknown-field", ("spec", "sise"))]


def test_fields_that_a_definition_preserves_are_free() -> None:
    validator = validator_of({"type": "object", "x-kubernetes-preserve-unknown-fields": True})
    assert validator.validate({"anything": {"goes": 1}}) == []


def test_a_required_field_with_a_default_may_be_left_out() -> None:
    spec = {"type": "object", "required": ["size"], "properties": {"size": {"type": "integer", "default": 1}}}
    assert validator_of({"properties": {"spec": spec}}).validate({"spec": {}}) == []


def test_an_embedded_resource_has_metadata() -> None:
    template = {"type": "object", "x-kubernetes-embedded-resource": True, "properties": {"spec": {"type": "object"}}}
    validator = validator_of({"properties": {"template": template}})
    assert validator.validate({"template": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}}}) == []
    assert [one.path for one in validator.validate({"template": {"metadata": {"nam": "x"}}})] == [
        ("template", "metadata", "nam")
    ]


def test_patterns_of_definitions_in_a_repository_are_not_run() -> None:
    validator = validator_of({"properties": {"spec": {"type": "string", "pattern": "^(a+)+$"}}})
    assert validator.is_valid({"spec": "a" * 60 + "!"})


KEYWORDS = (
    *("type", "properties", "required", "items", "enum", "minimum", "maxLength", "format", "additionalProperties"),
    *("oneOf", "anyOf", "allOf", "not", "nullable", "x-kubernetes-int-or-string", "default", "$ref", "pattern", "a"),
)
VALUES = st.recursive(
    st.sampled_from([None, True, 0, 1.5, "object", "string", "integer", "array", "int32", "metadata", "a"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYWORDS), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=500, deadline=None)
@given(schema=VALUES, value=VALUES)
def test_the_fast_and_the_slow_way_agree_on_any_schema_and_value(schema: Any, value: Any) -> None:
    compiler = Compiler(lambda name: {})
    kept = structural({"type": "object", "properties": {"spec": schema}})
    instance = {"spec": value}
    assert compiler.compile(kept)(instance) == (not violations(compiler, kept, instance))


@pytest.mark.parametrize("definition", [None, [], {}, {"spec": None}, {"spec": {"versions": {}}}, crd(None), crd([])])
def test_a_definition_without_a_schema_has_no_validator(definition: Any) -> None:
    assert validator_from_crd(definition, "v1", NEWEST) is None


@pytest.mark.parametrize(
    ("form", "right", "wrong"),
    [
        ("byte", "c2VjcmV0", "secret!"),
        ("date-time", "2026-11-22T08:00:00Z", "2026-11-22"),
        ("duration", "1h30m", "soon"),
        ("ipv4", "10.0.0.1", "10.0.0.256"),
        ("ipv6", "2001:db8::1", "10.0.0.1"),
        ("int32", 7, 2**31),
    ],
)
def test_formats_that_the_server_checks_are_checked(form: str, right: Any, wrong: Any) -> None:
    kind = "integer" if form == "int32" else "string"
    check = Compiler(lambda name: {}).compile({"type": kind, "format": form})
    assert check(right)
    assert not check(wrong)


def test_texts_too_long_for_a_pattern_are_not_matched() -> None:
    check = Compiler(lambda name: {}).compile({"type": "string", "pattern": "^a*$"})
    assert not check("b")
    assert check("b" * 2000)
