"""Rules about package managers in RUN: what they say, where, and how they are mended."""

import pytest
from edits import edited

import cnlint

DEBIAN = "FROM debian:trixie-slim\n"


def findings(text: str, code: str, tmp_path, **config) -> list[cnlint.Finding]:  # type: ignore[no-untyped-def]
    (tmp_path / "Dockerfile").write_text(text)
    report = cnlint.check([tmp_path / "Dockerfile"], select=[code], root=tmp_path, config={"rules": {code: config}})
    return list(report.findings)


def fixed(text: str, code: str, tmp_path) -> tuple[str, bool] | None:  # type: ignore[no-untyped-def]
    """Give the text with the first fix of its only finding applied, and whether the fix is safe."""
    (finding,) = findings(text, code, tmp_path)
    if not finding.fixes:
        return None
    (edit,) = finding.fixes[0].edits
    return edited(text, [edit]), finding.fixes[0].safe


@pytest.mark.parametrize(
    ("code", "run", "columns", "message"),
    [
        (
            "DF401",
            "apt install -y curl",
            (5, 8),
            "apt install is meant for people at a terminal, and may change between releases",
        ),
        ("DF402", "apt-get install curl", (5, 25), "apt-get install asks for confirmation, which a build cannot give"),
        ("DF404", "apt-get update", (1, 19), "apt-get update leaves the lists of packages in the layer"),
        ("DF405", "apt-get install -y curl", (24, 28), 'package "curl" has no version'),
        (
            "DF406",
            "apt-get -y dist-upgrade",
            (5, 28),
            "apt-get dist-upgrade replaces and removes packages of the base image as it sees fit",
        ),
        ("DF407", "yum -y update", (5, 18), "yum update brings all packages of the base image up to date"),
        (
            "DF408",
            "cd / && apt-get update",
            (13, 27),
            "no install follows apt-get update in its RUN: later ones use a cached index",
        ),
        (
            "DF409",
            "apt-get install -y a b",
            (5, 27),
            'apt-get installs "a", "b" without an update before it in the same RUN',
        ),
        ("DF421", "yum install a", (5, 18), "yum install asks for confirmation, which a build cannot give"),
        ("DF422", "yum -y install a", (1, 21), "yum leaves its cache in the layer"),
        ("DF423", "yum module install nodejs", (24, 30), 'module "nodejs" has no stream'),
        ("DF424", "microdnf install a", (5, 23), "microdnf install asks for confirmation, which a build cannot give"),
        ("DF425", "tdnf -y install a", (1, 22), "tdnf leaves its cache in the layer"),
        ("DF426", "dnf -y install a-b", (20, 23), 'package "a-b" has no version'),
        ("DF431", "zypper in a", (5, 16), "zypper in asks for confirmation, which a build cannot give"),
        ("DF432", "zypper -n in a", (1, 19), "zypper leaves its cache in the layer"),
        ("DF433", "zypper -n in a", (18, 19), 'package "a" has no version'),
    ],
)
def test_a_finding_names_what_is_wrong_and_where(
    code: str, run: str, columns: tuple[int, int], message: str, tmp_path
) -> None:  # type: ignore[no-untyped-def]
    (finding,) = findings(f"{DEBIAN}RUN {run}\n", code, tmp_path)
    assert (finding.line, finding.column, finding.end_column, finding.message) == (2, *columns, message)


@pytest.mark.parametrize(
    ("code", "before", "after", "safe"),
    [
        ("DF401", "RUN apt -y install a", "RUN apt-get -y install a", True),
        ("DF401", "RUN apt upgrade", "RUN apt-get upgrade", False),
        ("DF402", "RUN apt-get install a", "RUN apt-get install -y a", True),
        ("DF402", "RUN sudo apt-get -q install a", "RUN sudo apt-get -q install -y a", True),
        ("DF404", "RUN apt-get update", "RUN apt-get update && rm -rf /var/lib/apt/lists/*", False),
        (
            "DF404",
            "RUN sudo apt-get update && \\\n    sudo apt-get install -y a",
            "RUN sudo apt-get update && \\\n    sudo apt-get install -y a \\\n    && sudo rm -rf /var/lib/apt/lists/*",
            False,
        ),
        (
            "DF409",
            "RUN cd / && A=1 apt-get install -y a",
            "RUN cd / && apt-get update && A=1 apt-get install -y a",
            False,
        ),
        ("DF410", "ENV DEBIAN_FRONTEND=noninteractive", "ARG DEBIAN_FRONTEND=noninteractive", True),
        ("DF421", "RUN yum install a", "RUN yum install -y a", True),
        ("DF422", "RUN yum -y install a", "RUN yum -y install a && yum clean all", True),
        ("DF424", "RUN dnf install a", "RUN dnf install -y a", True),
        ("DF425", "RUN microdnf -y install a", "RUN microdnf -y install a && microdnf clean all", True),
        ("DF431", "RUN zypper in a", "RUN zypper --non-interactive in a", True),
        ("DF432", "RUN zypper -n in a", "RUN zypper -n in a && zypper clean", True),
    ],
)
def test_a_fix_writes_what_it_promises(code: str, before: str, after: str, safe: bool, tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert fixed(f"{DEBIAN}{before}\n", code, tmp_path) == (f"{DEBIAN}{after}\n", safe)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("DF401", "RUN apt search nginx"),
        ("DF401", 'RUN ["/usr/bin/apt", "update"]'),
        ("DF402", 'RUN ["apt-get", "install", "a"]'),
        ("DF404", "RUN if true; then apt-get update; fi"),
        ("DF404", "RUN apt-get update # the lists"),
        ("DF404", "RUN apt-get update &"),
        ("DF404", "RUN apt-get update;"),
        ("DF404", "RUN apt-get update && exit 0"),
        ("DF404", "RUN <<EOF\napt-get update\nEOF"),
        ("DF404", "RUN sh -c 'apt-get update'"),
        ("DF404", "RUN timeout 60 apt-get update"),
        ("DF409", "RUN yes | apt-get install -y a"),
        ("DF410", "ENV DEBIAN_FRONTEND=noninteractive LANG=C"),
        ("DF410", "ENV DEBIAN_FRONTEND noninteractive"),
    ],
)
def test_no_fix_is_proposed_where_it_cannot_be_exact(code: str, text: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert fixed(f"{DEBIAN}{text}\n", code, tmp_path) is None


def test_a_frontend_that_another_stage_inherits_stays_an_env(tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = "FROM debian:13 AS base\nENV DEBIAN_FRONTEND=noninteractive\nFROM base\nRUN apt-get update\n"
    assert fixed(text, "DF410", tmp_path) is None


@pytest.mark.parametrize(
    "later",
    [
        "rm -rf /var/lib/apt/lists",
        "rm -rf /var/lib/apt/lists/",
        "rm -rf /var/lib/apt/*",
        'rm -rf "/var/lib/apt/lists/"*',
        "rm -f /var/lib/apt/lists/*_dists_*",
        "rm -rf /tmp/* /var/lib/{apt,dpkg,cache,log}/",
        "find /var/lib/apt/lists -mindepth 1 -delete",
        "find /var/lib/apt/lists/ -type f -exec rm {} +",
        "find /var/lib/apt/lists -type f | xargs rm -f",
        "cd /var/lib/apt/lists && rm -rf *",
        "rm -rf $LEFTOVERS",
        "sh -c 'rm -rf /var/lib/apt/lists/*'",
        "apt-get distclean",
        "/usr/local/sbin/cleanup.sh",
    ],
)
def test_lists_may_be_removed_in_many_ways(later: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert findings(f"{DEBIAN}RUN apt-get update && {later}\n", "DF404", tmp_path) == []


@pytest.mark.parametrize(
    "later",
    [
        "rm -rf /var/lib/apt/lists/partial",
        "rm -rf /var/lib/dpkg /var/cache/apt /tmp/*",
        "rm -rf /var/lib/{dpkg,cache}/",
        "cd /tmp && rm -rf *",
        "rm -rf /tmp/$NAME",
        "find /var/lib/apt/lists -type f",
        "apt-get clean",
        "apt-get autoremove -y",
        "echo rm -rf /var/lib/apt/lists",
    ],
)
def test_lists_stay_when_something_else_is_removed(later: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert len(findings(f"{DEBIAN}RUN apt-get update && {later}\n", "DF404", tmp_path)) == 1


@pytest.mark.parametrize(
    ("mounts", "count"),
    [
        ("--mount=type=cache,target=/var/lib/apt", 0),
        ("--mount=type=tmpfs,dst=/var/lib", 0),
        ("--mount=type=cache,target=$WHERE", 0),
        ("--mount=type=cache,target=/var/lib/apt/lists/partial", 1),
        ("--mount=type=bind,target=/var/lib/apt", 1),
        ("--mount=type=cache,target=/var/library", 1),
    ],
)
def test_a_mount_keeps_the_lists_out_only_where_it_covers_them(mounts: str, count: int, tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert len(findings(f"{DEBIAN}RUN {mounts} apt-get update\n", "DF404", tmp_path)) == count


def test_one_run_is_reported_once_for_its_lists(tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = f"{DEBIAN}RUN apt-get update && apt-get install -y a && apt-get update && apt-get install -y b\n"
    assert len(findings(text, "DF404", tmp_path)) == 1


@pytest.mark.parametrize(
    ("package", "count"),
    [
        ("httpd-2.4.62-1.el9.x86_64", 0),
        ("openssl-1:1.1.1k", 0),
        ("'nodejs >= 18'", 0),
        ("httpd-2.4*", 0),
        ("'perl(DBI)'", 0),
        ("/usr/bin/python3", 0),
        ("@development", 0),
        ("git-core-${VERSION}", 0),
        ("git-core", 1),
        ("python3-pip", 1),
        ("python39", 1),
        ("gcc-c++", 1),
    ],
)
def test_versions_of_rpm_packages_follow_a_dash(package: str, count: int, tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert len(findings(f"FROM fedora:43\nRUN dnf -y install {package}\n", "DF426", tmp_path)) == count


def test_packages_of_a_variable_are_known_by_their_names(tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = f"{DEBIAN}ARG MORE='d=1 e'\nRUN buildDeps='a b=1' && apt-get install -y $buildDeps $MORE\n"
    found = findings(text, "DF405", tmp_path)
    assert [finding.message for finding in found] == ['package "a" has no version', 'package "e" has no version']


def test_an_index_of_an_earlier_layer_is_only_old(tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = f"{DEBIAN}RUN apt-get update && apt-get install -y a\nRUN apt-get install -y b\n"
    (finding,) = findings(text, "DF409", tmp_path)
    assert (finding.line, finding.severity) == (3, "info")
    assert [(place.line, place.message) for place in finding.related] == [(2, "fetches the index")]


def test_an_index_of_the_stage_that_this_one_is_built_from_counts(tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = "FROM debian:13 AS base\nRUN apt-get update\nFROM base\nRUN apt-get install -y b\n"
    (finding,) = findings(text, "DF409", tmp_path)
    assert finding.severity == "info"


@pytest.mark.parametrize(
    "before",
    ["RUN ./install.sh\n", "RUN curl -fsSL https://deb.example.com/setup | bash -\n", "COPY --from=other / /\n"],
)
def test_what_may_have_fetched_an_index_is_no_reason_to_speak(before: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert findings(f"{DEBIAN}{before}RUN apt-get install -y b\n", "DF409", tmp_path) == []


@pytest.mark.parametrize("code", ["DF402", "DF404", "DF405", "DF408", "DF410", "DF411", "DF422", "DF425", "DF431"])
def test_a_fragment_without_from_is_read_as_well(code: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    lines = ["ENV DEBIAN_FRONTEND=noninteractive", "RUN apt-get update", "RUN apt-get install a", "RUN apk add a"]
    lines += ["RUN yum -y install a", "RUN dnf -y install a", "RUN zypper in a"]
    assert len(findings("\n".join(lines) + "\n", code, tmp_path)) == 1


@pytest.mark.parametrize(
    "run",
    [
        "apt-get",
        "apt-get install",
        "apt-get install -o",
        "apt",
        "yum module",
        "zypper -n",
        "dnf",
        "apk add --virtual",
        "yum -y install ''",
    ],
)
def test_commands_that_are_cut_off_are_read(run: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "Dockerfile").write_text(f"{DEBIAN}RUN {run}\n")
    report = cnlint.check([tmp_path / "Dockerfile"], select=["DF4"], root=tmp_path, config=False)
    assert not [finding for finding in report.findings if finding.code.startswith("CNL")]
