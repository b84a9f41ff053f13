"""Switches that make programs accept any TLS certificate."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from cnlint.findings import Place, Report, report
from cnlint.manifests.commands import Command, RunCommand
from cnlint.manifests.dockerfile import Instruction
from cnlint.manifests.written_texts import WRITERS, Line, lines_written
from cnlint.rules import Context, check
from cnlint.syntax.dockerfile_expand import expand
from cnlint.syntax.patterns import matches_any, regex
from cnlint.syntax.shell import Word

_OFF = frozenset({"0", "false", "no", "off"})
_ON = frozenset({"1", "true", "yes", "on"})
_LOCAL_URL = regex(r"(?:https?://)?(?:[^/@]*@)?(?:localhost|127(?:\.\d+){3}|\[::1\])(?:[:/].*)?", re.IGNORECASE)


def _accepts_any(place: Place, switch: str, program: str, whose: str = "") -> Report:
    return report(place, f'"{switch}" makes {program} accept any certificate{whose}')


_OF_HOST = " of that host"


# Environment variables.


class _Variable(NamedTuple):
    """What a variable turns off, and with which values; ``None``: with all but the empty one."""

    program: str
    values: frozenset[str] | None
    whose: str = ""


_ZERO = frozenset({"0"})
_VARIABLES = {
    "BUNDLE_SSL_VERIFY_MODE": _Variable("Bundler", _ZERO),
    "CONDA_SSL_VERIFY": _Variable("conda", _OFF),
    # Git heeds that it is set, not its value.
    "GIT_SSL_NO_VERIFY": _Variable("git", None),
    "GOINSECURE": _Variable("go", None, _OF_HOST),
    "NODE_TLS_REJECT_UNAUTHORIZED": _Variable("Node.js", _ZERO),
    "PERL_LWP_SSL_VERIFY_HOSTNAME": _Variable("Perl", _ZERO),
    "PIP_TRUSTED_HOST": _Variable("pip", None, _OF_HOST),
    "PYTHONHTTPSVERIFY": _Variable("Python", _ZERO),
    "UV_INSECURE_HOST": _Variable("uv", None, _OF_HOST),
    "VAULT_SKIP_VERIFY": _Variable("vault", _ON),
    "YARN_ENABLE_STRICT_SSL": _Variable("yarn", _OFF),
    "npm_config_strict_ssl": _Variable("npm", _OFF),
    "yarn_strict_ssl": _Variable("yarn", _OFF),
}
# The case of these letters does not matter to npm and yarn.
_OF_ANY_CASE = ("npm_config_", "yarn_strict_")


@check("DF511")
def variable_against_verification(instruction: Instruction, context: Context) -> Iterator[Report]:
    if instruction.stage is None and instruction.dockerfile.stages:
        # No command sees an ARG from before the first FROM.
        return
    for pair in instruction.pairs:
        variable = _variable(pair.key, context)
        if variable is None:
            continue
        if pair.value is None:
            value = instruction.dockerfile.global_variables.get(pair.key)
        else:
            value = expand(pair.value, instruction.variables, instruction.node.escape).value
        if _is_against(variable, value):
            place = instruction.place_of(pair.start, pair.end)
            yield _accepts_any(place, f"{pair.key}={value}", variable.program, variable.whose)


@check("DF511")
def variable_of_command_against_verification(command: RunCommand, context: Context) -> Iterator[Report]:
    if not command.environment and command.program not in _EXPORTS:
        return
    for name, value, place in _assignments(command):
        variable = _variable(name, context)
        if variable is not None and _is_against(variable, value):
            yield _accepts_any(place, f"{name}={value}", variable.program, variable.whose)


_EXPORTS = ("export", "declare", "typeset")


def _assignments(command: Command) -> Iterator[tuple[str, str | None, Place]]:
    """Give the variables that a command is run with or exports, with value and place."""
    for name, word in command.environment.items():
        if word is not None:
            start = word.start - len(name) - 1
            is_plain = start >= 0 and command.script.text.startswith(f"{name}=", start)
            yield name, word.value, command.place_at(start, word.end) if is_plain else command.place()
    if command.program == "export" or (command.program in _EXPORTS and command.has_flag("-x")):
        for word in command.operands():
            name, equals, _ = word.prefix.partition("=")
            value = word.after(len(name) + 1).value if equals else command.script.variable(name, word.start)
            yield name, value, command.place(word)


def _variable(name: str, context: Context) -> _Variable | None:
    lower = name.lower()
    variable = _VARIABLES.get(lower if lower.startswith(_OF_ANY_CASE) else name)
    if variable is None and matches_any(name, context.options["names"]):
        return _Variable("programs", _OFF)
    return variable


def _is_against(variable: _Variable, value: str | None) -> bool:
    return bool(value) and (variable.values is None or (value or "").lower() in variable.values)


# Flags and settings of programs.


@check("DF512")
def curl_insecure(command: RunCommand) -> Iterator[Report]:
    if command.program == "curl" and not _asks_itself(command):
        yield from _flags(command, "-k", "--insecure", "--proxy-insecure")


@check("DF513")
def wget_no_check_certificate(command: RunCommand) -> Iterator[Report]:
    if command.program == "wget" and not _asks_itself(command):
        yield from _flags(command, *_NO_CHECK)
        yield from _settings(command, ("-e", "--execute"), _WGET_LINE)


# wget takes any beginning of a flag with which no other flag begins.
_NO_CHECK = tuple("--no-check-certificate"[:length] for length in range(len("--no-check"), 23))


def _asks_itself(command: Command) -> bool:
    """Tell whether a request goes to the machine itself, whose certificate no authority could vouch for."""
    urls = [*command.operands(), *command.options("--url")]
    return bool(urls) and all(_LOCAL_URL.fullmatch(word.value or "") for word in urls)


def _flags(command: Command, *names: str) -> Iterator[Report]:
    for flag in command.flags:
        if flag.name in names:
            yield _accepts_any(command.place(flag.word), flag.name, command.program)


def _settings(command: Command, flags: tuple[str, ...], setting: re.Pattern[str]) -> Iterator[Report]:
    """Report settings that are given by a flag: ``-c http.sslVerify=false``."""
    for value in command.options(*flags):
        if setting.fullmatch(value.value or ""):
            yield _accepts_any(command.place(value), value.value or "", command.program)


@check("DF514")
def pip_trusted_host(command: RunCommand, context: Context) -> Iterator[Report]:
    if command.program in WRITERS:
        return
    for flag in command.flags:
        if flag.name in _TRUST_FLAGS:
            yield from _trusted(command, flag.name, flag.value, flag.word, context)
    if command.runs("pip|pip2|pip3", "config", "set"):
        key, host = [*command.operands_after("config", "set"), None, None][:2]
        if key is not None and host is not None and _TRUSTED_HOST.search(key.value or ""):
            yield from _trusted(command, key.value or "", host, key, context)


_TRUST_FLAGS = ("--trusted-host", "--allow-insecure-host")
_TRUSTED_HOST = regex(r"\.trusted[-_]host$")


def _trusted(command: Command, switch: str, host: Word | None, first: Word, context: Context) -> Iterator[Report]:
    hosts = (host.value or host.text).split() if host else []
    if not hosts or not all(matches_any(_without_port(one), context.options["allow_hosts"]) for one in hosts):
        yield _accepts_any(command.place(first, host), " ".join([switch, *hosts]), command.program, _OF_HOST)


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() else host


@check("DF515")
def npm_strict_ssl_disabled(command: RunCommand) -> Iterator[Report]:
    if command.program in WRITERS:
        return
    for position, word in enumerate(command.arguments):
        following = command.arguments[position + 1].value if position + 1 < len(command.arguments) else None
        if word.value in _NO_STRICT_SSL or (word.value == "--strict-ssl" and following == "false"):
            last = command.arguments[position + 1] if word.value == "--strict-ssl" else word
            text = "--strict-ssl false" if last is not word else word.value or ""
            yield _accepts_any(command.place(word, last), text, command.program)
    operands = [word.value or "" for word in command.operands()]
    verbs = 1 if operands[:1] == ["set"] else 2
    if verbs == 1 or operands[:2] in (["config", "set"], ["c", "set"]):
        setting = _STRICT_SSL.search(" ".join(operands[verbs:]))
        if setting is not None:
            yield _accepts_any(command.place(), setting[0], command.program)


_NO_STRICT_SSL = ("--no-strict-ssl", "--strict-ssl=false")
_STRICT_SSL = regex(r"(?<!\S)(?:strict-ssl|enableStrictSsl)[ =](?:false|0)(?!\S)")


@check("DF516")
def yum_sslverify_disabled(command: RunCommand) -> Iterator[Report]:
    if command.program in WRITERS:
        return
    yield from _settings(command, ("--setopt",), _YUM_LINE)
    if command.runs("dnf|dnf5", "config-manager", "setopt"):
        for word in command.operands_after("config-manager", "setopt"):
            if _YUM_LINE.fullmatch(word.value or ""):
                yield _accepts_any(command.place(word), word.value or "", command.program)


@check("DF517")
def git_ssl_verify_disabled(command: RunCommand) -> Iterator[Report]:
    if command.program in WRITERS:
        return
    yield from _settings(command, ("-c", "--config"), _GIT_SETTING)
    if not command.runs("git", "config") or command.has_flag("--get", "--get-all", "--unset", "--unset-all"):
        return
    operands = command.operands_after("config")
    if operands and operands[0].value == "set":
        operands = operands[1:]
    key, value = [*(word.value for word in operands), None, None][:2]
    if value is not None and _GIT_SETTING.fullmatch(f"{key}={value}"):
        yield _accepts_any(command.place(), f"{key}={value}", "git")


_GIT_SETTING = regex(r"http\.(?:.*\.)?sslverify=(?:false|no|off|0|)", re.IGNORECASE)


# Lines of the files with their settings.

_LINES = re.MULTILINE | re.IGNORECASE
_WGET_LINE = regex(r"^[ \t]*check[-_]?certificate[ \t]*=[ \t]*(?:off|no|0)\b", _LINES)
_YUM_LINE = regex(r"^[ \t]*(?:[^\s=]*\.)?sslverify[ \t]*=[ \t]*(?:0|false|no|off)\b", _LINES)
_NPM_LINE = regex(r"^[ \t]*\"?(?:strict-ssl|enableStrictSsl)\"?[ \t]*[=: ][ \t]*\"?false\b", _LINES)
_GIT_LINE = regex(r"^[ \t]*sslVerify[ \t]*=[ \t]*\"?(?:false|no|off|0)\b\"?", _LINES)
_PIP_LINE = regex(r"^[ \t]*trusted-host[ \t]*[=:][ \t]*\S+", _LINES)
_CURL_LINE = regex(r"^[ \t]*(?:(?:--)?(?:proxy-)?insecure|-k)\b", _LINES)

_FILES = {
    "DF512": ("curl", Line("insecure", regex(r"curlrc$"), _CURL_LINE)),
    "DF513": ("wget", Line("certificate", regex(r"wgetrc$"), _WGET_LINE)),
    "DF514": ("pip", Line("trusted-host", regex(r"pip\.(?:conf|ini)$"), _PIP_LINE)),
    "DF515": ("npm", Line("strict", regex(r"(?:npmrc|yarnrc|\.yarnrc\.yml)$"), _NPM_LINE)),
    "DF516": ("yum", Line("sslverify", regex(r"\.repo$|(?:yum|dnf)[^/]*\.conf$|/yum\.repos\.d/"), _YUM_LINE)),
    "DF517": ("git", Line("sslverify", regex(r"gitconfig$|git/config$"), _GIT_LINE)),
}


def _in_files_of(program: str, line: Line) -> Iterator[Callable[..., Iterator[Report]]]:
    """Give the checks that look for a line in what commands and the heredocs of COPY write."""

    def by_command(command: RunCommand) -> Iterator[Report]:
        if command.program in WRITERS:
            for text, place in lines_written(command, line):
                yield _accepts_any(place, text, program)

    def by_copy(instruction: Instruction) -> Iterator[Report]:
        for text, place in lines_written(instruction, line):
            yield _accepts_any(place, text, program)

    yield from (by_command, by_copy)


for _code, (_program, _line) in _FILES.items():
    for _function in _in_files_of(_program, _line):
        check(_code)(_function)
