"""What steps give to actions."""

from collections.abc import Iterator

from cnlint.data.actions import interface_of
from cnlint.findings import Edit, Fix, Place, Report, report
from cnlint.manifests.workflow import Step
from cnlint.rules import check

_OF_EVERY_DOCKER_ACTION = frozenset({"entrypoint", "args"})


@check("GHA504")
def unknown_input(step: Step) -> Iterator[Report]:
    action, given = step.action, step.mapping("with")
    if action is None or action.kind != "remote" or not given:
        return
    interface = interface_of(action.name, action.ref, action.major)
    if interface is None or interface.any_input or interface.inputs.issuperset(given):
        return
    known = {name.lower() for name in interface.inputs} | _OF_EVERY_DOCKER_ACTION
    for name in given:
        if name.lower() not in known and "${{" not in name:
            place = step.key_at("with", name)
            nearest = _nearest(name, interface.inputs)
            message = f'action "{action.name}@{action.version or action.ref}" has no input "{name}"'
            advice = f'did you mean "{nearest}"?' if nearest else _listed(interface.inputs)
            yield report(place, message, hint=advice, fixes=_renamed(place, nearest))


def _nearest(name: str, known: frozenset[str]) -> str | None:
    from difflib import get_close_matches

    lower = {one.lower().replace("_", "-"): one for one in sorted(known)}
    found = get_close_matches(name.lower().replace("_", "-"), lower, n=1, cutoff=0.75)
    return lower[found[0]] if found else None


def _listed(known: frozenset[str]) -> str:
    return f"its inputs are {', '.join(sorted(known))}" if known else "it takes no inputs"


def _renamed(place: Place, nearest: str | None) -> list[Fix]:
    return [Fix(f'rename it to "{nearest}"', (Edit(place.span, nearest),))] if nearest else []
