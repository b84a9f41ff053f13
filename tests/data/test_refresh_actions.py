"""The script that refreshes what is known of published actions."""

import importlib.util
import json
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "refresh_actions.py"


def script():
    spec = importlib.util.spec_from_file_location("refresh_actions", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_new_version_of_an_action_is_taken_up(tmp_path):
    refresh = script()
    refresh.DATA = tmp_path / "data"
    refresh.DATA.mkdir()
    for name in ("actions", "action-runtimes"):
        (refresh.DATA / f"{name}.json").write_text('{"source": "x", "date": "2020-01-01", "actions": {}}')
    folder = tmp_path / "in" / "Acme" / "deploy"
    folder.mkdir(parents=True)
    text = "inputs: {to: {required: true}, old: {deprecationMessage: gone}}\nruns: {using: %s}\n"
    (folder.parent / "deploy@v1.yml").write_text(text % "node16")
    (folder.parent / "deploy@v2.yml").write_text(text % "node20")
    (folder.parent / "deploy@v3.yml").write_text(text % "node24")
    (folder / "sub@v1.yml").write_text("outputs: {url: {}}\nruns: {using: composite}\n")
    refresh.main(tmp_path / "in")
    interfaces = json.loads((refresh.DATA / "actions.json").read_text())["actions"]
    runtimes = json.loads((refresh.DATA / "action-runtimes.json").read_text())["actions"]
    assert interfaces["acme/deploy"]["v1"] == {"inputs": "old to", "required": "to", "deprecated": "old"}
    assert interfaces["acme/deploy"]["v3"] == "v1"
    assert interfaces["acme/deploy/sub"] == {"v1": {"outputs": "url"}}
    assert runtimes == {"acme/deploy": {"removed": [1], "newest": 3, "node20": [2], "node24": 3}}
