"""Capabilities that containers add and drop."""

from collections.abc import Iterator
from difflib import get_close_matches

from cnlint.data.pod_security import BASELINE_CAPABILITIES, CAPABILITIES
from cnlint.findings import Edit, Fix, Place, Report, report
from cnlint.manifests.mapping_edits import add_item, add_key, remove_item
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.scalar_edits import replace_value
from cnlint.manifests.security_context import capabilities, capability_name, declares_windows, is_privileged
from cnlint.manifests.view import Path
from cnlint.manifests.workloads import Container
from cnlint.rules import Context, check

_CAPABILITIES = ("securityContext", "capabilities")
_ADD = (*_CAPABILITIES, "add")
_DROP = (*_CAPABILITIES, "drop")
_KNOWN = CAPABILITIES | {"ALL"}
_LONGEST_NAME = 40


@check("K8S269")
def dangerous_capability_added(container: Container, context: Context) -> Iterator[Report]:
    for index, name in capabilities(container, "add"):
        meant = capability_name(name)
        # Admission compares names as they are written.
        if name in BASELINE_CAPABILITIES or meant in map(capability_name, context.options["allowed_capabilities"]):
            continue
        text = f'{container.ref} adds the capability "{name}"'
        if meant in BASELINE_CAPABILITIES:
            text += f', which the Pod Security Standards allow as "{meant}" only'
        severe = meant in map(capability_name, context.options["capabilities"])
        edits = remove_item(container, (*_ADD, index))
        fixes = [Fix("remove the capability", edits)] if edits else []
        place = container.value_at(*_ADD, index)
        yield report(place, text, severity=None if severe else "warning", fixes=fixes)


@check("K8S514")
def capability_added(container: Container, context: Context) -> Iterator[Report]:
    allowed = set(map(capability_name, context.options["allowed_capabilities"]))
    for index, name in capabilities(container, "add"):
        is_said = name not in BASELINE_CAPABILITIES and context.is_selected("K8S269")
        if capability_name(name) not in allowed and not is_said:
            yield report(container.value_at(*_ADD, index), f'{container.ref} adds the capability "{name}"')


@check("K8S270")
def capabilities_not_dropped(container: Container, context: Context) -> Iterator[Report]:
    dropped = [name for _, name in capabilities(container, "drop")]
    if "ALL" in dropped or not _is_judged(container):
        return
    if is_privileged(container) and context.is_selected("K8S260"):
        return
    all_of_them = next((index for index, name in capabilities(container, "drop") if name.upper() == "ALL"), None)
    if all_of_them is not None:
        path = (*_DROP, all_of_them)
        text = (
            f'{container.ref} drops "{container.get(*path)}", and the Pod Security Standards want "ALL" in upper case'
        )
        fixes = [Fix("write ALL", (replace_value(container, path, "ALL"),), safe=True)]
        yield report(container.value_at(*path), text, severity="info", fixes=fixes)
    elif dropped:
        added = add_item(container, _DROP, "ALL")
        fixes = [Fix("drop ALL", added)] if added else []
        yield report(container.at(*_DROP), f"{container.ref} drops some capabilities, and not ALL", fixes=fixes)
    elif not container.is_fragment:
        text = f"{container.ref} drops no capabilities"
        yield report(container.at(*_DROP), text, fixes=_drop(container, "ALL"))


@check("K8S271")
def net_raw_not_dropped(container: Container, context: Context) -> Iterator[Report]:
    exceptions = set(map(capability_name, context.options["exceptions"]))
    forbidden = [name for name in map(capability_name, context.options["forbidden"]) if name not in exceptions]
    for index, name in capabilities(container, "add"):
        meant = capability_name(name)
        is_forbidden = meant in forbidden or ("ALL" in forbidden and meant not in exceptions)
        if is_forbidden and not context.is_selected("K8S269"):
            yield report(container.value_at(*_ADD, index), f'{container.ref} adds the capability "{name}"')
    if context.is_selected("K8S270") or not _is_judged(container):
        return
    dropped = {capability_name(name) for _, name in capabilities(container, "drop")}
    kept = [name for name in forbidden if name not in dropped and "ALL" not in dropped]
    if kept and (dropped or not container.is_fragment):
        listed = " and ".join(f'"{name}"' for name in kept)
        what = "capability" if len(kept) == 1 else "capabilities"
        text = f"{container.ref} does not drop the {what} {listed}"
        yield report(container.at(*_DROP), text, fixes=_drop(container, *kept))


@check("K8S512")
def no_capability_dropped(container: Container, context: Context) -> Iterator[Report]:
    is_set = "drop" in container.mapping(*_CAPABILITIES)
    if not is_set and _is_judged(container) and not container.is_fragment and not context.is_selected("K8S270"):
        yield report(container.at(*_DROP), f"{container.ref} does not say which capabilities it drops")


def _is_judged(container: Container) -> bool:
    """Tell whether what the container drops can be read, and means anything."""
    if declares_windows(container.pod) or not container.has_readable_security:
        return False
    if not isinstance(container.get(*_CAPABILITIES), dict | None) or not isinstance(container.get(*_DROP), list | None):
        return False
    return all(isinstance(item, str) and not has_placeholder(item) for item in container.sequence(*_DROP))


def _drop(container: Container, *names: str) -> list[Fix]:
    """Make the fix that adds names to those that are dropped; none where no security context is written yet."""
    listed = ", ".join(names)
    drop: tuple[Edit, ...]
    if container.sequence(*_DROP):
        drop = add_item(container, _DROP, *names)
    elif container.get(*_DROP) is not None:
        drop = ()
    elif container.mapping(*_CAPABILITIES):
        drop = add_key(container, _CAPABILITIES, f"drop: [{listed}]")
    elif container.get(*_CAPABILITIES) is None:
        drop = add_key(container, ("securityContext",), f"capabilities: {{drop: [{listed}]}}")
    else:
        drop = ()
    return [Fix(f"drop {listed}", drop)] if drop else []


@check("K8S558")
def invalid_capability_name(container: Container) -> Iterator[Report]:
    for side in ("add", "drop"):
        for index, name in capabilities(container, side):
            if name not in _KNOWN and name.upper() != "ALL":
                yield _invalid(container, (*_CAPABILITIES, side, index), name)


def _invalid(container: Container, path: Path, name: str) -> Report:
    place: Place = container.value_at(*path)
    meant = capability_name(name)
    if meant not in _KNOWN:
        near = get_close_matches(meant[:_LONGEST_NAME], sorted(_KNOWN), 1, 0.8)
        hint = f'Write "{near[0]}"' if near else None
        return report(place, f'{container.ref} names "{name}", which is no capability', hint=hint)
    if name.upper() == meant:
        fixes = [Fix(f"write {meant}", (replace_value(container, path, meant),), safe=True)]
        text = f'{container.ref} names the capability "{meant}" in lower case, as "{name}"'
        return report(place, text, severity="warning", fixes=fixes)
    fixes = [Fix(f"write {meant}", (replace_value(container, path, meant),))]
    return report(place, f'{container.ref} names the capability "{meant}" with a prefix, as "{name}"', fixes=fixes)
