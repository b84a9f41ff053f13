"""Images that their publishers no longer keep up, and what takes their place."""

from typing import Any, NamedTuple

from cnlint.data import table


class Deprecation(NamedTuple):
    """What to do about an image that is no longer kept up."""

    why: str
    """What has become of it: ``eclipse-temurin takes its place``."""
    use: str
    """What to use, for people."""
    replacement: str | None
    """The name to write instead, where the successor has the same tags."""


def deprecation_of(name: str, tag: str | None) -> Deprecation | None:
    """Look up an image by its familiar name (``openjdk``, ``k8s.gcr.io/pause``); ``None`` when it is kept up."""
    images: dict[str, Any] = table("deprecated-images")["images"]
    entry, rest = images.get(name), ""
    parts = name.split("/")
    for length in range(len(parts) - 1, 0, -1):
        if entry is None:
            entry, rest = images.get("/".join(parts[:length]) + "/*"), "/".join(parts[length:])
    if entry is None or entry.get("kept_tags", "\0") in (tag or ""):
        return None
    if "successor" not in entry:
        return Deprecation(entry["why"], entry["use"], None)
    successor = entry["successor"].replace("*", rest or "*")
    return Deprecation(f"{successor} takes its place", successor, successor if entry.get("same_tags") else None)
