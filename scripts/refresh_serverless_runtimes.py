"""Build cnlint/data/serverless-runtimes.json: until when providers run which runtimes of functions.

    python scripts/refresh_serverless_runtimes.py LIFECYCLES [--date YYYY-MM-DD]

LIFECYCLES is the file ``LmbdRuntimeLifecycle.json`` of the package cfn-lint, which collects the tables of AWS. Only the
runtimes of AWS are replaced; those of Google stand in ``GOOGLE`` below and are kept by hand from the page
https://cloud.google.com/functions/docs/runtime-support. ``--date`` is the day of the data, today when left out.
"""

import argparse
import datetime
import json
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parent.parent / "cnlint" / "data" / "serverless-runtimes.json"

# Runtime -> day of deprecation, day of decommission. Without an entry: no day is set.
GOOGLE: dict[str, tuple[str, str | None]] = {
    "go111": ("2020-08-05", "2021-02-28"),
    **dict.fromkeys(("go113", "go116", "go118"), ("2024-01-30", "2025-01-30")),
    "go119": ("2024-04-30", "2025-01-30"),
    "go120": ("2024-05-01", "2025-05-01"),
    "go121": ("2025-09-03", "2026-03-03"),
    "go122": ("2026-01-28", "2026-07-28"),
    "go123": ("2026-02-21", "2026-08-21"),
    "nodejs6": ("2019-04-17", None),
    "nodejs8": ("2020-06-05", None),
    **dict.fromkeys(("nodejs10", "nodejs12", "nodejs14", "nodejs16"), ("2024-01-30", "2025-01-30")),
    "nodejs18": ("2025-04-30", "2025-10-30"),
    "nodejs20": ("2026-04-30", "2026-10-30"),
    "nodejs22": ("2027-04-30", "2027-10-31"),
    "python37": ("2024-01-30", "2025-01-30"),
    "python38": ("2024-10-14", "2025-10-14"),
    "python39": ("2025-10-05", "2026-04-05"),
    "python310": ("2026-10-04", "2027-04-04"),
    "java11": ("2024-10-31", "2025-10-31"),
    **dict.fromkeys(("ruby26", "ruby27"), ("2024-01-30", "2025-01-30")),
    "ruby30": ("2024-03-31", "2025-03-31"),
    "php74": ("2024-01-30", "2025-01-30"),
    "php81": ("2025-12-31", "2026-06-30"),
    "dotnet3": ("2024-01-30", "2025-01-30"),
    "dotnet6": ("2024-11-12", "2025-11-12"),
}


def main() -> None:
    """Read the arguments and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lifecycles", type=Path, metavar="LIFECYCLES")
    parser.add_argument("--date", type=datetime.date.fromisoformat, default=datetime.date.today())
    arguments = parser.parse_args()
    content = table(json.loads(arguments.lifecycles.read_text(encoding="utf-8")), arguments.date)
    TABLE.write_text(content, encoding="utf-8")


def table(lifecycles: dict[str, dict[str, Any]], date: datetime.date) -> str:
    """Give the text of the table, one runtime a line."""
    keys = ("deprecated", "create-block", "update-block", "successor")
    aws = {name: [one.get(key) for key in keys] for name, one in sorted(lifecycles.items())}
    google = {name: [deprecated, gone, gone, None] for name, (deprecated, gone) in sorted(GOOGLE.items())}
    lines = [
        ' "source": "Lambda runtimes of the AWS documentation, collected by cfn-lint; Cloud Run runtime support",',
        f' "date": "{date}",',
        ' "columns": ["deprecated", "creation blocked", "updates blocked", "successor"],',
        f' "aws": {{\n{_rows(aws)}\n }},',
        f' "google": {{\n{_rows(google)}\n }}',
    ]
    return "{\n" + "\n".join(lines) + "\n}\n"


def _rows(runtimes: dict[str, list[Any]]) -> str:
    return ",\n".join(f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in runtimes.items())


if __name__ == "__main__":
    main()
