"""Variables are expanded as the builder does it."""

import pytest

from cnlint.syntax.dockerfile_expand import Reference, expand

VARIABLES = {"x": "foo", "empty": "", "path": "/usr/lib/a.tar.gz", "unknown": None, "1": "one"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("$x", "foo"),
        ("${x}bar", "foobar"),
        ("$x$x", "foofoo"),
        ("a$", "a$"),
        ("$1", "one"),
        ("\\$x", "$x"),
        ("'$x'", "$x"),
        ('"$x y"', "foo y"),
        ('"\\$x \\y \\""', '$x \\y "'),
        ("a\\ b", "a b"),
        ("${x:-d}", "foo"),
        ("${empty:-d}", "d"),
        ("${empty-d}", ""),
        ("${none-d}", "d"),
        ("${none:-d}", "d"),
        ("${none:-${x}}", "foo"),
        ("${none:-'a }'}", "a }"),
        ('${none:-"$x}"}', "foo}"),
        ("${x:+y}", "y"),
        ("${empty:+y}", ""),
        ("${empty+y}", "y"),
        ("${none+y}", ""),
        ("${x:?must be set}", "foo"),
        ("${path#*/}", "usr/lib/a.tar.gz"),
        ("${path##*/}", "a.tar.gz"),
        ("${path%.*}", "/usr/lib/a.tar"),
        ("${path%%.*}", "/usr/lib/a"),
        ("${path#nothing}", "/usr/lib/a.tar.gz"),
        ("${path/lib/share}", "/usr/share/a.tar.gz"),
        ("${path//\\//-}", "-usr-lib-a.tar.gz"),
        ("${x/o/0}", "f0o"),
        ("${x//o/0}", "f00"),
        ("${x//?/-}", "---"),
        ("$@", None),
        ("$none", None),
        ("${none}", None),
        ("a-$unknown", None),
        ("${unknown:-d}", None),
        ("${unknown:+d}", None),
        ("${unknown+d}", "d"),
        ("${none:?message}", None),
    ],
)
def test_a_form_of_expansion(text: str, value: str | None) -> None:
    result = expand(text, VARIABLES)
    assert (result.value, result.error) == (value, None)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("${", "missing '}'"),
        ("${x", "missing '}'"),
        ("${}", "bad substitution"),
        ("${:x}", "bad substitution"),
        ("${{x}}", "bad substitution"),
        ("${x:1}", "unsupported modifier (:1) in substitution"),
        ("${x:#a}", "unsupported modifier (:#) in substitution"),
        ("${x!}", "unsupported modifier (!) in substitution"),
        ("${x:-a", "missing '}'"),
        ("${x/a}", "missing '/'"),
        ("'a", "missing closing single quote"),
        ('"a', "missing closing double quote"),
    ],
)
def test_a_bad_substitution(text: str, error: str) -> None:
    result = expand(text, VARIABLES)
    assert (result.value, result.error) == (None, error)


def test_references_have_their_places() -> None:
    assert expand("a$x-${none:-$y}", {}).references == (
        Reference("x", 1, 3),
        Reference("none", 4, 15),
        Reference("y", 12, 14),
    )


def test_the_escape_character_may_be_a_backtick() -> None:
    assert expand("C:\\x`$x", VARIABLES, "`").value == "C:\\x$x"


def test_deep_nesting_is_an_error_and_no_crash() -> None:
    assert expand("${a:-" * 5000 + "}" * 5000, {}).error == "the substitution is nested too deeply"


def test_a_costly_pattern_is_not_tried() -> None:
    assert expand("${v//" + "*a" * 200 + "/b}", {"v": "a" * 5000}).value is None
