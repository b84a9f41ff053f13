"""Annotations by which an Ingress writes into the configuration of its controller."""

from collections.abc import Iterator

from cnlint.findings import Report, report
from cnlint.manifests.ingresses import Ingress
from cnlint.rules import check
from cnlint.syntax.patterns import regex

_NGINX = "nginx.ingress.kubernetes.io/"
# What a snippet can do that is worse than changing a header, in the words of the message.
_POWERS = {
    "runs Lua code": regex(r"_by_lua|\blua_"),
    "loads a module": regex(r"\bload_module\b"),
    "reads the token of the controller": regex(r"serviceaccount|/var/run/secrets"),
    "reaches the API server": regex(r"\bkubernetes\.(?:io|default)\b"),
    "serves files of the controller": regex(r"(?:^|[\s;{])(?:alias|root)\s"),
    "sends requests elsewhere": regex(r"\bproxy_pass\b"),
}
_PLACEHOLDER = regex(r"\{\{[^{}\n]*\}\}|\$\{\w+\}|<[A-Za-z][\w .-]*>")
_BREAKOUT = regex(r'[\r\n<>"{}|^`\\]')
_BREAKOUT_OF_NAME = regex(r'[\r\n"{}`;#]')
# The values that nginx writes into its configuration as they are, and what ends them there.
_UNSAFE = {
    "auth-url": _BREAKOUT,
    "auth-tls-match-cn": _BREAKOUT_OF_NAME,
    "mirror-host": _BREAKOUT,
    "mirror-target": _BREAKOUT,
}
_VERIFY = frozenset({"on", "off", "optional", "optional_no_ca"})
_DIRECTIVE = regex(
    r"(?:^|[\s;{}])(?:alias|root)\s[^;\n]{1,200};|/var/run/secrets\b|_by_lua"
    r"|/etc/(?:passwd|shadow|group|nginx|ingress-controller)\b"
)


@check("K8S736")
def snippet_annotation(ingress: Ingress) -> Iterator[Report]:
    for key, value in ingress.annotations.items():
        if "snippet" in key and value.strip():
            power = next((words for words, pattern in _POWERS.items() if pattern.search(value)), "")
            text = f'annotation "{key}" of {ingress.ref} writes into the configuration of the controller'
            place = ingress.key_at("metadata", "annotations", key)
            yield report(place, f"{text}, and {power}" if power else text)


@check("K8S738")
def unsafe_annotation(ingress: Ingress) -> Iterator[Report]:
    annotations = {key: value for key, value in ingress.annotations.items() if key.startswith(_NGINX)}
    if not annotations or (ingress.class_name and "nginx" not in ingress.class_name.casefold()):
        return
    for key, value in annotations.items():
        # Of snippets K8S736 speaks.
        problem = "" if "snippet" in key else _problem(key.removeprefix(_NGINX), _PLACEHOLDER.sub("", value))
        if problem:
            text = f'annotation "{key}" of {ingress.ref} {problem}'
            yield report(ingress.value_at("metadata", "annotations", key), text)


def _problem(name: str, value: str) -> str:
    if name == "auth-tls-verify-client":
        is_known = not value.strip() or value.strip() in _VERIFY
        return "" if is_known else f'is "{value}", and only {", ".join(sorted(_VERIFY))} exist'
    breakout = _UNSAFE[name].search(value.strip()) if name in _UNSAFE else None
    if breakout is not None:
        character = {"\n": "a line break", "\r": "a line break"}.get(breakout[0], f"the character {breakout[0]}")
        return f"holds {character}, which ends the value in the configuration of nginx"
    directive = _DIRECTIVE.search(value)
    return f'holds "{directive[0].strip()}", which is for the configuration of nginx' if directive else ""
