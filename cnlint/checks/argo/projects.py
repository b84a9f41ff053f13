"""The project that an Application belongs to."""

from collections.abc import Iterator

from cnlint.findings import Report, report
from cnlint.manifests.argo import ApplicationSpec
from cnlint.rules import Context, check


@check("ARGO102")
def default_project(spec: ApplicationSpec, context: Context) -> Iterator[Report]:
    if spec.project not in ("", "default") or (spec.is_fragment and spec.get("project") is None):
        return
    if context.project.is_patched(spec.owner, *spec.own_path, "project"):
        return
    what = 'is in the project "default"' if spec.project else 'names no project and is in "default"'
    yield report(spec.at("project"), f"{spec.owner.ref} {what}, which by default allows every source and destination")
