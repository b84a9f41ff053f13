"""Findings about objects that kustomizations change: as they are applied, at the line that says it."""

import textwrap
from pathlib import Path

import pytest

import cnlint
from cnlint.findings import Finding

_BASE = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: orders}
spec:
  replicas: 3
  selector: {matchLabels: {app: orders}}
  template:
    metadata: {labels: {app: orders}}
    spec:
      containers:
      - name: orders
        image: registry.example.com/orders:1.0.0
        resources: {requests: {cpu: 100m, memory: 1Gi}}
"""
_LIMIT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: orders}
spec:
  template:
    spec:
      containers:
      - name: orders
        resources: {limits: {memory: 1Gi}}
"""
_PRIVILEGED = _LIMIT.replace("resources: {limits: {memory: 1Gi}}", "securityContext: {privileged: true}")
_ROOT = _LIMIT.replace("resources: {limits: {memory: 1Gi}}", "securityContext: {runAsNonRoot: true, runAsUser: 1000}")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    write(tmp_path, "base/app.yaml", _BASE)
    write(tmp_path, "base/kustomization.yaml", "resources: [app.yaml]\n")
    return tmp_path


def write(root: Path, path: str, text: str) -> None:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(textwrap.dedent(text), encoding="utf-8")


def overlay(root: Path, name: str, text: str = "", **patches: str) -> None:
    """Write a kustomization over the base, with its patches."""
    names = "".join(f"- path: {patch}.yaml\n" for patch in patches)
    fields = f"patches:\n{names}" if patches else ""
    write(root, f"overlays/{name}/kustomization.yaml", f"resources: [../../base]\n{fields}{text}")
    for patch, content in patches.items():
        write(root, f"overlays/{name}/{patch}.yaml", content)


def findings(root: Path, code: str, *paths: str, **options: object) -> list[Finding]:
    named = [root / path for path in paths] or [root]
    report = cnlint.check(named, select=[code], **options)  # type: ignore[arg-type]
    return [one for one in report.findings if one.code == code]


def places(found: list[Finding]) -> list[tuple[str, int]]:
    return [(one.path, one.line) for one in found]


def notes(found: list[Finding]) -> list[list[str]]:
    return [[one.message for one in finding.related] for finding in found]


# What an overlay mends.


@pytest.mark.parametrize("code", ["K8S213", "K8S263"])
def test_the_base_alone_lacks_it(repository: Path, code: str) -> None:
    assert places(findings(repository, code)) == [("base/app.yaml", 13 if code == "K8S213" else 11)]


def test_a_limit_that_the_only_overlay_adds_is_not_missing(repository: Path) -> None:
    overlay(repository, "prod", limit=_LIMIT)
    assert findings(repository, "K8S213") == []


def test_a_user_that_the_only_overlay_sets_is_not_missing(repository: Path) -> None:
    overlay(repository, "prod", user=_ROOT)
    assert findings(repository, "K8S263") == []


def test_the_same_holds_when_the_base_alone_is_named(repository: Path) -> None:
    overlay(repository, "prod", user=_ROOT)
    assert findings(repository, "K8S263", "base") == []


@pytest.mark.parametrize(("code", "patch"), [("K8S213", _LIMIT), ("K8S263", _ROOT)])
def test_what_one_overlay_mends_is_missing_in_the_others(repository: Path, code: str, patch: str) -> None:
    overlay(repository, "prod", change=patch)
    overlay(repository, "staging")
    overlay(repository, "test", "namespace: test\n")
    [finding] = findings(repository, code)
    assert finding.path == "base/app.yaml"
    assert "as built by overlays/prod/kustomization.yaml" not in notes([finding])[0]


def test_a_finding_says_which_kustomizations_bring_it(repository: Path) -> None:
    overlay(repository, "prod", user=_ROOT)
    overlay(repository, "test", "namespace: test\n")
    assert notes(findings(repository, "K8S263")) == [["as built by overlays/test/kustomization.yaml"]]


def test_a_finding_that_all_overlays_share_is_one_and_says_nothing_of_them(repository: Path) -> None:
    overlay(repository, "prod", "namePrefix: prod-\n")
    overlay(repository, "test", "namePrefix: test-\nnamespace: test\n")
    found = findings(repository, "K8S263")
    assert (places(found), notes(found)) == ([("base/app.yaml", 11)], [[]])


def test_what_an_overlay_deletes_is_not_judged(repository: Path) -> None:
    overlay(repository, "prod", gone="$patch: delete\n" + _LIMIT)
    assert findings(repository, "K8S213") == findings(repository, "K8S263") == []


def test_other_objects_of_the_file_keep_their_findings(repository: Path) -> None:
    write(repository, "base/app.yaml", f"{_BASE}---\n{_BASE.replace('name: orders', 'name: other')}")
    overlay(repository, "prod", user=_ROOT)
    assert places(findings(repository, "K8S263")) == [("base/app.yaml", 25)]


def test_findings_that_are_about_no_object_stay(repository: Path) -> None:
    write(repository, "base/app.yaml", _BASE.replace("  replicas: 3\n", "  replicas: 3\n  replicas: 3\n"))
    overlay(repository, "prod", user=_ROOT)
    assert places(findings(repository, "K8S101")) == [("base/app.yaml", 6)]


# What an overlay makes worse.


def test_what_a_patch_sets_is_reported_in_the_patch_once(repository: Path) -> None:
    overlay(repository, "prod", worse=_PRIVILEGED)
    found = findings(repository, "K8S260")
    assert places(found) == [("overlays/prod/worse.yaml", 9)]
    assert notes(found) == [["as built by overlays/prod/kustomization.yaml"]]


def test_what_a_patch_in_place_sets_is_reported_in_the_kustomization(repository: Path) -> None:
    patch = textwrap.indent(_PRIVILEGED, "    ")
    overlay(repository, "prod", f"patches:\n- patch: |\n{patch}")
    assert places(findings(repository, "K8S260")) == [("overlays/prod/kustomization.yaml", 12)]


def test_what_a_json_patch_sets_is_reported_at_its_operation(repository: Path) -> None:
    operation = "- op: add\n  path: /spec/template/spec/hostNetwork\n  value: true\n"
    overlay(repository, "prod", "patches:\n- {path: net.yaml, target: {kind: Deployment}}\n")
    write(repository, "overlays/prod/net.yaml", operation)
    assert places(findings(repository, "K8S275")) == [("overlays/prod/net.yaml", 3)]


def test_what_a_patch_takes_away_is_reported_where_it_says_so(repository: Path) -> None:
    write(repository, "base/app.yaml", _BASE.replace("memory: 1Gi}}", "memory: 1Gi}, limits: {memory: 1Gi}}"))
    overlay(repository, "prod", worse=_LIMIT.replace("{memory: 1Gi}", "null"))
    assert places(findings(repository, "K8S213")) == [("overlays/prod/worse.yaml", 9)]


def test_a_patch_for_many_objects_is_reported_once(repository: Path) -> None:
    write(
        repository, "base/app.yaml", f"{_BASE}---\n{_BASE.replace('metadata: {name: orders}', 'metadata: {name: b}')}"
    )
    overlay(repository, "prod", "patches:\n- {path: worse.yaml, target: {kind: Deployment}}\n")
    write(repository, "overlays/prod/worse.yaml", _PRIVILEGED)
    assert places(findings(repository, "K8S260")) == [("overlays/prod/worse.yaml", 9)]


def test_a_container_that_a_patch_adds_is_judged(repository: Path) -> None:
    overlay(repository, "prod", more=_LIMIT.replace("- name: orders", "- name: extra\n        image: x:1.0.0"))
    assert places(findings(repository, "K8S263")) == [("base/app.yaml", 11), ("overlays/prod/more.yaml", 8)]


def test_components_are_judged_where_they_are_used(repository: Path) -> None:
    component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n- path: worse.yaml\n"
    write(repository, "hardening/kustomization.yaml", component)
    write(repository, "hardening/worse.yaml", _PRIVILEGED)
    overlay(repository, "prod", "components: [../../hardening]\n")
    found = findings(repository, "K8S260")
    assert places(found) == [("hardening/worse.yaml", 9)]
    assert notes(found) == [["as built by overlays/prod/kustomization.yaml"]]


# Patches, what is not understood, suppressions, and the cache.


@pytest.mark.parametrize("code", ["K8S213", "K8S263"])
def test_a_patch_lacks_nothing(repository: Path, code: str) -> None:
    image = _LIMIT.replace("- name: orders", "- name: orders\n        image: registry.example.com/orders:2.0.0")
    overlay(repository, "prod", more=image.replace("{limits: {memory: 1Gi}}", "{requests: {cpu: 1}}"))
    assert [path for path, _ in places(findings(repository, code))] == ["base/app.yaml"]


def test_a_patch_that_cannot_be_applied_is_said_and_the_rest_is_judged(repository: Path) -> None:
    overlay(repository, "prod", user=_ROOT, other=_LIMIT.replace("name: orders}", "name: absent}"))
    report = cnlint.check([repository], select=["K8S263"])
    assert [one.skipped for one in report.files if one.path == "overlays/prod/kustomization.yaml" and one.skipped] == [
        "part of what it builds is not known: overlays/prod/kustomization.yaml: other.yaml is not applied: "
        'no object is the Deployment "absent" that it names'
    ]
    assert [one for one in report.findings if one.code == "K8S263"] == []


def test_a_suppression_in_the_patch_reaches_its_findings(repository: Path) -> None:
    overlay(repository, "prod", worse=_PRIVILEGED.replace("true}", "true} # cnlint: ignore[K8S260]"))
    [finding] = findings(repository, "K8S260")
    assert finding.suppressed


def test_a_suppression_in_the_base_reaches_findings_of_overlays(repository: Path) -> None:
    write(repository, "base/app.yaml", _BASE.replace("- name: orders", "- name: orders # cnlint: ignore[K8S263]"))
    overlay(repository, "test", "namespace: test\n")
    [finding] = findings(repository, "K8S263")
    assert finding.suppressed


def test_a_cached_run_finds_the_same(
    repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("CNLINT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
    overlay(repository, "prod", worse=_PRIVILEGED, absent=_LIMIT.replace("name: orders}", "name: absent}"))
    first = cnlint.check([repository], cache=True)
    second = cnlint.check([repository], cache=True)
    assert (first.findings, first.files) == (second.findings, second.files)
    (repository / "overlays/prod/worse.yaml").write_text(_ROOT)
    assert not [one for one in cnlint.check([repository], cache=True).findings if one.code == "K8S260"]


def test_fixes_of_the_written_object_stay(repository: Path) -> None:
    write(repository, "base/app.yaml", _BASE.replace("replicas: 3", "replicas: '3'"))
    before = [one.fixes for one in cnlint.check([repository]).findings if one.fixes]
    overlay(repository, "prod", "namespace: shop\n")
    assert before and [one.fixes for one in cnlint.check([repository]).findings if one.fixes] == before


def test_an_image_is_reported_at_the_entry_that_replaces_it(repository: Path) -> None:
    overlay(repository, "prod", "images:\n- name: registry.example.com/orders\n  newTag: 2.0.0\n")
    overlay(repository, "test", "images:\n- name: registry.example.com/orders\n  newTag: latest\n")
    found = findings(repository, "K8S200")
    assert places(found) == [("overlays/test/kustomization.yaml", 3)]
    assert notes(found) == [["as built by overlays/test/kustomization.yaml"]]


def test_a_patch_that_deletes_an_object_has_a_target(repository: Path) -> None:
    write(repository, "base/app.yaml", f"{_BASE}---\n{_BASE.replace('name: orders', 'name: other')}")
    overlay(repository, "prod", gone="$patch: delete\n" + _LIMIT)
    report = cnlint.check([repository], profile="pedantic")
    assert not [one for one in report.findings if one.path == "overlays/prod/gone.yaml"]
