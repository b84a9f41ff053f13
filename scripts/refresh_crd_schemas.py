"""Build schemas/crds/<project>.tsv from CustomResourceDefinitions.

    python scripts/refresh_crd_schemas.py PROJECT SOURCE FILE... [--date YYYY-MM-DD]

PROJECT names the file to write (``istio``). SOURCE says in words where the definitions come from and of which version
or month they are. Each FILE is YAML with CustomResourceDefinitions, or JSON in short form: ``{"kinds":
{"group/version/Kind": {"scope", "served", "deprecated", "schema"}}, "$defs": {...}}``.

Each kind stands on one line, ``group/version/Kind <TAB> {"scope": ..., "served": ..., "schema": ...}``, and so does
each part of a schema that stands in several places, under a name made from its content. Descriptions, defaults and what
``status`` holds are left out. The first line tells source and date; ``index.json`` tells which projects define kinds of
a group.
"""

import argparse
import datetime
import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from cnlint.manifests.structural_schema import structural  # noqa: E402

FOLDER = ROOT / "schemas" / "crds"

Schema = dict[str, Any]


def main() -> None:
    """Write the file of one project and the index of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project")
    parser.add_argument("source")
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--date", default=datetime.date.today().isoformat(), help="the day of the data")
    arguments = parser.parse_args()
    kinds = {name: kind for path in arguments.files for name, kind in read_kinds(path)}
    FOLDER.mkdir(parents=True, exist_ok=True)
    text = build(kinds, {"source": arguments.source, "date": arguments.date})
    (FOLDER / f"{arguments.project}.tsv").write_text(text, encoding="utf-8")
    (FOLDER / "index.json").write_text(index(), encoding="utf-8")


def read_kinds(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the kinds that a file defines, their schemas in one piece."""
    if path.suffix == ".json":
        content = json.loads(path.read_text(encoding="utf-8"))
        for name, kind in content["kinds"].items():
            yield name, {**kind, "schema": _expand(kind["schema"], content["$defs"])}
        return
    import yaml

    for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
        if isinstance(document, dict) and document.get("kind") == "CustomResourceDefinition":
            spec = document["spec"]
            for version in spec["versions"]:
                yield (
                    f"{spec['group']}/{version['name']}/{spec['names']['kind']}",
                    {
                        "scope": spec["scope"],
                        "served": version["served"],
                        "deprecated": version.get("deprecated", False),
                        "schema": version["schema"]["openAPIV3Schema"],
                    },
                )


def build(kinds: dict[str, dict[str, Any]], header: dict[str, str]) -> str:
    """Give the text of a project's file."""
    pool: dict[str, Schema] = {}
    objects = {}
    for name, kind in sorted(kinds.items()):
        schema = structural(kind["schema"])
        for field in ("apiVersion", "kind", "metadata", "status"):
            schema.get("properties", {}).pop(field, None)
        objects[name] = {
            "scope": kind["scope"],
            "served": kind["served"],
            **({"deprecated": True} if kind.get("deprecated") else {}),
            "schema": _share(schema, pool, top=True),
        }
    uses = Counter(re.findall(r'"\$ref":"(\w+)"', _json([*objects.values(), *pool.values()])))
    lines = [f"#\t{_json(header)}"]
    lines += [f"{name}\t{_json(_inline(schema, pool, uses))}" for name, schema in objects.items()]
    lines += [
        f"{name}\t{_json(_inline(schema, pool, uses))}" for name, schema in sorted(pool.items()) if uses[name] > 1
    ]
    return "\n".join(lines) + "\n"


def index() -> str:
    """Give, as JSON, the projects that define kinds of each group."""
    groups: dict[str, set[str]] = {}
    for path in FOLDER.glob("*.tsv"):
        for line in path.read_text(encoding="utf-8").splitlines():
            name = line.partition("\t")[0]
            if "/" in name:
                groups.setdefault(name.partition("/")[0], set()).add(path.stem)
    return json.dumps({group: sorted(projects) for group, projects in sorted(groups.items())}, indent=1) + "\n"


def _expand(schema: Any, shared: dict[str, Schema]) -> Any:
    if isinstance(schema, dict):
        if "$ref" in schema:
            return _expand(shared[schema["$ref"].rpartition("/")[2]], shared)
        return {key: _expand(value, shared) for key, value in schema.items()}
    return [_expand(item, shared) for item in schema] if isinstance(schema, list) else schema


def _share(schema: Schema, pool: dict[str, Schema], top: bool = False) -> Schema:
    """Replace every part of some size by a reference to the pool; `_inline` takes back those used once."""
    shared = dict(schema)
    if "properties" in shared:
        shared["properties"] = {name: _share(one, pool) for name, one in shared["properties"].items()}
    for key in ("items", "additionalProperties"):
        if key in shared:
            shared[key] = _share(shared[key], pool)
    text = _json(shared)
    if top or len(text) < 80:
        return shared
    name = "d" + hashlib.sha256(text.encode()).hexdigest()[:8]
    pool[name] = shared
    return {"$ref": name}


def _inline(value: Any, pool: dict[str, Schema], uses: Counter[str]) -> Any:
    if isinstance(value, dict):
        if "$ref" in value and uses[value["$ref"]] == 1:
            return _inline(pool[value["$ref"]], pool, uses)
        return {key: _inline(one, pool, uses) for key, one in value.items()}
    return [_inline(item, pool, uses) for item in value] if isinstance(value, list) else value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    main()
