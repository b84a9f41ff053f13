"""Secrets that get into an image, its history or the repository."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase

from cnlint.findings import Place, Related, Report, Severity, report
from cnlint.manifests.commands import RunCommand
from cnlint.manifests.dockerfile import Assignment, Copy, Dockerfile, Instruction, Stage, joined
from cnlint.manifests.placeholders import is_stand_in
from cnlint.manifests.secret_values import find_secrets, is_about_secret, is_literal_secret
from cnlint.rules import Context, check
from cnlint.syntax.dockerfile_expand import expand
from cnlint.syntax.dockerfile_words import Pair
from cnlint.syntax.patterns import matches_any, regex
from cnlint.syntax.shell import Word

# Names that promise a secret.

_SECRET_WORDS = frozenset(
    {"apikey", "auth", "credential", "credentials", "key", "password", "pword", "passwd", "secret", "token", "psw"}
)
_SECRET_PARTS = ("api_key", "client_key")
# Well-known names that no such word shows to be secrets, or that end like something else.
_SECRET_NAMES = frozenset(
    {"AWS_ACCESS_KEY_ID", "OKTA_OAUTH2_CLIENTSECRET", "TRAVIS_SECURE_ENV_VARS", "VAULT_SECRET_ID"}
)
# What goes with a secret, and is none.
_COMPANIONS = frozenset(
    {
        *("AZURE_CLIENT_ID", "CF_USERNAME", "CI_DEPLOY_USER", "DOCKER_EMAIL", "DOCKER_USERNAME", "FACEBOOK_APP_ID"),
        *("HEROKU_API_USER", "OKTA_AUTHN_GROUPID", "OKTA_CLIENT_ORGURL", "OKTA_OAUTH2_CLIENTID", "OS_USERNAME"),
        *("STRIPE_DEVICE_NAME", "TRAVIS_OS_NAME", "TRAVIS_SUDO"),
    }
)
_PREFIXES = ("vite_", "react_app_")
_PUBLIC_WORDS = frozenset({"public", "file", "version"})
_ENDS_WITHOUT_SECRET = frozenset({"bits", "dir", "folder", "home", "path", "sock", "socket", "space"})
# These words end names of secrets too: BASIC_AUTH, DISK_ENCRYPTION.
_ENDS_WITH_SECRET = frozenset({"auth", "authentication", "encryption"})
_PRIVATE_THINGS = frozenset(
    {
        *("address", "cidr", "cloud", "dns", "domain", "group", "ip", "network", "registries", "registry", "repo"),
        *("repos", "repository", "scope", "subnet", "zone"),
    }
)
_PASSWORD_WORDS = frozenset({"password", "passwd", "pword", "psw", "secret"})
_NUMBER = regex(r"[0-9]+")
_FINGERPRINT = regex(r"(?:0x)?[0-9A-Fa-f]{8,40}(?:[\s,]+(?:0x)?[0-9A-Fa-f]{8,40})*")


@check("DF501")
def secret_in_arg_env(instruction: Instruction, context: Context) -> Iterator[Report]:
    options = context.options
    for pair in instruction.pairs:
        if pair.value is None and instruction.keyword == "ENV":
            continue
        name = pair.key.strip("\"'")
        companion = name.upper() in _COMPANIONS or name.lower().rpartition("_")[2] == "usr"
        if not companion and not _names_secret(name, options["words"], options["names"]):
            continue
        if not _may_be_secret(pair, name, instruction) or _is_allowed(name, options["allow"]):
            continue
        is_literal = not companion and _is_literal(pair, instruction)
        where = "the image and its history" if instruction.keyword == "ENV" else "the history of the image"
        value = "stands in the file" if is_literal else f"stays in {where}"
        what = "goes with a secret, and its value" if companion else "is the name of a secret, whose value"
        severity: Severity | None = "error" if is_literal else "info" if companion else None
        place = instruction.place_of(pair.start, pair.start + len(pair.key))
        yield report(place, f'{instruction.keyword} "{name}" {what} {value}', severity=severity)


def _names_secret(name: str, words: Iterable[str], names: Iterable[str]) -> bool:
    if name.upper() in _SECRET_NAMES or matches_any(name, names):
        return True
    lower = name.lower()
    for prefix in _PREFIXES:
        lower = lower.removeprefix(prefix)
    parts = lower.split("_")
    last = parts[-1]
    if not _PUBLIC_WORDS.isdisjoint(parts) or last in _ENDS_WITHOUT_SECRET:
        return False
    if len(parts) > 1 and is_about_secret(last) and last not in _ENDS_WITH_SECRET:
        return False
    if not _SECRET_WORDS.isdisjoint(parts) or any(part in lower for part in _SECRET_PARTS):
        return True
    if "private" in lower and last not in _PRIVATE_THINGS:
        return True
    return any(word.lower() in parts for word in words)


def _may_be_secret(pair: Pair, name: str, instruction: Instruction) -> bool:
    """Tell whether the value of a variable with the name of a secret may be one; one that is not known may."""
    if pair.value is None:
        return True
    value = expand(pair.value, instruction.variables, instruction.node.escape).value
    if not value or is_stand_in(value):
        return True
    words = name.lower().split("_")
    if _NUMBER.fullmatch(value) and words[-1] in _PASSWORD_WORDS:
        return True
    # Which key packages are signed with is known to everybody.
    if ("gpg" in words or "pgp" in words) and _FINGERPRINT.fullmatch(value):
        return False
    return is_literal_secret(value)


def _is_literal(pair: Pair, instruction: Instruction) -> bool:
    expansion = expand(pair.value or "", instruction.variables, instruction.node.escape)
    return bool(expansion.value) and not expansion.references and not is_stand_in(expansion.value or "")


def _is_allowed(text: str, patterns: Iterable[str]) -> bool:
    """Tell whether one of the expressions of an option is found in a text; those that are none allow nothing."""
    for pattern in patterns:
        try:
            if re.search(pattern, text):
                return True
        except re.error:
            continue
    return False


# Values that are a secret by their form.

_PRIVATE_KEY = "a private key"
_KEY_BODY = regex(r"-*(?: MI[IG]|[ \t\"'\\]*(?:\\n|\r?\n)[\\n\s\"']*)[A-Za-z0-9+/=]{16}")
_URL = "a URL with a password"
_THIS_MACHINE = regex(r"(?:localhost|127\.0\.0\.1|\[::1\])(?![\w.-])")


@check("DF502")
def hardcoded_credential(dockerfile: Dockerfile, context: Context) -> Iterator[Report]:
    source = dockerfile.syntax.source
    found = sorted((start, start + length, what) for what, start, length in find_secrets(source.text))
    if not found:
        return
    comments = {comment.line for comment in dockerfile.syntax.comments}
    tokens = [start for start, _, what in found if what != _URL]
    for start, end, what in found:
        # A token in a URL is no password of the URL besides.
        if what == _URL and bisect_right(tokens, end) > bisect_right(tokens, start):
            continue
        if source.position(start)[0] in comments or not _is_meant(source.text, start, end, what):
            continue
        if not _is_allowed(source.text[start:end], context.options["allow"]):
            owner = _owner_of(dockerfile, start)
            yield report(_place(dockerfile, start, end), f"{owner} holds {what} in plain text")


def _place(dockerfile: Dockerfile, start: int, end: int) -> Place:
    return Place(dockerfile.path, dockerfile.syntax.source.span(start, end))


def _is_meant(text: str, start: int, end: int, what: str) -> bool:
    if what == _PRIVATE_KEY:
        # Scripts look for its first line, too.
        return _KEY_BODY.match(text, end) is not None
    if what == _URL:
        password = text[start:end].rpartition(":")[2].rstrip("@")
        return not is_stand_in(password) and not _THIS_MACHINE.match(text, end)
    return True


def _owner_of(dockerfile: Dockerfile, offset: int) -> str:
    """Name the instruction that an offset of the file lies in, and the key of ENV, ARG and LABEL."""
    line = dockerfile.syntax.source.position(offset)[0]
    index = bisect_right(dockerfile.instructions, line, key=lambda one: one.line) - 1
    if index < 0:
        return "the file"
    instruction = dockerfile.instructions[index].trigger or dockerfile.instructions[index]
    if instruction.keyword in ("ARG", "ENV", "LABEL"):
        for pair in instruction.pairs:
            if instruction.node.offset(pair.start) <= offset <= instruction.node.offset(max(pair.end - 1, pair.start)):
                return f'{instruction.keyword} "{pair.key}"'
    return instruction.keyword


# Commands that store credentials.

_AWS_KEYS = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
_NPM_KEY = regex(r"(?:\A|:)_(?:authToken|auth|password)\b", re.IGNORECASE)
_GIT_URL = regex(r"url\.[\"']?https?://([^/\s]*)@", re.IGNORECASE)
_STORES = (
    *("*.gitconfig*", "*.git-credentials*", "*.npmrc*", "*.yarnrc*", "*.aws*", "*.azure*", "*gcloud*", "*doctl*"),
    *("*.docker*", "*containers/auth.json*"),
)
_FORGETTING = frozenset({"--unset", "--unset-all", "--remove-section", "logout", "revoke", "delete", "rm"})


@check("DF503")
def credential_setup_command(command: RunCommand) -> Iterator[Report]:
    what = _stored(command)
    if what is None or any(mount.type == "secret" for mount in command.origin.mounts) or _is_undone(command):
        return
    yield report(command.place(), f"{command.program} stores {what} in a layer, and no secret is mounted")


def _stored(command: RunCommand) -> str | None:
    """Say which credentials a command stores; ``None`` when it stores none."""
    test = _SETUPS.get(command.program)
    return test(command) if test is not None else None


def _aws(command: RunCommand) -> str | None:
    operands = command.operands_after("configure", "set") if command.runs("aws", "configure", "set") else []
    key = (operands[0].value or "").rpartition(".")[2] if operands else ""
    return f'"{key}"' if key in _AWS_KEYS else None


def _gcloud(command: RunCommand) -> str | None:
    return "the key of a service account" if command.runs("gcloud", "auth", "activate-service-account") else None


def _az(command: RunCommand) -> str | None:
    is_login = command.runs("az", "login") and command.has_flag("-p", "--password", "--federated-token")
    return "a login" if is_login else None


def _doctl(command: RunCommand) -> str | None:
    is_login = command.runs("doctl", "auth", "init") and command.has_flag("-t", "--access-token")
    return "a token" if is_login else None


def _docker(command: RunCommand) -> str | None:
    is_login = command.subcommand == "login" and command.has_flag("-p", "--password")
    return "a password for a registry" if is_login else None


def _npm(command: RunCommand) -> str | None:
    operands = command.operands()
    if command.runs("npm|pnpm|yarn", "config|c", "set"):
        operands = operands[2:]
    elif command.runs("npm|pnpm", "set"):
        operands = operands[1:]
    else:
        return None
    if not operands or not _NPM_KEY.search(operands[0].text):
        return None
    # npm puts in variables of the environment that are written to its configuration as such.
    return None if any("${" in _literal(word) for word in operands) else "a token for a registry"


def _literal(word: Word) -> str:
    return "".join(part.value for part in word.parts if part.kind == "literal")


def _git(command: RunCommand) -> str | None:
    if command.subcommand != "config":
        return None
    for word in command.operands()[1:]:
        match = _GIT_URL.match(word.text)
        if match and match[1] not in ("", "git", "oauth2", "x-access-token"):
            return "a token in a URL"
    return None


_SETUPS: dict[str, Callable[[RunCommand], str | None]] = {
    "aws": _aws,
    "gcloud": _gcloud,
    "az": _az,
    "doctl": _doctl,
    "docker": _docker,
    "podman": _docker,
    "buildah": _docker,
    "npm": _npm,
    "pnpm": _npm,
    "yarn": _npm,
    "git": _git,
}


def _is_undone(command: RunCommand) -> bool:
    """Tell whether the same RUN forgets the credentials again, so that the layer does not hold them."""
    for other in command.after:
        if other.program == command.program and any(word.value in _FORGETTING for word in other.arguments):
            return True
        if other.program == "rm" and any(matches_any(word.text, _STORES) for word in other.operands()):
            return True
    return False


# Files with credentials.

_FILE_VARIABLES = (
    *("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "GOOGLE_APPLICATION_CREDENTIALS", "HF_TOKEN_PATH"),
    "KUBECONFIG",
)


@check("DF504")
def secret_file_variable_copied(stage: Stage, context: Context) -> Iterator[Report]:
    names = (*_FILE_VARIABLES, *context.options["names"])
    for name in names:
        assignments = [one.assignments[name][-1] for one in stage.chain if name in one.assignments]
        if not assignments and not any(name in one.own_arguments for one in stage.chain):
            continue
        copies = [copy for one in stage.chain for copy in _copies_of(one)]
        found = next((pair for pair in ((one, _copy_to(one, copies)) for one in assignments) if pair[1]), None)
        if found is not None and found[1] is not None:
            yield _copied(name, found[0], found[1])
            continue
        for copy in copies:
            if any(reference.name == name for reference in copy.destination.expansion.references):
                yield report(
                    copy.instruction.place,
                    f'{copy.instruction.keyword} puts the file of "{name}", which holds credentials, into the image',
                )
                break


def _copies_of(stage: Stage) -> list[Copy]:
    return [copy for instruction in stage.instructions_of("ADD", "COPY") if (copy := instruction.copy) is not None]


def _copied(name: str, assignment: Assignment, copy: Copy) -> Report:
    pair = assignment.pair
    return report(
        assignment.instruction.place_of(pair.start, pair.end),
        f'the file of "{name}", which holds credentials, is copied into the image',
        related=[Related(copy.instruction.place, f"the {copy.instruction.keyword}")],
    )


def _copy_to(assignment: Assignment, copies: list[Copy]) -> Copy | None:
    """Give the COPY that a file comes by, as far as names of sources tell."""
    path = joined(assignment.instruction.state.workdir_path, assignment.value) if assignment.value else None
    return next((copy for copy in copies if _brings(copy, path)), None) if path else None


def _brings(copy: Copy, path: str) -> bool:
    destination = copy.destination_path
    if destination is None:
        return False
    folder = destination.rstrip("/")
    if path == folder:
        return True
    if not path.startswith(f"{folder}/"):
        return False
    first, _, rest = path[len(folder) + 1 :].partition("/")
    return any(_has(source.value, first, bool(rest), copy) for source in copy.sources)


def _has(source: str | None, name: str, is_folder: bool, copy: Copy) -> bool:
    """Tell whether a source may be, or hold, a file or folder with a name."""
    if source is None:
        return False
    base = source.rstrip("/").rpartition("/")[2]
    if base and not is_folder and fnmatchcase(name, base):
        return True
    # What lies in the folders of another stage or image is not known.
    is_file = "." in base.strip(".") or any(sign in base for sign in "*?[")
    return copy.source is None and not is_file


# Passwords of accounts.

_LOCKED = regex(r"[!*x]+")


@check("DF531")
def chpasswd_password_set(command: RunCommand) -> Iterator[Report]:
    what = _password_change(command)
    if what is not None:
        yield report(command.place(), f"{command.program} {what}")


def _password_change(command: RunCommand) -> str | None:
    program = command.program
    if program == "chpasswd":
        return None if command.has_flag("-h", "--help") else "sets the password of an account in the image"
    if program == "passwd":
        if command.has_flag("--stdin"):
            return "sets the password of an account in the image"
        return "removes the password of an account" if command.has_flag("-d", "--delete") else None
    value = command.option("-p", "--password")
    # These signs lock the account.
    if value is None or (value.value and _LOCKED.fullmatch(value.value)):
        return None
    return "sets the password of an account in the image"
