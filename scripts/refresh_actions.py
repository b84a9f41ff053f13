"""Refresh what cnlint knows of published actions from their action.yml files.

    python scripts/refresh_actions.py FOLDER

FOLDER holds one file an action and version, ``owner/repository/path@version.yml``: the action.yml at that tag. Inputs
and outputs go into ``cnlint/data/actions.json``, runtimes into ``cnlint/data/action-runtimes.json``; what the folder
does not hold stays as it is. The other tables about workflows (``tool-actions``, ``delivery``, ``untrusted-inputs``)
are kept by hand: each names its source and date.
"""

import datetime
import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parent.parent / "cnlint" / "data"


def main(folder: Path) -> None:
    """Read every file of the folder and write both tables."""
    interfaces = json.loads((DATA / "actions.json").read_text(encoding="utf-8"))
    runtimes = json.loads((DATA / "action-runtimes.json").read_text(encoding="utf-8"))
    for file in sorted(folder.rglob("*@*.yml")):
        name, _, version = file.relative_to(folder).with_suffix("").as_posix().rpartition("@")
        metadata = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
        add_interface(interfaces["actions"].setdefault(name.lower(), {}), version, metadata)
        add_runtime(runtimes["actions"].setdefault(name.lower(), {}), version, metadata)
    runtimes["actions"] = {name: entry for name, entry in runtimes["actions"].items() if entry}
    for table, path in ((interfaces, "actions.json"), (runtimes, "action-runtimes.json")):
        table["date"] = datetime.date.today().isoformat()
        table["actions"] = dict(sorted(table["actions"].items()))
        (DATA / path).write_text(written(table), encoding="utf-8")


def add_interface(versions: dict[str, Any], version: str, metadata: dict[str, Any]) -> None:
    """Add inputs and outputs of a version; one that is the same as another version's only names that."""
    old = versions.pop(version, {})
    for other, known in versions.items():
        if known == version:
            versions[other] = dict(old)
    inputs = metadata.get("inputs") or {}
    lists = {
        "inputs": sorted(inputs),
        "required": sorted(name for name, one in inputs.items() if is_required(one or {})),
        "deprecated": sorted(name for name, one in inputs.items() if (one or {}).get("deprecationMessage")),
        "outputs": sorted(metadata.get("outputs") or {}),
    }
    entry: dict[str, Any] = {key: " ".join(names) for key, names in lists.items() if names}
    if isinstance(old, dict):
        # Whether an action takes any input is nothing that its metadata says.
        entry.update({key: True for key in ("any_input", "any_output") if key in old})
    same = next((other for other, known in versions.items() if known == entry), None)
    versions[version] = same or entry


def is_required(declared: dict[str, Any]) -> bool:
    """Tell whether an input must be set."""
    return declared.get("required") == "true" and "default" not in declared


def add_runtime(entry: dict[str, Any], version: str, metadata: dict[str, Any]) -> None:
    """Note the runtime of a major version."""
    using = (metadata.get("runs") or {}).get("using", "").lower()
    match = re.fullmatch(r"v(\d+)", version)
    if not match or not using.startswith("node"):
        return
    major = int(match[1])
    kind = "removed" if using in ("node12", "node16") else using
    if kind == "node24":
        entry["node24"] = min(major, entry.get("node24", major))
    elif kind in ("removed", "node20"):
        entry[kind] = sorted({*entry.get(kind, ()), major})
    entry["newest"] = max(major, entry.get("newest", major))


def written(table: dict[str, Any]) -> str:
    """Write a table with one version, or one fact of an action, a line, so that changes are easy to read."""
    head = [f" {json.dumps(key)}: {json.dumps(value)}," for key, value in table.items() if key != "actions"]
    actions = []
    for name, entry in table["actions"].items():
        lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in entry.items())
        actions.append(f" {json.dumps(name)}: {{\n{lines}\n }}")
    return "\n".join(["{", *head, ' "actions": {', ",\n".join(actions), " }", "}", ""])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
