"""Profiles that confine containers: seccomp, AppArmor and SELinux."""

from collections.abc import Iterable, Iterator

from cnlint.findings import Fix, Report, report
from cnlint.manifests.mapping_edits import add_key
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.scalar_edits import replace_value
from cnlint.manifests.security_context import (
    Setting,
    all_settings,
    capabilities,
    capability_name,
    declares_windows,
    effective_setting,
    pod_ref,
    pod_setting,
)
from cnlint.manifests.workloads import Container, PodTemplate
from cnlint.rules import Context, check
from cnlint.syntax.patterns import matches_any

_SECCOMP_TYPES = ("RuntimeDefault", "Localhost")
_APPARMOR_TYPES = {"RuntimeDefault": "runtime/default", "Localhost": "localhost/", "Unconfined": "unconfined"}
_APPARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/"
_SECCOMP_POD_ANNOTATION = "seccomp.security.alpha.kubernetes.io/pod"
_SECCOMP_ANNOTATION = "container.seccomp.security.alpha.kubernetes.io/"
# From this version on, annotations of seccomp have no effect.
_WITHOUT_SECCOMP_ANNOTATIONS = (1, 27)


@check("K8S267")
def missing_seccomp_profile(pod: PodTemplate, context: Context) -> Iterator[Report]:
    if declares_windows(pod) or pod.workload.is_fragment or not _has_readable_security(pod):
        return
    missing = [container for container in pod.containers if _lacks_seccomp(container, context)]
    if not missing:
        return
    if len(missing) == len(pod.containers) and pod_setting(pod, "seccompProfile") is None:
        added = add_key(pod, ("spec", "securityContext"), "seccompProfile: {type: RuntimeDefault}")
        fixes = [Fix("add seccompProfile RuntimeDefault", added)] if added else []
        text = f"{pod_ref(pod)} runs without a seccomp profile"
        yield report(pod.at("spec", "securityContext"), text, hint=_annotation_hint(pod, context), fixes=fixes)
    else:
        names = " and ".join(container.ref for container in missing)
        verb = "runs" if len(missing) == 1 else "run"
        place = missing[0].at("securityContext", "seccompProfile")
        yield report(place, f"{names} {verb} without an accepted seccomp profile", hint=_annotation_hint(pod, context))


def _has_readable_security(pod: PodTemplate) -> bool:
    return all(container.has_readable_security for container in pod.containers)


def _lacks_seccomp(container: Container, context: Context) -> bool:
    options = context.options
    profile = effective_setting(container, "seccompProfile")
    if profile is None:
        return not (options["legacy_annotations"] and _has_seccomp_annotation(container, context))
    if not isinstance(profile.value, dict):
        return False
    kind, name = profile.value.get("type"), profile.value.get("localhostProfile")
    if not isinstance(kind, str) or has_placeholder(kind):
        return kind is None
    if not kind:
        return True
    if kind not in _SECCOMP_TYPES:
        return not context.is_selected("K8S517")
    if kind == "Localhost" and isinstance(name, str) and options["profiles"]:
        return not matches_any(name, options["profiles"])
    return kind == "Localhost" and not options["allow_localhost"]


def _has_seccomp_annotation(container: Container, context: Context) -> bool:
    if context.settings.kubernetes_version >= _WITHOUT_SECCOMP_ANNOTATIONS:
        return False
    names = (_SECCOMP_ANNOTATION + container.name, _SECCOMP_POD_ANNOTATION)
    value = next(filter(None, (container.pod.string("metadata", "annotations", name) for name in names)), "")
    return value in ("runtime/default", "docker/default") or value.startswith("localhost/")


def _annotation_hint(pod: PodTemplate, context: Context) -> str | None:
    if context.settings.kubernetes_version < _WITHOUT_SECCOMP_ANNOTATIONS:
        return None
    if any(name.startswith((_SECCOMP_POD_ANNOTATION, _SECCOMP_ANNOTATION)) for name in pod.annotations):
        return "Write the profile into seccompProfile: since Kubernetes 1.27 the annotation has no effect"
    return None


@check("K8S517")
def seccomp_unconfined(pod: PodTemplate, context: Context) -> Iterator[Report]:
    for setting in all_settings(pod, "seccompProfile", "type"):
        kind = setting.value
        if isinstance(kind, str) and kind not in ("", *_SECCOMP_TYPES) and not has_placeholder(kind):
            edit = replace_value(setting.view, setting.path, "RuntimeDefault")
            fixes = [Fix("write RuntimeDefault", (edit,))] if kind == "Unconfined" else []
            yield report(setting.place, f'{setting.owner} sets the seccomp profile "{kind}"', fixes=fixes)
    if context.settings.kubernetes_version < _WITHOUT_SECCOMP_ANNOTATIONS:
        for name, value in pod.annotations.items():
            if value == "unconfined" and name.startswith((_SECCOMP_POD_ANNOTATION, _SECCOMP_ANNOTATION)):
                text = f'{pod_ref(pod)} sets the seccomp profile "unconfined" by annotation'
                yield report(pod.at("metadata", "annotations", name), text)


@check("K8S518")
def apparmor_unconfined(pod: PodTemplate, context: Context) -> Iterator[Report]:
    allowed = context.options["allowed_profiles"]
    for setting in all_settings(pod, "appArmorProfile"):
        profile = _apparmor_profile(setting)
        if profile is not None and not matches_any(profile, allowed):
            place = setting.view.at(*setting.path, "type")
            yield report(place, f'{setting.owner} sets the AppArmor profile "{setting.value["type"]}"')
    for key, value in pod.mapping("metadata", "annotations").items():
        if not isinstance(key, str) or not key.startswith(_APPARMOR_ANNOTATION) or not isinstance(value, str):
            continue
        if value and not has_placeholder(value) and not matches_any(value, allowed):
            name = key.removeprefix(_APPARMOR_ANNOTATION)
            which = f' for container "{name}"' if name else ""
            text = f'{pod_ref(pod)} sets the AppArmor profile "{value}"{which}'
            yield report(pod.at("metadata", "annotations", key), text)


def _apparmor_profile(setting: Setting) -> str | None:
    """Give the profile as annotations write it; ``None`` where it cannot be read."""
    value = setting.value
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(kind, str) or not kind or has_placeholder(kind):
        return None
    written = _APPARMOR_TYPES.get(kind, kind)
    return f"{written}{value.get('localhostProfile') or ''}" if kind == "Localhost" else written


@check("K8S519")
def selinux_options_override(pod: PodTemplate, context: Context) -> Iterator[Report]:
    for setting in all_settings(pod, "seLinuxOptions"):
        options = setting.value if isinstance(setting.value, dict) else {}
        for field in ("user", "role", "type"):
            value = options.get(field)
            if not isinstance(value, str) or not value or has_placeholder(value):
                continue
            if field != "type" or value not in context.options["allowed_types"]:
                text = f'{setting.owner} sets the SELinux {field} "{value}"'
                yield report(setting.view.at(*setting.path, field), text)


@check("K8S268")
def missing_linux_hardening(container: Container) -> Iterator[Report]:
    if container.pod.is_windows or container.is_fragment or not container.has_readable_security:
        return
    if not any(_hardenings(container)):
        text = f"{container.ref} has no AppArmor or seccomp profile, no SELinux options, and drops no capabilities"
        yield report(container.at(), text)


def _hardenings(container: Container) -> Iterable[bool]:
    annotation = container.pod.string("metadata", "annotations", _APPARMOR_ANNOTATION + container.name)
    yield annotation not in ("", "unconfined")
    for field in ("appArmorProfile", "seccompProfile"):
        kind = effective_setting(container, field, "type")
        yield kind is not None and kind.value not in ("", "Unconfined")
    yield bool(effective_setting(container, "seLinuxOptions") and container.effective_security("seLinuxOptions"))
    adds_all = any(capability_name(name) == "ALL" for _, name in capabilities(container, "add"))
    yield bool(container.sequence("securityContext", "capabilities", "drop")) and not adds_all
