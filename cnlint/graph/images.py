"""Images: which builds make them from which Dockerfile, under which names, and which containers run them."""

import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from cnlint.graph import kustomize
from cnlint.graph.link import Confidence, Link, LinkFamily
from cnlint.graph.names import Names
from cnlint.manifests.images import ImageReference
from cnlint.manifests.workloads import Container, Workload
from cnlint.syntax.patterns import regex

if TYPE_CHECKING:
    from cnlint.graph.builds import Build
    from cnlint.manifests.dockerfile_summary import DockerfileSummary, StageSummary
    from cnlint.manifests.image_tags import ImageTag

# Registries and owners whose images nobody builds in a repository that only uses them.
_DOCKER_HUB_VENDORS = (
    *("apache", "argoproj", "bitnami", "bitnamilegacy", "calico", "cilium", "confluentinc", "curlimages", "datadog"),
    *(
        "elastic",
        "envoyproxy",
        "flannel",
        "fluent",
        "gitea",
        "grafana",
        "hashicorp",
        "hasura",
        "istio",
        "jaegertracing",
    ),
    *("jenkins", "keycloak", "kong", "library", "mailhog", "minio", "nginxinc", "openpolicyagent", "otel", "pingcap"),
    *("postgis", "prom", "rancher", "redis", "sonatype", "traefik", "velero"),
)
_VENDORS = (
    *(f"docker.io/{owner}/" for owner in _DOCKER_HUB_VENDORS),
    *("cgr.dev/", "docker.elastic.co/", "k8s.gcr.io/", "mcr.microsoft.com/", "nvcr.io/", "registry.k8s.io/"),
    *("gcr.io/distroless/", "gcr.io/google-containers/", "gcr.io/google_containers/", "gcr.io/google-samples/"),
    *("gcr.io/istio-release/", "quay.io/argoproj/", "quay.io/brancz/", "quay.io/cilium/", "quay.io/coreos/"),
    *("quay.io/jetstack/", "quay.io/keycloak/", "quay.io/kiwigrid/", "quay.io/minio/", "quay.io/oauth2-proxy/"),
    *("quay.io/prometheus/", "quay.io/strimzi/", "quay.io/thanos/", "public.ecr.aws/aws-", "public.ecr.aws/docker/"),
    *("public.ecr.aws/eks/", "public.ecr.aws/lambda/", "ghcr.io/aquasecurity/", "ghcr.io/cloudnative-pg/"),
    *("ghcr.io/dexidp/", "ghcr.io/external-secrets/", "ghcr.io/fluxcd/", "ghcr.io/kedacore/", "ghcr.io/kyverno/"),
    *("ghcr.io/linkerd/", "ghcr.io/open-telemetry/"),
)


def is_vendor_image(name: str) -> bool:
    """Tell whether an image, by registry and repository, comes from a vendor whom many projects use."""
    return name.startswith(_VENDORS)


class ImageSource(NamedTuple):
    """The Dockerfile that the image of a container is built from."""

    dockerfile: "DockerfileSummary"
    stage: "StageSummary | None"
    """The stage that is built."""
    confidence: Confidence
    reason: str
    """Why they belong together, for a message: ``image "orders" is built from it in go.yaml``."""


_VERSION = regex(r"v?(\d+(?:\.\d+)*)(?=[-_.]|\Z)")


class BaseVersion(NamedTuple):
    """The version in the tag of an image that a stage is built from."""

    version: str
    dockerfile: "DockerfileSummary"
    stage: "StageSummary"


class ImageLinks(LinkFamily):
    """Links from builds to Dockerfiles and contexts, and from containers to builds."""

    # Builds.

    @cached_property
    def builds(self) -> "tuple[Build, ...]":
        """All builds of images in workflows, actions and scripts."""
        if not self.project.may_run_commands:
            return ()
        from cnlint.graph.builds import builds_of

        return tuple(builds_of(self.project, self._known_contexts))

    @cached_property
    def base_versions(self) -> "Mapping[str, list[BaseVersion]]":
        """The versions of languages and servers that stages are built from, by product (``go``, ``nodejs``)."""
        from cnlint.data.end_of_life import product_of_image

        found: dict[str, list[BaseVersion]] = {}
        for dockerfile in self.project.dockerfiles:
            for stage in dockerfile.stages:
                product = product_of_image(stage.base_name) if stage.base_name else None
                version = _VERSION.match(stage.base_tag or "")
                if product is not None and version is not None:
                    found.setdefault(product, []).append(BaseVersion(version[1], dockerfile, stage))
        return found

    def builds_of(self, dockerfile: str) -> "tuple[Build, ...]":
        """Give the builds of a Dockerfile, by its path."""
        return tuple(self._builds_by_dockerfile.get(dockerfile, ()))

    @cached_property
    def shipped_targets(self) -> "Mapping[str, tuple[str | None, ...]]":
        """The stages that builds name, by Dockerfile, where one of them is not the last; ``None`` is the last one.

        Where some builds of a Dockerfile push what they build, only those count: the others are for tests.
        """
        found: dict[str, tuple[str | None, ...]] = {}
        for dockerfile, builds in self._builds_by_dockerfile.items():
            counted = [build for build in builds if build.pushes] or builds
            targets = tuple(dict.fromkeys(build.target for build in counted if "$" not in (build.target or "")))
            summary = self._dockerfiles.get(dockerfile)
            if summary is not None and any(summary.stage(target) is not summary.final_stage for target in targets):
                found[dockerfile] = targets
        return found

    @cached_property
    def pushed_images(self) -> "tuple[ImageTag, ...]":
        """The names by which workflows and scripts push images."""
        if not self.project.may_run_commands:
            return ()
        from cnlint.graph.builds import pushes_of

        pushes = pushes_of(self.project, self._known_contexts)
        return (*(tag for build in self.builds if build.pushes for tag in build.tags), *pushes)

    @cached_property
    def pushed_names(self) -> "dict[str, ImageTag]":
        """The images that are pushed, by registry and repository (``docker.io/example/orders``), where known."""
        return {tag.reference.name: tag for tag in reversed(self.pushed_images) if tag.reference.name is not None}

    def pushed_with_last_name(self, last: str) -> list[str]:
        """Give the names of pushed images whose last part is this one."""
        return self._pushed_by_last_name.get(last, [])

    def pushed_almost_as(self, name: str) -> list[str]:
        """Give the names of pushed images that a name is a typing error of."""
        return self._pushed.near(name)

    @cached_property
    def _pushed(self) -> Names:
        return Names(self.pushed_names)

    @cached_property
    def _pushed_by_last_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in self.pushed_names:
            found.setdefault(name.rpartition("/")[2], []).append(name)
        return found

    @cached_property
    def pushed_without_name(self) -> "tuple[ImageTag, ...]":
        """The names by which images are pushed that are known only at run time, in whole or in part."""
        return tuple(tag for tag in self.pushed_images if tag.reference.name is None)

    def builds_in(self, file: str) -> "list[Build]":
        """Give the builds of a workflow or script, by its path."""
        return self._builds_by_file.get(file, [])

    @cached_property
    def _builds_by_file(self) -> "dict[str, list[Build]]":
        found: dict[str, list[Build]] = {}
        for build in self.builds:
            found.setdefault(build.file, []).append(build)
        return found

    @cached_property
    def _builds_by_dockerfile(self) -> "dict[str, list[Build]]":
        found: dict[str, list[Build]] = {}
        for build in self.builds:
            if build.dockerfile is not None:
                found.setdefault(build.dockerfile, []).append(build)
        return found

    @cached_property
    def _builds_by_name(self) -> "dict[str, Build]":
        """The first build of each image, by registry and repository, whose Dockerfile the project holds."""
        found: dict[str, Build] = {}
        for build in self.builds:
            for tag in build.tags if build.dockerfile in self._dockerfiles else ():
                if tag.reference.name is not None:
                    found.setdefault(tag.reference.name, build)
        return found

    # Containers.

    def images_of(self, container: Container) -> tuple[ImageReference, ...]:
        """Give the images that a container ends up with: as written, or as its kustomizations replace it."""
        image = container.string("image")
        if getattr(container.document, "is_whole", False):
            # The object is the one that is applied.
            return (ImageReference.parse(image),) if image else ()
        sets = self.project.sets_of(container)
        texts = dict.fromkeys(kustomize.image_of(one.files.get(container.document.path, ()), image) for one in sets)
        return tuple(ImageReference.parse(text) for text in texts if text)

    def dockerfile_of(self, container: Container) -> ImageSource | None:
        """Give the Dockerfile that a container's image is built from.

        Exact: a workflow or script pushes, or tags, an image of that name from a Dockerfile of the project. Inferred:
        the last part of the image's name is that of the Dockerfile's folder or the Dockerfile's own suffix, or the
        project has one Dockerfile and one image that is nobody else's. ``None`` for images of well-known vendors.
        """
        key = (*container.identity, getattr(container.document, "builder", ""))
        if key not in self._sources:
            found = (self._source_of(image) for image in self.images_of(container))
            self._sources[key] = next((one for one in found if one is not None), None)
        return self._sources[key]

    def containers_of(self, dockerfile: str) -> list[tuple[Container, Confidence]]:
        """Give the containers that run the image of a Dockerfile, by its path."""
        return self._containers_by_dockerfile.get(dockerfile, [])

    @cached_property
    def _containers_by_dockerfile(self) -> dict[str, list[tuple[Container, Confidence]]]:
        found: dict[str, list[tuple[Container, Confidence]]] = {}
        for container, source in self._containers:
            found.setdefault(source.dockerfile.path, []).append((container, source.confidence))
        return found

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
        build = self._builds_by_name.get(name)
        if build is not None and build.dockerfile is not None:
            summary = self._dockerfiles[build.dockerfile]
            reason = f'image "{image.written_name}" is built from it in {os.path.basename(build.file)}'
            return ImageSource(summary, summary.stage(build.target), "exact", reason)
        if is_vendor_image(name):
            return None
        return self._inferred(image, name)

    def _inferred(self, image: ImageReference, name: str) -> ImageSource | None:
        last = name.rpartition("/")[2].casefold()
        fitting = self._dockerfiles_by_name.get(last, [])
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
        return frozenset(name for name in names if name is not None and not is_vendor_image(name))

    @cached_property
    def _dockerfiles(self) -> "dict[str, DockerfileSummary]":
        return {one.path: one for one in self.project.dockerfiles}

    @cached_property
    def _dockerfiles_by_name(self) -> "dict[str, list[DockerfileSummary]]":
        """Dockerfiles by the names of the images that they may be for."""
        found: dict[str, list[DockerfileSummary]] = {}
        for one in self.project.dockerfiles:
            for name in _names_of(one.path):
                found.setdefault(name, []).append(one)
        return found

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
            summary = self._dockerfiles.get(build.dockerfile or "")
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
