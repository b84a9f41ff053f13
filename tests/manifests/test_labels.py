import pytest

from cnlint.manifests.labels import LabelSelector


def test_an_empty_selector_selects_everything_and_an_absent_one_nothing() -> None:
    assert LabelSelector.parse({}).matches({"app": "orders"})
    assert LabelSelector.parse({}).is_empty
    assert not LabelSelector.parse(None).matches({})
    assert LabelSelector.parse(None).is_absent


def test_all_labels_must_match() -> None:
    selector = LabelSelector.parse({"matchLabels": {"app": "orders", "tier": "api"}})
    assert selector.matches({"app": "orders", "tier": "api", "version": "v1"})
    assert not selector.matches({"app": "orders"})


@pytest.mark.parametrize(
    ("operator", "values", "matching", "other"),
    [
        ("In", ["a", "b"], {"key": "b"}, {}),
        ("NotIn", ["a"], {}, {"key": "a"}),
        ("Exists", None, {"key": ""}, {"other": "a"}),
        ("DoesNotExist", None, {}, {"key": "a"}),
    ],
)
def test_expressions_match_as_the_api_server_does(
    operator: str, values: list[str] | None, matching: dict[str, str], other: dict[str, str]
) -> None:
    expression = {"key": "key", "operator": operator, **({"values": values} if values else {})}
    selector = LabelSelector.parse({"matchExpressions": [expression]})
    assert selector.matches(matching)
    assert not selector.matches(other)
    assert not selector.problems


@pytest.mark.parametrize(
    ("expression", "path"),
    [
        ({"key": "app", "operator": "in", "values": ["a"]}, "operator"),
        ({"key": "app"}, "operator"),
        ({"key": "app", "operator": "In"}, "values"),
        ({"key": "app", "operator": "NotIn", "values": []}, "values"),
        ({"key": "app", "operator": "Exists", "values": ["a"]}, "values"),
    ],
)
def test_an_expression_that_the_api_server_refuses_is_a_problem(expression: object, path: str) -> None:
    selector = LabelSelector.parse({"matchExpressions": [expression]})
    assert [problem.path for problem in selector.problems] == [("matchExpressions", 0, path)]
    assert not selector.is_known


def test_a_placeholder_makes_a_selector_unknown() -> None:
    assert not LabelSelector.of_map({"app": "${NAME}"}).is_known
    assert LabelSelector.of_map({"app": "orders"}).is_known


def test_numbers_compare_as_text() -> None:
    assert LabelSelector.of_map({"version": 1.1}).matches({"version": "1.1"})


def test_unmet_conditions_read_like_kubectl() -> None:
    selector = LabelSelector.parse(
        {
            "matchLabels": {"app": "orders"},
            "matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["a", "b"]}],
        }
    )
    assert list(map(str, selector.unmet({"app": "order", "tier": "a"}))) == ["app=orders", "tier notin (a, b)"]
    assert str(selector) == "app=orders,tier notin (a, b)"


@pytest.mark.parametrize(
    "value",
    ["app=orders", ["app"], 3, {"matchLabels": "app", "matchExpressions": {"key": 1}}, {"matchExpressions": [3]}],
)
def test_odd_values_do_not_raise(value: object) -> None:
    LabelSelector.parse(value).matches({"app": "orders"})
    LabelSelector.of_map(value).matches({"app": "orders"})
