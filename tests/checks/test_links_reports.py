"""Reports on how files of several kinds agree: severities, texts, fixes, and silence where only part is at hand."""

import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml
from edits import edited

import cnlint
from cnlint.findings import Finding, Fix

GIT = '[remote "origin"]\n\turl = git@github.com:example/shop.git\n'
URL = "https://github.com/example/shop"
SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: shop-eu}\ndata: {LEVEL: info}\n"
DEPLOYMENT = """\
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec:
      replicas: 3
      selector: {matchLabels: {app: web}}
      template:
        metadata: {labels: {app: web}}
        spec:
          containers:
            - name: web
              image: registry.example.com/web:1.0.0
              securityContext: {readOnlyRootFilesystem: true}
    """
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n"
BUILD = """\
    on: push
    jobs:
      build:
        runs-on: ubuntu-24.04
        steps:
          - uses: docker/build-push-action@v6
            with: {context: web, push: true, tags: "registry.example.com/web:${{ github.sha }}"}
    """


def application(path: str = "deploy", **fields: str) -> str:
    given = {"namespace": "shop", "server": "https://kubernetes.default.svc", "revision": "main", **fields}
    return (
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop, namespace: argocd}\nspec:\n"
        f"  project: shop\n  source: {{repoURL: '{URL}', path: {path}, targetRevision: {given['revision']}}}\n"
        f"  destination: {{server: '{given['server']}', namespace: {given['namespace']}}}\n"
        "  syncPolicy: {automated: {selfHeal: true}}\n"
    )


def check(folder: Path, code: str, files: dict[str, str], **settings: Any) -> list[Finding]:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(textwrap.dedent(text), encoding="utf-8")
    report = cnlint.check([folder], select=[code], root=folder, config=False, **settings)
    assert not [finding.message for finding in report.findings if finding.code == "CNL003"]
    return [finding for finding in report.findings if finding.code == code]


def applied(text: str, fix: Fix) -> str:
    return edited(text, fix.edits)


# Images.


@pytest.mark.parametrize(("files", "severity"), [({}, "warning"), ({".github/workflows/build.yaml": BUILD}, "error")])
def test_a_link_by_name_alone_is_no_error(tmp_path: Path, files: dict[str, str], severity: str) -> None:
    [finding] = check(
        tmp_path, "REF305", {"web/Dockerfile": "FROM nginx:1.29\n", "deploy/web.yaml": DEPLOYMENT, **files}
    )
    assert finding.severity == severity
    [related] = finding.related
    assert (related.path, related.line) == ("web/Dockerfile", 1)


def test_the_fix_mounts_empty_volumes(tmp_path: Path) -> None:
    [finding] = check(tmp_path, "REF305", {"web/Dockerfile": "FROM nginx:1.29\n", "deploy/web.yaml": DEPLOYMENT})
    [fix] = finding.fixes
    pod = yaml.safe_load(applied(textwrap.dedent(DEPLOYMENT), fix))["spec"]["template"]["spec"]
    assert [one["mountPath"] for one in pod["containers"][0]["volumeMounts"]] == ["/var/cache/nginx", "/run"]
    assert [one["name"] for one in pod["volumes"]] == [one["name"] for one in pod["containers"][0]["volumeMounts"]]
    assert not fix.safe


def test_a_dockerfile_is_reported_once_for_all_that_run_it(tmp_path: Path) -> None:
    other = DEPLOYMENT.replace("name: web}", "name: more}").replace("app: web", "app: more")
    files = {
        "web/Dockerfile": "FROM debian\nCMD prepare && serve\n",
        "deploy/web.yaml": DEPLOYMENT,
        "deploy/more.yaml": other,
        "deploy/service.yaml": SERVICE + "---\n" + SERVICE.replace("web", "more"),
    }
    [finding] = check(tmp_path, "REF307", files)
    assert finding.related[0].message.startswith('container "web" of Deployment "more" runs it, and 1 more do')
    [fix] = finding.fixes
    assert applied(files["web/Dockerfile"], fix) == "FROM debian\nCMD prepare && exec serve\n"


# Applications.


@pytest.mark.parametrize(
    ("head", "revision", "severity"),
    [("main", "main", "error"), ("main", "HEAD", "error"), ("main", "production", "info"), ("main", "v1.2.3", "info")],
)
def test_a_path_of_another_revision_is_a_note(tmp_path: Path, head: str, revision: str, severity: str) -> None:
    files = {
        ".git/config": GIT,
        ".git/HEAD": f"ref: refs/heads/{head}\n",
        "a.yaml": application("gone", revision=revision),
    }
    [finding] = check(tmp_path, "REF701", files)
    assert finding.severity == severity


@pytest.mark.parametrize(
    ("settings", "count"), [({"complete": False}, 0), ({"complete": None}, 1), ({"complete": True}, 1)]
)
def test_a_project_that_is_not_complete_lacks_nothing(tmp_path: Path, settings: dict[str, Any], count: int) -> None:
    files = {".git/config": GIT, "a.yaml": application("gone"), "k/kustomization.yaml": "resources: [gone.yaml]\n"}
    assert len(check(tmp_path, "REF701", files, **settings)) == count
    assert len(check(tmp_path, "REF704", files, **settings)) == count


def test_a_folder_that_the_walk_leaves_out_is_there(tmp_path: Path) -> None:
    files = {
        ".git/config": GIT,
        ".gitignore": "generated/\n",
        "a.yaml": application("generated"),
        "generated/x.yaml": SETTINGS,
    }
    assert not check(tmp_path, "REF701", files)


@pytest.mark.parametrize(("namespace", "severity"), [("shop-*", "info"), ("'*'", "warning"), ("other", "warning")])
def test_namespaces_that_the_project_names_are_on_purpose(tmp_path: Path, namespace: str, severity: str) -> None:
    project = (
        "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: shop}\n"
        f"spec: {{destinations: [{{namespace: {namespace}, server: '*'}}]}}\n"
    )
    files = {".git/config": GIT, "a.yaml": application(), "p.yaml": project, "deploy/settings.yaml": SETTINGS}
    [finding] = check(tmp_path, "REF703", files)
    assert finding.severity == severity
    assert 'namespace "shop", and ConfigMap "settings" goes to "shop-eu"' in finding.message


def test_several_namespaces_are_on_purpose_unless_a_project_says_otherwise(tmp_path: Path) -> None:
    other = SETTINGS.replace("shop-eu", "shop-us")
    files = {".git/config": GIT, "a.yaml": application(), "deploy/a.yaml": SETTINGS, "deploy/b.yaml": other}
    [finding] = check(tmp_path, "REF703", files)
    assert finding.severity == "info"
    assert finding.message.endswith('ConfigMap "settings" and 1 more of its path go to "shop-eu" and "shop-us"')


@pytest.mark.parametrize(
    ("server", "severity"), [("https://kubernetes.default.svc", "warning"), ("https://eu.example.com", "info")]
)
def test_a_command_may_be_for_another_cluster(tmp_path: Path, server: str, severity: str) -> None:
    files = {
        ".git/config": GIT,
        "a.yaml": application(server=server),
        "deploy/web.yaml": DEPLOYMENT,
        "deploy.sh": "#!/bin/sh\nkubectl -n shop scale deploy/web --replicas=2\n",
    }
    [finding] = check(tmp_path, "REF710", files)
    assert finding.severity == severity
    assert {one.path for one in finding.related} == {"a.yaml", "deploy/web.yaml"}


# Part of a repository.

WHOLE = {
    ".git/config": GIT,
    "argocd/shop.yaml": application("overlays/prod"),
    "argocd/project.yaml": (
        "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: shop}\n"
        f"spec: {{sourceRepos: ['{URL}'], destinations: [{{namespace: shop, server: '*'}}]}}\n"
    ),
    "overlays/prod/kustomization.yaml": (
        "namespace: shop\nresources: [../../base]\nimages: [{name: registry.example.com/web, newTag: 1.0.1}]\n"
        "patches: [{target: {kind: Deployment, name: web}, patch: '- {op: remove, path: /spec/replicas}'}]\n"
    ),
    "base/kustomization.yaml": "resources: [web.yaml, service.yaml]\n",
    "base/web.yaml": DEPLOYMENT.replace("{readOnlyRootFilesystem: true}", "{}"),
    "base/service.yaml": SERVICE,
    "web/Dockerfile": 'FROM nginx:1.29\nCMD ["nginx"]\n',
    ".github/workflows/build.yaml": BUILD + "          - run: git commit -am Deploy && git push\n",
}


def test_a_repository_in_order_has_no_findings(tmp_path: Path) -> None:
    assert [(one.code, one.message) for one in findings_of(tmp_path, WHOLE)] == []


@pytest.mark.parametrize(
    "folders",
    [
        ("argocd",),
        ("overlays/prod",),
        ("base",),
        ("web", ".github"),
        ("argocd", ".git"),
        ("argocd", "base"),
        ("base", "web"),
    ],
)
def test_a_part_of_it_has_none_either(tmp_path: Path, folders: tuple[str, ...]) -> None:
    part = {path: text for path, text in WHOLE.items() if path.startswith(tuple(f"{one}/" for one in folders))}
    start = folders[0] if len(folders) == 1 else ""
    found = findings_of(tmp_path, part, start)
    # Where the repository is known to be this one, what it lacks is missing.
    assert {one.code for one in found} <= ({"REF701"} if ".git" in folders else set())


def findings_of(folder: Path, files: dict[str, str], start: str = "") -> list[Finding]:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(textwrap.dedent(text), encoding="utf-8")
    root = folder / start
    report = cnlint.check([root], profile="pedantic", select=["REF"], root=root, config=False)
    return [finding for finding in report.findings if finding.code.startswith("REF")]
