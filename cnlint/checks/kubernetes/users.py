"""Users and groups that containers run as."""

from collections.abc import Iterator

from cnlint.findings import Fix, Related, Report, report
from cnlint.manifests.mapping_edits import remove_key
from cnlint.manifests.security_context import (
    Setting,
    all_settings,
    effective_setting,
    has_user_namespace,
    own_setting,
    pod_ref,
    pod_setting,
    root_override,
    run_as,
)
from cnlint.manifests.workloads import Container, PodTemplate
from cnlint.rules import Context, check

# From this version on, pods with a user namespace may use the network of their node.
_HOST_NETWORK = (1, 35)


@check("K8S504")
def root_user_id(pod: PodTemplate, context: Context) -> Iterator[Report]:
    if has_user_namespace(pod):
        return
    for setting in all_settings(pod, "runAsUser"):
        if setting.is_zero and not _is_said(setting, pod, context):
            edits = remove_key(setting.view, setting.path)
            fixes = [Fix("remove runAsUser", edits)] if edits else []
            yield report(setting.place, f"{setting.owner} sets runAsUser to 0, the id of root", fixes=fixes)


def _is_said(setting: Setting, pod: PodTemplate, context: Context) -> bool:
    """Tell whether a rule that knows more of a user 0 reports it."""
    concerned = pod.containers if isinstance(setting.view, PodTemplate) else [setting.view]
    users = [run_as(container) for container in concerned]
    if context.is_selected("K8S289") and any(one.is_refused and one.user == setting for one in users):
        return True
    return context.is_selected("K8S554") and setting.view is not pod and root_override(concerned[0]) is not None


@check("K8S289")
def conflicting_root_user(pod: PodTemplate) -> Iterator[Report]:
    is_pod_said = False
    for container in pod.containers:
        now = run_as(container)
        if now.user is None or now.non_root is None or not now.is_refused:
            continue
        is_of_pod = now.user.view is pod
        if not (is_of_pod and is_pod_said):
            text = f"{container.ref} cannot start: its user is 0, and runAsNonRoot is true"
            yield report(now.user.place, text, related=[Related(now.non_root.place, "root is forbidden here")])
        is_pod_said = is_pod_said or is_of_pod


@check("K8S289")
def conflicting_user_namespace(pod: PodTemplate, context: Context) -> Iterator[Report]:
    if not has_user_namespace(pod):
        return
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        is_allowed = field == "hostNetwork" and context.settings.kubernetes_version >= _HOST_NETWORK
        if pod.get("spec", field) is True and not is_allowed:
            text = f"{pod_ref(pod)} sets {field}, which the API server refuses with hostUsers: false"
            yield report(pod.at("spec", field), text, related=[Related(pod.at("spec", "hostUsers"), "set here")])


@check("K8S554")
def inherited_run_as_user_conflict(container: Container) -> Iterator[Report]:
    if container.pod.is_windows or has_user_namespace(container.pod):
        return
    found = root_override(container)
    if found is not None:
        override, guard = found
        yield report(
            override.place,
            f"{container.ref} may run as root again: its {_written(override)} takes the place of {_written(guard)} "
            f"of {pod_ref(container.pod)}",
            related=[Related(guard.place, "set for all containers of the pod here")],
        )


def _written(setting: Setting) -> str:
    value = str(setting.value).lower() if isinstance(setting.value, bool) else setting.value
    return f"{setting.path[-1]} {value}"


@check("K8S560")
def run_as_non_root_not_required(container: Container, context: Context) -> Iterator[Report]:
    pod, now = container.pod, run_as(container)
    if has_user_namespace(pod) or not container.has_readable_security or now.requires_non_root:
        return
    if not (now.has_other_user or pod.is_windows) and context.is_selected("K8S263"):
        return
    own = own_setting(container, "runAsNonRoot")
    if own is not None and own.value is False:
        yield report(own.place, f"{container.ref} is allowed to run as root: runAsNonRoot is false")
    elif now.non_root is None and not container.is_fragment:
        text = f"nothing keeps {container.ref} from running as root one day: runAsNonRoot is not set"
        yield report(container.at("securityContext", "runAsNonRoot"), text)


@check("K8S560")
def pod_may_run_as_root(pod: PodTemplate, context: Context) -> Iterator[Report]:
    setting = pod_setting(pod, "runAsNonRoot")
    if setting is None or setting.value is not False or has_user_namespace(pod):
        return
    users = [run_as(container) for container in pod.containers]
    heirs = [user for user in users if user.non_root == setting and not user.has_other_user]
    if not (heirs and context.is_selected("K8S263")) or pod.is_windows:
        yield report(setting.place, f"{pod_ref(pod)} lets its containers run as root: runAsNonRoot is false")


@check("K8S264")
def root_primary_group(pod: PodTemplate, context: Context) -> Iterator[Report]:
    if has_user_namespace(pod) or pod.is_windows:
        return
    for setting in all_settings(pod, "runAsGroup"):
        if setting.is_zero and _is_in_force(setting, pod):
            yield report(setting.place, f"{setting.owner} runs with group 0, the group of root")
    for index, group in enumerate(pod.sequence("spec", "securityContext", "supplementalGroups")):
        if group == 0 and group is not False:
            place = pod.value_at("spec", "securityContext", "supplementalGroups", index)
            yield report(place, f"{pod_ref(pod)} adds group 0, the group of root, to its processes")
    file_group = pod_setting(pod, "fsGroup")
    if file_group is not None:
        yield from _root_file_group(file_group, context)


def _is_in_force(setting: Setting, pod: PodTemplate) -> bool:
    return setting.view is not pod or any(
        effective_setting(container, "runAsGroup") == setting for container in pod.containers
    )


def _root_file_group(setting: Setting, context: Context) -> Iterator[Report]:
    group = setting.value
    if not isinstance(group, int) or isinstance(group, bool):
        return
    ranges = [(one.get("min"), one.get("max")) for one in context.options["fs_group_ranges"]]
    if ranges:
        if not any((low is None or low <= group) and (high is None or group <= high) for low, high in ranges):
            yield report(setting.place, f"{setting.owner} sets fsGroup {group}, which is outside the ranges allowed")
    elif group == 0:
        yield report(setting.place, f"{setting.owner} gives its volumes to group 0, the group of root")


@check("K8S265")
def low_user_id(container: Container, context: Context) -> Iterator[Report]:
    pod = container.pod
    if container.role == "ephemeral" or pod.is_windows or has_user_namespace(pod):
        return
    if not container.has_readable_security:
        return
    missing: list[str] = []
    for field, option, code in (("runAsUser", "min_uid", "K8S504"), ("runAsGroup", "min_gid", "K8S264")):
        setting = effective_setting(container, field)
        if setting is None:
            missing.append(field)
        elif _is_low(setting, context.options[option]) and not (setting.is_zero and context.is_selected(code)):
            yield _low(container, setting, context.options[option])
    if missing and not container.is_fragment:
        what = " and ".join(field.removeprefix("runAs").lower() for field in missing)
        fields = f"{missing[0]} is not set" if len(missing) == 1 else "neither runAsUser nor runAsGroup is set"
        yield report(container.at("securityContext"), f"{container.ref} leaves its {what} to the image: {fields}")


def _is_low(setting: Setting, least: int) -> bool:
    return isinstance(setting.value, int) and not isinstance(setting.value, bool) and setting.value < least


def _low(container: Container, setting: Setting, least: int) -> Report:
    word = "user" if setting.path[-1] == "runAsUser" else "group"
    text = f"{container.ref} runs with {word} {setting.value}, below {least}"
    if setting.view is container:
        return report(setting.place, text)
    return report(container.at(), text, related=[Related(setting.place, "set for all containers of the pod here")])
