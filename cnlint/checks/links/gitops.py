"""What stands against Argo CD: commands that change what it syncs, autoscalers that it resets, tags nobody raises."""

import re
from collections.abc import Iterator

from cnlint.findings import Place, Related, Report, report
from cnlint.graph import kustomize
from cnlint.graph.applications import SourceFolder
from cnlint.graph.apply_sets import ApplySet, environment_of, may_share, same_environment
from cnlint.graph.gitops import ImperativeChange
from cnlint.graph.project import Project
from cnlint.graph.resources import Resource
from cnlint.manifests.argo import ApplicationSpec
from cnlint.manifests.autoscaling import Autoscaler
from cnlint.manifests.images import ImageReference
from cnlint.manifests.workloads import Container, Workload
from cnlint.rules import Context, check

_RESPECT = "RespectIgnoreDifferences=true"
_SELF_HEAL = ("syncPolicy", "automated", "selfHeal")


@check("REF710")
def imperative_change(spec: ApplicationSpec, context: Context) -> Iterator[Report]:
    links = context.project.links
    for one in links.changes_behind(spec):
        yield _reverted(one, spec, heals=links.heals_itself(spec.owner))


def _reverted(one: ImperativeChange, spec: ApplicationSpec, *, heals: bool) -> Report:
    command, ref = one.command, one.resource.view.ref
    objects = ref if one.objects == 1 else f"{ref} and {one.objects - 1} more"
    when = "at once" if heals else "with the next commit"
    policy = "the Application heals itself" if heals else "the Application is synced by itself"
    return report(
        command.place,
        f'`{_shown(one)}` changes {objects}, which {spec.owner.ref} syncs from "{one.source.folder or "."}": '
        f"Argo CD takes the change back {when}",
        severity=None if spec.is_local else "info",
        related=[
            Related(spec.at(*_SELF_HEAL[: 3 if heals else 2]), policy),
            Related(one.resource.view.at("metadata", "name"), f"{ref} is here"),
        ],
    )


def _shown(one: ImperativeChange) -> str:
    return " ".join(filter(None, (one.command.command.program, one.command.verb, one.command.action)))


# Autoscalers.


@check("REF713")
def self_heal_fights_autoscaler(spec: ApplicationSpec, context: Context) -> Iterator[Report]:
    project = context.project
    links = project.links
    if not spec.is_automated or not links.heals_itself(spec.owner) or links.leaves_differences:
        return
    if any(
        project.is_patched(spec.owner, *map(str, spec.own_path), field) for field in ("syncPolicy", "ignoreDifferences")
    ):
        return
    fought = [one for source in links.own_sources_of(spec.owner) for one in _scaled(source, project)]
    respects = _RESPECT in spec.sync_options
    ignored = {id(one): links.ignores_difference(spec.owner, one.view, "spec", "replicas") for one, _, _ in fought}
    left = [one for one in fought if not (respects and ignored[id(one[0])])]
    if not left:
        return
    resource, scaler, place = min(left, key=lambda one: ignored[id(one[0])])
    what = f"{resource.view.ref}, which {scaler.ref} scales"
    also = f" (and of {len(left) - 1} more)" if len(left) > 1 else ""
    if ignored[id(resource)]:
        text = (
            f"{spec.owner.ref} leaves spec.replicas out of the comparison only, without {_RESPECT}: "
            f"each sync resets {what}{also}"
        )
        hint: str | None = f"Add {_RESPECT} to syncPolicy.syncOptions"
    else:
        text, hint = f"{spec.owner.ref} heals spec.replicas of {what}{also}", None
    related = [Related(place, "the number of replicas is written here")]
    related.append(Related(scaler.target_place, f"{scaler.ref} scales it"))
    yield report(spec.at(*_SELF_HEAL), text, related=related, hint=hint)


def _scaled(source: SourceFolder, project: Project) -> Iterator[tuple[Resource, Autoscaler, Place]]:
    """Yield the workloads of a source whose replicas are written and scaled, with what does so and where."""
    applied = project.links.set_of(source)
    for resource in () if project.links.is_chart(source) else applied.index.with_pods:
        workload = resource.view
        if not isinstance(workload, Workload) or not workload.has_replicas:
            continue
        place = _replicas_place(workload, resource, applied)
        scalers = [one for one in project.links.autoscalers_of(workload) if _reaches(one, source, applied, project)]
        if place is not None and scalers and not applied.removes(resource, "spec", "replicas"):
            yield resource, scalers[0], place


def _replicas_place(workload: Workload, resource: Resource, applied: ApplySet) -> Place | None:
    """Give where the number of replicas is written: by the outermost kustomization that does, else by the manifest."""
    layers = applied.files.get(resource.file, ())
    names = kustomize.names_of(layers, resource.name)
    for one in reversed(layers):
        if not one.replicas.keys().isdisjoint(names):
            return one.at("replicas")
    return workload.at("spec", "replicas") if workload.sets_replicas else None


def _reaches(scaler: Autoscaler, source: SourceFolder, applied: ApplySet, project: Project) -> bool:
    """Tell whether an autoscaler scales the workload as this source deploys it, and not in another environment."""
    file = scaler.document.path
    if file in applied.files:
        return True
    if any(one.kind in ("application", "kustomization") for one in project.apply_sets.of_file(file)):
        return False
    folder = f"{source.folder}/" if source.folder else ""
    spaces = frozenset({source.namespace})
    return same_environment(environment_of(f"{folder}x.yaml"), environment_of(file)) and may_share(
        spaces, project.namespaces_of(scaler)
    )


# Tags.

_MOVING = re.compile(r"[a-z-]*")
_UPDATER = "argocd-image-updater.argoproj.io"


@check("REF711")
def tag_never_updated(container: Container, context: Context) -> Iterator[Report]:
    project = context.project
    sources = project.links.sources_applying(container.document.path)
    for source in sources:
        layers = project.links.set_of(source).files.get(container.document.path, ())
        image = ImageReference.parse(kustomize.image_of(layers, container.string("image")))
        pushed = project.links.pushed_names.get(image.name or "")
        if pushed is None or not _is_fixed(image) or pushed.reference.tag == image.tag:
            continue
        if _is_updated(source, project):
            return
        yield report(
            _tag_place(container, layers),
            f'{container.ref} of {container.workload.ref} runs "{image.text}", of which new versions are pushed, and '
            f"nothing in the project writes their tags to what {source.application.ref} deploys",
            related=[Related(pushed.place, "new versions are pushed here")],
        )
        return


def _is_fixed(image: ImageReference) -> bool:
    """Tell whether an image has a tag that means one version: no branch and no name like ``latest``."""
    return image.is_known and image.tag is not None and not _MOVING.fullmatch(image.tag)


def _tag_place(container: Container, layers: kustomize.Layers) -> Place:
    """Give where the tag is written: by the outermost kustomization that sets it, else by the container."""
    images = kustomize.images_of(layers, container.string("image"))
    names = {kustomize.split_image(image)[0] for image in images}
    for layer in reversed(layers):
        for override in layer.images:
            if override.name in names and (override.new_tag or override.digest):
                return layer.at(*override.path, "newTag" if override.new_tag else "digest")
    return container.value_at("image")


def _is_updated(source: SourceFolder, project: Project) -> bool:
    """Tell whether anything may write new tags: annotations for a controller, or what the project runs otherwise."""
    owner = source.application
    notes = {**owner.annotations, **owner.mapping("spec", "template", "metadata", "annotations")}
    return any(str(key).startswith(_UPDATER) for key in notes) or project.links.may_write_tags
