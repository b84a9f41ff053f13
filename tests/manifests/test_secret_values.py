import pytest

from cnlint.manifests.secret_values import (
    find_secret,
    find_secrets,
    is_about_secret,
    is_literal_secret,
    is_secret_name,
    mask_secrets,
    secret_in,
)


@pytest.mark.parametrize(
    "name",
    [
        "DB_PASSWORD",
        "password",
        "mySecret",
        "CLIENT_SECRET",
        "authToken",
        "API_KEY",
        "apiKey",
        "api-key",
        "AWS_SECRET_ACCESS_KEY",
        "AZURE_BATCH_KEY",
        "BEARER",
        "DBPASSWORD",
        "private_key",
        "GITHUBTOKEN",
        "SMTP_PASS",
        "jwt",
        "spring.datasource.password",
        "SECRET_KEY_BASE",
    ],
)
def test_a_name_that_promises_a_secret(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "SECRET_NAME",
        "PASSWORD_FILE",
        "TOKENIZER_MODEL",
        "AUTH_TOKEN_TTL",
        "AWS_ACCESS_KEY_ID",
        "PUBLIC_KEY",
        "CACHE_KEY",
        "monkey",
        "keyring",
        "MAX_TOKENS",
        "server-tokens",
        "external_secrets_replicas",
        "TOKEN_URL",
        "password_encryption",
        "secrets.yaml",
        "USE_BEARER",
        "COMPASS",
        "bypass",
    ],
)
def test_a_name_that_only_sounds_like_one(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize("value", ["hunter2", "changeme", "postgres://u:p@db/x", "a b c", "Passw0rd!"])
def test_a_literal_may_be_a_secret(value: str) -> None:
    assert is_literal_secret(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "${X}",
        "$(DB)",
        "{{ .p }}",
        "<password>",
        "/run/secrets/x",
        "true",
        "4096",
        "30s",
        "https://x/y",
        "postgres://u:$(P)@db/x",
        "vault:secret/data#x",
        "arn:aws:secretsmanager:eu-1:1:secret:x",
        "null",
    ],
)
def test_what_stands_in_for_a_secret_is_none(value: str) -> None:
    assert not is_literal_secret(value)


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nx", "a private key"),
        ("key: AKIAQ3EGRRX7NOTREALX", "an AWS access key"),
        ("ghp_" + "a1" * 18, "a GitHub token"),
        ("AIza" + "b" * 35, "a Google API key"),
        ("npm_" + "a1" * 18, "an npm token"),
        ("pypi-AgEIcHlwaS5vcmc" + "a1" * 20, "a PyPI token"),
        ("xoxb-1234567890-abcdef", "a Slack token"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2ln", "a JSON web token"),
        ("amqp://worker:battery@queue:5672", "a URL with a password"),
    ],
)
def test_a_secret_is_known_by_its_form(value: str, what: str) -> None:
    assert secret_in(value) == what


@pytest.mark.parametrize(
    "value",
    [
        "-----BEGIN CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----",
        "https://host:8080/a@b",
        "eyJ",
        "ghp_short",
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_" + "x" * 36,
        "xoxb-your-token-...",
    ],
)
def test_what_is_public_is_no_secret(value: str) -> None:
    assert secret_in(value) is None


def test_the_place_of_a_secret_is_found() -> None:
    assert find_secret("see AKIAQ3EGRRX7NOTREALX.") == ("an AWS access key", 4, 20)


def test_all_secrets_of_a_text_are_found() -> None:
    text = "AKIAQ3EGRRX7NOTREALX AKIAIOSFODNN7EXAMPLE AKIAQ3EGRRX7NOTREALY https://a:b@c"
    assert [start for _, start, _ in find_secrets(text)] == [0, 42, 63]


def test_a_word_may_make_a_name_speak_about_a_secret() -> None:
    assert is_about_secret("URL")
    assert not is_about_secret("TOKEN")


def test_secrets_are_masked_and_keep_their_length() -> None:
    token = "ghp_" + "a1B2c3D4e5" * 3 + "f6G7h8"
    assert mask_secrets(f"A={token} B=1") == f"A=ghp_{'*' * 36} B=1"
    assert mask_secrets("git clone https://me:hunter2@example.com/x") == "git clone https://me:*******@example.com/x"
    assert mask_secrets("https://example.com/x") == "https://example.com/x"
