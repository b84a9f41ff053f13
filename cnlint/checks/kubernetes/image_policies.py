"""Which images may run: registries that are trusted, and what the owners of a project allow."""

from collections.abc import Iterator

from cnlint.findings import Fix, Report, report
from cnlint.manifests.images import ImageReference
from cnlint.manifests.kubernetes import Manifest
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.scalar_edits import replace_value
from cnlint.manifests.workloads import Container
from cnlint.rules import Context, check
from cnlint.syntax.patterns import is_met


@check("K8S206")
def disallowed_image(container: Container, context: Context) -> Iterator[Report]:
    allowed, blocked = context.options["allow"], context.options["block"]
    if not allowed and not blocked:
        return
    for image in context.project.links.images_of(container):
        if has_placeholder(image.text):
            continue
        hit = next((expression for expression in blocked if is_met(expression, image.text)), None)
        if hit is not None:
            wrong = f'is blocked by "{hit}"'
        elif allowed and not any(is_met(expression, image.text) for expression in allowed):
            wrong = "is none of those allowed"
        else:
            continue
        yield report(container.value_at("image"), f'image "{image.text}" of {container.ref} {wrong}')
        return


@check("K8S754")
def untrusted_registry(container: Container, context: Context) -> Iterator[Report]:
    trusted, denied = context.options["trusted"], context.options["denied"]
    if not trusted and not denied:
        return
    for image in context.project.links.images_of(container):
        wrong = _distrust(image, trusted, denied)
        if wrong:
            yield report(container.value_at("image"), f'image "{image.text}" of {container.ref} {wrong}')
            return


def _distrust(image: ImageReference, trusted: list[str], denied: list[str]) -> str:
    # Without a registry before it, a repository that holds a variable may turn out to hold one.
    if image.registry is None or (not image.names_registry and image.repository is None):
        return ""
    hit = next((place for place in denied if image.is_within(place)), None)
    if hit is not None:
        return f'comes from "{hit}", which is denied'
    if trusted and all(image.is_within(place) is False for place in trusted):
        return f'comes from "{image.name or image.registry}", which is not trusted'
    return ""


@check("K8S756")
def open_ended_repo_prefix(constraint: Manifest) -> Iterator[Report]:
    if constraint.group != "constraints.gatekeeper.sh":
        return
    for index, item in enumerate(constraint.sequence("spec", "parameters", "repos")):
        if not isinstance(item, str) or not item or has_placeholder(item) or not _is_open_ended(item):
            continue
        path = ("spec", "parameters", "repos", index)
        fix = Fix(f"write {item}/", (replace_value(constraint, path, f"{item}/"),))
        other = f"{item}-other/image" if "/" in item else f"{item}.example.net/image"
        text = f'{constraint.ref} allows every image that starts with "{item}", such as "{other}"'
        yield report(constraint.value_at(*path), text, fixes=[fix])


def _is_open_ended(prefix: str) -> bool:
    """Tell whether a prefix ends in the middle of the name of a registry, or of an owner at Docker Hub."""
    if prefix.endswith("/") or ":" in prefix:
        return False
    return "/" not in prefix or (prefix.startswith("docker.io/") and prefix.count("/") == 1)
