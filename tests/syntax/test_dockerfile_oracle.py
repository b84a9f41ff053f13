"""Instructions, their lines, flags and heredocs are those that Docker's own parser sees.

The parser, in the package of the name dockerfile, is that of BuildKit at the beginning of 2025. It takes the directive
``check`` for a comment, which ends the block of directives; flags are words to it, so that it reads those that came
later too.
"""

from pathlib import Path

import dockerfile
import pytest
import yaml
from dockerfile_styles import dockerfile_of
from hypothesis import given, settings
from hypothesis import strategies as st

from cnlint.syntax.dockerfile import KEYWORDS, _Reader, parse, structure_of
from cnlint.syntax.source import Source

ROOT = Path(__file__).parent.parent.parent

STYLES = {
    "go-multi-stage": """\
# syntax=docker/dockerfile:1
# Build stage
FROM --platform=$BUILDPLATFORM golang:1.27-alpine AS build
ARG TARGETOS TARGETARCH
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod \\
    go mod download

COPY . .
RUN --mount=type=cache,target=/go/pkg/mod \\
    --mount=type=cache,target=/root/.cache/go-build \\
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \\
    go build -ldflags="-s -w" -o /out/app ./cmd/app

FROM gcr.io/distroless/static:nonroot
COPY --from=build --chown=65532:65532 /out/app /app
USER 65532:65532
ENTRYPOINT ["/app"]
CMD ["serve", "--listen", ":8080"]
""",
    "official-image-idiom": """\
FROM debian:bookworm-slim

ENV PATH /usr/local/bin:$PATH

# runtime dependencies
RUN set -eux; \\
	apt-get update; \\
	apt-get install -y --no-install-recommends \\
		ca-certificates \\
# a comment between packages
		netbase \\
		tzdata \\
	; \\
	rm -rf /var/lib/apt/lists/*

# an instruction with an empty line in it
RUN set -eux; \\

	savedAptMark="$(apt-mark showmanual)"; \\
	:

VOLUME /data
EXPOSE 8080/tcp 8443/tcp
CMD ["python3"]
""",
    "heredocs": """\
FROM python:3.14-slim
RUN <<EOF
apt-get update
apt-get install -y curl

# not a Dockerfile comment
FROM nowhere
EOF
COPY <<-"CONFIG" /etc/app.conf
	[main]
	user = $USER
	CONFIG
RUN <<ONE cat && cat <<TWO
first
ONE
second
TWO
RUN python3 <<'PY' > /out.txt
print("<<EOF")
PY
ONBUILD RUN <<EOF
USER root
EOF
CMD cat /out.txt
""",
    "windows": """\
# escape=`
FROM mcr.microsoft.com/windows/servercore:ltsc2022
SHELL ["powershell", "-Command", "$ErrorActionPreference = 'Stop';"]
RUN Invoke-WebRequest https://example.com/a.zip -OutFile C:\\a.zip; `
    Expand-Archive C:\\a.zip -DestinationPath C:\\
WORKDIR C:\\app
COPY app.exe C:\\
ENTRYPOINT ["C:\\\\app\\\\app.exe"]
""",
    "lower-case-and-odd-blanks": """\
from scratch as Base
\t copy\ta  b
label  maintainer="Jo \\
 Doe" version=1
   env A=1 \\
     B='two words' \\
     C=three\\ words
healthcheck --interval=5s --timeout=3s cmd ["/probe", "-q"]
onbuild add . /app
stopsignal SIGTERM
""",
    "windows-line-endings": "FROM a\r\nRUN x \\\r\n  && y\r\n\r\nCOPY <<EOF /f\r\nbody\r\nEOF\r\nCMD z\r\n",
    "continuation-to-the-end": "FROM a\nRUN x \\\n  && y \\\n",
    "continuation-to-a-comment": "FROM a\nRUN x \\\n  && y \\\n# done\n",
    "double-escape": "FROM a\nRUN echo foo \\\\\nRUN echo bar \\\\\\\nCMD x\n",
    "escape-alone": "FROM a\n\\\nRUN x\nRUN \\\n\\\n y\n",
    "split-keyword": "FR\\\nOM a\nRU\\\nN x\n",
    "bare-keywords": "FROM a\nRUN\nCMD",
    "json-over-lines": 'FROM a\nCMD ["sh", \\\n  "-c", \\\n  "echo \\\n x"]\nRUN ["a"] && b\nRUN [ -f x ] && y\n',
    "json-heredoc": 'FROM a\nRUN ["cat", "<<EOF"]\nRUN echo "<<EOF" && x\nCMD y\n',
    "quotes-hide-heredocs": "FROM a\nRUN echo don't && cat <<EOF\nEOF\nRUN echo $((1<<2)) <<<EOF\nCMD y\n",
    "unknown-instructions": "FROM a\nFOO bar\nFRM b \\\n c\n",
    "comments": "#!/usr/bin/env docker\n# escape=`\nFROM a `\nRUN x \\\n # c\n   y # not a comment\n  # indented\n",
    "flags": "FROM a\nCOPY --from=\"x y\" --chown='a:b' -- --odd d\nADD --link --x\\ y=1 a b\nRUN --a --b c --d\n",
    "form-feeds": "FROM a\nRUN a\x0cb\nRUN a\u2028b\nRUN\x0bx\n",
}


def oracle(text: str) -> list[tuple[object, ...]] | None:
    try:
        commands = dockerfile.parse_string(text)
    except dockerfile.GoParseError:
        return None
    return [
        (
            (command.cmd or "").upper(),
            command.start_line,
            command.end_line,
            command.flags,
            tuple((heredoc.name, heredoc.file_descriptor, heredoc.content) for heredoc in command.heredocs),
        )
        for command in commands
        if command.cmd
    ]


def ours(text: str) -> list[tuple[object, ...]]:
    source = Source("Dockerfile", text)
    result: list[tuple[object, ...]] = []
    for node in parse(source).instructions:
        # The oracle gives neither flags' text nor heredocs of what ONBUILD puts off.
        heredocs = () if node.keyword == "ONBUILD" else node.heredocs
        result.append(
            (
                node.keyword,
                node.line,
                node.end_line,
                tuple("--" + flag.name + ("" if flag.value is None else f"={flag.value}") for flag in node.flags),
                tuple(
                    (heredoc.word.name, heredoc.word.descriptor, _unstripped(heredoc, source)) for heredoc in heredocs
                ),
            )
        )
    return result


def _unstripped(heredoc: object, source: Source) -> str:
    """The oracle keeps line endings and does not strip tabs."""
    lines = heredoc.lines  # type: ignore[attr-defined]
    return "".join(source.text[start : source.text.find("\n", end) + 1] for start, end in lines)


@pytest.mark.parametrize("name", STYLES)
def test_instructions_are_those_of_dockers_parser(name: str) -> None:
    expected = oracle(STYLES[name])
    assert expected is not None
    if name == "flags":
        assert [row[3] for row in ours(STYLES[name])] == [row[3] for row in expected]
    assert ours(STYLES[name]) == expected


@pytest.mark.parametrize("name", STYLES)
def test_the_structure_of_normalised_lines_is_the_one_read_from_the_source(name: str) -> None:
    assert_structure_agrees(STYLES[name])


def assert_structure_agrees(text: str) -> None:
    reader = _Reader(Source("Dockerfile", text))
    reader.read()
    assert structure_of(reader.normalised) == {line.first: line.keyword for line in reader.logical_lines}


@pytest.mark.parametrize("seed", range(240))
def test_a_dockerfile_of_any_style_is_read_as_docker_reads_it(seed: int) -> None:
    text = dockerfile_of(seed)
    expected = oracle(text)
    assert expected is not None
    assert ours(text) == expected
    assert_structure_agrees(text)


def test_the_styles_hold_what_readers_get_wrong() -> None:
    texts = [dockerfile_of(seed) for seed in range(240)]
    for part in (
        *("<<-", "<<'EOF'", "3<<EOF", "escape=`", "\r\n", "ONBUILD RUN", "onbuild", '["', "\\\n\n", "RU\\\n"),
        *("--mount=", "HEALTHCHECK", "\\\n# within", "\tRUN", "\\\\\n", "\x0c", "#no blank"),
    ):
        assert any(part in text for text in texts), part
    assert any(text.endswith("\\") for text in texts)
    assert any(text.endswith("\\\n# one\n# two\n") for text in texts)


def test_a_byte_order_mark_changes_nothing() -> None:
    for seed in range(20):
        text = dockerfile_of(seed)
        assert oracle("\ufeff" + text) == ours(text)


def _texts_of_the_project() -> dict[str, str]:
    """Give the Dockerfiles of fixtures and of the examples of rules, marks included, by their names."""
    texts = {}
    for path in sorted((ROOT / "tests/fixtures").rglob("*ockerfile*")):
        texts[str(path.relative_to(ROOT))] = path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "rules/dockerfile").rglob("*.yaml")):
        specification = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
        for kind, examples in specification["examples"].items():
            for number, example in enumerate(examples):
                for file in example.get("files") or [{"path": example.get("file"), "code": example.get("code")}]:
                    if "ockerfile" in (file["path"] or "") and ".dockerignore" not in file["path"]:
                        texts[f"{specification['code']}-{kind}-{number}-{file['path']}"] = file["code"]
    return texts


def test_the_dockerfiles_of_the_project_are_read_as_docker_reads_them() -> None:
    compared = 0
    for name, text in _texts_of_the_project().items():
        expected = oracle(text)
        if expected is not None and "check=" not in text:
            compared += 1
            assert ours(text) == expected, name
    assert compared > 100


def test_a_check_directive_ends_the_directives_for_the_old_parser_only() -> None:
    text = "# check=skip=all\n# escape=`\nFROM a\nRUN b `\n c\n"
    assert [row[:2] for row in ours(text)] == [("FROM", 3), ("RUN", 4)]
    assert [row[:2] for row in oracle(text) or ()] == [("FROM", 3), ("RUN", 4), ("C", 5)]


@pytest.mark.parametrize("flags", ["--parents --exclude=*.md", "--link=false --chmod=u=rw,go=r"])
def test_flags_that_are_newer_than_the_parser_are_read_all_the_same(flags: str) -> None:
    text = f"FROM a\nCOPY {flags} b c\n"
    assert ours(text) == oracle(text)


FRAGMENTS = st.sampled_from(
    """\
FROM a|RUN x|RUN <<EOF|RUN cat <<A <<-B|COPY <<E /f|COPY a b|ADD <<'E' <<"F" /d/|ENV A=1 B='x y'|onbuild run <<E
USER root|ONBUILD COPY a b|CMD ["a"]|RUN ["<<E"]|LABEL a="b|HEALTHCHECK NONE|EOF|A|\tB|B|E|F| E|E |#|# c|# escape=`
# syntax=x|| |\t|  y|&& z|`|\\|x|--from=a|--x="y z"|'|"|${|}|$((1<<2))|<<<E|\\<<E|RU|N x
VOLUME [""".replace("\n", "|").split("|")
)
ENDINGS = st.sampled_from(["\n", "\n", "\n", "\r\n", " \\\n", "\\\n", " `\n", "\\ \t\n", "\\\\\n", " ", "\n\n"])


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(FRAGMENTS, ENDINGS), max_size=14))
def test_any_mix_of_lines_is_read_as_docker_reads_it(parts: list[tuple[str, str]]) -> None:
    text = "FROM a\n" + "".join(fragment + ending for fragment, ending in parts)
    assert_structure_agrees(text)
    expected = oracle(text)
    if expected is not None:
        assert ours(text) == expected


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="FROMa \n\\`#\"'<E[]=$-{}\t\r\x0c", max_size=60))
def test_any_text_is_read_without_failing(text: str) -> None:
    assert_structure_agrees(text)
    syntax = parse(Source("Dockerfile", text))
    expected = oracle(text)
    if expected is not None and all(row[0] in KEYWORDS for row in expected):
        assert ours(text) == expected
    for node in syntax.instructions:
        node.words()
        node.pairs()
        assert node.first_line_span.line >= node.line
