"""Edits of keys and values keep the quotes that JSON needs."""

import pytest
from edits import edited

from cnlint.findings import Edit
from cnlint.manifests.kubernetes import YamlDocument
from cnlint.manifests.scalar_edits import rename_key, replace_value
from cnlint.syntax import yaml
from cnlint.syntax.source import Source


def applied(text: str, edit: Edit) -> str:
    return edited(text, [edit])


def view(text: str) -> YamlDocument:
    return YamlDocument(yaml.parse(Source("app.yaml", text), yaml.Dialect.KUBERNETES).documents[0])


@pytest.mark.parametrize(
    ("before", "after"),
    [("kind: Pod\n", "sort: Pod\n"), ("'kind': Pod\n", "'sort': Pod\n"), ('{"kind": "Pod"}', '{"sort": "Pod"}')],
)
def test_a_renamed_key_stays_quoted(before: str, after: str) -> None:
    assert applied(before, rename_key(view(before), ("kind",), "sort")) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("kind: Pod # a\n", "kind: Job # a\n"),
        ("kind: 'Pod'\n", "kind: 'Job'\n"),
        ('{"kind": "Pod"}', '{"kind": "Job"}'),
    ],
)
def test_a_replaced_value_stays_quoted(before: str, after: str) -> None:
    assert applied(before, replace_value(view(before), ("kind",), "Job")) == after
