"""Messages are one line that can be read, whatever the names in files are."""

from pathlib import Path

import pytest

import cnlint


def _message(tmp_path: Path, name: str) -> str:
    container = f"  containers:\n    - name: {name}\n      image: b:1\n"
    pod = f"apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n{container}"
    (tmp_path / "pod.yaml").write_text(pod, encoding="utf-8")
    [finding] = cnlint.check([tmp_path], select=["K8S213"], config=False).findings
    return finding.message


@pytest.mark.parametrize(("written", "shown"), [(r'"two\nlines"', r"two\nlines"), (r'"two\r\nlines"', r"two\r\nlines")])
def test_line_breaks_in_names_are_shown_as_escapes(tmp_path: Path, written: str, shown: str) -> None:
    assert _message(tmp_path, written) == f'container "{shown}" has no memory limit'


def test_the_middle_of_a_message_is_left_out_when_a_name_is_endless(tmp_path: Path) -> None:
    message = _message(tmp_path, "x" * 10_000)
    assert len(message) < 1000
    assert message.startswith('container "xxx') and message.endswith('xxx" has no memory limit')
