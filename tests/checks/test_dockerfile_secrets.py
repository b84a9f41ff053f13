"""Reports about secrets, passwords and rights: messages, places and odd cases."""

from pathlib import Path

import pytest

import cnlint


def findings(text: str, code: str, folder: Path) -> tuple[cnlint.Finding, ...]:
    (folder / "Dockerfile").write_text(text)
    return cnlint.check([folder / "Dockerfile"], select=[code], root=folder, config=False).findings


@pytest.mark.parametrize(
    ("line", "severity"),
    [
        ("ARG TOKEN", "warning"),
        ("ARG TOKEN=", "warning"),
        ("ENV TOKEN=$OTHER", "warning"),
        ("ENV TOKEN=changeme", "warning"),
        ("ENV TOKEN={{ token }}", "warning"),
        ("ENV TOKEN=abc123", "error"),
        ("ENV DB_PASSWORD 123456", "error"),
        ("ENV TRAVIS_OS_NAME=linux", "info"),
        ("ARG REGISTRY_USR", "info"),
    ],
)
def test_a_value_that_stands_in_the_file_is_worse(line: str, severity: str, tmp_path: Path) -> None:
    (found,) = findings(f"FROM scratch\n{line}\n", "DF501", tmp_path)
    assert found.severity == severity


def test_the_key_is_marked_and_the_value_not_told(tmp_path: Path) -> None:
    (found,) = findings('FROM scratch\nENV A=1 "API_TOKEN"=hunter2\n', "DF501", tmp_path)
    assert (found.column, found.end_column) == (9, 20)
    assert found.message == 'ENV "API_TOKEN" is the name of a secret, whose value stands in the file'


@pytest.mark.parametrize(
    "line", ["ARG", "ENV", "ENV =x", "ENV TOKEN=30s", "ARG AUTH=off", "ENV CASSANDRA_KEY_SPACE=a", "ENV _=1"]
)
def test_what_is_no_secret_is_not_reported(line: str, tmp_path: Path) -> None:
    assert findings(f"FROM scratch\n{line}\n", "DF501", tmp_path) == ()


def test_an_option_that_is_no_expression_allows_nothing(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nARG TOKEN\n")
    (tmp_path / "cnlint.toml").write_text('[rules.DF501]\nallow = ["(", "^X"]\n')
    report = cnlint.check([tmp_path / "Dockerfile"], select=["DF501"], root=tmp_path)
    assert [found.code for found in report.findings] == ["DF501"]


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("ENV A=1 ID=AKIAQ3EGRRX7NOTREALX", 'ENV "ID" holds an AWS access key in plain text', 12),
        ("RUN curl https://a:b1c2@x.example.com/", "RUN holds a URL with a password in plain text", 10),
        ("RUN git clone https://x:ghp_" + "a1" * 18 + "@example.com/x", "RUN holds a GitHub token in plain text", 25),
        ("LABEL k=npm_" + "a1" * 18, 'LABEL "k" holds an npm token in plain text', 9),
        ('ENV K="-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkq"', 'ENV "K" holds a private key in plain text', 12),
    ],
)
def test_a_credential_is_reported_once_by_what_it_is(text: str, message: str, column: int, tmp_path: Path) -> None:
    (found,) = findings(f"FROM scratch\n{text}\n", "DF502", tmp_path)
    assert (found.message, found.line, found.column) == (message, 2, column)


def test_a_message_never_holds_the_credential(tmp_path: Path) -> None:
    (found,) = findings("FROM scratch\nENV ID=AKIAQ3EGRRX7NOTREALX\n", "DF502", tmp_path)
    assert "AKIA" not in found.message + found.hint


@pytest.mark.parametrize(
    "run",
    [
        "podman login --password x registry.example.com",
        "yarn config set //registry.example.com/:_authToken x",
        "npm set _auth=$AUTH",
        'git config --global url."https://user:$TOKEN@example.com".insteadOf https://example.com',
        "az login --federated-token $TOKEN",
    ],
)
def test_a_login_is_reported(run: str, tmp_path: Path) -> None:
    assert len(findings(f"FROM debian\nRUN {run}\n", "DF503", tmp_path)) == 1


@pytest.mark.parametrize(
    "run",
    [
        "aws configure set",
        "aws configure set $KEY x",
        "az login",
        "doctl auth init",
        "npm config get //registry.example.com/:_authToken",
        "docker login -u x",
        "docker login -p x && docker pull a && docker logout",
        "git config --global user.name x",
        "git config --global url.https://x-access-token@example.com.insteadOf x",
    ],
)
def test_other_settings_are_not(run: str, tmp_path: Path) -> None:
    assert findings(f"FROM debian\nRUN {run}\n", "DF503", tmp_path) == ()


def test_the_copy_of_a_file_with_credentials_is_shown(tmp_path: Path) -> None:
    text = "FROM debian\nCOPY key.json /etc/key.json\nENV A=1 GOOGLE_APPLICATION_CREDENTIALS=/etc/key.json\n"
    (found,) = findings(text, "DF504", tmp_path)
    assert (found.line, found.column) == (3, 9)
    assert [(one.line, one.message) for one in found.related] == [(2, "the COPY")]


@pytest.mark.parametrize(
    ("mode", "message"),
    [
        ("4755", 'mode "4755" adds the setuid bit of "/a"'),
        ("02755", 'mode "02755" adds the setgid bit of "/a"'),
        ("7777", 'mode "7777" adds the setuid and setgid bits of "/a"'),
        ("u=rwxs,g-s", 'mode "u=rwxs,g-s" adds the setuid bit of "/a"'),
        ("+s", 'mode "+s" adds the setuid and setgid bits of "/a"'),
        ("g-w+s", 'mode "g-w+s" adds the setgid bit of "/a"'),
    ],
)
def test_the_bits_that_a_mode_adds_are_named(mode: str, message: str, tmp_path: Path) -> None:
    (found,) = findings(f"FROM debian\nRUN chmod {mode} /a\n", "DF535", tmp_path)
    assert found.message == message


@pytest.mark.parametrize("mode", ["755", "0755", "1777", "u-s", "-s", "o+s", "a=rx", "u+x", "x", "99999", "''", "$M"])
def test_other_modes_add_none(mode: str, tmp_path: Path) -> None:
    assert findings(f"FROM debian\nRUN chmod {mode} /a\n", "DF535", tmp_path) == ()


def test_a_command_without_operands_is_none_of_these(tmp_path: Path) -> None:
    text = "FROM debian\nRUN chmod && setcap && install && passwd && useradd && usermod -p\n"
    assert [findings(text, code, tmp_path) for code in ("DF503", "DF531", "DF535")] == [(), (), ()]
