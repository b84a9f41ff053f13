"""Sources of Applications: folders of repositories, charts, and the revisions of both."""

import re
from collections.abc import Iterator

from cnlint.findings import Related, Report, report
from cnlint.manifests.argo import ApplicationSource, ApplicationSpec
from cnlint.manifests.placeholders import has_placeholder
from cnlint.rules import Context, check
from cnlint.syntax.patterns import matches_any

_LONGEST = 200
_COMMIT = re.compile(r"[0-9a-f]{7,40}|[0-9a-f]{64}")
_TAG = re.compile(r"(?:^|[-_@/])v?[0-9]+[.-][0-9]+[.-][0-9]+(?:[-+._][0-9A-Za-z.+_-]*)?$|^v[0-9]+\.[0-9]+$|^refs/tags/")
_VERSION = re.compile(r"v?[0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.+-]*)?")
_PART_OF_VERSION = re.compile(r"v?[0-9]+(?:\.[0-9]+)?")
_MOVING_TAGS = frozenset({"latest", "stable", "main", "master", "edge", "nightly"})


@check("ARGO101")
def target_revision_not_pinned(source: ApplicationSource, context: Context) -> Iterator[Report]:
    revision = source.revision
    if revision is None or not source.is_from_git or _is_unknown(source, context):
        return
    if matches_any(revision or "HEAD", context.options["allowed_revisions"]):
        return
    if not revision and source.spec.is_fragment:
        return
    follows_head = revision in ("", "HEAD")
    if not follows_head and _is_pinned(revision):
        return
    url = source.repository
    is_judged = follows_head and not context.project.links.is_this_repository(url)
    if not is_judged and not _judges_branches(context):
        return
    if not revision:
        text = f"{source.ref} names no targetRevision: it follows the newest commit of {url}"
    elif follows_head:
        text = f"{source.ref} follows HEAD, the newest commit of {url}"
    elif _is_range(revision):
        text = f'{source.ref} follows the newest tag of {url} that fits "{revision}"'
    else:
        text = f'{source.ref} follows "{revision}" of {url}, which looks like a branch'
    yield report(source.at("targetRevision"), text)


def _judges_branches(context: Context) -> bool:
    """Tell whether branches, and the repository that is checked itself, are judged like other moving revisions."""
    wanted = context.options["branches"]
    return bool(wanted == "report" or (wanted == "auto" and context.settings.profile != "default"))


def _is_pinned(revision: str) -> bool:
    """Tell whether a revision of git looks like a commit or a tag: what it means does not move."""
    return len(revision) > _LONGEST or bool(_COMMIT.fullmatch(revision) or _TAG.search(revision))


@check("ARGO103")
def ambiguous_application_source(spec: ApplicationSpec, context: Context) -> Iterator[Report]:
    listed = spec.sequence("sources")
    if listed and spec.mapping("source"):
        yield report(
            spec.at("source"),
            f"{spec.owner.ref} has both source and sources: source is ignored",
            related=[Related(spec.at("sources"), "these are used")],
            hint="Delete source, or move it into sources",
        )
    for source in spec.sources:
        if not _is_unknown(source, context):
            yield from _judge_source(source, spec.is_fragment)


def _judge_source(source: ApplicationSource, is_fragment: bool) -> Iterator[Report]:
    if any(has_placeholder(text) for text in (source.folder, source.chart)):
        return
    if source.folder and source.chart:
        text = f'{source.ref} names both path "{source.folder}" and chart "{source.chart}"'
        yield report(source.at(), text)
    if is_fragment:
        return
    if source.get("repoURL") == "":
        yield report(source.at("repoURL"), f"{source.ref} has an empty repoURL", hint="Write the repository's address")
    has_content = any(source.get(field) not in (None, "") for field in ("path", "chart", "ref", "plugin"))
    if not has_content and not source.repository.startswith("oci://"):
        text = f"{source.ref} names neither a path nor a chart"
        yield report(source.at(), text, hint='Name the path in the repository, "." for its root, or the chart')


@check("ARGO108")
def unpinned_chart_version(source: ApplicationSource, context: Context) -> Iterator[Report]:
    revision = source.revision
    is_oci = source.repository.startswith("oci://")
    if revision is None or not (source.chart or is_oci) or _is_unknown(source, context):
        return
    name = f'chart "{source.chart}"' if source.chart else f'"{source.repository}"'
    if not revision:
        if not source.spec.is_fragment:
            text = f"{source.ref} names no version of {name}: it takes the newest one"
            yield report(source.at("targetRevision"), text)
    elif _is_range(revision) or revision in _MOVING_TAGS:
        text = f'{source.ref} takes the newest version of {name} that fits "{revision}"'
        yield report(source.at("targetRevision"), text)


def _is_range(revision: str) -> bool:
    """Tell whether a revision means the newest of several versions: ``1.*``, ``~1.2``, ``>=1.0 <2``, ``1.2``."""
    if len(revision) > _LONGEST or _VERSION.fullmatch(revision) or revision.startswith("sha256:"):
        return False
    return (
        any(sign in revision for sign in ("*", "^", "~", ">", "<", "||", " "))
        or _PART_OF_VERSION.fullmatch(revision) is not None
        or any(part in ("x", "X") for part in revision.split("."))
    )


def _is_unknown(source: ApplicationSource, context: Context) -> bool:
    """Tell whether somebody fills in the revision later, or a kustomization patches the source."""
    if has_placeholder(source.revision or "") or has_placeholder(source.repository):
        return True
    spec = source.spec
    field = ("source",) if source.index is None else ("sources",)
    return context.project.is_patched(spec.owner, *spec.own_path, *field)
