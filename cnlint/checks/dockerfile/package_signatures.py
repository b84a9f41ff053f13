"""Switches that make package managers accept packages without a valid signature."""

import re
from collections.abc import Iterator

from cnlint.findings import Edit, Fix, Place, Report, report
from cnlint.manifests.commands import Command, RunCommand
from cnlint.manifests.dockerfile import Instruction
from cnlint.manifests.written_texts import WRITERS, Line, WrittenText, lines_written, texts_written
from cnlint.rules import Context, check
from cnlint.syntax.patterns import regex
from cnlint.syntax.shell import Word
from cnlint.syntax.source import Span

_LINES = re.MULTILINE | re.IGNORECASE


def _accepts_unsigned(place: Place, switch: str, program: str) -> Report:
    return report(place, f'"{switch}" makes {program} accept packages without a valid signature')


def _flags(command: Command, *names: str) -> Iterator[Report]:
    for flag in command.flags:
        if flag.name in names and (flag.value is None or flag.value.value not in ("false", "no", "0")):
            yield _accepts_unsigned(command.place(flag.word), flag.name, command.program)


def _settings(command: Command, values: list[Word], setting: re.Pattern[str]) -> Iterator[Report]:
    for value in values:
        if setting.fullmatch(value.value or ""):
            yield _accepts_unsigned(command.place(value), value.value or "", command.program)


# apk and zypper.


@check("DF521")
def apk_allow_untrusted(command: RunCommand) -> Iterator[Report]:
    return _flags(command, "--allow-untrusted")


@check("DF526")
def zypper_no_gpg_checks(command: RunCommand) -> Iterator[Report]:
    yield from _flags(command, "--no-gpg-checks", "--allow-unsigned-rpm", "--no-gpgcheck", "--gpgcheck-allow-unsigned")
    if command.runs("zypper", "addrepo|ar|modifyrepo|mr"):
        yield from _flags(command, "-G")


# apt.


@check("DF522")
def apt_allow_unauthenticated(command: RunCommand) -> Iterator[Report]:
    if command.program in WRITERS:
        return
    yield from _flags(command, "--allow-unauthenticated", "--allow-insecure-repositories")
    yield from _settings(command, command.options("-o", "--option"), _APT_SETTING)


@check("DF522")
def apt_configured_to_allow_unauthenticated(command: RunCommand) -> Iterator[Report]:
    if command.program in WRITERS:
        yield from _apt_lines(command)


@check("DF522")
def apt_configured_by_copy_to_allow_unauthenticated(instruction: Instruction) -> Iterator[Report]:
    return _apt_lines(instruction)


_APT_ON = r'"?(?:true|yes|on|1|with|enable)\b"?'
_APT_SETTING = regex(rf"(?:APT::Get::AllowUnauthenticated|Acquire::AllowInsecureRepositories)={_APT_ON}", re.IGNORECASE)
_APT_LINE = Line(
    "allow",
    regex(r"apt\.conf"),
    regex(rf"^[^/#\n]*\b(?:AllowUnauthenticated|AllowInsecureRepositories)[ \t]+{_APT_ON}", _LINES),
)


def _apt_lines(view: Command | Instruction) -> Iterator[Report]:
    for text, place in lines_written(view, _APT_LINE):
        yield _accepts_unsigned(place, text, "apt")


@check("DF525")
def apt_force_yes(command: RunCommand) -> Iterator[Report]:
    for flag in command.flags:
        if flag.name == "--force-yes" and not flag.word.prefix.endswith("=false"):
            yield report(
                command.place(flag.word),
                f'"--force-yes" makes {command.program} install packages without a valid signature,'
                " and downgrade or remove any other",
                fixes=_plain_yes(command, flag.word),
            )


def _plain_yes(command: Command, word: Word) -> list[Fix]:
    if word.text != "--force-yes":
        return []
    span = command.place(word).span
    before = command.script.text[max(word.start - 2, 0) : word.start]
    if command.has_flag("-y", "--yes", "--assume-yes") and before[-1:] == " " and before.strip():
        edit = Edit(Span(span.line, span.column - 1, span.end_line, span.end_column), "")
        return [Fix("drop --force-yes, -y is there", (edit,), safe=True)]
    return [Fix("put -y in the place of --force-yes", (Edit(span, "-y"),), safe=True)]


# yum, dnf and rpm.


@check("DF523")
def yum_nogpgcheck(command: RunCommand) -> Iterator[Report]:
    if command.program in WRITERS:
        return
    yield from _flags(command, "--nogpgcheck", "--no-gpgchecks", "--no-gpgcheck")
    yield from _settings(command, command.options("--setopt"), _GPGCHECK)
    if command.runs("dnf|dnf5", "config-manager", "setopt"):
        yield from _settings(command, command.operands_after("config-manager", "setopt"), _GPGCHECK)


@check("DF523")
def repository_without_gpgcheck(command: RunCommand, context: Context) -> Iterator[Report]:
    if command.program in WRITERS and context.options["repository_files"]:
        yield from _gpgcheck_lines(command)


@check("DF523")
def copied_repository_without_gpgcheck(instruction: Instruction, context: Context) -> Iterator[Report]:
    if context.options["repository_files"]:
        yield from _gpgcheck_lines(instruction)


_GPGCHECK = regex(r"^[ \t]*(?:[^\s=]*\.)?(?:pkg_)?gpgcheck[ \t]*=[ \t]*(?:0|false|no|off)\b", _LINES)
_GPGCHECK_LINE = Line("gpgcheck", regex(r"\.repo$|(?:yum|dnf)[^/]*\.conf$|/yum\.repos\.d/"), _GPGCHECK)


def _gpgcheck_lines(view: Command | Instruction) -> Iterator[Report]:
    for text, place in lines_written(view, _GPGCHECK_LINE):
        yield _accepts_unsigned(place, text, "yum")


@check("DF524")
def rpm_verification_disabled(command: RunCommand) -> Iterator[Report]:
    if command.has_flag("-q", "--query", "-V", "--verify", "-e", "--erase", "-K", "--checksig"):
        return
    for flag in command.flags:
        missing = _RPM_FLAGS.get(flag.name)
        if missing is not None:
            yield report(command.place(flag.word), f'"{flag.name}" makes rpm install packages without {missing}')


_RPM_FLAGS = {
    "--nodigest": "checking their digests",
    "--nofiledigest": "checking the digests of their files",
    "--nosignature": "checking their signatures",
    "--noverify": "verifying them",
}


# Sources and keys of apt.


@check("DF527")
def apt_key_used(command: RunCommand) -> Iterator[Report]:
    if command.program != "apt-key":
        return
    url = _plain_http_source(command)
    if url is not None:
        message = f'apt-key takes the key over plain HTTP, from "{url}": it can be anybody\'s'
        yield report(command.place(), message, hint=_KEY_HINT)
        return
    adds = command.subcommand in ("add", "adv")
    message = "apt-key lets a key sign for every source" if adds else "apt-key keeps keys that sign for every source"
    yield report(command.place(), f"{message}, and Debian 13 has it no more", severity="info", hint=_KEY_HINT)


_KEY_HINT = "fetch the key over HTTPS into /etc/apt/keyrings and name it with signed-by= in the source"


def _plain_http_source(command: Command) -> str | None:
    """Give the URL without TLS that a key comes from: of ``--fetch-keys``, or of the program that pipes it in."""
    words = list(command.operands())
    for other in command.pipeline if command.simple.operator in ("|", "|&") else ():
        words += other.operands() if other.program in ("curl", "wget") else []
    return next((word.text.strip("'\"") for word in words if word.prefix.lower().startswith("http://")), None)


@check("DF527")
def apt_source_trusted(command: RunCommand) -> Iterator[Report]:
    if command.program == "add-apt-repository":
        for word in command.operands():
            match = _TRUSTED_SOURCE.search(word.text.strip("'\""))
            if match is not None and _is_remote(match[2]):
                yield _trusted(command.place(word), match[1])
    elif command.program in WRITERS:
        for written in texts_written(command, "trusted"):
            yield from _trusted_sources(written)


@check("DF527")
def apt_source_trusted_by_copy(instruction: Instruction) -> Iterator[Report]:
    for written in texts_written(instruction, "trusted"):
        yield from _trusted_sources(written)


_TRUSTED_SOURCE = regex(r"^[ \t]*deb(?:-src)?[ \t]+\[(?:[^\]\n]*[\s])?(trusted=yes)\b[^\]\n]*\][ \t]*(\S*)", _LINES)
_TRUSTED_STANZA = regex(r"^Trusted:[ \t]*yes\b", _LINES)
_URIS = regex(r"^URIs:[ \t]*(\S+)", _LINES)


def _trusted_sources(written: WrittenText) -> Iterator[Report]:
    for match in _TRUSTED_SOURCE.finditer(written.text):
        if _is_remote(match[2]):
            yield _trusted(written.place(*match.span(1)), match[1])
    uris = _URIS.findall(written.text)
    if not uris or any(_is_remote(uri) for uri in uris):
        for match in _TRUSTED_STANZA.finditer(written.text):
            yield _trusted(written.place(*match.span()), match[0])


def _is_remote(uri: str) -> bool:
    """Tell whether a source is no folder of the image, which needs no signature to be what it is."""
    return not uri.lower().startswith(("file:", "copy:", "cdrom:"))


def _trusted(place: Place, switch: str) -> Report:
    return report(place, f'"{switch}" makes apt accept every package of the source without a valid signature')
