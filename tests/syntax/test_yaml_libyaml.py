"""libyaml is loaded without the rest of PyYAML, and nobody else notices."""

import subprocess
import sys

import pytest

USE = """
from cnlint.syntax.source import Source
from cnlint.syntax.yaml import Dialect, parse

def works():
    good = parse(Source("f", "a: [1, &x b, *x]"), Dialect.ACTIONS)
    bad = [parse(Source("f", text), Dialect.ACTIONS).problems for text in ("a: [", "a: \\x01", "a: 'b")]
    return good.documents[0].value == {"a": [1, "b", "b"]} and not good.problems and all(bad)
"""


def run(code: str) -> str:
    finished = subprocess.run([sys.executable, "-c", USE + code], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.strip()


def test_reading_yaml_does_not_import_all_of_pyyaml() -> None:
    code = "import sys; assert works(); print([name for name in sys.modules if name.partition('.')[0] == 'yaml'])"
    assert run(code) == "[]"


@pytest.mark.parametrize("order", ["assert works(); import yaml", "import yaml; assert works()"])
@pytest.mark.parametrize(
    "claim",
    [
        "yaml.__with_libyaml__ and works()",
        "yaml.load('a: [1, 2001-01-01]', yaml.CSafeLoader)['a'][0] == 1",
        "yaml.dump({'a': [1]}, Dumper=yaml.CSafeDumper) == 'a:\\n- 1\\n'",
        "yaml.error.YAMLError is yaml.YAMLError and yaml.nodes.ScalarNode is yaml.ScalarNode",
        "type(yaml.compose('a', Loader=yaml.CLoader)) is yaml.ScalarNode",
        "type(next(yaml.parse('a', Loader=yaml.CLoader))) is yaml.events.StreamStartEvent",
        "raised('a: [') is yaml.parser.ParserError and raised('a: \\x01') is yaml.reader.ReaderError and works()",
        "raised('*x') is yaml.composer.ComposerError and raised('a: !b c') is yaml.constructor.ConstructorError",
        "not [finder for finder in sys.meta_path if 'cnlint' in type(finder).__module__]",
    ],
)
def test_whoever_imports_yaml_gets_the_real_package_in_working_order(order: str, claim: str) -> None:
    code = f"""
import sys
{order}

def raised(text):
    try:
        yaml.load(text, yaml.CSafeLoader)
    except yaml.YAMLError as error:
        return type(error)

print({claim})
"""
    assert run(code) == "True"


@pytest.mark.parametrize(
    "hindrance",
    [
        "import sys; sys.modules['yaml._yaml'] = None",
        "import importlib.machinery; importlib.machinery.PathFinder = type(None)",
        "import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()",
    ],
)
def test_it_works_where_the_extension_cannot_be_loaded_alone(hindrance: str) -> None:
    code = hindrance + USE + "print(works())"
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (finished.stdout.strip(), finished.stderr) == ("True", "")
