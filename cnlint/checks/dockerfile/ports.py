"""Ports that an image says it listens on."""

from collections.abc import Iterator
from typing import NamedTuple

from cnlint.findings import Edit, Fix, Report, report
from cnlint.manifests.dockerfile import Instruction, InstructionWord
from cnlint.rules import Context, check
from cnlint.syntax.patterns import regex

_LAST_PORT = 65535
_PORTS = regex(r"([0-9]+)(?:-([0-9]+))?(?:/(\w+))?")
# An address or a host port, or both, before the port of the container.
_MAPPING = regex(r"(?:\[[0-9A-Fa-f:.]*\]|[\w.-]*)(?::[0-9-]*)?:([0-9]+(?:-[0-9]+)?(?:/\w+)?)")
_PROTOCOLS = frozenset({"tcp", "udp", "sctp"})


class _Ports(NamedTuple):
    """A word of EXPOSE: the first and last port, and the protocol as written."""

    first: int
    last: int
    protocol: str


@check("DF611")
def port_out_of_range(instruction: Instruction) -> Iterator[Report]:
    for word in instruction.words:
        for value in (word.value or "").split():
            ports = _ports_of(value)
            if ports is not None and max(ports.first, ports.last) > _LAST_PORT:
                yield report(word.place, f'EXPOSE "{value}" names a port above {_LAST_PORT}, the last that there is')
                break


@check("DF612")
def expose_host_mapping(instruction: Instruction) -> Iterator[Report]:
    for word in instruction.words:
        value = word.value
        text = _without_variables(word)
        written = _MAPPING.fullmatch(text)
        if written is None and (value is None or not _MAPPING.fullmatch(value)):
            continue
        fixes = []
        if written is not None:
            start = word.start + written.start(1)
            kept = word.text[written.start(1) : written.end(1)]
            edit = Edit(instruction.place_of(word.start, start).span, "")
            fixes.append(Fix(f"keep {kept}", (edit,), safe=True))
        yield report(
            word.place,
            f'EXPOSE "{word.text}" maps a port or address of the host, and EXPOSE names ports of the container only',
            fixes=fixes,
        )


@check("DF613")
def expose_protocol_casing(instruction: Instruction) -> Iterator[Report]:
    for word in instruction.words:
        before, slash, protocol = word.text.rstrip("\"'").rpartition("/")
        if not slash or protocol == protocol.lower() or protocol.lower() not in _PROTOCOLS:
            continue
        start = word.start + len(before) + 1
        edit = Edit(instruction.place_of(start, start + len(protocol)).span, protocol.lower())
        yield report(
            word.place,
            f'EXPOSE "{word.text}": the protocol "{protocol}" is not in lower case',
            hint=f"write {protocol.lower()}",
            fixes=[Fix(f"write {protocol.lower()}", (edit,), safe=True)],
        )


@check("DF614")
def expose_ssh_port(instruction: Instruction, context: Context) -> Iterator[Report]:
    wanted = [port for port in context.options["ports"] if isinstance(port, int)]
    for word in instruction.words:
        for value in (word.value or "").split():
            ports = _ports_of(value)
            port = ports and next((port for port in wanted if ports.first <= port <= ports.last), None)
            if ports is None or port is None or ports.protocol.lower() not in ("", "tcp", "udp"):
                continue
            what = "the port of SSH" if port == 22 else "a port that is not to be exposed"
            within = "" if ports.first == ports.last else f' in "{value}"'
            yield report(word.place, f"EXPOSE names port {port}{within}, {what}")
            break


def _ports_of(value: str) -> _Ports | None:
    """Take a word apart; of a mapping only the part of the container counts."""
    match = _PORTS.fullmatch(value) or _PORTS.fullmatch(value.rpartition(":")[2])
    if match is None:
        return None
    first = _number(match[1])
    return _Ports(first, _number(match[2]) if match[2] else first, match[3] or "")


def _number(digits: str) -> int:
    # Python refuses to read numbers of thousands of digits.
    return int(digits.lstrip("0")[:12] or 0)


def _without_variables(word: InstructionWord) -> str:
    """Put digits where variables stand in the text of a word, as many as they have characters."""
    letters = list(word.text)
    for _, start, end in word.expansion.references:
        letters[start:end] = "0" * (end - start)
    return "".join(letters)
