"""The schema files are what their scripts make, and hold together."""

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

from cnlint.data import schema_path, table

ROOT = Path(__file__).parent.parent.parent
PROJECTS = sorted((ROOT / "schemas" / "crds").glob("*.tsv"))


def _script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _lines(path: Path) -> dict[str, str]:
    return dict(line.split("\t", 1) for line in path.read_text(encoding="utf-8").splitlines())


def test_the_kubernetes_schemas_are_what_the_script_makes_of_the_package() -> None:
    path = Path(schema_path("kubernetes/definitions.tsv"))
    date = json.loads(_lines(path)["#"])["date"]
    assert _script("refresh_kubernetes_schemas").build(date) == path.read_text(encoding="utf-8")


def test_every_reference_of_the_kubernetes_schemas_leads_somewhere() -> None:
    lines = _lines(Path(schema_path("kubernetes/definitions.tsv")))
    referred = {name for text in lines.values() for name in re.findall(r'"\$ref":"([^"]+)"', text)}
    assert referred <= lines.keys()


@pytest.mark.parametrize("path", PROJECTS, ids=lambda path: path.stem)
def test_schemas_of_custom_resources_hold_together(path: Path) -> None:
    lines = _lines(path)
    assert {"source", "date"} <= json.loads(lines["#"]).keys()
    referred = {name for text in lines.values() for name in re.findall(r'"\$ref":"([^"]+)"', text)}
    assert referred <= lines.keys() | {"meta.v1.ObjectMeta"}
    assert {name for name in lines if name != "#" and "/" not in name} <= referred


def test_the_index_of_custom_resources_is_complete() -> None:
    assert _script("refresh_crd_schemas").index() == Path(schema_path("crds/index.json")).read_text(encoding="utf-8")


def test_the_script_reads_custom_resource_definitions(tmp_path: Path) -> None:
    file = tmp_path / "crd.yaml"
    file.write_text(
        """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: shops.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Shop, plural: shops}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          description: A shop.
          properties:
            spec: {type: object, required: [size], properties: {size: {type: integer, default: 1}}}
            status: {type: object}
"""
    )
    script = _script("refresh_crd_schemas")
    header, shop = script.build(dict(script.read_kinds(file)), {"source": "shops"}).splitlines()
    assert header == '#\t{"source":"shops"}'
    name, _, text = shop.partition("\t")
    assert name == "example.com/v1/Shop"
    spec = {"type": "object", "properties": {"size": {"type": "integer"}}}
    schema = {"type": "object", "properties": {"spec": spec}}
    assert json.loads(text) == {"scope": "Namespaced", "served": True, "schema": schema}


def test_the_table_of_api_versions_agrees_with_the_schemas() -> None:
    assert _script("refresh_deprecated_apis").served_versions() == table("deprecated-apis")["served"]
