"""ConfigMaps and Secrets."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from cnlint.findings import Place
from cnlint.manifests.kubernetes import Manifest


class Entry(NamedTuple):
    """An entry of the data of a ConfigMap or Secret. ``value`` is as in YAML, and may be of a wrong type."""

    owner: Manifest
    field: str
    """``data``, ``stringData`` or ``binaryData``."""
    key: str
    value: Any

    @property
    def place(self) -> Place:
        """Key and value."""
        return self.owner.at(self.field, self.key)


class ConfigMap(Manifest):
    """A ConfigMap."""

    target = "config-map"

    def entries(self) -> Iterator[Entry]:
        """Yield the entries of ``data`` and ``binaryData``."""
        yield from _entries(self, "data")
        yield from _entries(self, "binaryData")

    @property
    def keys(self) -> set[str]:
        """The keys that pods may refer to."""
        return {entry.key for entry in self.entries()}


class Secret(Manifest):
    """A Secret."""

    target = "secret"

    @property
    def type(self) -> str:
        """The type, ``Opaque`` where none is written."""
        return self.string("type") or "Opaque"

    @property
    def is_encrypted(self) -> bool:
        """Whether SOPS has encrypted the values in the file."""
        return isinstance(self.get("sops"), dict)

    def entries(self) -> Iterator[Entry]:
        """Yield the entries of ``data`` and ``stringData``."""
        yield from _entries(self, "data")
        yield from _entries(self, "stringData")

    @property
    def keys(self) -> set[str]:
        """The keys that pods may refer to."""
        return {entry.key for entry in self.entries()}


def _entries(owner: Manifest, field: str) -> Iterator[Entry]:
    for key, value in owner.mapping(field).items():
        yield Entry(owner, field, str(key), value)
