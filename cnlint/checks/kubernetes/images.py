"""The images that containers run: how they are referred to and when they are pulled."""

from collections.abc import Iterator

from cnlint.checks.kubernetes.pod_patches import is_spec_patched
from cnlint.findings import Fix, Report, report
from cnlint.manifests.images import ImageReference
from cnlint.manifests.mapping_edits import add_key
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.scalar_edits import replace_value
from cnlint.manifests.workloads import Container
from cnlint.rules import Context, check
from cnlint.syntax.patterns import regex


@check("K8S200")
def floating_image_tag(container: Container, context: Context) -> Iterator[Report]:
    if container.runs_image(context.options["exempt_images"]):
        return
    for image in context.project.links.images_of(container):
        if image.has_digest or image.name is None:
            continue
        if not image.has_tag:
            wrong = 'has no tag and means "latest", which changes with every push'
        elif image.tag in context.options["floating_tags"]:
            wrong = f'has the tag "{image.tag}", which changes with every push'
        else:
            continue
        yield report(container.value_at("image"), f'image "{image.text}" of {container.ref} {wrong}')
        return


@check("K8S201")
def unpinned_image(container: Container, context: Context) -> Iterator[Report]:
    if container.runs_image(context.options["allow"]):
        return
    for image in context.project.links.images_of(container):
        if image.has_digest or not image.is_known:
            continue
        if not any(image.is_within(place) for place in context.options["exempt_repositories"]):
            yield report(container.value_at("image"), f'image "{image.text}" of {container.ref} has no digest')
            return


@check("K8S202")
def pull_policy_not_always(container: Container, context: Context) -> Iterator[Report]:
    written = container.get("imagePullPolicy")
    policy = container.string("imagePullPolicy")
    if policy == "Always" or (written is not None and not policy) or has_placeholder(policy):
        return
    images = context.project.links.images_of(container)
    if not images or any(image.has_digest or not image.is_known for image in images):
        return
    if policy:
        fix = Fix("set imagePullPolicy: Always", (replace_value(container, ("imagePullPolicy",), "Always"),))
        text = f"the nodes do not pull the image of {container.ref} anew: imagePullPolicy is {policy}"
        yield report(container.value_at("imagePullPolicy"), text, fixes=[fix])
        return
    default = _default_policy(images)
    if (default == "Always" and not context.options["explicit"]) or _is_patched(container, context):
        return
    edits = add_key(container, (), "imagePullPolicy: Always")
    fixes = [Fix("set imagePullPolicy: Always", edits)] if edits else []
    text = f"{container.ref} has no imagePullPolicy, and {default} is the default for its image"
    yield report(container.value_at("image"), text, fixes=fixes)


def _default_policy(images: tuple[ImageReference, ...]) -> str:
    return "Always" if all(image.tag in (None, "latest") for image in images) else "IfNotPresent"


def _is_patched(container: Container, context: Context) -> bool:
    return is_spec_patched(container.pod, context, container.field)


@check("K8S203")
def forbidden_image_pull_policy(container: Container, context: Context) -> Iterator[Report]:
    forbidden = context.options["forbidden_policies"]
    policy = container.string("imagePullPolicy")
    if policy not in forbidden or (not policy and (container.is_fragment or _is_patched(container, context))):
        return
    if policy:
        text = f"{container.ref} has imagePullPolicy {policy}, which is forbidden here"
        yield report(container.value_at("imagePullPolicy"), text)
    elif container.get("imagePullPolicy") is None:
        yield report(container.value_at("image"), f"{container.ref} has no imagePullPolicy")


_SCHEME = regex(r"[A-Za-z][A-Za-z0-9+.-]{0,20}://")
_LONGEST_NAME, _LONGEST_TAG = 255, 128
_NOT_IN_NAME = regex(r"[^A-Za-z0-9_./-]")
_NOT_IN_TAG = regex(r"[^A-Za-z0-9_.-]")
# A part in capitals is a name that somebody replaces: gcr.io/PROJECT_ID/orders:TAG.
_STAND_IN = regex(r"[A-Z][A-Z0-9_-]*[A-Z0-9]")
_DIGEST_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}
_HEXADECIMAL = regex(r"[0-9a-f]+")


@check("K8S205")
def invalid_image_reference(container: Container, context: Context) -> Iterator[Report]:
    if container.get("image") == "" and not container.workload.is_fragment:
        yield report(container.value_at("image"), f"the image of {container.ref} is empty")
    for image in context.project.links.images_of(container):
        problem = _problem_of(image)
        if problem:
            text = f'image "{image.text[:200]}" of {container.ref} is no valid reference: {problem}'
            yield report(container.value_at("image"), text)
            return


def _problem_of(image: ImageReference) -> str:
    """Say why no node could pull an image by this reference; empty where it could, or somebody fills it in."""
    text = image.text
    # ko builds such images and puts their names in.
    if has_placeholder(text) or text.startswith("ko://"):
        return ""
    scheme = _SCHEME.match(text)
    if scheme:
        return f'it starts with "{scheme[0]}"'
    if any(sign.isspace() for sign in text):
        return "it holds white space"
    name = image.written_name
    tag, _, digest = text[len(name) :].removeprefix(":").partition("@")
    if any(_STAND_IN.fullmatch(part) for part in (*name.split("/"), tag)):
        return ""
    found = _problem_of_name(image, name)
    if not found and image.has_tag:
        found = _problem_of_tag(tag)
    if not found and image.has_digest:
        found = _problem_of_digest(digest)
    return found


def _problem_of_name(image: ImageReference, name: str) -> str:
    registry, slash, rest = name.partition("/")
    if not name:
        return "it has no name"
    if image.names_registry and slash and not any(sign in registry for sign in ".:") and registry != "localhost":
        return f'"{registry}" has upper-case letters and is read as the name of a registry'
    repository = rest if image.names_registry else name
    if repository != repository.lower():
        return f'the repository "{repository}" has upper-case letters'
    sign = _NOT_IN_NAME.search(repository)
    if sign:
        return f'the name holds "{sign[0]}"'
    if len(name) > _LONGEST_NAME:
        return f"the name has more than {_LONGEST_NAME} characters"
    if image.repository is None:
        return f'"{repository}" is not made of words with single separators between them'
    return f'"{registry}" is no registry' if image.registry is None else ""


def _problem_of_tag(tag: str) -> str:
    sign = _NOT_IN_TAG.search(tag)
    if not tag:
        return "the tag is empty"
    if sign:
        return f'the tag holds "{sign[0]}"'
    if len(tag) > _LONGEST_TAG:
        return f"the tag has {len(tag)} characters, and {_LONGEST_TAG} are the most"
    return f'the tag starts with "{tag[0]}"' if tag[0] in ".-" else ""


def _problem_of_digest(digest: str) -> str:
    algorithm, colon, value = digest.partition(":")
    length = _DIGEST_LENGTHS.get(algorithm)
    if not colon or length is None:
        return f'the digest "{digest[:100]}" is not like sha256:<64 hexadecimal digits>'
    if len(value) != length:
        return f"the {algorithm} digest has {len(value)} digits instead of {length}"
    if not _HEXADECIMAL.fullmatch(value):
        return f"the {algorithm} digest is not made of lower-case hexadecimal digits"
    return ""
