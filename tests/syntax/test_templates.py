"""Rendered lines and the lines of templates that they come from."""

import textwrap

from hypothesis import given
from hypothesis import strategies as st

from cnlint.syntax.source import Span
from cnlint.syntax.templates import LineMap, Template


def _aligned(template: str, rendered: str) -> list[int]:
    """Give the line of the template, counted from 1, of each rendered line."""
    found = Template(textwrap.dedent(template)).align(textwrap.dedent(rendered).splitlines())
    return [number + 1 for number in found]


def test_lines_without_actions_are_found_as_they_are() -> None:
    template = """\
        kind: Service
        {{- if .Values.extra }}
        extra: true
        {{- end }}
        metadata:
          name: web
        """
    assert _aligned(template, "kind: Service\nmetadata:\n  name: web\n") == [1, 5, 6]


def test_lines_are_found_by_what_stands_before_their_action() -> None:
    template = """\
        metadata:
          name: {{ .Release.Name }}-web
          namespace: {{ .Release.Namespace }}
        """
    assert _aligned(template, "metadata:\n  name: shop-web\n  namespace: shop\n") == [1, 2, 3]


def test_what_stands_behind_the_action_tells_lines_apart() -> None:
    template = """\
        - name: {{ .Release.Name }}-web
        - name: {{ .Release.Name }}-api
        """
    assert _aligned(template, "- name: shop-api\n") == [2]


def test_lines_of_a_helper_belong_to_the_line_that_calls_it() -> None:
    template = """\
        metadata:
          labels:
            {{- include "labels" . | nindent 4 }}
          {{- with .Values.annotations }}
          annotations:
            {{- toYaml . | nindent 4 }}
          {{- end }}
        spec:
        """
    rendered = """\
        metadata:
          labels:
            app: web
            tier: front
          annotations:
            note: x
        spec:
        """
    assert _aligned(template, rendered) == [1, 2, 3, 3, 5, 6, 8]


def test_the_indentation_tells_which_of_two_calls_wrote_a_line() -> None:
    template = """\
        spec:
          {{- include "a" . | nindent 2 }}
            {{- include "b" . | nindent 4 }}
        """
    assert _aligned(template, "spec:\n  a: 1\n    b: 2\n") == [1, 2, 3]


def test_values_written_below_their_key_belong_to_its_line() -> None:
    template = """\
        resources: {{ toYaml .Values.resources | nindent 2 }}
        image: web
        """
    assert _aligned(template, "resources:\n  limits:\n    cpu: 1\nimage: web\n") == [1, 1, 1, 2]


def test_every_round_of_a_loop_is_found_in_it() -> None:
    template = """\
        ports:
        {{- range .Values.ports }}
          - name: {{ .name }}
            port: {{ .port }}
        {{- end }}
        type: ClusterIP
        """
    rendered = "ports:\n  - name: a\n    port: 1\n  - name: b\n    port: 2\n  - name: c\n    port: 3\ntype: ClusterIP\n"
    assert _aligned(template, rendered) == [1, 3, 4, 3, 4, 3, 4, 6]


def test_a_document_is_looked_for_between_its_separators() -> None:
    template = """\
        kind: Service
        metadata:
          name: {{ .Release.Name }}
        ---
        kind: Deployment
        metadata:
          name: {{ .Release.Name }}
        """
    assert _aligned(template, "kind: Deployment\nmetadata:\n  name: shop\n") == [5, 6, 7]


def test_documents_that_are_alike_come_from_one_part_after_the_other() -> None:
    part = "kind: ConfigMap\nmetadata:\n  name: {{ .Values.name }}\n"
    template = Template(f"{part}---\n{part}")
    rendered = ["kind: ConfigMap", "metadata:", "  name: x"]
    assert [template.align(rendered)[0], template.align(rendered)[0]] == [0, 4]


def test_comments_of_templates_may_hold_braces_and_several_lines() -> None:
    template = """\
        {{- /* kind: Service
        written {{ so }} */ -}}
        kind: Service
        """
    assert _aligned(template, "kind: Service\n") == [3]


def test_places_are_exact_where_the_texts_are_the_same_and_cover_the_action_elsewhere() -> None:
    template = ["  image: {{ .Values.image }}", "  tty: true"]
    lines = LineMap.of(["  image: nginx", "  tty: true"], template, [0, 1])
    assert lines.place(Span(1, 3, 1, 8)) == Span(1, 3, 1, 8)
    assert lines.place(Span(1, 10, 1, 15)) == Span(1, 10, 1, 29)
    assert lines.place(Span(1, 12, 1, 13)) == Span(1, 10, 1, 29)
    assert lines.place(Span(2, 8, 2, 12)) == Span(2, 8, 2, 12)


def test_places_of_lines_that_an_action_writes_cover_the_action() -> None:
    lines = LineMap.of(["    app: web"], ['    {{- include "labels" . | nindent 4 }}'], [0])
    assert lines.place(Span(1, 10, 1, 13)) == Span(1, 5, 1, 42)


_LINES = st.lists(
    st.sampled_from(
        ["a: 1", "a: {{ .x }}", "  - b: {{ .y }}", "{{- range .z }}", "{{ end }}", "{{ if", "---", "", "{{/* c", "*/}}"]
    ),
    max_size=12,
)


@given(_LINES, st.lists(st.sampled_from(["a: 1", "a: 2", "  - b: c", "", "zzz", "    deep: 1"]), max_size=12))
def test_every_rendered_line_gets_a_line_that_exists(template: list[str], rendered: list[str]) -> None:
    found = Template("\n".join(template)).align(rendered)
    assert len(found) == len(rendered)
    assert all(0 <= number < max(len(template), 1) for number in found)


@given(
    st.lists(st.text("ab {}", max_size=6), min_size=1, max_size=4),
    st.lists(st.text("ab {}", max_size=6), min_size=1, max_size=4),
    st.integers(1, 5),
    st.integers(1, 8),
    st.integers(0, 8),
)
def test_every_place_lies_within_the_template(
    rendered: list[str], template: list[str], line: int, column: int, length: int
) -> None:
    numbers = [number % len(template) for number in range(len(rendered))]
    span = LineMap.of(rendered, template, numbers).place(Span(line, column, line, column + length))
    assert 1 <= span.line <= span.end_line <= len(template)
    assert span.column >= 1
    assert (span.line, span.column) < (span.end_line, span.end_column)
