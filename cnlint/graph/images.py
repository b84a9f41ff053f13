"""Images: which builds make them from which Dockerfile, under which names, and which containers run them."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from cnlint.findings import Place
from cnlint.graph import kustomize, repository
from cnlint.graph.commands import commands_of_programs
from cnlint.graph.link import Confidence, Link, LinkFamily
from cnlint.manifests.commands import Command
from cnlint.manifests.image_tags import ImageTag, pushed_words, tag_of_word, tags_of_input, text_of_word
from cnlint.manifests.images import ImageReference
from cnlint.manifests.workloads import Container, Workload
from cnlint.syntax.shell import Word

if TYPE_CHECKING:
    from cnlint.manifests.dockerfile_summary import DockerfileSummary, StageSummary
    from cnlint.manifests.workflow import Job, Step

_BUILD_ACTIONS = ("docker/build-push-action", "redhat-actions/buildah-build", "mr-smithers-excellent/docker-build-push")
_ENGINES = frozenset({"docker", "podman", "nerdctl", "buildah"})
_VALUE_FLAGS = (
    *(
        "--add-host",
        "--allow",
        "--annotation",
        "--attest",
        "--build-arg",
        "--build-context",
        "--builder",
        "--cache-from",
    ),
    *("--cache-to", "--cgroup-parent", "--file", "--iidfile", "--label", "--metadata-file", "--network", "--output"),
    *("--platform", "--progress", "--secret", "--shm-size", "--ssh", "--tag", "--target", "--ulimit", "-f", "-o", "-t"),
)
_REMOTE_CONTEXT = re.compile(r"(?:https?|git|ssh)://|git@|\{\{|github\.com/")
# Registries and owners of images that nobody builds in a repository that only uses them.
_VENDORS = re.compile(
    r"docker\.io/(?:library|bitnami|bitnamilegacy|grafana|prom|istio|hashicorp|elastic|confluentinc|jaegertracing|otel|"
    r"datadog|traefik|envoyproxy|minio|mcr|curlimages|rancher|kong|nginxinc|mailhog|fluent|openpolicyagent|hasura|"
    r"postgis|redis|cilium|calico|flannel|velero|keycloak|sonatype|jenkins|gitea|argoproj|pingcap|apache)/|"
    r"(?:registry\.k8s\.io|k8s\.gcr\.io|mcr\.microsoft\.com|gcr\.io/distroless|gcr\.io/google[-_]containers|"
    r"gcr\.io/google-samples|gcr\.io/istio-release|quay\.io/(?:prometheus|jetstack|argoproj|coreos|keycloak|strimzi|"
    r"cilium|brancz|kiwigrid|minio|oauth2-proxy|thanos)|cgr\.dev|public\.ecr\.aws/(?:docker|aws-|eks|lambda)|"
    r"docker\.elastic\.co|nvcr\.io|ghcr\.io/(?:fluxcd|kedacore|external-secrets|dexidp|cloudnative-pg|open-telemetry|"
    r"kyverno|aquasecurity|linkerd))(?:/|\Z)"
)


class Build(NamedTuple):
    """A build of an image in a workflow or script."""

    file: str
    """The workflow or script."""
    origin: str
    """What runs it: the file, and for a workflow the job, ``.github/workflows/go.yaml#build``."""
    place: Place
    step: "Step | None"
    command: Command | None
    context: str | None
    """The folder of the context, relative to the root; ``None`` when it is remote or known only at run time."""
    dockerfile: str | None
    """The Dockerfile, relative to the root; ``None`` when it is not known."""
    context_place: Place
    """Where the context is named; the build where it is the default."""
    dockerfile_place: Place
    """Where the Dockerfile is named; the context's place where it is the default."""
    target: str | None
    """The stage that is built; ``None`` for the last one."""
    tags: "tuple[ImageTag, ...]"
    pushes: bool


class ImageSource(NamedTuple):
    """The Dockerfile that the image of a container is built from."""

    dockerfile: "DockerfileSummary"
    stage: "StageSummary | None"
    """The stage that is built."""
    confidence: Confidence
    reason: str
    """Why they belong together, for a message: ``image "orders" is built from it in go.yaml``."""


class ImageLinks(LinkFamily):
    """Links from builds to Dockerfiles and contexts, and from containers to builds."""

    # Builds.

    @cached_property
    def builds(self) -> tuple[Build, ...]:
        """All builds of images in workflows, actions and scripts."""
        return (*self._builds_of_actions(), *self._builds_of_commands())

    def builds_of(self, dockerfile: str) -> tuple[Build, ...]:
        """Give the builds of a Dockerfile, by its path."""
        return tuple(build for build in self.builds if build.dockerfile == dockerfile)

    def contexts_of(self, dockerfile: str) -> tuple[str, ...]:
        """Give the folders that builds use as context of a Dockerfile; its own folder when no build is known."""
        found = dict.fromkeys(build.context for build in self.builds_of(dockerfile) if build.context is not None)
        return tuple(found) or (os.path.dirname(dockerfile),)

    @cached_property
    def pushed_images(self) -> tuple[ImageTag, ...]:
        """The names by which workflows and scripts push images."""
        return (*(tag for build in self.builds if build.pushes for tag in build.tags), *self._pushes_of_commands())

    def pushed_names(self) -> dict[str, ImageTag]:
        """Give the images that are pushed, by registry and repository (``docker.io/example/orders``), where known."""
        return {tag.reference.name: tag for tag in reversed(self.pushed_images) if tag.reference.name is not None}

    # Containers.

    def images_of(self, container: Container) -> tuple[ImageReference, ...]:
        """Give the images that a container ends up with: as written, or as its kustomizations replace it."""
        image = container.string("image")
        sets = self.project.sets_of(container)
        texts = dict.fromkeys(kustomize.image_of(one.files.get(container.document.path, ()), image) for one in sets)
        return tuple(ImageReference.parse(text) for text in texts if text)

    def dockerfile_of(self, container: Container) -> ImageSource | None:
        """Give the Dockerfile that a container's image is built from.

        Exact: a workflow or script pushes, or tags, an image of that name from a Dockerfile of the project. Inferred:
        the last part of the image's name is that of the Dockerfile's folder or the Dockerfile's own suffix, or the
        project has one Dockerfile and one image that is nobody else's. ``None`` for images of well-known vendors.
        """
        key = (container.document.path, getattr(container.document, "index", 0), container.path)
        if key not in self._sources:
            found = (self._source_of(image) for image in self.images_of(container))
            self._sources[key] = next((one for one in found if one is not None), None)
        return self._sources[key]

    def containers_of(self, dockerfile: str) -> list[tuple[Container, Confidence]]:
        """Give the containers that run the image of a Dockerfile, by its path."""
        return [
            (container, source.confidence)
            for container, source in self._containers
            if source.dockerfile.path == dockerfile
        ]

    @cached_property
    def _containers(self) -> list[tuple[Container, ImageSource]]:
        found = (
            (container, self.dockerfile_of(container))
            for workload in self.project.resources(Workload)
            for container in workload.containers
        )
        return [(container, source) for container, source in found if source is not None]

    @cached_property
    def _sources(self) -> dict[Any, ImageSource | None]:
        return {}

    def _source_of(self, image: ImageReference) -> ImageSource | None:
        name = image.name
        if name is None or not self.project.dockerfiles:
            return None
        for build in self.builds:
            summary = self._dockerfile_at(build.dockerfile)
            if summary is not None and any(tag.reference.name == name for tag in build.tags):
                reason = f'image "{image.written_name}" is built from it in {os.path.basename(build.file)}'
                return ImageSource(summary, summary.stage(build.target), "exact", reason)
        if _VENDORS.match(name):
            return None
        return self._inferred(image, name)

    def _inferred(self, image: ImageReference, name: str) -> ImageSource | None:
        last = name.rpartition("/")[2].casefold()
        fitting = [one for one in self.project.dockerfiles if last in _names_of(one.path)]
        if len(fitting) == 1:
            reason = f'it has the name of image "{image.written_name}"'
            return ImageSource(fitting[0], fitting[0].final_stage, "inferred", reason)
        own = self._own_images
        if len(self.project.dockerfiles) == 1 and len(own) == 1 and name in own:
            only = self.project.dockerfiles[0]
            reason = f'it is the only Dockerfile and "{image.written_name}" the only image of the project\'s own'
            return ImageSource(only, only.final_stage, "inferred", reason)
        return None

    @cached_property
    def _own_images(self) -> frozenset[str]:
        """The names of images of containers that are no vendor's."""
        names = {
            image.name
            for workload in self.project.resources(Workload)
            for container in workload.containers
            for image in self.images_of(container)
        }
        return frozenset(name for name in names if name is not None and not _VENDORS.match(name))

    def _dockerfile_at(self, path: str | None) -> "DockerfileSummary | None":
        return self._dockerfiles.get(path) if path is not None else None

    @cached_property
    def _dockerfiles(self) -> "dict[str, DockerfileSummary]":
        return {one.path: one for one in self.project.dockerfiles}

    # Reading builds.

    def _builds_of_actions(self) -> Iterator[Build]:
        for workflow in self.project.workflows:
            for job in workflow.jobs.values():
                for step in job.steps:
                    if step.uses(*_BUILD_ACTIONS):
                        yield from self._build_of_action(step, job, f"{workflow.document.path}#{job.id}")

    def _build_of_action(self, step: "Step", job: "Job", origin: str) -> Iterator[Build]:
        context_key, file_key = step.input_key("context"), step.input_key("file")
        place = step.at("uses")
        context_place = step.value_at("with", context_key) if context_key else place
        contexts = _values(step, "context", ".")
        files = _values(step, "file", "")
        for context_text in contexts:
            for file_text in files:
                context = self._checked_out(job, context_text)
                if file_text is None:
                    dockerfile = None
                elif file_text:
                    dockerfile = self._checked_out(job, file_text)
                else:
                    dockerfile = None if context is None else os.path.join(context, "Dockerfile")
                pushes = step.input("push")
                yield Build(
                    step.document.path,
                    origin,
                    place,
                    step,
                    None,
                    context,
                    dockerfile,
                    context_place,
                    step.value_at("with", file_key) if file_key else context_place,
                    step.input("target") or None,
                    tuple(tags_of_input(step, "tags", self._known_contexts)),
                    bool(pushes) and str(pushes).casefold() != "false",
                )

    def _checked_out(self, job: "Job", text: str | None) -> str | None:
        """Give the path in the project of a path in the workspace; ``None`` when it is remote or not known."""
        if text is None or "${{" in text or _REMOTE_CONTEXT.search(text):
            return None
        path = repository.join("", text)
        if path is None:
            return None
        for step in job.steps:
            folder = (step.input("path") or "").strip("./") if step.uses("actions/checkout") else ""
            if folder and (path == folder or path.startswith(f"{folder}/")):
                return path[len(folder) + 1 :]
        return path

    def _builds_of_commands(self) -> Iterator[Build]:
        for command, file, origin, folder in commands_of_programs(self.project, _ENGINES):
            if verbs := _build_verbs(command):
                yield self._build_of_command(command, verbs, file, origin, folder)

    def _build_of_command(self, command: Command, verbs: int, file: str, origin: str, folder: str | None) -> Build:
        operands = command.operands(_VALUE_FLAGS)[verbs:]
        context_word = operands[0] if operands else None
        file_word = command.option("-f", "--file")
        context = self._in_folder(folder, command, context_word)
        dockerfile: str | None
        if file_word is not None:
            dockerfile = self._in_folder(folder, command, file_word)
        else:
            dockerfile = None if context is None else os.path.join(context, "Dockerfile")
        place = command.place()
        context_place = command.place(context_word) if context_word else place
        target = command.option("--target")
        tags = [tag_of_word(command, word, self._known_contexts) for word in command.options("-t", "--tag")]
        step = getattr(command.origin, "job", None) and command.origin
        return Build(
            file,
            origin,
            place,
            step,
            command,
            context,
            dockerfile,
            context_place,
            command.place(file_word) if file_word else context_place,
            text_of_word(command, target, self._known_contexts) if target else None,
            tuple(tags),
            command.has_flag("--push")
            or any(_is_pushed(command, tag.reference.text, self._known_contexts) for tag in tags),
        )

    def _in_folder(self, folder: str | None, command: Command, word: Word | None) -> str | None:
        if folder is None or word is None:
            return None
        text = text_of_word(command, word, self._known_contexts)
        if text == "-" or "$" in text or _REMOTE_CONTEXT.search(text):
            return None
        return repository.join(folder, text)

    def _pushes_of_commands(self) -> Iterator[ImageTag]:
        for command, _, _, _ in commands_of_programs(self.project, _ENGINES):
            yield from (tag_of_word(command, word, self._known_contexts) for word in pushed_words(command))

    @cached_property
    def _known_contexts(self) -> dict[str, str]:
        for remote in self.project.remotes:
            host, _, path = remote.partition("/")
            owner, slash, name = path.rpartition("/")
            if host == "github.com" and slash:
                return {
                    "github.repository": path,
                    "github.repository_owner": owner,
                    "github.event.repository.name": name,
                }
        return {}

    def links(self) -> Iterator[Link]:
        """Yield what is built from which Dockerfile, and which containers run it."""
        for build in self.builds:
            summary = self._dockerfile_at(build.dockerfile)
            if summary is not None and summary.final_stage is not None:
                target = summary.place(summary.final_stage.span)
                yield Link("builds", build.dockerfile_place, target, "exact")
        for container, source in self._containers:
            if source.stage is not None:
                place = source.dockerfile.place(source.stage.span)
                yield Link("runs-image", container.at("image"), place, source.confidence)


def _names_of(dockerfile: str) -> set[str]:
    """Give the names of images that a Dockerfile may be for: of its folder, and what its name adds to Dockerfile."""
    folder, name = os.path.split(dockerfile.casefold())
    names = {os.path.basename(folder)} if folder else set()
    for affix in (name.removeprefix("dockerfile.").removeprefix("containerfile."), name.removesuffix(".dockerfile")):
        if affix != name:
            names.add(affix)
    return names - {"", "docker", "build", "deploy", "src", "app", "dev", "prod", "test"}


def _values(step: "Step", name: str, default: str) -> list[str | None]:
    """Give the values that an input can have; ``None`` alone when it is computed."""
    if step.input_key(name) is None:
        return [default]
    return [value.text for value in step.input_values(name)] or [None]


def _build_verbs(command: Command) -> int:
    """Give the number of operands that make a command a build of an image; 0 when it is none."""
    program = command.program
    if command.runs(program, "buildx|image|builder", "build"):
        return 2
    return 1 if command.runs(program, "build|bud") else 0


def _is_pushed(command: Command, text: str, known: Mapping[str, str]) -> bool:
    """Tell whether a later command of the script pushes an image."""
    later: Iterable[Command] = command.after
    return any(text_of_word(one, word, known) == text for one in later for word in pushed_words(one))
