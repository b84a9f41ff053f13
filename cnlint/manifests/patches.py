"""Manifests that are patches by the looks of them: parts of an object whose rest stands elsewhere."""

from cnlint.manifests.kubernetes import Manifest

_FOLDERS = {"overlays", "patches", "components"}


def looks_like_patch(manifest: Manifest) -> bool:
    """Tell whether what a manifest lacks may stand elsewhere, by its path and directives such as ``$patch``."""
    if getattr(manifest.document, "is_whole", False):
        return False
    folders, _, name = manifest.document.path.casefold().rpartition("/")
    return (
        "patch" in name
        or not _FOLDERS.isdisjoint(folders.split("/"))
        or any(str(key).startswith("$") for key in (*manifest.mapping(), *manifest.mapping("spec")))
        or any(container.is_patch for container in getattr(manifest, "containers", ()))
    )
