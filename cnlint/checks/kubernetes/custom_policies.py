"""Policies of the project's own on Kubernetes objects, as CEL expressions in its configuration."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from cnlint.findings import Report, report
from cnlint.graph.project import Project
from cnlint.manifests.kubernetes import Manifest
from cnlint.manifests.patches import looks_like_patch
from cnlint.manifests.workloads import Workload
from cnlint.rules import Context, check

if TYPE_CHECKING:
    from cnlint.policies.cel import Bindings, Document
    from cnlint.policies.object_policies import ObjectPolicy


_GUARD = "guard what may be absent: has(object.spec), object.?spec.?replicas.orValue(1)"


# Most policies look at one object alone: these are judged file by file, over all that the file says of the object.


@check("K8S425", scope="file")
def custom_policy(manifest: Manifest, context: Context) -> Iterator[Report]:
    policies = _policies_for(manifest, context, need_all=False)
    if policies:
        from cnlint.policies.object_policies import bind_object

        yield from _judge(manifest, policies, bind_object)


@check("K8S425", scope="project")
def custom_policy_over_all_objects(manifest: Manifest, context: Context) -> Iterator[Report]:
    policies = _policies_for(manifest, context, need_all=True)
    if policies:
        yield from _judge(manifest, policies, lambda _: _all_objects(context.project))


def _policies_for(manifest: Manifest, context: Context, *, need_all: bool) -> "list[tuple[str, ObjectPolicy]]":
    """Give the policies for an object, with their names; patches lack what stands elsewhere."""
    wanted = [one for one in context.options["checks"] if not one.get("kinds") or manifest.kind in one["kinds"]]
    if not wanted or looks_like_patch(manifest) or (isinstance(manifest, Workload) and manifest.is_fragment):
        return []
    from cnlint.policies.object_policies import compile_policy

    policies = [(one["name"], compile_policy(one["expression"])) for one in wanted]
    return [(name, policy) for name, policy in policies if policy.needs_all is need_all]


def _judge(
    manifest: Manifest, policies: "list[tuple[str, ObjectPolicy]]", bind: "Callable[[Document], Bindings]"
) -> Iterator[Report]:
    from cnlint.policies.cel import CelError, Document
    from cnlint.policies.object_policies import verdict

    try:
        document = Document(manifest.value)
        bindings = bind(document)
    except CelError as error:
        yield report(manifest.at("kind"), f"no policy can be evaluated on {manifest.ref}: {error}")
        return
    for name, policy in policies:
        said = verdict(policy, bindings, document)
        if isinstance(said, CelError):
            text = f'policy "{name}" cannot be evaluated on {manifest.ref}: {said}'
            yield report(manifest.at("kind"), text, hint=_GUARD)
        elif said is False:
            yield report(manifest.at("kind"), f'policy "{name}" does not hold for {manifest.ref}')
        elif isinstance(said, str) and said:
            yield report(manifest.at("kind"), f'policy "{name}": {said}')


_everything: "WeakKeyDictionary[Project, Bindings]" = WeakKeyDictionary()


def _all_objects(project: Project) -> "Bindings":
    if project not in _everything:
        from cnlint.policies.cel import Document
        from cnlint.policies.object_policies import bind_objects

        manifests = project.views_for(frozenset({Manifest.target}))
        _everything[project] = bind_objects(Document([manifest.value for manifest in manifests]))
    return _everything[project]
