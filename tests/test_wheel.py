"""The package as people install it: built from the source distribution, installed where nothing else is, and run."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import cnlint

_ROOT = Path(__file__).parent.parent
_SCHEMAS = _ROOT / "schemas"
_DATA = _ROOT / "cnlint" / "data"

Run = Callable[..., subprocess.CompletedProcess[str]]


def _call(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    # Nothing of the checkout may be found by accident.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CNLINT"))}
    return subprocess.run(
        [str(argument) for argument in arguments], cwd=cwd, env=environment, text=True, capture_output=True, check=False
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source distribution, which is built from the checkout."""
    folder = tmp_path_factory.mktemp("dist")
    built = _call(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, _ROOT)
    assert built.returncode == 0, built.stdout + built.stderr
    [path] = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def run(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs the installed command in a folder, in an environment that holds cnlint and what it depends on."""
    environment = tmp_path_factory.mktemp("environment")
    created = _call(sys.executable, "-m", "venv", "--without-pip", environment)
    assert created.returncode == 0, created.stderr
    programs = environment / ("Scripts" if sys.platform == "win32" else "bin")
    pip = (sys.executable, "-m", "pip", "--python", programs / "python", "--disable-pip-version-check", "--quiet")
    installed = _call(*pip, "install", "--no-compile", wheel)
    assert installed.returncode == 0, installed.stderr
    checked = _call(*pip, "check")
    assert checked.returncode == 0, checked.stdout
    return lambda folder, *arguments: _call(programs / "cnlint", *arguments, cwd=folder)


def _check(run: Run, folder: Path, name: str, text: str, *codes: str) -> list[str]:
    (folder / name).write_text(text, encoding="utf-8")
    result = run(folder, "check", ".", "--no-cache", "-f", "concise", "--select", ",".join(codes))
    assert result.stderr == ""
    return [line for line in result.stdout.splitlines() if line.startswith(name)]


def test_the_wheel_holds_all_that_runs_read(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = {"cnlint/py.typed", "cnlint/data/rule-index.json", "cnlint/data/rule-docs.json"}
    wanted |= {f"cnlint/data/{path.name}" for path in _DATA.glob("*.json")}
    wanted |= {f"cnlint/schemas/{path.relative_to(_SCHEMAS).as_posix()}" for path in _SCHEMAS.rglob("*.*")}
    wanted |= {path.relative_to(_ROOT).as_posix() for path in (_ROOT / "cnlint").rglob("*.py")}
    assert wanted <= names


def test_the_wheel_holds_nothing_but_the_package(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    metadata = f"cnlint-{cnlint.__version__}.dist-info"
    assert {name.partition("/")[0] for name in names} == {"cnlint", metadata}
    assert not [name for name in names if "tests" in name or "/test_" in name or name.endswith((".pyc", ".tmp"))]


def test_a_folder_is_checked(run: Run, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM alpine:latest\n", encoding="utf-8")
    result = run(tmp_path, "check", ".", "--no-cache", "-f", "concise")
    assert (result.returncode, result.stderr) == (1, "")
    assert "Dockerfile:1:6: warning DF102" in result.stdout


def test_a_rule_is_explained(run: Run, tmp_path: Path) -> None:
    result = run(tmp_path, "rule", "DF102")
    assert (result.returncode, result.stderr) == (0, "")
    assert "latest-base-image" in result.stdout


def test_sarif_is_written(run: Run, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM alpine:latest\n", encoding="utf-8")
    result = run(tmp_path, "check", ".", "--no-cache", "-f", "sarif", "--select", "DF102")
    [found] = json.loads(result.stdout)["runs"][0]["results"]
    assert found["ruleId"] == "DF102"


def test_the_schemas_of_kubernetes_are_found(run: Run, tmp_path: Path) -> None:
    text = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {prots: []}\n"
    [line] = _check(run, tmp_path, "service.yaml", text, "K8S106")
    assert '"prots"' in line


def test_the_schemas_of_custom_resources_are_found(run: Run, tmp_path: Path) -> None:
    text = (
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a}\nspec: {hosts: [a], htpp: []}\n"
    )
    [line] = _check(run, tmp_path, "route.yaml", text, "K8S106")
    assert '"htpp"' in line


def test_a_configuration_is_checked_against_its_schema(run: Run, tmp_path: Path) -> None:
    (tmp_path / "cnlint.toml").write_text('profil = "strict"\n', encoding="utf-8")
    result = run(tmp_path, "check", ".")
    assert result.returncode == 2
    assert "did you mean 'profile'?" in result.stderr
