"""What the commands of workflows and scripts do to a cluster: kubectl and its like, the files and objects they name."""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from cnlint.findings import Place
from cnlint.graph import repository
from cnlint.manifests.commands import Command
from cnlint.syntax.shell import Context, Word

if TYPE_CHECKING:
    from cnlint.graph.project import Project
    from cnlint.manifests.workflow import Step

CLUSTER_PROGRAMS = frozenset({"kubectl", "oc"})

_NAMED_KINDS: dict[str, tuple[str, ...]] = {
    "Deployment": ("deploy", "deployment", "deployments"),
    "StatefulSet": ("sts", "statefulset", "statefulsets"),
    "DaemonSet": ("ds", "daemonset", "daemonsets"),
    "ReplicaSet": ("rs", "replicaset", "replicasets"),
    "ReplicationController": ("rc", "replicationcontroller", "replicationcontrollers"),
    "Pod": ("po", "pod", "pods"),
    "Job": ("job", "jobs"),
    "CronJob": ("cj", "cronjob", "cronjobs"),
    "Rollout": ("rollout", "rollouts", "ro"),
    "DeploymentConfig": ("dc", "deploymentconfig", "deploymentconfigs"),
    "Service": ("svc", "service", "services"),
    "ConfigMap": ("cm", "configmap", "configmaps"),
    "Secret": ("secret", "secrets"),
    "Namespace": ("ns", "namespace", "namespaces"),
    "ServiceAccount": ("sa", "serviceaccount", "serviceaccounts"),
    "Role": ("role", "roles"),
    "ClusterRole": ("clusterrole", "clusterroles"),
    "Ingress": ("ing", "ingress", "ingresses"),
    "HorizontalPodAutoscaler": ("hpa", "horizontalpodautoscaler", "horizontalpodautoscalers"),
    "PersistentVolumeClaim": ("pvc", "persistentvolumeclaim", "persistentvolumeclaims"),
}
_KINDS = {alias: kind for kind, aliases in _NAMED_KINDS.items() for alias in aliases}
# Verbs that take KIND/NAME or KIND NAME behind them; those with a second word have an action before it.
_TARGET_VERBS = frozenset(
    {"annotate", "attach", "autoscale", "delete", "describe", "edit", "exec", "expose", "get", "label", "logs", "patch"}
    | {"port-forward", "scale", "wait"}
)
_ACTION_VERBS = frozenset({"set", "rollout"})
_FILE_VERBS = frozenset({"apply", "create", "replace", "delete", "diff", "patch", "scale", "set", "wait", "get"})
_APPLYING_VERBS = frozenset({"apply", "create", "replace"})
# Verbs whose operands after the target are something else: a command, ports, labels.
_ONE_TARGET_VERBS = frozenset({"exec", "port-forward", "label", "annotate", "logs", "attach", "expose", "autoscale"})
# Verbs for which a name without a kind is that of a Pod, which some controller named.
_POD_VERBS = frozenset({"exec", "port-forward", "logs", "attach"})


class Target(NamedTuple):
    """An object that a command names."""

    kind: str
    """The kind, ``Deployment`` for ``deploy``; as written where it is none that is known."""
    name: str
    word: Word
    """The word that holds the name, with the kind where both stand in one."""


class FileArgument(NamedTuple):
    """A file or folder given with ``-f`` or ``-k``; ``path`` is relative to the root, ``None`` when it is not known."""

    path: str | None
    word: Word
    kustomized: bool
    recurse: bool


class ImageChange(NamedTuple):
    """An argument ``CONTAINER=IMAGE`` of ``kubectl set image``."""

    container: str
    """``*`` means all containers."""
    image: str | None
    """The image; ``None`` when a variable or expression hides any part of it."""
    word: Word


class ClusterCommand:
    """A command that works on a cluster: ``kubectl`` or ``oc``."""

    def __init__(self, command: Command, file: str, origin: str, folder: str | None) -> None:
        self.command = command
        self.file = file
        """The workflow or script that holds the command."""
        self.origin = origin
        """What runs it: the file, and for a workflow the job, ``.github/workflows/go.yaml#deploy``."""
        self.folder = folder
        """The folder that it runs in, relative to the root; ``None`` when it is not known."""
        operands = command.operands()
        self._operands = operands
        self.verb: str = _text(operands[0]) if operands else ""
        """The verb: ``apply``, ``set``, ``rollout``, ..."""
        self.action: str = _text(operands[1]) if len(operands) > 1 and self.verb in _ACTION_VERBS else ""
        """The second word of verbs that have one: ``image``, ``status``, ``restart``."""

    @property
    def namespace(self) -> str | None:
        """The namespace given with ``-n``; empty when none is, ``None`` when it is known only at run time."""
        word = self.command.option("-n", "--namespace")
        return "" if word is None else word.value

    @property
    def place(self) -> Place:
        """The command."""
        return self.command.place()

    @cached_property
    def targets(self) -> list[Target]:
        """The objects that the command names; those whose kind or name is known only at run time are left out."""
        if self.verb in _ACTION_VERBS:
            words = self._operands[2:]
        elif self.verb in _TARGET_VERBS:
            words = self._operands[1:]
        else:
            return []
        if self.verb in _POD_VERBS and words and "/" not in words[0].prefix:
            return []
        return list(_targets(words, only_first=self.verb in _ONE_TARGET_VERBS))

    @cached_property
    def images(self) -> list[ImageChange]:
        """The images that ``set image`` sets."""
        if (self.verb, self.action) != ("set", "image"):
            return []
        found = []
        for word in self._operands[2:]:
            container, equals, _ = word.prefix.partition("=")
            if equals:
                found.append(ImageChange(container, word.after(len(container) + 1).value, word))
        return found

    @cached_property
    def files(self) -> list[FileArgument]:
        """The files and folders that the command is given."""
        if self.verb not in _FILE_VERBS:
            return []
        recurse = self.command.has_flag("-R", "--recursive")
        found = [
            FileArgument(self._path(part), word, False, recurse)
            for word in self.command.options("-f", "--filename")
            for part in _parts(word)
        ]
        found += [
            FileArgument(self._path(word.value), word, True, False)
            for word in self.command.options("-k", "--kustomize")
        ]
        return found

    @property
    def applies(self) -> bool:
        """Whether the command creates or changes what its files hold."""
        return self.verb in _APPLYING_VERBS and not self.is_dry_run

    @property
    def is_dry_run(self) -> bool:
        """Whether the command changes nothing in the cluster."""
        dry = self.command.option("--dry-run")
        return self.command.has_flag("--dry-run") and (dry is None or dry.value != "none")

    def _path(self, text: str | None) -> str | None:
        if text is None or self.folder is None or "://" in text or text in ("", "-"):
            return None
        return repository.join(self.folder, text)


class Created(NamedTuple):
    """An object that ``kubectl create KIND NAME`` makes."""

    kind: str
    name: str
    namespace: str | None
    keys: frozenset[str] | None
    """The keys of a ConfigMap or Secret; ``None`` when they cannot be told."""
    command: ClusterCommand


_TYPED_SECRETS = {
    "tls": frozenset({"tls.crt", "tls.key"}),
    "docker-registry": frozenset({".dockerconfigjson"}),
}


def created_by(command: ClusterCommand) -> Created | None:
    """Give the object that a ``create`` command makes by name; a dry run counts, for its output is applied."""
    operands = command.command.operands()
    if command.verb not in ("create", "new-project") or len(operands) < 2:
        return None
    if command.verb == "new-project":
        return _created("Namespace", operands[1], command, frozenset())
    kind = _KINDS.get(_text(operands[1]))
    rest = operands[2:]
    if kind is None or not rest:
        return None
    keys: frozenset[str] | None = frozenset()
    if kind == "Secret":
        secret_type, rest = _text(rest[0]), rest[1:]
        keys = _TYPED_SECRETS.get(secret_type) or _keys_of_flags(command.command)
    elif kind == "ConfigMap":
        keys = _keys_of_flags(command.command)
    return _created(kind, rest[0], command, keys) if rest else None


def _created(kind: str, word: Word, command: ClusterCommand, keys: frozenset[str] | None) -> Created | None:
    return None if word.value is None else Created(kind, word.value, command.namespace, keys, command)


def _keys_of_flags(command: Command) -> frozenset[str] | None:
    if command.has_flag("--from-env-file"):
        return None
    keys = set()
    for word in command.options("--from-literal"):
        key, equals, _ = word.prefix.partition("=")
        if not equals:
            return None
        keys.add(key)
    for word in command.options("--from-file"):
        key, equals, _ = word.prefix.partition("=")
        # A folder given here adds a key for each of its files.
        if not equals:
            return None
        keys.add(key)
    return frozenset(keys)


def cluster_commands(project: "Project") -> Iterator[ClusterCommand]:
    """Yield the kubectl commands of all workflows, actions and scripts."""
    for command, file, origin, folder in commands_of_programs(project, CLUSTER_PROGRAMS):
        yield ClusterCommand(command, file, origin, folder)


def commands_of_programs(
    project: "Project", programs: frozenset[str]
) -> Iterator[tuple[Command, str, str, str | None]]:
    """Yield the commands that run some programs, in workflows, actions and scripts.

    Each comes with its file, what runs it, and the folder it runs in. Scripts of steps are taken apart only where the
    name of a program stands in them.
    """
    named = re.compile(rf"\b(?:{'|'.join(sorted(programs))})\b")
    for command, file, origin, folder in _commands(project, named):
        if command.program in programs:
            yield command, file, origin, folder


def _commands(project: "Project", named: re.Pattern[str]) -> Iterator[tuple[Command, str, str, str | None]]:
    for workflow in project.workflows:
        file = workflow.document.path
        for job in workflow.jobs.values():
            for step in job.steps:
                yield from _step_commands(step, file, f"{file}#{job.id}", named)
    for action in project.actions:
        file = action.document.path
        for step in action.steps:
            yield from _step_commands(step, file, file, named)
    for script in project.scripts:
        # A script is run from anywhere; most are run from the root of the repository.
        yield from _in_folders(script.commands, script.path, script.path, "")


def _step_commands(
    step: "Step", file: str, origin: str, named: re.Pattern[str]
) -> Iterator[tuple[Command, str, str, str | None]]:
    if named.search(step.script):
        folder = step.working_directory
        start = repository.join(repository.workspace_of(file), folder) if _is_known(folder) else None
        yield from _in_folders(step.commands, file, origin, start)


def _in_folders(
    commands: Iterable[Command], file: str, origin: str, folder: str | None
) -> Iterator[tuple[Command, str, str, str | None]]:
    """Follow ``cd``; within a subshell it holds for the rest of that only."""
    folders: dict[Context | None, str | None] = {None: folder}
    for command in commands:
        shell = _subshell(command.simple.context)
        around = shell
        while around not in folders:
            around = _subshell(around.parent) if around is not None else None
        yield command, file, origin, folders[around]
        if command.program in ("cd", "pushd", "popd"):
            operands = command.operands()
            target = operands[0].value if operands and command.program != "popd" else None
            here = folders[around]
            is_known = here is not None and target not in (None, "-")
            folders[shell] = repository.join(here or "", target or "") if is_known else None


def _subshell(context: Context | None) -> Context | None:
    while context is not None and context.kind not in ("subshell", "substitution"):
        context = context.parent
    return context


def _is_known(folder: str) -> bool:
    return "${{" not in folder and "$" not in folder


def _targets(words: list[Word], *, only_first: bool) -> Iterator[Target]:
    """Read ``KIND/NAME ...`` or ``KIND NAME ...``."""
    if not words:
        return
    if "/" not in words[0].prefix:
        kind = words[0].value
        if kind is not None and "," not in kind and kind != "all":
            for word in words[1:2] if only_first else words[1:]:
                if word.value and "=" not in word.value:
                    yield Target(_kind(kind), word.value, word)
        return
    for word in words[:1] if only_first else words:
        kind, slash, name = (word.value or "").partition("/")
        if slash and name and "=" not in kind:
            yield Target(_kind(kind), name, word)


def _kind(written: str) -> str:
    """Give the kind for ``deploy``, ``deployments.apps`` or ``deployment.v1.apps``."""
    return _KINDS.get(written.partition(".")[0].casefold(), written)


def _parts(word: Word) -> list[str | None]:
    """Split a list of files separated by commas."""
    return [None] if word.value is None else list(word.value.split(","))


def _text(word: Word) -> str:
    return word.value or ""
