"""Reports about switches that turn the verification of certificates or signatures off: messages, places and fixes."""

from pathlib import Path

import pytest
from edits import edited

import cnlint
from cnlint.syntax.source import Source

_TLS = ["DF511", "DF512", "DF513", "DF514", "DF515", "DF516", "DF517"]
_SIGNATURES = ["DF521", "DF522", "DF523", "DF524", "DF525", "DF526", "DF527"]


def findings(text: str, codes: list[str], folder: Path, **options: object) -> tuple[cnlint.Finding, ...]:
    (folder / "Dockerfile").write_text(text)
    config = {"rules": dict.fromkeys(codes, options)} if options else False
    return cnlint.check([folder / "Dockerfile"], select=codes, root=folder, config=config).findings


def reported(text: str, codes: list[str], folder: Path, **options: object) -> list[str]:
    """Give the text at each place that is reported."""
    source = Source("Dockerfile", text)
    return [
        text[source.offset(one.line, one.column) : source.offset(one.end_line, one.end_column)]
        for one in findings(text, codes, folder, **options)
    ]


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("ENV A=1 NODE_TLS_REJECT_UNAUTHORIZED='0' B=2", "NODE_TLS_REJECT_UNAUTHORIZED='0'"),
        ("ENV NODE_TLS_REJECT_UNAUTHORIZED 0", "NODE_TLS_REJECT_UNAUTHORIZED 0"),
        ("RUN a && GIT_SSL_NO_VERIFY=1 git fetch", "GIT_SSL_NO_VERIFY=1"),
        ("RUN env -i Npm_Config_Strict_SSL=FALSE npm ci", "Npm_Config_Strict_SSL=FALSE"),
        ("RUN export A=1 PYTHONHTTPSVERIFY=0", "PYTHONHTTPSVERIFY=0"),
        ("RUN PYTHONHTTPSVERIFY=0; export PYTHONHTTPSVERIFY", "PYTHONHTTPSVERIFY"),
        ("RUN declare -x PYTHONHTTPSVERIFY=0", "PYTHONHTTPSVERIFY=0"),
        ("RUN curl -fsSLko a https://example.com", "-fsSLko"),
        ("RUN sudo -E /usr/bin/curl --insecure https://example.com", "--insecure"),
        ("RUN bash -c 'curl -k $URL'", "-k"),
        ('RUN ["curl", "-k", "https://example.com"]', '"-k"'),
        ("RUN a=$(curl -k https://example.com)", "-k"),
        ("RUN wget --no-check -q https://example.com", "--no-check"),
        ("RUN wget --execute=check_certificate=off https://example.com", "check_certificate=off"),
        ("RUN pip3.14 install --trusted-host example.com a", "--trusted-host example.com"),
        ("RUN pip config set install.trusted-host 'a b'", "install.trusted-host 'a b'"),
        ("RUN pip install --trusted-host", "--trusted-host"),
        ("RUN npm c set strict-ssl=false && npm ci", "npm c set strict-ssl=false"),
        ("RUN npm --strict-ssl false ci", "--strict-ssl false"),
        ("RUN dnf config-manager --save --setopt='*.sslverify=FALSE'", "*.sslverify=FALSE"),
        ("RUN dnf config-manager setopt a.enabled=0 a.sslverify=0", "a.sslverify=0"),
        ("RUN git config --global http.sslVerify ''", "git config --global http.sslVerify ''"),
        ("RUN git -C /src -c HTTP.SSLVERIFY=off fetch", "HTTP.SSLVERIFY=off"),
    ],
)
def test_the_switch_against_certificates_is_reported(line: str, place: str, tmp_path: Path) -> None:
    assert reported(f"FROM alpine:3.23\n{line}\n", _TLS, tmp_path) == [place]


@pytest.mark.parametrize(
    "line",
    [
        "ENV NODE_TLS_REJECT_UNAUTHORIZED=$REJECT",
        "ENV NODE_TLS_REJECT_UNAUTHORIZED",
        "ARG GIT_SSL_NO_VERIFY",
        "LABEL NODE_TLS_REJECT_UNAUTHORIZED=0",
        "RUN declare PYTHONHTTPSVERIFY=0",
        "RUN PYTHONHTTPSVERIFY=$VERIFY python a.py",
        "RUN curl -Hk:v -o k -uk https://example.com",
        "RUN curl -k https://localhost:8443/ --url https://[::1]/",
        "RUN wget --no-check-certificate-errors https://example.com",
        "RUN git config --global http.sslVerify $VERIFY",
        "RUN git config --global --unset http.sslVerify false",
        "RUN git config",
        "RUN pip config set global.trusted-host",
        "RUN npm config set",
        "RUN npm config set strict-ssl",
        "RUN yum --setopt install a",
        'RUN ["curl"]',
        "CMD curl -k https://example.com",
    ],
)
def test_what_verifies_or_is_not_known_is_not_reported(line: str, tmp_path: Path) -> None:
    assert not findings(f"FROM alpine:3.23\n{line}\n", _TLS, tmp_path)


def test_a_request_to_a_host_whose_name_only_starts_like_the_own_one_is_reported(tmp_path: Path) -> None:
    text = "FROM alpine:3.23\nRUN curl -k https://localhost.example.com/ https://localhost/\n"
    assert reported(text, _TLS, tmp_path) == ["-k"]


@pytest.mark.parametrize(
    ("instruction", "place"),
    [
        ('RUN printf "[global]\\ntrusted-host = a.com\\n" > /etc/pip.conf', "trusted-host = a.com"),
        ("RUN { echo '[main]'; echo sslverify=0; } >> /etc/dnf/dnf.conf", "sslverify=0"),
        ("RUN (echo a; echo strict-ssl=false) | tee -a ~/.npmrc", "strict-ssl=false"),
        ("RUN sed -i -e 's#^a#b#' -e 's#ssl=1#sslverify=0#' /etc/yum.conf", "sslverify=0"),
        ("RUN sed -i '/main/a sslverify=false' /etc/yum.conf", "sslverify=false"),
        ("RUN cat <<EOF | tee /etc/yum.repos.d/a.repo\n[a]\nsslverify = no\nEOF", "sslverify = no"),
        ("RUN tee ~/.gitconfig <<EOF\n[http]\n\tsslVerify = false\nEOF", "sslVerify = false"),
        ("RUN <<EOF\nset -e\necho insecure >>~/.curlrc\nEOF", "insecure"),
        ("COPY <<-EOF /root/.npmrc\n\tstrict-ssl=false\n\tEOF", "strict-ssl=false"),
        (
            "COPY --chown=1:1 <<.wgetrc <<other /root/\ncheck_certificate = off\n.wgetrc\na\nother",
            "check_certificate = off",
        ),
        ("ONBUILD RUN echo insecure > /root/.curlrc", "insecure"),
    ],
)
def test_a_line_of_a_settings_file_is_reported_where_it_is_written(
    instruction: str, place: str, tmp_path: Path
) -> None:
    assert reported(f"FROM alpine:3.23\n{instruction}\n", _TLS, tmp_path) == [place]


@pytest.mark.parametrize(
    "instruction",
    [
        "RUN echo sslverify=0",
        "RUN echo sslverify=0 2> /etc/yum.conf",
        "RUN echo sslverify=0 > /etc/other",
        "RUN echo sslverify=0 > $FILE",
        "RUN echo '# sslverify=0' > /etc/yum.conf",
        "RUN sed 's/a/sslverify=0/' /etc/yum.conf",
        "RUN sed -i 's/sslverify=0/sslverify=1/' /etc/yum.conf",
        "RUN sed -i 's/sslverify=0' /etc/yum.conf",
        "RUN sed -i",
        "RUN cat <<EOF\nsslverify=0\nEOF",
        "RUN echo sslverify=0 | tee",
        "COPY sslverify=0 /etc/yum.conf",
        "COPY <<EOF\nsslverify=0\nEOF",
    ],
)
def test_a_line_that_is_not_written_to_the_settings_is_not_reported(instruction: str, tmp_path: Path) -> None:
    assert not findings(f"FROM alpine:3.23\n{instruction}\n", _TLS, tmp_path)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("ENV GIT_SSL_NO_VERIFY=false", '"GIT_SSL_NO_VERIFY=false" makes git accept any certificate'),
        ("ENV UV_INSECURE_HOST=a.com", '"UV_INSECURE_HOST=a.com" makes uv accept any certificate of that host'),
        ("RUN curl -Lk https://a.com", '"-k" makes curl accept any certificate'),
        (
            "RUN pip install --trusted-host a.com b",
            '"--trusted-host a.com" makes pip accept any certificate of that host',
        ),
        ("RUN git config http.sslVerify 0", '"http.sslVerify=0" makes git accept any certificate'),
        ("RUN apk add --allow-untrusted a", '"--allow-untrusted" makes apk accept packages without a valid signature'),
        ("RUN rpm -i --nodigest a.rpm", '"--nodigest" makes rpm install packages without checking their digests'),
        ("RUN apt-key del 7FA2AF80", "apt-key keeps keys that sign for every source, and Debian 13 has it no more"),
        (
            "RUN wget -qO- http://a.com/key | apt-key add -",
            'apt-key takes the key over plain HTTP, from "http://a.com/key": it can be anybody\'s',
        ),
    ],
)
def test_the_message_says_what_is_accepted(line: str, message: str, tmp_path: Path) -> None:
    (finding,) = findings(f"FROM alpine:3.23\n{line}\n", _TLS + _SIGNATURES, tmp_path)
    assert finding.message == message


def test_hosts_may_be_trusted_by_option(tmp_path: Path) -> None:
    text = "FROM alpine:3.23\nRUN pip install --trusted-host a.local:8080 b\nRUN pip install --trusted-host a.com b\n"
    assert reported(text, ["DF514"], tmp_path, allow_hosts=["*.local"]) == ["--trusted-host a.com"]


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("RUN apt-get -oAPT::Get::AllowUnauthenticated=1 install a", "-oAPT::Get::AllowUnauthenticated=1"),
        ("RUN apt-get update --allow-insecure-repositories", "--allow-insecure-repositories"),
        ("RUN dnf5 install --no-gpgchecks a", "--no-gpgchecks"),
        ("RUN yum --setopt=a.gpgcheck=no install a", "a.gpgcheck=no"),
        ("RUN zypper ar -cfG https://a.com a", "-cfG"),
        ("RUN add-apt-repository 'deb [trusted=yes] https://a.com ./'", "'deb [trusted=yes] https://a.com ./'"),
        ("RUN sed -i 's/^deb /deb [trusted=yes] /' /etc/apt/sources.list", "trusted=yes"),
        ("RUN printf 'deb [ trusted=yes ] %s ./\\n' $URL > /etc/apt/sources.list", "trusted=yes"),
        ('RUN echo "deb [arch=$(arch) trusted=yes] $URL ./" > /etc/apt/sources.list', "trusted=yes"),
        ("RUN printf '%s\\n' 'Types: deb' 'Trusted: yes' > /etc/apt/sources.list.d/a.sources", "Trusted: yes"),
    ],
)
def test_the_switch_against_signatures_is_reported(line: str, place: str, tmp_path: Path) -> None:
    found = reported(f"FROM debian:trixie\n{line}\n", _SIGNATURES, tmp_path)
    assert found == [place] or found == [place.removeprefix("-o")]


@pytest.mark.parametrize(
    "line",
    [
        "RUN apt-get install --allow-unauthenticated=false a",
        "RUN apt-get -o install a",
        "RUN rpm -qpi --nosignature a.rpm",
        "RUN rpm --import https://a.com/key",
        "RUN zypper in -G a",
        "RUN echo 'deb [trusted=yes] copy:/media ./' > /etc/apt/sources.list",
        "COPY <<EOF /etc/apt/sources.list.d/a.sources\nTypes: deb\nURIs: file:/packages\nTrusted: yes\nEOF",
    ],
)
def test_what_checks_signatures_or_needs_none_is_not_reported(line: str, tmp_path: Path) -> None:
    assert not findings(f"FROM debian:trixie\n{line}\n", _SIGNATURES, tmp_path)


def test_apt_key_as_such_is_less_severe(tmp_path: Path) -> None:
    text = "FROM debian:12\nRUN curl -fsSL https://a.com/key | apt-key add -\nRUN apt-key adv --fetch-keys http://a.com/key\n"
    assert [one.severity for one in findings(text, ["DF527"], tmp_path)] == ["info", "error"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("apt-get install --force-yes a", "apt-get install -y a"),
        ("apt-get -y --force-yes install a", "apt-get -y install a"),
        ("apt-get install a \\\n    --force-yes -q", "apt-get install a \\\n    -y -q"),
        ('["apt-get", "--force-yes", "install", "a"]', None),
    ],
)
def test_force_yes_becomes_a_plain_yes(before: str, after: str | None, tmp_path: Path) -> None:
    text = f"FROM debian:trixie\nRUN {before}\n"
    (finding,) = findings(text, ["DF525"], tmp_path)
    assert bool(finding.fixes) == (after is not None)
    for fix in finding.fixes:
        (edit,) = fix.edits
        assert fix.safe
        assert edited(text, [edit]) == f"FROM debian:trixie\nRUN {after}\n"


def test_fragments_without_a_stage_are_judged_too(tmp_path: Path) -> None:
    text = "ARG GIT_SSL_NO_VERIFY=1\nRUN curl -k https://example.com\n"
    assert reported(text, _TLS, tmp_path) == ["GIT_SSL_NO_VERIFY=1", "-k"]
