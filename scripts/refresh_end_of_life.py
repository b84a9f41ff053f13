"""Build cnlint/data/end-of-life.json from data of endoflife.date.

    python scripts/refresh_end_of_life.py SOURCE [--date YYYY-MM-DD]

SOURCE is a checkout of https://github.com/endoflife-date/endoflife.date (its ``products`` folder is read) or a
tab-separated table with the columns product, images, cycle, codename, active_support_end, eol and, if known, extended.
``--date`` is the day of the data, today when left out.
"""

import argparse
import csv
import datetime
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parent.parent / "cnlint" / "data" / "end-of-life.json"

# Images that the data does not tie to their product.
IMAGES = {
    "almalinux": ["almalinux", "almalinux/8-base", "almalinux/9-base", "almalinux/10-base"],
    "alpine-linux": ["alpine"],
    "amazon-linux": ["amazonlinux", "public.ecr.aws/amazonlinux/amazonlinux"],
    "centos": ["centos", "quay.io/centos/centos"],
    "debian": ["debian", "bitnami/minideb"],
    "dotnet": [
        "mcr.microsoft.com/dotnet/runtime-deps",
        "mcr.microsoft.com/dotnet/core/sdk",
        "mcr.microsoft.com/dotnet/core/runtime",
        "mcr.microsoft.com/dotnet/core/aspnet",
    ],
    "eclipse-temurin": ["eclipse-temurin"],
    "fedora": ["fedora", "registry.fedoraproject.org/fedora", "quay.io/fedora/fedora"],
    "go": ["mcr.microsoft.com/oss/go/microsoft/golang"],
    "opensuse": ["opensuse/leap", "registry.opensuse.org/opensuse/leap"],
    "postgresql": ["postgres", "bitnami/postgresql"],
    "rhel": [
        "registry.access.redhat.com/ubi7/ubi",
        "registry.access.redhat.com/ubi7/ubi-minimal",
        "registry.access.redhat.com/ubi7",
        "registry.access.redhat.com/ubi8/ubi",
        "registry.access.redhat.com/ubi8/ubi-minimal",
        "registry.access.redhat.com/ubi8",
    ],
    "rocky-linux": ["rockylinux", "rockylinux/rockylinux"],
    "ubuntu": ["ubuntu", "public.ecr.aws/ubuntu/ubuntu"],
}

# Names that people and tools use for a product besides its own.
ALIASES = {
    "golang": "go",
    "node": "nodejs",
    "node.js": "nodejs",
    "java": "eclipse-temurin",
    "temurin": "eclipse-temurin",
    "corretto": "amazon-corretto",
    "liberica": "bellsoft-liberica",
    "dragonwell": "alibaba-dragonwell",
    "alpine": "alpine-linux",
    "postgres": "postgresql",
    ".net": "dotnet",
    "k8s": "kubernetes",
    "maven": "apache-maven",
    "mongo": "mongodb",
}

LABELS = {
    "almalinux": "AlmaLinux",
    "alpine-linux": "Alpine",
    "apache-http-server": "Apache HTTP Server",
    "argo-cd": "Argo CD",
    "aws-lambda": "AWS Lambda runtime",
    "centos": "CentOS",
    "couchbase-server": "Couchbase Server",
    "dotnet": ".NET",
    "eclipse-temurin": "Eclipse Temurin",
    "etcd": "etcd",
    "gitlab-runner": "GitLab Runner",
    "grafana-loki": "Grafana Loki",
    "haproxy": "HAProxy",
    "hashicorp-vault": "Vault",
    "influxdb": "InfluxDB",
    "mariadb": "MariaDB",
    "mongodb": "MongoDB",
    "mysql": "MySQL",
    "nginx": "nginx",
    "nodejs": "Node.js",
    "openjdk-builds-from-oracle": "OpenJDK",
    "opensearch": "OpenSearch",
    "opensuse": "openSUSE Leap",
    "php": "PHP",
    "postgresql": "PostgreSQL",
    "rabbitmq": "RabbitMQ",
    "rhel": "Red Hat Enterprise Linux",
    "sonarqube-community": "SonarQube Community Build",
    "vinyl-cache": "Varnish Cache",
    "wordpress": "WordPress",
    "zookeeper": "ZooKeeper",
}

# Ends of free long-term support, from https://wiki.debian.org/LTS; the data of a checkout takes precedence.
EXTENDED = {
    "debian": {
        "8": "2020-06-30",
        "9": "2022-06-30",
        "10": "2024-06-30",
        "11": "2026-08-31",
        "12": "2028-06-30",
        "13": "2030-06-30",
    }
}

# Products of which only the newest release is maintained, with a new one every few weeks: a release that has ended is
# then merely not the newest.
ROLLING = {
    "apache-camel",
    "apache-nifi",
    "authentik",
    "clickhouse",
    "deno",
    "discourse",
    "gitlab-runner",
    "jenkins",
    "keycloak",
    "neo4j",
    "plesk",
    "prometheus",
    "rust",
    "sonarqube-server",
}

Row = dict[str, str]


def read_table(path: Path) -> Iterator[Row]:
    """Read the rows of a tab-separated table."""
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t")


def read_checkout(path: Path) -> Iterator[Row]:
    """Read the front matter of the products of a checkout as rows of the same form."""
    import yaml

    for product in sorted((path / "products").glob("*.md")):
        front_matter: dict[str, Any] = next(yaml.safe_load_all(product.read_text(encoding="utf-8")))
        identifiers = front_matter.get("identifiers") or []
        images = [match[1] for entry in identifiers if (match := _DOCKER_PURL.match(str(entry.get("purl", ""))))]
        for release in front_matter.get("releases", []):
            yield {
                "product": product.stem,
                "images": ",".join(images),
                "cycle": str(release.get("releaseCycle", "")),
                "codename": str(release.get("codename") or ""),
                "active_support_end": _text(release.get("eoas", "")),
                "eol": _text(release.get("eol", "")),
                "extended": _text(release.get("eoes", "")),
            }


_DOCKER_PURL = re.compile(r"pkg:docker/(?:library/)?([^@?]+)")


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def build(rows: Iterator[Row], date: str) -> dict[str, Any]:
    """Make the table: by product its images, cycles with the day they end, codenames and extended ends."""
    products: dict[str, dict[str, Any]] = {}
    for row in rows:
        name, cycle = row["product"], row["cycle"]
        product = products.setdefault(name, {"images": set(), "cycles": {}, "codenames": {}, "extended": {}})
        product["images"].update(image for image in row["images"].split(",") if image and "?" not in image)
        end, extended = row["eol"], row.get("extended") or EXTENDED.get(name, {}).get(cycle, "")
        if name == "aws-lambda" and row["active_support_end"]:
            end, extended = row["active_support_end"], row["eol"]
        if not end:
            continue
        product["cycles"][cycle] = {"true": True, "false": False}.get(end, end)
        if row["codename"] and name in ("debian", "ubuntu"):
            product["codenames"][row["codename"].split()[0].lower()] = cycle
        if extended not in ("", "true", "false") and extended != end:
            product["extended"][cycle] = extended
    images = {}
    for name, product in products.items():
        for image in sorted(product.pop("images") | set(IMAGES.get(name, ()))):
            images[image] = name
        product["cycles"] = dict(sorted(product["cycles"].items(), key=lambda item: _natural(item[0])))
        product["rolling"] = name in ROLLING
        product["label"] = LABELS.get(name) or name.replace("-", " ").title()
    return {
        "source": "https://endoflife.date",
        "date": date,
        "aliases": {alias: name for alias, name in ALIASES.items() if name in products},
        "images": dict(sorted(images.items())),
        "products": {
            name: {key: value for key, value in product.items() if value} for name, product in sorted(products.items())
        },
    }


def _natural(cycle: str) -> list[tuple[int, int, str]]:
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.findall(r"\d+|\D+", cycle)]


def main() -> None:
    """Read the source and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("--date", default=datetime.date.today().isoformat())
    arguments = parser.parse_args()
    rows = read_checkout(arguments.source) if arguments.source.is_dir() else read_table(arguments.source)
    table = build(rows, arguments.date)
    # One line a product keeps the changes of a refresh readable.
    head = {key: value for key, value in table.items() if key != "products"}
    products = ",\n".join(
        f"{json.dumps(name)}:{json.dumps(product, separators=(',', ':'))}"
        for name, product in table["products"].items()
    )
    text = json.dumps(head, separators=(",", ":"))[:-1] + ',\n"products":{\n' + products + "\n}}\n"
    TABLE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
