"""References to container images, by the grammar of github.com/distribution/reference."""

import re
from functools import lru_cache
from typing import NamedTuple

from cnlint.syntax.patterns import matches_any, regex

DEFAULT_REGISTRY = "docker.io"

_VARIABLE = regex(
    r"\$\{\{[^}]*\}\}|\{\{[^}]*\}\}|\$\{[^}]*\}|\$\([^)]*\)|\$\w+|\[\[[^\]]*\]\]|<[^>]*>|%[({]?\w+[)}]?[s%]?|@@?\w+@@?(?=[/:]|$)"
    r"|__[A-Z][A-Z0-9_]*?__|\{[^}]*\}"
)
_HOLE = "\0"
# Far more than registries take. Looking for the ends of placeholders takes time quadratic in their number.
_LONGEST_REFERENCE = 4096
_DOMAIN = regex(r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]+)?\Z")
_REPOSITORY = regex(r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*)*\Z")
_TAG = regex(r"\w[\w.-]{0,127}\Z", re.ASCII)
_DIGEST = regex(r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}\Z")


class ImageReference(NamedTuple):
    """An image reference taken apart. What a variable or placeholder hides is ``None``."""

    text: str
    """The reference as written."""
    registry: str | None
    """The registry with its port; ``docker.io`` where the reference names none."""
    repository: str | None
    """The repository within the registry; ``library/nginx`` for ``nginx``."""
    tag: str | None
    digest: str | None
    """The digest with its algorithm, ``sha256:...``."""
    has_tag: bool
    """Whether a tag is written, be it one that a variable gives."""
    has_digest: bool
    """Whether a digest is written, be it one that a variable gives."""
    names_registry: bool
    """Whether the registry is written."""
    is_known: bool
    """Whether the reference is valid and holds no variable or placeholder."""

    @property
    def name(self) -> str | None:
        """Registry and repository, ``docker.io/library/nginx``; ``None`` when either is unknown."""
        if self.registry is None or self.repository is None:
            return None
        return f"{self.registry}/{self.repository}"

    @property
    def familiar_name(self) -> str | None:
        """The name as people write it: ``nginx``, ``bitnami/redis``, ``ghcr.io/example/app``."""
        return None if self.name is None else self.name.removeprefix("docker.io/").removeprefix("library/")

    @property
    def written_name(self) -> str:
        """The reference as written, without tag and digest."""
        return _split(_mask(self.text), self.text)[0]

    def is_within(self, place: str) -> bool | None:
        """Tell whether the image comes from a registry or repository, or one below it; ``None`` if nobody can tell.

        ``ghcr.io/example`` holds ``ghcr.io/example/app:1`` and not ``ghcr.io/examples/app``. There may be patterns
        (``*.example.com``); without a registry, as in images, that of Docker is meant.
        """
        registry, _, path = place.rstrip("/").partition("/")
        if not _is_registry(registry) and "*" not in registry:
            registry, path = DEFAULT_REGISTRY, place.rstrip("/")
            if not path:
                return False
        if self.registry is None:
            return None
        if not matches_any(self.registry, (registry,)):
            return False
        if path and self.repository is None:
            return None
        texts = (self.repository, f"{self.repository}:{self.tag}", f"{self.repository}@{self.digest}")
        paths = (path, f"{path}/*", *([f"library/{path}"] if registry == DEFAULT_REGISTRY else []))
        return not path or any(matches_any(text or "", paths) for text in texts)

    @classmethod
    def parse(cls, text: str) -> "ImageReference":
        """Take a reference apart. Never raises: what is no reference has neither name nor ``is_known``."""
        if len(text) > _LONGEST_REFERENCE:
            return cls(text, None, None, None, None, False, False, False, False)
        return _parse(text)


# The same images come again and again.
@lru_cache(maxsize=1024)
def _parse(text: str) -> ImageReference:
    masked = _mask(text)
    name, tag, digest = _split(masked, masked)
    registry, slash, repository = name.partition("/")
    names_registry = bool(slash) and _is_registry(registry)
    if not names_registry:
        registry, repository = DEFAULT_REGISTRY, name
    elif registry == "index.docker.io":
        registry = DEFAULT_REGISTRY
    if registry == DEFAULT_REGISTRY and "/" not in repository:
        repository = f"library/{repository}"
    is_known = (
        _DOMAIN.match(registry) is not None
        and _REPOSITORY.match(repository) is not None
        and (tag is None or _TAG.match(tag) is not None)
        and (digest is None or _DIGEST.match(digest) is not None)
    )
    hides_registry = not names_registry and (not name or name.startswith(_HOLE))
    return ImageReference(
        text,
        registry if _DOMAIN.match(registry) and not hides_registry else None,
        repository if _REPOSITORY.match(repository) else None,
        tag if tag and _TAG.match(tag) else None,
        digest if digest and _DIGEST.match(digest) else None,
        tag is not None,
        digest is not None,
        names_registry,
        is_known,
    )


def _mask(text: str) -> str:
    """Put holes in the place of variables and placeholders, so that the colons in them separate nothing."""
    return _VARIABLE.sub(lambda match: _HOLE * len(match.group()), text)


def _split(masked: str, text: str) -> tuple[str, str | None, str | None]:
    """Split ``text`` into name, tag and digest where ``masked``, of equal length, has the separators."""
    at = masked.find("@")
    end = len(masked) if at < 0 else at
    digest = None if at < 0 else text[at + 1 :]
    colon = masked.find(":", masked.rfind("/", 0, end) + 1, end)
    if colon < 0:
        return text[:end], None, digest
    return text[:colon], text[colon + 1 : end], digest


def _is_registry(component: str) -> bool:
    """Tell, as Docker does, whether the part before the first slash is a registry and not part of the repository."""
    return "." in component or ":" in component or component == "localhost" or component != component.lower()
