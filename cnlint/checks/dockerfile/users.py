"""The user that containers run as."""

from collections.abc import Iterator

from cnlint.findings import Edit, Fix, Related, Report, report
from cnlint.manifests.dockerfile import Instruction, Stage
from cnlint.rules import Context, check
from cnlint.syntax.patterns import matches_any, regex
from cnlint.syntax.source import Span

_PLAIN_VARIABLE = regex(r"\$(?:\{(\w+)\}|(\w+))(?=\Z|:)")

# Images whose own USER is not root.
_NONROOT_IMAGES = (
    "cgr.dev/*",
    "*-unprivileged",
    "*-nonroot",
    "*/nonroot",
    "bitnami/*",
    "bitnamilegacy/*",
    "bitnamisecure/*",
    "registry.access.redhat.com/ubi*/*-[0-9]*",
    "registry.redhat.io/ubi*/*-[0-9]*",
    "jenkins/jenkins",
    "jenkins/inbound-agent",
    "grafana/*",
    "prom/*",
    "quay.io/prometheus/*",
    "quay.io/keycloak/keycloak",
    "quay.io/jupyter/*",
    "jupyter/*",
    "apache/airflow",
    "apache/kafka",
    "solr",
    "sonarqube",
    "elasticsearch",
    "kibana",
    "logstash",
    "docker.elastic.co/*",
    "opensearchproject/*",
    "mcr.microsoft.com/mssql/server",
    "kong",
    "registry.k8s.io/*",
)
_NONROOT_TAG = regex(r"nonroot|non-root|rootless|unprivileged|chiseled")


@check("DF541")
def root_user_last(stage: Stage) -> Iterator[Report]:
    user = stage.state.user
    name = _name_of(user) if user else None
    if user is None or name is None or not _is_root(name):
        return
    related = []
    if user.stage is not None and user.stage is not stage:
        related.append(Related(stage.place, "the final stage, which inherits it"))
    yield report(user.place, f'the final stage runs as root: the last USER is "{name}"', related=related)


@check("DF542")
def missing_user(stage: Stage, context: Context) -> Iterator[Report]:
    if stage.state.user is not None or _sets_user_on_build(stage):
        return
    root = stage.root
    is_used_only_as_base = stage.state.cmd is None and stage.state.entrypoint is None
    if root.is_windows or (is_used_only_as_base and context.options["skip_without_command"]):
        return
    if not root.is_scratch and (root.image is None or not root.image.is_known or _is_nonroot(root, context)):
        return
    yield report(
        stage.place,
        f'no USER is set in the final stage, so the user of "{root.image_value}" runs the container, mostly root',
        fixes=_user_before_command(stage),
    )


@check("DF543")
def non_numeric_user(instruction: Instruction) -> Iterator[Report]:
    stage = instruction.stage
    if stage is None or not instruction.words:
        return
    if stage.is_windows:
        return
    word = instruction.words[0]
    variable = _PLAIN_VARIABLE.match(word.text)
    if variable and stage.declares_argument(variable[1] or variable[2], instruction.position):
        return
    name = _name_of(instruction)
    if not name or name.isdecimal() or _is_root(name) or "\\" in name or name.lower().startswith("container"):
        return
    length = len(word.text.partition(":")[0]) if "$" not in word.text else len(word.text)
    yield report(
        instruction.place_of(word.start, word.start + length),
        f'USER "{name}" is a name: runAsNonRoot of Kubernetes can only verify a number',
    )


def _name_of(user: Instruction) -> str | None:
    """Give the user part of a USER, before the colon."""
    value = user.words[0].value if user.words else None
    return None if value is None else value.partition(":")[0].strip()


def _is_root(name: str) -> bool:
    return name == "root" or (name != "" and not name.strip("0"))


def _sets_user_on_build(stage: Stage) -> bool:
    return any(
        instruction.trigger is not None and instruction.trigger.keyword == "USER"
        for one in stage.chain
        for instruction in one.instructions_of("ONBUILD")
    )


def _is_nonroot(stage: Stage, context: Context) -> bool:
    image = stage.image
    name = (image.familiar_name if image else None) or ""
    if image is not None and image.tag and _NONROOT_TAG.search(image.tag):
        return True
    patterns = (*_NONROOT_IMAGES, *context.options["nonroot_images"])
    return matches_any(name, patterns) or matches_any(stage.image_value, patterns)


def _user_before_command(stage: Stage) -> list[Fix]:
    commands = stage.instructions_of("CMD", "ENTRYPOINT")
    if not commands:
        return []
    line = commands[0].line
    edit = Edit(Span(line, 1, line, 1), "USER 65532:65532\n")
    return [Fix("set a user without rights before the command", (edit,))]
