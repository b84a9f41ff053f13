"""COPY and ADD: places, messages, severities and fixes, and odd writing."""

import textwrap
from pathlib import Path
from typing import Any

import pytest
from edits import edited

import cnlint

CODES = ("DF201", "DF202", "DF204", "DF205", "DF206", "DF207", "DF208", "DF209", "DF210", "DF216", "DF217", "DF219")


def findings(folder: Path, text: str, code: str, **files: str) -> list[cnlint.Finding]:
    return findings_in(folder, {"Dockerfile": text}, code)


def findings_in(folder: Path, files: dict[str, str], code: str, **settings: Any) -> list[cnlint.Finding]:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(textwrap.dedent(text), encoding="utf-8")
    config = {"rules": {code: settings}} if settings else False
    report = cnlint.check([folder], select=[code], root=folder, config=config)
    assert not [finding.message for finding in report.findings if finding.code == "CNL003"]
    return [finding for finding in report.findings if finding.code == code]


def finding(folder: Path, text: str, code: str) -> cnlint.Finding:
    [found] = findings(folder, text, code)
    return found


def marked(found: cnlint.Finding, text: str) -> str:
    """The text that a finding points at."""
    lines = text.split("\n")
    assert found.line == found.end_line
    return lines[found.line - 1][found.column - 1 : found.end_column - 1]


def fixed(found: cnlint.Finding, text: str) -> str | None:
    if not found.fixes:
        return None
    return edited(text, found.fixes[0].edits)


@pytest.mark.parametrize(
    ("code", "line", "place"),
    [
        ("DF201", "ADD a.txt /b", "ADD"),
        ("DF201", "ONBUILD add a.txt /b", "add"),
        ("DF202", "ADD --chmod=755 https://example.com/a /b", "https://example.com/a"),
        ("DF204", "COPY a b /c", "/c"),
        ("DF204", 'COPY ["a", "b", "/c"]', '"/c"'),
        ("DF205", "COPY --chmod=755 --from=nobody a /b", "nobody"),
        ("DF205", "RUN --mount=type=bind,from=nobody,target=/b ls", "nobody"),
        ("DF206", "COPY --from=Final a /b", "Final"),
        ("DF206", 'COPY --from="final" a /b', '--from="final"'),
        ("DF208", "COPY --link a b/", "b/"),
        ("DF209", "COPY a.tgz /b/\nRUN tar xf /b/a.tgz", "COPY a.tgz /b/"),
        ("DF210", "COPY --from=debian:13 / /", "COPY --from=debian:13 / /"),
        ("DF216", "COPY a .env /b/", ".env"),
        ("DF217", "COPY . /b\nRUN id && chown -R 1 /b", "chown -R 1 /b"),
        ("DF219", "RUN chmod -R 0777 /b", "0777"),
        ("DF219", "COPY --chmod=777 a /b", "777"),
    ],
)
def test_a_finding_points_at_the_word_that_is_wrong(code: str, line: str, place: str, tmp_path: Path) -> None:
    text = f"FROM alpine:3.23 AS final\n{line}\n"
    assert marked(finding(tmp_path, text, code), text).endswith(place)


@pytest.mark.parametrize(
    ("code", "lines", "message"),
    [
        ("DF201", "ADD 'my.txt' /b", 'ADD of "my.txt" does no more than COPY would'),
        (
            "DF202",
            "ADD http://example.com/a /b",
            'ADD fetches "http://example.com/a" over plain HTTP and compares it with no checksum',
        ),
        ("DF204", "ADD a b /c", 'ADD has 2 sources, and the destination "/c" does not end with a slash'),
        (
            "DF205",
            "COPY --from=nobody a /b",
            'COPY --from names "nobody", which is no earlier stage: the builder will look for such an image',
        ),
        (
            "DF205",
            "RUN --mount=from=$X,target=/b ls",
            'RUN --mount from takes no variables: "$X" is looked for as it is written',
        ),
        (
            "DF205",
            "COPY --from=7 a /b",
            "COPY --from names stage 7, and this is stage 0: only earlier ones can be meant",
        ),
        ("DF206", "COPY --from=0 a /b", 'COPY --from names "0", the stage that it stands in'),
        (
            "DF208",
            "COPY a b",
            'the destination "b" is relative, and no WORKDIR is set before: "alpine:3.23" decides where the files go',
        ),
        (
            "DF210",
            "COPY --from=debian:13 / /",
            'COPY puts the whole file system of "debian:13" over that of the base image',
        ),
        ("DF216", "COPY id_rsa /b", '"id_rsa" is copied into the image: by its name it holds a private key of SSH'),
        ("DF216", "COPY cert.pem /b", '"cert.pem" is copied into the image: by its name it may hold a private key'),
        (
            "DF217",
            "COPY . /b\nRUN chown -R 1 /b /c",
            'chown -R of "/b" stores again, in a new layer, what COPY put there',
        ),
        ("DF219", "RUN chmod o+w /a /b /c", 'mode "o+w" lets everybody write to "/a", "/b" and others'),
        ("DF219", "RUN xargs chmod 666", 'mode "666" lets everybody write to the files'),
    ],
)
def test_a_message_names_the_fact_and_the_object(code: str, lines: str, message: str, tmp_path: Path) -> None:
    assert finding(tmp_path, f"FROM alpine:3.23\n{lines}\n", code).message == message


@pytest.mark.parametrize(
    ("code", "before", "after", "safe"),
    [
        ("DF201", "ADD a b /c/", "COPY a b /c/", True),
        ("DF201", "add a /c", "copy a /c", True),
        ("DF201", "ONBUILD ADD --chown=1 a /c", "ONBUILD COPY --chown=1 a /c", True),
        ("DF201", "ADD \\\n  a \\\n  /c", "COPY \\\n  a \\\n  /c", True),
        ("DF201", "ADD *.txt /c/", "COPY *.txt /c/", False),
        ("DF201", "ADD a/${X}.txt /c/", "COPY a/${X}.txt /c/", False),
        ("DF201", "ADD a b.tar /c/", None, False),
        ("DF201", "ADD a $X /c/", None, False),
        ("DF204", "COPY a b /c", "COPY a b /c/", True),
        ("DF204", 'COPY ["a", "b", "/c"]', 'COPY ["a", "b", "/c/"]', True),
        ("DF204", 'COPY a b "/c"', 'COPY a b "/c/"', True),
        ("DF204", "COPY a \\\n  b \\\n  /c\nUSER 1", "COPY a \\\n  b \\\n  /c/\nUSER 1", True),
        ("DF204", "ADD *.conf /c", "ADD *.conf /c/", False),
        ("DF217", "COPY . /c\nRUN chown -R 1:1 /c", "COPY --chown=1:1 . /c", False),
        ("DF217", "COPY a /c/\nRUN chmod -R 755 \\\n  /c\nUSER 1", "COPY --chmod=755 a /c/\nUSER 1", False),
        ("DF217", "COPY . /c\nRUN chmod -R u+w /c", None, False),
        ("DF217", "COPY . /c\nRUN chown -R 1 /c && id", None, False),
        ("DF217", "COPY . /c\nRUN adduser a\nRUN chown -R a /c", None, False),
        ("DF217", "COPY --chmod=755 . /c\nRUN chown -R 1 /c", None, False),
        ("DF217", "COPY . /c/d\nRUN chown -R 1 /c", None, False),
        ("DF217", "COPY . /c\nRUN chgrp -R 1 /c", None, False),
    ],
)
def test_a_fix_writes_what_it_promises(code: str, before: str, after: str | None, safe: bool, tmp_path: Path) -> None:
    text = f"FROM alpine:3.23\n{before}\n"
    found = finding(tmp_path, text, code)
    assert fixed(found, text) == (None if after is None else f"FROM alpine:3.23\n{after}\n")
    assert [fix.safe for fix in found.fixes] == ([] if after is None else [safe])


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(
    "line",
    [
        "COPY",
        "ADD a",
        "COPY []",
        'COPY ["a"]',
        'ADD [1, "a"]',
        "COPY --from",
        "COPY --from= a /b",
        "COPY --from=99999999999999999999 a:b /c",
        "COPY --chmod a /b",
        'COPY "" ""',
        "COPY ${ /b",
        "COPY <<EOF",
        "COPY --from={{ stage }} a /b",
        "RUN --mount= ls",
        "RUN chmod",
        "RUN chmod 77777777777777777777777777 /a",
        "RUN chown -R",
        "RUN mkdir -m",
        "RUN tar",
        "RUN tar x <",
    ],
)
def test_odd_writing_neither_raises_nor_hides_the_rest(line: str, code: str, tmp_path: Path) -> None:
    findings_in(tmp_path, {"Dockerfile": f"{line}\nFROM a\n{line}\nONBUILD {line}\n", ".dockerignore": "a\n["}, code)


@pytest.mark.parametrize("code", ["DF201", "DF204", "DF208", "DF216"])
@pytest.mark.parametrize(
    "words",
    ["{{ source }} .env app", "{% if x %} .env", ".env app # the settings", "['.env', 'b', \"c\"] app", "@@X@@ .env"],
)
def test_words_that_are_not_what_is_meant_are_not_judged(words: str, code: str, tmp_path: Path) -> None:
    assert not findings(tmp_path, f"FROM a\nADD {words}\n", code)


# ADD.


@pytest.mark.parametrize(
    "source",
    ["a.tar.zst", "HTTPS://example.com/a", "git://example.com/a", "ssh://git@example.com/a", "${X}", "a/${X}"],
)
def test_what_add_may_fetch_or_unpack_is_no_matter_for_copy(source: str, tmp_path: Path) -> None:
    assert not findings(tmp_path, f"FROM a\nADD {source} /b/\n", "DF201")


def test_a_variable_whose_value_is_known_is_judged_by_it(tmp_path: Path) -> None:
    text = "FROM a\nARG A=https://example.com/a\nENV B=c.txt\nADD $A /a\nADD $B /b\n"
    assert [found.line for found in findings(tmp_path, text, "DF202")] == [4]
    assert [found.line for found in findings(tmp_path, text, "DF201")] == [5]


@pytest.mark.parametrize(("address", "severity"), [("http://a.example/b", "error"), ("https://a.example/b", "warning")])
def test_plain_http_is_an_error(address: str, severity: str, tmp_path: Path) -> None:
    assert finding(tmp_path, f"FROM a\nADD {address} /b\n", "DF202").severity == severity


# Destinations.


@pytest.mark.parametrize(
    ("before", "severity"),
    [("", "error"), ("WORKDIR /c", "warning"), ("RUN mkdir -p /c", "warning"), ("RUN mkdir /d", "error")],
)
def test_a_folder_that_is_there_is_only_refused_by_older_builders(before: str, severity: str, tmp_path: Path) -> None:
    assert finding(tmp_path, f"FROM a\n{before}\nCOPY a b /c\n", "DF204").severity == severity


def test_a_pattern_alone_is_a_note(tmp_path: Path) -> None:
    found = finding(tmp_path, "FROM a\nADD conf/*.conf /etc/app\n", "DF204")
    assert found.severity == "info"
    assert found.message == (
        '"conf/*.conf" may match several files, and the destination "/etc/app" does not end with a slash'
    )


def test_nothing_decides_but_the_file_in_a_stage_from_scratch(tmp_path: Path) -> None:
    assert finding(tmp_path, "FROM scratch\nCOPY a b\n", "DF208").severity == "info"


def test_a_base_image_without_name_is_not_named(tmp_path: Path) -> None:
    found = finding(tmp_path, "FROM\nCOPY a b\n", "DF208")
    assert found.message == 'the destination "b" is relative, and no WORKDIR is set before'


def test_a_workdir_that_is_put_off_means_nothing_to_what_is_not(tmp_path: Path) -> None:
    text = "FROM a\nONBUILD WORKDIR /b\nCOPY a b\nONBUILD COPY a b\n"
    assert [found.line for found in findings(tmp_path, text, "DF208")] == [3]


# Archives.


def test_the_command_that_unpacks_is_shown(tmp_path: Path) -> None:
    found = finding(tmp_path, "FROM a\nCOPY a.tgz /b/\nRUN cd /b && tar -xzf a.tgz\n", "DF209")
    assert [(one.line, one.column) for one in found.related] == [(3, 14)]


def test_an_archive_that_is_unpacked_with_options_is_to_be_mounted(tmp_path: Path) -> None:
    found = finding(tmp_path, "FROM a\nCOPY a.tgz /b/\nRUN tar -xzf /b/a.tgz --strip-components=1\n", "DF209")
    assert "--mount=type=bind,source=a.tgz" in found.hint


def test_a_copy_is_reported_once_for_all_of_its_archives(tmp_path: Path) -> None:
    finding(tmp_path, "FROM a\nCOPY a.tgz b.tgz /b/\nRUN tar xf /b/a.tgz && tar xf /b/b.tgz < /b/a.tgz\n", "DF209")


def test_a_file_that_tar_reads_from_its_input_is_unpacked(tmp_path: Path) -> None:
    finding(tmp_path, "FROM a\nCOPY a.tgz /b/\nRUN tar xz < /b/a.tgz\n", "DF209")


# Stages.


def test_a_typing_error_is_recognised(tmp_path: Path) -> None:
    text = "FROM a AS builder\nFROM b\nCOPY --from=biulder a /b\n"
    assert finding(tmp_path, text, "DF205").hint == 'name the stage "builder"'


def test_a_stage_that_comes_later_is_shown(tmp_path: Path) -> None:
    found = finding(tmp_path, "FROM a\nCOPY --from=later a /b\nFROM b AS later\n", "DF205")
    assert found.message == 'COPY --from names stage "later", which is defined only later'
    assert [one.line for one in found.related] == [3]


def test_a_fragment_shows_that_no_stage_stands_above(tmp_path: Path) -> None:
    found = finding(tmp_path, "COPY --from=build a /b\n", "DF205")
    assert (found.severity, found.message) == ("info", 'COPY --from names "build", and no stage stands above it')


def test_an_earlier_stage_of_the_same_name_may_be_meant(tmp_path: Path) -> None:
    assert not findings(tmp_path, "FROM a AS x\nFROM b AS x\nCOPY --from=x a /b\n", "DF206")


# Secrets.


@pytest.mark.parametrize(
    ("stages", "severity"),
    [
        ("FROM a\nCOPY id_rsa /b", "error"),
        ("FROM a\nCOPY .npmrc /b", "warning"),
        ("FROM a\nCOPY id_rsa /b\nFROM b", "warning"),
        ("FROM a AS base\nCOPY id_rsa /b\nFROM base", "error"),
        ("COPY id_rsa /b", "error"),
    ],
)
def test_a_secret_weighs_less_outside_of_the_image_that_ships(stages: str, severity: str, tmp_path: Path) -> None:
    assert finding(tmp_path, f"{stages}\n", "DF216").severity == severity


@pytest.mark.parametrize(
    "name", ["nginx_signing.key", "jwt-public.pem", "truststore.jks", "ca.pem", ".env.j2", "a.crt", ".docker/"]
)
def test_what_everybody_may_see_is_no_secret(name: str, tmp_path: Path) -> None:
    assert not findings(tmp_path, f"FROM a\nCOPY {name} /b\n", "DF216")


# Permissions.


@pytest.mark.parametrize(
    ("mode", "writable"),
    [
        ("777", True),
        ("2", True),
        ("0775", False),
        ("4755", False),
        ("a=rwx", True),
        ("=rwx", False),
        ("u=rwx,g=rx,o=rwx", True),
        ("o=u", False),
        ("a+w,o=r", False),
        ("o-w", False),
        ("ug+w", False),
        ("+t,o+w", True),
        ("888", False),
    ],
)
def test_a_mode_lets_others_write(mode: str, writable: bool, tmp_path: Path) -> None:
    assert bool(findings(tmp_path, f"FROM a\nRUN chmod {mode} /srv/app\n", "DF219")) is writable


def test_a_mode_is_a_note_in_a_stage_that_does_not_ship(tmp_path: Path) -> None:
    assert finding(tmp_path, "FROM a\nRUN chmod 777 /b\nFROM c\n", "DF219").severity == "info"


def test_the_copy_that_is_stored_twice_is_shown(tmp_path: Path) -> None:
    found = finding(tmp_path, "FROM a\nADD . /b\nRUN chmod -R g=u /b\n", "DF217")
    assert [(one.line, one.message) for one in found.related] == [(2, "the ADD")]
    assert found.hint == "give the ADD a --chmod, and drop the chmod"


# The build context.


def test_the_pattern_that_leaves_a_source_out_is_shown(tmp_path: Path) -> None:
    files = {"Dockerfile": "FROM a\nCOPY b dist/x /c/\n", ".dockerignore": "# built\n\n/dist/\n"}
    [found] = findings_in(tmp_path, files, "DF207")
    assert (found.line, found.column, found.end_column) == (2, 8, 14)
    assert found.message == (
        'COPY will not find "dist/x": the pattern "/dist/" in .dockerignore leaves it out of the build context'
    )
    assert [(one.path, one.line, one.column) for one in found.related] == [(".dockerignore", 3, 1)]


@pytest.mark.parametrize(
    ("ignored", "source", "count"),
    [
        ("*\n!a", "b", 1),
        ("*\n!b/c", "b", 0),
        ("*\n!b/c", "b/d", 1),
        ("*\n!d/c", "d", 0),
        ("e\n!e/**/f", "e", 0),
        ("**/g", "x/g/h", 1),
        ("*", ".", 1),
        ("*\n!a", ".", 0),
        ("a", "../a", 0),
        ("a", "./a/", 1),
        ("a", "/a", 1),
        ("a", "a*", 0),
        ("a b", '["a b", "/c"]', 1),
    ],
)
def test_a_source_is_left_out(ignored: str, source: str, count: int, tmp_path: Path) -> None:
    text = f"FROM a\nCOPY {source}\n" if source.startswith("[") else f"FROM a\nCOPY {source} /c\n"
    assert len(findings_in(tmp_path, {"Dockerfile": text, ".dockerignore": ignored}, "DF207")) == count


def test_no_exception_for_what_would_be_in_it_brings_back_a_file(tmp_path: Path) -> None:
    files = {"Dockerfile": "FROM a\nCOPY b /c\n", ".dockerignore": "*\n!b/c\n", "b": ""}
    assert len(findings_in(tmp_path, files, "DF207")) == 1


def test_a_context_further_up_is_taken_where_only_that_holds_the_source(tmp_path: Path) -> None:
    files = {"web/Dockerfile": "FROM a\nCOPY src /c\n", "web/.dockerignore": "src\n"}
    assert len(findings_in(tmp_path, files, "DF207")) == 1
    assert not findings_in(tmp_path, {**files, "src/a": ""}, "DF207")


def test_the_context_can_be_given(tmp_path: Path) -> None:
    files = {"web/Dockerfile": "FROM a\nCOPY src /c\n", ".dockerignore": "src\n"}
    assert not findings_in(tmp_path, files, "DF207")
    assert len(findings_in(tmp_path, files, "DF207", context=".")) == 1


def test_a_source_must_be_left_out_of_all_contexts(tmp_path: Path) -> None:
    steps = "".join(f"      - run: docker build -f web/Dockerfile {folder}\n" for folder in (".", "web"))
    files = {
        "web/Dockerfile": "FROM a\nCOPY src /c\n",
        ".dockerignore": "src\n",
        "web/.dockerignore": "other\n",
        ".github/workflows/build.yaml": f"on: push\njobs:\n  b:\n    runs-on: x\n    steps:\n{steps}",
    }
    assert not findings_in(tmp_path, files, "DF207")
    assert len(findings_in(tmp_path, {**files, "web/.dockerignore": "src\n"}, "DF207")) == 1
