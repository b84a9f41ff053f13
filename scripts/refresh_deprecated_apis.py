"""Build cnlint/data/deprecated-apis.json: which API versions are deprecated, removed and replaced, and what is served.

    python scripts/refresh_deprecated_apis.py TABLE SOURCE [--date YYYY-MM-DD]

TABLE is tab-separated with the columns component (k8s, istio, cert-manager), kind (empty: all kinds), apiVersion,
deprecatedIn, removedIn, replacement and replacementAvailableIn. SOURCE says in words where it comes from. For the
versions that ``schemas/kubernetes/definitions.tsv`` covers, the schemas decide what is served and since when it is not;
refresh them first.
"""

import argparse
import csv
import datetime
import json
from pathlib import Path

ROOT = Path(__file__).parent.parent
SCHEMAS = ROOT / "schemas" / "kubernetes" / "definitions.tsv"
TABLE = ROOT / "cnlint" / "data" / "deprecated-apis.json"

# From the deprecation guide of Kubernetes; whole versions, for kinds that have no row of their own.
WHOLE_VERSIONS = {
    "apps/v1beta1/*": {"deprecated": "1.9", "removed": "1.16", "replacement": "apps/v1", "available": "1.9"},
    "apps/v1beta2/*": {"deprecated": "1.9", "removed": "1.16", "replacement": "apps/v1", "available": "1.9"},
    "auditregistration.k8s.io/v1alpha1/*": {"removed": "1.19"},
    "authorization.k8s.io/v1beta1/*": {
        "deprecated": "1.19",
        "removed": "1.22",
        "replacement": "authorization.k8s.io/v1",
        "available": "1.6",
    },
    "batch/v1beta1/*": {"deprecated": "1.21", "removed": "1.25", "replacement": "batch/v1", "available": "1.21"},
    "batch/v2alpha1/*": {"removed": "1.21", "replacement": "batch/v1", "available": "1.21"},
    "extensions/v1beta1/*": {"deprecated": "1.14", "removed": "1.22"},
    "policy/v1beta1/*": {"deprecated": "1.21", "removed": "1.25", "replacement": "policy/v1", "available": "1.21"},
    "settings.k8s.io/v1alpha1/*": {"removed": "1.20"},
}
# Rows that name no kind or version that ever was.
UNKNOWN = {"flowcontrol.apiserver.k8s.io/v1beta1/FlowControl"}
RENAMED = {"rbac.istio.io/AuthorizationPolicies": "rbac.istio.io/v1alpha1/*"}
# The table knows one group of cert-manager's only.
ACME_KINDS = ("Order", "Challenge")
COMPONENTS = {"k8s": "kubernetes"}
Row = dict[str, str]


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path)
    parser.add_argument("source")
    parser.add_argument("--date", default=datetime.date.today().isoformat(), help="the day of the data")
    arguments = parser.parse_args()
    served = served_versions()
    components = read_table(arguments.table)
    kubernetes = {**WHOLE_VERSIONS, **components["kubernetes"]}
    components["kubernetes"] = {name: kubernetes[name] for name in sorted(with_schemas(kubernetes, served))}
    content = {"source": arguments.source, "date": arguments.date, "components": components, "served": served}
    TABLE.write_text(json.dumps(content, separators=(",", ":")).replace('},"', '},\n"') + "\n", encoding="utf-8")


def read_table(path: Path) -> dict[str, dict[str, Row]]:
    """Read the rows of each component; lists of objects are left out."""
    components: dict[str, dict[str, Row]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file, delimiter="\t"):
            name = f"{line['apiVersion']}/{line['kind'] or '*'}"
            name = RENAMED.get(name, name)
            if name.endswith("List") or name in UNKNOWN:
                continue
            row = {
                "deprecated": _minor(line["deprecatedIn"]),
                "removed": _minor(line["removedIn"]),
                "replacement": line["replacement"],
                "available": _minor(line["replacementAvailableIn"] or ""),
            }
            if line["component"] == "cert-manager":
                row["replacement"] = "acme.cert-manager.io/v1" if line["kind"] in ACME_KINDS else "cert-manager.io/v1"
            component = COMPONENTS.get(line["component"], line["component"])
            components.setdefault(component, {})[name] = {key: value for key, value in row.items() if value}
    return {component: dict(sorted(rows.items())) for component, rows in sorted(components.items())}


def served_versions() -> dict[str, list[str]]:
    """Give each kind's first version, as far as schemas reach back, and the version from which on it is gone."""
    served = {}
    for line in SCHEMAS.read_text(encoding="utf-8").splitlines():
        name, *variants = line.split("\t")
        if "/" in name:
            minors = variants[::2]
            gone = [minor for minor, text in zip(minors, variants[1::2], strict=True) if text == "null"]
            served[name] = [f"1.{minor}" for minor in (minors[0], *gone[:1])]
    return served


def with_schemas(rows: dict[str, Row], served: dict[str, list[str]]) -> dict[str, Row]:
    """Correct the rows by what the schemas show, and add what they lack.

    A version without a row counts as deprecated from when a more stable version of its kind was first served.
    """
    for name, (first, *gone) in served.items():
        if not gone:
            rows.get(name, {}).pop("removed", None)
            continue
        row = rows.setdefault(name, {})
        since = min(_successors_since(name, served), default=gone[0], key=_order)
        if not row and _order(since) < _order(gone[0]):
            row["deprecated"] = max(since, first, key=_order)
        row["removed"] = gone[0]
    return rows


def _successors_since(name: str, served: dict[str, list[str]]) -> list[str]:
    """Give the versions from which on more stable API versions of a kind are served."""
    api_version, _, kind = name.rpartition("/")
    group = api_version.rpartition("/")[0]
    others = {other: other.rpartition("/")[0] for other in served if other.endswith(f"/{kind}")}
    return [
        served[other][0]
        for other, other_version in others.items()
        if other_version.rpartition("/")[0] == group and _rank(other_version) < _rank(api_version)
    ]


def _rank(api_version: str) -> int:
    return 2 if "alpha" in api_version else 1 if "beta" in api_version else 0


def _order(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _minor(version: str) -> str:
    return ".".join(version.removeprefix("v").split(".")[:2]) if version else ""


if __name__ == "__main__":
    main()
