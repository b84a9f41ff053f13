"""No rule fails on any Dockerfile."""

import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from cnlint import rule_index
from cnlint.manifests.dockerfile import read_dockerfile
from cnlint.manifests.dockerfile_summary import DockerfileSummary
from cnlint.rules import Context, Settings, checks_of
from cnlint.syntax.dockerfile import KEYWORDS as KEYWORDS_OF_DOCKERFILES
from cnlint.syntax.source import Source

SETTINGS = Settings(datetime.date(2026, 11, 22), (1, 37))
CHECKS = [
    (check, Context(rule.defaults(), SETTINGS))
    for rule in rule_index.load()
    if rule.domain == "dockerfile" and "file" in rule.scopes
    for check in checks_of(rule)
]
KEYWORDS = st.sampled_from(sorted(KEYWORDS_OF_DOCKERFILES))
ARGUMENTS = st.sampled_from(
    r"""
scratch AS|golang:1.20|a AS b|b|${X:-a}:${Y|$X|""|['a']|["a", "b"]|["sh", "-c", "go build -o /a ."]|[1]|[]|[""]
. .|--from=b /a /b|--from=0 / /|--from= a b|<<EOF|<<EOF bash|go build -ldflags="$L" -o|go build -o ${A} ./...
apk add -t|apk add $P curl|apt-get install|apt-get -o install|cd $X && go build|npm ci|pip install -r|yarn|cargo fetch
root|0:0|:|-1|RUN x|RUN <<EOF|ONBUILD x|X=1 Y=$X|X|=|/|/:ro|C:\|a:b:c|NONE|CMD|--mount=type=cache,target= apk add a
--mount=,= x|'|"|\|`|$(|${|EOF|# x|tar -C|cp|curl -o|/root|..|gcc -o|strip|exec|exec a|;|&|&&|if true; then
""".strip()
    .replace("\n", "|")
    .split("|")
)
ENDINGS = st.sampled_from(["\n", "\n", "\n", " \\\n", "\n\n", " # <<x\n", ""])


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(KEYWORDS, ARGUMENTS, ENDINGS), max_size=12), st.sampled_from(["", "# escape=`\n"]))
def test_no_rule_fails_on_a_mixture_of_instructions(parts: list[tuple[str, str, str]], head: str) -> None:
    run_all(head + "".join(f"{keyword} {arguments}{ending}" for keyword, arguments, ending in parts))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_no_rule_fails_on_any_text(text: str) -> None:
    run_all("FROM a\nRUN " + text)


def run_all(text: str) -> None:
    parsed = read_dockerfile(Source("Dockerfile", text))
    for view in parsed.views():
        for check, context in CHECKS:
            if isinstance(view, check.view):
                for report in check.function(view, *((context,) if check.wants_context else ())):
                    span = report.place.span
                    assert (1, 1) <= span[:2] <= span[2:]
                    assert report.message
                    for related in report.related:
                        assert related.place.span.line >= 1
    summary = parsed.summary()
    assert DockerfileSummary.from_json("Dockerfile", summary.to_json()) == summary
