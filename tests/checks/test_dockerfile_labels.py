"""Reports about labels: messages, places and fixes."""

from pathlib import Path

import pytest
from edits import edited

import cnlint


def findings(text: str, code: str, folder: Path) -> tuple[cnlint.Finding, ...]:
    (folder / "Dockerfile").write_text(text)
    return cnlint.check([folder / "Dockerfile"], select=[code], root=folder, config=False).findings


def fixed(text: str, code: str, folder: Path) -> str | None:
    (finding,) = findings(text, code, folder)
    if not finding.fixes:
        return None
    return edited(text, finding.fixes[0].edits)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("MAINTAINER Jane <j@x.org>", 'LABEL org.opencontainers.image.authors="Jane <j@x.org>"'),
        ('maintainer "Jane"', 'LABEL org.opencontainers.image.authors="Jane"'),
        ("MAINTAINER J\\ane $x 'y' \"z", 'LABEL org.opencontainers.image.authors="J\\\\ane \\$x \'y\' \\"z"'),
        ('MAINTAINER Jane "j@x"', 'LABEL org.opencontainers.image.authors="Jane \\"j@x\\""'),
        ("ONBUILD MAINTAINER Jane", None),
        ("MAINTAINER", None),
        ("MAINTAINER a \\\n  b", None),
        ("LABEL org.opencontainers.image.authors=a\nMAINTAINER b", None),
    ],
)
def test_authors_move_to_a_label(before: str, after: str | None, tmp_path: Path) -> None:
    result = fixed(f"FROM scratch\n{before}\n", "DF701", tmp_path)
    assert result == (None if after is None else f"FROM scratch\n{after}\n")


def test_a_maintainer_before_from_cannot_become_a_label(tmp_path: Path) -> None:
    assert fixed("MAINTAINER Jane\nFROM scratch\n", "DF701", tmp_path) is None


def test_a_fragment_without_from_may_have_a_label(tmp_path: Path) -> None:
    assert fixed("MAINTAINER Jane\n", "DF701", tmp_path) == 'LABEL org.opencontainers.image.authors="Jane"\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("LABEL a=1\nLABEL a=2\n", "LABEL a=2\n"),
        ("LABEL a=1 b=3\nLABEL a=2", "LABEL b=3\nLABEL a=2"),
        ("LABEL b=3 a=1\nLABEL a=2", "LABEL b=3\nLABEL a=2"),
        ("LABEL b=3 \\\n  a=1 \\\n  a=2", "LABEL b=3 \\\n  a=2"),
        ("LABEL a=1 \\\n  # of a\n  b=1\nLABEL a=2", None),
    ],
)
def test_the_label_that_is_overwritten_is_deleted(before: str, after: str | None, tmp_path: Path) -> None:
    result = fixed(f"FROM scratch\n{before}", "DF708", tmp_path)
    assert result == (None if after is None else f"FROM scratch\n{after}")


def test_the_key_is_marked_and_the_sign_named(tmp_path: Path) -> None:
    (found,) = findings("FROM scratch\nLABEL ok=1 b+d=2\n", "DF702", tmp_path)
    assert (found.column, found.end_column) == (12, 15)
    assert found.message == 'label key "b+d" holds "+"; keys consist of small letters, digits and the signs . _ / -'


def test_a_label_without_key_is_left_to_other_rules(tmp_path: Path) -> None:
    assert findings("FROM scratch\nLABEL =1\nLABEL\nLABEL a\n", "DF702", tmp_path) == ()
