"""Which values have the formats that labels are asked for."""

import pytest

from cnlint.manifests.label_formats import is_valid


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("url", "https://example.com"),
        ("url", "http://[::1]:8080/a?b#c"),
        ("url", "file:///srv/x"),
        ("url", "mailto:jane@example.com"),
        ("semver", "1.4.2"),
        ("semver", "1.0.0-alpha.1+build.5"),
        ("semver", "0.0.0-0A.is.legal"),
        ("hash", "0a1b2c3"),
        ("hash", "0" * 40),
        ("rfc3339", "2026-08-22T10:00:00Z"),
        ("rfc3339", "2026-08-22t10:00:60.123+02:00"),
        ("spdx", "MIT"),
        ("spdx", "(MIT OR Apache-2.0) AND GPL-2.0-or-later WITH Classpath-exception-2.0"),
        ("spdx", "DocumentRef-a:LicenseRef-b"),
        ("email", "jane.doe+x@example.com"),
        ("email", '"jane doe"@example.com'),
        ("text", ""),
        ("unknown", "anything"),
    ],
)
def test_a_value_has_a_format(name: str, value: str) -> None:
    assert is_valid(value, name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("url", "www.example.com"),
        ("url", "localhost:8080"),
        ("url", "git@example.com:a/b.git"),
        ("url", "https://"),
        ("url", "https://exa mple.com"),
        ("semver", "v1.4.2"),
        ("semver", "1.4"),
        ("semver", "01.4.2"),
        ("hash", "0A1B2C3"),
        ("hash", "0a1b2c3d"),
        ("rfc3339", "2026-08-22"),
        ("rfc3339", "2026-08-22T10:00:00"),
        ("rfc3339", "2026-02-30T10:00:00Z"),
        ("rfc3339", "2026-08-22T24:00:00Z"),
        ("spdx", "Apache 2"),
        ("spdx", "MIT OR"),
        ("spdx", "(" * 900),
        ("spdx", "MIT " * 1000),
        ("email", "Jane <jane@example.com>"),
        ("email", "jane"),
        ("email", "a@" + "b" * 2000),
    ],
)
def test_a_value_lacks_a_format(name: str, value: str) -> None:
    assert not is_valid(value, name)
