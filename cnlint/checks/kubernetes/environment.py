"""Environment variables of containers."""

from collections.abc import Iterable, Iterator

from cnlint.checks.kubernetes.pod_patches import is_spec_patched
from cnlint.findings import Related, Report, report
from cnlint.manifests.kubernetes import mappings
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.view import Path
from cnlint.manifests.workloads import Container
from cnlint.rules import Context, check
from cnlint.syntax.patterns import is_met, regex


@check("K8S225")
def duplicate_env_var(container: Container) -> Iterator[Report]:
    entries: dict[str, list[int]] = {}
    for index, item in mappings(container, "env"):
        name = item.get("name")
        if isinstance(name, str) and name and "$patch" not in item:
            entries.setdefault(name, []).append(index)
    for name, (first, *others) in entries.items():
        if others:
            times = "twice" if len(others) == 1 else f"{len(others) + 1} times"
            yield report(
                container.value_at("env", others[0], "name"),
                f'{container.ref} sets environment variable "{name}" {times}, and the last value counts',
                related=[Related(container.value_at("env", first, "name"), "set here first")],
            )


@check("K8S227")
def secret_from_env(container: Container) -> Iterator[Report]:
    for index, item in mappings(container, "env"):
        if isinstance(container.get("env", index, "valueFrom", "secretKeyRef"), dict):
            name = item.get("name")
            variable = f'environment variable "{name}"' if isinstance(name, str) else "an environment variable"
            place = container.key_at("env", index, "valueFrom", "secretKeyRef")
            yield report(place, f"{variable} of {container.ref} holds a value of a Secret")
    for index, _ in mappings(container, "envFrom"):
        if isinstance(container.get("envFrom", index, "secretRef"), dict):
            secret = container.string("envFrom", index, "secretRef", "name")
            what = f'Secret "{secret}"' if secret else "a Secret"
            place = container.key_at("envFrom", index, "secretRef")
            yield report(place, f"{container.ref} takes all values of {what} into its environment")


@check("K8S229")
def forbidden_env_var(container: Container, context: Context) -> Iterator[Report]:
    wanted_name, wanted_value = context.options["name"], context.options["value"]
    if not wanted_name and not wanted_value:
        return
    for index, item in mappings(container, "env"):
        name, value = item.get("name"), item.get("value", "")
        if not isinstance(name, str) or not is_met(wanted_name, name):
            continue
        if wanted_value and (item.get("valueFrom") is not None or not is_met(wanted_value, str(value))):
            continue
        with_value = " with such a value" if wanted_value else ""
        text = f'{container.ref} sets environment variable "{name}"{with_value}, which is forbidden here'
        yield report(container.value_at("env", index, "name"), text)


# References: $(NAME) in commands and values, which the kubelet replaces by variables of the same container.

_REFERENCE = regex(r"\$\$|\$\(([^()\s]*)\)")
_NAME = regex(r"[A-Z_][A-Z0-9_]*")
# The kubelet adds such variables for each Service of the namespace.
_OF_SERVICES = regex(
    r"\w+_SERVICE_(?:HOST|PORT(?:_\w+)?)|\w+_PORT(?:_[0-9]+_(?:TCP|UDP|SCTP)(?:_(?:ADDR|PORT|PROTO))?)?"
)


@check("K8S228")
def undefined_env_reference(container: Container, context: Context) -> Iterator[Report]:
    if container.is_fragment or container.get("envFrom") or not isinstance(container.get("env"), list | None):
        return
    texts = list(_texts(container))
    if not any("$(" in text for _, text, _ in texts):
        return
    entries = [(index, item.get("name")) for index, item in mappings(container, "env")]
    defined = {name: index for index, name in reversed(entries) if isinstance(name, str)}
    if any(map(has_placeholder, defined)) or _is_filled_in(container, texts):
        return
    for path, text, before in texts:
        for match in _REFERENCE.finditer(text):
            name = match[1]
            if not name or not _NAME.fullmatch(name) or _OF_SERVICES.fullmatch(name):
                continue
            index = defined.get(name)
            if index is not None and (before is None or index < before):
                continue
            if index is None and _comes_from_kustomize(container, name, context):
                continue
            yield _unknown(container, path, (match.start(), match[0]), index)


def _texts(container: Container) -> Iterator[tuple[Path, str, int | None]]:
    """Yield the texts in which references are replaced, those of variables with their index."""
    for field in ("command", "args"):
        for index, text in enumerate(container.sequence(field)):
            if isinstance(text, str):
                yield (field, index), text, None
    for index, item in mappings(container, "env"):
        if isinstance(item.get("value"), str):
            yield ("env", index, "value"), item["value"], index


def _is_filled_in(container: Container, texts: Iterable[tuple[Path, str, int | None]]) -> bool:
    """Tell whether a pipeline replaces ``$(NAME)``: it stands where the cluster never does, or has no such name."""
    workload = container.workload
    elsewhere = (*(one.string("image") for one in workload.containers), workload.name, workload.namespace)
    if any("$(" in text for text in (*elsewhere, *workload.labels.values(), *workload.pod_labels.values())):
        return True
    found = (match[1] for _, text, index in texts if index is not None for match in _REFERENCE.finditer(text))
    return any(name and not _NAME.fullmatch(name.upper()) for name in found)


def _comes_from_kustomize(container: Container, name: str, context: Context) -> bool:
    """Tell whether a kustomization has a variable of the name, or patches containers in a way that nobody can tell."""
    if is_spec_patched(container.pod, context, container.field):
        return True
    builds = [one.build for one in context.project.sets_of(container) if one.build is not None]
    variables = (item for build in builds for one in build.kustomizations for _, item in mappings(one, "vars"))
    return any(item.get("name") == name for item in variables)


def _unknown(container: Container, path: Path, reference: tuple[int, str], index: int | None) -> Report:
    offset, written = reference
    place = container.text_at(path, offset, len(written))
    where = f'"{written}" in the {"value of a variable" if path[0] == "env" else "command"} of {container.ref}'
    if index is None:
        return report(place, f"{where} stays as it is: no variable of the container has that name")
    related = [Related(container.value_at("env", index, "name"), "the variable")]
    hint = f"move the variable {written[2:-1]} before the one that refers to it"
    return report(place, f"{where} stays as it is: the variable stands further below", related=related, hint=hint)
