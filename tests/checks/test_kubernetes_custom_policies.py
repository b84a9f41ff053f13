"""Policies of a project's own: what they say of objects, and what stops a run."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import cnlint
from cnlint.config import ConfigurationError
from cnlint.findings import Finding
from cnlint.policies import cel

SERVICES = """\
apiVersion: v1
kind: Service
metadata: {name: orders}
spec: {type: NodePort, ports: [{port: 80}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {mode: debug}
"""


def check(folder: Path, *policies: dict[str, object], text: str = SERVICES) -> list[Finding]:
    (folder / "app.yaml").write_text(text, encoding="utf-8")
    return list(
        cnlint.check(
            [folder], root=folder, select=["K8S425"], config={"rules": {"K8S425": {"checks": list(policies)}}}
        ).findings
    )


def policy(expression: str, *kinds: str) -> dict[str, object]:
    return {"name": "mine", "expression": expression, **({"kinds": list(kinds)} if kinds else {})}


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("object.spec.type == 'ClusterIP'", 'policy "mine" does not hold for Service "orders"'),
        ("'no ' + object.spec.type", 'policy "mine": no NodePort'),
        (
            "object.spec.selector.size() > 0",
            'policy "mine" cannot be evaluated on Service "orders": no such key: selector',
        ),
        (
            "object.spec.ports",
            'policy "mine" cannot be evaluated on Service "orders": '
            "the expression gives a list; a policy gives a string or a bool",
        ),
        ("objects.size() == 3", 'policy "mine" does not hold for Service "orders"'),
        ("objects.exists(o, o.kind == object.kind) ? 'twin' : '' // why", 'policy "mine": twin'),
    ],
)
def test_what_a_policy_says(expression: str, message: str, tmp_path: Path) -> None:
    findings = check(tmp_path, policy(expression, "Service"))
    assert [(finding.message, finding.line, finding.column) for finding in findings] == [(message, 2, 1)]


@pytest.mark.parametrize("expression", ["true", "''", "object.kind == 'Service'", "objects.size() == 2"])
def test_a_policy_that_holds_is_silent(expression: str, tmp_path: Path) -> None:
    assert check(tmp_path, policy(expression, "Service")) == []


def test_each_policy_speaks_for_itself(tmp_path: Path) -> None:
    found = check(
        tmp_path, policy("object.absent"), policy("object.kind == 'Service'"), policy("objects[9].kind", "Pod")
    )
    assert [finding.line for finding in found] == [2, 7, 7]


def test_a_policy_on_one_object_sees_the_values_of_config_maps(tmp_path: Path) -> None:
    [finding] = check(tmp_path, policy("object.data.mode == 'debug' ? 'debug is on' : ''", "ConfigMap"))
    assert finding.message == 'policy "mine": debug is on'


def test_the_object_is_each_in_turn_in_policies_over_all(tmp_path: Path) -> None:
    found = check(tmp_path, policy("objects.size() > 0 ? object.metadata.name : ''"))
    assert [finding.message for finding in found] == ['policy "mine": orders', 'policy "mine": settings']


@pytest.mark.parametrize(
    "value", ["2026-01-31", "0x1F", "1e400", "99999999999999999999", "{1: a, true: b}", "[[[]]]", "~"]
)
def test_values_of_any_kind_are_taken(value: str, tmp_path: Path) -> None:
    text = f"apiVersion: example.com/v1\nkind: Thing\nmetadata: {{name: x}}\nspec: {value}\n"
    assert check(tmp_path, policy("has(object.spec)"), policy("objects.all(o, has(o.spec))"), text=text) == []


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        (
            "objekt.kind == 'Pod'",
            ["K8S425", "checks", "[0].expression", "column 7", "undeclared reference to 'objekt.kind'"],
        ),
        ("true &&\nobject.", ["[0].expression", "line 2, column 8"]),
        ("1 + 1", ["[0].expression", "of type int", "a string or a bool"]),
        ("objects.map(o, o.kind)", ["[0].expression", "of type list<dyn>"]),
        ("cnlint.nothing()", ["[0].expression", "cnlint"]),
    ],
)
def test_a_mistake_in_an_expression_stops_the_run(expression: str, words: list[str], tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check(tmp_path, policy(expression))
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize("item", [{"name": "mine"}, {"expression": "true"}, {**policy("true"), "kind": "Pod"}])
def test_a_policy_has_a_name_and_an_expression(item: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="K8S425"):
        check(tmp_path, item)


def test_without_the_engine_the_error_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for cached in (cel._engine, cel._environment, cel._compile):
        cached.cache_clear()
    monkeypatch.setitem(sys.modules, "cel_expr_python", None)
    with pytest.raises(ConfigurationError, match=re.escape("pip install 'cnlint[policy]'")) as caught:
        check(tmp_path, policy("true"))
    assert "K8S425" in str(caught.value)
    assert check(tmp_path) == []


def test_without_policies_the_engine_is_not_loaded(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text(SERVICES, encoding="utf-8")
    code = (
        "import sys, cnlint\n"
        f"cnlint.check([{str(tmp_path)!r}], root={str(tmp_path)!r}, profile='pedantic')\n"
        "assert not [name for name in sys.modules if 'cel_expr' in name or name.startswith('cnlint.policies')]\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_policies_of_the_documentation_work(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "policies.md").read_text(encoding="utf-8")
    configuration = tomllib.loads(page.partition("```toml\n")[2].partition("```")[0])
    text = SERVICES.replace("kind: Service", "kind: Deployment").replace("spec: {", "spec: {template: {spec: {}}, ")
    found = check(tmp_path, *configuration["rules"]["K8S425"]["checks"], text=text)
    assert [finding.message for finding in found] == [
        'policy "owner": Deployment has no label team',
        'policy "registry" cannot be evaluated on Deployment "orders": no such key: containers',
        'policy "owner": ConfigMap has no label team',
    ]
