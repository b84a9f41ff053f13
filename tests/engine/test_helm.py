"""Helm charts: when they are rendered, how the program is run, and what becomes of what it prints."""

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import cnlint
from cnlint.cli.checking import CheckOptions, effective_configuration
from cnlint.config import Configuration
from cnlint.engine import helm, programs
from cnlint.engine.run import Request, run
from cnlint.findings import Finding, RunReport
from cnlint.report.wording import sentence

# Prints what a file beside it holds, another one for each file of values; notes how it was called.
_FAKE = """\
#!{python}
import json, os, sys
folder = {folder!r}
with open(folder + "/calls", "a") as calls:
    calls.write(json.dumps([sys.argv[1:], dict(os.environ)]) + "\\n")
values = sys.argv[sys.argv.index("--values") + 1] if "--values" in sys.argv else ""
name = os.path.basename(values) or "output"
failure = os.path.join(folder, name + ".failure")
if os.path.exists(failure):
    print(open(failure).read(), file=sys.stderr)
    sys.exit(1)
if "--skip-schema-validation" in sys.argv and os.path.exists(folder + "/is-old"):
    print("Error: unknown flag: --skip-schema-validation", file=sys.stderr)
    sys.exit(1)
if os.path.exists(folder + "/hangs"):
    import time
    time.sleep(60)
sys.stdout.write(open(os.path.join(folder, name)).read())
"""

_CHART = "apiVersion: v2\nname: shop\nversion: 0.1.0\n"
_TEMPLATE = """\
apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}
  labels:
    {{- include "labels" . | nindent 4 }}
spec:
  containers:
    - name: web
      image: {{ .Values.image }}
      securityContext:
        privileged: {{ .Values.privileged }}
"""


def _rendered(image: str = "nginx", path: str = "shop/templates/pod.yaml", privileged: str = "true") -> str:
    return f"""\
---
# Source: {path}
apiVersion: v1
kind: Pod
metadata:
  name: shop
  labels:
    app: shop
    tier: front
spec:
  containers:
    - name: web
      image: {image}
      securityContext:
        privileged: {privileged}
"""


class Fake(NamedTuple):
    """A program in the place of helm, and a project with a chart."""

    folder: Path
    project: Path

    @property
    def calls(self) -> list[Any]:
        file = self.folder / "calls"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def prints(self, text: str, values: str = "output") -> None:
        (self.folder / values).write_text(text)

    def fails(self, text: str, values: str = "output") -> None:
        (self.folder / f"{values}.failure").write_text(text)

    def write(self, path: str, text: str) -> None:
        target = self.project / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def check(self, *, select: str = "K8S260", **settings: Any) -> RunReport:
        configuration = Configuration(**{"helm": True, "select": (select,), **settings})
        return run(Request((str(self.project),), configuration, str(self.project)))


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    folder, project = tmp_path / "bin", tmp_path / "project"
    folder.mkdir()
    program = folder / "helm"
    program.write_text(_FAKE.format(python=sys.executable, folder=str(folder)))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    made = Fake(folder, project)
    made.write("shop/Chart.yaml", _CHART)
    made.write("shop/values.yaml", "image: nginx\n")
    made.write("shop/templates/pod.yaml", _TEMPLATE)
    made.prints(_rendered())
    return made


def _places(report: RunReport) -> list[tuple[str, str, int, int]]:
    return [(one.code, one.path, one.line, one.column) for one in report.active]


def _skipped(report: RunReport) -> dict[str, str | None]:
    return {file.path: file.skipped for file in report.files}


def test_findings_stand_in_the_template(fake: Fake) -> None:
    assert _places(fake.check()) == [("K8S260", "shop/templates/pod.yaml", 12, 9)]


def test_the_line_that_is_shown_is_that_of_the_template(fake: Fake) -> None:
    [finding] = fake.check().active
    assert finding.snippet == "        privileged: {{ .Values.privileged }}"


def test_files_of_a_rendered_chart_count_as_checked(fake: Fake) -> None:
    assert _skipped(fake.check()) == dict.fromkeys(
        ("shop/Chart.yaml", "shop/templates/pod.yaml", "shop/values.yaml"), None
    )


def test_templates_from_which_nothing_comes_are_skipped(fake: Fake) -> None:
    fake.write("shop/templates/ingress.yaml", "{{- if .Values.ingress }}\nkind: Ingress\n{{- end }}\n")
    fake.write("shop/templates/_helpers.tpl", '{{ define "labels" }}app: shop{{ end }}\n')
    skipped = _skipped(fake.check())
    assert skipped["shop/templates/ingress.yaml"] == "nothing is rendered from it with the values of its Helm chart"
    assert skipped["shop/templates/_helpers.tpl"] is None


def test_findings_of_rendered_documents_have_no_fixes(fake: Fake) -> None:
    findings = fake.check(select="K8S2").findings
    assert findings
    assert not any(finding.fixes for finding in findings)


def test_charts_are_not_rendered_unless_somebody_asks(fake: Fake) -> None:
    report = fake.check(helm=False)
    assert not fake.calls
    assert sentence(report) == (
        "No files were checked; 1 Helm chart skipped (not rendered; --helm includes them, with the program helm "
        "installed)."
    )


def test_the_summary_says_when_the_program_is_missing(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(fake.project))
    assert sentence(fake.check()) == "No files were checked; 1 Helm chart skipped (the program helm is not installed)."


def test_a_program_of_the_project_is_not_run(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(fake.folder / "helm", fake.project / "helm")
    monkeypatch.setenv("PATH", str(fake.project))
    assert "not installed" in sentence(fake.check())
    assert not fake.calls


def test_a_configuration_file_that_is_found_cannot_start_the_program(fake: Fake) -> None:
    fake.write("cnlint.toml", "[project]\nhelm = true\n")
    report = cnlint.check([fake.project])
    assert not fake.calls
    assert "--helm includes them" in sentence(report)


def test_a_configuration_file_that_is_named_can(fake: Fake) -> None:
    fake.write("cnlint.toml", "[project]\nhelm = true\n")
    cnlint.check([fake.project], config=fake.project / "cnlint.toml")
    assert fake.calls


@pytest.mark.parametrize("wanted", [True, False])
def test_the_command_line_wins_over_the_configuration_file(fake: Fake, wanted: bool) -> None:
    fake.write("cnlint.toml", f"[project]\nhelm = {str(not wanted).lower()}\n")
    options = CheckOptions(config_path=str(fake.project / "cnlint.toml"), helm=wanted)
    assert effective_configuration(options, (str(fake.project),)).helm is wanted


def test_the_program_gets_the_chart_and_the_version(fake: Fake) -> None:
    fake.check(kubernetes_version=(1, 30))
    [[arguments, _]] = fake.calls
    assert arguments[:3] == ["template", "shop", str(fake.project / "shop")]
    assert arguments[arguments.index("--kube-version") + 1] == "1.30"
    assert "--dependency-update" not in arguments


def test_the_program_gets_an_environment_of_its_own(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "x")
    monkeypatch.setenv("KUBECONFIG", "/etc/kubeconfig")
    fake.check()
    [[_, environment]] = fake.calls
    assert "SECRET_TOKEN" not in environment
    assert environment["HOME"] not in (os.environ["HOME"], "")
    assert not os.path.exists(environment["HOME"])
    own = [environment[name] for name in environment if name.startswith("HELM_") and name != "HELM_NO_PLUGINS"]
    assert all(path.startswith(environment["HOME"]) for path in [*own, environment["KUBECONFIG"]])
    assert environment["HTTPS_PROXY"] == "http://127.0.0.1:9"


def test_versions_that_do_not_know_an_option_are_asked_without_it(fake: Fake) -> None:
    (fake.folder / "is-old").touch()
    assert _places(fake.check()) == [("K8S260", "shop/templates/pod.yaml", 12, 9)]
    assert len(fake.calls) == 2


def test_a_chart_that_cannot_be_rendered_is_skipped_with_the_reason(fake: Fake) -> None:
    fake.fails("Error: execution error at (shop/templates/pod.yaml:3:3): need image\n\nUse --debug flag to see")
    report = fake.check()
    reason = "execution error at (shop/templates/pod.yaml:3:3): need image"
    assert _skipped(report)["shop/templates/pod.yaml"] == f"not rendered: {reason}"
    assert sentence(report) == f"No files were checked; 1 Helm chart skipped ({reason})."


def test_missing_dependencies_are_named(fake: Fake) -> None:
    fake.fails(
        "Error: An error occurred while checking for chart dependencies. You may need to run `helm dependency build` "
        "to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: common, redis"
    )
    assert sentence(fake.check()) == (
        "No files were checked; 1 Helm chart skipped (its dependencies common, redis are missing in charts/; "
        "run helm dependency build)."
    )


def test_a_library_chart_is_not_rendered_by_itself(fake: Fake) -> None:
    fake.write("shop/Chart.yaml", f"{_CHART}type: library\n")
    assert helm.LIBRARY in sentence(fake.check())
    assert not fake.calls


def test_a_program_that_hangs_is_stopped(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    (fake.folder / "hangs").touch()
    monkeypatch.setattr(helm, "_SECONDS", 1.0)
    assert "it took longer than 1 seconds" in sentence(fake.check())


def test_a_program_that_prints_too_much_is_stopped(tmp_path: Path) -> None:
    endless = "import sys\nwhile True: sys.stdout.write('x' * 65536)"
    answer = programs.run_program(
        [sys.executable, "-c", endless], str(tmp_path), {}, seconds=30, most_bytes=2 * 1024**2
    )
    assert answer.failure == "it printed more than 2 MiB"


def test_a_program_that_cannot_be_started_is_a_failure(tmp_path: Path) -> None:
    answer = programs.run_program([str(tmp_path / "none")], str(tmp_path), {}, seconds=30, most_bytes=1024**2)
    assert answer.failure == "No such file or directory"


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_chart_with_a_link_out_of_the_project_is_not_rendered(fake: Fake, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (fake.project / "shop/templates/secret.txt").symlink_to(tmp_path / "secret")
    assert "shop/templates/secret.txt leads out of the project" in sentence(fake.check())
    assert not fake.calls


def test_a_chart_is_rendered_with_each_file_of_values_for_tests(fake: Fake) -> None:
    fake.write("shop/ci/safe-values.yaml", "privileged: false\n")
    fake.prints(_rendered(privileged="false"), "safe-values.yaml")
    fake.write("shop/ci/other-values.yaml", "tag: 1\n")
    fake.prints(_rendered(image="other"), "other-values.yaml")
    report = fake.check()
    assert len(fake.calls) == 3
    assert len(report.active) == 1
    assert not report.active[0].related


def test_what_only_some_values_bring_names_their_file(fake: Fake) -> None:
    fake.prints(_rendered(privileged="false"))
    fake.write("shop/ci/bad-values.yaml", "privileged: true\n")
    fake.prints(_rendered(), "bad-values.yaml")
    [finding] = fake.check().active
    assert [(one.path, one.message) for one in finding.related] == [
        ("shop/ci/bad-values.yaml", "as rendered with these values")
    ]


def test_values_that_the_configuration_names_are_used(fake: Fake) -> None:
    fake.prints(_rendered(privileged="false"))
    fake.write("shop/values-prod.yaml", "privileged: true\n")
    fake.prints(_rendered(), "values-prod.yaml")
    assert not fake.check().active
    report = fake.check(helm_values={"shop": ("values-prod.yaml",)})
    assert len(report.active) == 1
    assert _skipped(report)["shop/values-prod.yaml"] is None


def test_a_chart_that_only_renders_with_values_for_tests_is_checked_with_these(fake: Fake) -> None:
    fake.fails("Error: need image")
    fake.write("shop/ci/full-values.yaml", "image: x\n")
    fake.prints(_rendered(), "full-values.yaml")
    report = fake.check()
    assert _places(report) == [("K8S260", "shop/templates/pod.yaml", 12, 9)]
    assert not report.active[0].related


def test_comments_in_templates_silence_findings(fake: Fake) -> None:
    comment = "        # cnlint: ignore[K8S260] it must\n"
    last = "        privileged:"
    fake.write("shop/templates/pod.yaml", _TEMPLATE.replace(last, comment + last))
    fake.prints(_rendered().replace(last, comment + last))
    [finding] = fake.check().findings
    assert finding.suppressed is not None
    assert finding.suppressed.reason == "it must"


def test_comments_that_are_not_rendered_silence_findings_too(fake: Fake) -> None:
    last = "        privileged:"
    comment = "        {{- /* # cnlint: ignore[K8S260] it must */}}\n"
    fake.write("shop/templates/pod.yaml", _TEMPLATE.replace(last, comment + last))
    [finding] = fake.check().findings
    assert finding.suppressed is not None
    assert finding.suppressed.reason == "it must"


def test_annotations_that_are_rendered_silence_findings(fake: Fake) -> None:
    annotated = "  annotations:\n    cnlint.dev/ignore: K8S260\nspec:"
    fake.write("shop/templates/pod.yaml", _TEMPLATE.replace("spec:", annotated))
    fake.prints(_rendered().replace("spec:", annotated))
    [finding] = fake.check().findings
    assert finding.suppressed is not None


def test_an_unknown_name_in_a_comment_is_reported_once(fake: Fake) -> None:
    comment = "# cnlint: ignore[K8S999]\n"
    fake.write("shop/templates/pod.yaml", comment + _TEMPLATE)
    fake.prints(_rendered().replace("apiVersion: v1\n", f"{comment}apiVersion: v1\n"))
    unknown = [one for one in fake.check().findings if one.code == "CNL006"]
    assert [(one.line, one.column) for one in unknown] == [(1, 18)]


def test_charts_within_a_chart_are_part_of_it(fake: Fake) -> None:
    fake.write("shop/charts/inner/Chart.yaml", "apiVersion: v2\nname: cache\nversion: 1.0.0\n")
    fake.write("shop/charts/inner/templates/pod.yaml", _TEMPLATE)
    fake.prints(_rendered(path="shop/charts/cache/templates/pod.yaml"))
    assert _places(fake.check()) == [("K8S260", "shop/charts/inner/templates/pod.yaml", 12, 9)]
    assert len(fake.calls) == 1


def test_charts_within_a_chart_are_found_by_the_name_that_it_gives_them(fake: Fake) -> None:
    fake.write("shop/Chart.yaml", f"{_CHART}dependencies: [{{name: cache, alias: fast}}]\n")
    fake.write("shop/charts/cache/Chart.yaml", "apiVersion: v2\nname: cache\nversion: 1.0.0\n")
    fake.write("shop/charts/cache/templates/pod.yaml", _TEMPLATE)
    fake.prints(_rendered(path="shop/charts/fast/templates/pod.yaml"))
    assert _places(fake.check()) == [("K8S260", "shop/charts/cache/templates/pod.yaml", 12, 9)]


def test_charts_within_a_skipped_chart_are_not_counted(fake: Fake) -> None:
    fake.write("shop/charts/inner/Chart.yaml", "apiVersion: v2\nname: cache\nversion: 1.0.0\n")
    fake.write("shop/charts/inner/templates/pod.yaml", _TEMPLATE)
    assert "1 Helm chart skipped" in sentence(fake.check(helm=False))


def test_the_same_report_comes_with_a_cache(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNLINT_CACHE_DIR", str(fake.folder / "cache"))
    configuration = Configuration(helm=True, profile="strict")
    request = Request((str(fake.project),), configuration, str(fake.project), cache=True)
    first, second = run(request), run(request)
    assert first.findings == second.findings
    assert first.findings == run(request._replace(cache=False)).findings
    # What was rendered with the cache is forgotten where nobody asks for it.
    assert not run(request._replace(configuration=Configuration())).findings


# Links between what was rendered.

_SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}
spec:
  selector:
    app: {{ .Values.app }}
  ports:
    - port: 80
"""


def _with_service(fake: Fake, app: str) -> None:
    fake.write("shop/templates/front/service.yaml", _SERVICE)
    rendered = _SERVICE.replace("{{ .Release.Name }}", "shop").replace("{{ .Values.app }}", app)
    fake.prints(f"---\n# Source: shop/templates/front/service.yaml\n{rendered}{_rendered()}")


def test_objects_of_a_chart_see_each_other(fake: Fake) -> None:
    _with_service(fake, "shop")
    assert not fake.check(select="K8S360").active


def test_what_is_missing_in_a_chart_is_reported(fake: Fake) -> None:
    _with_service(fake, "chop")
    assert _places(fake.check(select="K8S360")) == [("K8S360", "shop/templates/front/service.yaml", 6, 3)]


def test_what_charts_in_archives_bring_is_not_known_to_be_missing(fake: Fake) -> None:
    _with_service(fake, "else")
    output = (fake.folder / "output").read_text()
    fake.prints(f"{output}---\n# Source: shop/charts/redis/templates/x.yaml\napiVersion: v1\nkind: ConfigMap\n")
    assert not fake.check(select="K8S360").active


def test_charts_around_the_files_given_are_rendered_for_links(fake: Fake) -> None:
    fake.write("deploy/service.yaml", _SERVICE.replace("{{ .Release.Name }}", "x").replace("{{ .Values.app }}", "shp"))
    paths = (str(fake.project / "deploy"),)
    configuration = Configuration(helm=True, select=("K8S360", "K8S260"))
    report = run(Request(paths, configuration, str(fake.project)))
    assert len(fake.calls) == 1
    assert {one.path for one in report.findings} <= {"deploy/service.yaml"}


# The program itself, where it is installed.

_needs_helm = pytest.mark.skipif(shutil.which("helm") is None, reason="helm is not installed")


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """A chart with helpers, loops and documents of several kinds in one file."""
    files = {
        "Chart.yaml": _CHART,
        "values.yaml": "image: nginx\nprivileged: true\nports: [{name: http, port: 80}, {name: https, port: 443}]\n",
        "templates/_helpers.tpl": '{{- define "labels" -}}\napp: {{ .Chart.Name }}\ntier: front\n{{- end -}}\n',
        "templates/NOTES.txt": "Thank you\n",
        "templates/pod.yaml": _TEMPLATE,
        "templates/service.yaml": """\
apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}
  namespace: {{ .Release.Namespace }}
spec:
  selector:
    app: {{ .Values.app | default "chop" }}
  ports:
  {{- range .Values.ports }}
    - name: {{ .name }}
      port: {{ .port }}
  {{- end }}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .Release.Name }}
""",
        "templates/off.yaml": "{{ if .Values.off }}\nkind: X\n{{ end }}\n",
    }
    for path, text in files.items():
        (tmp_path / "shop" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "shop" / path).write_text(text)
    return tmp_path


def _check(chart: Path, *codes: str) -> RunReport:
    return run(Request((str(chart),), Configuration(helm=True, select=codes), str(chart)))


def _by_code(report: RunReport) -> dict[str, Finding]:
    return {finding.code: finding for finding in report.active}


@_needs_helm
def test_a_real_chart_is_rendered(chart: Path) -> None:
    report = _check(chart, "K8S260", "K8S360")
    found = _by_code(report)
    assert (found["K8S260"].path, found["K8S260"].line) == ("shop/templates/pod.yaml", 12)
    assert (found["K8S360"].path, found["K8S360"].line) == ("shop/templates/service.yaml", 7)
    assert [path for path, skipped in _skipped(report).items() if skipped] == ["shop/templates/off.yaml"]


@_needs_helm
def test_a_real_chart_that_fails_is_skipped_with_the_reason(chart: Path) -> None:
    (chart / "shop/templates/off.yaml").write_text('{{ fail "not today" }}\n')
    assert "not today" in sentence(_check(chart, "K8S260"))


@_needs_helm
def test_real_missing_dependencies_are_named(chart: Path) -> None:
    (chart / "shop/Chart.yaml").write_text(
        f"{_CHART}dependencies: [{{name: common, version: 1.0.0, repository: 'https://charts.example.com'}}]\n"
    )
    assert "its dependencies common are missing in charts/; run helm dependency build" in sentence(
        _check(chart, "K8S2")
    )
