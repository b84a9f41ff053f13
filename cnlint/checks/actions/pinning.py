"""Actions and tools whose code can change while the workflow stays as it is."""

from collections.abc import Iterator, Mapping

from cnlint.data.actions import InstalledTool, installed_tool
from cnlint.findings import Related, Report, Severity, report
from cnlint.manifests.workflow import ActionReference, Step
from cnlint.rules import Context, check
from cnlint.syntax.patterns import regex

# Its own verification needs a tag.
_NEEDS_TAGS = "slsa-framework/slsa-github-generator"


@check("GHA720")
def unpinned_action(action: ActionReference, context: Context) -> Iterator[Report]:
    if action.kind != "remote" or action.is_sha or action.slug == _NEEDS_TAGS:
        return
    if _policy_for(action, context.options["policies"]) != "hash-pin" or _is_branch(action, ()):
        return
    user = "reusable workflow" if action.is_reusable_workflow else "action"
    pinned = f'is pinned to "{action.ref}", which its owner can move' if action.ref else "is not pinned to anything"
    message = f'{user} "{action.name}" {pinned}'
    hint = f"pin it to the commit id of {action.ref}, with the version as a comment: # {action.ref}"
    yield report(action.place, message, hint=hint)


@check("GHA721")
def branch_pinned_action(action: ActionReference, context: Context) -> Iterator[Report]:
    if action.kind == "remote" and not action.is_sha and _is_branch(action, context.options["allow"]):
        user = "reusable workflow" if action.is_reusable_workflow else "action"
        severity: Severity | None = "info" if _RELEASE_BRANCH.match(action.ref) else None
        message = f'{user} "{action.name}" follows the branch "{action.ref}"'
        yield report(action.place, message, severity=severity)


_RELEASE_BRANCH = regex(r"releases?/v?\d")
_BRANCHES = frozenset(
    {"main", "master", "develop", "development", "dev", "trunk", "head", "latest", "nightly", "edge", "next", "stable"}
)
_LOOKS_LIKE_VERSION = regex(r"\D{0,20}\d")
_SHORT_SHA = regex(r"[0-9a-f]{7,39}\Z")


def _is_branch(action: ActionReference, allowed: list[str] | tuple[()]) -> bool:
    """Tell whether the reference is a branch: by its name, or because it is no version and no commit."""
    ref = action.ref.lower()
    if action.slug in (name.lower() for name in allowed):
        return False
    if ref in _BRANCHES or _RELEASE_BRANCH.match(ref):
        return True
    return bool(ref) and not _LOOKS_LIKE_VERSION.match(ref) and not _SHORT_SHA.match(ref)


def _policy_for(action: ActionReference, policies: Mapping[str, str]) -> str:
    """Give the policy of the most specific pattern: the action, its repository, its owner, everything."""
    lower = {pattern.lower(): policy for pattern, policy in policies.items()}
    candidates = (action.name, f"{action.slug}/*", action.slug, f"{action.owner}/*", "*")
    return next((lower[pattern] for pattern in candidates if pattern in lower), "any")


@check("GHA724")
def unpinned_tool(step: Step, context: Context) -> Iterator[Report]:
    action = step.action
    if action is None or action.kind != "remote":
        return
    tool = _tool_of(action, context.options["actions"])
    if tool is None:
        return
    if step.input_key(tool.input) is None:
        has_file = bool(tool.other) and step.input_key(tool.other) is not None
        if tool.default == "latest" and not has_file:
            message = f'"{action.name}" installs the latest {tool.tool}: input "{tool.input}" is not set'
            yield report(action.place, message, hint=f"set {tool.input} to a version of {tool.tool}")
        return
    for value in step.input_values(tool.input):
        if value.text.strip().lower() in ("", "latest", "stable", "main", "master", "latest-release", "tip", "*"):
            message = f'"{action.name}" installs the latest {tool.tool}'
            related = [Related(value.place, f"{tool.input} is {value.text!r}")]
            hint = f"set {tool.input} to a version of {tool.tool}"
            yield report(action.place, message, related=related, hint=hint)
            return


def _tool_of(action: ActionReference, own: Mapping[str, str]) -> InstalledTool | None:
    """Look up the tool that an action installs; ``own`` maps actions to the inputs that set the version."""
    for name, version_input in own.items():
        if name.lower() == action.name:
            return InstalledTool("version of its tool", version_input, "", "latest")
    return installed_tool(action.name, action.major)
