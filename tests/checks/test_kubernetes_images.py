"""Reports about images: what they say, where, and how they are mended."""

from pathlib import Path
from typing import Any

import pytest
from edits import edited

import cnlint
from cnlint.findings import Finding

_DIGEST = "sha256:" + "4b" * 32


def check(folder: Path, code: str, text: str, **options: Any) -> list[Finding]:
    (folder / "pod.yaml").write_text(text, encoding="utf-8")
    report = cnlint.check([folder], select=[code], root=folder, config={"rules": {code: options}})
    return list(report.findings)


def pod(container: str) -> str:
    return f"apiVersion: v1\nkind: Pod\nmetadata: {{name: worker}}\nspec:\n  containers:\n    - {container}\n"


def mended(finding: Finding, text: str) -> str:
    [fix] = finding.fixes
    return edited(text, fix.edits)


@pytest.mark.parametrize(
    ("image", "problem"),
    [
        ("docker://registry.example.com/a:1", 'it starts with "docker://"'),
        ("registry.example.com/a b:1", "it holds white space"),
        ("ghcr.io/Example/a:1", 'the repository "Example/a" has upper-case letters'),
        ("Nginx:1", 'the repository "Nginx" has upper-case letters'),
        ("Example/a:1", '"Example" has upper-case letters and is read as the name of a registry'),
        ("nginx:1:15.8", 'the tag holds ":"'),
        ("nginx:", "the tag is empty"),
        ("nginx:-1", 'the tag starts with "-"'),
        (f"nginx:{'1' * 129}", "the tag has 129 characters, and 128 are the most"),
        (":1.0", "it has no name"),
        ("a#b:1", 'the name holds "#"'),
        (
            "registry.example.com//a:1",
            '"/a" is not made of words with single separators between them',
        ),
        ("a_b.example.com/a:1", '"a_b.example.com" is no registry'),
        ("nginx@latest", 'the digest "latest" is not like sha256:<64 hexadecimal digits>'),
        ("nginx@sha256:4b4b", "the sha256 digest has 4 digits instead of 64"),
        (f"nginx@sha256:{'4B' * 32}", "the sha256 digest is not made of lower-case hexadecimal digits"),
        (f"nginx@sha512:{'4b' * 32}", "the sha512 digest has 64 digits instead of 128"),
    ],
)
def test_an_invalid_image_is_told_why(tmp_path: Path, image: str, problem: str) -> None:
    [finding] = check(tmp_path, "K8S205", pod(f'{{name: a, image: "{image}"}}'))
    assert finding.message == f'image "{image}" of container "a" is no valid reference: {problem}'
    assert (finding.line, finding.column, finding.end_column) == (6, 24, 26 + len(image))


@pytest.mark.parametrize(
    "image",
    [
        f"nginx:1.29@{_DIGEST}",
        "localhost/a:1",
        "Registry.Example.com:5000/a:V1",
        "[::1]:5000/a:1",
        "x/a--b__c.d/e:1",
        "gcr.io/PROJECT-ID/orders:TAG",
        "%IMAGE%",
        "{{ .Values.image }}:Latest Version",
        "ko://github.com/Example/a",
    ],
)
def test_a_valid_image_and_one_that_somebody_fills_in_pass(tmp_path: Path, image: str) -> None:
    assert check(tmp_path, "K8S205", pod(f"{{name: a, image: '{image}'}}")) == []


@pytest.mark.parametrize("image", ["null", "[]", "{}", "5", "true", "{repository: Nginx}"])
def test_an_image_that_is_no_text_is_the_business_of_the_schema(tmp_path: Path, image: str) -> None:
    assert check(tmp_path, "K8S205", pod(f"{{name: a, image: {image}}}")) == []


def test_a_very_long_image_is_invalid(tmp_path: Path) -> None:
    [finding] = check(tmp_path, "K8S205", pod(f"{{name: a, image: {'a/' * 2000}a}}"))
    assert finding.message.endswith("is no valid reference: the name has more than 255 characters")


@pytest.mark.parametrize(
    ("container", "expected"),
    [
        ("{name: a, image: 'a:1', imagePullPolicy: Never}", "{name: a, image: 'a:1', imagePullPolicy: Always}"),
        ("{name: a, image: 'a:1', imagePullPolicy: \"Never\"}", "{name: a, image: 'a:1', imagePullPolicy: \"Always\"}"),
        ("{name: a, image: 'a:1'}", "{imagePullPolicy: Always, name: a, image: 'a:1'}"),
        ("name: a\n      image: a:1", "imagePullPolicy: Always\n      name: a\n      image: a:1"),
    ],
)
def test_the_pull_policy_is_mended(tmp_path: Path, container: str, expected: str) -> None:
    text = pod(container)
    [finding] = check(tmp_path, "K8S202", text)
    assert mended(finding, text) == pod(expected)
    assert not finding.fixes[0].safe


def test_an_unset_pull_policy_names_the_default(tmp_path: Path) -> None:
    [finding] = check(tmp_path, "K8S202", pod("{name: a, image: a}"), explicit=True)
    assert finding.message == 'container "a" has no imagePullPolicy, and Always is the default for its image'


def test_a_denied_registry_is_named_even_if_all_others_are_trusted(tmp_path: Path) -> None:
    text = pod('{name: a, image: "quay.io/somebody/a:1"}')
    [finding] = check(tmp_path, "K8S754", text, denied=["quay.io/somebody"])
    assert (
        finding.message
        == 'image "quay.io/somebody/a:1" of container "a" comes from "quay.io/somebody", which is denied'
    )


def test_a_registry_that_is_known_is_judged_although_the_repository_is_not(tmp_path: Path) -> None:
    text = pod('{name: a, image: "quay.io/${TEAM}/a:1"}')
    [finding] = check(tmp_path, "K8S754", text, trusted=["registry.example.com"])
    assert 'comes from "quay.io", which is not trusted' in finding.message
    assert check(tmp_path, "K8S754", text, trusted=["quay.io/example"]) == []


def test_blocked_and_allowed_images_are_named_by_the_expression(tmp_path: Path) -> None:
    text = pod('{name: a, image: "quay.io/somebody/a:main"}')
    [blocked] = check(tmp_path, "K8S206", text, allow=["^quay"], block=[":main$"])
    assert blocked.message.endswith('is blocked by ":main$"')
    [other] = check(tmp_path, "K8S206", text, allow=["^ghcr"])
    assert other.message.endswith("is none of those allowed")


def test_an_open_ended_prefix_is_mended(tmp_path: Path) -> None:
    text = (
        "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sAllowedRepos\nmetadata: {name: own}\n"
        "spec:\n  parameters:\n    repos:\n      - 'quay.io'\n      - [x]\n      - ''\n"
    )
    [finding] = check(tmp_path, "K8S756", text)
    assert finding.message == (
        'K8sAllowedRepos "own" allows every image that starts with "quay.io", such as "quay.io.example.net/image"'
    )
    assert "- 'quay.io/'\n" in mended(finding, text)
