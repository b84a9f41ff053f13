"""Secrets in commands: what is seen, where it stands, and what is none."""

from pathlib import Path

import pytest

import cnlint


def found(folder: Path, container: str) -> list[tuple[str, str]]:
    """Give the text that each finding marks, and what is said of it."""
    indented = container.replace("\n", "\n      ")
    text = f"apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  containers:\n    - name: a\n      {indented}\n"
    (folder / "pod.yaml").write_text(text, encoding="utf-8")
    report = cnlint.check([folder], select=["K8S390"], root=folder, config=False)
    lines = text.split("\n")
    return [(lines[one.line - 1][one.column - 1 : one.end_column - 1], one.message) for one in report.findings]


@pytest.mark.parametrize(
    ("args", "secret", "name"),
    [
        ("[--password=hunter2]", "hunter2", "password"),
        ("['--password', 'hunter2']", "hunter2", "--password"),
        ('["-password=hunter 2"]', "hunter 2", "password"),
        ("[-Dspring.datasource.password=hunter2]", "hunter2", "spring.datasource.password"),
        ("[--set=auth.password=hunter2]", "hunter2", "auth.password"),
        ("[redis-server, --requirepass, foobared]", "foobared", "--requirepass"),
        ("[--client-secret, abc-def]", "abc-def", "--client-secret"),
        ("[DB_PASSWORD=hunter2]", "hunter2", "DB_PASSWORD"),
    ],
)
def test_the_value_of_an_option_with_the_name_of_a_secret_is_marked(
    tmp_path: Path, args: str, secret: str, name: str
) -> None:
    message = f'the command of container "a" holds a secret in plain text, the value of "{name}"'
    assert found(tmp_path, f"args: {args}") == [(secret, message)]


@pytest.mark.parametrize(
    ("command", "secret"),
    [
        ("[mysqladmin, ping, -pabc]", "abc"),
        ("[/usr/bin/mysqladmin, ping, -pabc]", "abc"),
        ("[redis-cli, -a, abc, ping]", "abc"),
        ("[sshpass, -p, abc, ssh, h]", "abc"),
        ("[curl, -u, 'admin:abc', 'http://h']", "admin:abc"),
        ("[sh, -c, 'sleep 1; mysqladmin ping -uroot -pabc']", "abc"),
        ("[sh, -c, \"exec app --token 'a b'\"]", "a b"),
    ],
)
def test_options_of_well_known_programs_are_known(tmp_path: Path, command: str, secret: str) -> None:
    probe = f"livenessProbe: {{exec: {{command: {command}}}}}"
    [(text, message)] = found(tmp_path, probe)
    assert text == secret
    assert message.startswith('the liveness probe of container "a" holds a secret in plain text')


def test_a_script_is_marked_at_the_very_word(tmp_path: Path) -> None:
    container = (
        'command:\n  - bash\n  - -c\n  - |\n    set -e\n    export PGPASSWORD="letmein"\n    psql "postgres://a:b@h/d"'
    )
    assert [text for text, _ in found(tmp_path, container)] == ["letmein", "postgres://a:b@"]


def test_what_is_a_secret_by_form_and_by_name_is_reported_once(tmp_path: Path) -> None:
    token = "ghp_" + "a1" * 18
    [(text, message)] = found(tmp_path, f"args: [--github-token={token}]")
    assert text == token
    assert "holds a GitHub token in plain text" in message


def test_a_hook_is_judged(tmp_path: Path) -> None:
    [(_, message)] = found(tmp_path, "lifecycle: {preStop: {exec: {command: [stop, --password, abc]}}}")
    assert message.startswith('the preStop hook of container "a"')


@pytest.mark.parametrize(
    "args",
    [
        "[--password=$(DB_PASSWORD)]",
        "['--password=${DB_PASSWORD}']",
        "['--password={{ password }}']",
        "[--password-file=abc]",
        "[--password=/run/secrets/db]",
        "[--password, --verbose]",
        "[--password=]",
        "[--password]",
        "[--token-ttl=15m]",
        "[--no-password, abc]",
        "[--skip-token=abc]",
        "[--tls-secret=web/tls]",
        "[--pull-secret, registry-credentials]",
        "[--token=true]",
        "[-p, '8080']",
        "[-pabc]",
        "[sh, -c, 'mysqladmin -p$PW ping']",
        "[sh, -c, 'TOKEN=$(cat /t); app --token \"$TOKEN\"']",
        "[sh, -c, 'grep -q password=abc /etc/app.conf']",
        "[sh, -c, 'app --password \"$1\"']",
        "[python, -c, 'password = input()']",
        "['https://user@h/', 'https://u:$(P)@h/']",
        "[curl, -u, 'admin:$(P)', 'http://h']",
        "[curl, -u, admin, 'http://h']",
        "[5, null, {a: b}, [--password=abc]]",
        "--password=abc",
        "{--password: abc}",
    ],
)
def test_what_holds_no_secret_passes(tmp_path: Path, args: str) -> None:
    assert found(tmp_path, f"args: {args}") == []
