"""The table of runtimes and the script that refreshes it."""

import datetime
import importlib.util
import json
from pathlib import Path
from typing import Any

from cnlint.data import table

SCRIPT = Path(__file__).parents[2] / "scripts" / "refresh_serverless_runtimes.py"


def script() -> Any:
    specification = importlib.util.spec_from_file_location("refresh_serverless_runtimes", SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_table_says_where_it_comes_from_and_of_when_it_is() -> None:
    runtimes = table("serverless-runtimes")
    assert runtimes["source"]
    assert datetime.date.fromisoformat(runtimes["date"])


def test_the_days_of_a_runtime_are_days() -> None:
    runtimes = table("serverless-runtimes")
    for *days, _ in [*runtimes["aws"].values(), *runtimes["google"].values()]:
        assert len(days) == 3
        assert all(day is None or datetime.date.fromisoformat(day) for day in days)


def test_successors_are_runtimes_that_are_known() -> None:
    aws = table("serverless-runtimes")["aws"]
    assert {row[-1] for row in aws.values()} - {None} <= aws.keys()


def test_the_script_replaces_the_runtimes_of_aws_and_keeps_those_of_google() -> None:
    lifecycles = {
        "go1.x": {
            "deprecated": "2024-01-08",
            "create-block": "2024-02-08",
            "update-block": None,
            "successor": "provided.al2023",
        }
    }
    made = json.loads(script().table(lifecycles, datetime.date(2030, 1, 2)))
    assert made["date"] == "2030-01-02"
    assert made["aws"] == {"go1.x": ["2024-01-08", "2024-02-08", None, "provided.al2023"]}
    assert made["google"] == table("serverless-runtimes")["google"]
