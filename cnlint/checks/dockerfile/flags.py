"""Flags of the builder: ``COPY --from=build``, ``RUN --mount=type=cache,target=/root/.cache``."""

from collections.abc import Callable, Iterator

from cnlint.findings import Report, report
from cnlint.graph.names import nearest_word
from cnlint.manifests.dockerfile import Instruction
from cnlint.manifests.dockerfile_mounts import Mount
from cnlint.rules import check
from cnlint.syntax.dockerfile_words import Flag
from cnlint.syntax.patterns import regex

_FLAGS = {
    "ADD": frozenset({"chown", "chmod", "link", "keep-git-dir", "checksum", "unpack", "exclude"}),
    "COPY": frozenset({"from", "chown", "chmod", "link", "parents", "exclude"}),
    "FROM": frozenset({"platform"}),
    "RUN": frozenset({"mount", "network", "security", "device"}),
    "HEALTHCHECK": frozenset({"interval", "timeout", "start-period", "start-interval", "retries"}),
}
_REPEATABLE = frozenset({"exclude", "mount", "device"})
_BOOLEAN = frozenset({"link", "keep-git-dir", "unpack", "parents"})

_MOUNT_TYPES = frozenset({"bind", "cache", "tmpfs", "secret", "ssh"})
_MOUNT_KEYS = frozenset(
    {"type", "from", "source", "src", "target", "dst", "destination", "readonly", "ro", "readwrite", "rw"}
    | {"id", "sharing", "required", "size", "mode", "uid", "gid", "env"}
)
_KEYS_WITHOUT_VALUE = frozenset({"readonly", "ro", "readwrite", "rw", "required"})
# Key -> the types of mounts that it is for; all others are for all types.
_TYPES_OF_KEYS = {
    "sharing": frozenset({"cache"}),
    "size": frozenset({"tmpfs"}),
    "required": frozenset({"secret", "ssh"}),
    "env": frozenset({"secret", "ssh"}),
    "mode": frozenset({"secret", "ssh", "cache"}),
    "uid": frozenset({"secret", "ssh", "cache"}),
    "gid": frozenset({"secret", "ssh", "cache"}),
}

_DURATION = regex(r"[-+]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+")
_DURATION_PART = regex(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_MILLISECONDS = {"ns": 1e-6, "us": 1e-3, "µs": 1e-3, "μs": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4, "h": 3.6e6}
_INTEGER = regex(r"[-+]?\d+")
_UNSIGNED = regex(r"\d+")
_OCTAL = regex(r"[0-7]+")
_BOOLEAN_VALUE = regex(r"1|t|T|TRUE|true|True|0|f|F|FALSE|false|False")
_SIZE = regex(r"\d+(?:\.\d+)?[ ]?(?:[kKmMgGtTpP]?[iI]?[bB]?)")


@check("DF004")
def invalid_flag(instruction: Instruction) -> Iterator[Report]:
    if not instruction.flags or instruction.dockerfile.has_foreign_frontend or _is_off(instruction):
        return
    used: set[str] = set()
    mounts = iter(instruction.mounts)
    for flag in instruction.flags:
        mount = next(mounts) if flag.name == "mount" and flag.value and instruction.keyword == "RUN" else None
        if flag.name and flag.terminated:
            fault, hint = _fault_of(flag, instruction, used, mount)
            if fault:
                yield report(instruction.place_of(flag.start, flag.end), fault, hint=hint)
        used.add(flag.name)


def _is_off(instruction: Instruction) -> bool:
    """Tell whether the builder does not read the flags at all."""
    return instruction.keyword == "HEALTHCHECK" and instruction.node.value.upper() == "NONE"


_Fault = tuple[str | None, str | None]
"""What is wrong, and what to do if something special is to be done."""


def _fault_of(flag: Flag, instruction: Instruction, used: set[str], mount: Mount | None) -> _Fault:
    keyword, name, value = instruction.keyword, flag.name, flag.value
    known = _FLAGS.get(keyword, frozenset())
    if name not in known:
        if "$" in name:
            return None, None
        return f'{keyword} knows no flag "--{name}"', _instead(name, known, keyword)
    if name in used and name not in _REPEATABLE:
        return f'{keyword} has the flag "--{name}" twice', None
    if name in _BOOLEAN:
        is_boolean = value is None or value.lower() in ("true", "false") or "$" in value
        return None if is_boolean else f'"--{name}={value}" is neither true nor false', None
    if value is None:
        return f'the flag "--{name}" of {keyword} has no value', f"write --{name}=VALUE, without a blank"
    if "$" in value and mount is None:
        return None, None
    if mount is not None:
        return _mount_fault(mount)
    judge = _VALUES.get(name)
    return judge(name, value) if judge else (None, None)


def _instead(name: str, known: frozenset[str], keyword: str) -> str | None:
    nearest = nearest_word(name.lower(), sorted(known))
    if nearest is not None:
        return f"write --{nearest}"
    others = sorted(other for other, flags in _FLAGS.items() if name in flags)
    if others:
        return f"--{name} is a flag of {' and '.join(others)}"
    return f"{keyword} knows {', '.join(f'--{one}' for one in sorted(known))}" if known else None


def _one_of(*values: str) -> Callable[[str, str], _Fault]:
    def judge(name: str, value: str) -> _Fault:
        if value in values:
            return None, None
        return f'"--{name}={value}" is none of {", ".join(values)}', None

    return judge


def _duration(name: str, value: str) -> _Fault:
    if value in ("", "0", "+0", "-0"):
        return None, None
    if not _DURATION.fullmatch(value):
        hint = f"write --{name}={value}s" if _UNSIGNED.fullmatch(value) else "write a duration such as 30s or 1m30s"
        return f'"--{name}={value}" is no duration: each number needs a unit', hint
    length = sum(float(number) * _MILLISECONDS[unit] for number, unit in _DURATION_PART.findall(value))
    if length and (length < 1 or value.startswith("-")):
        return f'"--{name}={value}" is shorter than 1ms', None
    return None, None


def _count(name: str, value: str) -> _Fault:
    if not value or (_INTEGER.fullmatch(value) and len(value) < 10 and int(value) >= 0):
        return None, None
    return f'"--{name}={value}" is no number of 0 or more', None


_VALUES: dict[str, Callable[[str, str], _Fault]] = {
    "network": _one_of("default", "none", "host"),
    "security": _one_of("sandbox", "insecure"),
    "interval": _duration,
    "timeout": _duration,
    "start-period": _duration,
    "start-interval": _duration,
    "retries": _count,
}


def _mount_fault(mount: Mount) -> _Fault:
    # A field may be put in double quotes as a whole, as in CSV.
    if '"' in (mount.flag.value or ""):
        return None, None
    for field in mount.fields:
        fault, hint = _field_fault(field.key, field.text, mount)
        if fault:
            return fault, hint
    kind = mount.type
    if kind in ("bind", "cache", "tmpfs") and not mount.has("target", "dst", "destination"):
        return f"the {kind} mount has no target", "add target=PATH"
    if kind == "secret":
        return _secret_fault(mount)
    return None, None


def _field_fault(key: str, text: str | None, mount: Mount) -> _Fault:
    if not key and text is None:
        return "the mount has an empty field", "write the fields of a mount without blanks, and no comma after the last"
    if "$" in key or (key not in _MOUNT_KEYS and _is_for_buildah(mount.instruction)):
        return None, None
    if key not in _MOUNT_KEYS:
        meant = nearest_word(key, sorted(_MOUNT_KEYS))
        return f'"{key}" is no key of a mount', f"write {meant}" if meant else None
    if text is None and key not in _KEYS_WITHOUT_VALUE:
        return f'"{key}" of the mount has no value', f"write {key}=VALUE"
    kind = mount.type
    if kind is not None and kind in _MOUNT_TYPES and kind not in _TYPES_OF_KEYS.get(key, _MOUNT_TYPES):
        types = " and ".join(sorted(_TYPES_OF_KEYS[key]))
        return f'"{key}" is not for mounts of the type {kind}, only for {types}', None
    judge = _FIELD_VALUES.get(key)
    if judge is None or not text or "$" in text or judge(text):
        return None, None
    return f'"{key}={text}" of the mount is not valid', _FIELD_HINTS.get(key)


def _is_for_buildah(instruction: Instruction) -> bool:
    """Tell whether Buildah reads the file, whose mounts have more keys (``z``, ``relabel``, ``U``)."""
    return "ontainerfile" in instruction.dockerfile.path.rpartition("/")[2]


_FIELD_VALUES: dict[str, Callable[[str], object]] = {
    "type": lambda text: text.lower() in _MOUNT_TYPES,
    "sharing": lambda text: text.lower() in ("shared", "private", "locked"),
    "size": _SIZE.fullmatch,
    "mode": _OCTAL.fullmatch,
    "uid": _UNSIGNED.fullmatch,
    "gid": _UNSIGNED.fullmatch,
    **dict.fromkeys(_KEYS_WITHOUT_VALUE, _BOOLEAN_VALUE.fullmatch),
}
_FIELD_HINTS = {
    "type": "write bind, cache, tmpfs, secret or ssh",
    "sharing": "write shared, private or locked",
    "size": "write a number of bytes, such as 64m",
    "mode": "write an octal number, such as 0400",
    **dict.fromkeys(_KEYS_WITHOUT_VALUE, "write true or false"),
}


def _secret_fault(mount: Mount) -> _Fault:
    has_source = mount.has("source", "src")
    if mount.has("from"):
        return "the secret mount has a from, which is for bind and cache mounts", None
    if has_source and mount.has("id"):
        return "the secret mount has both a source and an id, which mean the same", "keep the id"
    if not has_source and not mount.has("id", "target", "dst", "destination"):
        return "the secret mount names no secret: it has neither id nor target", "add id=NAME"
    return None, None
