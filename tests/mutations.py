"""Wrong files made of right ones: what people and generators do to manifests, Dockerfiles, workflows and scripts."""

import random
from collections.abc import Callable, Iterator

import yaml

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

# Values of every type, of which each may stand where any other is expected.
_ODD_VALUES = r"""
null|~|true|no|0|-1|1|3|99999999999999999999|0x1F|0o17|010|1_000|1.5|1e400|.nan|-.inf|2026-11-22|2026-11-22 10:00:00
''|' '|x|X_Y|"\n"|"a\nb"|"\0"|"\e[31m"|"\u202e"|é|/|.|..|-|--|=|":"|"a:b"|@|"@sha256:"|"%"|100%|-5%|1.5%|1Mi|-1Mi|1e3m
${{ x }}|${{|${{ secrets['a'] }}|${{ github.event.issue.title }}|'{{ x }}'|$(X)|${X:-1}|<X>|*|'*.x'|"&"|"!"|"#"|"[]"
[]|[null]|[[]]|[{}]|[1, a, {b: c}]|['']|[a, a]|{}|{a: null}|{'': ''}|{null: 1}|{1: 2}|{[a]: b}|{a: {b: {c: [d]}}}|"{}"
{name: null}|{name: []}|[name]|{name: {}}|[{name: 1}]|[{name: }]|[[{name: x}]]|{x: {name: x}}|!!binary aGk=|!x y
https://x.example.com/a?b|ghcr.io/a/b:1|a@b|a/b@v1|a.b.svc.cluster.local|http|8080|sh -c 'a'|["sh", "-c", "a && b"]
!!set {a}|{{ .Values.name }}|%(name)s|[*.x]|v1|v1beta1|latest|1.0.0|main|HEAD
""".strip().replace("\n", "|").split("|")  # fmt: skip

_KEYS = """
name namespace kind apiVersion metadata labels annotations spec selector matchLabels matchExpressions template
containers initContainers image env envFrom ports resources limits requests volumes data rules http route weight
host subsets source sources destination path repoURL syncPolicy on jobs steps uses with run if needs strategy matrix
permissions concurrency defaults services outputs inputs items maxReplicas minReplicas metrics behavior <<
""".strip().replace("\n", " ").split(" ")  # fmt: skip

_SIGNS = [*"{}[],:-?!&*#|>'\"%@`\\$()<;=\t\r\n\0\x07\x1b\x7f\x85\xa0\ufeff\u2028\ud7ff😀"]
# Pieces of text that mean something to one of the readers.
_TOKENS = [
    *_SIGNS,
    *("--- ", "\n---\n", "\n...\n", "\\\n", "`\n", "\r\n", "\n\n", "&a ", "*a", "<<: *a", "!!str "),
    *("${{ ", " }}", "${", "$((", "$(", "<(", "<<EOF\n", "<<-'E'\n", "EOF\n", "&&", "||", " | ", " & ", ">&2", "case "),
    *("FROM ", "RUN ", "COPY ", "--from=", "AS ", "USER ", "ONBUILD ", "# escape=`\n", "ARG ", "HEALTHCHECK "),
    *('["', '"]', "|+2\n", ">-\n", "fi\n", "    "),
    *("{{ .Values.x }}", "{% if %}", "<% x %>", "# cnlint: ignore[", "# cnlint: ignore-file", "None", "%s", "{0}"),
]  # fmt: skip

_DEEP = (
    "[",
    "{a: ",
    "- ",
    "{",
    '{"a": ',
    "? ",
    "$(",
    "${",
    "(",
    "((",
    "`",
    "${{ (",
    "if true; then ",
    "sh -c '",
    "!x ",
)


def mutate(path: str, text: str, chance: random.Random) -> str:
    """Give a file's text with some mutations: of its tree where it is YAML that can be read, of its characters."""
    if path.endswith((".yaml", ".yml", ".json")) and chance.random() < 0.75:
        text = _mutate_documents(text, chance)
        if chance.random() < 0.7:
            return text
    for _ in range(chance.choice((1, 1, 2, 4))):
        text = chance.choice(_TEXT_MUTATIONS)(text, chance)
        # Bounds of size are tested elsewhere; here they would only take time.
        text = text[:100_000]
    # Half surrogates cannot be written to a file.
    return text.encode("utf-8", "replace").decode("utf-8")


def _mutate_documents(text: str, chance: random.Random) -> str:
    try:
        documents = [node for node in yaml.compose_all(text, Loader=_Loader) if node is not None]
        for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
            if documents:
                chance.choice(_TREE_MUTATIONS)(documents, chance)
        return str(yaml.serialize_all(documents, Dumper=_Dumper, width=120, explicit_start=True))
    except (yaml.YAMLError, RecursionError):
        return text


class _Slot:
    """A place in a tree that holds a node: the value (or key) at ``index`` of a mapping or list."""

    def __init__(self, parent: yaml.CollectionNode, index: int, part: int) -> None:
        self.parent, self.index, self.part = parent, index, part

    @property
    def node(self) -> yaml.Node:
        entry = self.parent.value[self.index]
        return entry[self.part] if isinstance(entry, tuple) else entry

    @node.setter
    def node(self, node: yaml.Node) -> None:
        entry = self.parent.value[self.index]
        if isinstance(entry, tuple):
            node = (node, entry[1]) if self.part == 0 else (entry[0], node)
        self.parent.value[self.index] = node


def _slots(documents: list[yaml.Node], part: int = 1) -> list[_Slot]:
    return [slot for document in documents for slot in _slots_below(document, part, set())]


def _slots_below(node: yaml.Node, part: int, seen: set[int]) -> Iterator[_Slot]:
    if not isinstance(node, yaml.CollectionNode) or id(node) in seen:
        return
    seen.add(id(node))
    for index, entry in enumerate(node.value):
        if isinstance(entry, tuple) or part == 1:
            yield _Slot(node, index, part)
        yield from _slots_below(entry[1] if isinstance(entry, tuple) else entry, part, seen)


def _odd_node(chance: random.Random) -> yaml.Node:
    return yaml.compose(chance.choice(_ODD_VALUES), Loader=_Loader) or yaml.ScalarNode("tag:yaml.org,2002:null", "")


def _replace_value(documents: list[yaml.Node], chance: random.Random) -> None:
    if slots := _slots(documents):
        chance.choice(slots).node = _odd_node(chance)


def _replace_key(documents: list[yaml.Node], chance: random.Random) -> None:
    if slots := _slots(documents, part=0):
        plain = yaml.ScalarNode("tag:yaml.org,2002:str", chance.choice(_KEYS))
        chance.choice(slots).node = chance.choice((plain, _odd_node(chance)))


def _delete(documents: list[yaml.Node], chance: random.Random) -> None:
    if slots := _slots(documents):
        slot = chance.choice(slots)
        del slot.parent.value[slot.index]


def _duplicate(documents: list[yaml.Node], chance: random.Random) -> None:
    """Repeat an entry: the same node twice becomes an anchor and an alias."""
    if slots := _slots(documents):
        slot = chance.choice(slots)
        slot.parent.value.insert(slot.index, slot.parent.value[slot.index])


def _move(documents: list[yaml.Node], chance: random.Random) -> None:
    if slots := _slots(documents):
        chance.choice(slots).node = chance.choice(slots).node


def _wrap(documents: list[yaml.Node], chance: random.Random) -> None:
    """Put a value into a list or a mapping, or take it out of one."""
    if not (slots := _slots(documents)):
        return
    slot = chance.choice(slots)
    node = slot.node
    key = yaml.ScalarNode("tag:yaml.org,2002:str", chance.choice(_KEYS))
    wrapped: list[yaml.Node] = [
        yaml.SequenceNode("tag:yaml.org,2002:seq", [node]),
        yaml.MappingNode("tag:yaml.org,2002:map", [(key, node)]),
    ]
    if isinstance(node, yaml.CollectionNode) and node.value:
        inner = node.value[0]
        wrapped.append(inner[1] if isinstance(inner, tuple) else inner)
    slot.node = chance.choice(wrapped)


def _restyle(documents: list[yaml.Node], chance: random.Random) -> None:
    """Write everything below a node in flow style, or a text as a block or in quotes."""
    slot = chance.choice(_slots(documents) or [None])
    if slot is None:
        return
    if isinstance(slot.node, yaml.CollectionNode):
        slot.node.flow_style = not slot.node.flow_style
    else:
        slot.node.style = chance.choice(("'", '"', "|", ">"))


def _lengthen(documents: list[yaml.Node], chance: random.Random) -> None:
    scalars = [slot.node for slot in _slots(documents) if isinstance(slot.node, yaml.ScalarNode)]
    if scalars:
        node = chance.choice(scalars)
        node.value = chance.choice(
            (node.value * 300, node.value + "\n" + node.value, node.value + " ", node.value.upper())
        )


def _alter_documents(documents: list[yaml.Node], chance: random.Random) -> None:
    chance.choice(
        (
            lambda: documents.append(chance.choice(documents)),
            lambda: documents.pop(chance.randrange(len(documents))),
            lambda: documents.insert(0, _odd_node(chance)),
            lambda: chance.shuffle(documents),
        )
    )()


_TREE_MUTATIONS: list[Callable[[list[yaml.Node], random.Random], None]] = [
    *[_replace_value] * 8,
    *[_replace_key, _delete, _move] * 2,
    *[_duplicate, _wrap, _restyle, _lengthen, _alter_documents],
]


def _truncate(text: str, chance: random.Random) -> str:
    return text[: chance.randrange(len(text) + 1)]


def _insert_token(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(_TOKENS) + text[at:]


def _replace_piece(text: str, chance: random.Random) -> str:
    start = chance.randrange(len(text) + 1)
    return text[:start] + chance.choice([*_TOKENS, ""]) + text[start + chance.randrange(1, 12) :]


def _replace_word(text: str, chance: random.Random) -> str:
    words = text.split(" ")
    words[chance.randrange(len(words))] = chance.choice(_ODD_VALUES)
    return " ".join(words)


def _nest(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(_DEEP) * chance.choice((3, 30, 120, 3000)) + text[at:]


def _alter_line(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    index, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    line = lines[index]
    lines[index : index + 1] = chance.choice(
        ([], [line, line], [" " + line], [line[1:]], ["\t" + line], [line, lines[other]], [line + " \\"], [line * 200])
    )
    return "\n".join(lines)


def _join_lines(text: str, chance: random.Random) -> str:
    return chance.choice(
        (text.replace("\n", "\r\n"), text.replace("\n", "\r"), text.rstrip(), text + text, "\ufeff" + text)
    )


_TEXT_MUTATIONS: list[Callable[[str, random.Random], str]] = [
    *[_insert_token, _replace_piece, _alter_line] * 3,
    *[_replace_word, _truncate] * 2,
    *[_nest, _join_lines],
]
