"""The user that containers run as."""

from collections.abc import Iterator
from posixpath import basename

from cnlint.findings import Edit, Fix, Related, Report, report
from cnlint.manifests.dockerfile import Copy, Instruction, InstructionWord, Stage
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


@check("DF544")
def root_build_stage_user(stage: Stage) -> Iterator[Report]:
    users = stage.instructions_of("USER")
    name = _name_of(users[-1]) if users else None
    if name is None or not _is_root(name):
        return
    # Where an image that ships inherits it, the rule for the final stage speaks.
    if any(shipped.state.user is users[-1] for shipped in stage.dockerfile.shipped_stages):
        return
    yield report(users[-1].place, f'a build stage ends as root: its last USER is "{name}"')


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


# Images that hold accounts for these users and groups, and no program to make others.
_STATIC_IMAGES = ("gcr.io/distroless/*", "cgr.dev/chainguard/static")
_STATIC_ACCOUNTS = frozenset({"root", "nobody", "nonroot", "tty", "staff"})
_ACCOUNT_FILES = frozenset({"passwd", "group", "shadow"})


@check("DF907")
def scratch_user_unresolvable(stage: Stage) -> Iterator[Report]:
    user = stage.state.user
    value = user.words[0].value if user is not None and user.words else None
    base = stage.root
    is_static = base.image is not None and matches_any(base.image.familiar_name or "", _STATIC_IMAGES)
    if user is None or not value or not (base.is_scratch or is_static):
        return
    name, _, group = value.partition(":")
    for account, kind, file in ((name, "user", "passwd"), (group, "group", "group")):
        if not account or account.isdecimal() or "\\" in account or (is_static and account in _STATIC_ACCOUNTS):
            continue
        if not _may_hold(stage, file):
            yield report(
                user.words[0].place,
                f'{kind} "{account}" is not known in the image: nothing brings /etc/{file} into "{base.image_value}"',
            )
            return


def _may_hold(stage: Stage, file: str) -> bool:
    """Tell whether anything may have put a file of accounts into the image."""
    programs = {basename(program) for program in _programs_of(stage)}
    for instruction in (one for ancestor in stage.chain for one in ancestor.instructions):
        if instruction.keyword in ("RUN", "ONBUILD"):
            return True
        copy = instruction.copy
        if copy is not None and _may_bring(copy, file, programs):
            return True
    return False


def _may_bring(copy: Copy, file: str, programs: set[str]) -> bool:
    destination = copy.destination_path
    if destination is None or destination.rstrip("/") == f"/etc/{file}":
        return True
    if destination.rstrip("/") not in ("", "/etc"):
        return False
    return not copy.sources or any(
        basename(source.value or "") == file or not _is_other_file(source, programs) for source in copy.sources
    )


def _is_other_file(source: InstructionWord, programs: set[str]) -> bool:
    """Tell whether a source is a file, not a folder or a pattern with who knows what in it."""
    name = basename(source.value or "")
    if not name or "*" in name or "?" in name or name.endswith((".tar", ".gz", ".tgz", ".xz", ".bz2", ".txz", ".d")):
        return False
    return name in programs or name in _ACCOUNT_FILES or "." in name[1:]


def _programs_of(stage: Stage) -> Iterator[str]:
    """Give the programs that ENTRYPOINT and CMD name in the exec form."""
    for instruction in (stage.state.entrypoint, stage.state.cmd):
        words = instruction.node.exec_words if instruction else None
        if words:
            yield words[0].text
