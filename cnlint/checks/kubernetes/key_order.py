"""The order of keys."""

from collections.abc import Iterator

from cnlint.checks.kubernetes.schema import where
from cnlint.findings import Edit, Fix, Place, Report, report
from cnlint.manifests.kubernetes import Manifest, YamlDocument
from cnlint.manifests.view import Path
from cnlint.rules import Context, check
from cnlint.syntax.source import Span
from cnlint.syntax.yaml_document import Document

_Key = tuple[str, Span]

_BOUND_TO_PLACE = ("#", "&", "*", "|+", ">+", "? ")


@check("K8S127")
def unsorted_keys(found: YamlDocument, context: Context) -> Iterator[Report]:
    document = found.document
    if not isinstance(document, Document) or not found.manifests:
        return
    manifests = found.manifests
    for path, keys in _mappings(document, context.options["recursive"]):
        names = [name.encode("utf-8", "surrogatepass") for name, _ in keys]
        late = next((index for index in range(1, len(names)) if names[index] < names[index - 1]), None)
        if late is None:
            continue
        owner = next((one for one in reversed(manifests) if path[: len(one.path)] == one.path), Manifest(document))
        text = f'key "{keys[late][0]}" stands after "{keys[late - 1][0]}" in {where(owner, path[len(owner.path) :])}'
        yield report(Place(document.path, keys[late][1]), text, fixes=_sorted_entries(document, path, keys))


def _mappings(document: Document, recursive: bool) -> Iterator[tuple[Path, list[_Key]]]:
    """Yield each mapping as it stands in the file, with its keys; what an alias brings in stands elsewhere."""
    if not recursive:
        yield (), document.keys()
        return
    found: dict[Path, list[_Key]] = {}
    for path, span in document.key_spans:
        found.setdefault(path[:-1], []).append((str(path[-1]), span))
    yield from found.items()


def _sorted_entries(document: Document, path: Path, keys: list[_Key]) -> list[Fix]:
    """Offer to put the entries of a mapping in order, where each has lines of its own and no comment is near."""
    value = document.span(path, "value")
    starts = [span for _, span in keys]
    first = starts[0]
    if document.style(path) != "block-mapping" or (value.line, value.column) != (first.line, first.column):
        return []
    if len({name for name, _ in keys}) < len(keys) or any(span.column != first.column for span in starts):
        return []
    lines = [document.source.line(number) for number in range(first.line, value.end_line + 1)]
    # Comments, anchors and the blank lines at the end of some texts depend on their place.
    if "\r" in document.source.text or any(sign in line for line in lines for sign in _BOUND_TO_PLACE):
        return []
    ends = [span.line for span in starts[1:]] + [value.end_line + 1]
    blocks = []
    for span, end in zip(starts, ends, strict=True):
        entry = lines[span.line - first.line : end - first.line]
        blocks.append("\n".join([entry[0][span.column - 1 :], *entry[1:]]).rstrip())
    order = sorted(range(len(keys)), key=lambda index: keys[index][0].encode("utf-8", "surrogatepass"))
    text = ("\n" + " " * (first.column - 1)).join(blocks[index] for index in order)
    whole = Span(first.line, first.column, value.end_line, value.end_column)
    return [Fix("sort the keys", (Edit(whole, text),))]
